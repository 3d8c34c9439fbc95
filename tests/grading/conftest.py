"""Whether a command leaves processes behind."""

import time

import pytest

from tests.helpers.processes import adopt_orphans, left_behind


@pytest.fixture(scope="module")
def before():
    return adopt_orphans()


@pytest.fixture
def nothing_left(before):
    """A function: whether no process is left; killed ones need a moment to end. It says which are."""

    def look():
        for _ in range(300):
            if not (left := left_behind(before)):
                return True
            time.sleep(0.1)
        raise AssertionError(left)

    return look
