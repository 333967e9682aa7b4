"""The checks of lesson 03, training deep networks."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches

NUM_STEPS = 150  # how often exercise 03-ravine may ask for the gradient
STEEPEST, FLATTEST = 200.0, 1.0  # the curvatures of its valley


# 03-dropout


def _dropout_inputs(random):
    activations = random.uniform(0.5, 2, size=(6, 8))
    uniform = random.permutation(np.linspace(0.01, 0.99, 48)).reshape(6, 8)
    rate = random.choice([0.2, 0.3, 0.4, 0.6])
    return [(activations, uniform, rate, True), (activations, uniform, rate, False)]


def _dropout(activations, uniform, rate, training):
    if not training:
        return activations
    return np.where(uniform >= rate, activations / (1 - rate), 0.0)


def _dropout_judge(got, expected, activations, uniform, rate, training):
    kept = activations * (uniform >= rate)
    candidates = {
        "no-rescaling": (kept, "The right units survive, but at their old size: what is their "
                         "mean, compared with the mean without dropout?"),
        "scaled-down": (kept * (1 - rate), "The survivors have shrunk. They must make up for the "
                        "units that are missing."),
        "divided-by-rate": (kept / rate, "The right units survive, but the factor is wrong: which "
                            "share of the units is left, `rate` or another one?"),
        "mask-inverted": (activations * (uniform < rate) / (1 - rate), "You keep the units that "
                          "should be dropped: `rate` is the share that goes."),
    }  # fmt: skip
    if not training and not matches(got, activations) and matches(np.shape(got), kept.shape):
        raise WrongAnswer(
            "active-when-off", "With training=False nothing is dropped and nothing is scaled."
        )
    for key, (candidate, message) in candidates.items():
        if training and matches(got, candidate):
            raise WrongAnswer(key, message)
    agrees(got, expected)


# 03-early-stopping


def _early_stopping_inputs(random):
    patience = int(random.integers(2, 5))
    best, losses = random.uniform(2, 3), []
    for _ in range(patience + 1):  # each new best is followed by a wait that is too short to stop
        best *= random.uniform(0.8, 0.95)
        losses += [best, *(best + random.uniform(0.01, 0.2, size=patience - 1))]
    losses += [0.9 * best, *(best + random.uniform(0.01, 0.2, size=patience + 2)), 0.5 * best]
    falling = np.sort(random.uniform(0, 1, size=8))[::-1]
    return [([round(float(v), 4) for v in values], patience) for values in (losses, falling)]


def _early_stopping(val_losses, patience, *, in_a_row=True):
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best:
            best, best_epoch, waited = loss, epoch, 0 if in_a_row else waited
        else:
            waited += 1
            if waited >= patience:
                return epoch, best_epoch
    return len(val_losses), best_epoch


def _early_stopping_judge(got, expected, val_losses, patience):
    stopped, best_epoch = expected
    candidates = {
        "last-not-best": ((stopped, stopped), "You stop in time, but name the last epoch: which "
                          "epoch had the lowest loss so far?"),
        "counts-from-0": ((stopped - 1, best_epoch - 1), "Both are one too small: the first epoch "
                          "is number 1."),
        "hindsight": ((stopped, int(np.argmin(val_losses)) + 1), "The best epoch lies after the "
                      "stop: training never gets to see it."),
        "all-epochs": ((len(val_losses), int(np.argmin(val_losses)) + 1), "You have read the whole "
                       "list; training should have stopped on the way."),
        "never-forgets": (_early_stopping(val_losses, patience, in_a_row=False), "You stop too "
                          "early: a new best must set the count of waiting epochs back to zero."),
        "one-too-patient": (_early_stopping(val_losses, patience + 1), "You wait one epoch too "
                            "long: stop in the epoch in which the wait reaches `patience`."),
        "one-too-hasty": (_early_stopping(val_losses, patience - 1), "You stop one epoch too "
                          "early: stop in the epoch in which the wait reaches `patience`."),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if candidate != expected and matches(got, candidate):
            raise WrongAnswer(key, message)
    agrees(got, expected)


# 03-out-of-fold


def ridge(x, y):
    """Fit a linear score with a weight penalty; return the function from x to scores."""
    weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ (y - y.mean()))
    return lambda rows: rows @ weights + y.mean()


def _out_of_fold_inputs(random):
    x = random.normal(size=(40, 3)) * [1, 10, 100] + random.normal(size=3)
    x[:5] *= 3
    y = (x @ [1, 0.1, 0.01] + random.normal(size=40) > 0).astype(float)
    y[:2] = 0, 1
    return [(x, y, random.permutation(np.arange(40) % 4), ridge)]


def _out_of_fold(x, y, fold, fit, *, scaler="train", fitted="train"):
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        rows = {"train": ~held_out, "held out": held_out, "all": np.ones(len(y), bool)}
        measured = x[rows[scaler]]
        scaled = (x - measured.mean(axis=0)) / measured.std(axis=0)
        predict = fit(scaled[rows[fitted]], y[rows[fitted]])
        scores[held_out] = predict(scaled[held_out])
    return scores


def _out_of_fold_judge(got, expected, x, y, fold, fit):
    train = {number: x[fold != number] for number in np.unique(fold)}
    own = np.zeros(len(y))
    for number, rows in train.items():
        held_out = fold == number
        predict = fit((rows - rows.mean(axis=0)) / rows.std(axis=0), y[~held_out])
        part = x[held_out]
        own[held_out] = predict((part - part.mean(axis=0)) / part.std(axis=0))
    candidates = {
        "leak": (_out_of_fold(x, y, fold, fit, scaler="all"), "The mean and deviation come from "
                 "all rows, the held-out ones too: that is lesson 01's leak."),
        "own-scale": (own, "The held-out rows are scaled with their own mean and deviation: the "
                      "model was fitted in other units."),
        "not-scaled": (_raw(x, y, fold, fit), "The features are not standardised."),
        "trained-on-test": (_out_of_fold(x, y, fold, fit, fitted="all"), "The model is fitted on "
                            "all rows, so it has seen the answers that it is asked for."),
        "swapped": (_out_of_fold(x, y, fold, fit, scaler="held out", fitted="held out"),
                    "The model is fitted on the fold that it should be tested on."),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if matches(got, candidate):
            raise WrongAnswer(key, message)
    agrees(got, expected)


def _raw(x, y, fold, fit):
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        scores[held_out] = fit(x[~held_out], y[~held_out])(x[held_out])
    return scores


# 03-decoupled-decay


def _decay_inputs(random):
    weights = random.choice([-1, 1], size=4) * random.uniform(0.5, 2, size=4)
    gradients = random.normal(size=(20, 4)) * [10, 1, 0.1, 0.01]
    return [(weights, gradients, random.uniform(0.01, 0.05), random.uniform(0.2, 0.8))]


def _adam(weights, gradients, learning_rate, weight_decay, *, kind="decoupled"):
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        if kind == "in the gradient":
            gradient = gradient + weight_decay * weights
        if kind != "in the gradient":
            factor = {"no rate": weight_decay, "grows": -learning_rate * weight_decay}
            weights = weights * (1 - factor.get(kind, learning_rate * weight_decay))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights


def _decay_judge(got, expected, weights, gradients, learning_rate, weight_decay):
    arguments = (weights, gradients, learning_rate, weight_decay)
    candidates = {
        "in-the-gradient": (_adam(*arguments, kind="in the gradient"), "The decay still goes "
                            "through the gradient, so Adam divides it by the gradient's size."),
        "no-rate": (_adam(*arguments, kind="no rate"), "The weights shrink too fast: each step "
                    "takes the share ηλ, not λ."),
        "grows": (_adam(*arguments, kind="grows"), "The weights grow where they should shrink: "
                  "look at the sign."),
        "no-decay": (_adam(*arguments[:3], 0.0), "That is plain Adam: nothing decays."),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if matches(got, candidate):
            raise WrongAnswer(key, message)
    # Shrinking before or after Adam's own step is both decoupled; they differ by far less than 1 %.
    agrees(got, expected, rtol=0, atol=2 * learning_rate**2 * weight_decay * len(gradients))


# 03-ravine


class Slope:
    """The gradient of a long narrow valley, which may be asked for `NUM_STEPS` times.

    Args:
        minimum: (k,) float, where the valley is lowest.
        curvatures: (k, k) float, the matrix of second derivatives.
    """

    def __init__(self, minimum, curvatures):
        self.minimum, self.curvatures, self.calls = minimum, curvatures, 0

    def __call__(self, weights):
        """Return the gradient at `weights`, (k,) float."""
        self.calls += 1
        if self.calls > NUM_STEPS:
            raise RuntimeError(f"the gradient was asked for more than {NUM_STEPS} times")
        return self.curvatures @ (np.asarray(weights) - self.minimum)

    def __repr__(self):
        """Return a short name, for the message about a wrong answer."""
        return "gradient"


def ravine(random, num_weights=5):
    """Draw a valley and a start; return (gradient, start), a `Slope` and (num_weights,) float."""
    directions, _ = np.linalg.qr(random.normal(size=(num_weights, num_weights)))
    curvatures = np.geomspace(FLATTEST, STEEPEST, num_weights)
    minimum = random.normal(size=num_weights)
    away = random.choice([-1, 1], size=num_weights) * random.uniform(1, 2, size=num_weights)
    slope = Slope(minimum, directions * curvatures @ directions.T)
    return slope, minimum + directions @ away


def _ravine_judge(got, expected, gradient, start):
    agrees(np.shape(got), np.shape(expected)) if got is not None else agrees(got, expected)
    left = np.linalg.norm(np.asarray(got, dtype=float) - expected)
    left = left / np.linalg.norm(start - expected)
    if not left < 1:
        raise WrongAnswer("diverged", "You end further from the minimum than you started: the "
                          "steepest direction does not bear such large steps.")  # fmt: skip
    if left > 0.01:
        raise WrongAnswer("too-slow", f"You are on the way, but {left:.0%} of the distance is "
                          "left; at most 1 % may be. What carries you along the flat "
                          "direction?")  # fmt: skip


CHECKS = {
    "03-dropout": Check(_dropout_inputs, _dropout, _dropout_judge),
    "03-early-stopping": Check(_early_stopping_inputs, _early_stopping, _early_stopping_judge),
    "03-out-of-fold": Check(_out_of_fold_inputs, _out_of_fold, _out_of_fold_judge),
    "03-decoupled-decay": Check(_decay_inputs, _adam, _decay_judge),
    "03-ravine": Check(
        lambda random: [ravine(random) for _ in range(3)],
        lambda gradient, start: gradient.minimum,
        _ravine_judge,
    ),
}
