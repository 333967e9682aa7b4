"""The mechanism of checks; the checks of each lesson are proven in test_exercises.py."""

import json
import logging
import random
import sys
import warnings

import numpy as np
import pytest
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell

from course_utils.checks import check, exercises, hint, solution
from course_utils.checks.judging import NotAttempted, UnknownExercise, WrongAnswer, agrees

INPUTS = "def inputs(random):\n    return [(random.normal(size=3),) for _ in range(12)]\n"
TOTAL = "def total(x):\n    return x.sum()"
MEAN = ("That is the mean.", "def mean(x):\n    return x.mean()")
FIRST = ("That is the first entry.", "def first(x):\n    return x[0]")


@pytest.fixture(autouse=True)
def lesson(monkeypatch, tmp_path):
    """Return a function that writes the record of the exercise 99-sum."""
    folder = tmp_path / "solutions"
    folder.mkdir()

    def write(code=TOTAL, check=INPUTS, wrong=(MEAN, FIRST)):
        record = {"exercise": "99-sum", "hints": ["Add.", "Use sum."], "why": "It adds."}
        record |= {"check": check, "wrong": list(wrong)}
        cell = {"cell_type": "code", "source": code, "metadata": {"course": record}}
        notebook = {"metadata": {"course": {"context": "import numpy as np"}}, "cells": [cell]}
        folder.joinpath("99_toy.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    monkeypatch.setattr(exercises, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(exercises, "_hints_shown", {})
    write()
    return write


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
    assert caught.value.kind == "raises"


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
    lesson(check="def inputs(random):\n    return [(np.array([1.0]) / 0,)]\n")
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        check("99-sum", lambda x: x.sum())


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda x: None, "none"),
        (lambda x: "six", "type"),
        (lambda x: x, "shape"),
        (lambda x: np.nan, "nan"),
        (lambda x: x.mean(), "named"),
        (lambda x: x.max(), "value"),
        (lambda x: 1 / 0, "raises"),
        (lambda: 0, "raises"),
        (3, "type"),
    ],
)
def test_a_wrong_answer_says_how(function, kind):
    with pytest.raises(WrongAnswer) as caught:
        check("99-sum", function)
    assert caught.value.kind == kind
    assert "99-sum" in str(caught.value)


def test_hard_coding_one_answer_fails():
    example = np.random.default_rng(0).normal(size=3)
    with pytest.raises(WrongAnswer):
        check("99-sum", lambda x: example.sum(), seed=0)


def test_a_right_answer_that_changes_its_argument_is_refused_by_name():
    def sum_in_place(x):
        x[:] = np.cumsum(x)
        return x[-1]

    with pytest.raises(WrongAnswer, match="your function changes its argument `x` in place"):
        check("99-sum", sum_in_place)


def test_the_message_of_the_wrong_program_is_shown_with_the_call():
    with pytest.raises(WrongAnswer) as caught:
        check("99-sum", lambda x: np.mean(x))
    said, seen = str(caught.value).splitlines()
    assert said == "✗ 99-sum: not right yet. That is the mean."
    assert seen.startswith("  Seen with <lambda>(array([")


def test_all_answers_are_seen_before_one_is_judged():
    calls = []

    def first(x):
        calls.append(x)
        return x[0]

    with pytest.raises(WrongAnswer, match="That is the first entry"):
        check("99-sum", first)
    assert len(calls) == 12


def test_a_wrong_program_that_explains_half_of_what_was_seen_is_not_named(capsys):
    def sometimes_the_mean(x):
        return x.mean() if x[0] > 0 else x.max()

    with pytest.raises(WrongAnswer, match="The value differs from the expected one"):
        check("99-sum", sometimes_the_mean, seed=0)


def test_a_right_answer_by_chance_is_no_answer_to_a_closed_exercise():
    calls = []

    def drifts(x):
        calls.append(x)
        return x.sum() + (len(calls) > 12)

    with pytest.raises(WrongAnswer, match="Called twice with the same arguments, your function"):
        check("99-sum", drifts)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_wrong_programs_that_explain_nearly_all_the_nearer_one_is_named(lesson, order):
    nearly = (
        "def nearly(x):\n    return x.max() if x[0] > 1.35 else x.mean()"  # one of 12 with seed 0
    )
    lesson(wrong=[("Nearly.", nearly), MEAN][::order])
    with pytest.raises(WrongAnswer, match="That is the mean"):
        check("99-sum", lambda x: x.mean(), seed=0)


JUDGED = """
def inputs(random):
    return [(x,) for x in random.normal(size=5)]


def judge(got, x):
    assert got > x, f"{got:.1f} is not above."
"""


def test_an_open_exercise_takes_any_answer_that_its_judge_takes(lesson, capsys):
    lesson(
        "def above(x):\n    return x + 1", JUDGED, [("It is the same.", "def f(x):\n    return x")]
    )
    check("99-sum", lambda x: x + 5)
    assert capsys.readouterr().out == "✓ 99-sum: right\n"
    with pytest.raises(WrongAnswer, match=r"not right yet\. It is the same"):
        check("99-sum", lambda x: x)
    with pytest.raises(WrongAnswer, match=r"not right yet. -7\.0 is not above\."):
        check("99-sum", lambda x: -7.0)
    check("99-sum", lambda x: x + 1 + np.random.uniform())  # noqa: NPY002 -- right every time
    kept = []
    with pytest.raises(WrongAnswer, match="or keep something from one call to the next"):
        check("99-sum", lambda x: kept.append(x) or x + 5.5 - len(kept))
    model = object()  # what cannot be compared is left to the judge
    lesson("def make(x):\n    return {}", JUDGED.replace("got > x", "got is not None"), [])
    check("99-sum", lambda x: model)


def test_a_row_may_depend_on_its_own_row_alone(lesson):
    rows = "rowwise = True\n\n\ndef inputs(random):\n    return [(random.normal(size=(9, 2)),)]\n"
    rows += "\n\ndef judge(got, x):\n    assert len(got) == len(x), 'One a row.'\n"
    lesson("def sums(x):\n    return x.sum(axis=1)", rows, [])
    check("99-sum", lambda x: x.max(axis=1))
    for dependent in (
        lambda x: x.sum(axis=1) - x.mean(),
        lambda x: np.argsort(np.argsort(x[:, 0])),
        lambda x: x[:, 0] / np.ptp(x[:, 0]),
    ):
        with pytest.raises(
            WrongAnswer, match="A row of your answer changes when other rows of `x`"
        ):
            check("99-sum", dependent)


def test_a_generator_that_is_given_is_to_be_drawn_from(lesson):
    drawn = "def inputs(random):\n    return [(random.spawn(1)[0],)]\n"
    drawn += "\n\ndef judge(got, random):\n    assert 0 <= got <= 1, 'Between 0 and 1.'\n"
    lesson("def draw(random):\n    return random.uniform()", drawn, [])
    check("99-sum", lambda random: 1 - random.uniform())
    with pytest.raises(WrongAnswer, match="draws nothing from its argument `random`"):
        check("99-sum", lambda random: 0.5)


def test_a_check_leaves_global_random_numbers_as_they_were():
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    check("99-sum", lambda x: x.sum() + 0 * random.random() * np.random.normal())  # noqa: NPY002
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


def test_what_a_student_prints_is_shown_once_and_never_on_stderr(capsys):
    def talkative(x):
        print("shape", x.shape)
        print("oh", file=sys.stderr)
        return x.sum()

    check("99-sum", talkative)
    assert capsys.readouterr() == ("shape (3,)\n✓ 99-sum: right\n", "")


def test_warnings_of_the_students_code_do_not_reach_stderr(capsys):
    def noisy(x):
        _ = np.exp(np.full(2, 1e6))
        _ = np.log(np.zeros(2))
        return x.sum()

    check("99-sum", noisy)
    assert capsys.readouterr().err == ""


def test_a_logger_of_the_students_does_not_reach_stderr_while_a_check_runs(capsys):
    logger, handler = logging.getLogger("student"), logging.StreamHandler()
    logger.addHandler(handler)  # which keeps sys.stderr as it is now

    def noisy(x):
        logger.warning("seen by nobody")
        return x.sum()

    check("99-sum", noisy)
    logger.warning("seen again")
    logger.removeHandler(handler)
    assert capsys.readouterr().err == "seen again\n"


def test_warnings_of_a_check_do_not_reach_stderr(lesson, capsys):
    judge = "\n\ndef judge(got, x):\n    np.log(np.zeros(1))\n"
    lesson(check=INPUTS.replace("    return", "    np.log(np.zeros(1))\n    return") + judge)
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
    ("got", "expected", "kind"),
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
def test_agrees_names_the_difference(got, expected, kind):
    with pytest.raises(WrongAnswer) as caught:
        agrees(got, expected)
    assert caught.value.kind == kind


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
    lesson(
        "def f(a, b, c, d, e):\n    return 1.0",
        """
def inputs(random):
    layers = {i: "layer" for i in range(99)}
    return [(np.zeros((9, 9)), "long " * 50, layers, (1, 2), np.float64(1 / 3))]
""",
    )
    with pytest.raises(WrongAnswer) as caught:
        check("99-sum", lambda *_: 2.0)
    shown = str(caught.value).splitlines()[1]
    assert "array of shape (9, 9), 'long long" in shown
    assert shown.endswith("…, (1, 2), 0.333333)")


def test_an_answer_that_breaks_the_judge_is_wrong_in_one_line(lesson):
    lesson(check=INPUTS + "\n\ndef judge(got, x):\n    got.no_such_thing()\n")
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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sum", "No exercise 'sum': expected a name such as '01-sigmoid'"),
        ("99_sum", "No exercise '99_sum': expected a name"),
        ("99-average", "No exercise '99-average'; lesson 99 has 99-sum"),
        ("98-sum", "Lesson 98 has no exercises"),
    ],
)
def test_an_unknown_exercise_is_named(name, message):
    with pytest.raises(UnknownExercise, match=message):
        check(name, sum)


def test_hints_come_in_steps_and_then_name_the_solution(capsys):
    shown = []
    for _ in range(3):
        hint("99-sum")
        shown.append(capsys.readouterr().out)
    assert "Add." in shown[0]
    assert "Use sum." not in shown[0]
    assert "Use sum." in shown[1]
    assert "solution('99-sum')" in shown[2]


def test_solution_shows_code_and_reason(capsys):
    solution("99-sum")
    shown = capsys.readouterr().out
    assert "```python\ndef total(x):\n    return x.sum()\n```" in shown
    assert "It adds." in shown


def test_a_missing_solution_notebook_says_how_to_get_it_back(tmp_path):
    (tmp_path / "solutions" / "99_toy.ipynb").unlink()
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "99_toy.ipynb").touch()
    with pytest.raises(FileNotFoundError, match=r"restore it with: (git ch|download)"):
        hint("99-sum")
