"""A JupyterHub for one small course on one machine, whose users are the machine's. See docs/jupyterhub.md."""

import grp
import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 JupyterHub's
HERE = Path(__file__).resolve().parent

# Who may log in: members of these two groups of the machine, by their passwords there.
STUDENTS, INSTRUCTORS = "students", "instructors"
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {STUDENTS, INSTRUCTORS}

# Behind a web server that speaks HTTPS to the world.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# What each server may use. systemd enforces it; without it there are no limits, and one student can fill the machine.
c.Spawner.mem_limit = "3G"  # training ResNet-50 takes 2.5 GB
c.Spawner.cpu_limit = 1.0
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = 120
c.JupyterHub.spawner_class = "systemd" if Path("/run/systemd/system").is_dir() else "localprocess"

# Servers that nobody has used for an hour are stopped: TensorFlow keeps its memory.
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"]}
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "services": ["idle-culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]


def settings(spawner):
    """Where a user's Jupyter finds its settings: students have no formgrader."""
    members = grp.getgrnam(INSTRUCTORS).gr_mem
    return str(HERE / ("instructor" if spawner.user.name in members else "student"))


c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": settings,
    "NBGRADER_EXCHANGE": os.environ.get("NBGRADER_EXCHANGE", "/srv/nbgrader/exchange"),
}
