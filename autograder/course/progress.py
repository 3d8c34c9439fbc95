"""The progress of work on a whole class."""

import time

import rich.progress

LINE_SECONDS = 5  # between two lines of progress, where a bar cannot be drawn


class Progress(rich.progress.Progress):
    """A bar with count, rate and time left; where the output is no terminal, a line from time to time."""

    def __init__(self, what, total):
        columns = rich.progress
        super().__init__(
            columns.TextColumn(what),
            columns.BarColumn(),
            columns.MofNCompleteColumn(),
            columns.TextColumn("{task.fields[rate]}"),
            columns.TimeRemainingColumn(),
            columns.TextColumn("left"),
        )
        self.what, self.total = what, total
        self.bar, self.started = self.add_task("", total=total, rate=""), time.monotonic()
        self.said = self.started
        if total and not self.console.is_terminal:
            print(f"{what}: {total} to do", flush=True)

    def advance(self):
        """One more is done."""
        done, now = round(self.tasks[0].completed) + 1, time.monotonic()
        rate = f"{60 * done / (now - self.started):.0f} per minute"
        self.update(self.bar, completed=done, rate=rate)
        if not self.console.is_terminal and now - self.said > LINE_SECONDS and done < self.total:
            print(f"{self.what}: {done} of {self.total} done, {rate}", flush=True)
            self.said = now
