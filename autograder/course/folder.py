"""A course's folder: made (`new`), given an assignment of the kit's (`add`), and brought up to a newer kit (`upgrade`).

What the kit has put there is written down in RECORD with its checksums, so that an upgrade tells what the instructor has
changed from what a newer kit changes.
"""

import hashlib
import json
import re
from pathlib import Path

from .. import KitError
from ..grading.configuration import IGNORED, PLUGINS
from ..grading.source import source_in
from .application import application
from .files import when_complete
from .package import assignments, version

RECORD = ".kit.json"
ASIDE = "kit-changes"  # where an upgrade puts new files whose place the instructor has changed
CONFIG = """from autograder.grading import configuration

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "{course}"
configuration.apply(c)  # the judge, the sandbox and the collecting of submissions

# What one may change, with what it is otherwise. Limits are for a cell or a notebook in seconds, else in MB.
# c.Execute.timeout = 60
# c.ExecuteByQuestion.notebook_timeout = 300
# c.Helper.seconds = 20  # of computing, for reading one notebook or judging one answer
# c.Helper.memory = 1000
# c.Sandbox.memory = 4000
# c.Sandbox.disk = 500
# c.Sandbox.output = 20  # of one cell
# c.Sandbox.processes = 64
# c.Sandbox.files = 512
# c.Sandbox.data = "data"  # a folder that notebooks may read while they are graded
# c.Sandbox.keep_warm = 300  # seconds for which what has imported TensorFlow waits for your next command
# c.Sandbox.sandbox = "none"  # would run submissions with all your rights
# c.SubmissionExporter.keep_attempts = False  # whether earlier ones are kept, for `python -m autograder attempts`
# c.CourseDirectory.db_url = "postgresql://USER@HOST/gradebook"  # for more than one grader at a time
# c.Exchange.root = "/srv/nbgrader/exchange"  # on JupyterHub
# c.CanvasExport.columns = {{"residual_networks": "ResNet (4711)"}}  # titles that assignments have in Canvas
"""
APPLIED = """
# The residual networks kit: its settings, but for those that are made above.
from autograder.grading import configuration

configuration.apply(c)
"""
GITIGNORE = """# students' data and what is made of it
/submitted/
/autograded/
/feedback/
/downloaded/
/gradebook.db*
/*_report.*
/*.csv
/.nbgrader.log
/.verdicts.db*
# made of source/
/release/
/*.zip
.ipynb_checkpoints/
__pycache__/
"""
README = """# {title}

An nbgrader course, made with `python -m autograder new` of the residual networks kit. `source/` holds the assignments with
their solutions: keep this folder to yourself. `data/` is for files that notebooks read, also while they are graded; the
pictures of the kit's assignments come with its package.

The week of an assignment, here {first}:

```
nbgrader generate_assignment {first} --force    # release/: without solutions and hidden tests
python -m autograder bundle {first}             # {first}.zip for students; or, on JupyterHub, nbgrader release_assignment
nbgrader zip_collect {first}                    # from downloaded/{first}/archive/; or, on JupyterHub, nbgrader collect
python -m autograder grade {first}
python -m autograder report {first}
python -m autograder feedback {first}
nbgrader export --exporter autograder.course.export.TableExport --to grades_by_exercise.csv
```

`python -m autograder --help` lists the rest. After a newer kit
was installed, `python -m autograder upgrade` says what it changes here.
"""


def new(folder, only=(), show=print):
    """Make a course in a new folder, with all of the kit's assignments or those named in `only`. Raises KitError."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError(
            f"{folder} is there already. Name a new folder; in a course that exists: python -m autograder add NAME"
        )
    chosen = [_chosen(name) for name in only] or sorted(assignments())
    title = folder.resolve().name
    texts = {
        "nbgrader_config.py": CONFIG.format(course=re.sub(r"[^\w-]+", "-", title)),
        ".gitignore": GITIGNORE,
        "README.md": README.format(title=title, first=chosen[-1]),
    }
    files = {name: text.encode() for name, text in texts.items()}
    files |= {f"source/{name}/{path}": content for name in chosen for path, content in _content(name).items()}
    for path, content in files.items():
        _write(folder / path, content)
    (folder / "data").mkdir()
    _write_record(folder, dict.fromkeys(chosen, "source"), files)
    show(f"made the course {folder}, with {' and '.join(chosen)}. Its README.md has the commands of the week.")


def add(name, show=print):
    """Put an assignment of the kit's into the course of the current folder, beside its own. Raises KitError."""
    name = _chosen(name)
    directory, config = _course()
    folder = source_in(directory, name)
    root = Path(directory.root)
    if folder.exists():
        raise KitError(f"{folder} is there already. A newer kit's changes to it: python -m autograder upgrade")
    clashes = [
        f"c.{section}.{key}"
        for section, settings in PLUGINS.items()
        for key, value in settings.items()
        if key in config[section] and config[section][key] != value
    ]
    if clashes:
        raise KitError(
            f"The course's configuration has its own {', '.join(clashes)}, which the kit must set. Take those lines out, "
            "run this command again, and put what you need of them behind the line configuration.apply(c)."
        )
    hidden = [path for path in folder.parent.rglob("*") if path.name in IGNORED]
    content = _content(name)
    for path, text in content.items():
        _write(folder / path, text)
    settings = root / "nbgrader_config.py"
    text = settings.read_text(encoding="utf-8") if settings.exists() else "c = get_config()  # noqa: F821\n"
    if "configuration.apply(c)" not in text:
        _write(settings, (text.rstrip("\n") + "\n" + APPLIED).encode())
    record = _read_record(root)
    place = folder.relative_to(root).as_posix()
    files = record["files"] | {f"{place}/{path}": _digest(text) for path, text in content.items()}
    _write_record(root, record["assignments"] | {name: folder.parent.relative_to(root).as_posix()}, files)
    show(f"added {folder}; {settings.name} has the kit's settings at its end. Other assignments are graded as before.")
    for path in hidden:
        show(f"note: from now on nbgrader leaves {path} out of releases, as its name is one of {', '.join(IGNORED)}")
    show(f"next: nbgrader generate_assignment {name}")


def upgrade(apply=False, show=print):
    """Say what the installed kit changes in the course of the current folder and, with `apply`, change it. Returns the
    number of files that differ from the installed kit's. Raises KitError.

    What the instructor has changed stays; the kit's own is then put into ASIDE."""
    root = Path(_course()[0].root)
    record = _read_record(root)
    if not record["assignments"]:
        raise KitError(f"{root} has no {RECORD}: it was not made by `new` or `add`, so there is nothing to compare with.")
    newest = {
        f"{parent}/{name}/{path}": content
        for name, parent in record["assignments"].items()
        for path, content in _content(name).items()
    }
    before, found, count = record["files"], dict(record["files"]), 0
    inside = tuple(f"{parent}/{name}/" for name, parent in record["assignments"].items())
    for path in sorted({path for path in before if path.startswith(inside)} | newest.keys()):
        what, content = _compare(root / path, before.get(path), newest.get(path))
        if what and apply:
            _take(root, path, content, what)
        if what:
            count += 1
            show(f"  {path}: {what}")
        found[path] = _digest(newest[path]) if path in newest else None
    show(f"made with {record['kit']}, installed is {version()}: {count} files differ" if count else "nothing to change")
    if apply:
        _write_record(root, record["assignments"], {path: digest for path, digest in found.items() if digest})
        for name in record["assignments"] if count else ():
            show(f"next: nbgrader generate_assignment {name} --force; python -m autograder regrade {name}")
    elif count:
        show("Nothing is written yet. The same command with --apply changes the course.")
    return count


KEPT = f"changed by you and by the kit: yours stays, the kit's goes to {ASIDE}/"


def _compare(path, before, newest):
    """What an upgrade does to a file, in words, or ""; and the content that it gets (None: it is removed).

    before: the digest of what the kit has put there, or None. newest: what the installed kit would, or None."""
    here = _digest(path.read_bytes()) if path.is_file() else None
    wanted = _digest(newest) if newest is not None else None
    if wanted in (here, before):
        return "", newest
    if here == before:
        return ("no longer in the kit" if wanted is None else "changed in the kit" if here else "new in the kit"), newest
    return (KEPT if wanted else ""), newest


def _take(root, path, content, what):
    if what == KEPT:
        _write(root / ASIDE / path, content)
    elif content is None:
        (root / path).unlink()
    else:
        _write(root / path, content)


# ------------------------------------------------------------------ parts


def _course():
    """nbgrader's CourseDirectory of the current folder, and its configuration. Raises KitError."""
    app = application()
    root = Path(app.coursedir.root)
    if not (root / "nbgrader_config.py").exists() and not (root / app.coursedir.source_directory).is_dir():
        raise KitError(f"{root} is no nbgrader course. Run this in one, or make one: python -m autograder new FOLDER")
    return app.coursedir, app.config


def _chosen(name):
    if name not in assignments():
        raise KitError(f"The kit has no assignment {name!r}, but {', '.join(sorted(assignments()))}.")
    return name


def _content(name):
    """{path in the assignment's folder: content} of an assignment of the kit's."""
    folder = assignments()[name]
    files = [path for pattern in ("*.ipynb", "[!.]*/*") for path in sorted(folder.glob(pattern)) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if path.parent.name not in ("weights", "__pycache__")
    }


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    with when_complete(path) as unfinished:
        unfinished.write_bytes(content)


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _read_record(root):
    try:
        return json.loads((root / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"kit": "", "assignments": {}, "files": {}}
    except ValueError as error:
        raise KitError(f"{root / RECORD} cannot be read ({error}). Take it out of a backup.") from error


def _write_record(root, names, files):
    """names: {assignment: folder that holds it}. files: {path: content or digest}."""
    digests = {path: found if isinstance(found, str) else _digest(found) for path, found in sorted(files.items())}
    text = json.dumps({"kit": version(), "assignments": names, "files": digests}, indent=1)
    _write(root / RECORD, text.encode())
