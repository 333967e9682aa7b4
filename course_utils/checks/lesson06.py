"""The checks of lesson 06, transfer learning."""

from copy import deepcopy
from itertools import combinations

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import judge_by, matches, name_misconception


def _told_apart(expected, candidates):
    """Return whether the right answer and all that misconceptions lead to differ in pairs."""
    answers = [expected, *(candidate for candidate, _ in candidates.values())]
    return not any(matches(one, other) for one, other in combinations(answers, 2))


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
        "wraps-above": ((images.astype("int8") - np.int8(127)) / 128, "Bright pixels came out as "
                        "dark ones: `int8` ends at 127, and pixels go up to 255."),
        "unit-scale": (x / 255, "That is the scale from 0 to 1. This network was trained on "
                       "another one: which pixel value becomes 0 there?"),
        "symmetric": (x / 127.5 - 1, "Close: that is the scale of some other networks, from -1 to "
                      "exactly 1. Read this network's formula again."),
        "no-shift": (x / 128, "The width of the scale is right, but 127 should become 0."),
        "divided-first": (x / 128 - 127, "Everything lies near -126: divide after you subtract."),
        "brackets": (x - 127 / 128, "Only the 127 was divided: Python divides before it subtracts, "
                     "unless brackets say otherwise."),
        "own-statistics": ((x - x.mean()) / x.std(), "You scale by what these pictures happen to "
                           "be. The network expects the same two numbers for every picture."),
    }  # fmt: skip
    numbers = np.asarray(got)
    if numbers.shape == x.shape and numbers.dtype.kind in "iu":
        raise WrongAnswer("whole-numbers", "Your answer holds whole numbers, but most values of "
                          "the scale lie between two of them. Is it a `//`, or an array made for "
                          "whole numbers?")  # fmt: skip
    name_misconception(got, expected, candidates)


# 06-few-per-class


_earlier = {}  # what one check has seen: data → (state of the generator, rows drawn with it)


def _few_inputs(random):
    _earlier.clear()
    cases = []
    for num_classes, each in ((3, 10), (4, 8)):
        # few candidates, so that drawing with replacement repeats some; enough in every fold
        y = np.repeat(np.arange(num_classes), random.integers(5 * each, 6 * each, num_classes))
        fold, test_fold = np.zeros(len(y), dtype=int), int(random.integers(3))
        for number in range(num_classes):
            fold[y == number] = random.permutation(np.arange(np.sum(y == number)) % 3)
        one, other = random.spawn(2)
        cases += [(y, fold, test_fold, each, drawer) for drawer in (one, other, deepcopy(one))]
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
    if rows.dtype.kind == "O":
        raise WrongAnswer("type", "Expected one row of whole numbers, in an array or a list; got "
                          f"{type(got).__name__}.")  # fmt: skip
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        raise WrongAnswer(
            "type",
            f"Expected one row of whole numbers, got {rows.dtype} of shape {rows.shape}: "
            "np.concatenate joins one array a class.",
        )
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(y)):
        raise WrongAnswer("no-such-row", f"There are rows 0 to {len(y) - 1} only.")
    classes, allowed = np.unique(y), np.flatnonzero(fold != test_fold)

    def right(drawn):
        counts = [np.sum(y[drawn] == number) for number in classes]
        different = len(np.unique(drawn)) == len(drawn)
        return different and counts == [each] * len(classes) and np.all(fold[drawn] != test_fold)

    if not right(rows):
        if [np.sum(rows == number) for number in classes] == [each] * len(classes):
            raise WrongAnswer("labels", "Those are class numbers; return row numbers.")
        if len(rows) and rows.max() < len(allowed) and right(allowed[rows]):
            raise WrongAnswer("shortened-table", "You left the fold out, but then counted within "
                              "the shortened table: turn these places back into row numbers of "
                              "the whole one.")  # fmt: skip
    leaks = fold[rows] == test_fold
    if len(rows) and np.all(leaks):
        raise WrongAnswer("only-the-fold", "All of these pictures are from the fold that is held "
                          "out for testing. Which way round is your condition?")  # fmt: skip
    if np.any(leaks):
        raise WrongAnswer("leak", "Some of these pictures are in the fold that is held out for "
                          "testing: the score would count what was learnt by heart.")  # fmt: skip
    if len(np.unique(rows)) < len(rows):
        raise WrongAnswer("repeats", "Some pictures come twice: then there are fewer different "
                          "ones than you claim.")  # fmt: skip
    counts = [int(np.sum(y[rows] == number)) for number in classes]
    if len(set(counts)) > 1:
        raise WrongAnswer("unbalanced", f"The classes get {counts} pictures; each should get "
                          f"{each}.")  # fmt: skip
    if counts[0] != each:
        raise WrongAnswer("too-few" if counts[0] < each else "too-many",
                          f"Each class gets {counts[0]} pictures; {each} are asked.")  # fmt: skip
    candidates = [np.flatnonzero((y == k) & (fold != test_fold)) for k in classes]
    places = [np.flatnonzero(np.isin(part, rows)) for part in candidates]
    if all(np.array_equal(place, np.arange(each)) for place in places):
        raise WrongAnswer("first-rows", "You take the first rows of each class. Tables have an "
                          "order: the lesson's begins with primates and dogs.")  # fmt: skip
    if all(len(set(np.diff(place))) == 1 for place in places):
        raise WrongAnswer("fixed-places", "You take rows at fixed places, such as the last ones or "
                          "every second. Tables have an order: let chance decide.")  # fmt: skip
    state, drawn = random.bit_generator.state, frozenset(rows.tolist())
    seen = _earlier.setdefault((y.tobytes(), fold.tobytes(), test_fold), [])
    for earlier_state, earlier_drawn in seen:
        if earlier_state != state and earlier_drawn == drawn:
            raise WrongAnswer("own-generator", "Two generators give the very same pictures. Where "
                              "does your function use the `random` that it is given?")  # fmt: skip
        if earlier_state == state and earlier_drawn != drawn:
            raise WrongAnswer("ignores-generator", "The same generator, twice in the same state, "
                              "gives other pictures the second time: not all of your chance comes "
                              "from the `random` that you are given.")  # fmt: skip
    seen.append((state, drawn))


# 06-trainable


def _trainable_table(random):
    def size():
        return int(random.integers(2, 40))

    def convolution(name):
        kernel = (int(random.choice([1, 3])),) * 2 + (size(), filters := size())
        return name, "Conv2D", {"kernel": kernel, "bias": (filters,)}

    def batch_norm(name):
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        return name, "BatchNormalization", dict.fromkeys(names, (size(),))

    table = []
    for block in ("conv4_block6", "conv5_block1", "conv5_block2", "conv5_block3", "conv5_block20"):
        table.append(convolution(f"{block}_1_conv"))
        table.append(batch_norm(f"{block}_1_bn"))
        table.append((f"{block}_1_relu", "Activation", {}))
        table.append(convolution(f"{block}_2_conv"))
        table.append(batch_norm(f"{block}_2_norm"))
        table.append((f"{block}_2_prelu", "PReLU", {"alpha": (1, 1, size())}))
        dense = {"kernel": (size(), units := size()), "bias": (units,)}
        table.append((f"{block}_3_dense", "Dense", dense))
    table.append(convolution("neck_conv5_block2_conv"))  # holds the prefix, but not in front
    table.append(("predictions", "Dense", {"kernel": (size(), 1), "bias": (1,)}))
    return table


def _trainable_inputs(random):
    while True:
        case = table, _ = _trainable_table(random), "conv5_block2_"
        if _told_apart(_trainable(*case), _trainable_candidates(*case)):
            return [case, (table, "conv5_")]


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


def _trainable_candidates(table, prefix):
    block = [row for row in table if row[0].startswith(prefix)]
    first = next(number for number, row in enumerate(table) if row[0].startswith(prefix))
    not_moving = {name for row in table for name in row[2] if not name.startswith("moving")}
    no_norm = [row for row in table if row[1] != "BatchNormalization"]
    thawed = [row for row in block if row[1] != "BatchNormalization"]
    return {
        "batch-norm": (sum(_sizes(row[2], not_moving) for row in block), "You count gamma and beta "
                       "of the batch norm layers, which should stay frozen."),
        "statistics": (sum(_sizes(row[2]) for row in block), "You count batch norm's weights too: "
                       "those layers stay frozen, and no gradient ever moves their averages."),
        "by-name": (sum(_sizes(row[2]) for row in block if "bn" not in row[0]), "A layer's name "
                    "need not say that it is batch norm. What else does a row tell you?"),
        "by-index": (sum(_sizes(row[2]) for row in table[first:]
                         if row[1] != "BatchNormalization"), "You thaw everything from the first "
                     "match to the end of the list; go by the name of each layer."),
        "anywhere": (sum(_sizes(row[2]) for row in no_norm if prefix in row[0]), "Some names "
                     "only *contain* the prefix. Which ones begin with it?"),
        "everything": (sum(_sizes(row[2]) for row in no_norm), "You count the layers of every "
                       "block, frozen ones too: look at the names."),
        "cut-prefix": (sum(_sizes(row[2]) for row in no_norm if row[0].startswith(prefix[:-1])),
                       "Layers of another block are in your sum: conv5_block20 is not "
                       "conv5_block2. The prefix counts up to its last character."),
        "convolutions-only": (sum(_sizes(row[2]) for row in thawed if row[1] == "Conv2D"), "You "
                              "count the convolutions alone; other layers of the block have "
                              "weights, too."),
        "named-weights": (sum(_sizes(row[2], ("kernel", "bias")) for row in thawed), "You count "
                          "kernels and biases; the weights of other layers have other names."),
        "kernels-only": (sum(_sizes(row[2], ("kernel",)) for row in thawed), "You count the "
                         "kernels alone; these layers have something else that is trained."),
        "shapes-added": (sum(sum(shape) for row in thawed for shape in row[2].values()), "You add "
                         "the numbers of a shape; a table of 3 × 4 holds 12 numbers."),
        "arrays": (sum(len(row[2]) for row in thawed), "That is how many arrays there are; how "
                   "many numbers do they hold?"),
        "layers": (len(thawed), "That is how many layers there are; how many numbers do they "
                   "hold?"),
    }  # fmt: skip


# 06-coarse


def _coarse_inputs(random):
    cases = []
    for num_pictures, sizes in ((3, [3, 1]), (12, [4, 2, 1]), (5, [4, 2, 2, 1])):
        subgroup_class = np.repeat(range(len(sizes)), sizes)
        while True:
            subgroup_class = random.permutation(subgroup_class)
            probabilities = random.dirichlet(np.ones(len(subgroup_class)), size=num_pictures)
            if len(sizes) == 2:  # the check shows this case: numbers to calculate with
                probabilities = (1 + random.multinomial(16, probabilities)) / 20
            case = probabilities, subgroup_class
            candidates = _coarse_candidates(*case)
            shuffled = "order-of-appearance" in candidates or len(sizes) == 2
            if shuffled and _told_apart(_coarse(*case), candidates):
                cases.append(case)
                break
    return cases


def _coarse(probabilities, subgroup_class):
    return np.stack(
        [
            probabilities[:, subgroup_class == number].sum(axis=1)
            for number in range(subgroup_class.max() + 1)
        ],
        axis=1,
    )


def _coarse_candidates(probabilities, subgroup_class):
    masks = [subgroup_class == number for number in range(subgroup_class.max() + 1)]
    sums = _coarse(probabilities, subgroup_class)
    softmax = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
    means = np.stack([probabilities[:, mask].mean(axis=1) for mask in masks], axis=1)
    biggest = np.stack([probabilities[:, mask].max(axis=1) for mask in masks], axis=1)
    last = np.stack([probabilities[:, np.flatnonzero(mask)[-1]] for mask in masks], axis=1)
    appearing = np.argsort([np.argmax(mask) for mask in masks])
    decided = "Those are decisions; return the probabilities."
    candidates = {
        "winner-takes-all": (np.eye(len(masks))[subgroup_class[probabilities.argmax(axis=1)]],
                             "The best sub-group still decides alone: what do the others of its "
                             "class say together?"),
        "mean": (means, "A class with many sub-groups is punished for having them. What should "
                 "the probabilities of the classes add up to?"),
        "mean-scaled": (means / means.sum(axis=1, keepdims=True), "You take the mean of each "
                        "class, so one with many sub-groups is punished for having them; scaling "
                        "the rows afterwards does not mend it."),
        "largest": (biggest, "You take each class's best sub-group. Which rule gives the "
                    "probability that one *or* another happens, if they exclude each other?"),
        "largest-scaled": (biggest / biggest.sum(axis=1, keepdims=True), "Only the best sub-group "
                           "of each class is heard; the others have probability too."),
        "last-column": (last, "Of the columns of one class only the last one arrived: `+=` at "
                        "repeated numbers adds once. Can you go class by class?"),
        "softmax": (softmax, "The sums are probabilities already; a softmax flattens them."),
        "transposed": (sums.T, "A row for each picture, a column for each class."),
        "labels": (sums.argmax(axis=1), decided),
        "decisions": (np.eye(len(masks))[sums.argmax(axis=1)], decided),
    }  # fmt: skip
    if any(np.diff(appearing) < 0):
        candidates["order-of-appearance"] = (sums[:, appearing], "The columns are right, but not "
                                             "in the order of the class numbers.")  # fmt: skip
    return candidates


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
    if not np.isin(got, (0, 1, 2)).all():
        other = next(value for value in got.tolist() if value not in (0, 1, 2))
        raise WrongAnswer("no-such-class", "The classes have the numbers 0, 1 and 2; your answer "
                          f"contains {other!r}.")  # fmt: skip
    right = np.mean(got == expected)
    if right >= TARGET_ACCURACY:
        return
    shares = np.bincount(got.astype(int), minlength=3) / len(got)
    if shares.max() >= 0.9:
        raise WrongAnswer("style-decides", f"{shares.max():.0%} of the pictures get one class: "
                          "the style alone decides. For each single feature, whose mean and whose "
                          "spread do you measure the new pictures with?")  # fmt: skip
    raise WrongAnswer("too-low", f"{right:.0%} of the new pictures are right; at least "
                      f"{TARGET_ACCURACY:.0%} is asked.")  # fmt: skip


CHECKS = {
    "06-scale": Check(_scale_inputs, _scale, _scale_judge),
    "06-few-per-class": Check(_few_inputs, _few, _few_judge),
    "06-trainable": Check(_trainable_inputs, _trainable, judge_by(_trainable_candidates)),
    "06-coarse": Check(_coarse_inputs, _coarse, judge_by(_coarse_candidates)),
    "06-new-style": Check(
        lambda random: [two_styles(random) for _ in range(3)], _new_style, _new_style_judge
    ),
}
