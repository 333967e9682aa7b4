"""Every exercise, proven: stub not attempted, solution right, wrong answers named."""

import ast
import io
import random
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.authoring import sources, trials
from course_utils.checks.exercises import NotAttempted, WrongAnswer, check, find_exercise, solution
from course_utils.checks.judging import Trial

PATHS = [
    sources.exercise_source(lesson)
    for lesson in sources.lesson_sources()
    if sources.exercise_source(lesson).exists()
]
EXERCISES = [exercise for path in PATHS for exercise in sources.exercises(path)]
SEEDS = range(5)
CHECK_SECONDS = 2

_contexts = {}
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)


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


@cache
def trial_of(name, seed):
    """Return an exercise's inputs for one seed; what wrong programs answer there is kept."""
    return Trial(find_exercise(name), seed)


def test_there_are_exercises_in_every_lesson():
    assert len(PATHS) == len(sources.lesson_sources())
    assert EXERCISES


@each_exercise
def test_the_record_that_checks_read_is_the_source(exercise):
    (path,) = [path for path in PATHS if path.name.startswith(exercise.name[:2])]
    assert find_exercise(exercise.name) is trials.load(path, exercise)


@each_exercise
def test_the_bare_stub_is_not_attempted(exercise):
    with pytest.raises(NotAttempted):
        check(exercise.name, function_of(exercise, exercise.stub))


@each_exercise
def test_the_solution_is_right_on_any_draw(exercise, capsys):
    right = function_of(exercise, exercise.answer)
    for seed in SEEDS:
        check(exercise.name, right, seed=seed)
    assert capsys.readouterr().err == ""


@each_exercise
def test_the_solution_that_is_shown_can_be_pasted(exercise, capsys):
    solution(exercise.name)
    code = capsys.readouterr().out.split("```")[1].removeprefix("python\n")
    check(exercise.name, function_of(exercise, code))


@each_exercise
def test_a_wrong_answer_gets_its_message_on_any_draw(exercise):
    for seed in SEEDS:
        trial = trial_of(exercise.name, seed)
        for number, (message, program) in enumerate(trial.exercise.wrong):
            reads = trials.said(trial.verdict(program, trial.wrong[number]))
            assert trials.is_named(trial.exercise, reads, message), (seed, reads, message)


@each_exercise
def test_a_wrong_answer_reads_so_in_the_notebook(exercise):
    trial = trial_of(exercise.name, 0)
    _, program = trial.exercise.wrong[0]
    reads = trials.said(trial.verdict(program, trial.wrong[0]))
    with pytest.raises(WrongAnswer) as caught:
        check(exercise.name, program, seed=0)
    assert str(caught.value).splitlines()[0] == f"✗ {exercise.name}: not right yet. {reads}"


@each_exercise
def test_no_two_wrong_answers_are_the_same(exercise):
    trials.refuse_twins([trial_of(exercise.name, seed) for seed in SEEDS], exercise, "twins")


@each_exercise
def test_an_answer_that_raises_is_wrong_and_names_what_it_raised(exercise):
    def broken(*arguments):
        raise ZeroDivisionError("on purpose")

    with pytest.raises(WrongAnswer, match="your function raised ZeroDivisionError: on purpose"):
        check(exercise.name, broken)


@each_exercise
def test_an_answer_of_any_type_is_judged_in_words(exercise):
    trial = trial_of(exercise.name, 0)
    for answer in (None, "text", 3.0, [], {}, np.zeros((2, 2))):
        said = trials.said(trial.verdict(lambda *arguments, answer=answer: answer))
        assert said, answer
        assert "Traceback" not in said


@each_exercise
def test_no_message_prints_the_solution(exercise):
    line = exercise.answer.splitlines()[-1].strip()
    for wrong in exercise.wrong_answers:
        assert line not in wrong.message


@each_exercise
def test_a_check_takes_under_two_seconds_right_or_wrong(exercise):
    one = find_exercise(exercise.name)
    for function in (one.solution, one.wrong[0][1], one.wrong[-1][1]):
        seconds = []
        for _ in range(2):  # the first call may build what later calls reuse
            start = time.process_time()
            with suppress(WrongAnswer):
                check(exercise.name, function, seed=0)
            seconds.append(time.process_time() - start)
        assert min(seconds) < CHECK_SECONDS


@each_exercise
def test_a_check_leaves_files_and_global_state_as_they_were(exercise, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    right = function_of(exercise, exercise.answer)
    with plt.rc_context():
        style = dict(plt.rcParams)
        np.random.seed(5)  # noqa: NPY002
        random.seed(5)
        of_numpy, of_python = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
        check(exercise.name, right, seed=0)
        assert np.random.get_state()[1].tolist() == of_numpy  # noqa: NPY002
        assert random.getstate() == of_python
        assert dict(plt.rcParams) == style
    assert list(tmp_path.iterdir()) == []


@each_exercise
def test_points_are_there(exercise):
    assert exercise.points >= 1
