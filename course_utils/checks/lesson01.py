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
        units = 10.0 ** random.permutation(np.arange(-1, 4))[:num_features]
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
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    own_mean, own_deviation = x_new.mean(axis=0), x_new.std(axis=0)
    together = StandardScaler().fit(np.concatenate([x_train, x_new]))
    own = [(own_mean, own_deviation), (own_mean, deviation), (mean, own_deviation)]
    if any(matches(new, (x_new - centre) / scale) for centre, scale in own if scale.all()):
        raise WrongAnswer(
            "own-statistics",
            "The new rows are scaled with a mean or a deviation of their own. A single new patient "
            "has no deviation at all: which rows may the numbers come from?",
        )
    right = matches(train, (x_train - mean) / deviation)
    if right and matches(new, x_new):
        raise WrongAnswer(
            "overwritten",
            "`x_new` comes back as it was. If you do scale it: had `x_train` already been "
            "overwritten when you took its mean and deviation?",
        )
    if right and matches(new, x_new / deviation):
        raise WrongAnswer(
            "overwritten-mean",
            "The new rows are divided, but no mean is taken off. If you do subtract one: had "
            "`x_train` already been centred when you took it?",
        )
    if right and matches(new, x_new - mean):
        raise WrongAnswer(
            "overwritten-deviation",
            "The new rows are centred, but not divided. If you do divide: had `x_train` already "
            "been scaled when you took its deviation?",
        )
    if matches(train, x_train - mean / deviation):
        raise WrongAnswer(
            "brackets", "Division comes before subtraction: is the difference in brackets?"
        )
    rows = x_train.mean(axis=1, keepdims=True), x_train.std(axis=1, keepdims=True)
    if matches(train, (x_train - rows[0]) / rows[1]):
        raise WrongAnswer(
            "axis",
            "You take one mean for each patient, not one for each feature: look at the axis.",
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
        weights, bias = random.normal(size=num_features) + 0.5, round(random.uniform(0.5, 1.5), 3)
        problems.append((weights, bias, x, y, round(random.uniform(0.2, 0.9), 3)))
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
    scores = x @ weights + bias
    p, p_without_bias = 1 / (1 + np.exp(-scores)), 1 / (1 + np.exp(-x @ weights))
    data_slopes = expected[0] - penalty * weights

    def from_error(error):
        return x.T @ error / len(y) + penalty * weights, np.mean(error)

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
        "sum-weights": (
            (data_slopes * len(y) + penalty * weights, expected[1]),
            "`x.T @ error` is a sum over the examples, and the cost is their mean: what does that "
            "make of the slopes along the weights?",
        ),
        "sum-bias": (
            (expected[0], expected[1] * len(y)),
            "The weights are right. Along the bias the examples are summed, but the cost is their "
            "mean.",
        ),
        "no-sigmoid": (from_error(scores - y), "Is the score turned into a probability?"),
        "no-bias": (from_error(p_without_bias - y), "Where is the bias in the score?"),
        "sigmoid-sign": (
            from_error(1 - p - y), "Your probability falls when the score rises: look at the "
            "sign inside `exp`."
        ),
        "penalty-sign": (
            (data_slopes - penalty * weights, expected[1]),
            "The penalty has the wrong sign: it is part of the cost, and adds to the slope.",
        ),
        "penalty-itself": (
            (data_slopes + penalty / 2 * np.sum(weights**2), expected[1]),
            "You add the penalty itself; asked is its slope along each weight.",
        ),
        "mean-of-all": (
            (data_slopes.mean() + penalty * weights, expected[1]),
            "The data give every weight the same slope: over which axis is the mean taken?",
        ),
    }  # fmt: skip
    for misconception, (slip, message) in slips.items():
        if matches(got, slip) and not matches(slip, expected):
            raise WrongAnswer(misconception, message)


# 01-descent -------------------------------------------------------------------------------------


def _descent_inputs(random):
    """Bowls from steep to flat, each with a rate well inside each of the three regions.

    The first slides in spite of a large rate, so that whoever looks at the rate alone is told so
    before any other slip can be suspected.
    """
    regions = (0.3, 0.8), (1.2, 1.8), (2.2, 3.0)
    flat, *others = random.uniform(0.05, 0.1), random.uniform(10, 50), random.uniform(1.5, 4)
    bowls = [(curvature, region) for curvature in (flat, *others) for region in regions]
    bowls = [bowls[0], *(bowls[number] for number in random.permutation(np.arange(1, 9)))]
    drawn = [(curvature, random.uniform(*region) / curvature) for curvature, region in bowls]
    return [tuple(float(f"{value:.3g}") for value in bowl) for bowl in drawn]


def _descent_expected(curvature, learning_rate):
    """Run the descent from 1 and watch it, in place of any rule."""
    path = [1.0]
    for _ in range(60):
        path.append(path[-1] - learning_rate * curvature * path[-1])
    if abs(path[-1]) > 1:
        return "diverges"
    return "zigzags" if path[1] < 0 else "slides"


def _descent_judge(got, expected, curvature, learning_rate):
    if isinstance(got, np.ndarray) and got.ndim == 0:  # as np.where and np.select return it
        got = got.item()
    if not isinstance(got, str) or got not in ("slides", "zigzags", "diverges"):
        raise WrongAnswer(
            "type", f'Expected one of "slides", "zigzags" and "diverges"; got {got!r}.'
        )
    if got == expected:
        return
    if (got, expected) == ("diverges", "slides") and learning_rate > 2:
        raise WrongAnswer(
            "rate-alone",
            "A rate is not large or small by itself: the same rate may crawl in a flat bowl and "
            "explode in a steep one. Follow one step on paper.",
        )
    if (got, expected) == ("diverges", "zigzags"):
        raise WrongAnswer(
            "overshoot-diverges",
            "Stepping over the lowest point is not yet divergence: what matters is whether the "
            "next point is nearer to it or farther away.",
        )
    if (got, expected) == ("slides", "zigzags"):
        raise WrongAnswer("no-zigzag", "Take one step from w = 1: is w still on its own side of 0?")
    if (got, expected) == ("zigzags", "slides"):
        raise WrongAnswer("no-slide", "Take one step from w = 1: does w change its sign?")
    raise WrongAnswer(
        "distance", "Take one step from w = 1: is w nearer to 0 now, or farther away?"
    )


# 01-screening -----------------------------------------------------------------------------------


def _screening_inputs(random):
    """Overlapping probabilities, and a share of 20 ill that falls between two counts, or all."""
    cases = []
    for sensitivity in (0.81, 0.88, 1.0):  # 16.2, 17.6 and 20 people
        y = random.permutation(np.arange(60) % 3 == 0).astype(int)
        probabilities = np.zeros(60)
        while np.diff(np.sort(probabilities)).min() < 3e-5:  # no two patients a hair apart
            probabilities = 1 / (1 + np.exp(0.5 - 1.5 * y - random.normal(size=60)))
        cases.append((y, probabilities, sensitivity))
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
    lower = got * (1 - 1e-6), got - 1e-5
    reaches = [
        _screening_rates(y, probabilities, threshold)[0] >= sensitivity for threshold in lower
    ]
    if reaches[0] and got == float(np.float32(got)) and cleared >= expected:
        return  # rounding to float32 alone has moved it above the patient's own probability
    share = f"Your threshold finds {found:.0%} of the ill and clears {cleared:.0%} of the healthy. "
    if np.isclose(got, np.quantile(probabilities[y == 0], sensitivity)):
        raise WrongAnswer(
            "specificity",
            f"{share}You promised the share to the healthy; it is the ill who must be found.",
        )
    if sensitivity < 1 and np.isclose(got, np.quantile(probabilities, 1 - sensitivity)):
        raise WrongAnswer(
            "all-patients", f"{share}Whose probabilities decide whether the promise is kept?"
        )
    if sensitivity < 1 and (np.isclose(got, 1 - sensitivity) or np.isclose(got, sensitivity)):
        raise WrongAnswer(
            "share-as-threshold",
            f"{share}The sensitivity is a share of people, not a probability of being ill.",
        )
    if np.isclose(got, 0.5):
        raise WrongAnswer(
            "half", f"{share}One half knows nothing of the share of the ill that must be found."
        )
    if found >= sensitivity:
        raise WrongAnswer(
            "too-low", f"{share}Enough are found, but a higher threshold would clear more."
        )
    if reaches[1]:
        raise WrongAnswer(
            "hair-above",
            f"{share}It lies a hair above the probability of a patient who must be flagged: "
            "flagged is p >= threshold.",
        )
    if found + 1 / np.sum(y) >= sensitivity:
        raise WrongAnswer(
            "one-too-few",
            f"{share}The promise is kept from {sensitivity * np.sum(y):g} of the {np.sum(y)} ill "
            "on: how many people is that?",
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
    alone = random.uniform(1, 2, (2, 2))  # so few that features of several points betray themselves
    return [(alone,), (alone[:1],), *cases]


def _features_expected(x):
    """Return the classes: the sign pattern around the gap between the clouds."""
    if len(x) < 3:
        return np.zeros(len(x), dtype=int)  # no clouds: only how the features are computed counts
    right, upper = (_is_upper(column) for column in x.T)
    return (right != upper).astype(int)


def _is_upper(column):
    """Split one coordinate at its widest gap."""
    ordered = np.sort(column)
    widest = int(np.argmax(np.diff(ordered)))
    return column > (ordered[widest] + ordered[widest + 1]) / 2


def _features_judge(got, expected, x):
    if got is None:
        raise WrongAnswer(
            "none", "The function returns None. Is a `return` missing, or never reached?"
        )
    try:
        features = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer("type", f"Expected numbers, got {type(got).__name__}.") from None
    if features.ndim != 2 or len(features) != len(x) or not 1 <= features.shape[1] <= 4:
        raise WrongAnswer(
            "shape", f"Expected shape ({len(x)}, k) with k from 1 to 4, got {features.shape}."
        )
    if len(x) < 3 and _depends_on_others(features):
        raise WrongAnswer(
            "depends-on-others",
            "Your features depend on which other points come with a point (a mean over all points, "
            "or a missing `axis`?). A feature is computed from its own point alone.",
        )
    if not np.isfinite(features).all() or np.abs(features).max() > 1e100:
        raise WrongAnswer("nan", "The features contain NaN, infinity or numbers beyond 1e100.")
    if len(x) > 2:
        _judge_features(features, expected, x)


def _depends_on_others(features):
    """Return whether one or two points show that features are computed from several.

    Alone a point is its own mean: nothing is left of it, or 0 is divided by 0. Two points lie
    equally far from their mean, so that a product or a square around it is the same for both.
    """
    if len(features) == 1:
        return np.isnan(features).any() or not features.any()
    first, second = features
    same = np.isclose(first, second, rtol=1e-9, atol=0) & (first != np.round(first))
    opposite = np.isclose(first, -second, rtol=1e-9, atol=0) & (first != np.round(first))
    return bool(np.any(same | opposite))


def _judge_features(features, expected, x):
    """Fit a neuron to the features of one half of the points and judge it on the other."""
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
            f"{message}On these points your features are weighted sums of the inputs, or "
            "constant, and those the neuron makes by itself. (A bend or a sign at 0 does nothing "
            "where no cloud reaches it.)",
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
    raise WrongAnswer("value", f"{message}Aim at 95 %, wherever the rectangle of clouds lies.")


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
