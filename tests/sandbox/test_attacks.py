"""No attack gains a point, reads a secret, leaves a trace or spoils anything but itself."""

import re

import pytest

from tests.helpers.attacks import HONEST, QUESTIONS, Range, read_attacks
from tests.helpers.browser import open_page
from tests.helpers.submissions import ASSIGNMENT
from tests.helpers.verdicts import read_verdicts
from tools.attack import COLD, WAYS, run_kit

pytestmark = pytest.mark.slow
ATTACKS = read_attacks()
# Tried in another way of grading; `make nightly` tries all in all ways, with all questions.
FEW_QUESTIONS = ("identity_block", "convolutional_block")
ONE = "exit_at_once"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Range(tmp_path_factory.mktemp("range"), FEW_QUESTIONS)
    place.gained = run_kit(ATTACKS, place)
    yield place
    place.finish()


@pytest.mark.parametrize("name", [attack.name for attack in ATTACKS])
def test_attack_gains_nothing(place, name):
    assert place.gained[name] == []


def test_all_together_gain_nothing(place):
    assert place.gained[""] == [], (place.heard, place.survivors())


def assert_nothing_is_gained(attacks, folder, way, questions=QUESTIONS, honest=HONEST):
    place = Range(folder, questions)
    gained = run_kit(attacks, place, *way, honest=honest)
    place.finish()
    assert not any(gained.values()), (gained, place.heard, place.survivors())
    return place


def test_an_attack_gains_nothing_from_nbgrader_and_a_cold_kernel(tmp_path):
    attacks = [attack for attack in ATTACKS if attack.name == ONE]
    place = assert_nothing_is_gained(attacks, tmp_path, ("nbgrader", COLD), FEW_QUESTIONS, HONEST[-1:])
    assert re.search(r"Cell \d+: .*started again", (place.course / "log.txt").read_text())


@pytest.mark.nightly
@pytest.mark.parametrize("way", WAYS)
def test_all_attacks_gain_nothing_in_any_way_of_grading(tmp_path, way):
    assert_nothing_is_gained(ATTACKS, tmp_path, way)


@pytest.mark.parametrize(
    "name,status",
    [
        ("loop_in_the_test", "timed out"),
        ("loop_that_ignores_interrupts", "timed out"),
        ("stop_itself", "timed out"),
        ("eat_memory", "out of memory"),
        ("eat_memory_in_children", "out of memory"),
        ("fork_bomb", "too many processes"),
        ("thread_bomb", "too many processes"),
        ("print_without_end", "too much output"),
        ("display_without_end", "too much output"),
        ("exit_at_once", "crashed"),
        ("segfault", "crashed"),
    ],
)
def test_what_ended_a_question_is_named_in_score_and_feedback(place, name, status):
    assert read_verdicts(place.course, name)["identity_block"]["status"] == status
    assert status in (place.course / "feedback" / name / ASSIGNMENT / "residual_networks.html").read_text()


def test_scripts_of_students_do_not_run_in_feedback(place):
    with open_page() as page:
        for attack in ATTACKS:
            if "pwned" in attack.code + attack.at_home + "".join(attack.beside.values()):
                page.goto((place.course / "feedback" / attack.student / ASSIGNMENT / "residual_networks.html").as_uri())
                page.wait_for_timeout(500)
                assert page.title() == "residual_networks", attack.name
