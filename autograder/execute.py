"""nbgrader's Execute, but a question that takes the kernel with it costs only itself."""
import asyncio

from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute

GRACE = 5       # seconds in which an interrupted kernel must answer


class ExecuteByQuestion(Execute):
    """Runs a notebook to its end. Where a cell kills the kernel, or cannot be interrupted, the kernel is started again,
    the cells above it are run once more, grade cells excepted, and the notebook goes on with the next cell."""

    def preprocess_cell(self, cell, resources, index):
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
            timed_out = any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
            usable = not timed_out or self._answers()
        except DeadKernelError:
            self._note(cell, "KernelDied", "the kernel died")
            usable = False
        except CellTimeoutError:        # it did not even stop when it was interrupted
            self._note(cell, "CellTimeoutError", "no reply from the kernel before the time limit")
            usable = False
        if not usable:
            self.log.warning("The kernel died, or does not answer any more, in cell %s; it is started again", index)
            self._start_again(index)
        return cell, resources

    def _note(self, cell, name, text):
        cell.outputs = [*cell.get("outputs", []), new_output("error", ename=name, evalue=text, traceback=[text])]

    def _answers(self):
        """Whether the kernel can still be talked to."""
        async def ask():
            self.kc.kernel_info()
            try:
                while True:
                    reply = await asyncio.wait_for(self.kc.get_shell_msg(timeout=GRACE), GRACE)
                    if reply["msg_type"] == "kernel_info_reply":
                        return True
            except Exception:       # no answer, whatever the reason
                return False
        return run_sync(ask)()

    def _start_again(self, index):
        """A fresh kernel in which the cells above `index` have run, but for grade cells and those that failed."""
        self._fresh_kernel()
        for position, above in enumerate(self.nb.cells[:index]):
            failed = any(output.output_type == "error" for output in above.get("outputs", []))
            if above.cell_type != "code" or utils.is_grade(above) or failed:
                continue
            outputs = above.outputs
            try:
                self.execute_cell(above, position, store_history=False)
            except (DeadKernelError, CellTimeoutError):     # it survived this cell before; what follows will say so
                self.log.warning("The kernel died again in cell %s", position)
                self._fresh_kernel()
            above.outputs = outputs

    def _fresh_kernel(self):
        self.kc.stop_channels()
        run_sync(self.km.restart_kernel)(now=True)
        self.start_new_kernel_client()
