"""Throughput of grading, side by side on the same submissions: stock nbgrader, nbgrader with the kit, the class command,
a Dask cluster, and bare compute (the students' functions and the judge in one warm process, no notebook).

Run as `python -m benchmarks.throughput [--sizes 10,40,160] [--jobs 1,2] [--stock 40]` in the repository's root. Submissions
whose code never ends are left out: they take the time limit, whoever grades them.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import inspect
import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from autograder import GRADER
from autograder.course import class_grader
from autograder.course.grade import grade
from autograder.grading import execute, judge
from autograder.sandbox import client, provisioner
from benchmarks import history
from tests.helpers.cluster import dask_cluster
from tests.helpers.processes import Memory
from tests.helpers.submissions import ASSIGNMENT, EXERCISES, make_course, read_class, sample_cells, write_submission
from tools.grade_class import ensure_assignment

SINGLE = "nbgrader autograde --student"
GRADE_IDS = {name: name if name != "ResNet50" else "resnet50" for name in EXERCISES}


def answers(count):
    """{student: cells} of a class: the bundled samples in turn."""
    samples = [sample for sample in read_class() if not sample.endless]
    chosen = [samples[number % len(samples)] for number in range(count)]
    return {f"s{number:04}": sample_cells(sample) for number, sample in enumerate(chosen)}


def course_with(template, folder, students, stock=False):
    shutil.copytree(template, folder)
    for student, cells in students.items():
        write_submission(folder, student, cells)
    if stock:
        (folder / "nbgrader_config.py").write_text(
            f"import os\n\nos.environ[{GRADER!r}] = '1'\n"  # as if by the kit: the notebooks' import would refuse to run
            "c = get_config()\nc.CourseDirectory.course_id = 'stock'\nc.CourseDirectory.ignore = ['hidden']\n"
        )
    return folder


def busy():
    """CPU seconds that the machine has worked."""
    times = psutil.cpu_times()
    return times.user + times.system


def run(name, command, course, count, warm=False):
    """A row; warm: whether the last command's warm parent is found."""
    if not warm:
        os.environ["TMPDIR"] = tempfile.mkdtemp(dir=course.parent)
    started, cpu = time.perf_counter(), busy()
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = Memory(process.pid)
    process.wait()
    seconds, cpu = time.perf_counter() - started, busy() - cpu
    assert len(list(course.glob(f"autograded/*/{ASSIGNMENT}"))) >= count, name
    return name, count, seconds, cpu, memory.peak


def bare(students):
    """The students' functions and the judge, in this process."""
    from tests.helpers.answers import exercise_of, judge_text, run_answer

    exercises = {name: exercise_of(name) for name in EXERCISES}
    for turn in range(2):  # the first turn warms up
        started, cpu = time.perf_counter(), busy()
        for cells in list(students.values())[: None if turn else 2]:
            others = [source for source in cells.values() if _runs(source)]
            for name, exercise in exercises.items():
                source = cells.get(GRADE_IDS[name])
                if source and _runs(source):
                    with contextlib.suppress(Exception):  # some samples do not define what is asked for
                        judge_text(exercise, run_answer(exercise, source, others=others))
    return (
        "bare compute",
        len(students),
        time.perf_counter() - started,
        busy() - cpu,
        psutil.Process().memory_full_info().pss / 1e6,
    )


def _runs(source):
    try:
        compile(source, "answer", "exec")
        return True
    except SyntaxError:
        return False


# ------------------------------------------------------------------ where the time goes


class Inline(concurrent.futures.Executor):
    """Runs a task when it is submitted, in this process."""

    def submit(self, function, *arguments):
        future = concurrent.futures.Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


PHASES = {
    "sanitize (nbgrader)": (class_grader.ClassGrader, "_prepare"),
    "fork a kernel": (provisioner.SandboxProvisioner, "_launch"),
    "until its first reply": (client.SandboxClient, "wait_for_ready"),
    "run cells": (execute.ExecuteByQuestion, "_run"),
    "end a kernel": (client.SandboxedKernelManager, "shutdown_kernel"),
    "judge": (judge.Judge, "preprocess"),
    "record (nbgrader)": (class_grader.ClassGrader, "_record"),
}


class Stopwatch:
    """Seconds spent in each phase; what one phase spends in another counts for the other alone."""

    def __init__(self):
        self.spent, self.inside = collections.Counter(), []

    @contextlib.contextmanager
    def measured(self, name):
        started = time.perf_counter()
        self.inside.append(0.0)
        try:
            yield
        finally:
            taken = time.perf_counter() - started
            self.spent[name] += taken - self.inside.pop()
            if self.inside:
                self.inside[-1] += taken

    def timed(self, name, function):
        if inspect.iscoroutinefunction(function):

            async def wrapper(*args, **kwargs):
                with self.measured(name):
                    return await function(*args, **kwargs)
        else:

            def wrapper(*args, **kwargs):
                with self.measured(name):
                    return function(*args, **kwargs)

        return wrapper


def phases(course, count):
    """Seconds a submission by phase: the class command in this process, one notebook after another."""
    watch = Stopwatch()
    for name, (owner, method) in PHASES.items():
        setattr(owner, method, watch.timed(name, getattr(owner, method)))
    class_grader.ClassGrader._make_executor = lambda self: (Inline(), 1)
    with contextlib.chdir(course), contextlib.redirect_stdout(io.StringIO()):
        started = time.perf_counter()
        grade(ASSIGNMENT)
        seconds = time.perf_counter() - started
    print(f"\n| phase, {count} submissions by one process | seconds a submission |\n|---|---|")
    for name in PHASES:
        print(f"| {name} | {watch.spent[name] / count:.3f} |")
    print(f"| everything else, start and import of TensorFlow included | {(seconds - watch.spent.total()) / count:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,40,160")
    parser.add_argument("--jobs", default=f"1,{len(os.sched_getaffinity(0))}")
    parser.add_argument("--stock", type=int, default=40, help="submissions for stock nbgrader; 0 leaves it out")
    parser.add_argument("--kit", type=int, default=40, help="submissions for `nbgrader autograde` with the kit")
    parser.add_argument("--dask", type=int, default=40, help="submissions for a Dask cluster of two workers")
    parser.add_argument("--record", action="store_true", help="add the ratios to the history of speed (needs --stock)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        template = make_course(folder / "template")
        ensure_assignment(template)
        rows = by_the_class_command(template, folder, options)
        rows += by_other_ways(template, folder, options)
        print()
        show(rows)
        phases(course_with(template, folder / "phases", answers(20)), 20)
    if options.record:
        history.add(ratios(rows))


def by_the_class_command(template, folder, options):
    """Rows for bare compute and the class command: each run imports TensorFlow itself."""
    rows = []
    for size in map(int, options.sizes.split(",")):
        students = answers(size)
        rows.append(bare(students))
        for jobs in options.jobs.split(","):
            course = course_with(template, folder / f"class_{size}_{jobs}", students)
            command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--jobs", jobs]
            rows.append(run(f"class command, {jobs} job{'s' * (jobs != '1')}", command, course, size))
            show(rows[-1:])
    return rows


def by_other_ways(template, folder, options):
    """Rows for nbgrader with and without the kit, and for a cluster."""
    rows, autograde = [], [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
    if options.kit:
        course = course_with(template, folder / "kit", answers(options.kit))
        rows.append(run("nbgrader with the kit", autograde, course, options.kit))
    if options.dask:
        rows += [on_a_cluster(name, template, folder, options.dask) for name in ("Dask, 2 workers", "Dask, one of 2 killed")]
    if options.stock:
        course = course_with(template, folder / "stock", answers(options.stock), stock=True)
        rows.append(run("stock nbgrader", autograde, course, options.stock))
        for name, stock in ((f"stock {SINGLE}", True), (f"{SINGLE} with the kit", False)):
            course = course_with(template, folder / f"single_{stock}", answers(1), stock=stock)
            rows.append(run(name, [*autograde, "--student", "s0000"], course, 1))
        rows.append(
            run(f"{SINGLE} with the kit, again", [*autograde, "--student", "s0000", "--force"], course, 1, warm=True)
        )
    return rows


def ratios(rows):
    """{figure: value} for the history: of the largest class that each way has graded."""
    rate = {name: count / seconds for name, count, seconds, *_ in sorted(rows, key=lambda row: row[1])}
    stock = rate["stock nbgrader"]
    found = {f"{name}: times stock": rate[name] / stock for name in rate if name.startswith(("class", "nbgrader with"))}
    one, two = rate.get("class command, 1 job"), rate.get("class command, 2 jobs")
    if one and two:
        found["class command: two jobs to one"] = two / one
    for name in (f"{SINGLE} with the kit", f"{SINGLE} with the kit, again"):
        found[f"{name}: part of stock's time"] = rate[f"stock {SINGLE}"] / rate[name]
    return found


def on_a_cluster(name, template, folder, size):
    """A class on two workers; in the second case, one is killed when half of the class is graded."""
    place = folder / name.replace(" ", "_")
    course = course_with(template, place / "course", answers(size))

    def kill_one():
        while len(list(course.glob("autograded/*"))) < size // 2:
            time.sleep(0.2)
        workers[0].kill()

    with dask_cluster(place) as (address, workers):
        if "killed" in name:
            threading.Thread(target=kill_one, daemon=True).start()
        return run(name, [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--scheduler", address], course, size)


def show(rows):
    """A table; rates against stock nbgrader and times against bare compute of the same size."""
    stock = next((count / seconds for name, count, seconds, *_ in rows if name == "stock nbgrader"), None)
    bare_rate = {count: count / seconds for name, count, seconds, *_ in rows if name == "bare compute"}
    print("| what | submissions | per minute | times stock | times bare compute's time | CPU s each | peak MB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name, count, seconds, cpu, memory in rows:
        rate = count / seconds
        slower = f"{bare_rate[count] / rate:.1f}" if count in bare_rate else ""
        faster = f"{rate / stock:.1f}" if stock and count > 1 else ""
        print(f"| {name} | {count} | {60 * rate:.1f} | {faster} | {slower} | {cpu / count:.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
