"""How far the oracle is from Keras: `python -m tools.oracle [EXAMPLES]` draws so many examples of each operation
(default: 20) and prints the largest difference, relative to the largest value. Exits with 1 if one is above 1e-5."""

import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.test_operations import CHANNELS, EXAMPLES, SIZES, difference

ALLOWED = 1e-5


def differences(name, count):
    """The differences in `count` drawn examples of an operation."""
    found = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None)
    @given(st.data(), st.tuples(SIZES, SIZES, CHANNELS))
    def run(data, shape):
        found.append(difference(name, shape, data.draw))

    run()
    return found


def main(count=20):
    worst, drawn = 0.0, 0
    print(f"{'operation':32}{'examples':>9}{'largest difference':>20}")
    for name in sorted(EXAMPLES):
        found = differences(name, count)
        print(f"{name:32}{len(found):9}{max(found):20.1e}", flush=True)
        worst, drawn = max(worst, *found), drawn + len(found)
    print(f"{len(EXAMPLES)} operations, {drawn} examples, largest difference {worst:.1e}")
    return 0 if worst <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
