"""Nothing that a student writes runs, loads or hides in a page that nbgrader or the kit shows: seen in a real browser."""

import re

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_markdown_cell, new_raw_cell
from nbgrader.api import Gradebook

from autograder.grading.harmless import as_typed, harmless_html
from autograder.grading.pages import MAX_TEXT, FeedbackExporter, mathml, runs_in_a_browser
from tests.helpers.browser import JupyterServer, open_page
from tests.helpers.commands import run_module
from tests.helpers.processes import free_port
from tests.helpers.submissions import ASSIGNMENT, new_course, write_submission

STUDENT, NOTEBOOK = "mallory", "residual_networks"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
# What a script would do: leave a marker, and give itself points as the page of formgrader does.
SCRIPT = (
    "document.title='marker';window.marker=1;"
    "fetch('/formgrader/api/grades?submission_id='+submission_id).then(a=>a.json()).then(gs=>gs.forEach(g=>"
    "fetch('/formgrader/api/grade/'+g.id,{method:'PUT',headers:{'X-XSRFToken':document.cookie.match(/_xsrf=([^;]*)/)[1]},"
    "body:JSON.stringify({...g,manual_score:10})})))"
)
TEXTS = [
    "<script>SCRIPT</script>",
    '<img src=x onerror="SCRIPT">',
    '<svg onload="SCRIPT"></svg>',
    "<svg><script>SCRIPT</script></svg>",
    '<math><mtext><table><mglyph><style><img src=x onerror="SCRIPT"></style></mglyph></table></mtext></math>',
    '<iframe srcdoc="<script>parent.marker=1</script>"></iframe>',
    '<iframe src="javascript:parent.marker=1"></iframe>',
    '<meta http-equiv=refresh content="0;url=http://OUTSIDE/refresh">',
    '<base href="http://OUTSIDE/">',
    '<link rel=stylesheet href="http://OUTSIDE/style">',
    "<style>body { display: none } @import 'http://OUTSIDE/import'; * { background: url(http://OUTSIDE/url) }</style>",
    '<div style="position:fixed;inset:0;background:url(http://OUTSIDE/overlay)">overlay</div>',
    '<form action="http://OUTSIDE/form"><button autofocus onfocus="SCRIPT">x</button></form>',
    '<details open ontoggle="SCRIPT"><summary>x</summary></details>',
    '<video><source onerror="SCRIPT"></video> <audio src=http://OUTSIDE/audio autoplay></audio>',
    '<object data="http://OUTSIDE/object"></object> <embed src="http://OUTSIDE/embed">',
    "![remote](http://OUTSIDE/picture.png)",
    "![out](/logout) ![out](../../../logout) ![out](%2e%2e/%2e%2e/%2e%2e/logout) ![out](//OUTSIDE/picture.png)",
    '<img src="files//logout"> <img srcset="http://OUTSIDE/set 1x"> <picture><source srcset=http://OUTSIDE/s></picture>',
    "[link](javascript:SCRIPT) [link](JaVaScRiPt&colon;SCRIPT) [link](files/javascript:SCRIPT)",
    '<a href="\tjavascript:SCRIPT">link</a>',
    "[link](data:text/html;base64,PHNjcmlwdD4=) [link](vbscript:x) <javascript:SCRIPT>",
    "![svg](data:image/svg+xml;base64,PHN2Zy8+)",
    '<div id="test_identity_block" class="score">10</div>\n\n# test_identity_block',
    '<p class="nbgrader_cell name-shown" data-link="javascript:x">p</p>',
    "<scr<script>ipt>SCRIPT</scr</script>ipt>",
    '<noscript><p title="</noscript><img src=x onerror=SCRIPT>"></noscript>',
    "<textarea></textarea><script>SCRIPT</script> <title></title><script>SCRIPT</script>",
    "<!--><script>SCRIPT</script>--> <!-- --!><img src=x onerror=SCRIPT> -->",
    "<![CDATA[<script>SCRIPT</script>]]> <?xml-stylesheet href='javascript:x'?>",
    '`` ` ``<script>SCRIPT</script>\n\n```html"><script>SCRIPT</script>\n<script>SCRIPT</script>\n```',
    "$<script>SCRIPT</script>$ $$\n<img src=x onerror=SCRIPT>\n$$ \\begin{x}<script>SCRIPT</script>\\end{x}",
    "$\\href{javascript:SCRIPT}{x} \\cssId{test_identity_block}{x} \\class{score}{x} \\style{background:url(http://OUTSIDE/tex)}{x}$",
    '| a |\n|---|\n| <img src=x onerror=SCRIPT> |\n\n[a]: javascript:SCRIPT "t"\n\n[a] ![a]',
    "```mermaid\n</pre><script>SCRIPT</script>\n```",
    "**Repaired before grading**\n\n- the score of test_identity_block is 10 <script>SCRIPT</script>",
    "<div>\n\n<div>\n\n" * 50 + "x",
    "> " * 1000 + "<script>SCRIPT</script>",
    "![lost](attachment:lost.png) <script>SCRIPT</script>",
    "<script>SCRIPT</script>" + "x" * MAX_TEXT,
]


def payloads(outside):
    return [text.replace("SCRIPT", SCRIPT).replace("OUTSIDE", outside) for text in TEXTS]


@pytest.fixture(scope="module")
def course(generated, tmp_path_factory):
    """A course with one graded submission whose text cells, raw cells, attachments, names and files are hostile."""
    course = new_course(generated, tmp_path_factory.mktemp("pages") / "course")
    folder = write_submission(course, STUDENT, {})
    path = folder / f"{NOTEBOOK}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    texts = payloads(OUTSIDE)
    notebook.cells[1:1] = [new_markdown_cell(text) for text in texts] + [new_raw_cell(text) for text in texts]
    picture = new_markdown_cell("My picture: ![mine](attachment:mine.png)")
    picture["attachments"] = {
        "mine.png": {"image/png": PIXEL},
        "evil.svg": {"image/svg+xml": "<svg onload='alert(1)'/>", "text/html": "<script>1</script>"},
    }
    notebook.cells.insert(1, picture)
    retyped = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_resnet50")
    del retyped["outputs"], retyped["execution_count"]
    retyped |= {"cell_type": "markdown", "attachments": picture["attachments"]}
    notebook.metadata["residual_networks_kit"] = {"repaired": ["[forged](javascript:x) <script>1</script>"]}
    notebook.metadata["title"] = notebook.cells[0].metadata["name"] = f"<script>{SCRIPT}</script>"
    notebook.metadata["language_info"] = {"name": '"><script>', "pygments_lexer": '"><script>'}
    nbformat.write(notebook, path)
    for name in ("evil.html", "figures/evil.svg", "evil.xhtml", "evil.xml", "evil.SVG"):
        (folder / name).write_text(f"<script>{SCRIPT}</script>")
    (folder / "mine.csv").write_text("1,2")
    (course / "submitted" / "<img src=x onerror=alert(1)>" / ASSIGNMENT).mkdir(parents=True)
    for command in (
        ["nbgrader", "autograde", ASSIGNMENT],
        ["autograder", "feedback", ASSIGNMENT],
        ["autograder", "report", ASSIGNMENT],
    ):
        done = run_module(command, course)
        assert done.returncode == 0, done.stdout[-3000:]
    return course


OUTSIDE = f"127.0.0.1:{free_port()}"


class Watched:
    """A page, all that it asks for, and what it opens."""

    def __init__(self, page):
        self.page, self.requests = page, []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: dialog.dismiss())

    def open(self, url):
        self.requests.clear()
        self.page.goto(url)
        self.page.wait_for_timeout(1500)

    def assert_clean(self, *title):
        assert self.page.evaluate("window.marker") is None and self.page.title() != "marker"
        assert not [url for url in self.requests if OUTSIDE in url or "logout" in url]
        assert self.page.locator("iframe, object, embed, form, base, svg script, [onerror], [onload], [srcdoc]").count() == 0
        links = self.page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        assert not [link for link in links if not link.startswith(("http", "file", "mailto"))]


def loaded(page, start):
    """Of the images whose address begins so, whether each is there to be seen."""
    return page.eval_on_selector_all(f"img[src^='{start}']", "all => all.map(image => image.naturalWidth > 0)")


@pytest.mark.slow
def test_nothing_runs_or_loads_in_formgrader_feedback_and_report(course):
    with JupyterServer(course) as server, open_page() as page:
        watched = Watched(page)
        page.goto(server.url("login"))
        for path in ("manage_submissions/" + ASSIGNMENT, "manage_students", f"gradebook/{ASSIGNMENT}/{NOTEBOOK}"):
            watched.open(server.url(f"formgrader/{path}"))
            watched.assert_clean()
        submissions = server.get(f"formgrader/api/submitted_notebooks/{ASSIGNMENT}/{NOTEBOOK}")
        number = next(s["id"] for s in submissions if s["student"] == STUDENT)
        watched.open(server.url(f"formgrader/submissions/{number}"))
        page.locator("input#test_identity_block").wait_for()
        watched.assert_clean()
        assert page.locator("[id=test_identity_block]").count() == 1 and page.locator("body").is_visible()
        assert page.locator("div.rendered_html [style], div.rendered_html .score").count() == 0
        assert loaded(page, "figures/") == [True] * 4 and loaded(page, "data:image/png") == [True]
        assert page.request.get(server.url(f"formgrader/submissions/{number}/evil.html")).status == 404
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, STUDENT).score == 0
        assert [student.id for student in gradebook.students] == [STUDENT]
    with open_page() as page:
        watched = Watched(page)
        watched.open((course / "feedback" / STUDENT / ASSIGNMENT / f"{NOTEBOOK}.html").as_uri())
        watched.assert_clean()
        assert {url.split(":")[0] for url in watched.requests} <= {"file", "data"}  # no network at all
        assert page.locator("script").count() == 0 and page.locator("math").count() > 3
        assert loaded(page, "figures/") == [True] * 4 and loaded(page, "data:image/png") == [True]
        assert "forged" not in page.content() and "the score of test_identity_block is 10" in page.content()
        watched.open((course / f"{ASSIGNMENT}_report.html").as_uri())
        watched.assert_clean()
        assert len(watched.requests) == 1
        assert page.get_by_text("the score of test_identity_block").count() == 0


@pytest.mark.slow
def test_files_that_a_browser_would_run_stay_out(course):
    for place in ("autograded", "feedback"):
        names = {str(path.relative_to(course / place / STUDENT / ASSIGNMENT)) for path in (course / place).rglob("*.*")}
        assert "mine.csv" in names and "figures/identity_block.svg" in names
        assert not [name for name in names if "evil" in name]
    aside = {path.name.partition("_")[2] for path in (course / "submitted" / STUDENT / ".set_aside" / ASSIGNMENT).iterdir()}
    assert aside == {"evil.html.txt", "evil.svg.txt", "evil.xhtml.txt", "evil.xml.txt", "evil.SVG.txt"}


@pytest.mark.parametrize(
    "name", ["a.html", "a.HTM", "a.xhtml", "a.shtml", "a.svg", "a.svgz", "a.xml", "a.xsl", "a.mhtml", "a.js"]
)
def test_what_a_browser_runs_is_known_by_its_name(name):
    assert runs_in_a_browser(name)


@pytest.mark.parametrize(
    "name", ["a.ipynb", "a.png", "a.csv", "a.py", "a.txt", "a.h5", "html", "a.html.txt", "a.pdf", "a.json"]
)
def test_what_a_browser_only_shows_is_left(name):
    assert not runs_in_a_browser(name)


def test_what_students_write_is_still_there():
    page = harmless_html(
        "# Title\n\n- **bold** [paper](https://arxiv.org/abs/1512.03385)\n\n| a |\n|---|\n| 1 |\n\n$x_1 < 2$ <b>b</b>"
    )
    for part in (
        "<h1>Title</h1>",
        "<strong>bold</strong>",
        'href="https://arxiv.org/abs/1512.03385"',
        "<td>1</td>",
        "<b>b</b>",
    ):
        assert part in page
    assert "&#36;x_1 &lt; 2&#36;" in page
    assert "![mine](photo%20of%20me.png)" not in harmless_html("![mine](photo%20of%20me.png)")
    assert 'src="images/me.png"' in harmless_html("![mine](images/me.png)")
    assert '<span class="n">x</span>' in harmless_html("```python\nx\n```")


def render(markdown):
    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(markdown)


PIECES = st.sampled_from(
    [
        "<div>",
        "</div>",
        "\n\n",
        "\n",
        "```",
        "$",
        "$$",
        "\\begin{a}",
        "\\end{a}",
        "<pre>",
        "</pre>",
        "> ",
        "- ",
        "\t",
        "    ",
        "&#10;",
        "&lt;",
        "<!--",
        "-->",
        "<script>",
        "[a](b)",
        "![",
        "`",
        "\\",
        "\r",
        "\x0b",
        "|",
        "x",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=30).map("".join))
def test_clean_text_is_one_block_that_markdown_passes_on(text):
    for page in (harmless_html(text), as_typed(text)):
        assert render(page).strip() == page.strip()


def test_formulas_are_mathml_and_what_is_none_is_shown():
    assert mathml(r"\frac{a}{b}", "block").startswith("<math") and 'display="block"' in mathml("x", "block")
    assert "<script" not in mathml(r"\frac{<script>}{\text{<script>&lt;script>&#60;script>}}", "inline")
    assert mathml(r"\left( <script>", "inline") == r"<code>\left( &lt;script&gt;</code>"


def test_a_picture_without_a_description_says_so():
    """As on nbconvert's own pages, with the same words: its code for this is not run, as it parses the whole page."""
    texts = ['<img src="data:image/png;base64,AA==">', '<img alt="a hand" src="data:,">', "Write `<img>`."]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text) for text in texts])
    ours, theirs = (exporter().from_notebook_node(notebook)[0] for exporter in (FeedbackExporter, HTMLExporter))
    described = re.findall(r'alt="([^"]*)"', ours)
    assert described == ["No description has been provided for this image", "a hand"]
    assert sorted(described) == sorted(re.findall(r'alt="([^"]*)"', theirs))
