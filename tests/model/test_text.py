"""What the words of a finding and of an error may hold, and what they must not."""

import pytest

from autograder.model.setting_words import setting_words
from autograder.model.text import REPEATED, clean, hide, redact
from tests.helpers.answers import exercise_of

HIDDEN = "check(block, hidden=[dict(X=[7, 5, 6], filters=[4, 3, 6], initializer='he_normal')])"


def test_a_message_repeats_less_of_the_hidden_tests_than_would_tell_something():
    part = HIDDEN[20 : 20 + REPEATED]
    assert part not in hide(f"before {part} after", HIDDEN) and part[:-1] in hide(f"before {part[:-1]} after", HIDDEN)


def test_quoted_words_of_the_hidden_tests_are_hidden_and_public_names_are_not():
    assert hide("unknown initializer he_normal", HIDDEN) == "unknown initializer …"
    assert hide("unknown initializer he_normal", HIDDEN, public=["he_normal"]) == "unknown initializer he_normal"
    long_name = "a_block_with_a_long_name"
    assert (
        hide(f"{long_name} is not defined", f"check({long_name}, f=3)", public=[long_name]) == f"{long_name} is not defined"
    )


@pytest.mark.parametrize(
    "text, shown",
    [
        ("shapes (7, 5) and 3.25", "shapes (…, …) and …"),
        ("Conv2D got F1 and X_2", "Conv2D got F1 and X_2"),
        ("-12 is negative", "-… is negative"),
    ],
)
def test_numbers_are_hidden_and_digits_of_names_are_not(text, shown):
    assert redact(text) == shown


def test_a_number_that_could_be_a_hidden_argument_is_not_told():
    exercise = exercise_of("identity_block")
    first, second = ({"X": [7, 5, 6], "f": f, "filters": [4, 3, 6]} for f in (2, 3))
    assert "2" not in setting_words(exercise, "units", [(first, 9, 2)])[0]  # f of this case, or the number 2
    assert "9" in setting_words(exercise, "units", [(first, 4, 9)])[0]
    assert "units=f" in setting_words(exercise, "units", [(first, 4, 2), (second, 4, 3)])[0]
    assert "units=2" in setting_words(exercise, "units", [(first, 4, 2), (second, 4, 2)])[0]


@pytest.mark.parametrize("code", ["\x1b[31m", "\x1b]0;title\x07", "\u202e", "\n", "\udcff", "\x9b", "\u2028"], ids=ascii)
def test_text_of_a_submission_becomes_one_plain_line(code):
    shown = clean(f"a{code}b", 20)
    assert shown.isprintable() and shown[0] == "a" and shown[-1] == "b"
    assert len(clean("x" * 100, 20)) == 20
