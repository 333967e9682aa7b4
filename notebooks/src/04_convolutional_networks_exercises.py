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


# %% wrong="04-convolve" misconception="flipped"
def convolve_layer_flipped(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels[::-1, ::-1]) + bias


# %% wrong="04-convolve" misconception="no-bias"
def convolve_layer_no_bias(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels)


# %% wrong="04-convolve" misconception="mean-of-channels"
def convolve_layer_mean_of_channels(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels) / image.shape[-1] + bias


# %% wrong="04-convolve" misconception="first-channel"
def convolve_layer_first_channel(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(
        image[..., :1], kernels.shape[:2], axis=(0, 1)
    )
    return np.einsum("ijcab,abcf->ijf", windows, kernels[..., :1, :]) + bias


# %% wrong="04-convolve" misconception="last-channel"
def convolve_layer_last_channel(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    for channel in range(image.shape[-1]):
        total = np.einsum("ijab,abf->ijf", windows[:, :, channel], kernels[:, :, channel])
    return total + bias


# %% wrong="04-convolve" misconception="rows-and-columns"
def convolve_layer_rows_and_columns(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels.swapaxes(0, 1)) + bias


# %% wrong="04-convolve" misconception="channels-and-window"
def convolve_layer_channels_and_window(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijabc,abcf->ijf", windows, kernels) + bias


# %% wrong="04-convolve" misconception="mean-of-patch"
def convolve_layer_mean_of_patch(image, kernels, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels) / kernels[..., 0].size + bias


# %% wrong="04-convolve" misconception="padded"
def convolve_layer_padded(image, kernels, bias):
    before, after = (len(kernels) - 1) // 2, len(kernels) // 2
    image = np.pad(image, [(before, after), (before, after), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("ijcab,abcf->ijf", windows, kernels) + bias


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


# %% wrong="04-parameters" misconception="no-channels"
def count_parameters_no_channels(channels, convolutions):
    return sum((size**2 + 1) * filters for size, filters in convolutions)


# %% wrong="04-parameters" misconception="picture-channels"
def count_parameters_picture_channels(channels, convolutions):
    return sum((size**2 * channels + 1) * filters for size, filters in convolutions)


# %% wrong="04-parameters" misconception="no-bias"
def count_parameters_no_bias(channels, convolutions):
    total = 0
    for size, filters in convolutions:
        total += size**2 * channels * filters
        channels = filters
    return total


# %% wrong="04-parameters" misconception="bias-for-each-kernel"
def count_parameters_bias_for_each_kernel(channels, convolutions):
    total = 0
    for size, filters in convolutions:
        total += (size**2 + 1) * channels * filters
        channels = filters
    return total


# %% wrong="04-parameters" misconception="bias-for-each-layer"
def count_parameters_bias_for_each_layer(channels, convolutions):
    total = 0
    for size, filters in convolutions:
        total += size**2 * channels * filters + 1
        channels = filters
    return total


# %% wrong="04-parameters" misconception="first-layer-only"
def count_parameters_first_layer_only(channels, convolutions):
    for size, filters in convolutions:
        return (size**2 * channels + 1) * filters


# %% wrong="04-parameters" misconception="last-layer-only"
def count_parameters_last_layer_only(channels, convolutions):
    for size, filters in convolutions:
        total = (size**2 * channels + 1) * filters
        channels = filters
    return total


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


# %% wrong="04-receptive-field" misconception="no-strides"
def receptive_field_no_strides(layers):
    return 1 + sum(size - 1 for size, _ in layers)


# %% wrong="04-receptive-field" misconception="own-stride-first"
def receptive_field_own_stride_first(layers):
    width, step = 1, 1
    for size, stride in layers:
        step *= stride
        width += (size - 1) * step
    return width


# %% wrong="04-receptive-field" misconception="product"
def receptive_field_product(layers):
    return int(np.prod([size for size, _ in layers]))


# %% wrong="04-receptive-field" misconception="last-stride-only"
def receptive_field_last_stride_only(layers):
    width, step = 1, 1
    for size, stride in layers:
        width += (size - 1) * step
        step = stride
    return width


# %% wrong="04-receptive-field" misconception="upward"
def receptive_field_upward(layers):
    width = 1
    for size, stride in layers:
        width = (width - 1) * stride + size
    return width


# %% wrong="04-receptive-field" misconception="fence-posts"
def receptive_field_fence_posts(layers):
    width, step = 1, 1
    for size, stride in layers:
        width += size * step
        step *= stride
    return width


# %% wrong="04-receptive-field" misconception="one-more"
def receptive_field_one_more(layers):
    width, step = 2, 1
    for size, stride in layers:
        width += (size - 1) * step
        step *= stride
    return width


# %% wrong="04-receptive-field" misconception="strides-added"
def receptive_field_strides_added(layers):
    width, step = 1, 1
    for size, stride in layers:
        width += (size - 1) * step
        step += stride
    return width


# %% wrong="04-receptive-field" misconception="first-layer-only"
def receptive_field_first_layer_only(layers):
    width, step = 1, 1
    for size, stride in layers:
        width += (size - 1) * step
        step *= stride
        return width


# %% wrong="04-receptive-field" misconception="raises"
def receptive_field_needs_a_layer(layers):
    width, step = layers[0]
    for size, stride in layers[1:]:
        width += (size - 1) * step
        step *= stride
    return width


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


# %% wrong="04-same-padding" misconception="both-sides"
def same_padding_both_sides(n, k, s):
    return padding_on_both_sides(n, k, s)


# %% wrong="04-same-padding" misconception="extra-before"
def same_padding_extra_before(n, k, s):
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total - total // 2, total // 2


# %% wrong="04-same-padding" misconception="ignores-stride"
def same_padding_ignores_stride(n, k, s):
    return (k - 1) // 2, k - 1 - (k - 1) // 2


# %% wrong="04-same-padding" misconception="keeps-the-size"
def same_padding_keeps_the_size(n, k, s):
    total = (n - 1) * s + k - n
    return total // 2, total - total // 2


# %% wrong="04-same-padding" misconception="negative"
def same_padding_negative(n, k, s):
    total = (-(-n // s) - 1) * s + k - n
    return total // 2, total - total // 2


# %% wrong="04-same-padding" misconception="rounds-down"
def same_padding_rounds_down(n, k, s):
    total = max((n // s - 1) * s + k - n, 0)
    return total // 2, total - total // 2


# %% wrong="04-same-padding" misconception="one-window-more"
def same_padding_one_window_more(n, k, s):
    total = max(-(-n // s) * s + k - n, 0)
    return total // 2, total - total // 2


# %% wrong="04-same-padding" misconception="half-a-zero"
def same_padding_half_a_zero(n, k, s):
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total / 2, total / 2


# %% wrong="04-same-padding" misconception="lost-zero"
def same_padding_lost_zero(n, k, s):
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total // 2


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


# %% wrong="04-find" misconception="brightest"
def find_brightest(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern)
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row), int(column)


# %% wrong="04-find" misconception="centre"
def find_centre(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern - pattern.mean())
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row) + 2, int(column) + 2


# %% wrong="04-find" misconception="swapped"
def find_swapped(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern - pattern.mean())
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(column), int(row)


# %% wrong="04-find" misconception="flipped"
def find_flipped(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern[::-1, ::-1] - pattern.mean())
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row), int(column)


# %% wrong="04-find" misconception="least-difference"
def find_least_difference(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    difference = ((windows - pattern) ** 2).sum(axis=(2, 3))
    row, column = np.unravel_index(np.argmin(difference), difference.shape)
    return int(row), int(column)


# %% wrong="04-find" misconception="flattened"
def find_flattened(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return np.argmax(np.einsum("ijab,ab->ij", windows, pattern - pattern.mean()))


# %% wrong="04-find" misconception="not-flat"
def find_not_flat(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    rest = (windows - pattern).std(axis=(2, 3))
    row, column = np.unravel_index(np.argmin(rest), rest.shape)
    return int(row), int(column)


# %% wrong="04-find" misconception="one-filtered"
def find_one_filtered(image, pattern):
    laplacian = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    edges = np.einsum("ijab,ab->ij", windows, laplacian)
    windows = np.lib.stride_tricks.sliding_window_view(edges, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern)
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row), int(column)


# %% wrong="04-find" misconception="padded"
def find_padded(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, 2), pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern - pattern.mean())
    row, column = np.unravel_index(np.argmax(response), response.shape)
    return int(row), int(column)
