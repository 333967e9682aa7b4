"""Check the exercises of lesson 02, multilayer perceptrons."""

from itertools import pairwise

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches


def _numbers(got):
    """Return an answer as an array, or None for what `agrees` will complain about."""
    try:
        return None if got is None else np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return None


def _listed(names):
    """Join names as in a sentence: w1, b1 and w2."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if names[1:] else names[0]


# Exercise 1: forward ------------------------------------------------------------------------


def _forward_inputs(random):
    cases = []
    for sizes in ([3, 5, 4], [2, 6, 5, 3], [4, 2]):
        layers = [
            (random.normal(size=(inputs, units)), random.normal(size=units))
            for inputs, units in pairwise(sizes)
        ]
        cases.append((random.normal(size=(30, sizes[0])), layers))
    return cases


def _relu(z):
    return np.maximum(0, z)


def _forward(x, layers, hidden=_relu, output=lambda z: z, late=False):
    *first_layers, (last_weights, last_biases) = layers
    for weights, biases in first_layers:
        x = hidden(x @ weights) + biases if late else hidden(x @ weights + biases)
    return output(x @ last_weights + last_biases)


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _forward_judge(got, expected, x, layers):
    unbiased = [(weights, 0 * biases) for weights, biases in layers]
    candidates = {
        "relu-on-output": (
            _forward(x, layers, output=_relu),
            "The last layer has gone through ReLU as well. Scores may be negative.",
        ),
        "no-activation": (
            _forward(x, layers, hidden=lambda z: z),
            "The hidden layers do not bend: without ReLU, any stack is one layer.",
        ),
        "bias-after-relu": (
            _forward(x, layers, late=True),
            "The bias is added after the ReLU. It belongs to the score, inside.",
        ),
        "tanh": (
            _forward(x, layers, hidden=np.tanh),
            "The hidden layers are tanh, as in the lesson's network; here they are ReLU.",
        ),
        "sigmoid": (
            _forward(x, layers, hidden=lambda z: 1 / (1 + np.exp(-z))),
            "The hidden layers are sigmoids; here they are ReLU.",
        ),
        "absolute": (
            _forward(x, layers, hidden=np.abs),
            "The hidden layers fold negative scores up; ReLU cuts them off.",
        ),
        "softmax": (
            _softmax(expected),
            "These are probabilities; asked are the scores that softmax would begin with.",
        ),
        "last-biases": (
            _forward(x, [*layers[:-1], unbiased[-1]]),
            "The last layer's biases are missing.",
        ),
        "no-biases": (_forward(x, unbiased), "The biases are missing."),
    }
    # Where a score is near 0, a right answer in float32 is off by far more than a millionth of it.
    close = {"rtol": 1e-4, "atol": 1e-5 * np.abs(expected).max()}
    for key, (candidate, message) in candidates.items():
        if not matches(candidate, expected, **close) and matches(got, candidate, **close):
            raise WrongAnswer(key, message)
    agrees(got, expected, **close)


# Exercise 2: cross-entropy ------------------------------------------------------------------


def _entropy_inputs(random):
    y = random.integers(5, size=12)
    y[:5] = random.permutation(5)
    small = random.normal(size=(12, 5))
    # Rows lie far apart, yet not so far that float32 would lose the digits of their differences.
    shifted = small + random.uniform(200, 300) * np.arange(-6, 6)[:, np.newaxis]
    sure_and_wrong = small.copy()
    sure_and_wrong[np.arange(12), (y + 1) % 5] += random.uniform(2000, 3000)
    return [(small, y), (small + 1500, y), (shifted, y), (sure_and_wrong, y)]


def _entropy(z, y):
    """Add the exponentials in pairs: another way than the lesson's."""
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])


def _entropy_judge(got, expected, z, y):
    # Scores of 1800 have an error of 6e-5 each in float32.
    close = {"rtol": 1e-5, "atol": 3e-4}
    value = _numbers(got)
    if value is None or value.shape != () or matches(got, expected, **close):
        agrees(got, expected, **close)  # names what is missing, the type or the shape
        return
    unlikely = expected > 700  # here the true class's probability is rounded to 0
    if unlikely and not np.isfinite(value):
        raise WrongAnswer(
            "logarithm-of-zero",
            "The result is not finite where the true class is very unlikely: its probability was "
            "rounded to 0 before the logarithm was taken, or an exponent was still large. Take "
            "the logarithm on paper.",
        )
    if not np.isfinite(value) and np.abs(z).max() > 700:
        raise WrongAnswer(
            "overflow",
            "The result is not a finite number: a large score overflowed in `exp`, or a whole "
            "row was rounded to zero. Which number can you subtract from each row?",
        )
    if np.isnan(value):
        raise WrongAnswer(
            "nan",
            "The result is NaN although all scores are small here. Was the logarithm of a score "
            "itself taken? Scores may be negative.",
        )
    # `-log(p + tiny)` can never cost more than `-log(tiny)`
    if unlikely and 0 <= value < expected:
        raise WrongAnswer(
            "clipped",
            "Very wrong answers cost too little: adding a small number or clipping hides "
            "them, and removes their gradient. The exact cost is finite, without any trick.",
        )
    for key, (candidate, message) in _entropy_slips(expected, z, y).items():
        if not matches(candidate, expected, **close) and matches(got, candidate, **close):
            raise WrongAnswer(key, message)
    if value < 0:
        raise WrongAnswer(
            "negative",
            f"You return {value:.4g}: a probability is at most 1, so −ln p is at least 0, and so "
            "is the mean.",
        )
    agrees(got, expected, **close)


def _entropy_slips(expected, z, y):
    """Return misconception → (the cost that it leads to, what the student reads)."""
    log_sums, true_scores = np.logaddexp.reduce(z, axis=1), z[np.arange(len(y)), y]
    clipped = np.clip(z, 1e-7, 1 - 1e-7)  # what Keras makes of "probabilities"
    shares = clipped / clipped.sum(axis=1, keepdims=True)
    return {
        "sum-for-mean": (expected * len(y), "This is the sum over the rows, not their mean."),
        "minus-lost": (-expected, "The size is right; the minus sign is missing."),
        "scores-as-probabilities": (
            -np.mean(np.log(shares[np.arange(len(y)), y])),
            "The scores were taken for probabilities. Keras's loss does so until it is told that "
            "they are scores, also called logits.",
        ),
        "every-rows-label": (
            np.mean(log_sums) - np.mean(z[:, y]),
            "`z[:, y]` takes every row's score for every label; pick one entry a row.",
        ),
        "largest-of-a-column": (
            _entropy(z - z.max(axis=0), y),
            "The largest score of each *column* was subtracted. Only what is subtracted from all "
            "scores of a *row* cancels.",
        ),
        "subtracted-once": (
            np.mean(log_sums - z.max(axis=1) - true_scores),
            "The largest score was subtracted in the sum, but not from the true class's score.",
        ),
    }


# Exercise 3: backpropagation ----------------------------------------------------------------


def _backprop_inputs(random):
    cases = []
    while len(cases) < 3:
        n, m, h, k = random.choice([5, 7, 8]), 3, 6, 4  # all different: a wrong shape shows
        x, w1, b1 = random.normal(size=(n, m)), random.normal(size=(m, h)), random.normal(size=h)
        w2, z = random.normal(size=(h, k)), random.normal(size=(n, k))
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        error = p - np.eye(k)[random.integers(k, size=n)]
        s = x @ w1 + b1
        if np.abs(s).min() > 1e-3 and 0.2 < np.mean(s > 0) < 0.8:  # no kinks; some units off
            cases.append((x, w1, b1, w2, error))
    return cases


def _backprop(x, w1, b1, w2, error, nudge=1e-4):
    """Differentiate by differences a cost whose slope in the scores is error / n."""

    def cost(w1, b1, w2, b2):
        return np.mean(np.sum((np.maximum(0, x @ w1 + b1) @ w2 + b2) * error, axis=1))

    parameters = [w1, b1, w2, np.zeros(error.shape[1])]
    slopes = []
    for number, values in enumerate(parameters):
        slope = np.zeros_like(values)
        for place in np.ndindex(values.shape):
            ends = []
            for sign in (1, -1):
                moved = [part.copy() for part in parameters]
                moved[number][place] += sign * nudge
                ends.append(cost(*moved))
            slope[place] = (ends[0] - ends[1]) / (2 * nudge)
        slopes.append(slope)
    return tuple(slopes)


def _equal(part, other):
    """Tell whether two gradients are equal; a right one in float32 is."""
    return np.allclose(part, other, rtol=1e-4, atol=1e-5 * max(np.abs(other).max(), 0.01))


def _factor(part, other):
    """Return the number c for which part equals c times other, or None."""
    size = np.sum(other * other)
    if not size or not np.isfinite(part).all():
        return None
    scaled = np.sum(part * other) / size * other
    same = np.allclose(part, scaled, rtol=1e-4, atol=1e-5 * np.abs(scaled).max())
    return np.sum(part * other) / size if same else None


def _backprop_judge(got, expected, x, w1, b1, w2, error):
    names, n = ("w1", "b1", "w2", "b2"), len(x)
    if not isinstance(got, tuple | list) or len(got) != 4:
        agrees(got, expected)  # names what is missing, or the type
    for name, part, right in zip(names, got, expected, strict=True):
        if part is None:
            raise WrongAnswer("none", f"The gradient in {name} is None.")
        try:
            agrees(part, right)
        except WrongAnswer as wrong:
            if wrong.misconception not in ("value", "int"):
                text = f"The gradient in {name}, value {names.index(name) + 1} of 4: {wrong}"
                raise WrongAnswer(wrong.misconception, text) from None
    got = [np.asarray(part, dtype=float) for part in got]
    off = {
        name: _factor(part, right)
        for name, part, right in zip(names, got, expected, strict=True)
        if not _equal(part, right)
    }
    if not off:
        return
    for key, factor, where, message in (
        (
            "sum-for-mean",
            n,
            names,
            "All four are n times too large: the cost is the mean over the rows, not their sum.",
        ),
        ("sign", -1, names, "All four have the wrong sign."),
        (
            "mean-twice",
            1 / n,
            names,
            "All four are n times too small: the mean's 1/n has entered twice.",
        ),
        (
            "mean-over-classes",
            1 / error.shape[1],
            names,
            "All four are k times too small: the mean is over the n rows, not over all n·k errors.",
        ),
        (
            "mean-twice-below",
            1 / n,
            ("w1", "b1"),
            "The gradients in w1 and b1 are n times too small: the 1/n is already in the slope "
            "that comes back from the output layer.",
        ),
    ):
        if tuple(off) == where and all(c is not None and _near(c, factor) for c in off.values()):
            raise WrongAnswer(key, message)
    if set(off) <= {"b1", "b2"} and all(c is not None and _near(c, 1 / n) for c in off.values()):
        raise WrongAnswer(
            "bias-averaged",
            "A bias gradient is n times too small: the 1/n is already in the slope of the "
            "scores, and slopes over several paths add up.",
        )
    _name_path(got, off, x, w1, b1, w2, error)
    plural, are = ("s", "are") if len(off) > 1 else ("", "is")
    factors = list(off.values())
    how = f"{are} not right."
    if None not in factors and all(_near(c, factors[0]) for c in factors):
        how = f"{are} {factors[0]:.3g} times what {'they' if plural else 'it'} should be."
    raise WrongAnswer("value", f"The gradient{plural} in {_listed(list(off))} {how}")


def _near(factor, other):
    return abs(factor - other) <= 1e-3 * abs(other)


def _name_path(got, off, x, w1, b1, w2, error):
    """Name a wrong turn on the way back, whatever factor came on top of it."""
    s = x @ w1 + b1
    a, message = np.maximum(0, s), error @ w2.T
    ways = {
        "relu-forgotten": (
            [message],
            "The message has passed through units that were off. What is ReLU's slope there?",
        ),
        "relu-for-slope": (
            [np.maximum(0, message), message * a],
            "On the way back ReLU's *slope* at s belongs here, 0 or 1, not ReLU itself.",
        ),
        "tanh-slope": (
            [message * (1 - a**2), message * (1 - s**2), message * (1 - np.tanh(s) ** 2)],
            "The message is multiplied by tanh's slope, as in the lesson; this layer is ReLU.",
        ),
    }
    for key, (deltas, text) in ways.items():
        for delta in deltas:
            by_weights = "w1" in off and _factor(got[0], x.T @ delta)
            by_biases = "b1" in off and _factor(got[1], delta.sum(axis=0))
            if by_weights or by_biases:
                raise WrongAnswer(key, text)
    if "w2" in off and _factor(got[2], s.T @ error):
        raise WrongAnswer(
            "scores-for-activations",
            "The gradient in w2 uses the hidden layer's scores. What does the output layer "
            "receive, before or after the ReLU?",
        )


# Exercise 4: symmetry -----------------------------------------------------------------------


def _symmetry_inputs(random):
    starts = ["zeros", "constant", "random", "random"]  # no guess of a number fits the last two
    units = random.permutation(np.arange(3, 9)).tolist()
    return list(zip(starts, units[:4], strict=True))


def _different_units(start, units):
    """Train the lesson's network from that start, and count its different hidden units."""
    random = np.random.default_rng(units)
    x = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (10, 1)) + random.normal(0, 0.12, (40, 2))
    y = np.tile([0, 1, 1, 0], 10)
    draw = {
        "random": lambda shape: random.normal(size=shape),
        "constant": lambda shape: np.full(shape, 0.5),
        "zeros": np.zeros,
    }[start]
    w1, b1, w2, b2 = draw((2, units)), np.zeros(units), draw(units), 0.0
    for _ in range(100):
        hidden = np.tanh(x @ w1 + b1)
        delta_z = (1 / (1 + np.exp(-(hidden @ w2 + b2))) - y) / len(y)
        delta_s = np.outer(delta_z, w2) * (1 - hidden**2)
        w1, b1 = w1 - x.T @ delta_s, b1 - delta_s.sum(axis=0)
        w2, b2 = w2 - hidden.T @ delta_z, b2 - delta_z.sum()
    hidden = np.tanh(x @ w1 + b1)
    return _different_columns(hidden)


def _different_columns(table, tolerance=1e-9):
    """Count the columns that differ from every column before them."""
    kept = []
    for column in table.T:
        if not any(np.abs(column - other).max() <= tolerance for other in kept):
            kept.append(column)
    return len(kept)


def _symmetry_judge(got, expected, start, units):
    value = _numbers(got)
    if value is not None and value.shape == () and np.isfinite(value) and value != expected:
        if start == "zeros" and value == 0:
            raise WrongAnswer(
                "zeros-count-as-none",
                "At zero the units do nothing, but they all do the same nothing. How many "
                "different columns is that?",
            )
        if start == "constant" and value == units:
            raise WrongAnswer(
                "only-zeros-tie",
                "From a constant, too, look at the slope that each unit gets: is there anything "
                "that could make two units differ?",
            )
        if start == "zeros" and value == units:
            raise WrongAnswer(
                "descent-breaks-the-tie",
                "Descent gives equal units equal steps; it never breaks a tie.",
            )
        count = "more" if value < expected else "fewer"
        raise WrongAnswer(
            "value",
            f"You predict {value:g} different columns; after training there are {count}. "
            "Compare the slopes that two of the units get.",
        )
    agrees(got, expected)


# Exercise 5: initial weights ----------------------------------------------------------------


def _weights_inputs(random):
    return [
        (np.random.default_rng(random.integers(2**32)), num_layers, int(random.integers(*widths)))
        for num_layers, widths in (  # so far apart that no fixed spread suits both
            (20, (115, 121)),
            (int(random.integers(16, 20)), (245, 251)),
        )
    ]


def _no_oracle(random, num_layers, width):
    """Return the shape of an answer; what is right is judged by its property."""
    return np.zeros((num_layers, width, width))


def _weights_judge(got, expected, random, num_layers, width):
    weights = _numbers(got)
    if weights is None or weights.shape != expected.shape or np.isnan(weights).any():
        agrees(got, expected)  # names what is missing, the type, the shape or NaN
    if not np.isfinite(weights).all():
        raise WrongAnswer("infinite", "Some weights are infinite.")
    if any(map(_any_alike, weights)):
        raise WrongAnswer("all-alike", "Some units start alike, so they stay alike for ever.")
    for what, powers in zip(("signal", "gradient"), _survival(weights), strict=True):
        worst = np.argmax(np.abs(powers))
        power = powers[worst]  # of ten
        if abs(power) <= 1:
            continue
        crossed = worst + 1 if what == "signal" else num_layers - worst
        way = f"{crossed} layer{'s' if crossed > 1 else ''}"
        way += " on the way back" if what == "gradient" else ""
        if np.isneginf(power):
            raise WrongAnswer("dead", f"After {way} nothing is left of the {what}: which units of "
                              "this layer are on?")  # fmt: skip
        measured = f"After {way} the {what} has {_shown_power(power)} of its size."
        if power > 1:
            raise WrongAnswer("explodes", f"{measured} The weights are too large.")
        if np.abs(_survival(weights, relu=False)[0]).max() <= 1:
            raise WrongAnswer(
                "relu-halves",
                f"{measured} Your weights would suit a network without ReLU: which part of the "
                "mean square does ReLU take away?",
            )
        raise WrongAnswer("vanishes", f"{measured} The weights are too small.")


def _any_alike(layer):
    """Tell whether two columns are equal, but for rounding."""
    scaled = (layer / (np.abs(layer).max() or 1)).round(12) + 0.0  # −0 is 0
    return len({column.tobytes() for column in scaled.T}) < layer.shape[1]


def _survival(weights, relu=True):
    """Send a signal and a gradient through a stack of layers.

    Each layer's output is scaled to size 1 before the next, so that no size can overflow.

    Returns:
        two (num_layers,) float arrays: for each layer the power of ten of what is left of the
        signal behind it, and of the gradient in front of it.
    """
    random = np.random.default_rng(0)
    # Few rows: larger products are spread over threads, and these wait on a busy machine.
    a, units_on, forth, back = random.normal(size=(4, len(weights[0]))), [], [], []
    slope = random.normal(size=a.shape)
    a, slope = a / _size(a), slope / _size(slope)
    scales = [np.abs(layer).max() or 1 for layer in weights]
    weights = [layer / scale for layer, scale in zip(weights, scales, strict=True)]
    for layer in weights:
        s = a @ layer
        units_on.append(s > 0 if relu else np.ones(s.shape, bool))
        a = s * units_on[-1]
        forth.append(_size(a))
        a = a / (forth[-1] or 1)
    for layer, on in zip(weights[::-1], units_on[::-1], strict=True):
        slope = (slope * on) @ layer.T
        back.append(_size(slope))
        slope = slope / (back[-1] or 1)
    forth, back = np.log10(forth) + np.log10(scales), np.log10(back[::-1]) + np.log10(scales)
    return np.cumsum(forth), np.cumsum(back[::-1])[::-1]


def _size(values):
    """Return the root mean square."""
    return np.sqrt(np.mean(values**2))


def _shown_power(power):
    """Return 10 to a power as text, also where it would overflow."""
    return f"{10**power:.2g}" if -3 < power < 2 else f"about 1e{round(power):+03d}"


CHECKS = {
    "02-forward": Check(_forward_inputs, _forward, _forward_judge),
    "02-cross-entropy": Check(_entropy_inputs, _entropy, _entropy_judge),
    "02-backprop": Check(_backprop_inputs, _backprop, _backprop_judge),
    "02-symmetry": Check(_symmetry_inputs, _different_units, _symmetry_judge),
    "02-initial-weights": Check(_weights_inputs, _no_oracle, _weights_judge),
}
