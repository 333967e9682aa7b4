# %% [markdown]
# # 04 Convolutional networks: exercises
#
# Five exercises on [lesson 04](../04_convolutional_networks.ipynb), 75 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("04-convolve")` gives one hint at a time; `solution("04-convolve")` shows the answer and why. No exercise needs another one.

# %%
import matplotlib.pyplot as plt
import numpy as np

from course_utils import plots
from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: convolve a picture with several channels
#
# *Fill in, 15 minutes, 3 points.* The lesson slid one kernel over one channel. A layer has many filters, and each filter has a kernel for every input channel. At each place a filter multiplies its weights with the patch, in all channels, adds everything up, and adds its bias:
#
# $$y_{ijf} = b_f + \sum_{a,b,c} x_{i+a,\;j+b,\;c}\; K_{abcf}$$
#
# No padding, stride 1, no flip, as Keras does it.


# %% exercise="04-convolve" points=3
def convolve_layer(image, kernels, bias):
    """Return the feature maps of one picture.

    Args:
        image: (height, width, channels) float64.
        kernels: (size, size, channels, filters) float64.
        bias: (filters,) float64.

    Returns:
        (height − size + 1, width − size + 1, filters) float64.
    """
    ### BEGIN SOLUTION
    size, _, _, filters = kernels.shape
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    maps = np.zeros((rows, columns, filters))
    for i, j in np.ndindex(rows, columns):
        patch = image[i : i + size, j : j + size]
        maps[i, j] = np.tensordot(patch, kernels, axes=3) + bias
    return maps
    ### END SOLUTION


# %% [markdown] hint="04-convolve"
# Start from the lesson's `convolve_loop`: what is the shape of the patch under the window now, and what is the shape of one filter's weights, `kernels[..., f]`?

# %% [markdown] hint="04-convolve"
# Both are (size, size, channels): multiply them element by element and sum over *all three* axes. That is one number, for one filter at one place.

# %% [markdown] hint="04-convolve"
# Two loops, `for i, j in np.ndindex(rows, columns)` and `for f in range(filters)`: `maps[i, j, f] = np.sum(patch * kernels[..., f]) + bias[f]`. (`np.tensordot(patch, kernels, axes=3)` does all filters at once: it multiplies, and sums over the three axes of the patch and the first three of the kernels.)

# %% [markdown] why="04-convolve"
# A filter makes *one* number from the whole patch, channels included: it is a neuron whose inputs are size × size × channels numbers, used again at every place. That is why the channels are summed and not kept apart, and why the next layer's kernels are as deep as this layer has filters.


# %% check="04-convolve"
def inputs(random):
    shapes = [  # height, width, channels, window, filters
        (6, 8, 3, 3, 4), (7, 5, 2, 2, 3), (7, 6, 3, 3, 2), (5, 6, 2, 3, 3), (5, 4, 4, 2, 2),
        (3, 5, 2, 1, 3), (4, 5, 1, 3, 2), (5, 4, 3, 2, 1), (3, 3, 3, 3, 2),
    ]  # fmt: skip
    cases = []
    for height, width, channels, size, filters in shapes:
        image = random.normal(size=(height, width, channels))
        kernels = random.normal(size=(size, size, channels, filters))
        cases.append((image, kernels, random.uniform(1, 2, size=filters)))
    return cases


# %% wrong="04-convolve"
def convolve_channels_and_window(image, kernels, bias):
    """Channels and window are mixed up: print windows.shape. sliding_window_view puts the window's two axes last, after the channels."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijabc,abcf->ijf", windows, kernels) + bias


# %% wrong="04-convolve"
def convolve_padded(image, kernels, bias):
    """Your result is as large as the picture: there is no padding here."""
    before, after = (len(kernels) - 1) // 2, len(kernels) // 2
    padded = np.pad(image, [(before, after), (before, after), (0, 0)])
    return convolve_layer(padded, kernels, bias)


# %% wrong="04-convolve"
def convolve_left_empty_at_the_edge(image, kernels, bias):
    """Your result is as large as the picture: there is no padding here."""
    size = len(kernels)
    return np.pad(convolve_layer(image, kernels, bias), [(0, size - 1), (0, size - 1), (0, 0)])


# %% wrong="04-convolve"
def convolve_channels_apart(image, kernels, bias):
    """You keep the channels apart: a filter makes one number from the whole patch."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijcf", windows, kernels) + bias


# %% wrong="04-convolve"
def convolve_channels_apart_at_the_end(image, kernels, bias):
    """You keep the channels apart: a filter makes one number from the whole patch."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijfc", windows, kernels) + bias[:, np.newaxis]


# %% wrong="04-convolve"
{
    "tensordot(patch, kernels, axes=3) → tensordot(patch, kernels[::-1, ::-1], axes=3)": "You turn the kernels by 180° first, as mathematicians do; Keras slides them as they are.",
    " + bias → ": "Only the biases are missing.",
    "+ bias → - bias": "The biases are subtracted: the formula adds them.",
    "+ bias → + image.shape[2] * bias": "The bias is added once for every channel: a filter has one bias.",
    "+ bias → + patch.size * bias": "The bias is added once for every weight: a filter has one bias.",
    "+ bias → + bias[0]": "All filters get the first one's bias: each has its own.",
    "+ bias → + bias.sum()": "Each filter gets the biases of all: it has one of its own.",
    "tensordot(patch, → tensordot(patch / image.shape[2],": "You average over the channels: what does the formula do with c?",
    "tensordot(patch, → tensordot(patch / patch.size,": "You average over the patch: the formula adds up.",
    "tensordot(patch, → tensordot(patch / size**2,": "You average over the window: the formula adds up.",
    "tensordot(patch, kernels, axes=3) → tensordot(patch[..., 0], kernels[:, :, 0], axes=2)": "Only the first channel counts in your answer: how deep is the patch?",
    "tensordot(patch, kernels, axes=3) → tensordot(patch[..., -1], kernels[:, :, -1], axes=2)": "Only the last channel counts in your answer: do you add the channels up, or does each replace the one before?",
    "np.tensordot(patch, kernels, axes=3) → np.sum(np.tensordot(patch, kernels, axes=3))": "You add up the filters as well: each filter makes a feature map of its own.",
    "return maps → return np.maximum(maps, 0)": "The negative numbers are cut off: the formula has no ReLU.",
    "tensordot(patch, kernels, axes=3) → tensordot(patch, kernels.swapaxes(0, 1), axes=3)": "Rows and columns of the kernel are swapped: which of a and b goes with i?",
}


# %% [markdown]
# ## Exercise 2: count the parameters of a stack
#
# *Fill in, 10 minutes, 2 points.* A stack of convolutions is given as a list of (window size, number of filters), first layer first; every filter has a bias. The picture has `channels` channels, such as 3 for colour. Count by hand what `count_params()` would say.


# %% exercise="04-parameters" points=2
def count_parameters(channels, convolutions):
    """Return the number of weights and biases in a stack of convolutions.

    Args:
        channels: int, the channels of the picture.
        convolutions: list of (int, int), window size and number of filters of each layer.

    Returns:
        int.
    """
    ### BEGIN SOLUTION
    total = 0
    for size, filters in convolutions:
        total += (size * size * channels + 1) * filters
        channels = filters
    return total
    ### END SOLUTION


# %% [markdown] hint="04-parameters"
# How many numbers does *one* filter of the first layer need, its bias included?

# %% [markdown] hint="04-parameters"
# One filter: window size squared, for each channel *that comes in*, plus 1. What comes into the second layer is not the picture.

# %% [markdown] hint="04-parameters"
# Loop over the layers, add `(size**2 * channels + 1) * filters`, and set `channels = filters` for the next round.

# %% [markdown] why="04-parameters"
# Each filter makes one feature map, so a layer's filters are the next layer's input channels. The size of the picture never enters, nor does the stride. Deep in a network, where both channel counts are in the hundreds, this product is where the parameters are.


# %% check="04-parameters"
def inputs(random):
    cases = []
    for depth in [1, 2, 3, 4] * 3:
        sizes = random.integers(1, 8, size=depth).tolist()
        filters = random.integers(5, 40, size=depth).tolist()
        cases.append((int(random.integers(1, 5)), list(zip(sizes, filters, strict=True))))
    return cases


# %% wrong="04-parameters"
def count_one_bias_in_all(channels, convolutions):
    """One bias for the whole stack is too few: every filter has its own."""
    num_filters = [filters for _, filters in convolutions]
    return count_parameters(channels, convolutions) - sum(num_filters) + 1


# %% wrong="04-parameters"
def count_first_layer_only(channels, convolutions):
    """That is the first layer alone: does your `return` stand inside the loop?"""
    return count_parameters(channels, convolutions[:1])


# %% wrong="04-parameters"
{
    "size * size * channels + 1 → size * size + 1": "Each filter has a kernel for every channel that comes in, not one kernel in all.",
    "channels = filters → pass": "Every layer but the first reads feature maps, not the picture: how many are there?",
    "channels + 1) → channels)": "The weights are all there, the biases are not.",
    "size * size * channels + 1 → (size * size + 1) * channels": "Too many biases: a filter has one, not one for each channel that it reads.",
    "size * size * channels → size * channels": "A window of size 3 has more than 3 weights.",
    "(size * size * channels + 1) * filters → size * size * channels * filters + 1": "One bias for a whole layer is too few: every filter has its own.",
    "(size * size * channels + 1) * filters → size * size * channels + 1 * filters": "Only the biases are multiplied by the number of filters: which of + and * does Python do first?",
    "total += → total =": "That is the last layer alone: do you add to the total, or replace it?",
    "for size, filters in → for filters, size in": "Window size and number of filters are mixed up: which comes first in a pair?",
    "channels = filters → channels *= filters": "The maps of a layer are as many as its filters, however many came in: do you replace `channels`, or multiply it?",
    "channels = filters → channels += filters": "The maps of a layer are as many as its filters, however many came in: do you replace `channels`, or add to it?",
    "size * size → (size ^ 2)": "In Python `^` is not a power, that is `**`.",
}


# %% [markdown]
# ## Exercise 3: how far does a unit see?
#
# *Fill in, 15 minutes, 2 points.* The lesson measured receptive fields with a gradient. Compute them: layers of convolution or pooling are given as a list of (window size, stride), first layer first. Return how many pixels across a unit of the last layer sees, from the first to the last.


# %% exercise="04-receptive-field" points=2
def receptive_field(layers):
    """Return the width of the receptive field of the last layer's units.

    Args:
        layers: list of (int, int), window size and stride of each layer; no stride is larger
            than its window, so a unit sees every pixel in between.

    Returns:
        int, in pixels of the picture; 1 for an empty list.
    """
    ### BEGIN SOLUTION
    width, step = 1, 1
    for size, stride in layers:
        width += (size - 1) * step
        step *= stride
    return width
    ### END SOLUTION


# %% [markdown] hint="04-receptive-field"
# Keep two numbers as you go up: how wide a unit sees, and how many pixels lie between two neighbouring units.

# %% [markdown] hint="04-receptive-field"
# A window of `size` units reaches over `size - 1` gaps. How many pixels is one gap, for the units that this layer *reads*?

# %% [markdown] hint="04-receptive-field"
# Begin with width 1 and step 1. For each layer first `width += (size - 1) * step`, and only then `step *= stride`.

# %% [markdown] why="04-receptive-field"
# A layer's own stride says how far apart *its* units are, so it matters to the layers after it, not to itself. Strides multiply, and so two or three of them early in a network widen everything that follows: three 3 × 3 convolutions see 7 pixels, with two poolings of 2 between them they see 18.


# %% check="04-receptive-field"
def inputs(random):
    cases = [([],)]
    for depth in [1, 2, 3, 3, 4, 5] * 3:
        sizes = random.integers(1, 6, size=depth)
        strides = random.integers(1, sizes + 1)
        cases.append((list(zip(sizes.tolist(), strides.tolist(), strict=True)),))
    return cases


# %% wrong="04-receptive-field"
def field_product(layers):
    """Window sizes do not multiply: two windows of 3 see 5 pixels, not 9."""
    width = 1
    for size, _ in layers:
        width *= size
    return width


# %% wrong="04-receptive-field"
def field_first_layer_only(layers):
    """That is the first layer alone: does your `return` stand inside the loop?"""
    return receptive_field(layers[:1])


# %% wrong="04-receptive-field"
def field_needs_a_layer(layers):
    """Right for every list but the empty one, which has no first layer: where does the width start?"""
    width, step = layers[0]
    for size, stride in layers[1:]:
        width += (size - 1) * step
        step *= stride
    return width


# %% wrong="04-receptive-field"
{
    "(size - 1) * step → size - 1": "That is right for stride 1. After a stride of 2, how many pixels apart are two neighbours?",
    "(size - 1) * step → (size - 1) * step * stride": "A layer's own stride does not widen its own window: in which order do your two lines stand?",
    "step *= stride → step = stride": "You use the stride of the layer just before; how do the strides of all layers before combine?",
    "step *= stride → step += stride": "You add strides up: after two strides of 3, how many pixels apart are two neighbours?",
    "width += (size - 1) * step → width = (width - 1) * stride + size": "(width − 1) · stride + size is a rule for going *down* from the last layer to the picture; you go up.",
    "(size - 1) * step → size * step": "A window of 3 reaches over two gaps, not three: what does it add to the width?",
    "(size - 1) * step → 2 * (size // 2) * step": "That is right for odd windows. How many gaps lie between the 4 units of a window of 4?",
    "(size - 1) * step → (size - (size != 2)) * step": "A window of 2 reaches over one gap, be it a pooling or not.",
    "for size, stride in → for stride, size in": "Window size and stride are mixed up: which comes first in a pair?",
    "return width → return width - 1": "One too few: with no layer at all, a unit sees 1 pixel.",
    "return width → return width + 1": "One too many: with no layer at all, a unit sees 1 pixel.",
    "return width → return width**2": "That is the area: asked is how many pixels across.",
    "return width → return step": "That is how many pixels apart two neighbours are; asked is how wide one of them sees.",
}


# %% [markdown]
# ## Exercise 4: where do the zeros go?
#
# *Change one thing and predict, 15 minutes, 3 points.* Below, a row of eight pixels is padded with $\lfloor (k - 1) / 2 \rfloor$ zeros on *both* sides, the habit of networks written in PyTorch, and a window of $k = 3$ that picks out its middle pixel slides over it with stride 2.
#
# Keras's `"same"` does something else: it takes $\lceil n / s \rceil$ windows, adds just as many zeros as these windows need (none if they need none), half on each side, and when the number is odd, the extra zero goes *after* the last pixel.
#
# **Predict** before you write it: which four pixels does Keras pick?


# %%
def slide(pixels, kernel, stride, padding):
    padded = np.pad(pixels, padding)
    starts = range(0, len(padded) - len(kernel) + 1, stride)
    return [float(kernel @ padded[start : start + len(kernel)]) for start in starts]


def padding_on_both_sides(n, k, s):
    return (k - 1) // 2, (k - 1) // 2


pixels, middle = np.arange(1.0, 9.0), np.array([0.0, 1.0, 0.0])
print(slide(pixels, middle, 2, padding_on_both_sides(8, 3, 2)))

# %% [markdown]
# Now change the padding to Keras's. (To see your own four pixels, call `slide(pixels, middle, 2, same_padding(8, 3, 2))`.)


# %% exercise="04-same-padding" points=3
def same_padding(n, k, s):
    """Return how many zeros Keras adds with padding="same".

    Args:
        n: int, pixels in a row.
        k: int, the window's size.
        s: int, the stride.

    Returns:
        (int, int), zeros before the first pixel and after the last.
    """
    ### BEGIN SOLUTION
    windows = -(-n // s)
    total = max((windows - 1) * s + k - n, 0)
    return total // 2, total - total // 2
    ### END SOLUTION


# %% [markdown] hint="04-same-padding"
# First the number of windows, $\lceil n / s \rceil$; in Python `-(-n // s)` rounds up. Where does the last one start, and where does it end?

# %% [markdown] hint="04-same-padding"
# The last of $m$ windows starts after $(m - 1)\,s$ pixels and is $k$ long. How much longer is that than the row? If the stride is larger than the window, it may be shorter: then there is nothing to add.

# %% [markdown] hint="04-same-padding"
# `total = max((windows - 1) * s + k - n, 0)`. Half of it, rounded down, goes before the first pixel; the rest goes after the last.

# %% [markdown] why="04-same-padding"
# With stride 1 and an odd window both habits agree: $k - 1$ zeros, half on each side. With stride 2 on an even row they do not: Keras needs only one zero and puts it at the end, so its windows are centred on the 2nd, 4th, 6th and 8th pixel, the other habit's on the 1st, 3rd, 5th and 7th. The *shapes* are the same, so nothing complains; a network whose weights are carried over from PyTorch
# just sees everything one pixel aside in each such layer. The cure is an explicit `ZeroPadding2D` before a `"valid"` convolution.


# %% check="04-same-padding"
def inputs(random):
    cases = []
    for k in (1, 2, 3, 4, 5):
        for s in (1, 2, 3, 4):
            m = int(random.integers(2, 10))
            rest = int(random.integers(1, s)) if s > 1 else 1
            cases += [(m * s + 8 * (s == 1), k, s), (m * s + rest + 8 * (s == 1), k, s)]
    return cases


# %% wrong="04-same-padding"
def padding_twice_the_same(n, k, s):
    """The same on both sides: when the total is odd, only one side gets the extra zero. How many zeros do ⌈n / s⌉ windows need in all?"""
    return padding_on_both_sides(n, k, s)


# %% wrong="04-same-padding"
def padding_twice_half_a_window(n, k, s):
    """The same on both sides: when the total is odd, only one side gets the extra zero. How many zeros do ⌈n / s⌉ windows need in all?"""
    return k // 2, k // 2


# %% wrong="04-same-padding"
def padding_window_less_stride(n, k, s):
    """That is right where the stride divides the row. Where it does not, where does the last of ⌈n / s⌉ windows end?"""
    total = max(k - s, 0)
    return total // 2, total - total // 2


# %% wrong="04-same-padding"
{
    "max((windows - 1) * s + k - n, 0) → (windows - 1) * s + k - n": "A negative number of zeros: here the windows need no padding at all.",
    "return total // 2, total - total // 2 → return total - total // 2, total // 2": "The number of zeros is right, but the extra one stands on the wrong side.",
    "(windows - 1) * s + k - n → k - 1": "That is right for stride 1: where does the last window end with this stride?",
    "(windows - 1) * s → (n - 1) * s": "With so many zeros the result is as long as the row: with a stride there are only ⌈n / s⌉ windows.",
    "-(-n // s) → n // s": "One window is missing: whatever the division leaves over, ⌈n / s⌉ rounds up.",
    "-(-n // s) → n // s + 1": "That is one window too many where the stride divides the row: what is ⌈n / s⌉ there?",
    "-(-n // s) → (n - k) // s + 1": "These windows fit into the row as it is. Padding makes room for ⌈n / s⌉.",
    "(windows - 1) * s → windows * s": "That is room for one window too many: how many are ⌈n / s⌉, and where does the last of them start?",
    "return total // 2, total - total // 2 → return total / 2, total / 2": "Half a zero cannot be added: which side gets the odd one?",
    "total - total // 2 → total // 2": "One zero is lost: an odd number, halved and rounded down on both sides, is no longer the whole.",
    "return total // 2, total - total // 2 → return 0, total": "The number of zeros is right, but all stand after the last pixel: half of them belong before the first.",
    "return total // 2, total - total // 2 → return total, 0": "The number of zeros is right, but all stand before the first pixel: half of them belong after the last.",
}


# %% [markdown]
# ## Exercise 5: find the pattern
#
# *Open, 20 minutes, 3 points.* Somewhere in the darker part of a picture hides a small pattern, added to a brightness that grows from one side to the other, and to a little noise. Return where: the row and the column of its top left pixel.
#
# A convolution is a dot product with every patch, "large where the patch looks like the kernel". But a dot product is also large where the picture is merely bright, and this one is. Any method is welcome.
#
# Here is such a picture, with the pattern at row 11, column 4. Try your function on it first: `find(picture, hidden)` should return `(11, 4)`.


# %% alt="Two grey pictures. Left, a picture that grows evenly brighter from left to right, with a faint pattern of 5 by 5 pixels in the darker part. Right, the pattern alone, large: 12 white pixels on black."
random = np.random.default_rng(0)
hidden = (random.permutation(25) < 12).astype(float).reshape(5, 5)
picture = 0.4 * np.arange(30) + random.normal(0, 0.05, size=(24, 30))
picture[11:16, 4:9] += hidden
plots.image_grid([picture, picture.max() * hidden], ["picture", "pattern"], columns=2)
plt.show()


# %% exercise="04-find" points=3
def find(image, pattern):
    """Return where a pattern is hidden in a picture.

    Args:
        image: (height, width) float64, brightness that grows evenly across the picture, plus
            noise, plus the pattern at one place.
        pattern: (5, 5) float64 of 0 and 1.

    Returns:
        (int, int), row and column of the pattern's top left pixel.
    """
    ### BEGIN SOLUTION
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern - pattern.mean())
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row), int(column)
    ### END SOLUTION


# %% [markdown] hint="04-find"
# Begin with the plain dot product of the pattern and every window, as in the lesson, and `np.argmax`. Where does it find the pattern, and what is special there?

# %% [markdown] hint="04-find"
# The Sobel and Laplacian kernels of the lesson do not care how bright a plain sky is. What do their weights have in common, that this pattern's numbers have not? You need no Sobel here, only that property.

# %% [markdown] hint="04-find"
# Use `pattern - pattern.mean()` as the kernel: its weights sum to zero. `np.unravel_index(np.argmax(response), response.shape)` turns the place of the largest answer into row and column.

# %% [markdown] why="04-find"
# A kernel whose weights sum to zero gives 0 on any constant patch, however bright. On an even slope it gives the same number everywhere, which moves no maximum. So only the pattern is left. If the contrast changed from place to place too, you would also divide by each patch's standard deviation: this is *normalised cross-correlation*, the classic of template matching.
# A network can learn zero-sum kernels from examples. The division by each patch's own spread it does not get that way: batch normalisation divides a whole channel by one number, the same at every place.


# %% check="04-find"
from course_utils.checks.judging import agrees

LEANING = "..### ....# ...## .#### ...##"  # heavier on the right: a bright side looks like it


def inputs(random):
    leaning = (np.array([list(row) for row in LEANING.split()]) == "#").astype(float)
    cases = []
    for side in [1, -1] * 8:  # a pattern that is heavier on the left looks like a dark side
        pattern = leaning[:: random.choice([-1, 1]), ::side].copy()
        height, width = random.integers([22, 28], [27, 33])
        row, column = random.integers([0, 0], [height - 6, 10])
        image = random.uniform(0.35, 0.45) * np.arange(width)
        image = image + random.normal(0, 0.05, size=(height, width))
        image[row : row + 5, column : column + 5] += pattern
        cases.append((image, pattern))
    return cases


def judge(got, image, pattern):
    assert not isinstance(got, int | np.integer), (
        "That is a place in the flattened table: `np.unravel_index` turns it into row and column."
    )
    try:
        agrees(got, find(image, pattern))
    except Exception as wrong:
        if getattr(wrong, "kind", "") != "value":
            raise
        row, column = (float(number) for number in got)
        raise AssertionError(
            f"The pattern is not at ({row:g}, {column:g}). Try your function on the picture above, "
            "where you can see the pattern."
        ) from None


def filtered(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, kernel)


def place_of_largest(response):
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row), int(column)


LAPLACIAN = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


# %% wrong="04-find"
def find_least_difference(image, pattern):
    """You compare values, but the pattern lies on top of an unknown brightness: what must you take away first?"""
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return place_of_largest(-((windows - pattern) ** 2).sum(axis=(2, 3)))


# %% wrong="04-find"
def find_flattest(image, pattern):
    """At the right place the patch without the pattern is not flat: the brightness grows from column to column. Another place may be flatter."""
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return place_of_largest(-(windows - pattern).std(axis=(2, 3)))


# %% wrong="04-find"
def find_least_range(image, pattern):
    """At the right place the patch without the pattern is not flat: the brightness grows from column to column. Another place may be flatter."""
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return place_of_largest(-np.ptp(windows - pattern, axis=(2, 3)))


# %% wrong="04-find"
def find_by_angle(image, pattern):
    """You divide by the length of the patch, as if a bright patch were only a longer one. On its slope, a patch without the pattern can still look like it: what do the weights of your kernel add up to?"""
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return place_of_largest(filtered(image, pattern) / np.linalg.norm(windows, axis=(2, 3)))


# %% wrong="04-find"
def find_laplacian_of_picture_only(image, pattern):
    """You filter the picture, but look for the unfiltered pattern in it: what would your filter make of the pattern?"""
    return place_of_largest(filtered(filtered(image, LAPLACIAN), pattern))


# %% wrong="04-find"
def find_sobel_of_picture_only(image, pattern):
    """You filter the picture, but look for the unfiltered pattern in it: what would your filter make of the pattern?"""
    return place_of_largest(filtered(filtered(image, SOBEL), pattern))


# %% wrong="04-find"
def find_padded_by_two(image, pattern):
    """You have found the picture's own edge: with zeros around it, it ends in a cliff. Which windows lie inside?"""
    return find(np.pad(image, 2), pattern)


# %% wrong="04-find"
def find_padded_by_four(image, pattern):
    """You have found the picture's own edge: with zeros around it, it ends in a cliff. Which windows lie inside?"""
    return find(np.pad(image, 4), pattern)


# %% wrong="04-find"
{
    "pattern - pattern.mean() → pattern": "You have found where the picture is brightest: a dot product grows with brightness. Which kernels of the lesson do not, and what do their weights add up to?",
    "pattern - pattern.mean() → pattern[::-1, ::-1] - pattern.mean()": "You look for the pattern turned by 180°: does your function flip its kernel?",
    "np.argmax(response) → np.argmax(np.abs(response))": "Your absolute value finds the opposite of the pattern, too: a negative response says that a patch is unlike it.",
    "return int(row), int(column) → return np.argmax(response)": "That is a place in the flattened table: `np.unravel_index` turns it into row and column.",
    "return int(row), int(column) → return int(column), int(row)": "The right place, but row and column are swapped.",
    "return int(row), int(column) → return int(row) + 2, int(column) + 2": "The right place, but you name the pattern's centre, not its top left pixel.",
    "return int(row), int(column) → return int(row) + 4, int(column) + 4": "The right place, but you name the pattern's bottom right pixel, not its top left one.",
    "return int(row), int(column) → return int(row) + 1, int(column) + 1": "One row and one column too far: both count from 0.",
}
