"""The checks of lesson 06, transfer learning."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches

# 06-scale


def _scale_inputs(random):
    images = random.integers(0, 256, size=(2, 4, 4, 3), dtype=np.uint8)
    images[0, 0, 0], images[1, 0, 0] = 0, 255
    return [(images,)]


def _scale(images):
    return (images.astype("float32") - 127) / 128


def _scale_judge(got, expected, images):
    x = images.astype("float64")
    candidates = {
        "wraps": ((images - np.uint8(127)) / 128, "Dark pixels came out as bright ones. What is "
                  "`np.uint8(0) - np.uint8(127)`? Pixels of 8 bits have no negative numbers."),
        "unit-scale": (x / 255, "That is the scale from 0 to 1. This network was trained on "
                       "another one: which pixel value becomes 0 there?"),
        "symmetric": (x / 127.5 - 1, "Close: that is the scale of some other networks, from -1 to "
                      "exactly 1. Read this network's formula again."),
        "no-shift": (x / 128, "The width of the scale is right, but 127 should become 0."),
        "divided-first": (x / 128 - 127, "Everything lies near -126: divide after you subtract."),
        "own-statistics": ((x - x.mean()) / x.std(), "You scale by what these pictures happen to "
                           "be. The network expects the same two numbers for every picture."),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if matches(got, candidate, rtol=1e-4, atol=1e-5):
            raise WrongAnswer(key, message)
    agrees(got, expected, rtol=1e-4, atol=1e-5)


# 06-few-per-class


_earlier = {}  # what one check has seen: data → the rows drawn with another generator


def _few_inputs(random):
    _earlier.clear()
    cases = []
    for num_classes, each in ((3, 10), (4, 8)):
        # few candidates, so that drawing with replacement repeats some
        y = np.repeat(np.arange(num_classes), random.integers(3 * each, 4 * each, num_classes))
        fold = random.permutation(np.arange(len(y)) % 5)
        test_fold = int(random.integers(5))
        cases += [(y, fold, test_fold, each, generator) for generator in random.spawn(2)]
    return cases


def _few(y, fold, test_fold, each, random):
    rows = [
        random.choice(np.flatnonzero((y == number) & (fold != test_fold)), each, replace=False)
        for number in np.unique(y)
    ]
    return np.concatenate(rows)


def _few_judge(got, expected, y, fold, test_fold, each, random):
    if got is None or isinstance(got, str):
        agrees(got, expected)
    rows = np.asarray(got)
    if rows.dtype == bool and rows.shape == y.shape:
        raise WrongAnswer("mask", "That is a mask of True and False; return the row numbers.")
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        raise WrongAnswer(
            "type",
            f"Expected a row of whole numbers, got {rows.dtype} of shape {rows.shape}: "
            "np.concatenate joins one array a class.",
        )
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(y)):
        raise WrongAnswer("no-such-row", f"There are rows 0 to {len(y) - 1} only.")
    if np.any(fold[rows] == test_fold):
        raise WrongAnswer("leak", "Some of these pictures are in the fold that is held out for "
                          "testing: the score would count what was learnt by heart.")  # fmt: skip
    if len(np.unique(rows)) < len(rows):
        raise WrongAnswer("repeats", "Some pictures come twice: then there are fewer different "
                          "ones than you claim.")  # fmt: skip
    counts = [int(np.sum(y[rows] == number)) for number in np.unique(y)]
    if len(set(counts)) > 1:
        raise WrongAnswer("unbalanced", f"The classes get {counts} pictures; each should get "
                          f"{each}.")  # fmt: skip
    if counts[0] != each:
        raise WrongAnswer("too-few" if counts[0] < each else "too-many",
                          f"Each class gets {counts[0]} pictures; {each} are asked.")  # fmt: skip
    candidates = [np.flatnonzero((y == k) & (fold != test_fold)) for k in np.unique(y)]
    places = [np.flatnonzero(np.isin(part, rows)) for part in candidates]
    if all(np.array_equal(place, np.arange(each)) for place in places):
        raise WrongAnswer("first-rows", "You take the first rows of each class. Tables have an "
                          "order: the lesson's begins with primates and dogs.")  # fmt: skip
    if all(len(set(np.diff(place))) == 1 for place in places):
        raise WrongAnswer("fixed-places", "You take rows at fixed places, such as the last ones or "
                          "every second. Tables have an order: let chance decide.")  # fmt: skip
    key, drawn = (y.tobytes(), fold.tobytes(), test_fold), frozenset(rows.tolist())
    if _earlier.setdefault(key, drawn) is not drawn and _earlier[key] == drawn:
        raise WrongAnswer("own-generator", "Two generators give the very same pictures. Where does "
                          "your function use the `random` that it is given?")  # fmt: skip


# 06-trainable


def _trainable_inputs(random):
    def size():
        return int(random.integers(2, 40))

    table = []
    for block in ("conv4_block6", "conv5_block1", "conv5_block2", "conv5_block3"):
        for number in (1, 2):
            kernel = (int(random.choice([1, 3])),) * 2 + (size(), filters := size())
            weights = {"kernel": kernel, "bias": (filters,)}
            table.append((f"{block}_{number}_conv", "Conv2D", weights))
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            weights = {name: (filters,) for name in names}
            table.append((f"{block}_{number}_bn", "BatchNormalization", weights))
            table.append((f"{block}_{number}_relu", "Activation", {}))
    kernel = (1, 1, size(), filters := size())  # its name holds the prefix, but not in front
    table.append(("neck_conv5_block2_conv", "Conv2D", {"kernel": kernel, "bias": (filters,)}))
    table.append(("predictions", "Dense", {"kernel": (size(), 1), "bias": (1,)}))
    return [(table, "conv5_block2_"), (table, "conv5_")]


def _sizes(weights, names=None):
    return sum(
        int(np.prod(shape)) for name, shape in weights.items() if names is None or name in names
    )


def _trainable(table, prefix):
    return sum(
        _sizes(weights)
        for name, kind, weights in table
        if name.startswith(prefix) and kind != "BatchNormalization"
    )


def _trainable_judge(got, expected, table, prefix):
    block = [row for row in table if row[0].startswith(prefix)]
    first = next(number for number, row in enumerate(table) if row[0].startswith(prefix))
    learned = ("kernel", "bias", "gamma", "beta")
    no_norm = [row for row in table if row[1] != "BatchNormalization"]
    candidates = {
        "batch-norm": (sum(_sizes(row[2], learned) for row in block), "You count gamma and beta "
                       "of the batch norm layers, which should stay frozen."),
        "statistics": (sum(_sizes(row[2]) for row in block), "You count batch norm's weights too: "
                       "those layers stay frozen, and no gradient ever moves their averages."),
        "by-index": (sum(_sizes(row[2]) for row in table[first:]
                         if row[1] != "BatchNormalization"), "You thaw everything from the first "
                     "match to the end of the list; go by the name of each layer."),
        "anywhere": (sum(_sizes(row[2]) for row in no_norm if prefix in row[0]), "Some names "
                     "only *contain* the prefix. Which ones begin with it?"),
        "everything": (sum(_sizes(row[2]) for row in no_norm), "You count every convolution, "
                       "frozen ones too: look at the names."),
        "kernels-only": (sum(_sizes(row[2], ("kernel",)) for row in block), "The kernels are "
                         "right; these convolutions have something else that is trained."),
        "layers": (len([row for row in block if row[1] != "BatchNormalization"]), "That is how "
                   "many layers there are; how many numbers do they hold?"),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if candidate != expected and matches(got, candidate, rtol=1e-4, atol=1e-5):
            raise WrongAnswer(key, message)
    agrees(got, expected)


# 06-coarse


def _coarse_inputs(random):
    subgroup_class = np.array([0, 0, 0, 0, 1, 1, 2])[random.permutation(7)]
    probabilities = random.dirichlet(np.ones(7), size=12)
    lone = np.flatnonzero(subgroup_class == 2)[0]
    probabilities[0] = np.where(subgroup_class == 0, 0.6 / 4, 0.02)
    probabilities[0, lone] = 0.36
    return [(probabilities, subgroup_class)]


def _coarse(probabilities, subgroup_class):
    return np.stack(
        [
            probabilities[:, subgroup_class == number].sum(axis=1)
            for number in range(subgroup_class.max() + 1)
        ],
        axis=1,
    )


def _coarse_judge(got, expected, probabilities, subgroup_class):
    winner = subgroup_class[probabilities.argmax(axis=1)]
    masks = [subgroup_class == number for number in range(subgroup_class.max() + 1)]
    sums = expected
    softmax = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
    biggest = np.stack([probabilities[:, mask].max(axis=1) for mask in masks], axis=1)
    candidates = {
        "winner-takes-all": (np.eye(len(masks))[winner], "The best sub-group still decides alone: "
                             "what do the others of its class say together?"),
        "mean": (np.stack([probabilities[:, mask].mean(axis=1) for mask in masks], axis=1),
                 "A class with many sub-groups is punished for having them. What should the "
                 "probabilities of the classes add up to?"),
        "largest": (biggest, "You take each class's best sub-group. Which rule gives the "
                    "probability that one *or* another happens, if they exclude each other?"),
        "largest-scaled": (biggest / biggest.sum(axis=1, keepdims=True), "Only the best sub-group "
                           "of each class is heard; the others have probability too."),
        "softmax": (softmax, "The sums are probabilities already; a softmax flattens them."),
        "transposed": (sums.T, "A row for each picture, a column for each class."),
        "labels": (sums.argmax(axis=1), "Those are decisions; return the probabilities."),
    }  # fmt: skip
    for key, (candidate, message) in candidates.items():
        if matches(got, candidate, rtol=1e-4, atol=1e-5):
            raise WrongAnswer(key, message)
    agrees(got, expected)


# 06-new-style

TARGET_ACCURACY = 0.9


def two_styles(random, num_features=30, each=60):
    """Draw features of pictures in two styles; return (x_source, y_source, x_target).

    The target's features are shifted and stretched, feature by feature, by far more than the
    classes lie apart. Both styles show the classes equally often.
    """
    means = random.normal(size=(3, num_features))
    y = np.repeat(np.arange(3), each)
    x_source, x_target = (means[y] + 0.5 * random.normal(size=(len(y), num_features)) for _ in "st")
    shift = 4 * (means[random.integers(3)] - means.mean(axis=0))
    stretch = random.uniform(0.5, 2, size=num_features)
    return x_source, y, (x_target * stretch + shift)[random.permutation(len(y))]


def nearest_mean(x_train, y_train, x_test):
    """Return the class whose mean feature vector is nearest to each row of `x_test`."""
    means = np.stack([x_train[y_train == number].mean(axis=0) for number in np.unique(y_train)])
    return np.argmin(((x_test[:, np.newaxis] - means) ** 2).sum(axis=2), axis=1)


def _standardise(x, by=None):
    by = x if by is None else by
    return (x - by.mean(axis=0)) / by.std(axis=0)


def _new_style(x_source, y_source, x_target):
    return nearest_mean(_standardise(x_source), y_source, _standardise(x_target))


def _new_style_judge(got, expected, x_source, y_source, x_target):
    if got is None or np.shape(got) != np.shape(expected):
        agrees(got, expected)
    got = np.asarray(got)
    right = np.mean(got == expected)
    if right >= TARGET_ACCURACY:
        return
    shares = np.bincount(got.astype(int).clip(0, 2), minlength=3) / len(got)
    if shares.max() >= 0.9:
        raise WrongAnswer("style-decides", f"{shares.max():.0%} of the pictures get one class: "
                          "the style alone decides. Whose mean and whose spread do you measure "
                          "the new pictures with?")  # fmt: skip
    raise WrongAnswer("too-low", f"{right:.0%} of the new pictures are right; at least "
                      f"{TARGET_ACCURACY:.0%} is asked.")  # fmt: skip


CHECKS = {
    "06-scale": Check(_scale_inputs, _scale, _scale_judge),
    "06-few-per-class": Check(_few_inputs, _few, _few_judge),
    "06-trainable": Check(_trainable_inputs, _trainable, _trainable_judge),
    "06-coarse": Check(_coarse_inputs, _coarse, _coarse_judge),
    "06-new-style": Check(
        lambda random: [two_styles(random) for _ in range(3)], _new_style, _new_style_judge
    ),
}
