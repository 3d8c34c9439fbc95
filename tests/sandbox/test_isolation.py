"""What one kernel can find of another, in kernels that are forked and in kernels that are started cold."""

import gc
import os

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


@pytest.mark.parametrize("last", ["print(1)", "import os; os._exit(0)"])
def test_the_grader_has_nothing_open_for_a_kernel_that_has_ended(tmp_path, way, last):
    def opened():
        gc.collect()
        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        kinds = [os.readlink(link).split(":")[0] for link in links if os.path.islink(link)]
        return {kind: kinds.count(kind) for kind in ("pipe", "anon_inode", "socket")}

    run_cells(["print(1)"], tmp_path, way)  # what the first kernel of a process starts stays
    before = opened()
    for _ in range(2):
        run_cells([last], tmp_path, way)
    assert opened() == before


def test_a_cell_that_sends_many_small_messages_has_too_much_output_whatever_the_machine(tmp_path, way):
    flood = "from IPython.display import display\nwhile True:\n    display({'text/plain': 'y'}, raw=True)"
    flooded, later = run_cells([flood, "print(2)"], tmp_path, way, messages=500)
    assert printed(flooded).endswith("TooMuchOutput more than 500 messages") and printed(later) == "2"


def test_nothing_that_the_grader_has_open_is_open_in_a_kernel(tmp_path, way):
    """Whoever starts a warm parent may be the process of a pool, whose pipes hand over results."""
    reading, writing = os.pipe()
    for descriptor in (reading, writing):
        os.set_inheritable(descriptor, True)
    pipe = os.readlink(f"/proc/self/fd/{reading}")
    look = "import os\nfor file in os.scandir('/proc/self/fd'):\n    if file.is_symlink(): print(os.readlink(file))"
    seen = printed(run_cells([look], tmp_path, way, disk=321)[0])  # with a setting of its own, the parent is started now
    os.close(reading)
    os.close(writing)
    assert "/dev/null" in seen and pipe not in seen
