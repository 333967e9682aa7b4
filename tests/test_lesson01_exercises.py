"""Lesson 01's solutions against other ways to the same answer, and answers of other kinds."""

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.preprocessing import StandardScaler

from course_utils.checks.exercises import WrongAnswer, check, find_exercise

SEEDS = range(10)


def cases(exercise):
    """Yield an exercise's solution, and argument tuples of several draws."""
    one = find_exercise(exercise)
    for seed in SEEDS:
        for arguments in one.inputs(np.random.default_rng(seed)):
            yield one.solution, arguments


def accept(exercise, function):
    for seed in SEEDS:
        check(exercise, function, seed=seed)


def verdict(exercise, function):
    """Return what the check says at the first seed, without what comes before and after it."""
    with pytest.raises(WrongAnswer) as caught:
        check(exercise, function, seed=0)
    return str(caught.value).removeprefix(f"✗ {exercise}: not right yet. ").splitlines()[0]


# Standardise


def test_standardised_rows_are_those_of_scikit_learn():
    for standardise, (x_train, x_new) in cases("01-standardise"):
        scaler = StandardScaler().fit(x_train)
        train, new = standardise(x_train, x_new)
        assert train == pytest.approx(scaler.transform(x_train))
        assert new == pytest.approx(scaler.transform(x_new))


def standardise_with_the_root_of_squares(x_train, x_new):
    mean = sum(x_train) / len(x_train)
    deviation = np.sqrt(sum((x_train - mean) ** 2) / len(x_train))
    return [(x - mean) / deviation for x in (x_train, x_new)]


def standardise_in_float32(x_train, x_new):
    x_train, x_new = x_train.astype("float32"), x_new.astype("float32")
    return standardise_with_the_root_of_squares(x_train, x_new)


def standardise_by_keras(x_train, x_new):
    layer = keras.layers.Normalization()
    layer.adapt(x_train)
    return layer(x_train), layer(x_new)


def standardise_to_lists(x_train, x_new):
    return [x.tolist() for x in standardise_with_the_root_of_squares(x_train, x_new)]


@pytest.mark.parametrize(
    "function",
    [
        standardise_with_the_root_of_squares,
        standardise_in_float32,
        standardise_by_keras,
        standardise_to_lists,
    ],
)
def test_other_ways_to_standardise_are_right(function):
    accept("01-standardise", function)


def test_to_standardise_in_place_is_named():
    def standardise(x_train, x_new):
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        x_train -= mean
        return x_train / deviation, (x_new - mean) / deviation

    assert "changes its argument `x_train` in place" in verdict("01-standardise", standardise)


# The gradient


def penalised_cost(weights, bias, x, y, penalty):
    """Return the cost, also for complex parameters, from the definition of cross-entropy."""
    p = 1 / (1 + np.exp(-(x @ weights + bias)))
    return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)) + penalty / 2 * np.sum(weights**2)


def test_the_gradient_is_the_one_by_a_complex_step():
    step = 1e-30
    for gradient, (weights, bias, x, y, penalty) in cases("01-gradient"):
        slopes, slope = gradient(weights, bias, x, y, penalty)
        for number, unit in enumerate(np.eye(len(weights))):
            cost = penalised_cost(weights + 1j * step * unit, bias, x, y, penalty)
            assert slopes[number] == pytest.approx(cost.imag / step)
        cost = penalised_cost(weights, bias + 1j * step, x, y, penalty)
        assert slope == pytest.approx(cost.imag / step)


def test_the_gradient_vanishes_where_scikit_learn_finds_the_optimum():
    random = np.random.default_rng(0)
    x, y, penalty = random.normal(size=(50, 3)), np.arange(50) % 2, 0.3
    best = LogisticRegression(C=1 / (50 * penalty), tol=1e-10).fit(x, y)
    gradient = find_exercise("01-gradient").solution
    slopes, slope = gradient(best.coef_[0], best.intercept_[0], x, y, penalty)
    assert slopes == pytest.approx(0, abs=1e-6)
    assert slope == pytest.approx(0, abs=1e-6)


def gradient_of_lists(weights, bias, x, y, penalty):
    errors = [
        1 / (1 + np.exp(-(row @ weights + bias))) - label for row, label in zip(x, y, strict=True)
    ]
    slopes = [
        sum(error * row[j] for error, row in zip(errors, x, strict=True)) / len(y)
        + penalty * weights[j]
        for j in range(len(weights))
    ]
    return [slopes, float(sum(errors) / len(y))]


def gradient_in_float32(weights, bias, x, y, penalty):
    weights, x = weights.astype("float32"), x.astype("float32")
    error = 1 / (1 + np.exp(-(x @ weights + np.float32(bias)))) - y.astype("float32")
    return x.T @ error / np.float32(len(y)) + np.float32(penalty) * weights, error.mean()


def gradient_by_keras(weights, bias, x, y, penalty):
    p = keras.ops.sigmoid(keras.ops.matmul(x, weights) + bias)
    error = p - keras.ops.cast(y, p.dtype)
    along = keras.ops.matmul(keras.ops.transpose(x), error) / len(y)
    return along + penalty * keras.ops.cast(weights, p.dtype), keras.ops.mean(error)


@pytest.mark.parametrize("function", [gradient_of_lists, gradient_in_float32, gradient_by_keras])
def test_other_ways_to_the_gradient_are_right(function):
    accept("01-gradient", function)


def test_a_gradient_off_by_a_ten_thousandth_is_refused():
    def nearly(*arguments):
        slopes, slope = find_exercise("01-gradient").solution(*arguments)
        return slopes * 1.0001, slope

    assert verdict("01-gradient", nearly).startswith("Value 1 of 2: The values differ")


# Descent


def test_the_predicted_descent_is_what_a_descent_does():
    seen = set()
    for predict, (curvature, learning_rate) in cases("01-descent"):
        path = [1.0]
        for _ in range(60):
            path.append(path[-1] - learning_rate * curvature * path[-1])
        happens = "diverges" if abs(path[-1]) > 1 else "zigzags" if path[1] < 0 else "slides"
        assert predict(curvature, learning_rate) == happens
        seen.add(happens)
    assert len(seen) == 3


def descent_by_select(curvature, learning_rate):
    product = learning_rate * curvature
    return np.select([product < 1, product < 2], ["slides", "zigzags"], "diverges")


def descent_by_the_distance(curvature, learning_rate):
    after = 1 - learning_rate * curvature
    if abs(after) > 1:
        return np.str_("diverges")
    return np.str_("slides" if after > 0 else "zigzags")


@pytest.mark.parametrize("function", [descent_by_select, descent_by_the_distance])
def test_other_ways_to_predict_the_descent_are_right(function):
    accept("01-descent", function)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("slide", 'Expected one of "slides", "zigzags" and "diverges"; got \'slide\'.'),
        (None, 'Expected one of "slides", "zigzags" and "diverges"; got None.'),
        ("slides", "Take one step from w = 1: is w still on its own side of 0?"),
        ("zigzags", "Take one step from w = 1: is w still on its own side of 0?"),
        ("diverges", "Take one step from w = 1: is w nearer to 0 now, or farther away?"),
    ],
)
def test_one_word_for_every_bowl_is_refused(answer, said):
    assert verdict("01-descent", lambda curvature, learning_rate: answer) == said


# Screening


def shares(y, probabilities, threshold):
    flagged = probabilities >= threshold
    return np.mean(flagged[y == 1]), np.mean(~flagged[y == 0])


def test_no_other_threshold_does_better():
    for choose, (y, probabilities, sensitivity) in cases("01-screening"):
        found, cleared = shares(y, probabilities, choose(y, probabilities, sensitivity))
        assert found >= sensitivity
        alarms, all_found, _ = roc_curve(y, probabilities, drop_intermediate=False)
        assert cleared == pytest.approx(1 - alarms[all_found >= sensitivity].min())


def threshold_by_the_roc_curve(y, probabilities, sensitivity):
    _, found, thresholds = roc_curve(y, probabilities, drop_intermediate=False)
    return thresholds[np.argmax(found >= sensitivity)]


def threshold_a_little_lower(y, probabilities, sensitivity):
    threshold = threshold_by_the_roc_curve(y, probabilities, sensitivity)
    below = probabilities[probabilities < threshold]
    return (threshold + below.max()) / 2 if len(below) else 0.0


def threshold_in_float32(y, probabilities, sensitivity):
    return np.float32(threshold_by_the_roc_curve(y, probabilities, sensitivity))


@pytest.mark.parametrize(
    "function", [threshold_by_the_roc_curve, threshold_a_little_lower, threshold_in_float32]
)
def test_other_thresholds_that_do_as_well_are_right(function):
    accept("01-screening", function)


def threshold_one_person_too_many(y, probabilities, sensitivity):
    ill = np.sort(probabilities[y == 1])[::-1]
    return ill[min(int(sensitivity * len(ill)), len(ill) - 1)]


def threshold_rounded(y, probabilities, sensitivity):
    ill = np.sort(probabilities[y == 1])[::-1]
    return ill[round(sensitivity * len(ill)) - 1]


def test_a_threshold_one_person_off_is_named():
    said = verdict("01-screening", threshold_one_person_too_many)
    assert said.endswith("Enough are found, but a higher threshold would clear more.")
    said = verdict("01-screening", threshold_rounded)
    assert said.endswith("is kept from 16.2 of the 20 ill on: how many people is that?")


# Features


def test_the_classes_of_the_clouds_are_an_xor():
    solution = find_exercise("01-features").solution
    is_upper = find_exercise("01-features").judge.__globals__["is_upper"]
    for seed in SEEDS:
        _, (alone,), *clouds = find_exercise("01-features").inputs(np.random.default_rng(seed))
        assert solution(alone).shape == (1, 3)
        for (x,) in clouds:
            upper = np.column_stack([is_upper(x[:, 0]), is_upper(x[:, 1])])
            assert np.array_equal(upper, x > (x.min(axis=0) + x.max(axis=0)) / 2)
            assert 0.3 < np.mean(upper[:, 0] != upper[:, 1]) < 0.7


@pytest.mark.parametrize(
    "features",
    [
        lambda x: np.column_stack([x[:, 0] * x[:, 1], x]),
        lambda x: np.column_stack([x, (x[:, 0] + x[:, 1]) ** 2, (x[:, 0] - x[:, 1]) ** 2]),
        lambda x: [[a, b, a * b] for a, b in x],
        lambda x: np.column_stack([np.cos(x @ [[1, 1], [1, -1]]), x]).astype("float32"),
        lambda x: keras.ops.stack([x[:, 0], x[:, 1], x[:, 0] * x[:, 1]], axis=1),
    ],
    ids=["product first", "squares of sum and difference", "lists", "float32 cosines", "Keras"],
)
def test_other_features_that_open_xor_are_right(features):
    accept("01-features", features)


OTHER_ROWS = "A row of your answer changes when other rows of `x` do: each is to be computed from"
ALONE = "For a single point the features are NaN: they depend on which other points come with it."


def ranked(x):
    ranks = np.argsort(np.argsort(x, axis=0), axis=0) / len(x)
    return np.column_stack([x, np.prod(ranks - 0.5, axis=1)])


def between_the_extremes(x):
    scaled = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))
    return np.prod(scaled - 0.5, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: None, "The function returns None."),
        (ranked, OTHER_ROWS),
        (between_the_extremes, ALONE),
        (lambda x: x[:, 0] * x[:, 1], "Expected shape (30, k) with k from 1 to 4, got (30,)."),
        (lambda x: np.column_stack([x, x, x]), "Expected shape (30, k) with k from 1 to 4"),
        (lambda x: np.full((len(x), 2), np.nan), "The features contain NaN, infinity or numbers"),
        (lambda x: "x", "An answer of type str cannot be judged here."),
    ],
)
def test_features_of_the_wrong_kind_are_refused_in_words(answer, said):
    assert verdict("01-features", answer).startswith(said)
