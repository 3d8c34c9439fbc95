"""What a student wrote as HTML in which nothing is active: text and code. Runs in the helper process (see helper.py)."""

import html
import re

import nh3
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from ..model.text import CONTROL
from .pictures import is_picture
from .reading import IMAGES, attached_images

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


def harmless_texts(cells):
    """The HTML of some text cells, each given as (source, attachments, whether it is rendered)."""
    return [harmless_html(source, attachments) if rendered else as_typed(source) for source, attachments, rendered in cells]


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
    if name in ALLOWED and not ALLOWED[name].fullmatch(value):
        return None
    return None if name == "src" and value[:5].lower() == "data:" and not is_picture(value.partition(",")[2]) else value


def _one_block(page, attribute):
    """HTML that every reader of Markdown takes for one block and passes on untouched: it begins with a <div>, and has no
    blank line and no formula before a browser has read it."""
    page = re.sub(r"[$\\`]", lambda sign: f"&#{ord(sign.group())};", page)
    page = re.sub(r"\n(?=[^\S\n]*(?:\n|$))", "&#10;", page)
    return f"<div{attribute}>{page}</div>"


def highlighted(source, language, metadata):
    """Code as HTML with colours. metadata: of the cell, which may name the language of a cell magic."""
    return Highlight2HTML()(source, language, metadata)
