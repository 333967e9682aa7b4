"""Write executed notebooks, and what they link to, as HTML pages that need no network."""

import base64
import mimetypes
import os
import re
import shutil
from pathlib import Path
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from nbconvert import HTMLExporter
from nbformat import v4

from course_utils.authoring import ROOT, notebooks, slides
from course_utils.authoring.files import atomic_write

TEMPLATES = Path(__file__).with_name("templates")
REPORT = "report.html"
# A browser shows these as JSON, as unset text or not at all: where a page links to one, it becomes
# a page too. What else is linked (a licence, a folder) opens from the checkout.
CONVERTED = (".ipynb", ".md", ".py")


def write(lessons, folder, root=ROOT):
    """Write a page for each executed lesson and for what it links to, and the report on top.

    Args:
        lessons: list of `run.Lesson`, in order; those without a result are left out.
        folder: path of the executed notebooks; the pages go there too.
        root: path of the checkout.

    Returns:
        path of the report.

    Raises:
        CourseError: a linked notebook is missing or damaged.
    """
    lessons = [lesson for lesson in lessons if lesson.result]
    (folder / "mathjax").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(slides.mathjax(), folder / "mathjax" / "tex-svg.js")
    shutil.copyfile(TEMPLATES / "page.css", folder / "page.css")
    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    templates.filters["name"] = _name
    frame = templates.get_template("page.html.j2")
    report = templates.get_template("report.html.j2").render(lessons=lessons)
    atomic_write(folder / REPORT, frame.render(title="Course run", top="", body=report))

    executed = [root / "notebooks" / lesson.path.name for lesson in lessons]
    waiting, done = list(executed), set()
    while waiting:
        source = waiting.pop()
        if source in done:
            continue
        done.add(source)
        page = _page(source, folder, root)
        notebook, home = _notebook(source, folder, root)
        body = _body(notebook, home)
        waiting += _lead_to_pages(body, home, page, folder, root)
        up = _way(folder, page)
        content = frame.render(
            title=body.h1.get_text() if body.h1 else source.name,
            top=f"{up}/",
            links=[("Course run", f"{up}/{REPORT}"), *_neighbours(source, executed)],
            sections=_sections(body),
            body=str(body),
        )
        atomic_write(page, content)
    return folder / REPORT


def _page(source, folder, root):
    """Return where a source's page goes: lessons on top, all else as in the checkout."""
    name = source.relative_to(root).with_suffix(".html").as_posix()
    return folder / name.removeprefix("notebooks/")


def _notebook(source, folder, root):
    """Return a source as a notebook, a lesson as it was executed, and the folder it links from."""
    executed = folder / source.name
    if source.parent == root / "notebooks" and executed.exists():
        return notebooks.parse(executed.read_text(encoding="utf-8")), folder
    if source.suffix == ".ipynb":
        return notebooks.read(source, root), source.parent
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".md":
        return v4.new_notebook(cells=[v4.new_markdown_cell(text)]), source.parent
    title = v4.new_markdown_cell(f"# `{source.relative_to(root).as_posix()}`")
    language = {"language_info": {"name": "python"}}
    return v4.new_notebook(cells=[title, v4.new_code_cell(text)], metadata=language), source.parent


def _body(notebook, home):
    """Return a notebook's content as HTML, parsed."""
    exporter = HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True,
        exclude_anchor_links=True,
        filters={"clean_html": lambda text: text},  # the course's own; half the time goes there
    )  # fmt: skip
    html, _ = exporter.from_notebook_node(notebook, {"metadata": {"path": str(home)}})
    body = BeautifulSoup(html, "html.parser")
    # Not by nbconvert's `embed_images`: it parses each piece of HTML in a text alone, and so ends
    # a <details> before the paragraphs that it should fold.
    for image in body("img", src=re.compile("^(?!data:|https?:)")):
        file = home / unquote(image["src"])
        if not file.is_file():
            continue
        kind, _ = mimetypes.guess_type(file)
        content = base64.b64encode(file.read_bytes()).decode()
        image["src"] = f"data:{kind};base64,{content}"
    for table in body("table"):
        table.wrap(body.new_tag("div", attrs={"class": "table"}))
    return body


def _lead_to_pages(body, home, page, folder, root):
    """Point relative links at pages or else into the checkout; return what those pages show."""
    shown = []
    for link in body("a", href=True):
        address, hash_, fragment = link["href"].partition("#")
        target = Path(os.path.normpath(home / unquote(address)))
        if not address or not target.exists():
            continue  # a place on this page, or on the web
        if target.suffix in CONVERTED and target.is_relative_to(root):
            shown.append(target)
            target = _page(target, folder, root)
        link["href"] = quote(_way(target, page)) + hash_ + fragment
    return shown


def _way(target, page):
    """Return the relative address that leads from a page to a file."""
    return Path(os.path.relpath(target, page.parent)).as_posix()


def _sections(body):
    """Give each section an address; return the contents as a list of (address, title)."""
    contents = []
    for heading in body("h2"):
        title = heading.get_text()
        heading["id"] = re.sub(r"\W+", "-", title.lower()).strip("-")
        contents.append((f"#{heading['id']}", title))
    return contents


def _neighbours(source, executed):
    """Return the links to the lessons before and after one, as a list of (name, address)."""
    if source not in executed:
        return []
    here, links = executed.index(source), []
    if here > 0:
        links.append((f"← {_name(executed[here - 1])}", f"{executed[here - 1].stem}.html"))
    if here + 1 < len(executed):
        links.append((f"{_name(executed[here + 1])} →", f"{executed[here + 1].stem}.html"))
    return links


def _name(source):
    """Return what a link to a lesson says (str), such as "04 convolutional networks"."""
    return source.stem.replace("_", " ")
