"""A kernel's start until its first reply: plain, in a sandbox, and forked in a sandbox from a warm parent, in turn; the
latter two also with a filter that allows every system call.

Run as `python -m benchmarks.sandbox_start [ROUNDS]`.
"""

import asyncio
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

from autograder.sandbox import system_calls
from autograder.sandbox.client import SandboxedKernelManager

COLD = Config({"Sandbox": {"warm": False}})
KINDS = {  # a manager, its configuration, and whether system calls are filtered
    "plain": (AsyncKernelManager, Config(), True),
    "sandboxed, all calls": (SandboxedKernelManager, COLD, False),
    "sandboxed": (SandboxedKernelManager, COLD, True),
    "warm, all calls": (SandboxedKernelManager, Config(), False),
    "warm": (SandboxedKernelManager, Config(), True),
}
FILTERED = system_calls.program
ALLOWING = struct.pack("<HBBI", 0x06, 0, 0, system_calls.ALLOW)  # one instruction: return


async def seconds_to_first_reply(manager_class, config, folder):
    manager = manager_class(kernel_name="python3", config=config)
    start = time.perf_counter()
    await manager.start_kernel(cwd=folder, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    seconds = time.perf_counter() - start
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return seconds


async def main(rounds):
    times = {name: [] for name in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds + 1):
            for name, (manager_class, config, filtered) in KINDS.items():
                system_calls.program = FILTERED if filtered else lambda: ALLOWING
                seconds = await seconds_to_first_reply(manager_class, config, folder)
                if turn:  # the first round reads files from disk and imports TensorFlow in the warm parent
                    times[name].append(seconds)
    for way in ("sandboxed", "warm"):
        pairs = [1000 * (b - a) for a, b in zip(times[f"{way}, all calls"], times[way])]
        print(f"{way}: the filter adds {statistics.median(pairs):+.1f} ms (median of pairs)")
    for name, taken in times.items():
        added = statistics.median(1000 * (b - a) for a, b in zip(times["plain"], taken))
        print(
            f"{name:20} median {statistics.median(taken):.3f} s, {min(taken):.3f} to {max(taken):.3f} s; "
            f"{added:+.0f} ms against plain (median of pairs)"
        )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
