import ast

import pytest

from course_utils.authoring import sources
from course_utils.authoring.sources import SourceError
from course_utils.errors import CourseError


@pytest.fixture
def exercise_path(checkout):
    return checkout / "notebooks" / "src" / "01_toy_exercises.py"


def text_of(notebook):
    return "\n".join(cell.source for cell in notebook.cells) + str(notebook.metadata)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_stub_keeps_what_stands_around_the_region():
    code = (
        'def f(x):\n    """Doc."""\n    if x:\n'
        "        ### BEGIN SOLUTION\n        y = 1\n\n        ### END SOLUTION\n    return y"
    )
    assert sources.stub(code, "01-f") == (
        'def f(x):\n    """Doc."""\n    if x:\n'
        '        raise NotImplementedError("Exercise 01-f: your code here")\n    return y'
    )


def test_each_region_becomes_one_raise():
    region = "    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION\n"
    code = f'def f():\n    """Doc."""\n{region}    given = 1\n{region}'
    assert sources.stub(code, "01-f").count("raise NotImplementedError") == 2


@pytest.mark.parametrize(
    "code",
    [
        "    ### BEGIN SOLUTION\n    return 1",
        "    return 1\n    ### END SOLUTION",
        "    ### BEGIN SOLUTION\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        "    ### BEGIN SOLUTON\n    return 1\n    ### END SOLUTON",
        "    ## BEGIN SOLUTION\n    return 1\n    ## END SOLUTION",
        "    # begin solution\n    return 1\n    # end solution",
        "    ### BEGIN THE SOLUTION\n    return 1\n    ### END SOLUTION",
        "    ###BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        "    return 1",
    ],
)
def test_a_misplaced_or_misspelt_marker_is_refused(code):
    with pytest.raises(SourceError):
        sources.stub(f'def f():\n    """Doc."""\n{code}', "01-f")


@pytest.mark.parametrize("head", ["def f():", "f = 1\nif f:"])
def test_a_stub_without_function_or_docstring_is_refused(head):
    with pytest.raises(SourceError, match="docstring"):
        sources.stub(f"{head}\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION", "01-f")


def test_solution_hints_why_and_wrong_answers_stay_out_of_the_students_notebook(exercise_path):
    student, _ = sources.exercise_notebooks(exercise_path)
    text = text_of(student)
    for secret in (
        "secret_half",
        "half-hidden",
        "two halves",
        "halve_doubled",
        "def inputs",
        "twice as much",
        "SOLUTION",
    ):
        assert secret not in text
    assert 'raise NotImplementedError("Exercise 01-halve: your code here")' in text
    assert 'check("01-halve", halve)' in text
    assert "# hint(" in text
    assert not any("course" in cell.metadata for cell in student.cells)


def test_the_solution_notebook_has_solution_and_why_but_no_wrong_answer(exercise_path):
    _, solution = sources.exercise_notebooks(exercise_path)
    text = text_of(solution)
    assert "secret_half" in text
    assert "two halves make a whole" in text
    assert "halve_doubled" not in text
    assert "SOLUTION" not in text
    record = next(cell.metadata.course for cell in solution.cells if "course" in cell.metadata)
    assert record["exercise"] == "01-halve"
    assert record["hints"] == ["A half-hidden hint."]
    assert [message for message, _ in record["wrong"]] == [
        "That is twice as much.",
        "That is half of the half.",
    ]
    assert record["check"].startswith("def inputs(random):")
    assert solution.metadata.course.context.startswith("from math import sqrt\n")


def test_every_code_cell_of_both_notebooks_is_valid_python(exercise_path):
    for notebook in sources.exercise_notebooks(exercise_path):
        for cell in code_of(notebook):
            ast.parse(cell.source)


def test_nbgrader_finds_a_locked_test_worth_the_points_and_leaves_the_answer_alone(exercise_path):
    for notebook in sources.exercise_notebooks(exercise_path):
        (test,) = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        assert test.source == 'check("01-halve", halve)'
        assert test.metadata.nbgrader == {
            "grade": True, "grade_id": "01-halve-check", "locked": True, "points": 2,
            "schema_version": 3, "solution": False, "task": False,
        }  # fmt: skip


def test_cell_ids_are_unique_and_an_edit_changes_only_its_own_cell(checkout):
    path = checkout / "notebooks" / "src" / "01_toy.py"
    before = [cell.id for cell in sources.lesson_notebook(path).cells]
    assert before == [cell.id for cell in sources.lesson_notebook(path).cells]
    path.write_text(
        path.read_text(encoding="utf-8").replace("print(1 + 1)", "print(1 + 2)"), encoding="utf-8"
    )
    after = [cell.id for cell in sources.lesson_notebook(path).cells]
    assert [old == new for old, new in zip(before, after, strict=True)].count(False) == 1
    path.write_text(path.read_text(encoding="utf-8") + "\n# %%\nprint(1 + 2)\n", encoding="utf-8")
    ids = [cell.id for cell in sources.lesson_notebook(path).cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('hint="01-halve"', 'hnit="01-halve"', "unknown mark hnit"),
        ('hint="01-halve"', 'hint="01-double"', "no exercise above"),
        ('why="01-halve"', 'hint="01-halve"', "a why"),
        ('"""That is twice as much."""', "", "needs a docstring, the message that students read"),
        ("x / factor →", "x // factor →", "occurs 0 times"),
        ("x / factor →", "factor →", "occurs 2 times"),
        ("x / factor → x", "x / factor = x", "needs an arrow"),
        ("That is half of the half.", "", "needs a message"),
        ("x / 2 / factor", "x / / factor", "edit .*invalid syntax"),
        ('"x / factor', 'f"x{1} / factor', "a function, or a dict"),
        ("def inputs(random)", "def inputs(seed)", r"a check defines `inputs\(random\)`"),
        ('check="01-halve"', 'check="01-double"', "no exercise above"),
        ("def halve_doubled", "def halve", "name of its own"),
        ('exercise="01-halve"', 'exercise="02-halve"', "lesson's number"),
        ("return x * sqrt(4)", "return x *", "line 3"),
        ("from math import sqrt", "### BEGIN SOLUTION", "no exercise="),
    ],
)
def test_a_broken_exercise_source_is_refused_with_its_place(exercise_path, old, new, message):
    text = exercise_path.read_text(encoding="utf-8")
    assert old in text
    exercise_path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceError, match=message) as caught:
        sources.exercises(exercise_path)
    assert "01_toy_exercises.py" in str(caught.value)


def test_title_is_read_whole(checkout):
    title = sources.read_title(checkout / "notebooks" / "src" / "01_toy.py")
    assert (title.number, title.name, title.question) == ("01", "Toy", "Does it add up?")
    assert title.objectives == ["add two numbers", "subtract them, in any order", "draw them"]
    assert (title.data, title.you_will_see, title.minutes) == (
        "two numbers.",
        "their sum.",
        (1, 2, 3),
    )


def test_a_missing_part_of_the_title_is_named(checkout):
    path = checkout / "notebooks" / "src" / "01_toy.py"
    path.write_text(
        path.read_text(encoding="utf-8").replace("**Minutes:**", "**Time:**"), encoding="utf-8"
    )
    with pytest.raises(SourceError, match="Minutes"):
        sources.read_title(path)


def test_lessons_are_selected_by_number_and_unknown_ones_named(checkout):
    assert [path.name for path in sources.select_lessons(["1"], checkout)] == ["01_toy.py"]
    assert len(sources.select_lessons([], checkout)) == 1
    with pytest.raises(CourseError, match="no lesson 42; there is 01"):
        sources.select_lessons(["42"], checkout)
