"""Judge the answers that a function gave: all of them together, by the wrong program behind them.

An exercise's record (see notebooks/src/README.md) holds its solution, the inputs it is tried on,
and wrong programs, each with the message that a student reads. Wrong answers are explained by the
wrong program that gives the same ones; a problem of type, shape or value is named where none does.
"""

import contextlib
import copy
import inspect
import io
import sys
import traceback
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

EXPLAINED = 0.9  # the share of a function's wrong answers that a wrong program must give, too


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
        kind: str: "none", "type", "shape", "nan", "int", "rounded" or "value" where the answer is
            looked at alone; "raises"; "judged" by an open exercise's own judge; "named" by a
            wrong program; "changed", "undrawn", "rows" or "varies" where numbers are right.
        message: str, what the student reads.
    """

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def agrees(got, expected, *, rtol=1e-5, atol=1e-6):
    """Judge an answer by type, shape and value; arrays, numbers, strings, and nests of these.

    Whole numbers must be equal. Others may be off by a millionth, or where `rtol` is not 0 by a
    millionth of the largest one: a right answer in float32 is, in entries near 0.

    Args:
        got: the student's answer.
        expected: the oracle's answer; a tuple or list asks for one answer per element.
        rtol, atol: relative and absolute tolerance on numbers.

    Raises:
        WrongAnswer: of the kind "none", "type", "shape", "nan", "int" or "value".
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
                agrees(got_part, expected_part, rtol=rtol, atol=atol)
            except WrongAnswer as wrong:
                place = f"Value {number} of {len(expected)}"
                raise WrongAnswer(wrong.kind, f"{place}: {wrong}") from None
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
    if any(np.allclose(numbers, np.round(expected, n), rtol=0, atol=1e-9) for n in (1, 2, 3, 4)):
        raise WrongAnswer("rounded", "You round the result: return it with all its decimals.")
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


@dataclass
class Answer:
    """What one call gave.

    Args:
        value: what was returned.
        error: the exception that was raised, or None.
        changed: names of the arguments that the call changed in place.
    """

    value: Any = None
    error: BaseException | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """An exercise's record, ready to be run.

    Args:
        name: str, such as "01-sigmoid".
        inputs: takes a `numpy.random.Generator`, returns a list of argument tuples.
        solution: the right function.
        wrong: tuple of (message, wrong function).
        judge: None, or for tasks with many right answers a function of (answer, *arguments) that
            asserts what is asked, each assertion with its message.
        tolerance: dict of rtol and atol for numbers, empty for those of `agrees`.
        rowwise: bool, each row of the answer belongs to one row of the first argument alone.
    """

    name: str
    inputs: Any
    solution: Any
    wrong: tuple
    judge: Any = None
    tolerance: Any = None
    rowwise: bool = False


@cache
def load(name, context, answer, checked, wrong):
    """Run an exercise's record and return its `Exercise`.

    Args:
        name: str, the exercise's name.
        context: str, the definitions that its notebook makes outside of exercises.
        answer: str, the solution's code.
        checked: str, the code that defines `inputs` and, where needed, `judge` and `tolerance`.
        wrong: tuple of (message, code), both str.
    """
    names = {"__name__": f"exercise {name}"}
    exec(compile(context, f"<context of {name}>", "exec"), names)
    solution = last_function(answer, names, f"<solution of {name}>")
    exec(compile(checked, f"<check of {name}>", "exec"), names)
    programs = tuple(
        (message, last_function(code, dict(names), f"<wrong answer {number} of {name}>"))
        for number, (message, code) in enumerate(wrong, start=1)
    )
    return Exercise(
        name, names["inputs"], solution, programs,
        names.get("judge"), names.get("tolerance", {}), names.get("rowwise", False),
    )  # fmt: skip


def last_function(code, names, where):
    """Run a cell; return the function that it defines last."""
    before = dict(names)
    exec(compile(code, where, "exec"), names)
    functions = [key for key, value in names.items()
                 if inspect.isfunction(value) and before.get(key) is not value]  # fmt: skip
    return names[functions[-1]]


def answers_of(function, inputs, names=()):
    """Call a function with a copy of each input and collect its answers.

    What it prints is shown for the first input only, and never on stderr, where nbgrader would take
    it for a failure. Warnings are silenced.

    Args:
        function: any callable.
        inputs: list of argument tuples.
        names: the arguments' names, to say which of them were changed in place.

    Returns:
        list of `Answer`, one an input.
    """
    answers = []
    for number, arguments in enumerate(inputs):
        own = copy.deepcopy(arguments)
        answer = Answer()
        with silent(stdout=number > 0):
            try:
                answer.value = function(*own)
            except KeyboardInterrupt:  # the student stops the check
                raise
            except BaseException as error:  # SystemExit is one of an answer's mistakes, too
                answer.error = error
        changed = [not _unchanged(old, new) for old, new in zip(arguments, own, strict=True)]
        answer.changed = tuple(
            name for name, is_changed in zip(names, changed, strict=False) if is_changed
        )
        answers.append(answer)
    return answers


def text_of(error):
    """Return an exception's message, even of a class whose own `__str__` fails."""
    try:
        return str(error)
    except Exception:
        return "(without a readable message)"


class Trial:
    """An exercise on one draw of its inputs.

    Args:
        exercise: Exercise.
        seed: int or None, fixes the inputs; by default they differ every time.
    """

    def __init__(self, exercise, seed=None):
        self.exercise = exercise
        self.names = tuple(inspect.signature(exercise.solution).parameters)
        with silent():
            self.inputs = exercise.inputs(np.random.default_rng(seed))

    @cached_property
    def expected(self):
        """The solution's answers: a list of `Answer`, one an input."""
        return answers_of(self.exercise.solution, self.inputs, self.names)

    @cached_property
    def wrong(self):
        """The answers of each wrong program: a list of lists of `Answer`."""
        return [answers_of(program, self.inputs, self.names) for _, program in self.exercise.wrong]

    def verdict(self, function, answers=None):
        """Judge a function by its answers to all inputs together.

        Args:
            function: any callable.
            answers: list of `Answer`, those of the function where they are known.

        Returns:
            None where all are right, else (WrongAnswer, number of the input that shows it); the
            number is None where no single input does.
        """
        if answers is None:
            answers = answers_of(function, self.inputs, self.names)
        problems = [self._problem(number, answer) for number, answer in enumerate(answers)]
        wrong = [number for number, problem in enumerate(problems) if problem is not None]
        if wrong:
            with silent():
                message = self._explanation(answers, wrong)
            first = problems[wrong[0]]
            # A judge may say the same with the numbers that it saw.
            named = message is not None and message not in str(first)
            return WrongAnswer("named", message) if named else first, wrong[0]
        with silent(stdout=True):
            for problem in (self._changed, self._drawn, self._by_rows, self._again):
                if found := problem(function, answers):
                    return found, None
        return None

    def _problem(self, number, answer):
        """Return what is wrong with one answer as a WrongAnswer, or None."""
        if answer.error is not None:
            return WrongAnswer("raises", f"{type(answer.error).__name__}: {text_of(answer.error)}")
        try:
            with silent():
                if self.exercise.judge is None:
                    right = self.expected[number].value
                    agrees(answer.value, right, **self.exercise.tolerance)
                else:
                    self.exercise.judge(answer.value, *copy.deepcopy(self.inputs[number]))
        except WrongAnswer as wrong:
            return wrong
        except AssertionError as error:
            return WrongAnswer("judged", str(error))
        except Exception:  # an answer that nobody foresaw
            kind = type(answer.value).__name__
            return WrongAnswer("type", f"An answer of type {kind} cannot be judged here.")
        return None

    def _explanation(self, answers, wrong):
        """Return the message of the wrong program that gives these answers, or None.

        It gives them on every input, or on nearly all of those that are wrong, where corner cases
        differ; of several, the one that agrees most often.
        """
        best, most = None, 0
        for (message, _), others in zip(self.exercise.wrong, self.wrong, strict=True):
            alike = [
                same(answer, other, self.exercise.tolerance)
                for answer, other in zip(answers, others, strict=True)
            ]
            explained = sum(alike[number] for number in wrong) / len(wrong)
            if explained >= EXPLAINED and sum(alike) > most:
                best, most = message, sum(alike)
        return best

    # Right answers may still owe something to other things than the arguments.

    def _changed(self, function, answers):
        for answer, right in zip(answers, self.expected, strict=True):
            for name in answer.changed:
                if name not in right.changed:
                    return WrongAnswer(
                        "changed",
                        f"The numbers are right, but your function changes its argument `{name}` "
                        "in place, and whoever called it still needs that: compute in a new array.",
                    )
        return None

    def _drawn(self, function, answers):
        for name, argument in zip(self.names, self.inputs[0], strict=False):
            drawn = name in self.expected[0].changed and name not in answers[0].changed
            if drawn and isinstance(argument, np.random.Generator):
                return WrongAnswer(
                    "undrawn", f"Your function draws nothing from its argument `{name}`."
                )
        return None

    def _by_rows(self, function, answers):
        rows, *others = self.inputs[0]
        if not self.exercise.rowwise or len(rows) == 1:
            return None
        (part,) = answers_of(function, [(rows[::-3], *others)])
        if part.error is None:
            part.value = np.asarray(part.value)  # a list of rows is a right answer, too
        if same(Answer(np.asarray(answers[0].value)[::-3]), part, self.exercise.tolerance):
            return None
        return WrongAnswer(
            "rows",
            f"A row of your answer changes when other rows of `{self.names[0]}` do: each is to be "
            "computed from its own row alone.",
        )

    def _again(self, function, answers):
        if not same(answers[0], answers[0], self.exercise.tolerance):
            return None  # a model, or something else that cannot be compared
        np.random.seed(1)  # noqa: NPY002 -- other global numbers than before; `check` restores them
        (again,) = answers_of(function, self.inputs[:1])
        if same(answers[0], again, self.exercise.tolerance):
            return None
        given = any(isinstance(argument, np.random.Generator) for argument in self.inputs[0])
        if self.exercise.judge and not given and self._problem(0, again) is None:
            return None  # an open exercise may be answered by chance, too
        return WrongAnswer(
            "varies",
            "Called twice with the same arguments, your function gives two answers. Does it draw "
            "global random numbers, or keep something from one call to the next?",
        )


def same(answer, other, tolerance):
    """Tell whether two calls gave the same, errors included; needs `silent` around it."""
    if answer.error is not None or other.error is not None:
        kinds = type(answer.error) is type(other.error)
        return kinds and text_of(answer.error) == text_of(other.error)
    if answer.value is None or other.value is None:
        return answer.value is other.value
    try:
        agrees(answer.value, other.value, **tolerance)
    except Exception:
        return False
    return True


def _unchanged(old, new):
    """Tell whether an argument is as it was: arrays, numbers, text, and nests of these."""
    if isinstance(old, np.ndarray):
        same_shape = isinstance(new, np.ndarray) and old.shape == new.shape
        return same_shape and np.array_equal(old, new, equal_nan=old.dtype.kind == "f")
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(_unchanged, old, new))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_unchanged(old[key], new[key]) for key in old)
    if isinstance(old, int | float | str | bool):
        return old == new or old != old
    if isinstance(old, np.random.Generator):
        return old.bit_generator.state == new.bit_generator.state
    return True  # a model, a function


@contextlib.contextmanager
def silent(stdout=False):
    """Keep warnings and prints off stderr, and where asked off stdout, too."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(_closed(sys.stderr))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        if stdout:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _closed(stream):
    """Drop what is written by those who took the stream before it was redirected, as loggers do."""
    stream.write = len
    try:
        yield
    finally:
        del stream.write


def shown_call(function, arguments):
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


def shown_line(function, error):
    """Return the student's own line that raised, as a line of text."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    return f"\n  In the line: {frames[-1].line}" if frames and frames[-1].line else ""
