"""`check`, `hint` and `solution`, which students call in their exercise notebooks.

All three read an exercise's record, which the builder puts into the solution notebook: solution,
hints, why, the inputs it is tried on, and wrong programs with their messages. What is right or
wrong with an answer is found in `judging`.
"""

import contextlib
import json
import os
import random
import re
from pathlib import Path

import numpy as np
from IPython import get_ipython
from IPython.display import Markdown, display

from course_utils.checks import judging
from course_utils.checks.judging import NotAttempted, UnknownExercise, WrongAnswer
from course_utils.errors import restore

RECORD = "COURSE_RECORD"  # the variable that names the solution notebook which is being built
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

_hints_shown: dict[str, int] = {}


def check(exercise, function, *, seed=None):
    """Judge a student's function on fresh inputs; print one line when it is right.

    Args:
        exercise: str, an exercise's name such as "01-sigmoid".
        function: the student's function.
        seed: int or None, fixes the inputs; by default they differ on every call.

    Raises:
        NotAttempted: the stub still raises its own `NotImplementedError`.
        WrongAnswer: with the likely cause.
        UnknownExercise: there is no such exercise.
    """
    one = find_exercise(exercise)
    if not callable(function):
        raise WrongAnswer(
            "type",
            f"✗ {exercise}: expected a function, got {type(function).__name__}. Hand in its name "
            "without brackets; if you have used that name for something else, run its cell again.",
        )
    with _kept_random_state():
        trial = judging.Trial(one, seed)
        answers = judging.answers_of(function, trial.inputs, trial.names)
        for answer in answers:
            _refuse_stub(exercise, answer.error)
        found = trial.verdict(function, answers)
    if found is None:
        print(f"✓ {exercise}: right")
        return
    wrong, number = found
    raised = None if number is None else answers[number].error
    seen = "" if number is None else judging.shown_call(function, trial.inputs[number])
    if wrong.kind == "raises":
        text = f"your function raised {wrong}{_unknown_name(raised)}"
        seen = judging.shown_line(function, raised) + seen
    else:
        text = f"not right yet. {wrong}"
    raise WrongAnswer(wrong.kind, f"✗ {exercise}: {text}{seen}") from raised


def hint(exercise, step=None):
    """Show an exercise's next hint; each call goes one step further.

    Args:
        exercise: str, an exercise's name such as "01-sigmoid".
        step: int, the hint to show, from 1; by default the next.
    """
    hints = _record(exercise)["hints"]
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
    record = _record(exercise)
    _show(f"```python\n{record['code']}\n```\n\n{record['why']}")


def find_exercise(exercise):
    """Return the `judging.Exercise` of a name like "01-sigmoid"."""
    record = _record(exercise)
    wrong = tuple((message, code) for message, code in record["wrong"])
    return judging.load(exercise, record["context"], record["code"], record["check"], wrong)


def _record(exercise):
    """Return what the solution notebook says of an exercise.

    Returns:
        dict with code, hints, why, check, wrong (see `sources.exercise_notebooks`), and context,
        the definitions that the notebook's exercises share.
    """
    if not (match := re.fullmatch(r"(\d\d)-[a-z0-9-]+", str(exercise))):
        raise UnknownExercise(f"No exercise {exercise!r}: expected a name such as '01-sigmoid'.")
    lesson = match[1]
    paths = sorted((NOTEBOOKS / "solutions").glob(f"{lesson}_*.ipynb"))
    if built := os.environ.get(RECORD):
        paths = [Path(built)]
    if not paths and not any((NOTEBOOKS / "exercises").glob(f"{lesson}_*.ipynb")):
        raise UnknownExercise(f"Lesson {lesson} has no exercises.")
    if not paths:
        raise FileNotFoundError(
            f"no solution notebook of lesson {lesson} in notebooks/solutions: "
            f"restore it with: {restore('notebooks')}"
        )
    notebook = json.loads(paths[0].read_text(encoding="utf-8"))
    shared = notebook["metadata"]["course"]["context"]
    records = {}
    for cell in notebook["cells"]:
        record = cell["metadata"].get("course", {})
        if "exercise" in record:
            code = "".join(cell["source"]).strip()
            records[record["exercise"]] = record | {"code": code, "context": shared}
    if exercise not in records:
        raise UnknownExercise(
            f"No exercise {exercise!r}; lesson {lesson} has {', '.join(records)}."
        )
    return records[exercise]


@contextlib.contextmanager
def _kept_random_state():
    """Put global random numbers back as they were: a check changes nothing."""
    of_numpy, of_python = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(of_numpy)  # noqa: NPY002
        random.setstate(of_python)


def _refuse_stub(exercise, error):
    """Raise NotAttempted where an error is the stub's own: libraries raise that kind, too."""
    own = judging.text_of(error).startswith(f"Exercise {exercise}")
    if isinstance(error, NotImplementedError) and own:
        raise NotAttempted(
            f"… {exercise}: not attempted yet. Replace the line `raise NotImplementedError(…)` "
            f"with your answer, run that cell, then this one. Stuck? Run hint({exercise!r})."
        ) from None


def _unknown_name(error):
    """Return the question that a name without a value asks, or ""."""
    unknown = isinstance(error, NameError) and not isinstance(error, UnboundLocalError)
    return f". Has this notebook's cell that defines `{error.name}` been run?" if unknown else ""


def _show(text):
    """Show Markdown in a notebook, and the plain text elsewhere."""
    if get_ipython() is None:
        print(text)
    else:
        display(Markdown(text))
