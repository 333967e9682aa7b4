"""Check the exercises of lesson 02, multilayer perceptrons."""

from itertools import pairwise

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees


def _close(got, expected):
    """Tell whether an answer equals another one, with the tolerance of `agrees`."""
    return np.allclose(got, expected, rtol=1e-5, atol=1e-8)


def _numbers(got):
    """Return an answer as an array, or None for what `agrees` will complain about."""
    try:
        return None if got is None else np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return None


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


def _forward(x, layers, late=False, hidden=True, output=False):
    relu = lambda z: np.maximum(0, z)  # noqa: E731
    for number, (weights, biases) in enumerate(layers):
        bends = output if number == len(layers) - 1 else hidden
        if bends:
            x = relu(x @ weights) + biases if late else relu(x @ weights + biases)
        else:
            x = x @ weights + biases
    return x


def _forward_judge(got, expected, x, layers):
    try:
        agrees(got, expected)
    except WrongAnswer as wrong:
        if wrong.misconception != "value":
            raise
        if _close(got, _forward(x, layers, output=True)):
            raise WrongAnswer(
                "relu-on-output",
                "The last layer has gone through ReLU as well. Scores may be negative.",
            ) from None
        if _close(got, _forward(x, layers, hidden=False)):
            raise WrongAnswer(
                "no-activation",
                "The hidden layers do not bend: without ReLU, any stack is one layer.",
            ) from None
        if _close(got, _forward(x, layers, late=True)):
            raise WrongAnswer(
                "bias-after-relu",
                "The bias is added after the ReLU. It belongs to the score, inside.",
            ) from None
        raise


# Exercise 2: cross-entropy ------------------------------------------------------------------


def _entropy_inputs(random):
    y = random.integers(5, size=12)
    small = random.normal(size=(12, 5))
    shifted = small + random.uniform(2000, 3000) * np.arange(-6, 6)[:, np.newaxis]
    sure_and_wrong = small.copy()
    sure_and_wrong[np.arange(12), (y + 1) % 5] += random.uniform(2000, 3000)
    return [(small, y), (small + 1500, y), (shifted, y), (sure_and_wrong, y)]


def _entropy(z, y):
    """Add the exponentials in pairs: another way than the lesson's."""
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])


def _entropy_judge(got, expected, z, y):
    value = _numbers(got)
    if value is not None and value.shape == ():
        if np.isnan(value) or np.isneginf(value):
            raise WrongAnswer(
                "overflow",
                "The result is not a finite number: a large score overflowed in `exp`, or a whole "
                "row was rounded to zero. Which number can you subtract from each row?",
            )
        if np.isposinf(value):
            raise WrongAnswer(
                "logarithm-of-zero",
                "The result is infinite: a probability was rounded to 0 before its logarithm was "
                "taken. Take the logarithm on paper.",
            )
        # `-log(p + tiny)` can never cost more than `-log(tiny)`
        if expected > 100 and value < 0.5 * expected:
            raise WrongAnswer(
                "clipped",
                "Very wrong answers cost too little: adding a small number or clipping hides "
                "them, and removes their gradient. The exact cost is finite, without any trick.",
            )
        if _close(value, expected * len(y)):
            raise WrongAnswer("sum-for-mean", "This is the sum over the rows, not their mean.")
    agrees(got, expected)


# Exercise 3: backpropagation ----------------------------------------------------------------


def _backprop_inputs(random):
    cases = []
    while len(cases) < 3:
        n, m, h, k = random.integers(4, 8), 3, 6, 4
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


def _backprop_judge(got, expected, x, w1, b1, w2, error):
    try:
        agrees(got, expected, rtol=1e-5, atol=1e-7)
        return
    except WrongAnswer as wrong:
        if wrong.misconception != "value":
            raise
    same = lambda part, other: np.allclose(part, other, rtol=1e-5, atol=1e-7)  # noqa: E731
    n, names = len(x), ("w1", "b1", "w2", "b2")
    if all(same(part, n * right) for part, right in zip(got, expected, strict=True)):
        raise WrongAnswer(
            "sum-for-mean",
            "All four are n times too large: the cost is the mean over the rows, not their sum.",
        )
    delta_s = error @ w2.T / n
    if same(got[0], x.T @ delta_s) or same(got[1], delta_s.sum(axis=0)):
        raise WrongAnswer(
            "relu-forgotten",
            "The message has passed through units that were off. What is ReLU's slope there?",
        )
    if same(got[3], expected[3] / n) or same(got[1], expected[1] / n):
        raise WrongAnswer(
            "bias-averaged",
            "A bias gradient is n times too small: the 1/n is already in the slope of the "
            "scores, and slopes over several paths add up.",
        )
    if same(got[2], (x @ w1 + b1).T @ error / n):
        raise WrongAnswer(
            "scores-for-activations",
            "The gradient in w2 uses the hidden layer's scores. What does the output layer "
            "receive, before or after the ReLU?",
        )
    off = [
        name
        for name, part, right in zip(names, got, expected, strict=True)
        if not same(part, right)
    ]
    raise WrongAnswer("value", f"The gradient in {' and in '.join(off)} is not right.")


# Exercise 4: symmetry -----------------------------------------------------------------------


def _symmetry_inputs(random):
    return [(start, int(random.integers(2, 9))) for start in ("zeros", "constant", "random")]


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
    if value is not None and value.shape == () and value != expected:
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
    agrees(got, expected)


# Exercise 5: initial weights ----------------------------------------------------------------


def _weights_inputs(random):
    return [(np.random.default_rng(random.integers(2**32)), 20, width) for width in (150, 300)]


def _no_oracle(random, num_layers, width):
    """Return the shape of an answer; what is right is judged by its property."""
    return np.zeros((num_layers, width, width))


def _weights_judge(got, expected, random, num_layers, width):
    weights = _numbers(got)
    if weights is None or weights.shape != expected.shape or np.isnan(weights).any():
        agrees(got, expected)  # names what is missing, the type, the shape or NaN
    if any(np.unique(layer.round(12), axis=1).shape[1] < width for layer in weights):
        raise WrongAnswer("all-alike", "Some units start alike, so they stay alike for ever.")
    for what, factor in zip(("signal", "gradient"), _survival(weights), strict=True):
        measured = f"After {num_layers} layers the {what} has {factor:.1g} of its size."
        if factor > 10:
            raise WrongAnswer("explodes", f"{measured} The weights are too large.")
        if 0.1 < factor * 2 ** (num_layers / 2) < 10:
            raise WrongAnswer(
                "relu-halves",
                f"{measured} Your weights would suit a network without ReLU: which part of the "
                "mean square does ReLU take away?",
            )
        if factor < 0.1:
            raise WrongAnswer("vanishes", f"{measured} The weights are too small.")


def _survival(weights):
    """Send a signal and a gradient through a stack of layers; return what is left of each."""
    random = np.random.default_rng(0)
    sent = random.normal(size=(32, len(weights[0])))
    a, units_on = sent, []
    for layer in weights:
        units_on.append(a @ layer > 0)
        a = (a @ layer) * units_on[-1]
    returned = random.normal(size=sent.shape)
    slope = returned
    for layer, on in zip(weights[::-1], units_on[::-1], strict=True):
        slope = (slope * on) @ layer.T
    return _size(a) / _size(sent), _size(slope) / _size(returned)


def _size(values):
    """Return the root mean square."""
    return np.sqrt(np.mean(values**2))


CHECKS = {
    "02-forward": Check(_forward_inputs, _forward, _forward_judge),
    "02-cross-entropy": Check(_entropy_inputs, _entropy, _entropy_judge),
    "02-backprop": Check(_backprop_inputs, _backprop, _backprop_judge),
    "02-symmetry": Check(_symmetry_inputs, _different_units, _symmetry_judge),
    "02-initial-weights": Check(_weights_inputs, _no_oracle, _weights_judge),
}
