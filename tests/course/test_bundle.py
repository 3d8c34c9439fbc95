"""The students' zip: nothing secret is in it, and its README leads to the first passed check."""

import re
import subprocess
import sys
import zipfile

import pytest

from autograder import KitError
from autograder.course.bundle import bundle
from tests.helpers.environments import KINDS, fill
from tests.helpers.submissions import ASSIGNMENT, ROOT, solution_cells

pytestmark = pytest.mark.slow
FIRST = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read("vanishing_gradients.ipynb", as_version=4)
for cell in notebook.cells:
    if cell.metadata.get("nbgrader", {{}}).get("grade_id") == "gradient_norms":
        cell.source = {solution!r}
NotebookClient(notebook, timeout=300).execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        print(output.get("data", {{}}).get("text/plain", output.get("text", "")))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return zipfile.ZipFile(bundle(ASSIGNMENT, tmp_path_factory.mktemp("bundle") / "students.zip", ROOT))


def solution_lines():
    """Lines that only the solutions hold."""
    stubs = "\n".join(path.read_text() for path in (ROOT / "source" / ASSIGNMENT / "exercises").glob("*.stub.py"))
    lines = {line.strip() for source in solution_cells().values() for line in source.splitlines()}
    return {line for line in lines if len(line) > 25 and not line.startswith("#") and line not in stubs}


def test_nothing_secret_is_in_the_zip(archive):
    lines, hidden = solution_lines(), (ROOT / "source" / ASSIGNMENT / "hidden" / "identity_block.json").read_text()
    assert len(lines) > 20
    for name in archive.namelist():
        content = archive.read(name)
        if name.endswith((".whl", ".h5")):
            continue
        text = content.decode()
        assert "BEGIN SOLUTION" not in text and "BEGIN HIDDEN" not in text and "hidden=[" not in text, name
        assert not [line for line in lines if line in text], name
        assert text != hidden and "hidden/" not in name
    wanted = {
        "README.md",
        "requirements.txt",
        "vanishing_gradients.ipynb",
        "residual_networks.ipynb",
        "figures/identity_block.svg",
        "exercises/identity_block.toml",
    }
    assert {f"{ASSIGNMENT}/{name}" for name in wanted} <= set(archive.namelist())


def test_the_wheel_in_the_zip_holds_the_package_alone(archive, tmp_path):
    name = next(name for name in archive.namelist() if name.endswith(".whl"))
    inside = zipfile.ZipFile(archive.extract(name, tmp_path)).namelist()
    assert all(
        re.match(
            r"autograder/(\w+/)?\w+\.(py|html\.j2)$|autograder/(data/(train|test)_signs\.h5|requirements\.txt)$"
            r"|residual_networks_kit-[\w.+]+\.dist-info/\w+(\.txt)?$",
            path,
        )
        for path in inside
    ), inside


@pytest.mark.parametrize("kind", KINDS)
def test_the_commands_of_its_readme_lead_to_the_first_passed_check(archive, tmp_path, kind):
    archive.extractall(tmp_path)
    folder = tmp_path / ASSIGNMENT
    readme = (folder / "README.md").read_text()
    install, start = re.findall(r"`python -m (.*?)`", readme)
    make, activate = re.search(r"`python3 -m (venv (?:\S+))`, then `source (.*?)/activate`", readme).groups()
    if kind == "filled":
        fill(folder / ".venv")
    subprocess.run([sys.executable, "-m", *make.split()], cwd=folder, check=True)
    python = str(folder / activate / "python")
    subprocess.run([python, "-m", *install.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    assert start.split() == ["jupyterlab", "vanishing_gradients.ipynb"]
    subprocess.run([python, "-m", "jupyterlab", "--version"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(
        [python, "-c", FIRST.format(solution=solution_cells()["gradient_norms"])], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Gradient norms: all steps are right." in done.stdout
    assert "Something is missing" not in done.stdout


def test_its_readme_has_the_commands_of_all_systems(archive):
    readme = archive.read(f"{ASSIGNMENT}/README.md").decode()
    for words in ("Linux and macOS", "Windows", r".venv\Scripts\Activate.ps1", "Intel processor", "On Colab upload the zip"):
        assert words in readme


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(KitError, match="generate_assignment residual_netwerks"):
        bundle("residual_netwerks", root=ROOT)
