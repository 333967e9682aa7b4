"""The checks of lesson 05, architectures and what a network sees."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import name_misconception

# 05-parameters


def _parameters_inputs(random):
    cases = []
    for groups in (1, 2, 4):
        seen = int(random.integers(2, 10))  # channels in each group, never as many as filters
        filters = int(random.choice([n for n in range(2, 10) if n not in (seen, groups * seen)]))
        size = int(random.choice([3, 5, 7]))
        cases.append((groups * seen, groups * filters, size, groups))
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
        "bias-for-each-input": (expected - filters + channels, "The weights are right. But you "
                                "count as many biases as channels come in: what has a bias?"),
        "biases-divided": (expected - filters + filters // groups, "The weights are right. But "
                           "you divide the biases by the groups, too: does a filter lose its bias "
                           "when it sees fewer channels?"),
        "one-group": (expected // groups, "That is one group alone: how many are there?"),
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
        """Return the score, a float; raise ValueError where the image has another shape."""
        if np.shape(image) != self.pattern.shape:
            raise ValueError(
                f"score takes an image of shape {self.pattern.shape}, got {np.shape(image)}"
            )
        total = np.sum(self.pattern * np.asarray(image))
        return float(total + 0.01 * total**2)

    def __repr__(self):
        """Return a short name, for the message about a wrong answer."""
        return "score"


def _occlusion_inputs(random):
    while True:
        size = int(random.integers(2, 4))
        shape = (2 * size, 4 * size)
        grey, pattern = round(random.uniform(0.4, 0.6), 2), random.normal(size=shape)
        arguments = random.uniform(0, 1, size=shape), Score(pattern), size, grey
        falls = _occlusion(*arguments)
        if falls.min() < -0.1 and falls.max() > 1.1:  # so that signs and whole numbers show
            return [arguments]


def _one_square(image, hidden, square, grey):
    return _covered(image.copy(), square, grey)


def _piled_up(image, hidden, square, grey):
    return _covered(hidden, square, grey)


def _only_the_square(image, hidden, square, grey):
    return _covered(np.full_like(image, grey), square, image[square])


def _covered(image, square, value):
    image[square] = value
    return image


def _occlusion(image, score, size, grey, *, hide=_one_square, step=None, margin=0, turned=False):
    """Return the falls.

    Args:
        image, score, size, grey: as in the exercise.
        hide: what to show to `score`, from the image, the last one shown, the square, and grey.
        step: int, how far apart the squares begin; by default their size.
        margin: int, how many pixels a square is larger on each side.
        turned: bool, take the rows of a square from the column's number, and the other way round.
    """
    falls = np.zeros((image.shape[0] // size, image.shape[1] // size))
    hidden, before, step = image.copy(), score(image), step or size
    for place in np.ndindex(falls.shape):
        corner = place[::-1] if turned else place
        starts = [number * step for number in corner]
        square = tuple(slice(max(0, n - margin), n + size + margin) for n in starts)
        hidden = hide(image, hidden, square, grey)
        falls[place] = before - score(hidden)
    return falls


def _occlusion_judge(got, expected, image, score, size, grey):
    def answer(grey=grey, **options):
        return lambda: _occlusion(image, score, size, grey, **options)

    candidates = {
        "covers-pile-up": (answer(hide=_piled_up), "The squares hidden before stay hidden: what "
                           "does each round have to start from?"),
        "covers-itself": (np.zeros_like(expected), "Every entry is zero: is the array that you "
                          "cover a copy, or a second name for the image that you compare it "
                          "with?"),
        "sign": (-expected, "The map is large where hiding *helps*. It should say by how much the "
                 "score falls."),
        "no-difference": (score(image) - expected, "These are the scores of the covered images. "
                          "The map compares them with another score."),
        "only-the-square": (answer(hide=_only_the_square), "You cover everything but the square."),
        "black": (answer(grey=0.0), "The squares are covered with 0, not with `grey`, here "
                  f"{grey}."),
        "transposed": (expected.T, "Rows and columns of the map have changed places."),
        "squares-overlap": (answer(step=1), "Your squares overlap: where does square 1 begin, if "
                            "`size` is 3?"),
        "margin": (answer(margin=size // 2), "Your squares have a margin and overlap, as in the "
                   "lesson. Here they are `size` wide."),
        "square-turned": (answer(turned=True), "The square's pixel rows go with the map's row, "
                          "its pixel columns with the map's column; you have it the other way "
                          "round."),
        "by-columns": (expected.T.reshape(expected.shape), "The values are right, but they are "
                       "filled in column by column: reshape fills row by row."),
        "rectified": (np.maximum(expected, 0), "The negative entries are missing: a score may "
                      "rise when a square is hidden, and the map should show it."),
        "absolute": (np.abs(expected), "The sign is missing: a score may rise when a square is "
                     "hidden, and the map should show it."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 05-grad-cam


def _grad_cam_inputs(random):
    while True:
        maps = random.normal(size=(3, 4, 5))
        gradients = random.normal(size=5) + random.normal(size=(3, 4, 5))
        gradients -= gradients.mean() - 0.1
        signed = _signed(maps, gradients)
        if np.sum(signed > 0.1) > 2 and np.sum(signed < -0.1) > 2:
            # in the second case nothing speaks for the class: the map is all zero
            return [(maps, gradients), (np.abs(maps), -np.abs(gradients))]


def _signed(maps, gradients):
    return (gradients.mean(axis=(0, 1)) * maps).sum(axis=-1)


def _grad_cam(maps, gradients):
    return np.maximum(_signed(maps, gradients), 0)


def _grad_cam_judge(got, expected, maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    signed, positive = _signed(maps, gradients), np.maximum(weights, 0)

    def weighed(weights, maps=maps):
        return np.maximum((weights * maps).sum(axis=-1), 0)

    early = "You rectify each map before the sum. May a map that speaks against the class not \
cancel another?"
    on_weights = "You rectify the weights. Maps with a negative weight belong in the sum as well."
    one_axis = "You average over rows or columns alone: a map's weight is the mean over all places."
    no_weights = "All maps count alike: where do the gradients come in?"
    candidates = {
        "no-relu": (signed, "Right up to the last step: what happens to the places that speak "
                    "against the class?"),
        "absolute": (np.abs(signed), "The negative places have become positive: what speaks "
                     "against the class now looks like what speaks for it."),
        "relu-too-early": (np.maximum(weights * maps, 0).sum(axis=-1), early),
        "relu-on-weights": ((positive * maps).sum(axis=-1), on_weights),
        "relu-on-weights-too": (weighed(positive), on_weights),
        "relu-on-maps": (weighed(weights, np.maximum(maps, 0)), "You rectify the maps first. What "
                         "is negative in a map belongs in the sum as well."),
        "absolute-maps": (weighed(weights, np.abs(maps)), "You take the maps without their signs. "
                          "What is negative in a map stays negative in the sum."),
        "not-averaged": (weighed(gradients), "Each place uses its own gradient. A map has *one* "
                         "weight: the mean over all places."),
        "averaged-over-maps": (weighed(gradients.mean(axis=-1, keepdims=True)), "You average over "
                               "the maps, so that each *place* has a weight. Each map should "
                               "have one: over which axes do you average?"),
        "averaged-over-rows": (weighed(gradients.mean(axis=0)), one_axis),
        "averaged-over-columns": (weighed(gradients.mean(axis=1, keepdims=True)), one_axis),
        "one-weight": (weighed(gradients.mean()), "You average over everything: each map has a "
                       "weight of its own."),
        "summed-weights": (expected * maps[..., 0].size, "The pattern is right, the values are "
                           "too large by the number of places: sum or mean of the gradient?"),
        "mean-of-maps": (expected / maps.shape[-1], "You average over the weighted maps: they are "
                         "added up."),
        "scaled": (expected / (expected.max() or 1), "Right, but divided by its maximum: that is "
                   "good for drawing, and not asked for here."),
        "changed-places": (weighed(maps.mean(axis=(0, 1)), gradients), "Maps and gradients have "
                           "changed places: the average is over the gradients."),
        "no-weights": (maps.sum(axis=-1), no_weights),
        "no-weights-rectified": (weighed(1), no_weights),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 05-skip


def _skip_inputs(random):
    def factors(n):
        signs = random.choice([-1, 1], size=(2, n))
        return tuple((signs * random.uniform(0.2, 0.9, size=(2, n))).round(2))

    while True:
        (a, b), long, (c, d) = factors(2), factors(5), factors(3)
        c[1], d[1] = -1.5 - abs(c[1]), 1 + abs(d[1])  # a block whose factor is negative
        answers = [_skip(a, b), *(answer for answer, _ in _skip_candidates(a, b).values())]
        if np.diff(np.sort(answers)).min() > 0.001:
            return [(a, b), long, (c, d)]


def _skip(a, b):
    return float(np.prod(1 + a * b))


def _skip_candidates(a, b):
    running = 1.0
    for product in a * b:
        running = running * product + 1
    one_layer = "You lay the skip around one layer of each block. Here it goes around both."
    add = "You add where the chain rule multiplies: the blocks come one after another."
    return {
        "plain": (np.prod(a * b), "That is the plain chain still: what does the skip connection "
                  "add to a block's derivative?"),
        "skip-per-layer": (np.prod((1 + a) * (1 + b)), "You give each layer a skip of its own. "
                           "Here one skip goes around both layers of a block."),
        "one-skip-for-all": (1 + np.prod(a * b), "You lay one skip around the whole chain. Each "
                             "block has its own."),
        "sum": (1 + np.sum(a * b), add),
        "sum-of-factors": (np.sum(1 + a * b), add),
        "no-layers": (1.0, "Only the skips are left: the layers of a block count too."),
        "layers-added": (np.prod(1 + a + b), "Inside a block the two layers come one after the "
                         "other: are their factors added?"),
        "skip-first-layer": (np.prod(b * (1 + a)), one_layer),
        "skip-second-layer": (np.prod(a * (1 + b)), one_layer),
        "running-sum": (running, "The 1 belongs to each block's factor, not to the running "
                        "product: in which order do you multiply and add?"),
        "first-block-only": (1 + a[0] * b[0], "That is the first block alone: does your `return` "
                             "stand inside the loop?"),
    }  # fmt: skip


def _skip_judge(got, expected, a, b):
    candidates = {
        "absolute": (abs(expected), "The sign is lost: where b·a is below −1, the factor of a "
                     "block is negative."),
        "rectified": (np.prod(np.maximum(1 + a * b, 0)), "You cut off what is negative: there is "
                      "no ReLU in this chain, and the factor of a block may be below 0."),
    }  # fmt: skip
    name_misconception(got, expected, candidates | _skip_candidates(a, b))


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
    try:
        numbers = [[float(number) for number in layer] for layer in got]
    except (TypeError, ValueError):  # a flat list, or layers of Keras
        numbers = []
    if not numbers or any(
        len(layer) != 3 or not all(number >= 1 for number in layer) for layer in numbers
    ):
        raise WrongAnswer("type", "Expected a list of (filter size, stride, filters), all at "
                          "least 1: one such triple a layer, even if there is only one "
                          "layer.")  # fmt: skip
    if broken := [number for layer in numbers for number in layer if not number.is_integer()]:
        raise WrongAnswer("not-whole", f"A layer cannot have {broken[0]:g} of anything: whole "
                          "numbers only, so divide with `//`.")  # fmt: skip
    layers = [tuple(map(int, layer)) for layer in numbers]
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
        raise WrongAnswer("too-many-weights", f"It sees far enough, but has {100 * share:.0f} % of "
                          "the weights of the layer that it replaces; at most 50 % are allowed. "
                          "Which layers need not be wide?")  # fmt: skip


CHECKS = {
    "05-parameters": Check(_parameters_inputs, _parameters, _parameters_judge),
    "05-occlusion": Check(_occlusion_inputs, _occlusion, _occlusion_judge),
    "05-grad-cam": Check(_grad_cam_inputs, _grad_cam, _grad_cam_judge),
    "05-skip": Check(_skip_inputs, _skip, _skip_judge),
    "05-stack": Check(_stack_inputs, _stack, _stack_judge),
}
