"""What pages may show of a student's: text and raw cells made harmless, file names that no browser runs, and feedback
pages that hold no script.

nbgrader's templates write text cells into formgrader and feedback as they are, so that a script in one would act with
the grader's rights. `CleanTexts` therefore replaces them in the autograded copy; what was submitted stays as it is.
"""

import base64
import binascii
import functools
import html
import mimetypes
import os
import re
from pathlib import Path

import jinja2
import nbformat
import nh3
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets import Unicode

MAX_TEXT = 10_000  # characters of a text cell that is rendered; a longer one is shown as it was typed
MAX_TEXTS = 100_000  # characters of a notebook's rendered text cells, all together
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # pixels only: an SVG image is a document
TAGS = nh3.ALLOWED_TAGS - {"area", "map"}  # none that runs, asks or frames
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "div": {"class"},
    "span": {"class"},
}
_NAME = r"[\w-](?:[\w.-]|%20)*"
_BESIDE = rf"{_NAME}(?:/{_NAME})*"  # a file beside the notebook or below, never above or on the server
ALLOWED = {
    "href": re.compile(rf"(?:https?://|mailto:)\S*|{_BESIDE}\.ipynb", re.A),
    "src": re.compile(
        rf"data:(?:{'|'.join(IMAGES)});base64,[A-Za-z0-9+/=]*|{_BESIDE}\.(?:png|jpe?g|gif|svg|webp)", re.A | re.I
    ),
    "class": re.compile(r"highlight|[a-z][a-z0-9]?"),  # of highlighted code; others mean something to formgrader
    "align": re.compile("left|right|center"),
    **dict.fromkeys(("width", "height", "start", "colspan", "rowspan"), re.compile(r"\d{1,4}%?")),
}
# TeX that makes links, loads code or chooses classes and ids.
ACTIVE_TEX = re.compile(r"\\(?:href|url|class|cssId|style|require|unicode|html\w*|data|mmlToken)\b", re.I)
NO_TEX = ' class="tex2jax_ignore"'  # for MathJax
# Neither line breaks nor tabs; and what turns the direction of writing.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
RUNS = re.compile(r"\.(?:[xs]?html?|xht|svgz?|xml|xslt?|mht(?:ml)?|rdf|rss|atom|mathml|xul|hta|htc|swf|wml)$", re.I)


class CleanTexts(NbGraderPreprocessor):
    """Replace text and raw cells by harmless HTML, those excepted that are the assignment's own, word for word."""

    source_directory = Unicode("source", help="Where the assignments lie, relative to the course directory").tag(config=True)

    def preprocess(self, nb, resources):
        names = resources["nbgrader"]
        own = assignment_texts(Path(self.source_directory) / names["assignment"] / f"{names['notebook']}.ipynb")
        left = MAX_TEXTS
        for cell in nb.cells:
            attachments = cell.pop("attachments", {})
            if cell.cell_type == "code" or cell.id == NOTE_ID or cell.source.strip() in own:
                continue
            known = "nbgrader" in cell.metadata
            untouched = known and cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            rendered = cell.cell_type == "markdown" and len(cell.source) <= min(MAX_TEXT, left)
            left -= len(cell.source) if rendered else 0
            cell.source = harmless_html(cell.source, attachments) if rendered else as_typed(cell.source)
            if untouched:  # nbgrader tells unanswered questions by it
                cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        return nb, resources


NOTE_ID = "repaired-before-grading"  # the cell that `Repair` adds; it is the kit's, so its text is


def assignment_texts(path):
    """The sources of a notebook's text and raw cells, a set. Read again only when the file has changed."""
    status = os.stat(path)
    return _assignment_texts(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(64)
def _assignment_texts(path, *_):
    cells = nbformat.read(path, as_version=4).cells
    return {cell.source.strip() for cell in cells if cell.cell_type != "code" and "attachments" not in cell}


def harmless_html(markdown, attachments=None):
    """Markdown of a student's as one line of HTML that holds nothing active: no script, style, form, frame, id, no image
    or link of the server's or of the network's that loads by itself.

    attachments: {name: {MIME type: base64}}, the images that were pasted into the cell. Never raises: what cannot be
    rendered is shown as it was typed.
    """
    markdown = CONTROL.sub("", markdown)
    try:
        renderer = IPythonRenderer(
            escape=False, attachments=attached_images(attachments), embed_images=False, exclude_anchor_links=True
        )
        page = MarkdownWithMath(renderer=renderer).render(markdown)
    except Exception:  # of the Markdown library, for instance a picture that is not attached, or quotations 1,000 deep
        return as_typed(markdown)
    cleaned = nh3.clean(
        page,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return _one_block(cleaned, NO_TEX if ACTIVE_TEX.search(markdown) else "")


def as_typed(text):
    """Text as HTML that shows it as it is."""
    return _one_block(f"<pre>{html.escape(CONTROL.sub('', text))}</pre>", NO_TEX)


def _allowed(tag, name, value):
    return value if name not in ALLOWED or ALLOWED[name].fullmatch(value) else None


def _one_block(page, attribute):
    """HTML that every reader of Markdown takes for one block and passes on untouched: it begins with a <div>, and has no
    blank line and no formula before a browser has read it."""
    page = re.sub(r"[$\\`]", lambda sign: f"&#{ord(sign.group())};", page)
    page = re.sub(r"\n(?=[^\S\n]*(?:\n|$))", "&#10;", page)
    return f"<div{attribute}>{page}</div>"


def attached_images(attachments):
    """Of the attachments of a cell, whatever they are, those that are images: {name: {MIME type: base64}}."""
    kept = {}
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        for mime, data in kinds.items() if isinstance(kinds, dict) else ():
            if mime in IMAGES and _is_base64(data):
                kept[str(name)] = {mime: re.sub(r"\s", "", "".join(data))}
    return kept


def _is_base64(data):
    if not isinstance(data, (str, list)) or not all(isinstance(part, str) for part in data):
        return False
    try:
        return bool(base64.b64decode(re.sub(r"\s", "", "".join(data)), validate=True))
    except (binascii.Error, ValueError):
        return False


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


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback as a page that holds no script and loads nothing from the network: formulas are MathML."""

    def from_notebook_node(self, nb, resources=None, **kw):
        page, resources = super().from_notebook_node(nb, resources, **kw)
        page = re.sub(r"<script\b.*?</script>\s*", "", page, flags=re.S)  # MathJax; a student's are gone long before
        policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}"/>'
        return page.replace("<head>", f"<head>\n{policy}", 1), resources

    @jinja2.pass_context
    def markdown2html(self, context, source):
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
