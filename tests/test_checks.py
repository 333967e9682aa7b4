"""The mechanism of checks; the checks of each lesson are proven in test_exercises.py."""

import types
import warnings

import numpy as np
import pytest
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell

from course_utils.checks import check, exercises, hint, solution
from course_utils.checks.exercises import Check, NotAttempted, UnknownExercise, WrongAnswer, agrees

ONE = Check(
    inputs=lambda random: [(random.normal(size=3),) for _ in range(2)],
    expected=lambda x: x.sum(),
)


@pytest.fixture(autouse=True)
def lesson(monkeypatch, tmp_path):
    module = types.SimpleNamespace(CHECKS={"99-sum": ONE})
    monkeypatch.setattr(exercises.importlib, "import_module", lambda name: module)
    monkeypatch.setattr(exercises, "SOLUTIONS", tmp_path)
    monkeypatch.setattr(exercises, "_hints_shown", {})
    return module


def test_a_right_answer_prints_one_line(capsys):
    check("99-sum", lambda x: sum(x))
    assert capsys.readouterr() == ("✓ 99-sum: right\n", "")


def test_a_stub_is_not_attempted():
    def stub(x):
        raise NotImplementedError("Exercise 99-sum")

    with pytest.raises(NotAttempted, match=r"not attempted yet.*hint"):
        check("99-sum", stub)


class Unreadable(Exception):
    def __str__(self):
        return 1 / 0


@pytest.mark.parametrize(
    ("error", "text"),
    [
        # what TensorFlow raises where NumPy is given a symbolic tensor
        (NotImplementedError("Cannot convert a symbolic tf.Tensor"), "Cannot convert a symbolic"),
        (NotImplementedError(), ""),
        (NotImplementedError("Exercise 99-other: your code here"), "Exercise 99-other: your code"),
        (StdinNotImplementedError("no input() here"), "no input"),
        (SystemExit(3), "3"),
        (GeneratorExit(), ""),
        (WrongAnswer("value", "of an inner check"), "of an inner check"),
        (NotAttempted("an inner one"), "an inner one"),
        (Unreadable(), r"\(without a readable message\)"),
    ],
)
def test_what_an_answer_raises_is_told_apart_from_its_stub(error, text):
    def answer(x):
        raise error

    kind = type(error).__name__
    words = rf"✗ 99-sum: your function raised {kind}: {text}.*\n  In the line: raise error"
    with pytest.raises(WrongAnswer, match=words) as caught:
        check("99-sum", answer)
    assert caught.value.misconception == "raises"


def test_a_class_of_the_same_name_is_the_answers_own():
    class NotAttempted(Exception):
        pass

    def answer(x):
        raise NotAttempted("mine")

    with pytest.raises(WrongAnswer, match="your function raised NotAttempted: mine"):
        check("99-sum", answer)


def test_an_answer_without_an_end_is_named():
    def again(x):
        return again(x)

    with pytest.raises(WrongAnswer, match=r"raised RecursionError: .*\n  In the line: return aga"):
        check("99-sum", again)


def test_a_student_can_stop_a_check():
    def answer(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("99-sum", answer)


def test_errors_that_the_student_made_of_warnings_are_not_the_checks(lesson):
    lesson.CHECKS["99-sum"] = Check(lambda random: [(np.array([1.0]) / 0,)], lambda x: x.sum())
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        check("99-sum", lambda x: x.sum())


@pytest.mark.parametrize(
    ("function", "misconception"),
    [
        (lambda x: None, "none"),
        (lambda x: "six", "type"),
        (lambda x: x, "shape"),
        (lambda x: np.nan, "nan"),
        (lambda x: x.mean(), "value"),
        (lambda x: 1 / 0, "raises"),
        (lambda: 0, "raises"),
        (3, "type"),
    ],
)
def test_a_wrong_answer_says_how(function, misconception):
    with pytest.raises(WrongAnswer) as caught:
        check("99-sum", function)
    assert caught.value.misconception == misconception
    assert "99-sum" in str(caught.value)


def test_hard_coding_one_answer_fails():
    (example,) = ONE.inputs(np.random.default_rng(0))[0]
    with pytest.raises(WrongAnswer):
        check("99-sum", lambda x: example.sum(), seed=0)


def test_a_function_that_changes_its_input_does_not_change_the_oracles():
    def sum_in_place(x):
        x[:] = np.cumsum(x)
        return x[-1]

    check("99-sum", sum_in_place)


def test_warnings_of_the_students_code_do_not_reach_stderr(capsys):
    def noisy(x):
        _ = np.exp(np.full(2, 1e6))
        _ = np.log(np.zeros(2))
        return x.sum()

    check("99-sum", noisy)
    assert capsys.readouterr().err == ""


def test_warnings_of_a_check_do_not_reach_stderr(lesson, capsys):
    def judge(got, expected, x):
        np.log(np.zeros(1))

    lesson.CHECKS["99-sum"] = Check(ONE.inputs, lambda x: np.log(-1.0), judge)
    check("99-sum", sum)
    assert capsys.readouterr().err == ""


def test_jupyter_shows_the_message_alone(capsys):
    shell = InteractiveShell.instance()
    shell.user_ns["check"] = check
    shell.run_cell('check("99-sum", lambda x: None)')
    InteractiveShell.clear_instance()
    shown = "".join(capsys.readouterr())
    assert "returns None" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("got", "expected", "misconception"),
    [
        ((1, 2), (1, 3), "value"),
        ((1,), (1, 2), "type"),
        (1, (1, 2), "type"),
        ("a", "b", "value"),
        (1, "b", "type"),
        (1, True, "type"),
        (True, False, "value"),
        ({}, 1.0, "type"),
        ("0.5", 0.5, "type"),
        (np.ones(2), (np.ones(2), 1.0), "type"),
        ([1.0], 1.0, "shape"),
        ([1, -2, 0], [1.5, -2.5, 0.5], "int"),
        ([0, 0], [0.5, 0.25], "value"),
        (1_000_001, 1_000_000, "value"),  # a count is exact
        ([1.0, 2e-6], [1.0, 0.0], "value"),
    ],
)
def test_agrees_names_the_difference(got, expected, misconception):
    with pytest.raises(WrongAnswer) as caught:
        agrees(got, expected)
    assert caught.value.misconception == misconception


def test_the_message_says_which_value_and_which_line_is_meant():
    with pytest.raises(WrongAnswer, match=r"Value 2 of 2: Expected one number, got an array"):
        agrees((1.0, np.ones(3)), (1.0, 2.0))

    def broken(x):
        return x @ np.ones(7)

    with pytest.raises(WrongAnswer, match=r"Value 1 of 1: .* one: yours is 1,000,001\.$"):
        agrees((1_000_001,), (1_000_000,))
    with pytest.raises(
        WrongAnswer, match=r"2 of 4 do, the first at index \(0, 1\), where yours is 0\.5\."
    ):
        agrees([[1, 0.5], [1, float("inf")]], np.ones((2, 2)))

    with pytest.raises(WrongAnswer, match=r"In the line: return x @ np.ones\(7\)\n  Seen with"):
        check("99-sum", broken)


def test_a_name_that_is_not_there_asks_for_its_cell():
    with pytest.raises(
        WrongAnswer, match=r"not defined\. Has this notebook.s cell that defines `weights`"
    ):
        check("99-sum", lambda x: x @ weights)  # noqa: F821

    def unbound(x):
        x = x + y  # noqa: F821
        y = 1
        return y

    with pytest.raises(WrongAnswer) as caught:
        check("99-sum", unbound)
    assert "Has this" not in str(caught.value)


def test_a_long_call_is_shown_argument_by_argument(lesson):
    arguments = (
        np.zeros((9, 9)),
        "long " * 50,
        {i: "layer" for i in range(99)},
        (1, 2),
        np.float64(1 / 3),
    )
    lesson.CHECKS["99-sum"] = Check(lambda random: [arguments], lambda *_: 1.0)
    with pytest.raises(WrongAnswer) as caught:
        check("99-sum", lambda *_: 2.0)
    shown = str(caught.value).splitlines()[1]
    assert "array of shape (9, 9), 'long long" in shown
    assert shown.endswith("…, (1, 2), 0.333333)")


def test_an_answer_that_breaks_the_judge_is_wrong_in_one_line(lesson):
    lesson.CHECKS["99-sum"] = Check(ONE.inputs, ONE.expected, lambda got, *_: got.no_such_thing)
    with pytest.raises(WrongAnswer, match="type str cannot be judged"):
        check("99-sum", lambda x: "six")


def test_agrees_accepts_equal_nests():
    agrees([1.0, ("a", np.ones(2))], (1, ("a", [1.0, 1.0])))


def test_a_right_answer_in_float32_is_accepted():
    random = np.random.default_rng(0)
    for _ in range(200):
        a, b = random.normal(size=(2, 30, 30)) * 10.0 ** random.integers(0, 6)
        agrees(a.astype("float32") @ b.astype("float32"), a @ b)
        a[0, 0] = np.inf  # an infinite entry does not make the others free
        with pytest.raises(WrongAnswer):
            agrees(a.astype("float32") + 1e-4 * abs(a[1]).max(), a)


@pytest.mark.parametrize("name", ["sum", "99_sum", "99-average"])
def test_an_unknown_exercise_is_named(name):
    with pytest.raises(UnknownExercise, match=name):
        check(name, sum)


def write_solution(folder):
    folder.joinpath("99_toy.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "source": ["def total(x):\\n", "    return x.sum()"],'
        '"metadata": {"course": {"exercise": "99-sum", "hints": ["Add.", "Use sum."],'
        '"why": "It adds."}}}]}',
        encoding="utf-8",
    )


def test_hints_come_in_steps_and_then_name_the_solution(tmp_path, capsys):
    write_solution(tmp_path)
    shown = []
    for _ in range(3):
        hint("99-sum")
        shown.append(capsys.readouterr().out)
    assert "Add." in shown[0]
    assert "Use sum." not in shown[0]
    assert "Use sum." in shown[1]
    assert "solution('99-sum')" in shown[2]


def test_solution_shows_code_and_reason(tmp_path, capsys):
    write_solution(tmp_path)
    solution("99-sum")
    shown = capsys.readouterr().out
    assert "```python\ndef total(x):\n    return x.sum()\n```" in shown
    assert "It adds." in shown


def test_a_missing_solution_notebook_says_how_to_get_it_back():
    with pytest.raises(FileNotFoundError, match=r"restore it with: (git ch|download)"):
        hint("99-sum")
