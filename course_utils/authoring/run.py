"""Execute many lessons side by side, outside notebooks/."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import nbformat

from course_utils.authoring import ROOT, execute, notebooks, sources
from course_utils.authoring.files import atomic_write
from course_utils.errors import CourseError, restore


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
        cure = restore("notebooks", root)
        raise CourseError(f"there are no lessons in notebooks/src; restore them with: {cure}")
    return lessons


async def run_all(lessons, *, jobs, folder, cell_seconds=execute.CELL_SECONDS, root=ROOT):
    """Execute lessons, `jobs` at a time, into `folder`; update each `Lesson` as it goes on.

    Args:
        lessons: list of `Lesson`.
        jobs: int, kernels at a time.
        folder: path that receives the executed notebooks.
        cell_seconds: int, the time limit of one cell.
        root: path of the checkout.
    """
    folder.mkdir(parents=True, exist_ok=True)
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
            notebooks.add_alt_texts(notebook)
            _keep_links(notebook, lesson.path.parent, folder)
            atomic_write(folder / lesson.path.name, nbformat.writes(notebook) + "\n")

    await asyncio.gather(*map(one, lessons))


def _keep_links(notebook, home, folder):
    """Let the links of a notebook from `home` lead to the same files from `folder`."""
    way = Path(os.path.relpath(home, folder)).as_posix()

    def moved(match):
        address = match[1].partition("#")[0]
        there = address and (home / unquote(address)).exists()
        return f"]({way}/{match[1]})" if there else match[0]  # an address, or no link at all

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\(([^()\s]+)\)", moved, cell.source)
