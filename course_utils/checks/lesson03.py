"""The checks of lesson 03, training deep networks."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches

NUM_STEPS = 150  # how often exercise 03-ravine may ask for the gradient
STEEPEST, FLATTEST = 200.0, 1.0  # the curvatures of its valley

# Shrinking before or after Adam's own step is both decoupled; ε is Keras's or the paper's.
DECAY_VARIANTS = [
    {"after": after, "epsilon": epsilon, "keras": keras}
    for after in (False, True)
    for epsilon in (1e-7, 1e-8)
    for keras in (True, False)
]


def _name(got, expected, candidates, **close):
    """Name the first misconception whose answer is wrong and is the student's."""
    for key, (candidate, message) in candidates.items():
        if not matches(candidate, expected, **close) and matches(got, candidate, **close):
            raise WrongAnswer(key, message)


def _numbers(got):
    """Return an answer as an array, or None for what `agrees` will complain about."""
    try:
        return None if got is None else np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return None


def _listed(folds):
    """Join folds as in a sentence: folds 1, 2 and 5."""
    *first, last = map(str, folds)
    return f"folds {', '.join(first)} and {last}" if first else f"fold {last}"


# 03-dropout


def _dropout_inputs(random):
    activations = random.choice([-1, 1], size=(6, 8)) * random.uniform(0.5, 2, size=(6, 8))
    uniform = random.permutation(np.linspace(0.01, 0.99, 48)).reshape(6, 8)
    rate = float(random.choice([0.2, 0.3, 0.4, 0.6]))
    return [(activations, uniform, *last) for last in ((rate, True), (rate, False), (0.0, True))]


def _dropout(activations, uniform, rate, training):
    if not training:
        return activations
    return np.where(uniform >= rate, activations / (1 - rate), 0.0)


def _dropout_judge(got, expected, activations, uniform, rate, training):
    try:
        agrees(got, expected)
        return
    except WrongAnswer as wrong:
        if wrong.misconception not in ("value", "int"):
            raise
    if not training:
        raise WrongAnswer(
            "active-when-off", "With training=False nothing is dropped and nothing is scaled."
        )
    kept = activations * (uniform >= rate)
    candidates = {
        "never-active": (activations, "With training=True nothing is dropped."),
        "no-rescaling": (kept, "The right units survive, but at their old size: what is their "
                         "mean, compared with the mean without dropout?"),
        "scaled-down": (kept * (1 - rate), "The survivors have shrunk. They must make up for the "
                        "units that are missing."),
        "divided-by-rate": (kept / (rate or 1), "The right units survive, but the factor is wrong: "
                            "which share of the units is left, `rate` or another one?"),
    }  # fmt: skip
    _name(got, expected, candidates)
    dropped = np.asarray(got, dtype=float) == 0
    if np.array_equal(dropped, uniform >= rate):
        raise WrongAnswer(
            "mask-inverted", "You keep the units that should be dropped: `rate` is the share "
            "that goes."
        )  # fmt: skip
    if not np.array_equal(dropped, uniform < rate):
        raise WrongAnswer(
            "other-units", "Other activations are dropped than `uniform` and `rate` say. Have you "
            "tossed coins of your own?"
        )  # fmt: skip
    raise WrongAnswer(
        "wrong-size", "The right units survive, but at the wrong size: on average, what is "
        "left should add up to as much as there was."
    )  # fmt: skip


# 03-early-stopping


def _early_stopping_inputs(random):
    size = random.uniform(1.3, 2)
    short = [
        ([1.0, 0.9, 0.9, 0.95, 0.97, 0.8], 2),  # as low as the best is not lower
        ([1.0, 1.2, 1.1, 1.15, 1.17, 0.5], 2),  # nor is lower than the epoch before
        ([1.0, 0.8, 0.9, 0.7], 1),
    ]
    short = [([round(size * loss, 4) for loss in losses], patience) for losses, patience in short]
    patience = int(random.integers(2, 5))
    best, long = random.uniform(2, 3), []
    for _ in range(patience + 1):  # each new best is followed by a wait that is too short to stop
        best *= random.uniform(0.8, 0.95)
        long += [best, *(best + random.uniform(0.01, 0.2, size=patience - 1))]
    long += [0.9 * best, *(best + random.uniform(0.01, 0.2, size=patience + 2)), 0.5 * best]
    falling = np.sort(random.uniform(0, 1, size=8))[::-1]
    lists = [([round(float(v), 4) for v in values], patience) for values in (long, falling)]
    return [*short, *lists]


def _early_stopping(val_losses, patience, *, in_a_row=True, ties=False, before=False):
    """Return the right answer, or with an option what a misconception would make of it."""
    best, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best or (ties and loss == best):
            best, best_epoch, waited = loss, epoch, 0 if in_a_row else waited
        else:
            waited += 1
            best = loss if before else best
            if waited >= patience:
                return epoch, best_epoch
    return len(val_losses), best_epoch


def _early_stopping_slips(val_losses, patience):
    """Return misconception → (the answer that it leads to, what the student reads)."""
    stopped, best_epoch = _early_stopping(val_losses, patience)
    length, lowest = len(val_losses), int(np.argmin(val_losses)) + 1
    before = _early_stopping(val_losses, patience, before=True)
    lowest_before = int(np.argmin(val_losses[: before[0]])) + 1
    compared = "You compare with the epoch before; compare with the lowest loss so far."
    return {
        "last-not-best": ((stopped, stopped), "You stop in time, but name the last epoch: which "
                          "epoch had the lowest loss so far?"),
        "counts-from-0": ((stopped - 1, best_epoch - 1), "Both are one too small: the first epoch "
                          "is number 1."),
        "best-from-0": ((stopped, best_epoch - 1), "You stop in time, but the best epoch is one "
                        "too small: the first epoch is number 1."),
        "swapped": ((best_epoch, stopped), "The best epoch lies after the last one. Is the order "
                    "(last, best)?"),
        "hindsight": ((stopped, lowest), "The best epoch lies after the stop: training never gets "
                      "to see it."),
        "all-epochs": ((length, lowest), "You have read the whole list; training should have "
                       "stopped on the way."),
        "never-forgets": (_early_stopping(val_losses, patience, in_a_row=False), "You stop too "
                          "early: a new best must set the count of waiting epochs back to zero."),
        "one-too-patient": (_early_stopping(val_losses, patience + 1), "You wait one epoch too "
                            "long: stop in the epoch in which the wait reaches `patience`."),
        "one-too-hasty": (_early_stopping(val_losses, patience - 1), "You stop one epoch too "
                          "early: stop in the epoch in which the wait reaches `patience`."),
        "one-too-hasty, at the end": ((stopped - 1, best_epoch), "You stop one epoch too early: "
                                      "stop in the epoch in which the wait reaches `patience`."),
        "ties-are-new": (_early_stopping(val_losses, patience, ties=True), "An equal loss is not "
                         "a new lowest."),
        "starts-too-low": ((patience, 0), "There is no epoch 0. Does your lowest loss begin so low "
                           "that no epoch gets below it?"),
        "epoch-before": (before, compared),
        "epoch-before, best found": ((before[0], lowest_before), compared),
    }  # fmt: skip


def _early_stopping_judge(got, expected, val_losses, patience):
    try:
        agrees(got, expected)
        return
    except WrongAnswer as wrong:
        if wrong.misconception not in ("value", "int"):
            raise
    slips = _early_stopping_slips(val_losses, patience)
    named = {
        message: key.split(",")[0]
        for key, (slip, message) in slips.items()
        if slip != expected and matches(got, slip)
    }
    if len(named) == 1:  # two causes would fit: name neither
        ((message, key),) = named.items()
        raise WrongAnswer(key, message)
    last, best = (float(number) for number in got)
    says = f"You return ({last:g}, {best:g})."
    if not (last.is_integer() and best.is_integer()):
        raise WrongAnswer("value", f"{says} Asked are the numbers of two epochs, not losses.")
    if best > last:
        raise WrongAnswer("value", f"{says} The best epoch cannot lie after the last one.")
    if last == expected[0]:
        raise WrongAnswer("value", f"{says} The last epoch is right, the best one is not.")
    when = "later" if last < expected[0] else "earlier"
    raise WrongAnswer("value", f"{says} Training stops {when} than in epoch {last:g}.")


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
    numbers = [*random.choice(np.arange(1, 10), size=3, replace=False), random.integers(20, 40)]
    fold = random.permutation(np.repeat(numbers, [8, 9, 11, 12]))
    return [(x, y, fold, ridge)]


def _measured(rows, axis=0, ddof=0):
    return rows.mean(axis=axis), rows.std(axis=axis, ddof=ddof)


def _out_of_fold(x, y, fold, fit, *, scaler="train", own="", fitted="train", measure=_measured):
    """Return the out-of-fold scores, or with an option those of a misconception.

    Args:
        x, y, fold, fit: as in the exercise.
        scaler: str, the rows that are measured: "train", "held out" or "all".
        own: str, how the held-out rows are scaled: "" for like the others, "own" or "raw".
        fitted: str, the rows that the model is fitted on, like `scaler`.
        measure: takes rows, returns what is subtracted from a row and what it is divided by.
    """
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        rows = {"train": ~held_out, "held out": held_out, "all": np.ones(len(y), bool)}
        mean, deviation = measure(x[rows[scaler]])
        scaled = (x - mean) / deviation
        predict = fit(scaled[rows[fitted]], y[rows[fitted]])
        if own:
            mean, deviation = measure(x[held_out]) if own == "own" else (0, 1)
        scores[held_out] = predict((x[held_out] - mean) / deviation)
    return scores


def _out_of_fold_slips(*data, ddof):
    """Return misconception → (the scores that it leads to, what the student reads)."""

    def slip(measure=lambda rows: _measured(rows, ddof=ddof), **options):
        return _out_of_fold(*data, measure=measure, **options)

    return {
        "leak": (
            slip(scaler="all"),
            "The mean and deviation come from all rows, the held-out ones too: that is lesson "
            "01's leak.",
        ),
        "own-scale": (
            slip(own="own"),
            "The held-out rows are scaled with their own mean and deviation: the model was fitted"
            " in other units.",
        ),
        "held-out-raw": (
            slip(own="raw"),
            "The held-out rows are not scaled: the model was fitted in other units.",
        ),
        "not-scaled": (slip(lambda rows: (0, 1)), "The features are not standardised."),
        "trained-on-test": (
            slip(fitted="all"),
            "The model is fitted on all rows, so it has seen the answers that it is asked for.",
        ),
        "one-fit": (
            slip(scaler="all", fitted="all"),
            "One model, fitted on all rows, scores them all: it has seen the answers that it is "
            "asked for.",
        ),
        "swapped": (
            slip(scaler="held out", fitted="held out"),
            "The model is fitted on the fold that it should be tested on.",
        ),
        "measured-on-test": (
            slip(scaler="held out"),
            "The mean and deviation come from the held-out rows, which should count as unseen.",
        ),
        "one-scale": (
            slip(lambda rows: _measured(rows, axis=None, ddof=ddof)),
            "All features share one mean and one deviation; each column has its own.",
        ),
        "variance": (
            slip(lambda rows: (rows.mean(axis=0), rows.var(axis=0, ddof=ddof))),
            "The features are divided by their variance, not by their standard deviation.",
        ),
    }


def _out_of_fold_judge(got, expected, x, y, fold, fit):
    close = {"rtol": 1e-4, "atol": 1e-5}  # float32 will do
    data = x, y, fold, fit
    sample = _out_of_fold(*data, measure=lambda rows: _measured(rows, ddof=1))
    right = (expected, sample)  # either deviation standardises
    if any(matches(got, scores, **close) for scores in right):
        return
    for ddof in (0, 1):
        _name(got, expected, _out_of_fold_slips(*data, ddof=ddof), **close)
    if (scored := _numbers(got)) is None or scored.shape != y.shape:
        agrees(got, expected)  # names what is missing, the type or the shape
    got = scored
    for scores in right:
        if matches(got, (scores > 0.5).astype(float)):
            raise WrongAnswer("labels", "These are labels; asked are the scores.")
        if matches(np.sort(got), np.sort(scores), **close):
            raise WrongAnswer(
                "order-lost", "These are the right scores, but not in the order of the rows."
            )
        unlike = ~np.isclose(got, scores, **close)
        off = np.unique(fold[unlike])
        names = _listed(off)
        if not np.nan_to_num(got[np.isin(fold, off)]).any():
            raise WrongAnswer("fold-skipped", f"Nothing was scored in {names}.")
        if len(off) < len(np.unique(fold)):
            raise WrongAnswer("value", f"The scores are right, but for those of {names}.")
    agrees(got, expected, **close)


# 03-decoupled-decay


def _decay_inputs(random):
    weights = random.choice([-1, 1], size=4) * random.uniform(0.5, 2, size=4)
    gradients = random.normal(size=(20, 4)) * [10, 1, 0.1, 0.01]
    return [(weights, gradients, random.uniform(0.01, 0.05), random.uniform(0.2, 0.8))]


def _adam(
    weights,
    gradients,
    learning_rate,
    weight_decay,
    *,
    shrink=None,
    after=False,
    penalty=0.0,
    epsilon=1e-7,
    keras=True,
    corrected=True,
):
    """Return the weights after Adam's steps, or with an option what a misconception gives.

    Args:
        weights, gradients, learning_rate, weight_decay: as in the exercise.
        shrink: takes (weights, weights at the start), returns the decayed weights.
        after: bool, whether the weights decay after Adam's own step.
        penalty: float, how much of the weights is added to the gradient.
        epsilon: float, ε.
        keras: bool, whether ε stands where Keras has it; if not, where the paper has it.
        corrected: bool, whether the factors 1 − β^t are there.
    """
    shrink = shrink or (lambda weights, _: weights * (1 - learning_rate * weight_decay))
    start = weights
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        if not after:
            weights = shrink(weights, start)
        gradient = gradient + penalty * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        first, second = (1 - 0.9**number, 1 - 0.999**number) if corrected else (1, 1)
        root = np.sqrt(square / second) + epsilon / (np.sqrt(second) if keras else 1)
        weights = weights - learning_rate * mean / first / root
        if after:
            weights = shrink(weights, start)
    return weights


def _decay_slips(weights, gradients, learning_rate, weight_decay, **variant):
    """Return misconception → (the weights that it leads to, what the student reads)."""
    arguments = (weights, gradients, learning_rate, weight_decay)
    share = learning_rate * weight_decay

    def with_shrink(shrink, **options):
        return _adam(*arguments, shrink=shrink, **options, **variant)

    plain = with_shrink(lambda w, _: w)
    return {
        "in-the-gradient": (with_shrink(lambda w, _: w, penalty=weight_decay), "The decay still "
                            "goes through the gradient, so Adam divides it by the gradient's "
                            "size."),
        "twice": (_adam(*arguments, penalty=weight_decay, **variant), "The weights decay twice: "
                  "through the gradient, and on their own."),
        "no-rate": (with_shrink(lambda w, _: w * (1 - weight_decay)), "The weights shrink too "
                    "fast: each step takes the share ηλ, not λ."),
        "no-decay-rate": (with_shrink(lambda w, _: w * (1 - learning_rate)), "Each step takes the "
                          "share η; where is λ?"),
        "grows": (with_shrink(lambda w, _: w * (1 + share)), "The weights grow where they should "
                  "shrink: look at the sign."),
        "no-decay": (plain, "That is plain Adam: nothing decays."),
        "at-the-end": (plain * (1 - share), "The weights shrink once, at the end; each step should "
                       "shrink them."),
        "of-the-start": (with_shrink(lambda w, start: w - share * start), "Each step takes a "
                         "share of the weights at the start; it should take it of the weights as "
                         "they are."),
        "not-a-share": (with_shrink(lambda w, _: w - share), "Each step takes ηλ from every "
                        "weight, whatever its size; it should take the share ηλ of it."),
        "uncorrected": (_adam(*arguments, corrected=False, **variant), "Adam's factors 1 − β^t are "
                        "missing."),
        "one-step": (_adam(weights, gradients[:1], *arguments[2:], **variant), "Only the first "
                     "step was taken. Does the `return` stand inside the loop?"),
    }  # fmt: skip


def _decay_judge(got, expected, *arguments):
    close = {"rtol": 1e-4, "atol": 1e-5}
    for variant in DECAY_VARIANTS:
        if matches(got, _adam(*arguments, **variant), **close):
            return
    for variant in DECAY_VARIANTS:
        _name(got, expected, _decay_slips(*arguments, **variant), **close)
    agrees(got, expected, **close)


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
            raise RuntimeError(
                f"the gradient may be asked for {NUM_STEPS} times, and this was one more. (A "
                "`while` that looks at the gradient before it steps may ask twice a step.)"
            )
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
    if matches(got, expected):
        return
    if (point := _numbers(got)) is None or point.shape != expected.shape:
        agrees(got, expected)  # names what is missing, the type or the shape
    left = np.linalg.norm(point - expected) / np.linalg.norm(start - expected)
    if matches(got, start):
        raise WrongAnswer("start", "You return the start.")
    if not left < 1.5:
        where = "You end further from the lowest point than you started."
        where = where if np.isfinite(left) else "Your point is no longer finite."
        raise WrongAnswer("diverged", f"{where} Either you walk uphill (look at the signs), or "
                          "the steps are too large for the steepest direction.")  # fmt: skip
    if left >= 1:
        raise WrongAnswer("no-nearer", "You end no nearer to the lowest point than you started. "
                          "Look at the size of your steps, and at the signs.")  # fmt: skip
    if left > 0.01:
        percent = np.ceil(1e4 * left) / 100
        raise WrongAnswer("too-slow", f"You are on the way, but {percent:.2f} % of the distance "
                          "is left; at most 1 % may be. What carries you along the flat "
                          "direction?")  # fmt: skip


CHECKS = {
    "03-dropout": Check(_dropout_inputs, _dropout, _dropout_judge),
    "03-early-stopping": Check(_early_stopping_inputs, _early_stopping, _early_stopping_judge),
    "03-out-of-fold": Check(_out_of_fold_inputs, _out_of_fold, _out_of_fold_judge),
    "03-decoupled-decay": Check(_decay_inputs, _adam, _decay_judge),
    "03-ravine": Check(
        lambda random: [ravine(random) for _ in range(10)],
        lambda gradient, start: gradient.minimum,
        _ravine_judge,
    ),
}
