"""Lesson 02's solutions against other ways to the same answer, and answers of other kinds."""

import keras
import numpy as np
import pytest
from scipy.special import log_softmax

from course_utils.checks.exercises import WrongAnswer, check, find_exercise

SEEDS = range(5)


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


# Forward


def scores_by_keras(x, layers):
    last = len(layers) - 1
    for number, (weights, biases) in enumerate(layers):
        dense = keras.layers.Dense(len(biases), "linear" if number == last else "relu")
        dense.build(x.shape)
        dense.set_weights([weights, biases])
        x = dense(x)
    return x


def test_scores_are_those_of_keras_layers():
    for scores, (x, layers) in cases("02-forward"):
        expected = np.asarray(scores_by_keras(x, layers))
        assert scores(x, layers) == pytest.approx(expected, rel=1e-4, abs=1e-4)


def scores_by_loops(x, layers):
    rows = []
    for row in x:
        for number, (weights, biases) in enumerate(layers):
            row = [row @ weights[:, j] + biases[j] for j in range(len(biases))]
            row = np.array(row if number == len(layers) - 1 else [max(0, z) for z in row])
        rows.append(row.tolist())
    return rows


@pytest.mark.parametrize("function", [scores_by_keras, scores_by_loops])
def test_other_ways_to_the_scores_are_right(function):
    accept("02-forward", function)


def test_scores_that_depend_on_the_other_rows_are_refused():
    def normalised(x, layers):
        scores = find_exercise("02-forward").solution
        return scores((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9), layers)

    assert verdict("02-forward", normalised).startswith("The values differ from the expected ones")


# Cross-entropy


def test_the_cross_entropy_is_that_of_scipy():
    for cross_entropy, (z, y) in cases("02-cross-entropy"):
        expected = -np.mean(np.take_along_axis(log_softmax(z, axis=1), y[:, np.newaxis], axis=1))
        assert cross_entropy(z, y) == pytest.approx(expected)


def cross_entropy_by_pairs(z, y):
    costs = [np.logaddexp.reduce(row) - row[label] for row, label in zip(z, y, strict=True)]
    return sum(costs) / len(costs)


def cross_entropy_by_keras(z, y):
    costs = keras.losses.sparse_categorical_crossentropy(y, z, from_logits=True)
    return keras.ops.mean(costs)


def cross_entropy_in_float32(z, y):
    return find_exercise("02-cross-entropy").solution(z.astype("float32"), y)


@pytest.mark.parametrize(
    "function", [cross_entropy_by_pairs, cross_entropy_by_keras, cross_entropy_in_float32]
)
def test_other_ways_to_the_cross_entropy_are_right(function):
    accept("02-cross-entropy", function)


@pytest.mark.parametrize("tiny", [1e-3, 1e-12, 1e-300])
def test_hiding_a_logarithm_of_zero_is_named_whatever_hides_it(tiny):
    def clipped(z, y):
        p = np.exp(log_softmax(z, axis=1))
        return -np.mean(np.log(np.maximum(p[np.arange(len(y)), y], tiny)))

    assert verdict("02-cross-entropy", clipped).startswith("Very wrong answers cost too little")


def test_the_mean_of_a_one_hot_table_is_named():
    def averaged(z, y):
        return -np.mean(np.eye(z.shape[1])[y] * log_softmax(z, axis=1))

    assert verdict("02-cross-entropy", averaged).startswith("You average over all n·k entries")


def test_a_logarithm_of_scores_is_named():
    def logarithm(z, y):
        return -np.mean(np.log(z[np.arange(len(y)), y]))

    assert "Was the logarithm of a score itself taken?" in verdict("02-cross-entropy", logarithm)


# Backpropagation


def mean_cost(error, x, w1, b1, w2, b2):
    """Return a cost whose slope in the scores is error / n."""
    scores = np.maximum(0, x @ w1 + b1) @ w2 + b2
    return np.mean(np.sum(scores * error, axis=1))


def test_the_gradients_are_differences_of_the_cost():
    for gradients, (x, w1, b1, w2, error) in cases("02-backprop"):
        parameters = [w1, b1, w2, np.zeros(error.shape[1])]
        for number, gradient in enumerate(gradients(x, w1, b1, w2, error)):
            for place in np.ndindex(gradient.shape):
                moved = [part.copy() for part in parameters]
                moved[number][place] += 1e-7
                above = mean_cost(error, x, *moved)
                moved[number][place] -= 2e-7
                slope = (above - mean_cost(error, x, *moved)) / 2e-7
                assert gradient[place] == pytest.approx(slope, abs=1e-6)


def gradients_by_rows(x, w1, b1, w2, error):
    in_w1, in_b1, in_w2 = np.zeros(w1.shape), np.zeros(b1.shape), np.zeros(w2.shape)
    for row, slope in zip(x, error / len(x), strict=True):
        hidden = row @ w1 + b1
        message = np.where(hidden > 0, w2 @ slope, 0)
        in_w1 += np.outer(row, message)
        in_b1 += message
        in_w2 += np.outer(np.maximum(hidden, 0), slope)
    return [in_w1.tolist(), in_b1, in_w2, error.mean(axis=0)]


def gradients_in_float32(*arguments):
    as_float32 = [argument.astype("float32") for argument in arguments]
    return find_exercise("02-backprop").solution(*as_float32)


@pytest.mark.parametrize("function", [gradients_by_rows, gradients_in_float32])
def test_other_ways_to_the_gradients_are_right(function):
    accept("02-backprop", function)


def test_a_wrong_part_is_named_where_the_slip_is_not():
    def third_twice(*arguments):
        first, second, third, fourth = find_exercise("02-backprop").solution(*arguments)
        return first, second, 2 * third, fourth

    def squared(*arguments):
        first, second, third, fourth = find_exercise("02-backprop").solution(*arguments)
        return first**2, second, third, fourth

    assert verdict("02-backprop", third_twice) == (
        "Off by one factor: the gradient in w2 is 2 times what it should be."
    )
    assert verdict("02-backprop", squared) == "Not right: the gradient in w1."


# Symmetry


def different_units_after_training(start, units):
    random = np.random.default_rng(units)
    x = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (10, 1)) + random.normal(0, 0.12, (40, 2))
    y = np.tile([0, 1, 1, 0], 10)
    if start == "random":
        w1, w2 = random.normal(size=(2, units)), random.normal(size=units)
    else:
        value = {"constant": 0.5, "zeros": 0.0}[start]
        w1, w2 = np.full((2, units), value), np.full(units, value)
    b1, b2 = np.zeros(units), 0.0
    for _ in range(100):
        hidden = np.tanh(x @ w1 + b1)
        delta_z = (1 / (1 + np.exp(-(hidden @ w2 + b2))) - y) / len(y)
        delta_s = np.outer(delta_z, w2) * (1 - hidden**2)
        w1, b1 = w1 - x.T @ delta_s, b1 - delta_s.sum(axis=0)
        w2, b2 = w2 - hidden.T @ delta_z, b2 - delta_z.sum()
    return len(np.unique(np.tanh(x @ w1 + b1).round(9), axis=1).T)


def test_the_predicted_number_of_units_is_what_training_leaves():
    for different_units, (start, units) in cases("02-symmetry"):
        assert different_units(start, units) == different_units_after_training(start, units)


def test_another_number_of_units_is_refused_without_the_answer():
    assert verdict("02-symmetry", lambda start, units: 2.5) == (
        "You predict 2.5 different columns; after training there are fewer. "
        "Compare the slopes that two of the units get."
    )


# Initial weights


def orthogonal(random, num_layers, width):
    draws = random.normal(size=(num_layers, width, width))
    return [np.sqrt(2) * np.linalg.qr(draw)[0] for draw in draws]


def uniform(random, num_layers, width):
    limit = np.sqrt(6 / width)
    return random.uniform(-limit, limit, size=(num_layers, width, width)).astype("float32")


@pytest.mark.parametrize("function", [orthogonal, uniform])
def test_other_draws_that_keep_signal_and_gradient_are_right(function):
    check("02-initial-weights", function, seed=0)
    check("02-initial-weights", function, seed=1)


def test_no_fixed_spread_suits_both_widths():
    for width in (118, 170, 248):
        spread = np.sqrt(2 / width)
        said = verdict(
            "02-initial-weights",
            lambda random, n, m, spread=spread: random.normal(0, spread, size=(n, m, m)),
        )
        assert "of its size" in said


def test_draws_from_a_generator_of_ones_own_are_named():
    def own(random, num_layers, width):
        return find_exercise("02-initial-weights").solution(
            np.random.default_rng(), num_layers, width
        )

    said = verdict("02-initial-weights", own)
    assert said == "Your function draws nothing from its argument `random`."
