"""Jupyter servers, and Debian's Chromium without a window."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request

from playwright.sync_api import TimeoutError as Timeout
from playwright.sync_api import sync_playwright

from tests.helpers.processes import free_port

TOKEN = "test"


@contextlib.contextmanager
def open_page(**options):
    """A page of a new browser; `options` are Playwright's, for example color_scheme="dark"."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page(**{"viewport": {"width": 1280, "height": 1000}, **options})
        browser.close()


class JupyterServer:
    """A Jupyter server with all its extensions, which serves a folder while it is entered; with further variables."""

    def __init__(self, folder, application="server", **environment):
        self.folder, self.application, self.environment = folder, application, environment
        self.address = f"http://127.0.0.1:{free_port()}"

    def __enter__(self):
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyter",
                self.application,
                "--no-browser",
                "--allow-root",
                f"--port={self.address.rsplit(':')[-1]}",
                f"--IdentityProvider.token={TOKEN}",
                "--ServerApp.root_dir=.",
            ],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: self.get("api/status") is not None, 60)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def url(self, path):
        return f"{self.address}/{path}{'&' if '?' in path else '?'}token={TOKEN}"

    def get(self, path):
        """What the server answers, or None."""
        try:
            with urllib.request.urlopen(self.url(path)) as answer:
                return json.load(answer)
        except OSError:
            return None


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.5)


def choose(page, menu, entry):
    """Choose an entry of a menu. The menu is opened again where JupyterLab, still loading, has closed it."""
    item = page.locator(".lm-Menu-itemLabel", has_text=entry).first

    def opened():
        page.get_by_role("menuitem", name=menu, exact=True).click()
        with contextlib.suppress(Timeout):
            item.click(timeout=5000)
            return True
        page.keyboard.press("Escape")

    wait_until(opened, 60)


def type_into(page, marker, source):
    """Replace the content of the cell that holds `marker`, and leave the cursor in it."""
    cell = page.locator(".jp-CodeCell .cm-content", has_text=marker).first
    cell.scroll_into_view_if_needed()
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
