"""What one kernel can find of another, in kernels that are forked and in kernels that are started cold."""

import pytest

from tests.helpers.kernels import WAYS, printed, run_cells

pytestmark = pytest.mark.slow

SEARCH = """
import os, re
found = set()
wanted = re.compile(b"UNIQUE" + b"-[0-9]{6}")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        if "r" not in rights or "[v" in line:
            continue
        start, end = (int(x, 16) for x in span.split("-"))
        while start < end:
            size = min(1 << 24, end - start)
            try:
                memory.seek(start)
                found |= set(wanted.findall(memory.read(size)))
            except (OSError, OverflowError):
                pass
            start += size
print(len(found), sorted(found)[:3])
"""


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


def test_the_memory_of_a_kernel_holds_nothing_of_an_earlier_submission(tmp_path, way):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    for number in range(200):
        (first / f"file-{number}.txt").write_text(f"UNIQUE-{number:06}\n" * 200)
    own = "import glob; text = [open(name).read() for name in glob.glob('*.txt')]; print(len(text))"
    assert printed(run_cells([own], first, way)[0]) == "200"
    for _ in range(3):
        assert printed(run_cells([SEARCH], second, way)[0]) == "0 []"
    assert printed(run_cells([own, SEARCH], first, way)[1]).startswith("200 ")  # the search finds what is there
