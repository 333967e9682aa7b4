"""Lesson 07's exercises against other ways to the same answer, and right answers of other kinds."""

import math
from collections import Counter, defaultdict

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import optimize, special

from course_utils.checks.exercises import WrongAnswer, check, find_exercise

SEEDS = range(3)


def cases(exercise):
    one = find_exercise(exercise)
    return [(one.solution, case) for s in SEEDS for case in one.inputs(np.random.default_rng(s))]


def verdicts(exercise, function):
    """Return the first lines of what the check says, over seeds: "" for right."""
    found = set()
    for seed in SEEDS:
        try:
            check(exercise, function, seed=seed)
            found.add("")
        except WrongAnswer as wrong:
            said = str(wrong).splitlines()[0]
            found.add(said.removeprefix(f"✗ {exercise}: not right yet. "))
    return found


# 07-masked-loss


def masked_mean_in_float32(losses, lengths):
    real = (
        keras.ops.arange(losses.shape[1], dtype="int64")
        < keras.ops.convert_to_tensor(lengths)[:, None]
    )
    mask = keras.ops.cast(real, "float32")
    return keras.ops.sum(keras.ops.cast(losses, "float32") * mask) / keras.ops.sum(mask)


def weighted_mean_of_means(losses, lengths):
    means = [sum(row[:n]) / n for row, n in zip(losses.tolist(), lengths.tolist(), strict=True)]
    return np.average(means, weights=lengths)


def test_the_masked_mean_is_that_of_a_masked_array():
    for masked_mean, (losses, lengths) in cases("07-masked-loss"):
        padding = [[step >= n for step in range(losses.shape[1])] for n in lengths]
        assert masked_mean(losses, lengths) == pytest.approx(
            np.ma.array(losses, mask=padding).mean()
        )


@pytest.mark.parametrize("answer", [masked_mean_in_float32, weighted_mean_of_means])
def test_a_masked_mean_by_another_way_is_right(answer):
    assert verdicts("07-masked-loss", answer) == {""}


def test_a_masked_mean_of_all_rows_but_the_last_is_not_right():
    def answer(losses, lengths):
        return (
            weighted_mean_of_means(losses[:-1], lengths[:-1]) if len(losses) > 1 else losses[0, 0]
        )

    for said in verdicts("07-masked-loss", answer):
        assert said.startswith("The value differs from the expected one")


# 07-temperature


def softmax_of_keras(logits, temperature):
    return keras.ops.softmax(keras.ops.convert_to_tensor(logits / temperature, "float32"))


def softmax_of_a_list(logits, temperature):
    top = max(logits)
    powers = [math.exp((z - top) / temperature) for z in logits]
    return [power / sum(powers) for power in powers]


def test_the_probabilities_are_those_of_scipy():
    for probabilities, (logits, temperature) in cases("07-temperature"):
        right = special.softmax(logits / temperature)
        assert probabilities(logits, temperature) == pytest.approx(right)


@pytest.mark.parametrize("answer", [softmax_of_keras, softmax_of_a_list])
def test_a_softmax_by_another_way_is_right(answer):
    assert verdicts("07-temperature", answer) == {""}


def test_probabilities_that_are_clipped_from_below_are_not_right():
    def clipped(logits, temperature):
        return np.maximum(softmax_of_a_list(logits, temperature), 1e-3)

    for said in verdicts("07-temperature", clipped):
        assert said.startswith("The values differ from the expected ones")


# 07-through-time


def loss(x, w, y):
    state = 0.0
    for value in x:
        state = np.tanh(value + w * state)
    return (state - y) ** 2 / 2


def slope_of_tensorflow(x, w, y):
    weight = tf.Variable(w, dtype="float32")
    with tf.GradientTape() as tape:
        state = tf.constant(0.0)
        for value in x.astype("float32"):
            state = tf.tanh(value + weight * state)
        half_square = (state - tf.cast(y, "float32")) ** 2 / 2
    slope = tape.gradient(half_square, weight)
    return 0.0 if slope is None else slope


def slope_carried_forward(x, w, y):
    state = change = 0.0
    for value in x.tolist():
        after = math.tanh(value + w * state)
        state, change = after, (1 - after**2) * (state + w * change)
    return (state - y) * change


def test_the_slope_is_that_of_a_complex_step():
    for slope, (x, w, y) in cases("07-through-time"):
        assert slope(x, w, y) == pytest.approx(loss(x, w + 1e-30j, y).imag / 1e-30)


@pytest.mark.parametrize("answer", [slope_of_tensorflow, slope_carried_forward])
def test_a_slope_by_another_way_is_right(answer):
    assert verdicts("07-through-time", answer) == {""}


@pytest.mark.parametrize("h", [1e-4, 1e-5, 1e-6])
def test_a_finite_difference_of_any_sensible_step_is_named(h):
    def difference(x, w, y):
        return (loss(x, w + h, y) - loss(x, w - h, y)) / (2 * h)

    (said,) = verdicts("07-through-time", difference)
    assert said.startswith("You compare the losses of two weights.")


def test_a_slope_that_forgets_all_but_the_last_eight_steps_is_not_right():
    def truncated(x, w, y):
        state = 0.0
        for value in x[:-8]:
            state = math.tanh(value + w * state)
        change = 0.0
        for value in x[-8:]:
            after = math.tanh(value + w * state)
            state, change = after, (1 - after**2) * (state + w * change)
        return (state - y) * change

    for said in verdicts("07-through-time", truncated):
        assert said.startswith("The value differs from the expected one")


# 07-half-life


def left_after(bias, steps):
    return (1 / (1 + math.exp(-bias))) ** steps


def test_with_the_bias_one_half_is_left():
    for bias_for, (steps,) in cases("07-half-life"):
        searched = optimize.brentq(lambda bias, n=steps: left_after(bias, n) - 0.5, -40, 40)
        assert bias_for(steps) == pytest.approx(searched, abs=1e-9)


def bias_by_bisection(half_life):
    low, high = -40.0, 40.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (middle, high) if left_after(middle, half_life) < 0.5 else (low, middle)
    return low


def bias_in_float32(half_life):
    keep = np.float32(0.5) ** np.float32(1 / half_life)
    return np.log(keep / (1 - keep))


@pytest.mark.parametrize(
    "answer",
    [bias_by_bisection, bias_in_float32, lambda n: -math.log(math.expm1(math.log(2) / n))],
)
def test_a_bias_by_another_way_is_right(answer):
    assert verdicts("07-half-life", answer) == {""}


def test_a_bias_to_three_decimals_is_not_right():
    (said,) = verdicts("07-half-life", lambda n: round(bias_by_bisection(n), 3))
    assert said == "You round the result: return it with all its decimals."


def test_a_linear_decay_that_fails_where_numpy_gives_nan_is_named():
    def linear(half_life):
        keep = 1 - 0.5 / half_life
        return math.log(keep / (1 - keep))

    (said,) = verdicts("07-half-life", linear)
    assert said == "You take the same amount away in each step; a gate multiplies."


# 07-python


def n_gram(length, added):
    """Return a `learn` of fixed contexts, with a number added to each count."""

    def learn(train, characters):
        followers = defaultdict(Counter)
        for position in range(length, len(train)):
            followers[train[position - length : position]][train[position]] += 1

        def predict(context):
            seen = followers.get(context[-length:], {})
            counts = [seen.get(character, 0) + added for character in characters]
            return [count / sum(counts) for count in counts]

        return predict

    return learn


@pytest.mark.parametrize(("length", "added"), [(1, 1), (3, 1), (2, 0.1)])
def test_an_n_gram_of_another_kind_is_a_model_of_python(length, added):
    assert verdicts("07-python", n_gram(length, added)) == {""}


def test_the_error_inside_a_prediction_is_shown_with_its_line():
    def learn(train, characters):
        def predict(context):
            return 1 / len(context)

        return predict

    with pytest.raises(WrongAnswer) as caught:
        check("07-python", learn, seed=0)
    first, second, *_ = str(caught.value).splitlines()
    assert first == (
        "✗ 07-python: not right yet. Your prediction after '' raised ZeroDivisionError: division "
        "by zero. What do you answer to a context that is new, or short?"
    )
    assert second == "  In the line: return 1 / len(context)"
