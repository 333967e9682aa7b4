"""Lesson 01's oracles against other ways to the same answer, and right answers of other kinds."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve

from course_utils.checks.exercises import WrongAnswer, check
from course_utils.checks.lesson01 import CHECKS

SEEDS = range(10)


def cases(exercise, seed):
    return CHECKS[exercise].inputs(np.random.default_rng(seed))


def expected(exercise, arguments):
    return CHECKS[exercise].expected(*arguments)


@pytest.mark.parametrize("exercise", CHECKS)
def test_a_seed_fixes_the_inputs_and_another_changes_them(exercise):
    def drawn(seed):
        return [np.asarray(argument) for case in cases(exercise, seed) for argument in case]

    def same(one, other):
        return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))

    assert same(drawn(1), drawn(1))
    assert not same(drawn(1), drawn(2))


@pytest.mark.parametrize("exercise", CHECKS)
def test_an_answer_that_was_right_once_is_not_right_again(exercise):
    remembered = expected(exercise, cases(exercise, 1)[0])
    with pytest.raises(WrongAnswer):
        check(exercise, lambda *_: remembered, seed=2)


def test_standardised_training_rows_have_mean_zero_and_deviation_one():
    for seed in SEEDS:
        for x_train, x_new in cases("01-standardise", seed):
            train, new = expected("01-standardise", (x_train, x_new))
            assert train.mean(axis=0) == pytest.approx(0, abs=1e-9)
            assert train.std(axis=0) == pytest.approx(1)
            assert new * x_train.std(axis=0) + x_train.mean(axis=0) == pytest.approx(x_new)


def test_the_gradient_vanishes_where_scikit_learn_finds_the_optimum():
    random = np.random.default_rng(0)
    x, y, penalty = random.normal(size=(50, 3)), np.arange(50) % 2, 0.3
    best = LogisticRegression(C=1 / (50 * penalty), tol=1e-10).fit(x, y)
    slopes = expected("01-gradient", (best.coef_[0], best.intercept_[0], x, y, penalty))
    assert slopes[0] == pytest.approx(0, abs=1e-6)
    assert slopes[1] == pytest.approx(0, abs=1e-6)


def test_a_gradient_of_python_lists_and_floats_is_right_too():
    def answer(weights, bias, x, y, penalty):
        errors = [
            1 / (1 + np.exp(-(row @ weights + bias))) - label
            for row, label in zip(x, y, strict=True)
        ]
        slopes = [
            sum(error * row[j] for error, row in zip(errors, x, strict=True)) / len(y)
            + penalty * weights[j]
            for j in range(len(weights))
        ]
        return [slopes, float(sum(errors) / len(y))]

    check("01-gradient", answer, seed=0)


def test_the_watched_descent_agrees_with_the_theory_of_the_bowl():
    seen = set()
    for seed in SEEDS:
        for curvature, rate in cases("01-descent", seed):
            product = curvature * rate
            theory = "slides" if product < 1 else "zigzags" if product < 2 else "diverges"
            assert expected("01-descent", (curvature, rate)) == theory
            seen.add(theory)
    assert len(seen) == 3


def test_any_other_word_is_refused():
    with pytest.raises(WrongAnswer, match="Expected one of") as error:
        check("01-descent", lambda curvature, rate: "slide", seed=0)
    assert error.value.misconception == "type"


def test_the_best_specificity_agrees_with_scikit_learns_roc_curve():
    for seed in SEEDS:
        for y, probabilities, sensitivity in cases("01-screening", seed):
            alarms, found, _ = roc_curve(y, probabilities, drop_intermediate=False)
            best = 1 - alarms[found >= sensitivity].min()
            assert expected("01-screening", (y, probabilities, sensitivity)) == pytest.approx(best)


def test_any_threshold_that_does_as_well_is_right():
    def a_little_lower(y, probabilities, sensitivity):
        found, thresholds = roc_curve(y, probabilities, drop_intermediate=False)[1:]
        threshold = thresholds[np.argmax(found >= sensitivity)]
        below = probabilities[probabilities < threshold]
        return (threshold + below.max()) / 2 if len(below) else 0.0

    for seed in SEEDS:
        check("01-screening", a_little_lower, seed=seed)


@pytest.mark.parametrize(
    "features",
    [
        lambda x: np.column_stack([x[:, 0] * x[:, 1], x]),
        lambda x: np.column_stack([x, (x[:, 0] + x[:, 1]) ** 2, (x[:, 0] - x[:, 1]) ** 2]),
        lambda x: [[a, b, a * b] for a, b in x],
        lambda x: np.column_stack([np.cos(x @ [[1, 1], [1, -1]]), x]).astype("float32"),
    ],
    ids=["product first", "squares of sum and difference", "list of lists", "float32 cosines"],
)
def test_other_features_that_open_xor_are_right(features):
    for seed in SEEDS:
        check("01-features", features, seed=seed)


def test_the_classes_of_the_clouds_are_an_xor():
    for seed in SEEDS:
        *_, first, second, third = cases("01-features", seed)  # before them, one and two points
        for (x,) in (first, second, third):
            classes = expected("01-features", (x,))
            assert 0.3 < classes.mean() < 0.7
            low, high = x.min(axis=0), x.max(axis=0)
            upper = x > (low + high) / 2
            assert np.array_equal(classes, upper[:, 0] != upper[:, 1])


@pytest.mark.parametrize(
    ("answer", "misconception"),
    [
        (lambda x: None, "none"),
        (lambda x: np.prod(x - x.mean(axis=0), axis=1, keepdims=True), "depends-on-others"),
        (lambda x: np.sign(x - (x.min(axis=0) + x.max(axis=0)) / 2), "depends-on-others"),
        (lambda x: x[:, 0] * x[:, 1], "shape"),
        (lambda x: np.column_stack([x, x, x]), "shape"),
        (lambda x: np.full((len(x), 2), np.nan), "nan"),
        (lambda x: "x", "type"),
        (lambda x: np.sin(9 * x[:, :1]), "value"),
    ],
)
def test_features_of_the_wrong_kind_are_refused_in_words(answer, misconception):
    with pytest.raises(WrongAnswer) as error:
        check("01-features", answer, seed=0)
    assert error.value.misconception == misconception
