"""nbgrader's Execute for hostile notebooks: a question that takes the kernel with it costs only itself."""

import asyncio
import base64
import re
import time

from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets import Integer

from ..model.blueprint import HAND_IN
from ..sandbox import SandboxError
from ..sandbox.client import SandboxedKernelManager
from .repair import why_unreadable

GRACE = 5  # seconds in which an interrupted kernel must answer
RESTARTS = 3  # attempts to start a kernel again
KEPT_TEXT = 200_000  # characters of a cell's output that are kept
KEPT_PICTURES = 4_000_000  # characters of a cell's pictures, in base64


class ExecuteByQuestion(Execute):
    """Runs a notebook to its end, in a sandbox. Where a cell kills the kernel, uses too much of something or cannot be
    interrupted, the kernel is started again, the cells above are run once more, grade cells excepted, and the notebook
    goes on with the next cell. Of what a kernel sends, only plain text, pictures and hand-ins are kept."""

    notebook_timeout = Integer(300, help="Seconds for a whole notebook").tag(config=True)

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("kernel_manager_class", SandboxedKernelManager)
        kwargs.setdefault("shutdown_kernel", "immediate")
        super().__init__(*args, **kwargs)

    def preprocess(self, nb, resources, km=None):
        if why_unreadable(nb):
            return nb, resources
        self._deadline = time.monotonic() + self.notebook_timeout
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type != "code":
            return cell, resources
        if self._deadline - time.monotonic() <= 0:
            _note(cell, "CellTimeoutError", "the time limit of the notebook was reached before this cell")
            return cell, resources
        usable = self._run(cell, index)
        cell.outputs = clean(cell.get("outputs", []), keep_hand_ins=utils.is_grade(cell))
        if not usable and index + 1 < len(self.nb.cells):
            self._start_again(index)
        return cell, resources

    def _run(self, cell, index):
        """Run a cell; whether the kernel can be used afterwards."""
        self.kc.begin_cell()
        try:
            self.execute_cell(cell, index, store_history=True)
            timed_out = any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
            if not timed_out or self._answers():
                return True
            problem = "it does not answer any more"
        except DeadKernelError:
            name, problem = self.km.provisioner.why_ended()
            _note(cell, name, problem)
        except CellTimeoutError:  # it did not even stop when it was interrupted
            problem = "no reply from the kernel before the time limit"
            _note(cell, "CellTimeoutError", problem)
        except Exception as error:  # a kernel that does not keep to the protocol
            problem = "the kernel does not keep to Jupyter's protocol"
            self.log.debug("%r", error)
            _note(cell, "KernelDied", problem)
        self.log.warning("Cell %s: %s. The kernel is started again", index, problem)
        return False

    def _get_timeout(self, cell):
        left = max(1, int(self._deadline - time.monotonic()))
        timeout = super()._get_timeout(cell)
        return min(timeout, left) if timeout else left

    def process_message(self, msg, cell, cell_index):
        """Only what a cell displays itself counts: no changes of other cells' outputs, no widgets."""
        if msg["msg_type"] in ("status", "stream", "error", "display_data", "execute_result", "clear_output"):
            msg["content"].pop("transient", None)
            return super().process_message(msg, cell, cell_index)
        return None

    def _answers(self):
        """Whether the kernel can still be talked to."""

        async def ask():
            try:
                self.kc.kernel_info()
                while True:
                    reply = await asyncio.wait_for(self.kc.get_shell_msg(timeout=GRACE), GRACE)
                    if reply["msg_type"] == "kernel_info_reply":
                        return True
            except Exception:  # no answer, whatever the reason
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
            self.kc.begin_cell()
            try:
                self.execute_cell(above, position, store_history=False)
            except Exception:  # it survived this cell before; what follows will say so
                self.log.warning("Cell %s: the kernel died when the cell was run again", position)
                self._fresh_kernel()
            above.outputs = outputs

    def _fresh_kernel(self):
        """Start the kernel again; more than once, if what the last one has left keeps the machine busy."""
        for attempt in range(RESTARTS):
            self.kc.stop_channels()
            run_sync(self.km.restart_kernel)(now=True)
            self.kc = self.km.client()
            self.kc.start_channels()
            try:
                run_sync(self.kc.wait_for_ready)(self.startup_timeout)
                self.kc.allow_stdin = False
                return
            except SandboxError:
                if attempt == RESTARTS - 1:
                    raise
                self.log.warning("The kernel did not start; once more")


def _note(cell, name, text):
    """Write down why a cell did not come to its end."""
    cell.outputs = [*cell.get("outputs", []), new_output("error", ename=name, evalue=text, traceback=[text])]


# ------------------------------------------------------------------ outputs


def clean(outputs, keep_hand_ins):
    """What is kept of a cell's outputs: plain text, pixel pictures and, for grade cells, hand-ins.

    Whatever else a kernel can send, HTML and JavaScript above all, would run in the browser of whoever reads it.
    """
    kept, text_left, pictures_left = [], KEPT_TEXT, KEPT_PICTURES
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            text = plain(output.get("text"))[:text_left]
            text_left -= len(text)
            if text:
                kept.append(new_output("stream", name="stderr" if output.get("name") == "stderr" else "stdout", text=text))
        elif kind == "error":
            text = plain("\n".join(map(str, output.get("traceback") or [])))[:text_left]
            text_left -= len(text)
            kept.append(
                new_output(
                    "error",
                    ename=plain(output.get("ename"))[:200],
                    evalue=plain(output.get("evalue"))[:10_000],
                    traceback=text.split("\n"),
                )
            )
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {}
            for mime, value in output["data"].items():
                if mime == "text/plain":
                    data[mime] = plain(value)[:text_left]
                    text_left -= len(data[mime])
                elif mime in ("image/png", "image/jpeg") and _is_picture(value) and len(value) <= pictures_left:
                    data[mime] = value
                    pictures_left -= len(value)
                elif mime == HAND_IN and keep_hand_ins:
                    data[mime] = value if isinstance(value, str) else ""
            if data:
                kept.append(new_output("display_data", data=data))
    return kept


def plain(text):
    """Text that every terminal and file takes: colours of tracebacks stay, other control characters and lone
    surrogates go."""
    text = text if isinstance(text, str) else str(text)
    text = re.sub(r"\x1b\[[0-9;]{0,20}m", lambda colour: "\0" + colour.group()[1:], text)
    text = re.sub(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]", "", text).replace("\0", "\x1b")
    return text.encode("utf-8", "replace").decode()


def _is_picture(value):
    try:
        return bool(base64.b64decode(value.replace("\n", ""), validate=True))
    except (AttributeError, ValueError, TypeError):
        return False
