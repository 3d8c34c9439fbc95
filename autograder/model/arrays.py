"""How an array that was handed in relates to the one that was expected."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of float32 gradients, relative to each entry; measured figures in docs/quality.md.
TOLERANCE = 5e-4
ZERO = 1e-9  # relative to the largest entry: what may be left where nothing is expected
OTHER_LENGTH, OTHER_SHAPE = "other length", "other shape"


def array_relation(expected: NDArray[Any], found: NDArray[Any], case: dict[str, Any]) -> str:
    """How `found` relates to `expected`: "equal", a known relation, or "unlike"."""
    if found.shape != expected.shape:
        if found.ndim != 1 and found.size == expected.size and _close(found.ravel(), expected):
            return OTHER_SHAPE
        part = found.ndim == 1 and len(found) > len(expected) and _holds_in_order(found, expected)
        return "extra entries" if part else OTHER_LENGTH
    batch = case.get("batch", 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = [
            ("equal", expected),
            ("square", expected**2),
            ("reversed", expected[::-1]),
            ("batch times", expected * batch),
            ("a batch-th", expected / batch),
            *(("relative", expected / total) for total in (expected.sum(), expected.max(), np.linalg.norm(expected))),
            *(("logarithm", logarithm(expected)) for logarithm in (np.log, np.log10, np.log2, np.log1p)),
            ("running sums", expected.cumsum()),
        ]
    for name, array in known:
        if _close(found, array):
            return name
    return "same values" if _close(np.sort(found), np.sort(expected)) else "unlike"


def _close(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= TOLERANCE * np.abs(b) + ZERO * np.abs(b).max()))


def _holds_in_order(found: NDArray[Any], expected: NDArray[Any]) -> bool:
    rest = iter(found)
    return all(any(np.isclose(f, e, rtol=TOLERANCE) for f in rest) for e in expected)
