"""Every exercise, proven: stub not attempted, solution right, wrong answers named."""

import ast
import io
import time
from contextlib import redirect_stderr, redirect_stdout

import matplotlib.pyplot as plt
import pytest

from course_utils.authoring import sources
from course_utils.checks.exercises import NotAttempted, WrongAnswer, check, find_check, solution

EXERCISES = [
    exercise
    for lesson in sources.lesson_sources()
    if sources.exercise_source(lesson).exists()
    for exercise in sources.exercises(sources.exercise_source(lesson))
]
WRONG_ANSWERS = [(exercise, wrong) for exercise in EXERCISES for wrong in exercise.wrong_answers]
CHECK_SECONDS = 2

_contexts = {}


def function_of(exercise, code):
    """Execute a cell after the plain cells above it; return the function that it ends with."""
    context = "\n".join(exercise.context)
    if context not in _contexts:
        _contexts[context] = {}
        stdout, stderr = redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO())
        with stdout, stderr, plt.rc_context():  # a lesson's style must not reach other tests
            exec(context, _contexts[context])
    names = dict(_contexts[context])
    exec(code, names)
    return names[ast.parse(code).body[-1].name]


def id_of(value):
    return getattr(value, "name", None) or getattr(value, "misconception", None)


def test_every_lesson_has_exercises_and_every_check_an_exercise():
    assert EXERCISES
    for number in {exercise.name[:2] for exercise in EXERCISES}:
        module = __import__(f"course_utils.checks.lesson{number}", fromlist=["CHECKS"])
        assert list(module.CHECKS) == [e.name for e in EXERCISES if e.name[:2] == number]


@pytest.mark.parametrize("exercise", EXERCISES, ids=id_of)
def test_the_bare_stub_is_not_attempted(exercise):
    with pytest.raises(NotAttempted):
        check(exercise.name, function_of(exercise, exercise.stub))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("exercise", EXERCISES, ids=id_of)
def test_the_solution_is_right_on_any_draw(exercise, seed, capsys):
    check(exercise.name, function_of(exercise, exercise.answer), seed=seed)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("exercise", EXERCISES, ids=id_of)
def test_the_solution_that_is_shown_can_be_pasted(exercise, capsys):
    solution(exercise.name)
    code = capsys.readouterr().out.split("```")[1].removeprefix("python\n")
    check(exercise.name, function_of(exercise, code))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("exercise", "wrong"), WRONG_ANSWERS, ids=id_of)
def test_a_wrong_answer_gets_the_message_of_its_misconception(exercise, wrong, seed):
    with pytest.raises(WrongAnswer) as caught:
        check(exercise.name, function_of(exercise, wrong.code), seed=seed)
    assert caught.value.misconception == wrong.misconception


@pytest.mark.parametrize("exercise", EXERCISES, ids=id_of)
def test_no_two_wrong_answers_share_a_misconception(exercise):
    keys = [wrong.misconception for wrong in exercise.wrong_answers]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("exercise", EXERCISES, ids=id_of)
def test_a_check_takes_under_two_seconds(exercise):
    function = function_of(exercise, exercise.answer)
    check(exercise.name, function)  # the first call pays for imports
    start = time.process_time()  # not wall clock: other work on the machine does not count
    check(exercise.name, function)
    assert time.process_time() - start < CHECK_SECONDS


@pytest.mark.parametrize("exercise", EXERCISES, ids=id_of)
def test_the_points_and_inputs_are_there(exercise):
    import numpy as np

    assert exercise.points >= 1
    assert len(find_check(exercise.name).inputs(np.random.default_rng(0))) >= 1
