"""Read the percent-format sources in notebooks/src and turn them into notebooks without outputs.

The format is described in notebooks/src/README.md. Everything here is a pure function of the
source text: no cell is executed, and the same source gives the same notebook, byte for byte.
"""

import ast
import copy
import hashlib
import re
from dataclasses import dataclass, field

import jupytext
from nbformat import v4

from course_utils.authoring import ROOT
from course_utils.errors import CourseError

EXERCISES_SUFFIX = "_exercises"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

_MARKS = {
    "exercise",
    "points",
    "hint",
    "why",
    "check",
    "wrong",
    "alt",
    "name",
    "tags",
}
PARTS = ("hint", "why", "check", "wrong")  # cells that belong to the exercise above them
_LOOKS_LIKE_MARKER = re.compile(r"#.*\b(begin|end)\w*\W*(the\W*)?sol", re.IGNORECASE)
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class SourceError(CourseError):
    """A source that breaks the format; the message names file and cell."""


@dataclass
class WrongAnswer:
    """A wrong program that an exercise's check must recognise.

    Args:
        name: str, the function's name, or the edit of the solution that makes it.
        code: str, a cell whose last function is the wrong program.
        message: str, what the student reads.
    """

    name: str
    code: str
    message: str


@dataclass
class Exercise:
    """One exercise of an exercise source.

    Args:
        name: str, such as "01-sigmoid"; also nbgrader's grade_id.
        points: int.
        function: str, the name of the function that is checked.
        code: str, the cell with the solution between its markers.
        context: list of str, the plain code cells above it.
        check: str, the cell that defines `inputs`, and where needed `judge` and `tolerance`.
    """

    name: str
    points: int
    function: str
    code: str
    context: list[str]
    hints: list[str] = field(default_factory=list)
    why: str = ""
    check: str = ""
    wrong_answers: list[WrongAnswer] = field(default_factory=list)

    @property
    def stub(self):
        """The exercise cell as the student gets it (str)."""
        return stub(self.code, self.name)

    @property
    def answer(self):
        """The exercise cell with its solution, without markers (str)."""
        lines = self.code.splitlines()
        return "\n".join(line for line in lines if line.strip() not in (BEGIN, END))


@dataclass
class Title:
    """What a lesson's title cell says: strings, and (read, do, run) minutes as a tuple of int."""

    number: str
    name: str
    question: str
    objectives: list[str]
    data: str
    you_will_see: str
    you_need: str
    minutes: tuple[int, int, int]


def read_title(path):
    """Return the `Title` of a lesson source.

    Raises:
        SourceError: a part is missing or not in the form that notebooks/src/README.md shows.
    """
    text = read_cells(path)[0].source

    def part(pattern, form):
        if not (match := re.search(pattern, text, re.MULTILINE | re.DOTALL)):
            raise SourceError(f"{path.name}: the title cell has no {form!r}")
        return [" ".join(group.split()) for group in match.groups()]

    number, name = part(r"\A# (\d\d) ([^\n]+)$", "# NN Title")
    return Title(
        number=number,
        name=name,
        question=part(r"^\*\*([^*]+\?)\*\*$", "**The question?**")[0],
        objectives=[" ".join(line.split()) for line in re.findall(
            r"^- (.+?)(?=\n- |\n\n|\Z)", text, re.MULTILINE | re.DOTALL)],
        data=part(r"^\*\*Data:\*\* (.+?)(?:\n\n|\Z)", "**Data:** …")[0],
        you_will_see=part(r"^\*\*You will see:\*\* (.+?)(?:\n\n|\Z)", "**You will see:** …")[0],
        you_need=part(r"^\*\*You need:\*\* (.+?)(?:\n\n|\Z)", "**You need:** …")[0],
        minutes=tuple(map(int, part(
            r"^\*\*Minutes:\*\* (\d+) to read, (\d+) to do, (\d+) to run\.",
            "**Minutes:** 25 to read, 45 to do, 1 to run."))),
    )  # fmt: skip


def lesson_sources(root=ROOT):
    """Return the lesson sources as a sorted list of paths."""
    paths = sorted((root / "notebooks" / "src").glob("[0-9][0-9]_*.py"))
    return [path for path in paths if not path.stem.endswith(EXERCISES_SUFFIX)]


def select_lessons(numbers, root=ROOT):
    """Return the lesson sources with the given numbers; all of them when `numbers` is empty.

    Args:
        numbers: list of str, such as ["01", "4"].

    Raises:
        CourseError: a lesson does not exist; the message lists those that do.
    """
    sources = {path.name[:2]: path for path in lesson_sources(root)}
    unknown = [number for number in numbers if number.zfill(2) not in sources]
    if unknown:
        raise CourseError(f"no lesson {', '.join(unknown)}; there is {', '.join(sources)}")
    return [sources[number] for number in sources if not numbers or _is_named(number, numbers)]


def _is_named(number, numbers):
    return number in [named.zfill(2) for named in numbers]


def exercise_source(lesson):
    """Return the path of a lesson's exercise source."""
    return lesson.with_name(lesson.stem + EXERCISES_SUFFIX + ".py")


def read_cells(path):
    """Return a source's cells as a list of nbformat cells.

    Raises:
        SourceError: the file cannot be read, or a cell carries a mark that is not in the format.
    """
    try:
        cells = jupytext.reads(path.read_text(encoding="utf-8"), "py:percent").cells
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name}: {error}") from None
    for number, cell in enumerate(cells, start=1):
        cell.metadata.pop("lines_to_next_cell", None)
        if unknown := set(cell.metadata) - _MARKS:
            raise SourceError(
                f"{path.name}, cell {number}: unknown mark {', '.join(sorted(unknown))}; "
                f"known are {', '.join(sorted(_MARKS))}"
            )
        if cell.cell_type == "code":
            _parse(cell.source, f"{path.name}, cell {number}")
    return cells


def lesson_notebook(path):
    """Return a lesson's notebook without outputs."""
    cells = [_cell(cell.cell_type, cell.source, _kept(cell)) for cell in read_cells(path)]
    return _notebook(cells, path)


def exercises(path):
    """Return the exercises of an exercise source, in order.

    Raises:
        SourceError: a marker, hint, why or wrong answer is missing, misspelt or names no exercise.
    """
    found, context = {}, []
    for number, cell in enumerate(read_cells(path), start=1):
        where, marks = f"{path.name}, cell {number}", cell.metadata
        if name := marks.get("exercise"):
            if name in found or not re.fullmatch(rf"{path.name[:2]}-[a-z0-9-]+", name):
                raise SourceError(
                    f"{where}: the exercise name {name!r} must be new and start with the lesson's "
                    f"number, such as '{path.name[:2]}-sigmoid'"
                )
            stub(cell.source, name, where)
            found[name] = Exercise(
                name, int(marks.get("points", 1)), _last_function(cell.source, where),
                cell.source, list(context),
            )  # fmt: skip
            continue
        owner = next((marks[mark] for mark in PARTS if mark in marks), None)
        if owner is None:
            if cell.cell_type == "code":
                _reject_markers(cell.source, where)
                context.append(cell.source)
            continue
        if owner not in found:
            raise SourceError(f"{where}: {owner!r} is no exercise above this cell")
        exercise = found[owner]
        if "hint" in marks:
            exercise.hints.append(cell.source)
        elif "why" in marks:
            exercise.why = cell.source
        elif "check" in marks:
            if "def inputs(random):" not in cell.source:
                raise SourceError(f"{where}: a check defines `inputs(random)`")
            exercise.check = cell.source
        else:
            exercise.wrong_answers += _wrong_answers(cell.source, exercise, where)
    for exercise in found.values():
        if not (exercise.hints and exercise.why and exercise.check and exercise.wrong_answers):
            raise SourceError(
                f"{path.name}: {exercise.name} needs at least one hint, a why, a check and a wrong "
                "answer"
            )
    return list(found.values())


def _wrong_answers(code, exercise, where):
    """Return the wrong programs of one cell: a function, or a dict of edits of the solution."""
    body = _parse(code, where).body
    if len(body) != 1 or not isinstance(body[0], ast.Expr):
        name = _last_function(code, where)
        if name == exercise.function:
            raise SourceError(f"{where}: give the wrong answer's function a name of its own")
        message = " ".join((ast.get_docstring(body[-1]) or "").split())
        if not message:
            raise SourceError(f"{where}: {name} needs a docstring, the message that students read")
        return [WrongAnswer(name, code, message)]
    try:
        edits = dict(ast.literal_eval(body[0].value))
    except (ValueError, TypeError):
        raise SourceError(
            f"{where}: expected a function, or a dict of 'old → new': 'message'"
        ) from None
    found = []
    for edit, message in edits.items():
        old, arrow, new = edit.partition(" → ")
        if not arrow or exercise.answer.count(old) != 1:
            raise SourceError(
                f"{where}: the edit {edit!r} needs an arrow, and a part before it that occurs "
                f"exactly once in the solution; it occurs {exercise.answer.count(old)} times"
            )
        if not message.strip():
            raise SourceError(f"{where}: the edit {edit!r} needs a message")
        changed = exercise.answer.replace(old, new)
        _parse(changed, f"{where}, edit {edit!r}")
        found.append(WrongAnswer(edit, changed, " ".join(message.split())))
    return found


def definitions(code):
    """Return the imports, functions, classes and assignments of a cell (str), without its calls.

    What a check needs from the plain cells of its notebook; it draws no figure and sets no seed.
    """
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return "\n".join(ast.unparse(node) for node in ast.parse(code).body if isinstance(node, kinds))


def exercise_notebooks(path):
    """Return (student's notebook, solution notebook) of an exercise source, without outputs."""
    by_name = {exercise.name: exercise for exercise in exercises(path)}
    student, solution, context = [], [], []
    for cell in read_cells(path):
        marks = cell.metadata
        if marks.keys() & set(PARTS):
            continue
        if "exercise" not in marks:
            both = _cell(cell.cell_type, cell.source, _kept(cell))
            student.append(both)
            solution.append(both)
            if cell.cell_type == "code":
                context.append(cell.source)
            continue
        exercise = by_name[marks["exercise"]]
        record = {
            "exercise": exercise.name,
            "hints": exercise.hints,
            "why": exercise.why,
            "check": exercise.check,
            "wrong": [[wrong.message, wrong.code] for wrong in exercise.wrong_answers],
        }
        call = f'check("{exercise.name}", {exercise.function})'
        checked = {"nbgrader": _points(exercise)}
        student += [
            _cell("code", exercise.stub),  # no mark of nbgrader's, which would empty the cell
            _cell("code", call, checked),
            _cell("code", f'# hint("{exercise.name}")  # stuck? Remove the first # and run'),
        ]
        solution += [
            _cell("code", exercise.answer, {"course": record}),
            _cell("code", call, checked),
            _cell("markdown", f"**Why.** {exercise.why}"),
        ]
    solved = _notebook(solution, path)
    if by_name:
        solved.metadata["course"]["context"] = "\n".join(map(definitions, context))
    return _notebook(student, path), solved


def stub(code, name, where=None):
    """Replace each marked region by one `raise NotImplementedError`.

    Args:
        code: str, an exercise cell.
        name: str, the exercise's name.
        where: str, what an error calls this cell; `name` by default.

    Raises:
        SourceError: a marker is missing, misspelt, nested or unbalanced.
    """
    where, kept, inside = where or name, [], False
    for line in code.splitlines():
        text = line.strip()
        if text == BEGIN and not inside:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(f'{indent}raise NotImplementedError("Exercise {name}: your code here")')
        elif text == END and inside:
            inside = False
        elif text in (BEGIN, END) or _LOOKS_LIKE_MARKER.search(line):
            raise SourceError(f"{where}: misplaced or misspelt marker: {text!r}")
        elif not inside:
            kept.append(line)
    result = "\n".join(kept)
    if inside or result == code:
        raise SourceError(f"{where}: an exercise needs the lines {BEGIN!r} and {END!r}")
    function = _parse(result, where).body[-1]
    if not isinstance(function, ast.FunctionDef) or not ast.get_docstring(function):
        raise SourceError(f"{where}: the stub must end with a function that has a docstring")
    return result


def _last_function(code, where):
    """Return the name of the function that a cell ends with."""
    last = _parse(code, where).body[-1]
    if not isinstance(last, ast.FunctionDef):
        raise SourceError(f"{where}: the cell must end with a function")
    return last.name


def _parse(code, where):
    try:
        return ast.parse(code)
    except SyntaxError as error:
        raise SourceError(f"{where}, line {error.lineno}: {error.msg}") from None


def _reject_markers(code, where):
    if any(_LOOKS_LIKE_MARKER.search(line) for line in code.splitlines()):
        raise SourceError(f'{where}: solution markers, but the cell has no exercise="…"')


def _kept(cell):
    """Return the marks that a published notebook carries: tags, a figure's name and alt text."""
    return {key: cell.metadata[key] for key in ("alt", "name", "tags") if key in cell.metadata}


def _points(exercise):
    """Return nbgrader's metadata, schema 3, of the locked cell that is worth the points."""
    return {
        "grade": True,
        "grade_id": exercise.name + "-check",
        "locked": True,
        "points": exercise.points,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }


def _cell(cell_type, source, metadata=None):
    make = v4.new_code_cell if cell_type == "code" else v4.new_markdown_cell
    return make(source, metadata=metadata or {})


def _notebook(cells, path):
    """Return a notebook whose cell ids depend on each cell's own text only."""
    cells, seen = copy.deepcopy(cells), {}
    for cell in cells:
        text = f"{cell.cell_type}\n{cell.source}"
        seen[text] = seen.get(text, 0) + 1
        cell["id"] = hashlib.sha256(f"{text}\n{seen[text]}".encode()).hexdigest()[:8]
    metadata = {
        "course": {"source": f"notebooks/src/{path.name}"},
        "kernelspec": _KERNEL,
        "language_info": {"name": "python"},
    }
    return v4.new_notebook(cells=cells, metadata=metadata)
