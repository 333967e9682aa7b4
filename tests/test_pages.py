"""The pages of `course run`, in a real browser: phone and desk, light and dark, with a keyboard."""

import base64
from urllib.parse import unquote

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import make_checkout
from nbformat import v4

from course_utils.authoring import pages
from course_utils.authoring.execute import Run
from course_utils.authoring.run import Lesson
from course_utils.errors import CourseError

PHONE, DESK = 400, 1280
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPgPAAEEAQDfYb+zAAAAAElFTkSuQmCC"

TEXT = """\
# 01 Toy

A short formula $a^2$, and one in the line that no phone can show in one piece:
$a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + a_{10} + a_{11} + a_{12} + a_{13} + a_{14}$.

## Look at a table

| a long word in each of its columns | incomprehensibilities | counterrevolutionaries |
|---|---|---|
| `x` | 2 | $z^2$ |

> **Predict:** what comes next?

## Exercises

[do](../../notebooks/exercises/01_toy.ipynb), [next](../../notebooks/02_toy.ipynb),
[third](../../notebooks/03_toy.ipynb), [data](../../data/README.md#cards),
[made by](../../data/make/my%20toy.py), [licence](../../LICENSE),
[web](https://example.org/a.py), [gone](gone.ipynb)
"""
SECOND = """\
# 02 Toy

The second.

<details><summary>Answer</summary>

It is **four**.

</details>
"""
CODE = """\
# a comment
@decorator
class Toy(Base):
    'A docstring.'
    def method(self, x=1.5):
        return f"{x!r}\\n" if x is not None and len(x) > 0x10 else lambda a_long_name: print(a)
"""
CARD = "# Data\n\n![a dot](toy.png) [made](make/my%20toy.py)\n\n## Cards\n"
ALT = 'a "dot" & a line'
COLORS = "31mred", "1;32mgreen", "36mcyan", "33myellow", "34mblue"
ERROR = [" ".join(f"\x1b[{color}\x1b[0m" for color in COLORS) + " and a long line" * 9]


def lesson(root, name, *cells):
    """Store a lesson that nobody has run, and put the executed one where a run puts it."""
    path = root / "notebooks" / f"{name}.ipynb"
    stored = v4.new_notebook(cells=[v4.new_markdown_cell(f"# {name}\n\nAs it was stored.")])
    nbformat.write(stored, path)
    if cells:
        executed = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
        nbformat.write(executed, root / "build" / "run" / path.name)
    return Lesson(path, state="ok", result=Run(seconds=1.5) if cells else None)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run: the first lesson went well, the second failed, the third never ran."""
    root = make_checkout(tmp_path_factory.mktemp("checkout"))
    folder = root / "build" / "run"
    folder.mkdir(parents=True)
    (root / "data" / "make").mkdir(parents=True)
    (root / "data" / "make" / "my toy.py").write_text(CODE, encoding="utf-8")
    (root / "data" / "README.md").write_text(CARD, encoding="utf-8")
    (root / "data" / "toy.png").write_bytes(base64.b64decode(PNG))
    (root / "LICENSE").write_text("Do as you like.", encoding="utf-8")
    back = v4.new_notebook(cells=[v4.new_markdown_cell("# Exercises\n\n[back](../01_toy.ipynb)")])
    nbformat.write(back, root / "notebooks" / "exercises" / "01_toy.ipynb")
    picture = v4.new_output(
        "display_data", {"image/png": PNG}, metadata={"image/png": {"alt": ALT}}
    )
    outputs = [
        v4.new_output("stream", name="stdout", text="words that stay whole " * 9),
        v4.new_output("stream", name="stderr", text="a warning"),
        picture,
        v4.new_output("error", ename="ValueError", evalue="x", traceback=ERROR),
    ]
    toy = v4.new_markdown_cell(TEXT), v4.new_code_cell(CODE, outputs=outputs)
    lessons = [
        lesson(root, "01_toy", *toy),
        lesson(root, "02_toy", v4.new_markdown_cell(SECOND)),
        lesson(root, "03_toy"),
    ]
    lessons[1].state = "failed"
    lessons[1].result.peak_bytes = 3 * 2**20
    lessons[1].result.error = "cell 1: ValueError: " + "long " * 40
    pages.write(lessons, folder, root)
    return folder


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


PAGES = [
    "report", "01_toy", "02_toy", "03_toy", "exercises/01_toy", "data/README", "data/make/my toy"
]  # fmt: skip


def test_what_a_page_links_to_opens_as_a_page_or_as_a_file(run):
    assert set(run.rglob("*.html")) == {run / f"{name}.html" for name in PAGES}
    for name in PAGES:
        page = run / f"{name}.html"
        for tag in soup(page)(["a", "link", "script", "img"]):
            address = unquote(tag.get("href") or tag.get("src") or "#main")
            if address.startswith(("https:", "data:")) or address == "gone.ipynb":
                continue
            path, _, place = address.partition("#")
            target = page.parent / path if path else page
            assert target.is_file(), (name, address)
            assert not place or soup(target).find(id=place), (name, address)
    assert "As it was stored." in soup(run / "03_toy.html").text
    assert "The second." in soup(run / "02_toy.html").text


def test_an_answer_is_folded_with_its_paragraphs(run):
    answer = soup(run / "02_toy.html").find("summary", string="Answer").parent
    assert answer.name == "details"
    assert answer.get_text().split() == ["Answer", "It", "is", "four."]
    assert answer.strong.text == "four"


def test_a_lesson_leads_to_its_neighbours_in_the_run_its_sections_and_the_report(run):
    first, second = (soup(run / f"0{number}_toy.html") for number in (1, 2))
    links = [(link.text, link["href"]) for link in first.header("a")]
    assert links == [("Course run", "./report.html"), ("02 toy →", "02_toy.html")]
    assert [link.text for link in second.header("a")] == ["Course run", "← 01 toy"]
    contents = first.find("details")("a")
    assert [link["href"] for link in contents] == ["#look-at-a-table", "#exercises"]


def test_the_report_shows_each_lesson_that_ended_and_why_one_failed(run):
    report = soup(run / "report.html")
    rows = [[cell.text for cell in row(["th", "td"])] for row in report("tr")]
    assert rows[1:] == [
        ["01 toy (notebook)", "ok", "1.5", "–"],
        ["02 toy (notebook)", "failed", "1.5", "3"],
    ]
    assert report.pre.text.startswith("cell 1: ValueError: long long")


def test_a_damaged_notebook_that_a_page_links_to_is_named(run, tmp_path):
    root = make_checkout(tmp_path)
    (root / "build" / "run").mkdir(parents=True)
    link = v4.new_markdown_cell("[do](../../notebooks/exercises/01_toy.ipynb)")
    toy = lesson(root, "01_toy", link)
    (root / "notebooks" / "exercises" / "01_toy.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match=r"exercises/01_toy\.ipynb is not readable.*git checkout"):
        pages.write([toy], root / "build" / "run", root)
    assert (root / "build" / "run" / "report.html").exists()


# In a real browser


@pytest.fixture
def visit(chromium, run):
    """Open a page of the run and return it; an error or a request beyond its folder fails."""
    contexts, problems = [], []

    def open_page(name, width=PHONE, scheme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)  # a busy machine is slow, not wrong
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: None if local(r.url) else problems.append(r.url))
        page.on("requestfailed", lambda request: problems.append(request.url))
        page.goto((run / f"{name}.html").as_uri())
        page.evaluate("MathJax.startup.promise")
        assert problems == []
        return page

    yield open_page
    for context in contexts:
        context.close()


def local(url):
    return url.startswith(("file:", "data:", "blob:"))


def violations(page):
    found = Axe().run(page).response["violations"]
    return {v["id"]: v["nodes"][0]["html"] for v in found if v["impact"] in ("serious", "critical")}


WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", ["report", "01_toy", "data/README"])
def test_axe_finds_nothing_serious_and_no_page_is_too_wide(visit, name, width, scheme):
    page = visit(name, width, scheme)
    assert page.evaluate(WIDTHS) == [width, width]
    assert violations(page) == {}


def test_dark_pages_are_dark_and_figures_stay_on_white(visit):
    color = "element => getComputedStyle(element).backgroundColor"
    page = visit("01_toy", scheme="dark")
    assert page.locator("body").evaluate(color) == "rgb(20, 25, 31)"
    assert page.locator(".output_png img").evaluate(color) == "rgb(255, 255, 255)"
    page = visit("01_toy", scheme="light")
    assert page.locator("body").evaluate(color) == "rgb(255, 255, 255)"


def test_a_figure_has_its_alt_text_and_every_formula_is_drawn(visit):
    page = visit("01_toy")
    assert page.locator("img").get_attribute("alt") == ALT
    assert page.locator("mjx-container > svg").count() == 3
    assert page.locator("mjx-merror").count() == 0
    assert visit("data/README").locator("img").get_attribute("alt") == "a dot"


def test_wide_code_output_tables_and_formulas_scroll_in_their_boxes(visit):
    page = visit("01_toy")
    boxes = page.locator("pre, .table, .wide")
    scrolling = boxes.evaluate_all(
        "boxes => boxes.map(box => [box.scrollWidth > box.clientWidth, box.tabIndex])"
    )
    # formula, table, code, standard output, standard error, traceback
    assert scrolling == [[True, 0], [True, 0], [True, 0], [True, 0], [False, -1], [True, 0]]
    wrapping = "boxes => boxes.map(box => getComputedStyle(box).whiteSpace)"
    assert set(page.locator("pre").evaluate_all(wrapping)) == {"pre"}


FOCUS = """() => {
    const style = getComputedStyle(document.activeElement);
    return [document.activeElement.textContent.trim(), style.outlineStyle, style.outlineWidth];
}"""


def test_the_keyboard_reaches_text_and_links_and_shows_where_it_is(visit):
    page = visit("01_toy")
    seen = []
    for _ in range(4):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUS))
    assert [text for text, *_ in seen] == ["Skip to the text", "Course run", "02 toy →", "Contents"]
    assert {tuple(style) for _, *style in seen} == {("solid", "3px")}
    page.keyboard.press("Enter")
    assert page.locator("details").evaluate("details => details.open")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#look-at-a-table")
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_contents_are_folded_on_a_phone_and_open_at_a_desk(visit):
    opened = [
        visit("01_toy", width).locator("details").evaluate("details => details.open")
        for width in (PHONE, DESK)
    ]
    assert opened == [False, True]
