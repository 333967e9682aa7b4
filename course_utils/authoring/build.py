"""Turn sources into the notebooks that the repository stores, and say which of them are stale."""

import asyncio
import base64
import copy
import io
import re
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

from course_utils.authoring import ROOT, course_command, notebooks, readme, sources, trials
from course_utils.authoring.execute import execute
from course_utils.authoring.files import atomic_write
from course_utils.checks.exercises import RECORD
from course_utils.errors import CourseError

REPLAY = Path(__file__).with_name("replay.cfg")  # what a replay masks before it compares
VARIES = "nbval-ignore-output"  # the tag of cells whose output may differ from run to run
_DECIMAL = re.compile(r"[-−]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")


def targets(lesson, root=ROOT):
    """Return {path: notebook without outputs} for everything that one lesson's sources generate.

    Args:
        lesson: path of a lesson source.
        root: path of the checkout.
    """
    folder = root / "notebooks"
    made = {folder / f"{lesson.stem}.ipynb": sources.lesson_notebook(lesson)}
    if (path := sources.exercise_source(lesson)).exists():
        student, solution = sources.exercise_notebooks(path)
        made[folder / "exercises" / f"{lesson.stem}.ipynb"] = student
        made[folder / "solutions" / f"{lesson.stem}.ipynb"] = solution
    return made


def stale(lessons, root=ROOT):
    """Name what a fresh build would change, without executing anything.

    Args:
        lessons: list of paths of lesson sources.
        root: path of the checkout.

    Returns:
        list of str, one line for each file that is stale, missing or belongs to no source.
    """
    lines, expected, again = [], set(), f"run `{course_command()} build"
    for lesson in lessons:
        for path, notebook in targets(lesson, root).items():
            expected.add(path)
            if problem := _problem(path, notebook):
                number = lesson.stem[:2]
                lines.append(f"{path.relative_to(root)}: {problem}; {again} {number}`")
    if set(lessons) == set(sources.lesson_sources(root)):
        for path in sorted((root / "notebooks").glob("**/*.ipynb")):
            if path not in expected and ".ipynb_checkpoints" not in path.parts:
                lines.append(f"{path.relative_to(root)}: no source makes this; delete it")
        lines += [f"{name}: its tables are stale; {again}`" for name in readme.stale(root)]
    return lines


def build(lesson, root=ROOT, *, force=False, on_cell=lambda path, done, total: None):
    """Bring one lesson's notebooks up to date; execute only those whose code has changed.

    Args:
        lesson: path of a lesson source.
        root: path of the checkout.
        force: bool, execute even when nothing has changed.
        on_cell: called with (path, cells done, cells in all) while a notebook is executed.

    Returns:
        list of paths that were written.

    Raises:
        CourseError: a cell fails, or a check does not know its own solution and wrong answers;
            nothing is written for that notebook.
    """
    written = []
    for path, fresh in targets(lesson, root).items():
        if not force and _problem(path, fresh) is None:
            continue
        stored = _read(path)
        if path.parent.name == "solutions":
            trials.refuse_bad(sources.exercise_source(lesson))
        if path.parent.name != "exercises":
            if not force and stored is not None and _same_code(stored, fresh):
                _copy_outputs(stored, fresh)
            else:
                _execute(path, fresh, root, on_cell)
                _keep_equal_outputs(stored, fresh)
            notebooks.add_alt_texts(fresh)
        text = nbformat.writes(fresh) + "\n"
        if stored is None or path.read_text(encoding="utf-8") != text:
            atomic_write(path, text)
            written.append(path)
    return written


def _execute(path, notebook, root, on_cell):
    total = len(notebook.cells)
    with tempfile.TemporaryDirectory() as scratch:
        # The checks in a solution notebook read the records of this one, not of the stored one.
        record = Path(scratch, path.name)
        record.write_text(nbformat.writes(notebook), encoding="utf-8")
        run = asyncio.run(
            execute(
                notebook,
                cwd=scratch,
                environment={RECORD: str(record)} if path.parent.name == "solutions" else None,
                on_cell=lambda done: on_cell(path, done, total),
            )
        )
    if run.error:
        raise CourseError(f"{path.relative_to(root)}, {run.error}\n{run.traceback}".rstrip())


def _problem(path, fresh):
    """Return what is wrong with a stored notebook, compared with a fresh one without outputs."""
    if not path.exists():
        return "missing"
    try:
        stored = notebooks.parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return f"not readable as a notebook ({error})"
    if nbformat.writes(_without_outputs(stored)) != nbformat.writes(fresh):
        return "differs from its source"
    run = all(cell.execution_count for cell in _code_cells(stored))
    if path.parent.name != "exercises" and not run:
        return "has cells without a stored run"
    return None


def _read(path):
    try:
        return notebooks.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _without_outputs(notebook):
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def _code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _same_code(stored, fresh):
    """Tell whether the stored outputs belong to exactly this code."""
    old, new = _code_cells(stored), _code_cells(fresh)
    return [cell.source for cell in old] == [cell.source for cell in new] and all(
        cell.execution_count for cell in old
    )


def _copy_outputs(stored, fresh):
    for old, new in zip(_code_cells(stored), _code_cells(fresh), strict=True):
        new.outputs, new.execution_count = old.outputs, old.execution_count


def _keep_equal_outputs(stored, fresh):
    """Put stored outputs back where a rerun gave the same, so that a diff shows what changed.

    Outputs that may vary are kept as long as no code above them has changed.
    """
    if stored is None:
        return
    for old, new in zip(_code_cells(stored), _code_cells(fresh), strict=False):
        if old.source != new.source:
            return
        if VARIES in new.metadata.get("tags", []) or _equal_outputs(old.outputs, new.outputs):
            new.outputs = old.outputs


def _equal_outputs(old, new):
    return len(old) == len(new) and all(map(_equal_output, old, new))


def _equal_output(old, new):
    if old.output_type != new.output_type or old.get("name") != new.get("name"):
        return False
    if not _equal_texts(old.get("text", ""), new.get("text", "")):
        return False
    old_data, new_data = old.get("data", {}), new.get("data", {})
    if old_data.keys() != new_data.keys():
        return False
    return all(
        _equal_images(old_data[kind], new_data[kind])
        if kind == "image/png"
        else _equal_texts(old_data[kind], new_data[kind])
        if isinstance(old_data[kind], str)
        else old_data[kind] == new_data[kind]
        for kind in old_data
    )


def mask(text):
    """Return a printed text as a replay compares it: without its decimals and extra blanks."""
    for pattern, replacement in re.findall(
        r"^regex: (.*)$\n^replace: (.*)$", REPLAY.read_text(encoding="utf-8"), re.MULTILINE
    ):
        text = re.sub(pattern, replacement, text)
    return text


def _equal_texts(old, new):
    """Tell whether a replay takes two texts for the same, and their decimals are close, too."""
    if old == new:
        return True
    if mask(old) != mask(new):
        return False
    first, second = (
        [float(n.replace(",", "").replace("−", "-")) for n in _DECIMAL.findall(text)]
        for text in (old, new)
    )
    return len(first) == len(second) and np.allclose(first, second, rtol=0.02, atol=1e-4)


def _equal_images(old, new):
    """Tell whether two base64 PNGs look the same: a mean difference under half a grey level."""
    if old == new:
        return True
    first, second = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), dtype=float)
        for data in (old, new)
    )
    return first.shape == second.shape and float(np.abs(first - second).mean()) < 0.5
