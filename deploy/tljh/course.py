"""Settings of the course for The Littlest JupyterHub, in /opt/tljh/config/jupyterhub_config.d. See docs/jupyterhub.md."""

c = get_config()  # noqa: F821 JupyterHub's
SETTINGS = "/opt/tljh/nbgrader"  # the folders student and instructor of deploy/jupyterhub


def settings(spawner):
    """Where a user's Jupyter finds its settings: admins are instructors, and students have no formgrader."""
    return f"{SETTINGS}/{'instructor' if spawner.user.admin else 'student'}"


c.Spawner.default_url = "/lab"
c.Spawner.environment = {"JUPYTER_CONFIG_PATH": settings, "NBGRADER_EXCHANGE": "/srv/nbgrader/exchange"}
