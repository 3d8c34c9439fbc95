"""Pictures of what `check` shows in JupyterLab, for every kind of finding, light and dark: `python -m tools.screenshots`.

They go to build/screenshots/findings, in a window 1366 pixels wide, for a person to look at. Prints for each the lowest
contrast of a text with its background; exits with 1 where one is below 4.5.
"""

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

import nbformat

from tests.helpers.answers import read_case
from tests.helpers.browser import JupyterServer, choose, open_page
from tests.helpers.submissions import ALL_EXERCISES, ROOT, solution_cells
from tools.mistakes import judged

FOLDER = ROOT / "build" / "screenshots" / "findings"
SIZE, AROUND = {"width": 1366, "height": 768}, 200  # of a small laptop; pixels for JupyterLab's own bars
SCHEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
ASKED = 4.5  # WCAG 2.2, success criterion 1.4.3
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
# The lowest contrast of a text within an element: of its colour with the nearest colour behind it.
CONTRAST = """element => {
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  const found = [...element.querySelectorAll('*')].filter(node => node.checkVisibility() &&
    [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())).map(node => {
      const [low, high] = [light(numbers(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    });
  return Math.min(...found);
}"""


def kind_of(verdict):
    """What sort of first finding it is, or how the answer stands without one."""
    if not verdict.findings:
        return str(verdict.status)
    error = verdict.findings[0].error
    return f"error {error['type']}" if error else verdict.findings[0].codes[0].split(":")[0]


def samples():
    """(exercise, kind, source) of the first answer of each kind, for each exercise."""
    for name in ALL_EXERCISES:
        seen = set()
        for path in sorted((ROOT / "tests" / "cases" / name).glob("*.py")):
            with contextlib.redirect_stdout(io.StringIO()):
                kind = kind_of(judged(name, path)[0])
            if kind not in seen:
                seen.add(kind)
                yield name, kind, read_case(path)[1]


def write(folder, found):
    """A notebook with one cell for each sample, in a copy of their exercises; the numbers of these cells."""
    (folder / "exercises").mkdir()
    cells = []
    for path in ROOT.glob("source/*/exercises/*"):
        (folder / "exercises" / path.name).write_bytes(path.read_bytes())
    for notebook in ROOT.glob("source/*/*.ipynb"):
        cells += [c.source for c in nbformat.read(notebook, as_version=4).cells if _id(c) == "packages"]
    first = len(cells) + 1
    for name, _, source in found:
        others = "\n\n".join(solution_cells(next(ROOT.glob(f"source/*/exercises/{name}.toml")).parts[-3]).values())
        cells.append(f"{others}\n\n{source}\n\ncheck({name})")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in ["", *cells]])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "findings.ipynb")
    return first


def _id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def pictures(found, scheme, target):
    """Check the samples in a notebook, in JupyterLab of a light or dark scheme, and take a picture of what each shows:
    {picture's name: lowest contrast}."""
    with tempfile.TemporaryDirectory() as name:
        folder, settings = Path(name, "course"), Path(name, "settings")
        folder.mkdir()
        for place, values in {**SETTINGS, "apputils-extension/themes": {"theme": SCHEMES[scheme]}}.items():
            path = settings / "@jupyterlab" / f"{place}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        first = write(folder, found)
        with (
            JupyterServer(folder, "lab", JUPYTERLAB_SETTINGS_DIR=str(settings)) as lab,
            open_page(color_scheme=scheme, viewport=SIZE) as page,
        ):
            page.goto(lab.url("lab/tree/findings.ipynb?reset"))
            choose(page, "Run", "Run All Cells")
            cells = [page.locator(".jp-CodeCell").nth(number) for number in range(first, first + len(found))]
            outputs = [cell.locator(".jp-OutputArea").first for cell in cells]
            return {
                (name := f"{scheme}__{exercise}__{kind.replace(' ', '_')}.png"): picture(page, output, target / name)
                for (exercise, kind, _), output in zip(found, outputs)
            }


def picture(page, output, path):
    """Wait for an output, take its picture, and return the lowest contrast of its texts."""
    output.locator("table, details, p").first.wait_for(timeout=120_000, state="attached")
    tall = max(SIZE["height"], round(output.bounding_box()["height"]) + AROUND)
    page.set_viewport_size({**SIZE, "height": tall})  # all of it at once, in a window of the same width
    output.scroll_into_view_if_needed()
    output.screenshot(path=path)
    page.set_viewport_size(SIZE)
    return output.evaluate(CONTRAST)


def main():
    found, lowest = list(samples()), {}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        lowest |= pictures(found, scheme, FOLDER)
    for name, contrast in lowest.items():
        print(f"{contrast:5.1f}  {name}")
    print(f"{len(lowest)} pictures in {FOLDER.relative_to(ROOT)}, lowest contrast {min(lowest.values()):.1f}")
    return 0 if min(lowest.values()) >= ASKED else 1


if __name__ == "__main__":
    sys.exit(main())
