"""nbgrader's Execute for hostile notebooks: a question that takes the kernel with it costs only itself."""

import asyncio
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
from .pictures import is_picture
from .repair import why_unreadable

RUN = "autograder_run"  # in an exporter's resources: the outputs are those of a kernel of ours
GRACE = 5  # seconds in which an interrupted kernel must answer
RESTARTS = 3  # attempts to start a kernel again, and to run a cell of the assignment's own
KEPT_TEXT = 200_000  # characters of a cell's output that are kept
KEPT_PICTURES = 4_000_000  # characters of a cell's pictures, in base64
NOTEBOOK_TEXT, NOTEBOOK_PICTURES = 2_000_000, 20_000_000  # the same of a whole notebook
KEPT_OUTPUTS = 1_000  # outputs of a cell
ENDED = ("CellTimeoutError", "KernelDied", "OutOfMemory", "TooManyFiles", "TooManyProcesses", "TooMuchOutput")
NOTES = 3  # errors that the grader adds to a cell, at most


class ExecuteByQuestion(Execute):
    """Runs a notebook to its end, in a sandbox. Where a cell kills the kernel, uses too much of something or cannot be
    interrupted, the kernel is started again, the cells above are run once more, grade cells excepted, and the notebook
    goes on with the next cell. Of what a kernel sends, only plain text, pictures and hand-ins are kept."""

    notebook_timeout = Integer(300, help="Seconds for a whole notebook").tag(config=True)

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("kernel_manager_class", SandboxedKernelManager)
        kwargs.setdefault("shutdown_kernel", "immediate")
        super().__init__(*args, **kwargs)

    def preprocess(self, nb, resources=None, km=None):
        """Run a notebook in a sandboxed kernel; its outputs are cleaned. resources: as nbconvert's; says that it was run."""
        resources = {} if resources is None else resources
        resources[RUN] = True
        if why_unreadable(nb):
            return nb, resources
        self._deadline = time.monotonic() + self.notebook_timeout
        self._left = {"text": NOTEBOOK_TEXT, "pictures": NOTEBOOK_PICTURES}
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        """Run one cell, and start the kernel again where it has died."""
        if cell.cell_type != "code":
            return cell, resources
        if self._seconds_left() <= 0:
            _note(cell, "CellTimeoutError", "the time limit of the notebook was reached before this cell")
            return cell, resources
        usable = self._run(cell, index)
        for _ in range(RESTARTS - 1):
            if not _is_ours(cell) or not _was_ended(cell) or self._seconds_left() <= 0:
                break
            self._start_again(index)  # nobody's mistake: the machine was busy, or its memory full
            cell.outputs = []
            usable = self._run(cell, index)
        cell.outputs = clean(cell.get("outputs", []), utils.is_grade(cell), self._left)
        if not usable and index + 1 < len(self.nb.cells):
            self._start_again(index)
        return cell, resources

    def _seconds_left(self):
        return self._deadline - time.monotonic()

    def _run(self, cell, index):
        """Run a cell; whether the kernel can be used afterwards."""
        self.kc.begin_cell()
        try:
            self.execute_cell(cell, index, store_history=True)
            timed_out = any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", []))
            problem = self._exceeded() if timed_out else self.km.provisioner.exhausted()
            if not problem and (not timed_out or self._answers()):
                return True
            name, problem = problem or ("CellTimeoutError", "it does not answer any more")
            _note(cell, name, problem)
        except DeadKernelError:
            name, problem = self.km.provisioner.why_ended()
            _note(cell, name, problem)
        except CellTimeoutError:  # it did not even stop when it was interrupted
            name, problem = self._exceeded() or ("CellTimeoutError", "no reply from the kernel before the time limit")
            _note(cell, name, problem)
        except Exception as error:  # a kernel that does not keep to the protocol
            problem = "the kernel does not keep to Jupyter's protocol"
            self.log.debug("%r", error)
            _note(cell, "KernelDied", problem)
        self.log.warning("Cell %s: %s. The kernel is started again", index, problem)
        return False

    def _exceeded(self):
        """For a cell whose time is over: the other limit that it exceeds, as the name and the text of an error, or None.
        On a slow machine, time is over before that is seen."""
        return self.km.provisioner.ended or self.kc.flooded or self.km.provisioner.exceeds()

    def _get_timeout(self, cell):
        left = max(1, int(self._seconds_left()))
        timeout = super()._get_timeout(cell)
        return min(timeout, left) if timeout else left

    def process_message(self, msg, cell, cell_index):
        """Only what a cell displays itself counts: no changes of other cells' outputs, no widgets."""
        if msg["msg_type"] in ("status", "stream", "error", "display_data", "execute_result", "clear_output"):
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
        """Start a new kernel and run the cells above `index` again, except grade cells, those that failed, and those that
        end the kernel this time. Stops early when the notebook's time is over."""
        left_out = set()
        while self._fresh_kernel():
            died = self._run_above(index, left_out)
            if died is None:
                return
            left_out.add(died)

    def _run_above(self, index, left_out):
        """Run the cells above `index` again, but for `left_out`; the place of the one that ended the kernel, or None."""
        for position, above in enumerate(self.nb.cells[:index]):
            failed = any(output.output_type == "error" for output in above.get("outputs", []))
            if above.cell_type != "code" or utils.is_grade(above) or failed or position in left_out:
                continue
            if self._seconds_left() <= 0:
                return None
            outputs = above.outputs
            self.kc.begin_cell()
            try:
                self.execute_cell(above, position, store_history=False)
            except Exception:  # it survived this cell before
                self.log.warning("Cell %s: the kernel died when the cell was run again", position)
                return position
            finally:
                above.outputs = outputs
        return None

    def _fresh_kernel(self):
        """Start the kernel again; more than once, if what the last one has left keeps the machine busy. Whether there was
        time for it."""
        for attempt in range(RESTARTS):
            if self._seconds_left() <= 0:
                return False
            self.kc.stop_channels()
            run_sync(self.km.restart_kernel)(now=True)
            self.kc = self.km.client()
            self.kc.start_channels()
            try:
                run_sync(self.kc.wait_for_ready)(max(1, min(self.startup_timeout, self._seconds_left())))
                self.kc.allow_stdin = False
                return True
            except SandboxError:
                if self._seconds_left() <= 0:
                    return False
                if attempt == RESTARTS - 1:
                    raise
                self.log.warning("The kernel did not start; once more")


def _is_ours(cell):
    """Whether a cell is as the assignment has it, and no test."""
    return utils.is_locked(cell) and not utils.is_grade(cell)


def _was_ended(cell):
    """Whether a cell did not come to its end by itself: what it should define is missing in the cells below."""
    return any(output.get("ename") in ENDED for output in cell.get("outputs", []))


def _note(cell, name, text):
    """Write down why a cell did not come to its end."""
    cell.outputs = [*cell.get("outputs", []), new_output("error", ename=name, evalue=text, traceback=[text])]


# ------------------------------------------------------------------ outputs


def clean(outputs, keep_hand_ins, left=None):
    """What is kept of a cell's outputs: plain text, pixel pictures and, for grade cells, hand-ins.

    Whatever else a kernel can send, HTML and JavaScript above all, would run in the browser of whoever reads it.
    left: {"text", "pictures"}, how many characters the notebook may still keep; what is kept is taken from it.
    """
    left = {"text": KEPT_TEXT, "pictures": KEPT_PICTURES} if left is None else left
    kept = _Kept(min(KEPT_TEXT, left["text"]), min(KEPT_PICTURES, left["pictures"]), keep_hand_ins)
    before = kept.text_left, kept.pictures_left
    for position, output in enumerate(outputs):
        data = output.get("data")
        ours = position >= len(outputs) - NOTES  # perhaps: why the cell did not come to its end
        if len(kept.outputs) < KEPT_OUTPUTS or ours or (isinstance(data, dict) and HAND_IN in data):
            kept.take(output)
    left["text"] -= before[0] - kept.text_left
    left["pictures"] -= before[1] - kept.pictures_left
    return kept.outputs


class _Kept:
    """Outputs that are kept, and how many characters of text and of pictures may still come."""

    def __init__(self, text, pictures, hand_ins):
        self.outputs, self.text_left, self.pictures_left, self.hand_ins = [], text, pictures, hand_ins

    def take(self, output):
        """Keep what may be kept of one output."""
        kind = output.get("output_type")
        if kind == "stream":
            text = self._text(output.get("text"))
            if text:
                name = "stderr" if output.get("name") == "stderr" else "stdout"
                self.outputs.append(new_output("stream", name=name, text=text))
        elif kind == "error":
            names = [plain(output.get(key))[:limit] for key, limit in (("ename", 200), ("evalue", 10_000))]
            lines = output.get("traceback")
            trace = self._text("\n".join(map(str, lines)) if isinstance(lines, list) else "").split("\n")
            self.outputs.append(new_output("error", ename=names[0], evalue=names[1], traceback=trace))
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {mime: kept for mime, value in output["data"].items() if (kept := self._part(mime, value)) is not None}
            if data:  # nbgrader reads partial credit from results alone
                self.outputs.append(new_output(kind, data=data))

    def _text(self, value):
        text = plain(value)[: self.text_left]
        self.text_left -= len(text)
        return text

    def _part(self, mime, value):
        """What is kept of one form of an output, or None."""
        if mime == "text/plain":
            return self._text(value)
        if mime in ("image/png", "image/jpeg") and isinstance(value, str) and len(value) <= self.pictures_left:
            if not is_picture("".join(value.split())):
                return None
            self.pictures_left -= len(value)
            return value
        if mime == HAND_IN and self.hand_ins:
            return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
        return None


def plain(text):
    """Text that every terminal and file takes: colours of tracebacks stay, other control characters and lone
    surrogates go."""
    text = (text if isinstance(text, str) else str(text)).replace("\0", "")
    text = re.sub(r"\x1b\[[0-9;]{0,20}m", lambda colour: "\0" + colour.group()[1:], text)
    text = re.sub(r"[\x01-\x08\x0b-\x1f\x7f-\x9f]", "", text).replace("\0", "\x1b")
    return text.encode("utf-8", "replace").decode()
