"""Build the decks: HTML that needs no network and no server, and PDF through headless Chromium."""

import io
import re
import shutil
from importlib.metadata import files
from pathlib import Path

from course_utils.authoring import ROOT
from course_utils.authoring.browser import browser
from course_utils.authoring.files import need_writable, output_folder
from course_utils.errors import CourseError

PDF_SECONDS = 180
PRINTABLE = "document.querySelectorAll('.pdf-page').length >= Reveal.getTotalSlides()"


def select(numbers, root=ROOT):
    """Return the paths of decks by lesson number, all of them when there are none.

    Args:
        numbers: list of str, such as ["01", "3"].
        root: path of the checkout.

    Raises:
        CourseError: there is no deck of that number; the message lists those there are.
    """
    decks = {path.name[:2]: path for path in sorted((root / "slides").glob("[0-9][0-9]_*.md"))}
    wanted = [number.zfill(2) for number in numbers] or list(decks)
    for number in wanted:
        if number not in decks:
            raise CourseError(f"there is no deck {number}: there are {', '.join(decks)}")
    return [decks[number] for number in dict.fromkeys(wanted)]


def build(decks, progress=lambda deck: None, root=ROOT):
    """Turn decks into HTML in build/slides/html, and return the paths of their pages.

    Everything a page needs lies beside it: the folder can be copied to a USB stick.

    Args:
        decks: paths of sources, from `select`.
        progress: called with each deck's name as it is written.
        root: path of the checkout.

    Raises:
        CourseError: a deck asks for a figure or a number that its lesson does not store, or
            Sphinx finds anything else to warn of.
    """
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    source, target = root / "slides", output_folder("build", root) / "slides"
    need_writable(target)
    html, warnings = target / "html", io.StringIO()
    (html / "_static" / "mathjax").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(mathjax(), html / "_static" / "mathjax" / "tex-svg.js")
    try:
        with patch_docutils(source), docutils_namespace():
            app = Sphinx(
                source, source, html, target / "doctrees", "revealjs",
                confoverrides={"course_root": root}, status=None, warning=warnings,
                freshenv=True,  # a lesson may have changed while its deck did not
            )  # fmt: skip
            app.connect("html-page-context", lambda _app, page, *_: progress(page))
            app.build(filenames=[str(path) for path in [source / "index.md", *decks]])
    except SphinxError as error:
        raise CourseError(f"{_plain(warnings.getvalue(), root)}{error}".strip()) from None
    if warnings.getvalue():
        raise CourseError(_plain(warnings.getvalue(), root).strip())
    return [html / f"{path.stem}.html" for path in decks]


def print_pdf(page, notes=False):
    """Print a built deck into a PDF beside it, a page a slide, and return its path.

    Args:
        page: path of the deck's HTML page.
        notes: whether each slide is followed by a page with its speaker notes.

    Raises:
        CourseError: there is no Chromium, or it failed.
    """
    from playwright.sync_api import Error, sync_playwright

    target = page.with_name(f"{page.stem}{'_notes' if notes else ''}.pdf")
    address = page.resolve().as_uri() + "?print-pdf" + ("&showNotes=separate-page" if notes else "")
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
            sheet = chromium.new_page(viewport={"width": 1280, "height": 720})
            sheet.set_default_timeout(PDF_SECONDS * 1000)
            sheet.goto(address)
            # Typeset formulas and laid-out pages, not a fixed time: machines differ.
            sheet.evaluate("MathJax.startup.promise")
            sheet.wait_for_function(PRINTABLE)
            sheet.pdf(path=target, prefer_css_page_size=True, print_background=True)
            chromium.close()
    except Error as error:
        raise CourseError(
            f"Chromium wrote no {target.name}: {error.message.splitlines()[0]}"
        ) from None
    return target


def mathjax():
    """Return the path of the installed MathJax, in the one file that decks and pages use."""
    found = [f for f in files("sphinx-mathjax-offline") if f.match("mathjax/tex-svg.js")]
    return Path(found[0].locate())


def _plain(text, root):
    """Return Sphinx's words without colours and without where the checkout lies."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace(f"{root}/", "")
    return text.replace("WARNING: ", "")
