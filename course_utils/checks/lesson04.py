"""The checks of lesson 04, convolutional networks."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer
from course_utils.checks.misconceptions import name_misconception

# 04-convolve


def _convolve_inputs(random):
    shapes = [(6, 8, 3, 3, 4), (9, 5, 2, 2, 3), (7, 6, 2, 3, 3)]
    return [
        (
            random.normal(size=(height, width, channels)),
            random.normal(size=(size, size, channels, filters)),
            random.uniform(1, 2, size=filters),
        )
        for height, width, channels, size, filters in shapes
    ]


def _convolve(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels) + bias


def _convolve_judge(got, expected, image, kernels, bias):
    one = _convolve(image[..., :1], kernels[..., :1, :], bias)
    sides = np.swapaxes(kernels, 0, 1)
    patch_size = np.prod(kernels.shape[:3])
    candidates = {
        "flipped": (_convolve(image, kernels[::-1, ::-1], bias), "You turn the kernels by 180° "
                    "first, as mathematicians do; Keras slides them as they are."),
        "no-bias": (expected - bias, "Only the biases are missing."),
        "bias-for-each-channel": (expected + (image.shape[-1] - 1) * bias, "The bias is added once "
                                  "for every channel: a filter has one bias."),
        "mean-of-channels": ((expected - bias) / image.shape[-1] + bias, "You average over the "
                             "channels: what does the formula do with c?"),
        "first-channel": (one, "Only the first channel counts in your answer: how deep is the "
                          "patch?"),
        "rows-and-columns": (_convolve(image, sides, bias), "Rows and columns of the kernel are "
                             "swapped: which of a and b goes with i?"),
        "mean-of-patch": ((expected - bias) / patch_size + bias, "You average over the patch: the "
                          "formula adds up."),
    }  # fmt: skip
    if kernels.shape[0] == kernels.shape[2]:  # else the mixed-up einsum does not run
        candidates["channels-and-window"] = (
            _convolve(image, kernels.transpose(1, 2, 0, 3), bias),
            "Channels and window are mixed up: print windows.shape. sliding_window_view puts the "
            "window's two axes last, after the channels.",
        )
    if np.shape(got) == (*image.shape[:2], len(bias)):
        raise WrongAnswer("padded", "Your result is as large as the picture: there is no padding "
                          "here.")  # fmt: skip
    per_channel = (*expected.shape[:2], *kernels.shape[2:])
    if np.shape(got) in (per_channel, (*expected.shape, image.shape[-1])):
        raise WrongAnswer("channels-apart", "You keep the channels apart: a filter makes one "
                          "number from the whole patch.")  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-parameters


def _parameters_inputs(random):
    first = [
        (int(size), int(filters)) for size, filters in zip([5, 3, 3], [8, 16, 32], strict=True)
    ]
    drawn = zip(random.choice([1, 3, 5, 7], size=4), random.integers(4, 40, size=4), strict=True)
    second = [(int(size), int(filters)) for size, filters in drawn]
    return [(3, first), (2, second)]


def _parameters(channels, convolutions):
    total = 0
    for size, filters in convolutions:
        total += (size**2 * channels + 1) * filters
        channels = filters
    return total


def _parameters_judge(got, expected, channels, convolutions):
    inputs = [channels, *(filters for _, filters in convolutions[:-1])]
    layers = [(size, n, filters) for n, (size, filters) in zip(inputs, convolutions, strict=True)]
    each = [(k**2 * n + 1) * f for k, n, f in layers]
    candidates = {
        "no-channels": (sum((k**2 + 1) * f for k, _, f in layers), "Each filter has a kernel for "
                        "every channel that comes in, not one kernel in all."),
        "picture-channels": (sum((k**2 * channels + 1) * f for k, _, f in layers), "Every layer "
                             "but the first reads feature maps, not the picture: how many are "
                             "there?"),
        "no-bias": (sum(k**2 * n * f for k, n, f in layers), "The weights are all there, the "
                    "biases are not."),
        "bias-for-each-kernel": (sum((k**2 + 1) * n * f for k, n, f in layers), "Too many biases: "
                                 "a filter has one, not one for each channel that it reads."),
        "not-squared": (sum((k * n + 1) * f for k, n, f in layers), "A window of size 3 has more "
                        "than 3 weights."),
        "bias-for-each-layer": (sum(k**2 * n * f + 1 for k, n, f in layers), "One bias for a whole "
                                "layer is too few: every filter has its own."),
        "first-layer-only": (each[0], "That is the first layer alone: does your `return` stand "
                             "inside the loop?"),
        "last-layer-only": (each[-1], "That is the last layer alone: do you add to the total, or "
                            "replace it?"),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-receptive-field


def _field_inputs(random):
    fixed = [(3, 1), (2, 2), (5, 2), (3, 1), (3, 3), (3, 1)]
    drawn = zip(random.integers(2, 6, size=3), random.integers(2, 4, size=3), strict=True)
    return [(fixed,), ([(int(size), int(stride)) for size, stride in drawn] + [(3, 1)],), ([],)]


def _field(layers):
    width, step = 1, 1
    for size, stride in layers:
        width += (size - 1) * step
        step *= stride
    return width


def _field_judge(got, expected, layers):
    own, last, posts, upward, step, before = 1, 1, 1, 1, 1, 1
    for size, stride in layers:
        posts += size * step
        upward = (upward - 1) * stride + size
        step *= stride
        own += (size - 1) * step
        last += (size - 1) * before
        before = stride
    candidates = {
        "no-strides": (1 + sum(size - 1 for size, _ in layers), "That is right for stride 1. After "
                       "a stride of 2, how many pixels apart are two neighbours?"),
        "own-stride-first": (own, "A layer's own stride does not widen its own window: in which "
                             "order do your two lines stand?"),
        "last-stride-only": (last, "You use the stride of the layer just before; how do the "
                             "strides of all layers before combine?"),
        "product": (int(np.prod([size for size, _ in layers])), "Window sizes do not multiply: "
                    "two windows of 3 see 5 pixels, not 9."),
        "upward": (upward, "(width − 1) · stride + size is a rule for going *down* from the last "
                   "layer to the picture; you go up."),
        "fence-posts": (posts, "A window of 3 reaches over two gaps, not three: what does it add "
                        "to the width?"),
        "off-by-one": (expected - 1, "One too few: with no layer at all, a unit sees itself."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-same-padding


def _padding_inputs(random):
    n = 2 * int(random.integers(5, 20))
    third = 6 * int(random.integers(2, 6))
    return [(n, 4, 2), (n, 3, 2), (n, 5, 1), (n + 1, 3, 2), (n, 4, 1), (third, 1, 3)]


def _padding(n, k, s):
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


def _padding_judge(got, expected, n, k, s):
    needed = (-(-n // s) - 1) * s + k - n
    fewer, more = (max(windows * s + k - n, 0) for windows in (n // s - 1, -(-n // s)))
    kept = (n - 1) * s + k - n
    candidates = {
        "negative": ((needed // 2, needed - needed // 2), "A negative number of zeros: here the "
                     "windows need no padding at all."),
        "extra-before": ((expected[1], expected[0]), "The number of zeros is right, but the extra "
                         "one stands on the wrong side."),
        "both-sides": (((k - 1) // 2, (k - 1) // 2), "The same on both sides: when the total is "
                       "odd, only one side gets the extra zero. How many zeros do ⌈n / s⌉ windows "
                       "need in all?"),
        "ignores-stride": (((k - 1) // 2, k - 1 - (k - 1) // 2), "That is right for stride 1: "
                           "where does the last window end with this stride?"),
        "keeps-the-size": ((kept // 2, kept - kept // 2), "With so many zeros the result is as "
                           "long as the row: with a stride there are only ⌈n / s⌉ windows."),
        "rounds-down": ((fewer // 2, fewer - fewer // 2), "One window is missing: ⌈n / s⌉ rounds "
                        "up, n // s down."),
        "one-window-more": ((more // 2, more - more // 2), "The first window starts at 0, so the "
                            "last of m starts after (m − 1)·s pixels."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-find


def _find_inputs(random):
    return [_hidden(random) for _ in range(3)]


def _hidden(random, size=5, height=24, width=30):
    """Draw a pattern and a picture that hides it; all misconceptions lead elsewhere."""
    while True:
        pattern = (random.permutation(size**2) < 12).astype(float).reshape(size, size)
        row, column = int(random.integers(0, 18)), int(random.integers(0, 10))
        image = 0.4 * np.arange(width) + random.normal(0, 0.05, size=(height, width))
        image[row : row + size, column : column + size] += pattern
        if row != column and _find(image, pattern) == (row, column):
            places = [_best(image, pattern), _find(image, pattern[::-1, ::-1])]
            places.append(_least_difference(image, pattern))
            places += [(column, row), (row + size // 2, column + size // 2), (row, column)]
            if len(set(places)) == len(places):
                return image, pattern


def _best(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    response = np.einsum("ijab,ab->ij", windows, kernel)
    return tuple(int(i) for i in np.unravel_index(np.argmax(response), response.shape))


def _least_difference(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    difference = ((windows - pattern) ** 2).sum(axis=(2, 3))
    return tuple(int(i) for i in np.unravel_index(np.argmin(difference), difference.shape))


def _find(image, pattern):
    return _best(image, pattern - pattern.mean())


def _find_judge(got, expected, image, pattern):
    row, column = expected
    half = len(pattern) // 2
    candidates = {
        "brightest": (_best(image, pattern), "You have found where the picture is brightest: a "
                      "dot product grows with brightness. Which kernels of the lesson do not?"),
        "swapped": ((column, row), "The right place, but row and column are swapped."),
        "centre": ((row + half, column + half), "The right place, but you name the pattern's "
                   "centre, not its top left pixel."),
        "flipped": (_find(image, pattern[::-1, ::-1]), "You look for the pattern turned by 180°: "
                    "does your function flip its kernel?"),
        "least-difference": (_least_difference(image, pattern), "You compare values, but the "
                             "pattern lies on top of an unknown brightness: what must you take "
                             "away first?"),
    }  # fmt: skip
    if isinstance(got, int | np.integer):
        raise WrongAnswer("flattened", "That is a place in the flattened table: `np.unravel_index` "
                          "turns it into row and column.")  # fmt: skip
    name_misconception(got, expected, candidates)


CHECKS = {
    "04-convolve": Check(_convolve_inputs, _convolve, _convolve_judge),
    "04-parameters": Check(_parameters_inputs, _parameters, _parameters_judge),
    "04-receptive-field": Check(_field_inputs, _field, _field_judge),
    "04-same-padding": Check(_padding_inputs, _padding, _padding_judge),
    "04-find": Check(_find_inputs, _find, _find_judge),
}
