"""No edit of one operator, constant or argument of a solution passes for right."""

import csv
import io
import signal
from collections import Counter
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest
from mutants import mutants

from course_utils.authoring import sources
from course_utils.checks import judging
from course_utils.checks.exercises import find_exercise

EXERCISES = {
    exercise.name: exercise
    for lesson in sources.lesson_sources()
    for exercise in sources.exercises(sources.exercise_source(lesson))
}
# Edits that change no answer, or lead to another right one, each with the reason.
EQUAL = list(csv.reader(Path(__file__).with_name("equal_mutants.csv").open(encoding="utf-8")))[1:]
SEEDS = range(2)
SECONDS = 5  # until an edit counts as a loop without an end


class WithoutAnEnd(KeyboardInterrupt):  # which an answer may not catch
    pass


@contextmanager
def time_limit():
    def stop(*_):
        raise WithoutAnEnd

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def passes(code, trials):
    """Tell whether a check takes an edited solution for right."""
    names = dict(trials[0].exercise.solution.__globals__)
    try:
        function = judging.last_function(code, names, "<edited solution>")
        with time_limit(), redirect_stdout(io.StringIO()), judging.silent():
            return all(trial.verdict(function) is None for trial in trials)
    except (WithoutAnEnd, SyntaxError):
        return False


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="stops endless loops by a signal")
@pytest.mark.parametrize("name", EXERCISES)
def test_an_edited_solution_is_refused_or_known_to_be_equal(name):
    trials = [judging.Trial(find_exercise(name), seed) for seed in SEEDS]
    known = Counter((old, new) for exercise, old, new, _ in EQUAL if exercise == name)
    edits = mutants(EXERCISES[name].answer)
    survivors = Counter((old, new) for old, new, code in edits if passes(code, trials))
    print(f"{name}: {len(edits) - survivors.total()} of {len(edits)} edits refused")
    assert not survivors - known, "the check lets these edits pass"
    assert not known - survivors, "listed as equal, but refused or gone"


def test_every_edit_in_the_list_has_its_reason():
    assert EQUAL
    for exercise, _, _, reason in EQUAL:
        assert exercise in EXERCISES
        assert reason.strip()
