"""The zip for Gradescope, unpacked, set up and run in a clean folder as Gradescope lays it out."""

import io
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from autograder import KitError
from autograder.course.gradescope import build
from autograder.sandbox.bubblewrap import Sandbox
from tests.helpers import attacks
from tests.helpers.environments import KINDS, fill
from tests.helpers.processes import Memory
from tests.helpers.submissions import ASSIGNMENT, IMPATIENT, ROOT, read_class, sample_cells, write_notebooks

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.getuid() != 0, reason="Gradescope's container runs all as root")]
SAMPLES = {sample.name: sample for sample in read_class()}
CONTAINER = 1500  # MB
# What the container shows its users, and its size, as SECURITY.md says; and pairs of submissions: a container grades one.
ONLY_NAMESPACES = {
    "deep_and_many",
    "fill_the_disk",
    "read_accounts",
    "search_everywhere",
    "send_by_abstract_socket",
    "send_by_tcp",
    "send_by_udp",
    "settings_of_the_machine",
    *(a.name for a in attacks.read_attacks() if a.student != a.name and a.name != "keyring_2_read"),
}
THIEF = """
def identity_block(X, f, filters, initializer=None):
    import os
    for attempt in (lambda: os.listdir({root!r} + "/source/course"), lambda: open("/etc/shadow"),
                    lambda: open({root!r} + "/results/results.json", "w"), lambda: open({root!r} + "/run_autograder", "a"),
                    lambda: [os.listdir({tmp!r} + name) for name in os.listdir({tmp!r}) if name.startswith("grading-")],
                    lambda: os.kill(os.getppid(), 0)):
        try:
            attempt()
        except PermissionError:
            continue
        raise ValueError("the door is open")
    raise KeyError("locked out")
"""


@pytest.fixture(scope="module", params=KINDS)
def source(request):
    """The folder /autograder/source of a container, set up by the zip's own script."""
    folder = Path(tempfile.mkdtemp(prefix="gradescope-"))  # pytest's own folders are closed to other users
    folder.chmod(0o755)
    path = build(ASSIGNMENT, folder / "autograder.zip", ROOT)
    source = folder / "source"
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            os.chmod(archive.extract(entry, source), (entry.external_attr >> 16) or 0o644)
    if request.param == "filled":
        fill(source / ".venv")
    variables = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # root's own Python is closed to other users
    done = subprocess.run(
        ["./setup.sh"], cwd=source, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with open(source / "course" / "nbgrader_config.py", "a") as file:
        file.write(IMPATIENT.replace("else 8", "else 15"))  # the kernels are cold
    yield source
    shutil.rmtree(folder)


def container(source, name, cells):
    """A folder like a container's /autograder, with what a student has uploaded."""
    root = source.parent / name
    (root / "results").mkdir(parents=True)
    (root / "source").symlink_to(source)
    shutil.copy(source / "run_autograder", root)
    write_notebooks(root / "submission", cells)
    return root


# What a container's root may do by default: Docker's and podman's list. And it has a /proc of its own.
DEFAULT = (
    *("chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw"),
    *("sys_chroot", "mknod", "audit_write", "setfcap"),
)
CONTAINER_OPTIONS = [
    *("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "setpriv", "--inh-caps=-all"),
    "--bounding-set=-all," + ",".join(f"+{name}" for name in DEFAULT),
]


def grade(root, path=None):
    """What run_autograder wrote, and the most memory that it had, in MB."""
    variables = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    process = subprocess.Popen(
        [*CONTAINER_OPTIONS, "./run_autograder"],
        cwd=root,
        env=variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    memory = Memory(process.pid)
    said, _ = process.communicate()
    assert process.returncode == 0, said[-3000:]
    assert path or "The sandbox does not start" not in said, said[:3000]
    return json.loads((root / "results" / "results.json").read_text()), memory.peak


@pytest.fixture
def no_namespaces(tmp_path):
    """A folder for the path, in which bubblewrap behaves as in a container that lets nobody make namespaces."""
    path = tmp_path / "bwrap"
    path.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    path.chmod(0o755)
    return tmp_path


def assert_as_gradescope_reads_it(results):
    assert results["score"] >= 0 and isinstance(results["execution_time"], int)
    assert results["visibility"] == "visible" and results["stdout_visibility"] == "hidden"
    for test in results.get("tests", []):
        assert 0 <= test["score"] <= test["max_score"] and test["status"] in ("passed", "failed")
        assert test["visibility"] == "visible" and test["output_format"] == "text" and isinstance(test["output"], str)


@pytest.mark.parametrize("names", [("gus", "noa"), pytest.param(sorted(SAMPLES), marks=pytest.mark.nightly)], ids=len)
def test_a_sample_gets_the_points_that_it_gets_elsewhere(source, names):
    def points(name):
        sample = SAMPLES[name]
        results, peak = grade(container(source, f"{name}_of_{len(names)}", sample_cells(sample)))
        assert_as_gradescope_reads_it(results)
        assert peak < CONTAINER, sample.name
        earned = dict.fromkeys(sample.expected, 0.0)
        for test in results["tests"]:
            earned[test["name"].split(":")[0]] += test["score"]
        assert sum(earned.values()) == pytest.approx(results["score"])
        for text in sample.first.values():
            assert any(text in test["output"] for test in results["tests"]), (sample.name, text)
        return earned

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(names, pool.map(points, names)))
    assert found == {name: pytest.approx(SAMPLES[name].expected) for name in names}


def test_where_there_are_no_namespaces_another_user_runs_the_kernel(source, no_namespaces):
    right = container(source, "user_right", sample_cells(SAMPLES["ada"]))
    results, peak = grade(right, no_namespaces)
    assert results["score"] == sum(SAMPLES["ada"].expected.values()) and peak < CONTAINER
    endless = sample_cells(SAMPLES["ada"]) | {"identity_block": "while True:\n    pass"}
    results, _ = grade(container(source, "user_endless", endless), no_namespaces)
    assert_as_gradescope_reads_it(results)
    assert results["score"] == 25 and any("time limit" in test["output"] for test in results["tests"])


def test_that_user_finds_no_references_and_writes_no_results(source, no_namespaces):
    root = container(source, "user_thief", {})
    thief = THIEF.format(root=str(root), tmp=f"{tempfile.gettempdir()}/")
    write_notebooks(root / "submission", sample_cells(SAMPLES["ada"]) | {"identity_block": thief})
    results, _ = grade(root, no_namespaces)
    said = "".join(test["output"] for test in results["tests"])
    assert "locked out" in said and "the door is open" not in said and results["score"] == 25


def attack_as_that_user(source, no_namespaces, name):
    """Grade an attack where another user runs the kernel: nothing is gained, and nothing of that user's is left."""
    attack = next(attack for attack in attacks.read_attacks() if attack.name == name)
    before = set(Path(tempfile.gettempdir()).glob("kernel-*"))
    root = container(source, f"user_{attack.name}", {})
    place = SimpleNamespace(course=source / "course", home=Path.home(), port=9)

    def write(_, code):
        cells = sample_cells(SAMPLES["ada"]) | {"identity_block": attacks.fill(code, place)}
        return write_notebooks(root / "submission", cells)

    attacks.Range.write_attack(place, attack, write)
    results, _ = grade(root, no_namespaces)
    assert_as_gradescope_reads_it(results)
    expected = [points or 0 for points in attack.expected.values()]
    assert results["score"] <= SAMPLES["ada"].expected["gradient_norms"] + sum(expected)
    assert results["score"] >= sum(expected[1:]), results["output"]
    assert "CANARY" not in json.dumps(results) and attacks.HIDDEN.search(results["output"]) is None
    user = pwd.getpwnam(Sandbox.user.default_value).pw_uid
    assert not [process for process in psutil.process_iter() if user in process_uids(process)]
    assert set(Path(tempfile.gettempdir()).glob("kernel-*")) <= before


def process_uids(process):
    """The users of a process; none of one that has ended, though nobody has asked how."""
    try:
        return () if process.status() == psutil.STATUS_ZOMBIE else process.uids()
    except psutil.NoSuchProcess:
        return ()


def test_an_attack_gains_nothing_from_another_user(source, no_namespaces):
    attack_as_that_user(source, no_namespaces, "daemon_of_the_last_cell")


@pytest.mark.nightly
@pytest.mark.parametrize("name", [a.name for a in attacks.read_attacks() if a.name not in ONLY_NAMESPACES])
def test_attacks_gain_nothing_from_another_user(source, no_namespaces, name):
    attack_as_that_user(source, no_namespaces, name)


def zipped(files):
    """A zip with files, by their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


MAC = b"\0\5\26\7\0\2\0\0Mac OS X        "  # how the files begin that macOS puts beside others


def of_macos(files):
    """What macOS adds to a zip of files."""
    return {f"__MACOSX/._{name}": MAC for name in files} | {f"._{SECOND}": MAC}


FIRST, SECOND = "vanishing_gradients.ipynb", "residual_networks.ipynb"
UPLOADS = {  # what is uploaded instead of the folder {name: content}, its score, and what is said
    "a zip of macOS in the zip": (
        lambda files: {"homework.zip": zipped({f"outer/{name}": files[name] for name in files} | of_macos(files))},
        35,
        "right",
    ),
    "a folder, other names, macOS": (
        lambda files: (
            {"my homework/Copy of vanishing (1).ipynb": files[FIRST], "my homework/final v2.ipynb": files[SECOND]}
            | of_macos(files)
        ),
        35,
        "right",
    ),
    "one of two": (lambda files: {SECOND: files[SECOND]}, 30, "there is no file vanishing_gradients.ipynb"),
    "no notebook": (lambda files: {SECOND: b"%PDF-1.7 ...", FIRST: files[FIRST]}, 5, "the notebook cannot be read"),
    "leftovers alone": (lambda files: {f"__MACOSX/._{SECOND}": MAC}, 0, f"Upload {SECOND} and {FIRST}"),
    "nothing of use": (lambda files: {"essay.docx": b"x"}, 0, f"Upload {SECOND} and {FIRST}"),
}


def test_whatever_is_uploaded_gets_a_clear_result(source):
    def upload(name):
        root = container(source, f"upload_{name.replace(' ', '_')}", sample_cells(SAMPLES["ada"]))
        make, *_ = UPLOADS[name]
        files = {path.name: path.read_bytes() for path in (root / "submission").glob("*.ipynb")}
        shutil.rmtree(root / "submission")
        for path, content in make(files).items():
            (root / "submission" / path).parent.mkdir(parents=True, exist_ok=True)
            (root / "submission" / path).write_bytes(content)
        results, _ = grade(root)
        assert_as_gradescope_reads_it(results)
        return results["score"], results["output"] + "".join(test["output"] for test in results.get("tests", []))

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(UPLOADS, pool.map(upload, UPLOADS)))
    assert {name: score for name, (score, _) in found.items()} == {name: score for name, (_, score, _) in UPLOADS.items()}
    assert not [name for name, (_, _, words) in UPLOADS.items() if words not in found[name][1]], found


def test_a_failure_of_our_own_is_no_students_mistake(source):
    gradebook = source / "course" / "gradebook.db"
    gradebook.rename(source / "aside")
    results, _ = grade(container(source, "broken", sample_cells(SAMPLES["ada"])))
    (source / "aside").rename(gradebook)
    assert_as_gradescope_reads_it(results)
    assert "not your mistake" in results["output"]


def test_bad_input_is_answered_with_what_to_do():
    with pytest.raises(KitError, match="nothing_such"):
        build("nothing_such", root=ROOT)
