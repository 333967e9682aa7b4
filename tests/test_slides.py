"""The decks: their figures come from the lessons, and a real browser shows every slide of them."""

import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import make_checkout
from nbformat import v4

from course_utils.authoring import ROOT, deck, lint, slides
from course_utils.errors import CourseError

DECKS = [path.stem for path in slides.select([])]
HTML = ROOT / "build" / "slides" / "html"


@pytest.fixture(scope="module")
def pages():
    """Every deck, built once for all tests of this file."""
    return {path.stem: path for path in slides.build(slides.select([]))}


# What a deck takes from its lesson


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPgPAAEEAQDfYb+zAAAAAElFTkSuQmCC"


@pytest.fixture
def toy(tmp_path):
    """A checkout with one executed lesson and one deck on it."""
    root = make_checkout(tmp_path)
    figure = v4.new_output(
        "display_data", {"image/png": PNG}, metadata={"image/png": {"alt": "a dot"}}
    )
    printed = v4.new_output("stream", name="stdout", text="CNN: 1,234\nMLP: 5,678\n")
    cells = [
        v4.new_code_cell("", metadata={"name": "dot"}, outputs=[figure]),
        v4.new_code_cell("", metadata={"name": "counts"}, outputs=[printed]),
        v4.new_code_cell("", metadata={"name": "silent"}),
    ]
    path = root / "notebooks" / "01_toy.ipynb"
    path.write_text(deck.notebooks.nbformat.writes(v4.new_notebook(cells=cells)), encoding="utf-8")
    (root / "slides").mkdir()
    shutil.copytree(ROOT / "slides" / "_static", root / "slides" / "_static")
    shutil.copy(ROOT / "slides" / "conf.py", root / "slides")
    write_index(root)
    return root


def write_index(root):
    (root / "slides" / "index.md").write_text(
        "# Decks\n\n```{toctree}\n:hidden:\n\n01_toy\n```\n", encoding="utf-8"
    )


def build_toy(root, text):
    (root / "slides" / "01_toy.md").write_text(f"# Toy\n\n{text}\n", encoding="utf-8")
    (page,) = slides.build(slides.select([], root), root=root)
    return page


def test_a_slide_shows_the_stored_figure_with_its_alt_text(toy):
    page = build_toy(toy, "```{lesson-figure} 01 dot\n```")
    html = page.read_text(encoding="utf-8")
    assert 'alt="a dot"' in html
    assert "lesson 01, cell “dot”" in html
    (image,) = (page.parent / "_images").glob("lesson-*.png")
    assert image.read_bytes() == deck.stored_figure(deck.find_cell("01 dot", toy))[0]


def test_a_slide_quotes_what_a_cell_printed(toy):
    text = "So {lesson}`01 counts | CNN: ([\\d,]+)` it is.\n\n"
    text += "```{lesson-text} 01 counts\n:match: MLP\n```"
    html = build_toy(toy, text).read_text(encoding="utf-8")
    assert '<span class="lesson-value">1,234</span>' in html
    assert "MLP: 5,678" in html
    assert "CNN: 1,234" not in html


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{lesson-figure} 01 dots\n```", "no cell 'dots'; it has dot, counts, silent"),
        ("```{lesson-figure} 07 dot\n```", "no lesson '07'"),
        ("```{lesson-figure} 01 counts\n```", "counts stores no figure with alt text"),
        ("```{lesson-text} 01 silent\n```", "silent printed nothing"),
        ("```{lesson-text} 01 counts\n:match: RNN\n```", "no line matches 'RNN'"),
        ("{lesson}`01 counts | RNN: (.*)`", "matches 0 values, expected one"),
        ("{lesson}`01 counts | : (.*)`", "matches 2 values, expected one"),
        ("|a|b|\n|-|-|\n|c|{lesson}`01 counts | CNN: (.*)`|", "in a table the bar is written \\|"),
        ("{lesson}`01 counts`", "matches 0 values, expected one"),
        ("```{notes} two minutes\nHello.\n```", "notes need minutes"),
        ("![a cat](cat.png)", "image file not readable: cat.png"),
        ("[other](02_other.md)", "02_other.md"),
    ],
)
def test_what_a_lesson_does_not_have_fails_the_build(toy, text, message):
    with pytest.raises(CourseError) as caught:
        build_toy(toy, text)
    assert message in str(caught.value)
    assert str(toy) not in str(caught.value)


def test_an_unknown_deck_is_named(toy):
    (toy / "slides" / "01_toy.md").write_text("# Toy\n", encoding="utf-8")
    with pytest.raises(CourseError, match="no deck 05: there are 01"):
        slides.select(["5"], toy)


# The house style of decks


DECK = "# Toy\n\n```{notes} 2 min\nHello.\n```\n\n:::{container} quiz\nWhy?\n:::\n\n" + "".join(
    f"## Slide {number}\n\n```python\n# a comment, no slide\n```\n\n```{{notes}} 2 min\nA.\n```\n\n"
    for number in range(24)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (DECK + ":::{container} quiz\nHow?\n:::\n", None),
        (DECK, "fewer than two quiz questions"),
        (DECK + "## Bare\n", "slide “Bare” has 0 notes"),
        (DECK + "## Much\n\n```{notes} 30 min\nHm.\n```\n", "45 to 60 minutes of notes, not 80"),
        (DECK.split("## Slide 9")[0], "20 to 45 slides, not 10"),
    ],
)
def test_a_departure_from_the_decks_style_is_found(tmp_path, text, problem):
    path = tmp_path / "01_toy.md"
    path.write_text(text, encoding="utf-8")
    found = lint.lint_deck(path)
    assert found == [] if problem is None else any(problem in line for line in found)


def test_every_deck_is_listed_and_has_its_lesson(pages):
    index = pages[DECKS[0]].with_name("index.html").read_text(encoding="utf-8")
    assert [name for name in DECKS if f'href="{name}.html"' not in index] == []
    lessons = {path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    assert set(DECKS) == lessons


def test_the_table_of_what_is_covered_names_slides_that_exist():
    text = (ROOT / "slides" / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"(\d\d) “(.+?)”", text)
    decks = {path.stem[:2]: path.read_text(encoding="utf-8") for path in slides.select([])}
    assert [(n, title) for n, title in named if f"\n## {title}\n" not in decks[n]] == []
    assert {number for number, _ in named} == set(decks)


# In a real browser


@pytest.fixture(scope="module")
def address(pages):
    """The decks, served from loopback."""
    handler = functools.partial(Quiet, directory=HTML)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def visit(chromium, pages, address):
    """Open a deck and return its page, with lists of what went wrong and what was asked for."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})

    def open_deck(name, from_file=True, query=""):
        page = context.new_page()
        page.set_default_timeout(120_000)  # a busy machine is slow, not wrong
        page.problems, page.addresses = [], []
        page.on(
            "console",
            lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("requestfailed", lambda request: page.problems.append(request.url))
        page.on("request", lambda request: page.addresses.append(request.url))
        base = HTML.as_uri() if from_file else address
        page.goto(f"{base}/{name}.html{query}")
        page.wait_for_function("Reveal.isReady()")
        page.evaluate("MathJax.startup.promise")
        return page

    yield open_deck
    context.close()


@pytest.mark.parametrize("from_file", [True, False], ids=["file", "loopback"])
@pytest.mark.parametrize("name", DECKS)
def test_a_deck_opens_without_an_error_and_without_a_network(visit, address, name, from_file):
    page = visit(name, from_file)
    page.evaluate("Reveal.getSlides().forEach((_, i) => Reveal.slide(i))")
    assert page.problems == []
    here = HTML.as_uri() if from_file else address
    assert [url for url in page.addresses if not url.startswith((here, "data:", "blob:"))] == []


@pytest.mark.parametrize("name", DECKS)
def test_every_formula_is_drawn(visit, name):
    page = visit(name)
    formulas = page.locator(".math")
    assert page.locator(".math mjx-container > svg").count() >= formulas.count()
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


OVERFLOW = """() => Reveal.getSlides().flatMap((slide, number) => {
    const at = Reveal.getIndices(slide);
    Reveal.slide(at.h, at.v, 99);
    const outside = [...slide.querySelectorAll('*')].filter(element => {
        if (element.closest('aside, mjx-assistive-mml, .MathJax mjx-container svg *')) return false;
        const box = element.getBoundingClientRect();
        return box.width && box.height &&
            (box.bottom > 721 || box.right > 1281 || box.top < -1 || box.left < -1);
    });
    return outside.length ? [`${number + 1}: ${slide.innerText.split('\\n')[0]} <` +
        outside[0].tagName + '> ' + JSON.stringify(outside[0].getBoundingClientRect())] : [];
})"""


@pytest.mark.parametrize("name", DECKS)
def test_no_slide_overflows(visit, name):
    assert visit(name).evaluate(OVERFLOW) == []


# axe reads the whole page each time, so each slide is alone in it: seven times as fast. The layer
# of backgrounds, all white here, is away: axe takes it for something in front of the text, and then
# cannot tell a contrast.
TAKE_APART = """() => {
    document.querySelector(".backgrounds").remove();
    window.slides = Reveal.getSlides();
    window.contents = slides.map(slide => {
        const content = document.createDocumentFragment();
        content.append(...slide.childNodes);
        return content;
    });
}"""

JUDGE = """async number => {
    slides[number].append(contents[number]);
    Reveal.slide(Reveal.getIndices(slides[number]).h, Reveal.getIndices(slides[number]).v, 99);
    const slide = ".slides > section.present > section.present";
    const { violations } = await axe.run(slide, { resultTypes: ["violations"] });
    contents[number].append(...slides[number].childNodes);
    return violations
        .filter(found => ["serious", "critical"].includes(found.impact))
        .map(found => `slide ${number + 1}: ${found.id}: ${found.nodes[0].html}`);
}"""


def violations(page):
    page.evaluate(Axe().axe_script)
    total = page.evaluate("Reveal.getTotalSlides()")
    page.evaluate(TAKE_APART)
    return [found for number in range(total) for found in page.evaluate(JUDGE, number)]


@pytest.mark.parametrize("name", DECKS)
def test_axe_finds_no_serious_violation(visit, name):
    assert violations(visit(name)) == []


def test_axe_finds_what_is_hard_to_read_on_any_slide(visit):
    page = visit(DECKS[0])
    pale = "<p style='color: #ddd; background: #fff'>Hard to read</p>"
    for number in (0, 7):
        page.evaluate(
            "([number, html]) => Reveal.getSlides()[number].insertAdjacentHTML('beforeend', html)",
            [number, pale],
        )
    found = violations(page)
    assert [line.split(": <")[0] for line in found] == [
        "slide 1: color-contrast",
        "slide 8: color-contrast",
    ]


def test_the_keyboard_moves_through_a_deck_and_its_fragments(visit):
    page = visit(DECKS[0])
    states = {page.evaluate("JSON.stringify(Reveal.getIndices())")}
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        states.add(page.evaluate("JSON.stringify(Reveal.getIndices())"))
    assert len(states) == 6
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("JSON.stringify(Reveal.getIndices())") in states
    page.keyboard.press("End")
    assert page.evaluate("Reveal.isLastSlide()")
    page.keyboard.press("Home")
    assert page.evaluate("Reveal.isFirstSlide()")


def test_the_speaker_view_shows_the_notes(visit):
    page = visit(DECKS[0], from_file=False)
    with page.context.expect_page() as popup:
        page.keyboard.press("s")
    speaker = popup.value
    speaker.wait_for_selector(".speaker-controls-notes .value strong")
    assert "min" in speaker.locator(".speaker-controls-notes .value").inner_text()


def printed(name, notes):
    """Print a deck in a process of its own, as the command does; return its number of pages."""
    command = "from course_utils.authoring import slides; from pathlib import Path;"
    command += f"print(slides.print_pdf(Path({str(HTML / name)!r} + '.html'), {notes}))"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return len(re.findall(rb"/Type\s*/Page\b", Path(done.stdout.strip()).read_bytes()))


def test_a_pdf_has_a_page_a_slide(visit):
    name = DECKS[0]
    total = visit(name).evaluate("Reveal.getTotalSlides()")
    assert printed(name, notes=False) == total
    assert printed(name, notes=True) >= 2 * total  # long notes take a second page
