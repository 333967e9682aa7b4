"""Name the misconception behind a wrong answer: what the checks of the lessons share."""

import numpy as np

from course_utils.checks.exercises import WrongAnswer, agrees


def matches(got, candidate, *, rtol=1e-5, atol=1e-6):
    """Return whether an answer equals a candidate, without raising on other shapes and types.

    Args:
        got: the student's answer.
        candidate: what a misconception would give.
        rtol, atol: relative and absolute tolerance on numbers.
    """
    try:
        agrees(got, candidate, rtol=rtol, atol=atol)
    except WrongAnswer:
        return False
    return True


def name_misconception(got, expected, candidates):
    """Judge an answer: name the first candidate that it equals, unless that is right, too.

    Args:
        got: the student's answer.
        expected: the oracle's answer.
        candidates: dict of misconception → (the answer that it leads to, what the student reads).
            An answer may be a function without arguments, which is computed only when its turn
            comes.

    Raises:
        WrongAnswer: with the candidate's misconception, or with one of `agrees`.
    """
    for key, (candidate, message) in candidates.items():
        if callable(candidate):
            with np.errstate(all="ignore"):  # a misconception may overflow; that is its point
                candidate = candidate()
        if not matches(candidate, expected) and matches(got, candidate):
            raise WrongAnswer(key, message)
    agrees(got, expected)


def judge_by(candidates):
    """Return a judge from a function of an exercise's arguments that returns its candidates."""

    def judge(got, expected, *arguments):
        name_misconception(got, expected, candidates(*arguments))

    return judge
