"""The exercises in nbgrader's hands: released, filled in, graded, by its own command."""

import ast
import contextlib
import copy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_utils.authoring import kernel, release, sources
from course_utils.errors import CourseError

LESSONS = sources.lesson_sources()
START, GIVEN = "00_start_here", "08_attention"  # the latter's exercises call code that is given
BIN = Path(sys.executable).parent
MISSING = "raise ModuleNotFoundError(\"No module named 'course_utils'\")\n"


def run(folder, *command, returncode=0, **variables):
    """Run a command, this environment being activated, in a folder; return all that it says."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])  # where nbgrader looks for alembic, too
    program, *arguments = map(str, command)
    done = subprocess.run(
        [shutil.which(program, path=path), *arguments], cwd=folder,
        env=os.environ | {"PATH": path} | variables, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == returncode, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What an instructor gets who types two commands."""
    folder = tmp_path_factory.mktemp("class") / "course"
    run(folder.parent, "course", "release", folder)
    run(folder, "nbgrader", "generate_assignment", "*")
    return folder


def released(folder, stem):
    path = folder / "release" / stem / f"{stem}.ipynb"
    return nbformat.read(path, as_version=4)


def exercises_of(stem):
    (lesson,) = [lesson for lesson in LESSONS if lesson.stem == stem]
    return sources.exercises(sources.exercise_source(lesson))


def function_of(code):
    return ast.parse(code).body[-1]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_release_is_the_students_notebook_cell_by_cell(folder, lesson):
    notebook = released(folder, lesson.stem)
    student, _ = sources.exercise_notebooks(sources.exercise_source(lesson))
    for got, expected in zip(notebook.cells, student.cells, strict=True):
        assert (got.cell_type, got.source) == (expected.cell_type, expected.source)
        assert got.get("outputs", []) == []
        mark = got.metadata.pop("nbgrader", {})
        assert {name: mark.get(name) for name in expected.metadata.get("nbgrader", {})} == (
            expected.metadata.pop("nbgrader", {})
        )
        locked = {"deletable": False, "editable": False} if mark else {}
        assert got.metadata == expected.metadata | locked


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_release_keeps_signature_and_docstring_and_tells_nothing(folder, lesson):
    notebook = released(folder, lesson.stem)
    metadata = [notebook.metadata, *(cell.metadata for cell in notebook.cells)]
    everything = "\n".join([*(cell.source for cell in notebook.cells), str(metadata)])
    for exercise in exercises_of(lesson.stem):
        mark = f'raise NotImplementedError("Exercise {exercise.name}: your code here")'
        (cell,) = [cell for cell in notebook.cells if mark in cell.source]
        stub, solved = function_of(cell.source), function_of(exercise.answer)
        assert stub.name == exercise.function
        assert ast.unparse(stub.args) == ast.unparse(solved.args)
        assert ast.get_docstring(stub) == ast.get_docstring(solved)
        for line in set(exercise.answer.splitlines()) - set(exercise.stub.splitlines()):
            assert line not in cell.source.splitlines()
        for secret in [exercise.why, *exercise.hints]:
            assert secret not in everything
        for wrong in exercise.wrong_answers:
            assert wrong.code not in everything
            assert not wrong.message or wrong.message not in everything


def submit(folder, student, notebook):
    stem = Path(notebook.metadata.course.source).stem.removesuffix(sources.EXERCISES_SUFFIX)
    path = folder / "submitted" / student / stem / f"{stem}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def place(notebook, source):
    """Return the number of the first cell in which some text occurs."""
    return next(i for i, cell in enumerate(notebook.cells) if source in cell.source)


def solved(folder, stem):
    """Return the released notebook as a student fills it in who knows everything."""
    notebook = released(folder, stem)
    for exercise in exercises_of(stem):
        notebook.cells[place(notebook, exercise.stub)].source = exercise.answer
    return notebook


def shows_on_stderr(notebook, function, before, line):
    """Let an answer write on stderr each time it is called."""
    cell = notebook.cells[place(notebook, f"def {function}(")]
    body = function_of(cell.source).body[1].lineno - 1
    lines = cell.source.splitlines()
    cell.source = "\n".join([before, *lines[:body], f"    {line}", *lines[body:]])


def noisy(folder):
    notebook = solved(folder, START)
    shows_on_stderr(notebook, "squared_error", "import sys", 'print("here", file=sys.stderr)')
    logs = "import logging, warnings\nlogging.basicConfig()"
    shows_on_stderr(notebook, "probability_of_fault", logs, 'logging.warning("here")')
    shows_on_stderr(notebook, "numerical_gradient", "err = sys.stderr", 'print("here", file=err)')
    shows_on_stderr(notebook, "top_k_error", "", 'warnings.warn("here")')
    shows_on_stderr(notebook, "digit_features", "", "np.log(np.array(-1.0))")
    return notebook


def edited(folder):
    notebook = solved(folder, START)
    cells = notebook.cells
    # A copy of an answer, of its check, and a cell of the student's own.
    answer, check = (
        place(notebook, text) for text in ("def squared_error(", 'check("00-squared-error"')
    )
    own = nbformat.v4.new_code_cell("1 / 0")
    cells[answer : check + 1] = [
        *(copy.deepcopy(cells[number]) for number in (answer, answer, check, check)), own,
    ]  # fmt: skip
    del cells[place(notebook, "def probability_of_fault(")]
    cells[place(notebook, "def numerical_gradient(")].source = "def numerical_gradient(f, x): ..."
    cells[place(notebook, 'check("00-gradient"')].source = "print('right')"
    del cells[place(notebook, 'check("00-top-k"')]
    return notebook


GRADES = """
SELECT base_cell.name, grade.auto_score, grade.needs_manual_grade FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
WHERE submitted_assignment.student_id = ?
"""


def grades(folder, student):
    """Return what nbgrader's gradebook has: exercise → points, None for those to grade by hand."""
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as gradebook:
        rows = gradebook.execute(GRADES, [student]).fetchall()
    assert all(by_hand == (points is None) for _, points, by_hand in rows)
    return {name.removesuffix("-check"): points for name, points, _ in rows}


@pytest.fixture(scope="module")
def graded(folder):
    """The same folder when submissions have come in and are graded."""
    for stem in (START, GIVEN):
        submit(folder, "solved", solved(folder, stem))
    submit(folder, "blank", released(folder, START))
    submit(folder, "noisy", noisy(folder))
    submit(folder, "edited", edited(folder))
    run(folder, "nbgrader", "autograde", "*")
    return folder


FULL = {stem: {one.name: one.points for one in exercises_of(stem)} for stem in (START, GIVEN)}


def test_solutions_get_full_marks_and_a_blank_notebook_none(graded):
    assert grades(graded, "solved") == FULL[START] | FULL[GIVEN]
    assert grades(graded, "blank") == dict.fromkeys(FULL[START], 0)


def test_what_an_answer_writes_on_stderr_costs_no_points(graded):
    assert grades(graded, "noisy") == FULL[START]


def test_copied_deleted_and_edited_cells_have_the_points_that_they_deserve(graded):
    assert grades(graded, "edited") == {
        "00-squared-error": FULL[START]["00-squared-error"],  # answer and check are there twice
        "00-alarm": 0,  # its answer was deleted
        "00-gradient": 0,  # wrong, and its check was edited
        "00-top-k": None,  # its check was deleted: for the instructor to see
        "00-features": FULL[START]["00-features"],
    }


def test_a_kernel_without_the_course_gives_no_zeros_but_an_error(folder, tmp_path):
    (tmp_path / "course_utils.py").write_text(MISSING, encoding="utf-8")
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps(kernel.make_spec(PYTHONPATH=str(tmp_path))), encoding="utf-8")
    submit(folder, "unlucky", solved(folder, GIVEN))
    said = run(
        folder, "nbgrader", "autograde", GIVEN, "--student=unlucky", returncode=1,
        JUPYTER_PATH=str(tmp_path),
    )  # fmt: skip
    assert (
        'No points are given: check("08-attend", attend) could not be called '
        "(name 'check' is not defined). Either the kernel python3 lacks the course or its packages"
    ) in said
    assert grades(folder, "unlucky") == dict.fromkeys(FULL[GIVEN])
    assert not (folder / "autograded" / "unlucky" / GIVEN).exists()


def test_a_release_adds_lessons_and_overwrites_nothing(tmp_path):
    first, second = LESSONS[:2]
    config, one = release.write(tmp_path, [first])
    assert [path.relative_to(tmp_path).as_posix() for path in (config, one)] == [
        "nbgrader_config.py", "source/00_start_here/00_start_here.ipynb",
    ]  # fmt: skip
    (two,) = release.write(tmp_path, [first, second])
    assert two.stem == second.stem
    two.unlink()
    one.write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match=f"{one.name} is there already and differs: move it"):
        release.write(tmp_path, [second, first])
    assert one.read_text(encoding="utf-8") == "mine"
    assert not two.exists()
