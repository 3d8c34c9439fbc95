"""Throughput of grading, side by side on the same submissions: stock nbgrader, nbgrader with the kit, the class command,
and bare compute (the students' functions and the judge in one warm process, no notebook).

Run as `python benchmarks/throughput.py [--sizes 10,40] [--jobs 1,2] [--stock 10]` in the repository's root. Stock
nbgrader takes the same time for each submission, so that a few of them are enough for its rate.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.grade_class import ensure_assignment
from tests.submissions import ASSIGNMENT, EXERCISES, make_course, read_class, solution_cells, write_submission

GRADE_IDS = {name: name if name != "ResNet50" else "resnet50" for name in EXERCISES}


def answers(count):
    """{student: cells} of a class: the bundled samples in turn."""
    samples = read_class()
    chosen = [samples[number % len(samples)] for number in range(count)]
    return {f"s{number:04}": {**(solution_cells() if sample.others == "solution" else {}), **sample.cells}
            for number, sample in enumerate(chosen)}


def course_with(template, folder, students, stock=False):
    shutil.copytree(template, folder)
    for student, cells in students.items():
        write_submission(folder, student, cells)
    if stock:
        (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'stock'\n"
                                                   "c.CourseDirectory.ignore = ['hidden']\n")
    return folder


class Memory(threading.Thread):
    """The most memory that a process and its children have at one time, in MB; shared pages count once."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.process, self.peak = psutil.Process(pid), 0.0
        self.start()

    def run(self):
        while self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE:
            total = 0
            try:
                for process in [self.process, *self.process.children(recursive=True)]:
                    try:
                        total += process.memory_full_info().pss
                    except psutil.Error:
                        pass
            except psutil.Error:
                break
            self.peak = max(self.peak, total / 1e6)
            time.sleep(1)


def busy():
    """CPU seconds that the machine has worked."""
    times = psutil.cpu_times()
    return times.user + times.system


def run(name, command, course, count):
    started, cpu = time.perf_counter(), busy()
    process = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = Memory(process.pid)
    process.wait()
    seconds, cpu = time.perf_counter() - started, busy() - cpu
    assert len(list(course.glob(f"autograded/*/{ASSIGNMENT}"))) >= count, name
    return name, count, seconds, cpu, memory.peak


def bare(students):
    """The students' functions and the judge, in this process."""
    from tests.answers import exercise_of, judge_text, run_answer
    exercises = {name: exercise_of(name) for name in EXERCISES}
    for turn in range(2):       # the first turn warms up
        started, cpu = time.perf_counter(), busy()
        for cells in list(students.values())[:None if turn else 2]:
            others = [source for source in cells.values() if _runs(source)]
            for name, exercise in exercises.items():
                source = cells.get(GRADE_IDS[name])
                if source and _runs(source):
                    try:
                        judge_text(exercise, run_answer(exercise, source, others=others))
                    except Exception:       # some samples do not define what is asked for
                        pass
    return "bare compute", len(students), time.perf_counter() - started, busy() - cpu, \
        psutil.Process().memory_full_info().pss / 1e6


def _runs(source):
    try:
        compile(source, "answer", "exec")
        return True
    except SyntaxError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,40")
    parser.add_argument("--jobs", default=f"1,{len(os.sched_getaffinity(0))}")
    parser.add_argument("--stock", type=int, default=10, help="submissions for stock nbgrader; 0 leaves it out")
    parser.add_argument("--no-kit", action="store_true", help="leave out nbgrader with the kit")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        template = make_course(Path(folder) / "template")
        ensure_assignment(template)
        for size in map(int, options.sizes.split(",")):
            students = answers(size)
            rows.append(bare(students))
            for jobs in options.jobs.split(","):
                course = course_with(template, Path(folder) / f"class_{size}_{jobs}", students)
                rows.append(run(f"class command, {jobs} job{'s' * (jobs != '1')}", [
                    sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--jobs", jobs], course, size))
            if not options.no_kit:
                course = course_with(template, Path(folder) / f"kit_{size}", students)
                rows.append(run("nbgrader with the kit", [
                    sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], course, size))
        if options.stock:
            course = course_with(template, Path(folder) / "stock", answers(options.stock), stock=True)
            rows.append(run("stock nbgrader", [
                sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], course, options.stock))
    show(rows)


def show(rows):
    stock = next((count / seconds for name, count, seconds, *_ in rows if name == "stock nbgrader"), None)
    bare_rate = {count: count / seconds for name, count, seconds, *_ in rows if name == "bare compute"}
    print("| what | submissions | per minute | times stock | times bare compute's time | CPU s each | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for name, count, seconds, cpu, memory in rows:
        rate = count / seconds
        slower = f"{bare_rate[count] / rate:.1f}" if count in bare_rate else ""
        print(f"| {name} | {count} | {60 * rate:.0f} | {rate / stock if stock else float('nan'):.1f} | {slower} | "
              f"{cpu / count:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
