"""Execute many lessons side by side, outside notebooks/, and report what each took."""

import asyncio
import html
import os
import re
import shutil
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from course_utils.authoring import ROOT, execute, notebooks, sources
from course_utils.authoring.files import atomic_write
from course_utils.errors import CourseError

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif }
body { margin: 3rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { padding: .5rem .75rem; text-align: left }
th { border-bottom: 2px solid } td { border-bottom: 1px solid #ccc }
.number { text-align: right }
.failed { color: #a40000; font-weight: 600 }
pre { overflow-x: auto; background: #f4f4f4; padding: 1rem }
"""

# The one web font in that package; without it accents end up in the line above.
_MATHJAX_FONT = """<script type="text/x-mathjax-config">
MathJax.Hub.Config({"HTML-CSS": {availableFonts: [], webFont: "STIX-Web", imageFont: null}});
</script>"""


@dataclass
class Lesson:
    """One notebook's place in a run.

    Args:
        path: path of the stored notebook.
        cells: int, cells in all.
        done: int, cells that have run.
        state: "waiting", "running", "ok", "failed" or "cancelled".
        result: execute.Run once it has ended.
    """

    path: Path
    cells: int = 0
    done: int = 0
    state: str = "waiting"
    result: execute.Run | None = None


def plan(numbers, root=ROOT):
    """Return the lessons to run as a list of `Lesson`.

    Args:
        numbers: list of str; empty means all.
        root: path of the checkout.

    Raises:
        CourseError: an unknown number, or a notebook that is missing or not readable.
    """
    lessons = []
    for source in sources.select_lessons(numbers, root):
        path = root / "notebooks" / f"{source.stem}.ipynb"
        lessons.append(Lesson(path, cells=len(notebooks.read(path, root).cells)))
    if not lessons:
        raise CourseError("there are no lessons in notebooks/src: run `git checkout -- notebooks`")
    return lessons


async def run_all(lessons, *, jobs, folder, cell_seconds=execute.CELL_SECONDS, root=ROOT):
    """Execute lessons, `jobs` at a time, into `folder`; update each `Lesson` as it goes on.

    Args:
        lessons: list of `Lesson`.
        jobs: int, kernels at a time.
        folder: path that receives the executed notebooks and their HTML pages.
        cell_seconds: int, the time limit of one cell.
        root: path of the checkout.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _copy_mathjax(folder)
    free = asyncio.Semaphore(jobs)

    async def one(lesson):
        async with free:
            notebook = notebooks.read(lesson.path, root)
            lesson.state = "running"

            def on_cell(number):
                lesson.done = number

            try:
                lesson.result = await execute.execute(
                    notebook, cwd=folder, cell_seconds=cell_seconds, on_cell=on_cell
                )
            except asyncio.CancelledError:
                lesson.state = "cancelled"
                raise
            lesson.state = "failed" if lesson.result.error else "ok"
            _keep_links(notebook, lesson.path.parent, folder)
            atomic_write(folder / lesson.path.name, nbformat.writes(notebook) + "\n")
            atomic_write(folder / f"{lesson.path.stem}.html", _page(notebook, lesson.path.stem))

    await asyncio.gather(*map(one, lessons))


def _keep_links(notebook, home, folder):
    """Let the links of a notebook from `home` lead to the same files from `folder`."""
    way = Path(os.path.relpath(home, folder)).as_posix()

    def moved(match):
        there = (home / match[1]).is_file()
        return f"]({way}/{match[1]})" if there else match[0]  # an address, or no link at all

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\(([^()\s]+)\)", moved, cell.source)


def write_report(lessons, folder):
    """Write report.html, which links each executed lesson; return its path."""
    rows, failures = [], []
    for lesson in lessons:
        if (result := lesson.result) is None:
            continue
        name = lesson.path.stem
        memory = f"{result.peak_bytes / 2**20:.0f}" if result.peak_bytes else "–"
        rows.append(
            f'<tr><td><a href="{name}.html">{name}</a> (<a href="{name}.ipynb">notebook</a>)</td>'
            f'<td class="number">{result.seconds:.1f}</td><td class="number">{memory}</td>'
            f'<td class="{lesson.state}">{lesson.state}</td></tr>'
        )
        if result.error:
            failures.append(f"<h2>{name}</h2><pre>{html.escape(result.error)}</pre>")
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Course run</title>'
        f"<style>{_STYLE}</style><h1>Course run</h1><table><tr><th>lesson</th>"
        f'<th class="number">seconds</th><th class="number">peak MB</th><th>status</th></tr>'
        f"{''.join(rows)}</table>"
        f"{''.join(failures)}</html>\n"
    )
    return atomic_write(folder / "report.html", page) or folder / "report.html"


def _page(notebook, title):
    """Return a notebook as one HTML page that needs nothing from a network."""
    exporter = HTMLExporter(
        mathjax_url="mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe",
        jquery_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
        require_js_url="",
    )
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})
    return page.replace("<head>", f"<head>{_MATHJAX_FONT}", 1)


def _copy_mathjax(folder):
    """Put MathJax beside the pages, from the package that Jupyter's own tools take it from."""
    package = Path(distribution("jupyter-server-mathjax").locate_file("jupyter_server_mathjax"))
    if not (folder / "mathjax" / "MathJax.js").exists():
        shutil.copytree(package / "static", folder / "mathjax", dirs_exist_ok=True)
