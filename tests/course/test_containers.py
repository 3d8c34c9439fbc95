"""The images of deploy/, and Gradescope's archive in a container like its own: built and run by podman, `make containers`.

The commands of docs/deployments.md are typed as they stand there. Where no registry has brought the base image, it is made
of Debian's packages, under the name that the Dockerfiles use. The same for a hub on one
machine, docs/jupyterhub.md. Containers are lent the machine's settings of pip and npm."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.course.gradescope import build
from autograder.course.package import student_wheel
from tests.helpers.browser import open_page, wait_until
from tests.helpers.commands import blocks
from tests.helpers.environments import build_wheel, copy_kit
from tests.helpers.hub import PASSWORD, log_in
from tests.helpers.submissions import ASSIGNMENT, ROOT, read_class, sample_cells, write_notebooks, write_sample
from tests.helpers.verdicts import read_verdicts

pytestmark = [pytest.mark.containers, pytest.mark.skipif(os.getuid() != 0, reason="debootstrap and this podman need root")]
BASE = "docker.io/library/python:3.11-slim-bookworm"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
NOT_IN_AN_IMAGE = ("usr/lib/python3*/EXTERNALLY-MANAGED", "usr/share/doc", "usr/share/man", "usr/share/locale")
LENT = ("/etc/pip.conf", "/root/.npmrc", "/etc/ssl/certs")
SETTINGS = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "host"
volumes = {volumes}
[engine]
runtime = "runc"
"""
LARGEST = 1500  # MB, the grader's image
OWNER = 1000  # of the course's folder; not root
OPTIONS = "--security-opt seccomp=unconfined --security-opt unmask=ALL"
LIKE_GRADESCOPE = ("--memory", "1500m", "--memory-swap", "1500m", "--cpus", "1")
SAMPLES = read_class()
ADDRESS = "http://127.0.0.1:8000"  # of the hub on one machine


def sh(command, cwd=ROOT, status=0):
    """What a line of bash says; it must end with `status`."""
    started = time.monotonic()
    done = subprocess.run(["bash", "-ec", command], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"{time.monotonic() - started:5.0f} s  {command.strip().splitlines()[-1]}", flush=True)
    assert done.returncode == status, f"{command}\n{done.stdout[-4000:]}"
    return done.stdout


def below(heading, page="deployments.md"):
    """The blocks of commands below a heading of the page."""
    page = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.S | re.M)
    return blocks(part)


def megabytes(image):
    return int(sh(f"podman image inspect --format {{{{.Size}}}} {image}")) / 1e6


def layers(image):
    return json.loads(sh(f"podman image inspect --format '{{{{json .RootFS.Layers}}}}' {image}"))


@pytest.fixture(scope="module", autouse=True)
def base(tmp_path_factory):
    """podman's settings for this machine, and the base image."""
    folder = tmp_path_factory.mktemp("podman")
    settings = folder / "containers.conf"
    volumes = [f"{path}:{path}:ro" for path in LENT if os.path.exists(path)]
    settings.write_text(SETTINGS.format(volumes=json.dumps(volumes)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_CONF", str(settings))
        if subprocess.run(["podman", "image", "exists", BASE]).returncode:
            root = folder / "root"
            sh(f"debootstrap --variant=minbase --include={PACKAGES} bookworm {root}")
            sh(f"rm -rf var/cache/apt/* var/lib/apt/lists/* {' '.join(NOT_IN_AN_IMAGE)}", cwd=root)
            sh(f"tar -C {root} -c . | podman import - {BASE}")
            shutil.rmtree(root)
        yield


@pytest.fixture(scope="module")
def images():
    """The two images, built as the page says."""
    for block in below("Build"):
        for line in block.splitlines():
            sh(line)


@pytest.fixture
def folder():
    """A folder that its owner alone, and a container, can write in."""
    folder = Path(tempfile.mkdtemp(prefix="containers-"))
    os.chown(folder, OWNER, OWNER)
    yield folder
    shutil.rmtree(folder)


def test_the_graders_image_is_small_and_not_roots(images):
    size = megabytes("residual-networks-grader")
    print(f"grader {size:.0f} MB, hub {megabytes('residual-networks-hub'):.0f} MB")
    assert size <= LARGEST
    assert sh("podman run --rm residual-networks-grader id -u").strip() == "1000"
    installed = sh("podman run --rm residual-networks-grader ls /opt/kit/lib/python3.11/site-packages").split()
    assert "autograder" in installed and not {"jupyterlab", "notebook", "sphinx", "pytest", "tests", "docs"} & {*installed}


def test_a_change_of_the_kit_installs_no_package_again(images, tmp_path):
    copy_kit(tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    with open(tmp_path / "autograder" / "__init__.py", "a") as file:
        file.write("# changed\n")
    sh("podman build --tag residual-networks-changed --file deploy/grader/Dockerfile .", cwd=tmp_path)
    before, after = layers("residual-networks-grader"), layers("residual-networks-changed")
    sh("podman rmi residual-networks-changed")
    same = sum(1 for one, other in zip(before, after) if one == other)
    # The kit is the last two layers: its wheel, and what that installs.
    assert same == len(before) - 2 == len(after) - 2, (before, after)


def test_the_class_gets_its_points_in_the_graders_container(images, folder):
    function, start, week = below("Grade")
    said = sh(function + start, cwd=folder)
    assert "This machine can grade." in said and "bubblewrap makes one" in said and "warm, forked" in said
    course = folder / "my-course"
    for sample in SAMPLES:
        write_sample(course, sample)
    sh(f"chown -R {OWNER}:{OWNER} {course}")
    for line in week.splitlines():
        sh(function + line, cwd=course)
    found = {s.name: read_verdicts(course, f"sample_{s.name}") for s in SAMPLES}
    scores = {name: {key: v["recorded"] for key, v in verdicts.items()} for name, verdicts in found.items()}
    assert scores == {sample.name: sample.expected for sample in SAMPLES}
    assert (course / f"{ASSIGNMENT}_report.html").exists() and (course / "moodle.csv").exists()
    assert len(list(course.glob("feedback/*/*/*.html"))) == 2 * len(SAMPLES)
    assert {path.stat().st_uid for path in course.rglob("*")} == {OWNER}


@pytest.mark.parametrize("options", ["", "--security-opt seccomp=unconfined", "--security-opt unmask=ALL"])
def test_where_an_option_is_missing_doctor_names_it(images, options):
    said = sh(f"podman run --rm {options} residual-networks-grader python -m autograder doctor", status=1)
    assert f"(podman: {OPTIONS})" in said and "Fix first: sandbox." in said


def test_the_hubs_image_has_nbgraders_extensions_and_no_solutions(images):
    (block,) = below("A hub's servers")
    server, lab, version, pictures = map(sh, block.splitlines())
    for name in ("assignment_list", "validate_assignment", "formgrader"):
        assert re.search(rf"nbgrader\.server_extensions\.{name}.*enabled", server), server
    assert re.search(r"@jupyter/nbgrader.*enabled", lab), lab
    assert re.match(r"\d+\.\d+", version.splitlines()[-1]) and "(1080, 64, 64, 3)" in pictures
    holds = sh("podman run --rm residual-networks-hub find /opt/kit -path '*/autograder/source*'")
    assert not holds and sh("podman run --rm residual-networks-hub id -u").strip() == "1000"


@pytest.fixture
def machine():
    """Debian, as the machine of a hub, in a container that shares this machine's network: what runs a line of bash there as
    root or another user. It holds a checkout of the kit, /kit, with its two wheels."""
    kit = copy_kit(Path(tempfile.mkdtemp(prefix="machine-")))  # pytest's own folders are closed to other users
    kit.chmod(0o755)
    shutil.copytree(ROOT / "deploy", kit / "deploy")
    build_wheel(kit, kit / "wheels")
    student_wheel(kit / "wheels")
    for path in (kit / "wheels").glob("*.whl"):
        path.rename(kit / path.name)
    sh(f"podman run --detach --name {kit.name} {OPTIONS} --volume {kit}:/kit --workdir /kit {BASE} sleep infinity")

    def inside(line, user="root", options="", **how):
        return sh(f"podman exec {options} --user {user} {kit.name} bash -ec {shlex.quote(line)}", **how)

    # apt-get asks, and a person says yes.
    inside("echo 'APT::Get::Assume-Yes \"true\";' >/etc/apt/apt.conf.d/yes; DEBIAN_FRONTEND=noninteractive apt-get update")
    yield inside
    sh(f"podman rm --force --time 0 {kit.name}")
    shutil.rmtree(kit)


def test_a_hub_on_one_machine_is_made_by_the_commands_of_its_page(machine):
    root, start, own, week = below("One machine", "jupyterhub.md")
    wheels = {"+student" in name: name for name in machine("ls").split() if name.endswith(".whl")}

    def typed(block):
        names = re.compile(r'residual_networks_kit[^"\[]+\.whl')
        return names.sub(lambda found: f"/kit/{wheels['+student' in found[0]]}", block).splitlines()

    for line in typed(root):
        machine(f"printf '{PASSWORD}\n{PASSWORD}\n' | {line}" if line.startswith("passwd") else line)
    machine(start, options="--detach")
    wait_until(lambda: subprocess.run(["curl", "--silent", "--fail", f"{ADDRESS}/hub/health"]).returncode == 0, 60)
    for name in ("anna", "lecturer"):
        with open_page() as page:
            log_in(page, ADDRESS, name)

    def as_in_jupyterlab(name, line, folder=""):
        """Type into a terminal of the user's JupyterLab, which has the hub's programs and settings."""
        kind = "instructor" if name == "lecturer" else "student"
        variables = {"HOME": f"/home/{name}", "USER": name, "JUPYTER_CONFIG_PATH": f"/etc/jupyterhub/{kind}"}
        variables |= {"PATH": "/opt/hub/bin:/usr/bin:/bin", "NBGRADER_EXCHANGE": "/srv/nbgrader/exchange"}
        options = " ".join(f"--env {key}={value}" for key, value in variables.items())
        return machine(line, name, f"--workdir /home/{name}/{folder} {options}")

    for line in typed(own):
        as_in_jupyterlab("lecturer", line)
    for line in week.splitlines():
        said = as_in_jupyterlab("lecturer", line, "residual-networks")
        assert "WITHOUT A SANDBOX" not in said
        if "release_assignment" in line:
            for command in ("fetch_assignment", "submit"):
                as_in_jupyterlab("anna", f"nbgrader {command} {ASSIGNMENT}")
    as_in_jupyterlab("anna", f"nbgrader fetch_feedback {ASSIGNMENT}")
    assert as_in_jupyterlab("anna", f"find {ASSIGNMENT}/feedback -name '*.html'").count("\n") == 2


@pytest.fixture(scope="module")
def gradescope():
    """Gradescope's place: the folder /autograder, and an image in which the archive's setup.sh has been run."""
    folder = Path(tempfile.mkdtemp(prefix="gradescope-"))
    folder.chmod(0o755)
    with zipfile.ZipFile(build(ASSIGNMENT, folder / "autograder.zip", ROOT)) as archive:
        for entry in archive.infolist():
            os.chmod(archive.extract(entry, folder / "source"), (entry.external_attr >> 16) or 0o644)
    volume = f"--volume {folder}/source:/autograder/source"
    sh(f"podman run --name {folder.name} {volume} {' '.join(LIKE_GRADESCOPE)} {BASE} /autograder/source/setup.sh")
    sh(f"podman commit --quiet {folder.name} {folder.name} && podman rm {folder.name}")
    yield folder
    sh(f"podman rmi {folder.name}")
    shutil.rmtree(folder)


def test_gradescopes_archive_grades_every_sample_in_a_container_without_privileges(gradescope):
    def points(sample):
        root = gradescope / sample.name
        (root / "results").mkdir(parents=True)
        shutil.copy(gradescope / "source" / "run_autograder", root)
        write_notebooks(root / "submission", sample_cells(sample))
        volumes = f"--volume {root}:/autograder --volume {gradescope}/source:/autograder/source"
        sh(f"podman run --rm {volumes} {' '.join(LIKE_GRADESCOPE)} {gradescope.name} /autograder/run_autograder")
        results = json.loads((root / "results" / "results.json").read_text())
        said = {test["output"] for test in results["tests"]} if results["score"] != sum(sample.expected.values()) else ()
        print(sample.name, results["execution_time"], "s", results["output"], *said, sep="\n    ", flush=True)
        return results["score"]

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip((sample.name for sample in SAMPLES), pool.map(points, SAMPLES)))
    assert found == {sample.name: sum(sample.expected.values()) for sample in SAMPLES}
