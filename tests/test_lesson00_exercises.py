"""Lesson 00's checks against right answers of other kinds, and slips of other sizes."""

import numpy as np
import pytest

from course_utils.checks.exercises import WrongAnswer, check

SEEDS = range(20)


STEP_SIZE = "Nearly, but not to 7 decimals."
ONE_SIDED = "Nearly, but the error grows with the step"
LEFT_IN = "The first slope is right, the later ones are off"
NO_CHANGE = "All slopes come out 0"
OTHER_ROWS = "A row of your answer changes when other rows of `images` do"
ALONE = "For a single picture the features are NaN: they depend on which other pictures come"


def verdicts(exercise, function):
    """Return what the check says over many seeds, "" for right: a set of known beginnings."""
    found = set()
    for seed in SEEDS:
        try:
            check(exercise, function, seed=seed)
            found.add("")
        except WrongAnswer as wrong:
            said = str(wrong).removeprefix(f"✗ {exercise}: not right yet. ")
            known = (STEP_SIZE, ONE_SIDED, LEFT_IN, NO_CHANGE, OTHER_ROWS, ALONE)
            found.add(next((begin for begin in known if said.startswith(begin)), said))
    return found


def two_sided(h):
    return lambda f, x: np.array([(f(x + e) - f(x - e)) / (2 * h) for e in h * np.eye(len(x))])


def one_sided(h):
    return lambda f, x: np.array([(f(x + e) - f(x)) / h for e in h * np.eye(len(x))])


def left_in(h):
    def gradient(f, x):
        slopes = []
        for i in range(len(x)):
            x[i] += h
            above = f(x)
            x[i] -= 2 * h
            slopes.append((above - f(x)) / (2 * h))
        return np.array(slopes)

    return gradient


@pytest.mark.parametrize("h", [1e-4, 1e-5, 1e-6])
def test_a_gradient_to_both_sides_is_right_for_every_sensible_step(h):
    assert verdicts("00-gradient", two_sided(h)) == {""}


@pytest.mark.parametrize("h", [1e-2, 1e-3, 1e-11])
def test_a_step_of_the_wrong_size_is_named(h):
    assert verdicts("00-gradient", two_sided(h)) == {STEP_SIZE}


@pytest.mark.parametrize("h", [1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize(("slip", "name"), [(one_sided, ONE_SIDED), (left_in, LEFT_IN)])
def test_a_slip_is_named_at_every_sensible_step(slip, name, h):
    assert verdicts("00-gradient", slip(h)) == {name}


@pytest.mark.parametrize("slip", [one_sided, left_in])
def test_a_slip_with_a_tiny_step_is_not_right(slip):
    assert "" not in verdicts("00-gradient", slip(1e-7))


@pytest.mark.parametrize("h", [1e-17, 1e-20])
def test_a_step_that_vanishes_in_rounding_is_named(h):
    assert verdicts("00-gradient", two_sided(h)) == {NO_CHANGE}


def halves(images):
    return np.column_stack([images[:, :4].mean(axis=(1, 2)), images[:, 4:].mean(axis=(1, 2))])


def centred(images):
    return halves(images) - halves(images).mean(axis=0)


def standardised(images):
    return centred(images) / halves(images).std(axis=0)


def ranked(images):
    ink = halves(images)[:, 0] - halves(images)[:, 1]
    return np.argsort(np.argsort(ink))[:, np.newaxis] / len(ink)


def between_the_extremes(images):
    low, high = halves(images).min(axis=0), halves(images).max(axis=0)
    return (halves(images) - low) / (high - low + 1e-9)


@pytest.mark.parametrize("function", [centred, standardised, ranked, between_the_extremes])
def test_features_that_depend_on_the_other_pictures_are_named(function):
    assert verdicts("00-features", function) <= {OTHER_ROWS, ALONE}


def sign(images):
    top, bottom = halves(images).T
    return np.where(top > bottom, 1.0, -1.0)[:, np.newaxis]


@pytest.mark.parametrize("function", [halves, sign, lambda images: images[:, 5, 2:3]])
def test_good_features_of_other_kinds_are_right(function):
    assert verdicts("00-features", function) == {""}
