"""What the sandbox adds to a kernel's start: plain and sandboxed kernels started in turn, until their first reply.

Run as `python benchmarks/sandbox_start.py [ROUNDS]`.
"""
import asyncio
import logging
import statistics
import sys
import tempfile
import time

from jupyter_client.manager import AsyncKernelManager

from autograder.kernels import SandboxedKernelManager


async def seconds_to_first_reply(manager_class, folder):
    manager = manager_class(kernel_name="python3")
    start = time.perf_counter()
    await manager.start_kernel(cwd=folder)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    seconds = time.perf_counter() - start
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return seconds


async def main(rounds):
    times = {AsyncKernelManager: [], SandboxedKernelManager: []}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds + 1):
            for manager_class, taken in times.items():
                seconds = await seconds_to_first_reply(manager_class, folder)
                if turn:        # the first round reads files from disk
                    taken.append(seconds)
    plain, sandboxed = (sorted(taken) for taken in times.values())
    added = [1000 * (b - a) for a, b in zip(*times.values())]
    for name, taken in (("plain", plain), ("sandboxed", sandboxed)):
        print(f"{name:10} median {statistics.median(taken):.3f} s, {taken[0]:.3f} to {taken[-1]:.3f} s")
    print(f"the sandbox adds {statistics.median(added):.0f} ms (median of {rounds} pairs), "
          f"{statistics.median(sandboxed) / statistics.median(plain):.3f} times a plain start")


if __name__ == "__main__":
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
