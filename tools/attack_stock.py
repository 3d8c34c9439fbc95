"""The same attacks against nbgrader without the kit, with tests that assert in the kernel as nbgrader's own do: each in a
sandbox of its own, because they succeed.

`python -m tools.attack_stock NAME` runs one, in /tmp/range: only `run_stock_in_a_sandbox` does so.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from autograder import GRADER
from tests.helpers.attacks import USUAL, WRONG, Range, fill, gains, general_gains, read_attacks
from tests.helpers.submissions import ASSIGNMENT, ROOT, solution_cells, write_submission
from tools.grade_class import ensure_assignment

STOCK_TESTS = {
    "test_identity_block": """
X = keras.Input((4, 4, 3))
model = Model(X, identity_block(X, f=2, filters=[4, 4, 3], initializer=glorot_uniform))
assert model.count_params() == {identity_block}
assert len([layer for layer in model.layers if isinstance(layer, BatchNormalization)]) == 3
value = identity_block(np.ones((1, 4, 4, 3), "float32"), f=2, filters=[4, 4, 3], initializer=lambda seed=0: constant(1))
np.testing.assert_allclose(np.mean(np.array(value), axis=-1)[0, 0, 0], 192.71236, rtol=1e-4)""",
    "test_convolutional_block": """
X = keras.Input((4, 4, 3))
model = Model(X, convolutional_block(X, f=2, filters=[2, 4, 6], s=2))
assert model.count_params() == {convolutional_block}
assert len([layer for layer in model.layers if isinstance(layer, BatchNormalization)]) == 4""",
    "test_resnet50": """
assert len(ResNet50().layers) > 0""",
}
PARAMETERS = {"identity_block": 143, "convolutional_block": 170}


def make_stock(place):
    """Turn the course into one whose tests assert in the kernel, as nbgrader's own are written, without the kit."""
    (place.course / "nbgrader_config.py").write_text(
        f"import os\n\nos.environ[{GRADER!r}] = '1'\n"  # as if by the kit: the notebook's import would refuse to run
        "c = get_config()\nc.CourseDirectory.course_id = 'stock'\nc.Execute.timeout = 12\n"
    )
    shutil.rmtree(place.course / "source" / ASSIGNMENT / "hidden")
    path = place.course / "source" / ASSIGNMENT / "residual_networks.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        test = STOCK_TESTS.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if test:
            # Tracebacks show some lines around the one that failed: the secret is not among them.
            cell.source = (
                f"### BEGIN HIDDEN TESTS\nsecret = '{place.canary}'\n"
                + "pass\n" * 12
                + f"{test.format(**PARAMETERS)}\n### END HIDDEN TESTS\n"
            )
    nbformat.write(notebook, path)


# Without limits these would take the machine with them, or change its devices.
TOO_MUCH = (
    "device_times_1_write",
    "device_times_2_read",
    "eat_memory",
    "eat_memory_in_children",
    "eat_memory_in_files",
    "fork_bomb",
    "thread_bomb",
    "fill_the_disk",
    "flood_unasked",
    "print_without_end",
    "display_without_end",
    "many_small_files",
)


def run_stock(attack, folder):
    """Run one attack against stock nbgrader; this process must itself be in a sandbox. Returns what it gained."""
    place = Range(folder)
    make_stock(place)
    ensure_assignment(place.course)

    def write(name, code):
        return write_submission(place.course, name, {**solution_cells(), "identity_block": fill(code, place)})

    write("zealous", solution_cells()["identity_block"])
    victim = place.course / "submitted" / "victim" / ASSIGNMENT
    victim.mkdir(parents=True)
    (victim / "notes.txt").write_text(place.canary)
    place.write_attack(attack, write, "attacker")
    if attack.name.endswith("_2_read"):
        first = attack.name.replace("_2_read", "_1_write")
        write("a_friend", WRONG + next(a.code for a in read_attacks() if a.name == first))
    before, status, log = place.files(), None, ""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
            cwd=place.course,
            timeout=200,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        status, log = done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        pass
    place.finish()
    honest = place.scores("zealous") == {**USUAL, "identity_block": 10.0}
    return sorted({*gains(attack, place, "attacker"), *general_gains(place, before, honest, status, log)})


def run_stock_in_a_sandbox(attack):
    """What run_stock says, run where it can do no harm."""
    sandbox = shlex.split(
        "bwrap --ro-bind / / --unshare-pid --unshare-ipc --unshare-uts --die-with-parent --dev /dev --proc /proc "
        "--tmpfs /var/tmp --tmpfs /run --tmpfs /tmp --dir /tmp/lib --setenv PYTHONPATH /tmp/lib --dir /tmp/range"
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = [*sandbox, "--setenv", "PATH", path, sys.executable, "-m", "tools.attack_stock", attack.name]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return ["stop"]  # it took even the harness with it
    said = done.stdout.strip().splitlines()
    if (done.returncode > 0 and "Traceback" in done.stderr) or "Error while finding" in done.stderr:
        print(f"the harness failed on {attack.name}:\n{done.stderr[-2000:]}", file=sys.stderr)
        return "not measured"
    return json.loads(said[-1]) if said and not done.returncode else ["stop"]


if __name__ == "__main__":
    print(json.dumps(run_stock(next(a for a in read_attacks() if a.name == sys.argv[1]), Path("/tmp/range"))))
