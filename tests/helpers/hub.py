"""A real JupyterHub on this machine, with users of its own: Debian's Python, deploy/jupyterhub, and the students' wheel."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from autograder.course.package import student_wheel
from tests.helpers.browser import wait_until
from tests.helpers.environments import fill, pip
from tests.helpers.processes import free_port
from tests.helpers.submissions import ROOT

PASSWORD = "not-a-secret-7f3a"
PROXY = ROOT / "build" / "hub" / "node_modules" / ".bin"  # configurable-http-proxy


class Hub:
    """While it is entered, a hub with some users: {name: group}. Their names get a prefix: they are nobody else's.

    idle: seconds after which a server that nobody has used is stopped."""

    def __init__(self, users, idle=3600):
        self.users, self.idle = {f"hub-{name}": group for name, group in users.items()}, idle
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))  # pytest's own folders are closed to other users
        self.folder.chmod(0o755)
        self.programs = self.folder / "venv" / "bin"
        self.address = f"http://127.0.0.1:{free_port()}"
        self.variables = {
            **os.environ,
            "PATH": f"{self.programs}:{PROXY}:/usr/sbin:/usr/bin:/sbin:/bin",
            "NBGRADER_EXCHANGE": str(self.folder / "exchange"),
        }

    def __enter__(self):
        self._install()
        self.groups = [name for name in {*self.users.values()} if subprocess.run(["groupadd", name]).returncode == 0]
        for name, group in self.users.items():
            subprocess.run(["userdel", "--force", name], capture_output=True)  # a run that was killed has left it
            subprocess.run(["useradd", "--create-home", "--base-dir", self.folder, "--groups", group, name], check=True)
            os.chmod(self.home(name), 0o700)
        passwords = "".join(f"{name}:{PASSWORD}\n" for name in self.users)
        subprocess.run(["chpasswd"], input=passwords, text=True, check=True)
        (self.folder / "exchange").mkdir()
        (self.folder / "exchange").chmod(0o1777)
        shutil.copytree(ROOT / "deploy" / "jupyterhub", self.folder / "settings")
        settings = self.folder / "settings" / "jupyterhub_config.py"
        settings.write_text(settings.read_text().replace("--timeout=3600", f"--timeout={self.idle}"))
        state = self.folder / "state"
        state.mkdir(mode=0o700)
        self.log = open(state / "log.txt", "w")
        self.process = subprocess.Popen(
            [
                self.programs / "jupyterhub",
                f"--config={settings}",
                f"--JupyterHub.bind_url={self.address}",
                f"--JupyterHub.hub_port={free_port()}",
                f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}",
            ],
            cwd=state,
            env=self.variables,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        wait_until(self._answers, 60)
        return self

    def _install(self):
        fill(self.folder / "venv")
        python = shutil.which("python3", path="/usr/bin:/bin")  # root's own Python is closed to other users
        subprocess.run([python, "-m", "venv", self.folder / "venv"], check=True)
        wanted = f"{student_wheel(self.folder)}[cpu,instructor]", "jupyterhub", "jupyterhub-idle-culler"
        pip(self.programs / "python", "install", "--constraint", ROOT / "requirements.txt", *wanted)

    def _answers(self):
        assert self.process.poll() is None, self.said()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.address}/hub/health"):
            return True

    def said(self):
        return (self.folder / "state" / "log.txt").read_text()[-5000:]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        for name in self.users:
            subprocess.run(["pkill", "--signal", "KILL", "--uid", name], check=False)
            subprocess.run(["userdel", "--force", name], check=True, capture_output=True)
        for group in self.groups:  # those that were not there before
            subprocess.run(["groupdel", group], check=True)
        shutil.rmtree(self.folder)

    def home(self, name):
        """The folder of a user."""
        return self.folder / name

    def run(self, name, *command, folder="."):
        """Run a command as a user, in a folder of theirs, with the settings of the hub: its status, and what it said."""
        kind = "instructor" if self.users[name] == "instructors" else "student"
        variables = {**self.variables, "HOME": str(self.home(name)), "USER": name, "LOGNAME": name}
        variables["JUPYTER_CONFIG_PATH"] = str(self.folder / "settings" / kind)
        done = subprocess.run(
            ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", *command],
            cwd=self.home(name) / folder,
            env=variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    def log_in(self, page, name):
        log_in(page, self.address, name)


def log_in(page, address, name):
    """Log in to the hub at an address, and wait for JupyterLab."""
    page.goto(f"{address}/hub/login")
    page.fill("#username_input", name)
    page.fill("#password_input", PASSWORD)
    page.click("#login_submit")
    page.wait_for_url(f"**/user/{name}/lab**", timeout=120_000)
    page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)
