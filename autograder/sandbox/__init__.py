"""Starts, watches and ends sandboxed kernels, as a jupyter_client kernel provisioner.

Who runs it: the trusted grader, except `inside`, which is the first thing that runs in a sandbox, and there imports Keras
and `student` by name. It imports no other room, and never reads what a kernel says beyond Jupyter's protocol.
`wire` (standard library only) is what both ends share.
"""


class SandboxError(Exception):
    """A sandbox cannot be made; the message says how to fix it."""
