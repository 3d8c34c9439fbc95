"""Debian's Chromium, without a window."""
import contextlib
import shutil

from playwright.sync_api import sync_playwright


@contextlib.contextmanager
def open_page(**options):
    """A page of a new browser; `options` are Playwright's, for example color_scheme="dark"."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 1000}, **options)
        browser.close()
