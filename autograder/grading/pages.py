"""What pages may show of a student's: text and raw cells made harmless, file names that no browser runs, and feedback
pages that hold no script.

nbgrader's templates write text cells into formgrader and feedback as they are, so that a script in one would act with
the grader's rights. `CleanTexts` therefore replaces them in the autograded copy; what was submitted stays as it is.
"""

import functools
import html
import mimetypes
import os
import re
import shutil
import time

import jinja2
import nbformat
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.utils.base import NbConvertBase
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_solution, is_task

from ..model.text import CONTROL
from .harmless import as_typed, harmless_texts, highlighted
from .helper import Helper, NoAnswer
from .returned import expand, keep_earlier, read_comments
from .source import source_folder

MAX_TEXT = 10_000  # characters of a text cell that is rendered; a longer one is shown as it was typed
MAX_TEXTS = 100_000  # characters of a notebook's rendered text cells, all together
RUNS = re.compile(r"\.(?:[xs]?html?|xht|svgz?|xml|xslt?|mht(?:ml)?|rdf|rss|atom|mathml|xul|hta|htc|swf|wml)$", re.I)


class CleanTexts(NbGraderPreprocessor):
    """Replace text and raw cells by harmless HTML, those excepted that are the assignment's own, word for word."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._helper = Helper(parent=self)

    def preprocess(self, nb, resources):
        """Clean a notebook's text and raw cells."""
        names = resources["nbgrader"]
        own = assignment_texts(source_folder(self.config, names["assignment"]) / f"{names['notebook']}.ipynb")
        texts, left = [], MAX_TEXTS
        for cell in nb.cells:
            attachments = cell.pop("attachments", {})
            if cell.cell_type == "code" or cell.id == NOTE_ID or cell.source.strip() in own:
                continue
            rendered = cell.cell_type == "markdown" and len(cell.source) <= min(MAX_TEXT, left)
            left -= len(cell.source) if rendered else 0
            texts.append((cell, attachments if rendered else {}, rendered))
        for (cell, *_), page in zip(texts, self._harmless(texts)):
            known = "nbgrader" in cell.metadata
            untouched = known and cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            cell.source = page
            if untouched:  # nbgrader tells unanswered questions by it
                cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        return nb, resources

    def _harmless(self, texts):
        try:
            return self._helper.call(harmless_texts, [(cell.source, *rest) for cell, *rest in texts]) if texts else []
        except NoAnswer as error:
            self.log.warning("Text cells are shown as they were typed: %s", error.details)
            return [as_typed(cell.source) for cell, *_ in texts]


MOST_KNOWN = 500  # cells that are kept with their colours
MAX_COLOURED = 20_000  # characters of a code cell that is coloured
MAX_LINE = 300  # characters of its longest line
BLANK = re.compile(r"\s{300}")  # so much of it takes the square of its length
COLOUR_SECONDS = 20  # for the cells of one page, all together
NOTE_ID = "repaired-before-grading"  # the cell that `Repair` adds; it is the kit's, so its text is


def assignment_texts(path):
    """The sources of a notebook's text and raw cells, a set. Read again only when the file has changed."""
    status = os.stat(path)
    return _assignment_texts(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(64)
def _assignment_texts(path, *_):
    cells = nbformat.read(path, as_version=4).cells
    return {cell.source.strip() for cell in cells if cell.cell_type != "code" and "attachments" not in cell}


def runs_in_a_browser(name):
    """Whether a browser that opens a file of this name may run what stands in it: formgrader serves a submission's files
    from Jupyter's own address."""
    kind = mimetypes.guess_type(name)[0] or ""
    return bool(RUNS.search(name)) or kind.endswith(("html", "xml", "xslt", "javascript", "shockwave-flash"))


# ------------------------------------------------------------------ feedback


CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


# latex2mathml writes the text of a formula into the page as it is, entities decoded.
TEX_WITHOUT_TAGS = {"<": r"\lt ", ">": r"\gt ", '"': "''", "&": "& "}


_coloured = {}  # code: its HTML, for the cells that are the same in all pages


class Highlight(NbConvertBase):
    """Code as HTML with colours, for feedback and formgrader: nbconvert's filter, called in the helper process, as its
    parser takes hours for some lines. What is very long stays without colours."""

    seconds_left = COLOUR_SECONDS  # nbconvert makes one of these objects for each page

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._helper = Helper(parent=self)

    def __call__(self, source, language=None, metadata=None):
        """The HTML of a cell's code. What no page shows, and would make it read otherwise than it runs, is a sign for it."""
        source, started = CONTROL.sub("\ufffd", source), time.monotonic()
        short = len(source) <= MAX_COLOURED and max(map(len, source.split("\n"))) <= MAX_LINE
        words = dict(metadata or {})  # a student's
        known = source if (language in (None, "ipython3") and "magics_language" not in words) else None
        if known in _coloured:
            return _coloured[known]
        if short and self.seconds_left > 0 and not BLANK.search(source):
            try:
                found = self._helper.call(highlighted, source, language or "ipython3", words)
                if known is not None and len(_coloured) < MOST_KNOWN:
                    _coloured[known] = found
                return found
            except NoAnswer as error:
                self.log.warning("A cell is shown without colours: %s", error.details)
            finally:
                self.seconds_left -= time.monotonic() - started
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'


NO_DESCRIPTION = "No description has been provided for this image"  # nbconvert's words


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates of this process: an exporter makes an environment for each page, which would compile all again."""

    def __init__(self):
        self._kept = {}

    def load_bytecode(self, bucket):
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._kept[bucket.key, bucket.checksum] = bucket.code


class _Unparsed(TemplateExporter):
    """Keeps the page to itself. HTMLExporter, which asks for it, parses it with BeautifulSoup for the sake of a few
    attributes, and that takes half of the time that feedback takes."""

    def from_notebook_node(self, nb, resources=None, **kw):
        self.page, resources = super().from_notebook_node(nb, resources, **kw)
        return "", resources


class FeedbackExporter(HTMLExporter, _Unparsed):
    """nbgrader's feedback as a page that holds no script and loads nothing from the network: formulas are MathML."""

    _compiled = _Compiled()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._comments = {}
        if self.parent:  # of a course
            self._take_part()

    def _take_part(self):
        """Read the course's comments. Raises NbGraderException if they cannot be read."""
        try:
            self._comments = read_comments(self.parent.coursedir.root)
        except ValueError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from None
        self._keep_earlier_pages()

    def _keep_earlier_pages(self):
        """nbgrader removes a student's pages when it begins to make new ones: from now on they are copied before."""
        converter, init_destination = self.parent, self.parent.init_destination

        def init_destination_and_keep(assignment, student):
            copy = keep_earlier(converter._format_dest(assignment, student))
            wanted = init_destination(assignment, student)
            if copy and not wanted:
                shutil.rmtree(copy)
            return wanted

        converter.init_destination = init_destination_and_keep

    def _create_environment(self):
        environment = super()._create_environment()
        environment.bytecode_cache = self._compiled
        return environment

    def _preprocess(self, nb, resources):
        nb, resources = super()._preprocess(nb, resources)  # GetGrades brings the comments
        for cell in nb.cells:
            if is_solution(cell) or is_task(cell):
                cell.metadata.nbgrader.comment = expand(cell.metadata.nbgrader.comment, self._comments)
        return nb, resources

    def from_notebook_node(self, nb, resources=None, **kw):
        """The page of one notebook."""
        self.filters = {"highlight_code": f"{__name__}.Highlight", **self.filters}  # a new one for each page
        _, resources = super().from_notebook_node(nb, resources, **kw)
        page = re.sub(r"<script\b.*?</script>\s*", "", self.page, flags=re.S)  # MathJax; a student's are gone long before
        page = re.sub(r"<img\b(?![^>]*\balt=)", f'<img alt="{NO_DESCRIPTION}"', page)
        policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}"/>'
        return page.replace("<head>", f"<head>\n{policy}", 1), resources

    @jinja2.pass_context
    def markdown2html(self, context, source):
        """The HTML of a text cell, with formulas as MathML."""
        renderer = _FormulaRenderer(escape=False, attachments=context.get("cell", {}).get("attachments", {}))
        return MarkdownWithMath(renderer=renderer).render(source)


class _FormulaRenderer(IPythonRenderer):
    def inline_math(self, body):
        return mathml(body, "inline")

    def block_math(self, body):
        return mathml(body, "block")

    def latex_environment(self, name, body):
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def mathml(tex, display):
    """A formula as MathML; what cannot be read as TeX is shown as it is. display: "inline" or "block"."""
    try:
        return convert(re.sub(r'[<>"]|&(?=[#\w])', lambda sign: TEX_WITHOUT_TAGS[sign.group()], tex), display=display)
    except Exception:  # of the library, for any mistake in the TeX
        return f"<code>{html.escape(tex)}</code>"
