"""The mechanism behind `check`, `hint` and `solution`.

A `Check` has three parts, kept apart so that answers can be judged outside the process that
computed them: `inputs` draws fresh arguments, `expected` is the oracle, and `judge` compares one
answer with the oracle's and names the misconception behind a wrong one.
"""

import contextlib
import copy
import importlib
import json
import re
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import Markdown, display

from course_utils.errors import restore

SOLUTIONS = Path(__file__).parents[2] / "notebooks" / "solutions"


class CheckError(Exception):
    """An answer that gets no points; Jupyter shows its message alone, without a traceback."""

    def _render_traceback_(self):
        """Return the lines that IPython shows in place of a traceback."""
        return [str(self)]


class NotAttempted(CheckError):
    """The exercise's stub has not been replaced yet."""


class UnknownExercise(CheckError, LookupError):
    """There is no exercise of that name; the message lists those there are."""


class WrongAnswer(CheckError):
    """An answer that differs from the oracle's.

    Args:
        misconception: str, the key that the exercise source names, such as "forgot-the-minus".
        message: str, what the student reads.
    """

    def __init__(self, misconception, message):
        super().__init__(message)
        self.misconception = misconception


def agrees(got, expected, *arguments, rtol=1e-5, atol=1e-6):
    """Judge an answer by type, shape and value; arrays, numbers, strings, and nests of these.

    Whole numbers must be equal. Others may be off by a millionth, or where `rtol` is not 0 by a
    millionth of the largest one: a right answer in float32 is, in entries near 0.

    Args:
        got: the student's answer.
        expected: the oracle's answer; a tuple or list asks for one answer per element.
        arguments: what both were computed from; unused here, a check's own judge may need them.
        rtol, atol: relative and absolute tolerance on numbers.

    Raises:
        WrongAnswer: with misconception "none", "type", "shape", "nan", "int" or "value".
    """
    if got is None:
        raise WrongAnswer(
            "none", "The function returns None. Is a `return` missing, or never reached?"
        )
    if isinstance(expected, tuple | list):
        numbers_only = not any(isinstance(part, tuple | list | np.ndarray) for part in expected)
        array = numbers_only and isinstance(got, np.ndarray) and got.ndim == 1
        listed = array or isinstance(got, tuple | list)
        if not listed or len(got) != len(expected):
            size = f" of {len(got)}" if listed else ""
            raise WrongAnswer(
                "type",
                f"Expected {len(expected)} values, in a tuple or list; "
                f"got {type(got).__name__}{size}.",
            )
        for number, (got_part, expected_part) in enumerate(zip(got, expected, strict=True), 1):
            try:
                agrees(got_part, expected_part, *arguments, rtol=rtol, atol=atol)
            except WrongAnswer as wrong:
                place = f"Value {number} of {len(expected)}"
                raise WrongAnswer(wrong.misconception, f"{place}: {wrong}") from None
        return
    if isinstance(expected, str | bool):
        got = got.item() if isinstance(got, np.generic) else got
        if not isinstance(got, type(expected)):
            raise WrongAnswer(
                "type", f"Expected {type(expected).__name__}, got {type(got).__name__}."
            )
        if got != expected:
            raise WrongAnswer("value", f"{got!r} is not the right answer.")
        return
    try:
        if isinstance(got, str):  # NumPy would read "0.5" as a number
            raise TypeError
        numbers = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer("type", f"Expected numbers, got {type(got).__name__}.") from None
    whole = np.asarray(expected).dtype.kind in "iu"
    expected = np.asarray(expected, dtype=float)
    if numbers.shape != expected.shape:
        wanted = f"an array of shape {expected.shape}" if expected.ndim else "one number"
        found = f"an array of shape {numbers.shape}" if numbers.ndim else "one number"
        raise WrongAnswer("shape", f"Expected {wanted}, got {found}.")
    if np.isnan(numbers).any() and not np.isnan(expected).any():
        raise WrongAnswer("nan", "The result contains NaN (not a number).")
    if whole:
        rtol = min(rtol, 1e-9)
    elif rtol:
        atol = max(atol, 1e-6 * np.abs(expected[np.isfinite(expected)]).max(initial=0))
    right = np.isclose(numbers, expected, rtol=rtol, atol=atol, equal_nan=True)
    if right.all():
        return
    if numbers.any() and np.array_equal(numbers, np.trunc(expected)):
        raise WrongAnswer(
            "int",
            "The decimals are missing: is an array of type int, or a `//` meant to be a `/`?",
        )
    place = tuple(np.argwhere(~right)[0].tolist())
    yours = float(numbers[place])
    yours = f"yours is {yours:,.0f}" if yours.is_integer() else f"yours is {yours:.6g}"
    if not place:
        raise WrongAnswer("value", f"The value differs from the expected one: {yours}.")
    raise WrongAnswer(
        "value",
        f"The values differ from the expected ones: {np.sum(~right)} of {right.size} do, the first "
        f"at index {place if len(place) > 1 else place[0]}, where {yours}.",
    )


@dataclass(frozen=True)
class Check:
    """How one exercise is judged.

    Args:
        inputs: takes a `numpy.random.Generator`, returns a list of argument tuples.
        expected: the oracle; takes one argument tuple, returns the right answer.
        judge: takes (got, expected, *arguments); raises `WrongAnswer` or returns None.
    """

    inputs: Callable[[np.random.Generator], Sequence[tuple]]
    expected: Callable[..., Any]
    judge: Callable[..., None] = agrees


def check(exercise, function, *, seed=None):
    """Judge a student's function on fresh inputs; print one line when it is right.

    Args:
        exercise: str, an exercise's name such as "01-sigmoid".
        function: the student's function.
        seed: int or None, fixes the inputs; by default they differ on every call.

    Raises:
        NotAttempted: the stub still raises its own `NotImplementedError`.
        WrongAnswer: with the likely misconception.
        UnknownExercise: there is no such exercise.
    """
    one = find_check(exercise)
    if not callable(function):
        raise WrongAnswer(
            "type",
            f"✗ {exercise}: expected a function, got {type(function).__name__}. Hand in its name "
            "without brackets; if you have used that name for something else, run its cell again.",
        )
    with _silent():
        inputs = one.inputs(np.random.default_rng(seed))
    for arguments in inputs:
        got = _answer(exercise, function, copy.deepcopy(arguments))
        try:
            with _silent():
                one.judge(got, one.expected(*copy.deepcopy(arguments)), *arguments)
        except Exception as error:
            wrong = error
            if not isinstance(error, WrongAnswer):  # an answer that the judge did not foresee
                kind = type(got).__name__
                wrong = WrongAnswer("type", f"An answer of type {kind} cannot be judged here.")
            call = _shown_call(function, arguments)
            raise WrongAnswer(
                wrong.misconception, f"✗ {exercise}: not right yet. {wrong}{call}"
            ) from None
    print(f"✓ {exercise}: right")


def find_check(exercise):
    """Return the `Check` of an exercise named like "01-sigmoid"."""
    if not (match := re.fullmatch(r"(\d\d)-[a-z0-9-]+", str(exercise))):
        raise UnknownExercise(f"No exercise {exercise!r}: expected a name such as '01-sigmoid'.")
    try:
        checks = importlib.import_module(f"course_utils.checks.lesson{match[1]}").CHECKS
    except ModuleNotFoundError:
        raise UnknownExercise(f"Lesson {match[1]} has no exercises.") from None
    if exercise not in checks:
        raise UnknownExercise(
            f"No exercise {exercise!r}; lesson {match[1]} has {', '.join(checks)}."
        )
    return checks[exercise]


def hint(exercise, step=None):
    """Show an exercise's next hint; each call goes one step further.

    Args:
        exercise: str, an exercise's name such as "01-sigmoid".
        step: int, the hint to show, from 1; by default the next.
    """
    hints = _exercise_cell(exercise)["hints"]
    if step is not None and not 1 <= step <= len(hints):
        print(f"{exercise} has hints 1 to {len(hints)}.")
        return
    step = _hints_shown.get(exercise, 0) + 1 if step is None else step
    if step > len(hints):
        print(f"{exercise} has {len(hints)} hints; the next step is solution({exercise!r}).")
        return
    _hints_shown[exercise] = step
    _show(f"**Hint {step} of {len(hints)}.** {hints[step - 1]}")


def solution(exercise):
    """Show an exercise's solution and the reason why it is right.

    Args:
        exercise: str, an exercise's name such as "01-sigmoid".
    """
    cell = _exercise_cell(exercise)
    _show(f"```python\n{cell['code']}\n```\n\n{cell['why']}")


_hints_shown: dict[str, int] = {}


def _show(text):
    """Show Markdown in a notebook, and the plain text elsewhere."""
    if get_ipython() is None:
        print(text)
    else:
        display(Markdown(text))


@contextlib.contextmanager
def _silent():
    """Keep warnings off stderr: nbgrader gives no points to a cell that writes there."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _answer(exercise, function, arguments):
    """Call the student's function and sort out what it raises."""
    try:
        with _silent():
            return function(*arguments)
    except KeyboardInterrupt:  # the student stops the check
        raise
    except BaseException as error:  # SystemExit is one of an answer's mistakes, too
        text = _text(error)
        # Libraries raise NotImplementedError as well; only the stub's own names the exercise.
        if isinstance(error, NotImplementedError) and text.startswith(f"Exercise {exercise}"):
            raise NotAttempted(
                f"… {exercise}: not attempted yet. Replace the line `raise NotImplementedError(…)` "
                f"with your answer, run that cell, then this one. Stuck? Run hint({exercise!r})."
            ) from None
        unknown = isinstance(error, NameError) and not isinstance(error, UnboundLocalError)
        ask = f". Has this notebook's cell that defines `{error.name}` been run?" if unknown else ""
        raise WrongAnswer(
            "raises",
            f"✗ {exercise}: your function raised {type(error).__name__}: {text}{ask}"
            f"{_shown_line(function, error)}{_shown_call(function, arguments)}",
        ) from error


def _text(error):
    """Return an exception's message, even of a class whose own `__str__` fails."""
    try:
        return str(error)
    except Exception:
        return "(without a readable message)"


def _shown_call(function, arguments):
    """Return the call that went wrong as a line of text: values where they fit, else shapes."""

    def shown(argument):
        if isinstance(argument, float):  # NumPy's are, too: no "np.float64(…)"
            return f"{argument:.6g}"
        return " ".join(repr(argument).split())

    def short(argument):
        if len(text := shown(argument)) <= 60:
            return text
        if isinstance(argument, np.ndarray):
            return f"array of shape {argument.shape}"
        if isinstance(argument, str):
            return f"{argument[:40]!r}…"
        if isinstance(argument, tuple | list):
            text = ", ".join(map(short, argument))
            text = f"({text})" if isinstance(argument, tuple) else f"[{text}]"
        return text if len(text) <= 120 else f"{text[:119]}…"

    if not arguments:
        return ""
    name = getattr(function, "__name__", "function")
    with np.printoptions(precision=4, threshold=8, edgeitems=2):
        call = ", ".join(map(shown, arguments))
        if len(call) > 200:
            call = ", ".join(map(short, arguments))
    return f"\n  Seen with {name}({call})"[:400]


def _shown_line(function, error):
    """Return the student's own line that raised, as a line of text."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    return f"\n  In the line: {frames[-1].line}" if frames and frames[-1].line else ""


def _exercise_cell(exercise):
    """Return what the solution notebook records of an exercise: code, hints and why."""
    find_check(exercise)
    for path in sorted(SOLUTIONS.glob(f"{exercise[:2]}_*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            record = cell["metadata"].get("course", {})
            if record.get("exercise") == exercise:
                return {"code": "".join(cell["source"]).strip(), **record}
    raise FileNotFoundError(
        f"no solution notebook with {exercise!r} in notebooks/solutions: "
        f"restore it with: {restore('notebooks')}"
    )
