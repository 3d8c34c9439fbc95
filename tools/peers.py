"""Other projects' test suites with the kit plugged in: `python -m tools.peers [SUITE ...]`, by default all.

nbgrader's commands run with the kit's settings; nbclient, nbconvert and jupyter_kernel_test start their kernels by the kit's
provisioner, in the sandbox. What fails is compared with the table in docs/nbgrader.md, which has the reason of each. Suites
come with the installed package or from its source distribution; nothing is installed into the environment. Exits with 1 if
anything else fails than what the table says.
"""

import getpass
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "peers"
PAGE = ROOT / "docs" / "nbgrader.md"
KERNEL_TESTS = "0.7.0"  # the version of jupyter_kernel_test
HELPERS = (f"jupyter_kernel_test=={KERNEL_TESTS}", "flaky", "pytest-asyncio", "testpath", "xmltodict")
SUITES = {  # the package whose source distribution has the tests, if the installed one has not, and which of them are run
    "nbgrader": ("", ("--pyargs", "nbgrader.tests.apps", "nbgrader.tests.test_validator")),
    "nbclient": ("nbclient", ("tests/test_client.py",)),
    "nbconvert": ("nbconvert", ("tests/preprocessors/test_execute.py",)),
    "jupyter_kernel_test-warm": ("jupyter_kernel_test", ("test_ipykernel.py",)),
    "jupyter_kernel_test-cold": ("jupyter_kernel_test", ("test_ipykernel.py",)),
}
FILES = {
    "config/nbgrader_config.py": "from autograder.grading import configuration\n\nconfiguration.apply(get_config())\n",
    "jupyter/kernels/python3/kernel.json": json.dumps(
        {
            "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "metadata": {"kernel_provisioner": {"provisioner_name": "residual-networks-sandbox"}},
        }
    ),
}


def pytest_configure():
    """This module is a plugin of the tests' own process, in which kernels start cold if that is asked for."""
    if os.environ.get("PEERS_COLD"):
        from autograder.sandbox.bubblewrap import Sandbox

        Sandbox.warm = False


def pip(*arguments):
    """Run pip; what it says is shown."""
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def tests_of(package):
    """The folder of a package's source distribution, fetched if it is not there."""
    number = KERNEL_TESTS if package == "jupyter_kernel_test" else version(package)
    folder = BUILD / f"{package}-{number}"
    if not folder.is_dir():
        pip("download", "--no-deps", "--no-binary", ":all:", "--dest", str(BUILD), f"{package}=={number}")
        with tarfile.open(f"{folder}.tar.gz") as archive:
            archive.extractall(BUILD, filter="data")
    return folder


def run(suite):
    """Run a suite: how many tests passed, and {the name of each that failed: what it said}."""
    package, tests = SUITES[suite]
    with tempfile.TemporaryDirectory() as empty:
        found = Path(empty, "found.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir=.", f"--junitxml={found}"]
        command += ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "tools.peers", "-W", "ignore", *tests]
        plugged = {"JUPYTER_PATH": str(BUILD / "jupyter")} if package else {"JUPYTER_CONFIG_PATH": str(BUILD / "config")}
        python_path = os.pathsep.join([str(ROOT), str(BUILD / "packages")])
        cold = {"PEERS_COLD": "1"} if suite.endswith("cold") else {}
        environment = {"USER": getpass.getuser(), **os.environ, "PYTHONPATH": python_path, **plugged, **cold}
        with open(BUILD / f"{suite}.log", "w") as log:
            place = tests_of(package) if package else empty
            subprocess.run(command, cwd=place, env=environment, stdout=log, stderr=subprocess.STDOUT)
        cases = ElementTree.parse(found).findall(".//testcase")
    failed = {}
    for case in cases:
        for trouble in [*case.findall("failure"), *case.findall("error")]:
            failed[case.get("name")] = trouble.get("message", "").partition("\n")[0]
    return len(cases) - len(failed) - sum(case.find("skipped") is not None for case in cases), failed


def expected():
    """{suite: the names of the tests that fail by the table in docs/nbgrader.md}."""
    rows = re.findall(r"^\| (\S+) \| (`.*?`) \|", PAGE.read_text(encoding="utf-8"), re.M)
    return {
        suite: {name for known, names in rows if known == suite for name in re.findall("`(.*?)`", names)} for suite in SUITES
    }


def main(names):
    """Run suites and compare; the exit status."""
    for path, text in FILES.items():
        (BUILD / path).parent.mkdir(parents=True, exist_ok=True)
        (BUILD / path).write_text(text)
    if not (BUILD / "packages").is_dir():
        pip("install", "--no-deps", "--target", str(BUILD / "packages"), *HELPERS)
    known, status = expected(), 0
    for suite in names or SUITES:
        passed, failed = run(suite)
        print(f"{suite}: {passed} passed, {len(failed)} failed", flush=True)
        for name, said in failed.items():
            print(f"    {name}: {'as the page says' if name in known[suite] else said}")
        status |= bool(failed.keys() ^ known[suite])
        for name in sorted(known[suite] - failed.keys()):
            print(f"    {name} passes, and the page says that it fails")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
