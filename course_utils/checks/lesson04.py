"""The checks of lesson 04, convolutional networks."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches, name_misconception

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
    first = _convolve(image[..., :1], kernels[..., :1, :], bias)
    last = _convolve(image[..., -1:], kernels[..., -1:, :], bias)
    all_filters = (expected - bias).sum(axis=-1, keepdims=True) + bias
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
        "first-channel": (first, "Only the first channel counts in your answer: how deep is the "
                          "patch?"),
        "last-channel": (last, "Only the last channel counts in your answer: do you add the "
                         "channels up, or does each replace the one before?"),
        "filters-summed": (all_filters, "You add up the filters as well: each filter makes a "
                           "feature map of its own."),
        "rectified": (np.maximum(expected, 0), "The negative numbers are cut off: the formula has "
                      "no ReLU."),
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
    multiplied, maps = 0, channels
    for size, filters in convolutions:
        multiplied += (size**2 * maps + 1) * filters
        maps *= filters
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
        "pair-swapped": (_parameters(channels, [pair[::-1] for pair in convolutions]), "Window "
                         "size and number of filters are mixed up: which comes first in a pair?"),
        "channels-multiplied": (multiplied, "The maps of a layer are as many as its filters, "
                                "however many came in: do you replace `channels`, or multiply "
                                "it?"),
        "exclusive-or": (sum(((k ^ 2) * n + 1) * f for k, n, f in layers), "In Python `^` is not "
                         "a power, that is `**`."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-receptive-field


def _field_inputs(random):
    fixed = [(3, 1), (2, 2), (5, 1), (2, 2), (3, 3), (4, 1)]
    drawn = zip(random.integers(3, 6, size=3), random.integers(2, 4, size=3), strict=True)
    return [(fixed,), ([(int(size), int(stride)) for size, stride in drawn] + [(3, 1)],), ([],)]


def _field(layers, reach=lambda size: size - 1):
    width, step = 1, 1
    for size, stride in layers:
        width += reach(size) * step
        step *= stride
    return width


def _field_judge(got, expected, layers):
    own, last, added, upward, step, before, sum_before = 1, 1, 1, 1, 1, 1, 1
    for size, stride in layers:
        upward = (upward - 1) * stride + size
        step *= stride
        own += (size - 1) * step
        last += (size - 1) * before
        added += (size - 1) * sum_before
        before = stride
        sum_before += stride
    candidates = {
        "no-strides": (1 + sum(size - 1 for size, _ in layers), "That is right for stride 1. After "
                       "a stride of 2, how many pixels apart are two neighbours?"),
        "own-stride-first": (own, "A layer's own stride does not widen its own window: in which "
                             "order do your two lines stand?"),
        "last-stride-only": (last, "You use the stride of the layer just before; how do the "
                             "strides of all layers before combine?"),
        "strides-added": (added, "You add strides up: after two strides of 3, how many pixels "
                          "apart are two neighbours?"),
        "product": (int(np.prod([size for size, _ in layers])), "Window sizes do not multiply: "
                    "two windows of 3 see 5 pixels, not 9."),
        "upward": (upward, "(width − 1) · stride + size is a rule for going *down* from the last "
                   "layer to the picture; you go up."),
        "fence-posts": (_field(layers, lambda size: size), "A window of 3 reaches over two gaps, "
                        "not three: what does it add to the width?"),
        "even-windows": (_field(layers, lambda size: 2 * (size // 2)), "That is right for odd "
                         "windows. How many gaps lie between the 4 units of a window of 4?"),
        "pooling": (_field(layers, lambda size: size - (size > 2)), "A window of 2 reaches over "
                    "one gap, be it a pooling or not."),
        "first-layer-only": (layers[0][0] if layers else 1, "That is the first layer alone: does "
                             "your `return` stand inside the loop?"),
        "pair-swapped": (_field([pair[::-1] for pair in layers]), "Window size and stride are "
                         "mixed up: which comes first in a pair?"),
        "one-less": (expected - 1, "One too few: with no layer at all, a unit sees 1 pixel."),
        "one-more": (expected + 1, "One too many: with no layer at all, a unit sees 1 pixel."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-same-padding


def _padding_inputs(random):
    n = 2 * int(random.integers(5, 20))
    third = 6 * int(random.integers(2, 6))
    cases = [(n, 4, 2), (n, 3, 2), (n, 5, 1), (n + 1, 3, 2), (n, 4, 1), (third, 1, 3)]
    return [*cases, (third + 1, 3, 3), (third + 2, 5, 3)]  # both rests that 3 can leave


def _padding(n, k, s):
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


def _padding_judge(got, expected, n, k, s):
    needed = (-(-n // s) - 1) * s + k - n
    fewer, more = (max(windows * s + k - n, 0) for windows in (n // s - 1, -(-n // s)))
    kept = (n - 1) * s + k - n
    total = sum(expected)
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
        "rounds-down": ((fewer // 2, fewer - fewer // 2), "One window is missing: whatever the "
                        "division leaves over, ⌈n / s⌉ rounds up."),
        "one-window-more": ((more // 2, more - more // 2), "That is room for one window too many: "
                            "how many are ⌈n / s⌉, and where does the last of them start?"),
        "half-a-zero": ((total / 2, total / 2), "Half a zero cannot be added: which side gets the "
                        "odd one?"),
        "lost-zero": ((total // 2, total // 2), "One zero is lost: an odd number, halved and "
                      "rounded down on both sides, is no longer the whole."),
        "all-after": ((0, total), "The number of zeros is right, but all stand after the last "
                      "pixel: half of them belong before the first."),
        "all-before": ((total, 0), "The number of zeros is right, but all stand before the first "
                       "pixel: half of them belong after the last."),
    }  # fmt: skip
    name_misconception(got, expected, candidates)


# 04-find

_SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_LAPLACIAN = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])


def _find_inputs(random):
    return [_hidden(random) for _ in range(2)] + [_hidden(random, way) for way in _BY_LUCK]


def _hidden(random, fooled=None, size=5, height=24, width=30):
    """Draw a picture and its pattern; wrong ways with a name lead elsewhere, each to one place.

    Args:
        random: numpy.random.Generator.
        fooled: function of image and pattern, a wrong way that often leads to the right place,
            and must not this time.
        size, height, width: int, of pattern and picture.

    Returns:
        (height, width) float64 and (size, size) float64.
    """
    while True:
        pattern = (random.permutation(size**2) < 12).astype(float).reshape(size, size)
        row, column = place = int(random.integers(0, 18)), int(random.integers(0, 10))
        image = 0.4 * np.arange(width) + random.normal(0, 0.05, size=(height, width))
        image[row : row + size, column : column + size] += pattern
        if fooled and fooled(image, pattern) == place:
            continue
        groups = [{place}, *({wrong} for wrong in _misplaced(place, size))]
        groups += [{way(image, pattern) for way in ways} for ways, _ in _NAMED.values()]
        named = set.union(*groups)
        near = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} - {place}
        if len(named) < sum(map(len, groups)) or named & near:
            continue
        others = [fooled] if fooled else [*_NAMELESS, *_BY_LUCK]
        if named & ({way(image, pattern) for way in others} - {place}):
            continue
        if all(way(image, pattern) == place for way in (_find, *_ALSO_RIGHT)):
            return image, pattern


def _peak(response):
    return tuple(int(i) for i in np.unravel_index(np.argmax(response), response.shape))


def _filter(image, kernel):
    return np.einsum("ijab,ab->ij", _windows(image, kernel), kernel)


def _windows(image, kernel):
    return np.lib.stride_tricks.sliding_window_view(image, kernel.shape)


def _find(image, pattern):
    return _peak(_filter(image, pattern - pattern.mean()))


def _brightest(image, pattern):
    return _peak(_filter(image, pattern))


def _flipped(image, pattern):
    return _find(image, pattern[::-1, ::-1])


def _least_difference(image, pattern):
    return _peak(-((_windows(image, pattern) - pattern) ** 2).sum(axis=(2, 3)))


def _flattest(image, pattern):
    """Where the patch varies least without the pattern, and so differs least but for the means."""
    return _peak(-(_windows(image, pattern) - pattern).var(axis=(2, 3)))


def _filtered(kernel, search=_brightest, both=True):
    """The way of who filters the picture first, and with `both` the pattern as well."""
    return lambda image, pattern: search(
        _filter(image, kernel), _filter(pattern, kernel) if both else pattern
    )


def _filtered_with_border(image, pattern):
    return _filtered(_LAPLACIAN)(np.pad(image, 1), np.pad(pattern, 1))


def _padded(border, search=_find):
    """The way of who puts zeros around the picture first."""
    return lambda image, pattern: search(np.pad(image, border), pattern)


def _misplaced(place, size):
    """The right place swapped, in the pattern's middle, and at its bottom right."""
    row, column = place
    return (column, row), *((row + n, column + n) for n in (size // 2, size - 1))


def _absolute(image, pattern):
    return _peak(np.abs(_filter(image, pattern - pattern.mean())))


def _by_mean(image, pattern):
    return _peak(_filter(image, pattern) / _windows(image, pattern).mean(axis=(2, 3)))


def _least_range(image, pattern):
    return _peak(-np.ptp(_windows(image, pattern) - pattern, axis=(2, 3)))


def _least_absolute(image, pattern):
    rest = _windows(image, pattern) - pattern
    return _peak(-np.abs(rest - rest.mean(axis=(2, 3), keepdims=True)).sum(axis=(2, 3)))


def _least_angle(image, pattern):
    return _peak(_filter(image, pattern) / np.linalg.norm(_windows(image, pattern), axis=(2, 3)))


def _most_varied(image, pattern):
    return _peak(_windows(image, pattern).var(axis=(2, 3)))


def _least(image, pattern):
    return _peak(-_filter(image, pattern - pattern.mean()))


def _top_left(image, pattern):
    return 0, 0


_KERNELS = _LAPLACIAN, _SOBEL, _SOBEL.T
_ALSO_RIGHT = [*map(_filtered, _KERNELS), _filtered(_LAPLACIAN, _find), _least_angle, _least_range]
_BY_LUCK = [_flattest, _absolute, _by_mean, _least_absolute, _filtered_with_border]
_NAMED = {
    "brightest": ([_brightest], "You have found where the picture is brightest: a dot product "
                  "grows with brightness. Which kernels of the lesson do not, and what do their "
                  "weights add up to?"),
    "flipped": ([_flipped], "You look for the pattern turned by 180°: does your function flip its "
                "kernel?"),
    "least-difference": ([_least_difference], "You compare values, but the pattern lies on top of "
                         "an unknown brightness: what must you take away first?"),
    "one-filtered": ([_filtered(_LAPLACIAN, both=False)], "You filter the "
                     "picture, but look for the unfiltered pattern in it: what would your filter "
                     "make of the pattern?"),
    "padded": ([_padded(2), _padded(4)], "You have found the picture's own edge: with zeros "
               "around it, it ends in a cliff. Which windows lie inside?"),
}  # fmt: skip
_NOT_FLAT = (
    "At the right place the patch without the pattern is not flat: the brightness grows from "
    "column to column. Another place may be flatter."
)
_NAMELESS = [_most_varied, _least, _top_left, _padded(2, _brightest), _padded(4, _brightest)]
_NAMELESS += [_filtered(kernel, both=False) for kernel in _KERNELS[1:]]


def _find_judge(got, expected, image, pattern):
    if isinstance(got, int | np.integer):
        raise WrongAnswer("flattened", "That is a place in the flattened table: `np.unravel_index` "
                          "turns it into row and column.")  # fmt: skip
    swapped, centre, last = _misplaced(expected, len(pattern))
    candidates = {
        "swapped": ([swapped], "The right place, but row and column are swapped."),
        "centre": ([centre], "The right place, but you name the pattern's centre, not its top "
                   "left pixel."),
        "bottom-right": ([last], "The right place, but you name the pattern's bottom right pixel, "
                         "not its top left one."),
    }  # fmt: skip
    for key, (ways, message) in (_NAMED | {"not-flat": ([_flattest], _NOT_FLAT)}).items():
        candidates[key] = [way(image, pattern) for way in ways], message
    for key, (places, message) in candidates.items():
        if any(place != expected and matches(got, place) for place in places):
            raise WrongAnswer(key, message)
    try:
        agrees(got, expected)
    except WrongAnswer as wrong:
        if wrong.misconception == "value":
            row, column = (float(number) for number in got)
            wrong = WrongAnswer("value", f"The pattern is not at ({row:g}, {column:g}). Try your "
                                "function on the picture above, where you can see the "
                                "pattern.")  # fmt: skip
        raise wrong from None


CHECKS = {
    "04-convolve": Check(_convolve_inputs, _convolve, _convolve_judge),
    "04-parameters": Check(_parameters_inputs, _parameters, _parameters_judge),
    "04-receptive-field": Check(_field_inputs, _field, _field_judge),
    "04-same-padding": Check(_padding_inputs, _padding, _padding_judge),
    "04-find": Check(_find_inputs, _find, _find_judge),
}
