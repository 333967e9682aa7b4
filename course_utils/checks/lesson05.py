"""The checks of lesson 05, architectures and what a network sees."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import name_misconception

# 05-parameters


def _parameters_inputs(random):
    cases = []
    for groups in (1, 2, 4):
        channels, filters = groups * random.integers(2, 9, size=2)
        size = int(random.choice([3, 5, 7]))
        cases.append((int(channels), int(filters) + groups, size, groups))
    return cases


def _parameters(channels, filters, size, groups):
    return filters * (size * size * (channels // groups) + 1)


def _parameters_judge(got, expected, channels, filters, size, groups):
    seen = channels // groups
    candidates = {
        "no-bias": (expected - filters, "Nearly: what else does each filter have, besides its "
                    "weights?"),
        "groups-ignored": (_parameters(channels, filters, size, 1), "That is the count without "
                           "groups: how many channels does one filter see?"),
        "groups-twice": ((filters // groups) * size * size * seen + filters, "The groups are "
                         "taken out twice: each filter sees fewer channels, but are there fewer "
                         "filters?"),
        "flat-filters": (filters * (size * size + 1), "Your filters are flat: a filter reaches "
                         "through all the channels that it sees."),
        "bias-per-channel": (filters * (size * size + 1) * seen, "You count a bias for each "
                             "channel of a filter. A filter adds one number to its sum."),
        "channels-as-filters": (_parameters(filters, channels, size, groups), "Channels and "
                                "filters have changed places."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 05-occlusion


class Score:
    """A model's score of an image: a bright pattern counts, and pairs of pixels count extra.

    Args:
        pattern: (h, w) float, how much each pixel counts.
    """

    def __init__(self, pattern):
        self.pattern = pattern

    def __call__(self, image):
        """Return the score, a float."""
        total = np.sum(self.pattern * np.asarray(image))
        return float(total + 0.01 * total**2)

    def __repr__(self):
        """Return a short name, for the message about a wrong answer."""
        return "score"


def _occlusion_inputs(random):
    size = int(random.integers(2, 4))
    shape = (2 * size, 4 * size)
    image = random.uniform(0, 1, size=shape)
    return [(image, Score(random.normal(size=shape)), size, round(random.uniform(0.4, 0.6), 2))]


def _occlusion(image, score, size, grey, *, kind="one square"):
    falls = np.zeros((image.shape[0] // size, image.shape[1] // size))
    hidden, before = image.copy(), score(image)
    for row, column in np.ndindex(falls.shape):
        square = slice(row * size, (row + 1) * size), slice(column * size, (column + 1) * size)
        if kind == "one square":
            hidden = image.copy()
        if kind == "only the square":
            hidden = np.full_like(image, grey)
        hidden[square] = image[square] if kind == "only the square" else grey
        falls[row, column] = before - score(hidden)
    return falls


def _covered_original(image, score, size, grey):
    """The answer of who covers the image itself, so that it is compared with itself."""
    return np.zeros((image.shape[0] // size, image.shape[1] // size))


def _occlusion_judge(got, expected, *arguments):
    image, score, _, grey = arguments
    piled = _occlusion(*arguments, kind="pile up")
    zeros = _occlusion(image, score, arguments[2], 0.0)
    candidates = {
        "covers-pile-up": (piled, "The squares hidden before stay hidden: what does each round "
                           "have to start from?"),
        "covers-itself": (_covered_original(*arguments), "Every entry is zero: is `hidden` a "
                          "copy, or a second name for the image that you compare it with?"),
        "sign": (-expected, "The map is large where hiding *helps*. It should say by how much the "
                 "score falls."),
        "no-difference": (score(image) - expected, "These are the scores of the covered images. "
                          "The map compares them with another score."),
        "only-the-square": (_occlusion(*arguments, kind="only the square"), "You cover everything "
                            "but the square."),
        "black": (zeros, f"The squares are covered with 0, not with `grey`, here {grey}."),
        "transposed": (expected.T, "Rows and columns of the map have changed places."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 05-grad-cam


def _grad_cam_inputs(random):
    maps = random.uniform(0, 1, size=(3, 4, 5))
    gradients = random.normal(size=5) + random.normal(size=(3, 4, 5))
    against = maps, -np.abs(gradients)  # nothing speaks for the class: the map is all zero
    return [(maps, gradients - gradients.mean()), against]


def _grad_cam(maps, gradients):
    return np.maximum((gradients.mean(axis=(0, 1)) * maps).sum(axis=-1), 0)


def _grad_cam_judge(got, expected, maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    signed = (weights * maps).sum(axis=-1)
    candidates = {
        "no-relu": (signed, "Right up to the last step: what happens to the places that speak "
                    "against the class?"),
        "absolute": (np.abs(signed), "The negative places have become positive: what speaks "
                     "against the class now looks like what speaks for it."),
        "relu-too-early": (np.maximum(weights * maps, 0).sum(axis=-1), "You rectify each map "
                           "before the sum. May a map that speaks against the class not cancel "
                           "another?"),
        "relu-on-weights": (np.maximum(weights, 0) @ maps.transpose(0, 2, 1), "You rectify the "
                            "weights. Maps with a negative weight belong into the sum as well."),
        "not-averaged": (np.maximum((gradients * maps).sum(axis=-1), 0), "Each place uses its own "
                         "gradient. A map has *one* weight: the mean over all places."),
        "summed-weights": (expected * maps.shape[0] * maps.shape[1], "The pattern is right, the "
                           "values are too large by the number of places: sum or mean of the "
                           "gradient?"),
        "no-weights": (maps.sum(axis=-1), "All maps count alike: where do the gradients come in?"),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 05-skip


def _skip_inputs(random):
    def factors(n):
        signs = random.choice([-1, 1], size=(2, n))
        return tuple((signs * random.uniform(0.2, 0.9, size=(2, n))).round(2))

    return [factors(2), factors(5)]


def _skip(a, b):
    return float(np.prod(1 + a * b))


def _skip_judge(got, expected, a, b):
    candidates = {
        "plain": (np.prod(a * b), "That is the plain chain still: what does the skip connection "
                  "add to a block's derivative?"),
        "skip-per-layer": (np.prod((1 + a) * (1 + b)), "You give each layer a skip of its own. "
                           "Here one skip goes around both layers of a block."),
        "one-skip-for-all": (1 + np.prod(a * b), "You lay one skip around the whole chain. Each "
                             "block has its own."),
        "sum": (1 + np.sum(a * b), "You add where the chain rule multiplies: the blocks come one "
                "after another."),
        "no-layers": (1.0, "Only the skips are left: the layers of a block count too."),
        "layers-added": (np.prod(1 + a + b), "Inside a block the two layers come one after the "
                         "other: are their factors added?"),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 05-stack


def _stack_inputs(random):
    cases = [(3, 96, 11, 4), (3, 64, 7, 2)]
    channels, filters = int(random.integers(8, 33)), 16 * int(random.integers(4, 9))
    return [*cases, (channels, filters, int(random.choice([5, 7, 9])), 1)]


def _stack(channels, filters, size, stride):
    """A stack that keeps to all conditions; others may, too."""
    stack, field, jump = [], 1, 1
    while field < size or jump < stride:
        step = 2 if jump < stride else 1
        stack.append((3, step, filters // 16))
        field, jump = field + 2 * jump, jump * step
    return [*stack[:-1], (*stack[-1][:2], filters)]


def _stack_judge(got, expected, channels, filters, size, stride):
    if got is None:
        agrees(got, expected)
    layers = [tuple(int(number) for number in layer) for layer in got]
    if not layers or any(len(layer) != 3 or min(layer) < 1 for layer in layers):
        raise WrongAnswer("type", "Expected a list of (filter size, stride, filters), all at "
                          "least 1.")  # fmt: skip
    if any(k not in (1, 3) for k, _, _ in layers):
        raise WrongAnswer("large-filter", "Only filters of 1 × 1 and 3 × 3 are allowed.")
    if (last := layers[-1][2]) != filters:
        raise WrongAnswer("wrong-filters", f"The last layer has {last} filters; the layers that "
                          f"follow expect {filters}.")  # fmt: skip
    field, jump, weights, width = 1, 1, 0, channels
    for k, s, f in layers:
        field, jump = field + (k - 1) * jump, jump * s
        weights, width = weights + k * k * width * f, f
    if jump != stride:
        raise WrongAnswer("wrong-stride", f"The strides multiply to {jump}, so the maps that come "
                          f"out have another size than at stride {stride}.")  # fmt: skip
    if field < size:
        raise WrongAnswer("field-too-small", f"The stack sees {field} × {field} pixels only, and "
                          f"the filter that it replaces {size} × {size}.")  # fmt: skip
    seen = {0}  # the input pixels that one place of the output looks at, in one direction
    for k, s, _ in reversed(layers):
        seen = {s * place + i for place in seen for i in range(k)}
    if len(seen) < field:
        raise WrongAnswer("skips-pixels", f"The stack spans {field} pixels across but looks "
                          f"at {len(seen)} of them: a stride skips what no filter has "
                          "seen.")  # fmt: skip
    if (share := weights / (size * size * channels * filters)) > 0.5:
        raise WrongAnswer("too-many-weights", f"It sees far enough, but has {share:.0%} of the "
                          "weights of the layer that it replaces; at most 50 % are allowed. Which "
                          "layers need not be wide?")  # fmt: skip


CHECKS = {
    "05-parameters": Check(_parameters_inputs, _parameters, _parameters_judge),
    "05-occlusion": Check(_occlusion_inputs, _occlusion, _occlusion_judge),
    "05-grad-cam": Check(_grad_cam_inputs, _grad_cam, _grad_cam_judge),
    "05-skip": Check(_skip_inputs, _skip, _skip_judge),
    "05-stack": Check(_stack_inputs, _stack, _stack_judge),
}
