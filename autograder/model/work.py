"""What the oracle computes with, and how much of it: every array and product is bounded before it is made, and the work
of one hand-in is counted."""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Weights = dict[str, Array]
Evaluator = Callable[..., Array]
MAX_ENTRIES = 4_000_000  # of one array that is computed (32 MB): a hostile graph may claim any size
MAX_PRODUCTS = 400_000_000  # multiplications of one operation: about 0.2 s
PRODUCTS = 20  # multiplications that take as long as computing one entry of an array


class NotUnderstood(ValueError):
    """The graph holds an operation or a setting that the oracle cannot evaluate."""


class TooLarge(NotUnderstood):
    """It could be evaluated, but it would take more than a submission may cost."""


def limit(entries: int) -> None:
    """Raises TooLarge where an array would have too many entries."""
    if entries > MAX_ENTRIES:
        raise TooLarge("an array that is too large")


def limit_products(number: int) -> None:
    """Raises TooLarge where an operation would take too many multiplications."""
    if number > MAX_PRODUCTS:
        raise TooLarge("a product that is too large")
    spend(number // PRODUCTS)


class Work:
    """How many entries may still be computed for a hand-in: for comparing whole graphs, and for finding steps in them."""

    def __init__(self, left: int, for_steps: int = 0):
        self.left = left
        self.steps = Work(for_steps) if for_steps else self


_work: ContextVar[Work | None] = ContextVar("work", default=None)


@contextlib.contextmanager
def bounded(work: Work | None) -> Iterator[None]:
    """Within the block, what is computed is taken from `work`."""
    token = _work.set(work)
    try:
        yield
    finally:
        _work.reset(token)


@contextlib.contextmanager
def work_of_steps() -> Iterator[None]:
    """Within the block, what is computed is taken from what there is for finding steps."""
    work = _work.get()
    with bounded(work.steps if work else None):
        yield


def spend(entries: int) -> None:
    """Count entries that are computed. Raises TooLarge where they are more than are left."""
    work = _work.get()
    if work is not None:
        work.left -= entries
        if work.left < 0:
            raise TooLarge("more work than a submission may cost")
