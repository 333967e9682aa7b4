"""Checks of the exercises on logistic regression.

The oracles take other ways than the solutions: scikit-learn, differentiation by a complex step,
a descent that is run and watched, a search through every possible threshold.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches

# 01-standardise ---------------------------------------------------------------------------------


def _standardise_inputs(random):
    """Training and new rows in unlike units; the new rows lie elsewhere, in the end only one."""
    pairs = []
    for num_new in (5, 8, 1):
        num_features = int(random.integers(2, 5))
        units = 10.0 ** random.integers(-2, 4, num_features)
        x_train = (random.normal(size=(12, num_features)) + random.uniform(-3, 3)) * units
        pairs.append((x_train, (random.normal(size=(num_new, num_features)) + 4) * 2 * units))
    return pairs


def _standardise_expected(x_train, x_new):
    scaler = StandardScaler().fit(x_train)
    return scaler.transform(x_train), scaler.transform(x_new)


def _standardise_judge(got, expected, x_train, x_new):
    try:
        agrees(got, expected)
    except WrongAnswer as wrong:
        if isinstance(got, tuple | list) and len(got) == 2:
            _name_standardise_slip(got, x_train, x_new)
        raise wrong


def _name_standardise_slip(got, x_train, x_new):
    train, new = got
    together = StandardScaler().fit(np.concatenate([x_train, x_new]))
    if matches(new, StandardScaler().fit_transform(x_new)):
        raise WrongAnswer(
            "own-statistics",
            "The new rows are scaled with their own mean and deviation. A single new patient has "
            "no deviation at all: which rows may the numbers come from?",
        )
    if matches(train, together.transform(x_train)):
        raise WrongAnswer(
            "leak",
            "The training rows change when the new rows change: the new rows have leaked into the "
            "mean and deviation.",
        )
    if matches(train, (x_train - x_train.mean()) / x_train.std()):
        raise WrongAnswer(
            "one-scale",
            "All features share one mean and one deviation, so those in large units still drown "
            "the others. Look at the axis over which you average.",
        )
    if matches(train, (x_train - x_train.mean(axis=0)) / x_train.var(axis=0)):
        raise WrongAnswer("variance", "You divide by the variance; its root is the deviation.")
    if matches(train, (x_train - x_train.mean(axis=0)) / x_train.std(axis=0, ddof=1)):
        raise WrongAnswer(
            "ddof",
            "You divide by n − 1 inside the deviation, as pandas does. scikit-learn and NumPy's "
            "`std` divide by n; use the plain one.",
        )
    if matches(train, x_train - x_train.mean(axis=0)):
        raise WrongAnswer("only-centred", "The mean is gone, but nothing is divided yet.")


# 01-gradient ------------------------------------------------------------------------------------


def _gradient_inputs(random):
    """Small problems with a visible penalty and a bias that is not zero."""
    problems = []
    for num_examples, num_features in ((6, 3), (9, 4), (1, 5)):
        x = random.normal(size=(num_examples, num_features))
        y = random.integers(0, 2, num_examples)
        weights, bias = random.normal(size=num_features) + 0.5, float(random.uniform(0.5, 1.5))
        problems.append((weights, bias, x, y, float(random.uniform(0.2, 0.9))))
    return problems


def _penalised_cost(weights, bias, x, y, penalty):
    """Return the cost for complex parameters too, from the definition of cross-entropy."""
    p = 1 / (1 + np.exp(-(x @ weights + bias)))
    return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)) + penalty / 2 * np.sum(weights**2)


def _gradient_expected(weights, bias, x, y, penalty):
    """Differentiate by a complex step: exact to rounding, without any derived formula."""
    step = 1e-30
    slopes = [
        _penalised_cost(weights + 1j * step * unit, bias, x, y, penalty).imag / step
        for unit in np.eye(len(weights))
    ]
    return np.array(slopes), _penalised_cost(weights, bias + 1j * step, x, y, penalty).imag / step


def _gradient_judge(got, expected, weights, bias, x, y, penalty):
    try:
        agrees(got, expected)
    except WrongAnswer as wrong:
        if isinstance(got, tuple | list) and len(got) == 2:
            _name_gradient_slip(got, expected, weights, bias, x, y, penalty)
        raise wrong


def _name_gradient_slip(got, expected, weights, bias, x, y, penalty):
    p = 1 / (1 + np.exp(-(x @ weights + bias)))
    data_slopes = expected[0] - penalty * weights
    slips = {
        "uphill-and-down": (
            (-data_slopes + penalty * weights, -expected[1]),
            "The part that comes from the data has the wrong sign: is the error p − y or y − p?",
        ),
        "penalised-bias": (
            (expected[0], expected[1] + penalty * bias),
            "The weights are right, but the bias pays the penalty too. It only sets the level and "
            "goes free.",
        ),
        "penalty-twice": (
            (data_slopes + 2 * penalty * weights, expected[1]),
            "The penalty counts twice. What is the derivative of λ/2 · w²?",
        ),
        "penalty-halved": (
            (data_slopes + penalty / 2 * weights, expected[1]),
            "The penalty counts half. What is the derivative of λ/2 · w²?",
        ),
        "penalty-mean": (
            (data_slopes + penalty * weights / len(y), expected[1]),
            "The penalty is divided by n. Only the data's part of the cost is a mean.",
        ),
        "negated": (
            (-np.asarray(expected[0]), -expected[1]),
            "Everything has the opposite sign: this points downhill, the gradient uphill.",
        ),
        "no-penalty": (
            (data_slopes, expected[1]),
            "This is the gradient without its penalty: which term of the cost is missing?",
        ),
        "squared-error": (
            (x.T @ ((p - y) * p * (1 - p)) / len(y) + penalty * weights,
             np.mean((p - y) * p * (1 - p))),
            "The slope of the sigmoid, p (1 − p), is still in. With cross-entropy it cancels; you "
            "have differentiated a squared error.",
        ),
        "sum": (
            (data_slopes * len(y) + penalty * weights, expected[1] * len(y)),
            "The examples are summed, but the cost is their mean.",
        ),
    }  # fmt: skip
    for misconception, (slip, message) in slips.items():
        if matches(got, slip) and not matches(slip, expected):
            raise WrongAnswer(misconception, message)


# 01-descent -------------------------------------------------------------------------------------


def _descent_inputs(random):
    """Bowls from steep to flat, each with a rate well inside each of the three regions."""
    bowls = []
    for curvature in (random.uniform(10, 50), random.uniform(2, 4), random.uniform(0.1, 0.5)):
        for low, high in random.permutation([(0.1, 0.8), (1.2, 1.8), (2.2, 3.0)]):
            bowls.append((float(curvature), float(random.uniform(low, high) / curvature)))
    return bowls


def _descent_expected(curvature, learning_rate):
    """Run the descent from 1 and watch it, in place of any rule."""
    path = [1.0]
    for _ in range(60):
        path.append(path[-1] - learning_rate * curvature * path[-1])
    if abs(path[-1]) > 1:
        return "diverges"
    return "zigzags" if path[1] < 0 else "slides"


def _descent_judge(got, expected, curvature, learning_rate):
    if not isinstance(got, str) or got not in ("slides", "zigzags", "diverges"):
        raise WrongAnswer(
            "type", f'Expected one of "slides", "zigzags" and "diverges"; got {got!r}.'
        )
    if got == expected:
        return
    if got == _by_rate_alone(learning_rate):
        raise WrongAnswer(
            "rate-alone",
            "A rate is not large or small by itself: the same rate may crawl in a flat bowl and "
            "explode in a steep one. Follow one step on paper.",
        )
    if expected == "zigzags" and got == "diverges":
        raise WrongAnswer(
            "overshoot-diverges",
            "Stepping over the lowest point is not yet divergence: what matters is whether the "
            "next point is nearer to it or farther away.",
        )
    raise WrongAnswer("value", "Run three steps on paper, starting at w = 1.")


def _by_rate_alone(learning_rate):
    return "slides" if learning_rate < 1 else "zigzags" if learning_rate < 2 else "diverges"


# 01-screening -----------------------------------------------------------------------------------


def _screening_inputs(random):
    """Overlapping probabilities, and a share of 20 ill that falls between two counts, or all."""
    cases = []
    for sensitivity in (0.78, 0.88, 1.0):
        y = random.permutation(np.arange(60) % 3 == 0).astype(int)
        score = random.normal(size=60) + 1.5 * y - 0.5
        cases.append((y, 1 / (1 + np.exp(-score)), sensitivity))
    return cases


def _screening_expected(y, probabilities, sensitivity):
    """Try every threshold that flags another set; return the largest share of healthy cleared."""
    rates = [_screening_rates(y, probabilities, threshold) for threshold in probabilities]
    return max(cleared for found, cleared in rates if found >= sensitivity)


def _screening_rates(y, probabilities, threshold):
    flagged = probabilities >= threshold
    return float(np.mean(flagged[y == 1])), float(np.mean(~flagged[y == 0]))


def _screening_judge(got, expected, y, probabilities, sensitivity):
    agrees(got, 0.0, rtol=0, atol=1e300)  # any one number; what it does is judged below
    got = float(got)
    found, cleared = _screening_rates(y, probabilities, got)
    if found >= sensitivity and cleared >= expected:
        return
    share = f"Your threshold finds {found:.0%} of the ill and clears {cleared:.0%} of the healthy. "
    if np.isclose(got, np.quantile(probabilities[y == 0], sensitivity)):
        raise WrongAnswer(
            "specificity",
            f"{share}You promised the share to the healthy; it is the ill who must be found.",
        )
    if np.isclose(got, 0.5):
        raise WrongAnswer(
            "half", f"{share}One half knows nothing of the share of the ill that must be found."
        )
    if found >= sensitivity:
        raise WrongAnswer(
            "too-low", f"{share}Enough are found, but a higher threshold would clear more."
        )
    if found + 1 / np.sum(y) >= sensitivity:
        raise WrongAnswer(
            "one-too-few", f"{share}One more of the ill must be found: rounding down is not enough."
        )
    raise WrongAnswer("too-high", f"{share}That is fewer of the ill than the share asked for.")


# 01-features ------------------------------------------------------------------------------------


def _features_inputs(random):
    """Four clouds, opposite ones of one class; their square is moved and stretched each time."""
    cases = []
    for _ in range(3):
        corner = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[random.integers(0, 4, 400)]
        side, centre = random.uniform(1, 2, 2), random.uniform(1, 2, 2) * random.choice([-1, 1], 2)
        points = corner - 0.5 + random.uniform(-0.3, 0.3, (400, 2))
        cases.append((points * side + centre,))
    return cases


def _features_expected(x):
    """Return the classes: the sign pattern around the gap between the clouds."""
    right, upper = (_is_upper(column) for column in x.T)
    return (right != upper).astype(int)


def _is_upper(column):
    """Split one coordinate at its widest gap."""
    ordered = np.sort(column)
    widest = int(np.argmax(np.diff(ordered)))
    return column > (ordered[widest] + ordered[widest + 1]) / 2


def _features_judge(got, expected, x):
    if got is None:
        raise WrongAnswer("none", "The function returns None. Is a `return` missing?")
    try:
        features = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer("type", f"Expected numbers, got {type(got).__name__}.") from None
    if features.ndim != 2 or len(features) != len(x) or not 1 <= features.shape[1] <= 4:
        raise WrongAnswer(
            "shape", f"Expected shape ({len(x)}, k) with k from 1 to 4, got {features.shape}."
        )
    if not np.isfinite(features).all():
        raise WrongAnswer("nan", "The features contain NaN or infinity.")
    half = len(x) // 2
    scaler = StandardScaler().fit(features[:half])
    neuron = LogisticRegression(C=100, max_iter=2000)
    neuron.fit(scaler.transform(features[:half]), expected[:half])
    accuracy = neuron.score(scaler.transform(features[half:]), expected[half:])
    if accuracy >= 0.95:
        return
    message = f"One neuron on your features gets {accuracy:.0%} of new points right. "
    if _is_combination(features, np.column_stack([x, np.ones(len(x))])):
        raise WrongAnswer(
            "linear",
            f"{message}Sums, differences and rescaled inputs are what the neuron computes by "
            "itself: they add no new view.",
        )
    if _is_combination(features, np.column_stack([x, x**2, np.ones(len(x))])):
        raise WrongAnswer(
            "each-alone",
            f"{message}Each of your features looks at one input only. XOR asks how the two "
            "inputs go together.",
        )
    if _is_combination(features, np.column_stack([x[:, 0] * x[:, 1], np.ones(len(x))])):
        raise WrongAnswer(
            "product-alone",
            f"{message}The product is the right idea, but the clouds need not lie around zero: "
            "what must the neuron have beside it to move the centre?",
        )
    raise WrongAnswer("value", f"{message}Aim at 95 %, wherever the square of clouds lies.")


def _is_combination(features, columns):
    """Return whether every feature is a weighted sum of the columns."""
    weights = np.linalg.lstsq(columns, features, rcond=None)[0]
    return bool(np.allclose(columns @ weights, features, atol=1e-6))


CHECKS = {
    "01-standardise": Check(_standardise_inputs, _standardise_expected, _standardise_judge),
    "01-gradient": Check(_gradient_inputs, _gradient_expected, _gradient_judge),
    "01-descent": Check(_descent_inputs, _descent_expected, _descent_judge),
    "01-screening": Check(_screening_inputs, _screening_expected, _screening_judge),
    "01-features": Check(_features_inputs, _features_expected, _features_judge),
}
