"""What runs first in a sandboxed kernel: it sets limits, unpacks the submission's files, and becomes the IPython kernel.

Run as `python -P inside.py CONNECTION_FILE LIMITS`, with the files as a tar archive on stdin. Started by
`autograder.sandbox`; nothing that it does is trusted afterwards.
"""
import json
import os
import resource
import sys
import tarfile


def main(connection_file, limits):
    limits = json.loads(limits)
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
        archive.extractall(".", filter="data")
    from ipykernel.kernelapp import IPKernelApp
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):        # until here, errors are the grader's to report; from here on they are forgeable
        os.dup2(nowhere, descriptor)
    IPKernelApp.launch_instance(argv=["-f", connection_file, "--HistoryManager.hist_file=:memory:"])


if __name__ == "__main__":
    main(*sys.argv[1:])
