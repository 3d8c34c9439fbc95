"""Is everything here that the notebooks need? And controls to play with, where a page can show them."""

import importlib
import importlib.util
import os
import platform
import sys

from IPython import get_ipython

from .. import GRADER, quiet

NEEDED = {"tensorflow": (2, 20), "keras": (3, 10), "numpy": (2, 0), "matplotlib": (3, 9)}
NO_GRADER = (
    "\nThis notebook is not run: nbgrader grades without the kit's sandbox and judge. Did it say above that "
    "nbgrader_config.py cannot be loaded? If not, `python -m autograder add ASSIGNMENT` puts the kit's settings in.\n"
)
MEMORY = 3  # GB that training ResNet-50 takes


def assignment_folder(folder=None):
    """Where the assignment's files are: the folder given, or the current one, or, where cells have changed that, the one in
    which the notebook was opened."""
    shell = get_ipython()
    if folder is None and shell and not os.path.isdir("exercises") and os.path.isdir(f"{shell.starting_dir}/exercises"):
        return shell.starting_dir
    return folder or "."


def verify_grader():
    """End this kernel where nbgrader grades without the kit's settings, for example since nbgrader_config.py cannot be read:
    it would run what students wrote with all of the grader's rights, and give all points to everybody."""
    if os.environ.get("NBGRADER_EXECUTION") == "autograde" and GRADER not in os.environ:
        terminal = getattr(sys.stderr, "_original_stdstream_copy", None) or 2  # ipykernel has taken its place
        os.write(terminal, NO_GRADER.encode())
        os._exit(1)


def check_workplace():
    """Print what is here and, where something is missing, what to do about it. Silent while nbgrader runs a notebook, and
    outside notebooks."""
    verify_grader()
    if os.environ.get("NBGRADER_EXECUTION") or get_ipython() is None:
        return
    found, problems = [f"Python {sys.version_info[0]}.{sys.version_info[1]}"], []
    for name, oldest in NEEDED.items():
        if importlib.util.find_spec(name) is None:
            problems.append(f"{name} is not installed. Run in a cell: %pip install -r requirements.txt" + _why_not(name))
            continue
        try:
            with quiet():
                version = importlib.import_module(name).__version__
        except ImportError as error:
            if name != "keras" or importlib.util.find_spec("tensorflow"):  # Keras cannot be loaded without TensorFlow
                problems.append(f"{name} cannot be loaded ({error}). Run in a cell: %pip install -r requirements.txt")
            continue
        found.append(f"{name} {version}")
        if tuple(int(part) for part in version.split(".")[:2]) < oldest:
            problems.append(
                f'{name} {version} is too old. Run in a cell: %pip install -U "{name}>={".".join(map(str, oldest))}"'
                ", then restart the kernel."
            )
    problems += _exercises() + _pictures() + _memory()
    print("✓ " + ", ".join(found) if not problems else "Something is missing:")
    for problem in problems:
        print(f"✗ {problem}")


def _why_not(name):
    """What is to be said where TensorFlow cannot be there."""
    if name != "tensorflow":
        return ""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return ". For Macs with an Intel processor there is no TensorFlow above 2.16: use Colab or your course's JupyterHub."
    if sys.version_info >= (3, 14):
        return ". There is none for this Python yet: install Python 3.11, 3.12 or 3.13."
    return ""


def _exercises():
    return (
        []
        if os.path.isdir(f"{assignment_folder()}/exercises")
        else [
            f"The folder `exercises` is not in {os.getcwd()}. Open the notebook where you unpacked it. (On Colab, "
            "upload the zip itself, and run the notebook's first cell.)"
        ]
    )


def _pictures():
    from .signs import find_signs

    try:
        find_signs()
        return []
    except FileNotFoundError as error:
        return [str(error)]


def _memory():
    try:
        import psutil

        free = psutil.virtual_memory().available / 1e9
    except ImportError:
        return []
    return (
        []
        if free >= MEMORY
        else [
            f"Only {free:.1f} GB of memory are free; training needs about {MEMORY}. Close other notebooks (menu Kernel, "
            "Shut Down All Kernels) and programs."
        ]
    )


def explore(draw, **choices):
    """Show draw(...) for the first value of each choice, and controls to choose others, whose picture takes its place.

    draw:    a function that makes a figure with matplotlib, from keyword arguments; what it prints stands below.
    choices: for each of them a list of values, the one to begin with first.
    Where there are no controls (no ipywidgets, a printed page, a test), the first picture is all.
    """
    from IPython.display import display

    controls = _controls(choices)
    if controls:
        display(controls["box"])
    places = [display({"text/plain": ""}, raw=True, display_id=True) for _ in range(2)]
    _show(draw, {name: values[0] for name, values in choices.items()}, *places)

    def changed(_):
        for control in controls["each"].values():
            control.disabled = True
        try:
            _show(draw, {name: control.value for name, control in controls["each"].items()}, *places)
        except Exception as error:  # here it would be written into a log that nobody sees
            places[1].update({"text/plain": f"{type(error).__name__}: {error}"}, raw=True)
        finally:
            for control in controls["each"].values():
                control.disabled = False

    for control in controls["each"].values() if controls else ():
        control.observe(changed, "value")


def _controls(choices):
    """{"each": {name: widget}, "box": all of them}; None where there are no widgets."""
    try:
        import ipywidgets
    except ImportError:
        return None
    each = {
        name: ipywidgets.ToggleButtons(options=sorted(values), value=values[0], description=name.replace("_", " "))
        for name, values in choices.items()
    }
    return {"each": each, "box": ipywidgets.VBox([*each.values()])}


def _show(draw, values, picture, text):
    """Put draw(...) into the display `picture`, and what it prints into `text`, which says so while it works."""
    from IPython.utils.capture import capture_output

    says = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
    text.update({"text/plain": f"⏳ working: {says} …"}, raw=True)
    with capture_output() as captured:
        draw(**values)
    shown = [output for output in captured.outputs if "image/png" in output.data] or captured.outputs
    if shown:
        picture.update(shown[-1].data, raw=True, metadata=shown[-1].metadata or {})
    text.update({"text/plain": captured.stdout.rstrip()}, raw=True)
