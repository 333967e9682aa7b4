"""Lesson 03's exercises: solutions against other ways to compute them, and near-misses."""

import keras
import numpy as np
import pytest
import scipy.sparse.linalg
from sklearn.linear_model import Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils.checks.exercises import WrongAnswer, check, find_exercise
from course_utils.checks.judging import Trial

SEEDS = range(4)


def cases(exercise):
    """Return (solution, inputs of several draws)."""
    one = find_exercise(exercise)
    return one.solution, [case for seed in SEEDS for case in Trial(one, seed).inputs]


def said(exercise, function):
    """Return what the check says over several draws, "" for right: a set of str."""
    found = set()
    for seed in SEEDS:
        try:
            check(exercise, function, seed=seed)
            found.add("")
        except WrongAnswer as wrong:
            first = str(wrong).splitlines()[0]
            found.add(first.removeprefix(f"✗ {exercise}: ").removeprefix("not right yet. "))
    return found


# 03-dropout

dropout = find_exercise("03-dropout").solution


def test_dropout_is_that_of_keras():
    for activations, _, rate, training in cases("03-dropout")[1]:
        of_keras = np.asarray(keras.layers.Dropout(rate)(activations, training=training))
        dropped = of_keras == 0
        got = dropout(activations, np.where(dropped, rate / 2, (1 + rate) / 2), rate, training)
        np.testing.assert_allclose(got, of_keras, rtol=1e-5)


def dropout_of_tensors(activations, uniform, rate, training):
    if not training:
        return keras.ops.convert_to_tensor(activations, "float32")
    kept = keras.ops.cast(keras.ops.convert_to_tensor(uniform, "float32") >= rate, "float32")
    return kept * keras.ops.convert_to_tensor(activations, "float32") / (1 - rate)


def dropout_by_floor(activations, uniform, rate, training):
    mask = np.floor(uniform + 1 - rate) if training else 1
    return activations * mask / (1 - rate * training)


def dropout_in_lists(activations, uniform, rate, training):
    return dropout(activations, uniform, rate, training).tolist()


def dropout_in_float32(activations, uniform, rate, training):
    return dropout(activations.astype("float32"), uniform.astype("float32"), rate, training)


@pytest.mark.parametrize(
    "function", [dropout_of_tensors, dropout_by_floor, dropout_in_lists, dropout_in_float32]
)
def test_other_right_dropouts_are_right(function):
    assert said("03-dropout", function) == {""}


def test_dropout_in_place_is_named():
    def in_place(activations, uniform, rate, training):
        if training:
            activations[uniform < rate] = 0
            activations /= 1 - rate
        return activations

    (message,) = said("03-dropout", in_place)
    assert message.startswith("The numbers are right, but your function changes its argument")


@pytest.mark.parametrize("factor", [1, 0.5, 3])
def test_an_inverted_mask_is_named_at_any_size(factor):
    def inverted(activations, uniform, rate, training):
        return factor * activations * (uniform < rate) if training else activations

    (message,) = said("03-dropout", inverted)
    assert message.startswith("You keep the units that should be dropped")


# 03-early-stopping

early_stopping = find_exercise("03-early-stopping").solution


class Stopped:
    """What Keras's callback asks of a model."""

    stop_training = False
    optimizer = None

    def get_weights(self):
        return []

    def set_weights(self, weights):
        pass


def test_early_stopping_is_that_of_keras():
    for val_losses, patience in cases("03-early-stopping")[1]:
        callback = keras.callbacks.EarlyStopping(
            "val_loss", mode="min", patience=patience, restore_best_weights=True
        )
        callback.set_model(model := Stopped())
        callback.on_train_begin()
        ran = 0
        while ran < len(val_losses) and not model.stop_training:
            callback.on_epoch_end(ran, {"val_loss": val_losses[ran]})
            ran += 1
        assert early_stopping(val_losses, patience) == (ran, callback.best_epoch + 1)


def early_stopping_by_windows(val_losses, patience):
    """Stop at the first epoch whose last `patience` losses are not below the lowest before."""
    for epoch in range(patience + 1, len(val_losses) + 1):
        if min(val_losses[epoch - patience : epoch]) >= min(val_losses[: epoch - patience]):
            return epoch, np.argmin(val_losses[:epoch]) + 1
    return np.array([len(val_losses), np.argmin(val_losses) + 1])


def test_another_right_early_stopping_is_right():
    assert said("03-early-stopping", early_stopping_by_windows) == {""}
    as_list = said("03-early-stopping", lambda *case: list(map(float, early_stopping(*case))))
    assert as_list == {""}


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        (lambda v, p: (len(v) + 1, 1), "Training stops earlier than in epoch "),
        (lambda v, p: (early_stopping(v, p)[0], 1), "The last epoch is right, the best one is not"),
        (lambda v, p: (min(v), 1), "Asked are the numbers of two epochs, not losses."),
        (lambda v, p: (1, len(v)), "The best epoch cannot lie after the last one."),
    ],
)
def test_any_other_pair_of_epochs_is_commented(slip, message):
    assert all("You return (" in text and message in text
               for text in said("03-early-stopping", slip))  # fmt: skip


# 03-out-of-fold

out_of_fold = find_exercise("03-out-of-fold").solution


def ridge(x, y):
    return Ridge().fit(x, y).predict


def test_out_of_fold_scores_are_those_of_scikit_learn():
    for x, y, fold, _ in cases("03-out-of-fold")[1]:
        model = make_pipeline(StandardScaler(), Ridge())
        expected = cross_val_predict(model, x, y, cv=PredefinedSplit(fold))
        np.testing.assert_allclose(out_of_fold(x, y, fold, ridge), expected)


def scored_with(ddof, dtype=float, numbers=np.unique, empty=0.0):
    def scored(x, y, fold, fit):
        x = x.astype(dtype)
        scores = np.full(len(y), empty)
        for number in numbers(fold):
            train = x[fold != number]
            mean, deviation = train.mean(axis=0), train.std(axis=0, ddof=ddof)
            predict = fit((train - mean) / deviation, y[fold != number])
            scores[fold == number] = predict((x[fold == number] - mean) / deviation)
        return scores

    return scored


@pytest.mark.parametrize(
    "function",
    [
        scored_with(ddof=0, dtype="float32"),
        scored_with(ddof=1),
        lambda *case: list(scored_with(ddof=1)(*case)),
    ],
)
def test_other_right_scores_are_right(function):
    assert said("03-out-of-fold", function) == {""}


@pytest.mark.parametrize("empty", [0.0, np.nan])
def test_folds_that_are_not_scored_are_listed(empty):
    function = scored_with(0, numbers=lambda fold: np.unique(fold)[1:], empty=empty)
    assert all(message.startswith("Nothing was scored in fold ")
               for message in said("03-out-of-fold", function))  # fmt: skip


@pytest.mark.parametrize("order", [list.copy, sorted, lambda numbers: sorted(numbers)[::-1]])
def test_scores_in_another_order_are_named(order):
    def appended(x, y, fold, fit):
        scores = out_of_fold(x, y, fold, fit)
        numbers = order(list(dict.fromkeys(fold.tolist())))
        return np.concatenate([scores[fold == number] for number in numbers])

    assert said("03-out-of-fold", appended) == {
        "These are the right scores, but not in the order of the rows."
    }


# 03-decoupled-decay

adam_with_decay = find_exercise("03-decoupled-decay").solution


def adamw_of_keras(weights, gradients, learning_rate, weight_decay):
    optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay)
    variable = keras.Variable(weights.astype("float32"))
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
    return variable


def test_decoupled_decay_is_that_of_keras():
    for case in cases("03-decoupled-decay")[1][:6]:
        np.testing.assert_allclose(adam_with_decay(*case), adamw_of_keras(*case), rtol=2e-5)


def test_keras_is_right():
    with_keras = {case[0].tobytes(): adamw_of_keras(*case)
                  for case in cases("03-decoupled-decay")[1][:6]}  # fmt: skip
    check("03-decoupled-decay", lambda *case: with_keras[case[0].tobytes()], seed=SEEDS[0])


def adamw_of_the_paper(weights, gradients, learning_rate, weight_decay, epsilon=1e-8):
    """Decay after the step, and ε beside the corrected root."""
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for t, gradient in enumerate(gradients, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        root = np.sqrt(square / (1 - 0.999**t)) + epsilon
        weights = weights - learning_rate * mean / (1 - 0.9**t) / root
        weights = weights * (1 - learning_rate * weight_decay)
    return weights


@pytest.mark.parametrize(
    "function",
    [
        adamw_of_the_paper,
        lambda w, g, *rates: adamw_of_the_paper(w.astype("float32"), g.astype("float32"), *rates),
        lambda *case: adam_with_decay(*case).tolist(),
    ],
)
def test_other_right_decays_are_right(function):
    assert said("03-decoupled-decay", function) == {""}


@pytest.mark.parametrize("share", [0.97, 1.03])
def test_another_share_of_decay_is_not_right(share):
    def nearly(weights, gradients, learning_rate, weight_decay):
        return adam_with_decay(weights, gradients, learning_rate, share * weight_decay)

    assert all("The values differ" in message for message in said("03-decoupled-decay", nearly))


# 03-ravine


def momentum(beta, learning_rate, num_steps=150, nesterov=False):
    def minimise(gradient, start):
        weights, velocity = start, np.zeros_like(start)
        for _ in range(num_steps):
            ahead = weights + beta * velocity if nesterov else weights
            velocity = beta * velocity - learning_rate * gradient(ahead)
            weights = weights + velocity
        return weights

    return minimise


def adam(learning_rate):
    def minimise(gradient, start):
        mean = square = np.zeros_like(start)
        weights = start
        for t in range(1, 151):
            slope = gradient(weights)
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            step = learning_rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            weights = weights - step * mean / (np.sqrt(square) + 1e-8)
        return weights

    return minimise


def conjugate_gradients(gradient, start):
    at_start = gradient(start)
    product = scipy.sparse.linalg.LinearOperator((5, 5), lambda v: gradient(start + v) - at_start)
    return start + scipy.sparse.linalg.cg(product, -at_start)[0]


@pytest.mark.parametrize(
    "function",
    [
        momentum(0.9, 0.01),
        momentum(0.85, 0.012, num_steps=140),
        momentum(0.9, 0.006, nesterov=True),
        adam(5),
        conjugate_gradients,
        lambda gradient, start: momentum(0.9, 0.01)(gradient, start.astype("float32")),
        lambda *case: momentum(0.9, 0.01)(*case).tolist(),
    ],
)
def test_many_ways_through_the_ravine_are_right(function):
    assert said("03-ravine", function) == {""}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (momentum(0, 0.009), "What carries you along the flat direction?"),
        (momentum(0, 0.001), "What carries you along the flat direction?"),
        (momentum(0.5, 0.001), "What carries you along the flat direction?"),
        (momentum(0.99, 0.01), "Do your swings die down in time?"),
        (momentum(0.99, 0.001), "Do your swings die down in time?"),
        (momentum(0.97, 0.01), "Do your swings die down in time?"),
        (momentum(0, 0.02), "the steps are too large for the steepest direction."),
        (momentum(0, -0.02), "Either you walk uphill (look at the signs)"),
        (momentum(0, 0.00999), "Are your steps of the right size?"),
        (momentum(0.9, 0.01, num_steps=151), "the gradient may be asked for 150 times"),
        (lambda gradient, start: start * np.nan, "Your point is no longer finite."),
    ],
)
def test_what_keeps_a_walk_from_the_lowest_point_is_named(function, message):
    assert all(message in text for text in said("03-ravine", function)), said("03-ravine", function)
