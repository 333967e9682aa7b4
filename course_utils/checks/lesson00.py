"""The checks of lesson 00, start here."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches, name_misconception
from course_utils.data import load_digits_8x8

EXAMPLE_RANKS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 7, 7]  # how many classes beat the right one


# 00-squared-error


def _squared_error_inputs(random):
    sizes = random.permutation([3, 5, 8])
    return [(random.normal(size=(n, 1)), random.normal(size=n)) for n in sizes]


def _squared_error(predictions, labels):
    return np.mean((predictions[:, 0] - labels) ** 2)


def _squared_error_judge(got, expected, predictions, labels):
    error = predictions[:, 0] - labels
    candidates = {
        "broadcast": (np.mean((predictions - labels) ** 2), "You compare each prediction with "
                      "every label: print the shape of the difference."),
        "sum": (np.sum(error**2), "That is the sum; asked is the mean."),
        "root": (np.sqrt(expected), "That is the root of the mean squared error."),
        "signed": (np.mean(error), "Errors of opposite sign cancel: what is done to each error "
                   "before the mean?"),
        "absolute": (np.mean(np.abs(error)), "That is the mean absolute error; this one squares."),
        "half": (expected / 2, "There is no factor one half in this formula."),
        "mean-first": (np.mean(error) ** 2, "You square the mean; asked is the mean of the "
                       "squares."),
        "one-entry": (np.array([expected]), "The number is right, but it sits in an array of shape "
                      "(1,): each row of `predictions` is an array of one entry."),
        "first-only": (np.mean((predictions[0] - labels) ** 2), "You compare the first prediction "
                       "with every label: `predictions[0]` is a row, and you want the column."),
        "no-mean": (error**2, "Those are the squared errors, one an example: one number is left "
                    "to compute."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 00-alarm


def _alarm_inputs(random):
    ranges = (0.005, 0.05), (0.85, 0.95), (0.03, 0.1)
    rates = [round(random.uniform(*ends), 3) for ends in ranges]
    return [(*rates, num_alarms) for num_alarms in (1, 3)]


def _share(prior, if_faulty, if_good):
    """Return the share of faulty parts among those with alarms, by Bayes's rule."""
    return prior * if_faulty / (prior * if_faulty + (1 - prior) * if_good)


def _alarm(prior, hit_rate, false_alarm_rate, num_alarms):
    return _share(prior, hit_rate**num_alarms, false_alarm_rate**num_alarms)


def _alarm_judge(got, expected, prior, hit_rate, false_alarm_rate, num_alarms):
    hits, false_alarms = hit_rate**num_alarms, false_alarm_rate**num_alarms
    confused = (
        "That is how probable an alarm is if the part is faulty. Asked is the other way "
        "round: how probable a fault is if there is an alarm. Most parts are not faulty."
    )
    candidates = {
        "the-other-way-round": (hit_rate, confused),
        "the-other-way-round-often": (hits, confused),
        "no-prior": (hits / (hits + false_alarms), "This treats faulty and good parts as equally "
                     "frequent. How many good parts are there for each faulty one?"),
        "joint": (prior * hits, "That is the probability that a part is faulty and sets off the "
                  "alarms, among all parts. Asked is the share among those with alarms."),
        "one-alarm": (_alarm(prior, hit_rate, false_alarm_rate, 1), "The camera has raised more "
                      "than one alarm: how do independent looks combine?"),
        "at-least-one": (_share(prior, 1 - (1 - hit_rate) ** num_alarms,
                                1 - (1 - false_alarm_rate) ** num_alarms), "You count the parts "
                         "with at least one alarm; this one had an alarm at every look."),
        "power-on-hits-only": (_share(prior, hits, false_alarm_rate), "A good part, too, must "
                               "raise an alarm at every look: how probable is that?"),
        "power-on-false-alarms-only": (_share(prior, hit_rate, false_alarms), "A faulty part, too, "
                                       "must raise an alarm at every look: how probable is that?"),
        "false-alarms-only": (1 - false_alarm_rate, "A camera that is rarely wrong about good "
                              "parts is still often wrong when it raises an alarm."),
        "alarm-share": (prior * hits + (1 - prior) * false_alarms, "That is how often such alarms "
                        "happen at all: the denominator of Bayes's rule."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 00-gradient


class Hills:
    """A smooth function of k variables, x·A·x / 2 + c·sin(x).

    Args:
        matrix: (k, k) float, symmetric.
        waves: (k,) float, c.
    """

    def __init__(self, matrix, waves):
        self.matrix, self.waves = matrix, waves

    def __call__(self, x):
        """Return the height at `x`, (k,) float."""
        x = np.asarray(x, dtype=float)
        if x.shape != self.waves.shape:
            raise ValueError(f"f takes an array of shape {self.waves.shape}, got {x.shape}")
        return float(x @ self.matrix @ x / 2 + self.waves @ np.sin(x))

    def slopes(self, x):
        """Return the gradient at `x`, (k,) float."""
        return self.matrix @ x + self.waves * np.cos(x)

    def curvatures(self, x):
        """Return the second derivative along each variable, (k,) float."""
        return np.diag(self.matrix) - self.waves * np.sin(x)

    def __repr__(self):
        """Return a short name, for the message about a wrong answer."""
        return "f"


def _gradient_inputs(random):
    cases = []
    for k in (3, 5):
        off_diagonal = np.triu(random.uniform(1, 3, size=(k, k)), 1)
        matrix = np.diag(random.uniform(3, 8, size=k)) + off_diagonal + off_diagonal.T
        x = random.uniform(0.2, 1.2, size=k)  # far from π/2, where the sine's third slope vanishes
        cases.append((Hills(matrix, random.uniform(0.5, 2, size=k)), x))
    return cases


def _gradient_judge(got, expected, f, x):
    atol = 5e-8  # "to seven decimals": rounding alone stays below it, one-sided steps do not
    together = (
        "You nudge all variables at once. A partial derivative nudges one and holds the others."
    )
    candidates = {
        "not-halved": (2 * expected, "All slopes are twice too steep: how far apart are x + h and "
                       "x − h?"),
        "all-at-once": (expected.sum(), together),
        "all-at-once-filled": (np.full(len(x), expected.sum()), together),
        "sign": (-expected, "The sign is wrong: subtract the value on the left from the one on "
                 "the right."),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if matches(got, candidate, rtol=1e-4):
            raise WrongAnswer(key, message)
    if not matches(np.shape(got), x.shape):
        agrees(got, expected)
    got = np.asarray(got, dtype=float)
    if not np.any(got):
        raise WrongAnswer("no-change", "All slopes come out 0: the two places where you evaluate f "
                          "are the same. `b = a` makes no copy of an array, and a step far below "
                          "1e-15 vanishes in rounding.")  # fmt: skip
    if np.abs(got).max() < 1e-2 * np.abs(expected).max():
        raise WrongAnswer("rise-not-slope", "The numbers are far too small: a slope is a rise "
                          "divided by the length of the step.")  # fmt: skip
    error = got - expected
    size = np.abs(error)
    if size.max() > atol:
        _name_gradient_error(error, size, expected, f.curvatures(x))
    agrees(got, expected, rtol=0, atol=atol)


def _name_gradient_error(error, size, expected, curvatures):
    """Raise the misconception that the errors of the slopes point to, if they do to any."""
    step = error / curvatures
    if np.ptp(step) < 0.1 * np.abs(step.mean()):
        raise WrongAnswer("one-sided", "Nearly, but the error grows with the step, as it does when "
                          "you step to one side only. Asked is the one to both sides.")  # fmt: skip
    if size[0] < 0.02 * size[1:].min():
        raise WrongAnswer(
            "nudges-left-in",
            "The first slope is right, the later ones are off: is `x` back where it was before "
            "you nudge the next variable?",
        )
    if size.max() < 0.2 * np.abs(expected).max():
        raise WrongAnswer("step-size", "Nearly, but not to 7 decimals. Do you step to both sides, "
                          "and is your step where the lesson's figure has its lowest "
                          "point?")  # fmt: skip


# 00-top-k


def _top_k_candidates(scores, labels, k):
    """Return the answer and the wrong ones as a dict of str → share."""
    examples = np.arange(len(labels))
    rank = np.sum(scores > scores[examples, labels][:, np.newaxis], axis=1)
    error = np.mean(rank >= k)
    return {
        "right": error,
        "share-right": 1 - error,
        "top-1": np.mean(rank > 0),
        "lowest": np.mean(rank < scores.shape[1] - k),
        "one-fewer": np.mean(rank >= k - 1),
        "one-more": np.mean(rank >= k + 1),
        "kth-only": np.mean(rank != k - 1),
        "order-is-not-rank": np.mean(np.argsort(-scores, axis=1)[examples, labels] >= k),
    }


def _top_k_inputs(random):
    while True:  # until no two misconceptions give the same share
        num = len(EXAMPLE_RANKS)
        order = random.permuted(np.tile(np.arange(8), (num, 1)), axis=1)
        labels = order[np.arange(num), random.permutation(EXAMPLE_RANKS)]
        scores = np.zeros((num, 8))
        heights = np.sort(random.uniform(0, 1, size=(num, 8)), axis=1)[:, ::-1].round(3)
        np.put_along_axis(scores, order, heights, axis=1)
        shares = list(_top_k_candidates(scores, labels, 3).values())
        ties = np.diff(heights, axis=1).max() == 0
        if len(set(np.round(shares, 9))) == len(shares) and not ties:
            return [(scores, labels, 3), (scores, labels, 1)]


def _top_k(scores, labels, k):
    return _top_k_candidates(scores, labels, k)["right"]


def _top_k_judge(got, expected, scores, labels, k):
    shares = _top_k_candidates(scores, labels, k)
    messages = {
        "share-right": "That is the share of right answers; asked is the share of errors.",
        "top-1": "You look at the best guess only, but an answer is the k best guesses.",
        "lowest": "You take the k classes with the lowest scores: in which order does `argsort` "
                  "sort?",
        "one-fewer": "You compare one guess too few.",
        "one-more": "You allow one guess too many.",
        "kth-only": "You compare with the k-th guess only.",
        "order-is-not-rank": "`argsort` returns which class comes first, second, and so on. It "
                             "does not return each class's place.",
    }  # fmt: skip
    candidates = {key: (shares[key], message) for key, message in messages.items()}
    candidates["count"] = expected * len(labels), "That is the number of errors, not their share."
    candidates["percent"] = 100 * expected, "Return a share between 0 and 1, not per cent."
    name_misconception(got, expected, candidates)


# 00-features


def _sixes_and_nines():
    data = load_digits_8x8()
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    chosen = np.isin(y, (6, 9))
    return x[chosen].astype(float), (y[chosen] == 9).astype(int)


def _features_inputs(random):
    images, labels = _sixes_and_nines()
    few = random.permutation(images[labels == 0])[:5]  # alike: good features do not sum to 0
    return [(random.permutation(images),), (few,), (few[:1],)]


def _features_expected(images):
    """Return the labels: each picture is looked up in the data."""
    known = {image.tobytes(): label for image, label in zip(*_sixes_and_nines(), strict=True)}
    return np.array([known[image.tobytes()] for image in images])


def _features_judge(got, expected, images):
    if got is None:
        agrees(got, 0)
    try:
        features = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer("type", f"Expected numbers, got {type(got).__name__}.") from None
    if features.ndim == 2 and len(features) == len(images) and features.shape[1] > 2:
        raise WrongAnswer("too-many", f"You pass on {features.shape[1]} numbers a picture; only "
                          "two are allowed. Which two say most?")  # fmt: skip
    if features.ndim != 2 or features.shape[0] != len(images) or not features.shape[1]:
        raise WrongAnswer(
            "shape", f"Expected shape ({len(images)}, 1) or ({len(images)}, 2), got "
            f"{features.shape}."
        )  # fmt: skip
    if len(images) == 1 and not np.isfinite(features).all():
        raise WrongAnswer("depends-on-others", "For a single picture the features are NaN: they "
                          "depend on which other pictures come with it. A feature is computed "
                          "from its own picture alone.")  # fmt: skip
    if not np.isfinite(features).all():
        raise WrongAnswer("nan", "The features contain NaN or infinity.")
    if len(images) == 5 and features.any() and _sums_to_zero(features):
        raise WrongAnswer("depends-on-others", "The features of the pictures handed in together "
                          "sum to 0: they depend on which other pictures come with them. A feature "
                          "is computed from its own picture alone.")  # fmt: skip
    if len(images) > 5:
        _judge_features(features, expected, images)


def _sums_to_zero(features):
    return np.abs(features.sum(axis=0)).max() < 1e-9 * np.abs(features).max()


def _judge_features(features, labels, images):
    """Learn the mean of each digit's features on one half and judge on the other."""
    if not np.ptp(features, axis=0).any():
        raise WrongAnswer("constant", "Every picture gets the same numbers: over which axes do you "
                          "take the mean?")  # fmt: skip
    half = len(labels) // 2
    scaled = (features - features[:half].mean(axis=0)) / (features[:half].std(axis=0) + 1e-12)
    means = np.stack([scaled[:half][labels[:half] == digit].mean(axis=0) for digit in (0, 1)])
    distances = np.sum((scaled[half:, np.newaxis] - means) ** 2, axis=-1)
    accuracy = np.mean(np.argmin(distances, axis=1) == labels[half:])
    if accuracy >= 0.9:
        return
    message = f"With your features {accuracy:.0%} of the other half come out right. "
    ink = images.mean(axis=(1, 2))
    varied = [column for column in features.T if np.ptp(column)]
    if all(abs(np.corrcoef(ink, column)[0, 1]) > 0.99 for column in varied):
        raise WrongAnswer("whole-picture", f"{message}The ink of the whole picture stays the same "
                          "when a 6 is turned into a 9.")  # fmt: skip
    raise WrongAnswer("too-weak", f"{message}Aim at 90 %. Where does a 6 have ink and a 9 "
                          "none?")  # fmt: skip


CHECKS = {
    "00-squared-error": Check(_squared_error_inputs, _squared_error, _squared_error_judge),
    "00-alarm": Check(_alarm_inputs, _alarm, _alarm_judge),
    "00-gradient": Check(_gradient_inputs, lambda f, x: f.slopes(x), _gradient_judge),
    "00-top-k": Check(_top_k_inputs, _top_k, _top_k_judge),
    "00-features": Check(_features_inputs, _features_expected, _features_judge),
}
