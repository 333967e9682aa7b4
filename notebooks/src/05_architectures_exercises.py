# %% [markdown]
# # 05 Architectures, and what a network sees: exercises
#
# Five exercises on [lesson 05](../05_architectures.ipynb), 70 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("05-parameters")` gives one hint at a time; `solution("05-parameters")` shows the answer and why. No exercise needs another one.

# %%
import numpy as np

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: count a grouped convolution
#
# *Fill in, 10 minutes, 2 points.* A convolution has `filters` filters of `size` × `size` pixels. With `groups` groups the channels and the filters are split evenly: each filter sees only the channels of its own group. Every filter has one bias.
#
# Return the number of parameters. Two that you know: LeNet-5's second convolution, from 6 channels to 16 filters of 5 × 5, has 2,416; AlexNet's second, from 96 channels to 256 filters of 5 × 5 in 2 groups, has 307,456.


# %% exercise="05-parameters" points=2
def conv_parameters(channels, filters, size, groups):
    """Return the number of parameters of a convolution.

    Args:
        channels: int, channels of the input.
        filters: int, channels of the output.
        size: int, height and width of a filter.
        groups: int, divides both channels and filters; 1 is an ordinary convolution.

    Returns:
        int, weights and biases.
    """
    ### BEGIN SOLUTION
    return filters * (size * size * channels // groups) + filters
    ### END SOLUTION


# %% [markdown] hint="05-parameters"
# Begin with one filter. How many channels does it see, and so how many weights does it have?

# %% [markdown] hint="05-parameters"
# A filter is a block of `size` × `size` × (its channels) weights, and one bias. How many such filters are there in all groups together?

# %% [markdown] hint="05-parameters"
# One filter sees `channels // groups` channels. The number of filters is `filters`, whatever the number of groups.

# %% [markdown] why="05-parameters"
# Groups shorten each filter, and do not change how many there are: $\text{filters} \cdot (\text{size}^2 \cdot \text{channels} / \text{groups} + 1)$. In matrix terms the full layer maps all channels to all filters; with $g$ groups only $g$ blocks on the diagonal are left, each $g$ times narrower and lower, $g \cdot \frac{1}{g^2} = \frac{1}{g}$ of the weights.
# At the extreme, `groups == channels == filters`, each filter sees one channel: the depthwise convolution of EfficientNet.


# %% wrong="05-parameters" misconception="groups-ignored"
def conv_parameters_groups_ignored(channels, filters, size, groups):
    return filters * (size * size * channels + 1)


# %% wrong="05-parameters" misconception="groups-twice"
def conv_parameters_groups_twice(channels, filters, size, groups):
    return (filters // groups) * (size * size * channels // groups) + filters


# %% wrong="05-parameters" misconception="no-bias"
def conv_parameters_no_bias(channels, filters, size, groups):
    return filters * size * size * channels // groups


# %% wrong="05-parameters" misconception="flat-filters"
def conv_parameters_flat_filters(channels, filters, size, groups):
    return filters * (size * size + 1)


# %% wrong="05-parameters" misconception="bias-per-channel"
def conv_parameters_bias_per_channel(channels, filters, size, groups):
    return filters * (size * size + 1) * channels // groups


# %% wrong="05-parameters" misconception="bias-for-each-input"
def conv_parameters_bias_for_each_input(channels, filters, size, groups):
    return filters * size * size * (channels // groups) + channels


# %% wrong="05-parameters" misconception="biases-divided"
def conv_parameters_biases_divided(channels, filters, size, groups):
    return filters * (size * size * channels + 1) // groups


# %% wrong="05-parameters" misconception="one-group"
def conv_parameters_one_group(channels, filters, size, groups):
    return filters // groups * (size * size * (channels // groups) + 1)


# %% [markdown]
# ## Exercise 2: hide and ask
#
# *Fill in, 15 minutes, 2 points.* Occlusion for any model: lay a grid of squares, `size` × `size` pixels without gap or overlap, over the image; cover one square at a time with `grey`; ask the model again. The map says by how much the score **falls** when that square is hidden, so it is large where the image matters.


# %% exercise="05-occlusion" points=2
def occlusion_map(image, score, size, grey):
    """Return by how much the score falls when each square of the image is hidden.

    Args:
        image: (h, w) float64; `size` divides h and w.
        score: takes (h, w) float64, returns a float, the model's score of an image.
        size: int, height and width of a square in pixels.
        grey: float, the value that covers a square.

    Returns:
        (h // size, w // size) float64, score of the image minus score with that square hidden.
    """
    ### BEGIN SOLUTION
    height, width = image.shape[0] // size, image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            hidden = image.copy()
            hidden[row * size : (row + 1) * size, column * size : (column + 1) * size] = grey
            falls[row, column] = score(image) - score(hidden)
    return falls
    ### END SOLUTION


# %% [markdown] hint="05-occlusion"
# Two loops, over the rows and the columns of the *map*. Which pixels belong to the square in row 2, column 0, if `size` is 3?

# %% [markdown] hint="05-occlusion"
# Row `r` of the map covers pixel rows from `r * size` to before `(r + 1) * size`. Each round needs an array to cover. Which one, so that the squares hidden before are visible again?

# %% [markdown] hint="05-occlusion"
# `hidden = image.copy()` at the start of each round; `hidden = image` would only give the same array a second name.

# %% [markdown] why="05-occlusion"
# Each entry must differ from the untouched image in one square only, so every round starts from a fresh copy. The sign follows the question: what is lost when I hide this? A negative entry is no mistake, it marks a place that spoke *against* the class.
# The price is one run of the model for each square, and the answer depends on the size of the square and on `grey`, which is a picture that the model never saw in training.


# %% wrong="05-occlusion" misconception="covers-pile-up"
def occlusion_map_covers_pile_up(image, score, size, grey):
    height, width = image.shape[0] // size, image.shape[1] // size
    falls, hidden, before = np.zeros((height, width)), image.copy(), score(image)
    for row in range(height):
        for column in range(width):
            hidden[row * size : (row + 1) * size, column * size : (column + 1) * size] = grey
            falls[row, column] = before - score(hidden)
    return falls


# %% wrong="05-occlusion" misconception="sign"
def occlusion_map_sign(image, score, size, grey):
    height, width = image.shape[0] // size, image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            hidden = image.copy()
            hidden[row * size : (row + 1) * size, column * size : (column + 1) * size] = grey
            falls[row, column] = score(hidden) - score(image)
    return falls


# %% wrong="05-occlusion" misconception="no-difference"
def occlusion_map_no_difference(image, score, size, grey):
    height, width = image.shape[0] // size, image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            hidden = image.copy()
            hidden[row * size : (row + 1) * size, column * size : (column + 1) * size] = grey
            falls[row, column] = score(hidden)
    return falls


# %% wrong="05-occlusion" misconception="only-the-square"
def occlusion_map_only_the_square(image, score, size, grey):
    height, width = image.shape[0] // size, image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            hidden = np.full_like(image, grey)
            square = slice(row * size, (row + 1) * size), slice(column * size, (column + 1) * size)
            hidden[square] = image[square]
            falls[row, column] = score(image) - score(hidden)
    return falls


# %% wrong="05-occlusion" misconception="covers-itself"
def occlusion_map_covers_itself(image, score, size, grey):
    height, width = image.shape[0] // size, image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            hidden = image
            hidden[row * size : (row + 1) * size, column * size : (column + 1) * size] = grey
            falls[row, column] = score(image) - score(hidden)
    return falls


# %% wrong="05-occlusion" misconception="squares-overlap"
def occlusion_map_squares_overlap(image, score, size, grey):
    height, width = image.shape[0] // size, image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            hidden = image.copy()
            hidden[row : row + size, column : column + size] = grey
            falls[row, column] = score(image) - score(hidden)
    return falls


# %% [markdown]
# ## Exercise 3: Grad-CAM by hand
#
# *Fill in, 15 minutes, 3 points.* Given are the feature maps of one picture and the gradient of a class's logit with respect to them. Compute the Grad-CAM map: each map's weight is the **mean** of its gradient over all places; add up the weighted maps; keep what is positive.


# %% exercise="05-grad-cam" points=3
def grad_cam(maps, gradients):
    """Return the Grad-CAM map of one picture.

    Args:
        maps: (h, w, k) float64, k feature maps, taken before the ReLU: of either sign.
        gradients: (h, w, k) float64, the logit's gradient with respect to `maps`.

    Returns:
        (h, w) float64, nowhere negative.
    """
    ### BEGIN SOLUTION
    weights = gradients.mean(axis=(0, 1))
    return np.maximum((weights * maps).sum(axis=-1), 0)
    ### END SOLUTION


# %% [markdown] hint="05-grad-cam"
# Three steps: weights, weighted sum, ReLU. What shape have the weights, if each map gets one number?

# %% [markdown] hint="05-grad-cam"
# `gradients.mean(axis=…)` over both axes of places leaves k numbers. `weights * maps` broadcasts them over all places.

# %% [markdown] hint="05-grad-cam"
# Sum over the last axis first, and only then `np.maximum(…, 0)`: a map that speaks against the class may cancel one that speaks for it at the same place.

# %% [markdown] why="05-grad-cam"
# Averaging the gradient asks how much the logit cares about a *map*, wherever it lights up; the map itself then says where. The ReLU comes last: rectifying single terms would throw away the evidence against the class before it is weighed against the evidence for it. And without the ReLU the map would also show where *other* classes are.
# With pooling and one dense layer behind the maps the gradient is the same at all places, so the average loses nothing.


# %% wrong="05-grad-cam" misconception="relu-too-early"
def grad_cam_relu_too_early(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    return np.maximum(weights * maps, 0).sum(axis=-1)


# %% wrong="05-grad-cam" misconception="no-relu"
def grad_cam_no_relu(maps, gradients):
    return (gradients.mean(axis=(0, 1)) * maps).sum(axis=-1)


# %% wrong="05-grad-cam" misconception="not-averaged"
def grad_cam_not_averaged(maps, gradients):
    return np.maximum((gradients * maps).sum(axis=-1), 0)


# %% wrong="05-grad-cam" misconception="summed-weights"
def grad_cam_summed_weights(maps, gradients):
    return np.maximum((gradients.sum(axis=(0, 1)) * maps).sum(axis=-1), 0)


# %% wrong="05-grad-cam" misconception="relu-on-weights"
def grad_cam_relu_on_weights(maps, gradients):
    return (np.maximum(gradients.mean(axis=(0, 1)), 0) * maps).sum(axis=-1)


# %% wrong="05-grad-cam" misconception="relu-on-maps"
def grad_cam_relu_on_maps(maps, gradients):
    weights = gradients.mean(axis=(0, 1))
    return np.maximum((weights * np.maximum(maps, 0)).sum(axis=-1), 0)


# %% wrong="05-grad-cam" misconception="averaged-over-maps"
def grad_cam_averaged_over_maps(maps, gradients):
    weights = gradients.mean(axis=-1, keepdims=True)
    return np.maximum((weights * maps).sum(axis=-1), 0)


# %% wrong="05-grad-cam" misconception="absolute"
def grad_cam_absolute(maps, gradients):
    return np.abs((gradients.mean(axis=(0, 1)) * maps).sum(axis=-1))


# %% [markdown]
# ## Exercise 4: give the gradient a way round
#
# *Change one thing and predict, 15 minutes, 3 points.* A chain of blocks, each of two layers, shrunk to numbers: the layers of block $i$ multiply by $a_i$ and $b_i$, so the block computes $F(x) = b_i\,a_i\,x$. The derivative of the whole chain is the product of all factors:


# %%
def plain_derivative(a, b):
    derivative = 1.0
    for first, second in zip(a, b, strict=True):
        derivative = derivative * second * first
    return derivative


halves = np.full(16, 0.5)
print("16 blocks of layers with factor 0.5:", plain_derivative(halves, halves))

# %% [markdown]
# Now change one thing: each block gets a skip connection around **both** its layers, $y = x + F(x)$. **Predict** before you run it: how large is the derivative of the same 16 blocks now? And could skip connections make a gradient too *large*? When the check passes, run `residual_derivative(halves, halves)`, and then with `-halves` for `a`.


# %% exercise="05-skip" points=3
def residual_derivative(a, b):
    """Return the derivative of a chain of residual blocks of two layers.

    Args:
        a: (n,) float64, the factor of each block's first layer.
        b: (n,) float64, the factor of each block's second layer.

    Returns:
        float, the derivative of the chain's output with respect to its input.
    """
    ### BEGIN SOLUTION
    derivative = 1.0
    for first, second in zip(a, b, strict=True):
        derivative = derivative * (1 + second * first)
    return derivative
    ### END SOLUTION


# %% [markdown] hint="05-skip"
# Look at one block: $y = x + b\,a\,x$. What is its derivative with respect to $x$?

# %% [markdown] hint="05-skip"
# The chain is still a chain: the derivatives of its blocks are multiplied, as in `plain_derivative`. Only the factor of a block changes.

# %% [markdown] hint="05-skip"
# Differentiate the two terms of $y = x + b\,a\,x$ one by one. The skip goes around two layers: how often does its term occur in a block?

# %% [markdown] why="05-skip"
# Sixteen blocks give $(1 + 0.25)^{16} \approx 35.5$ where the plain chain gives $0.25^{16} \approx 2 \cdot 10^{-10}$. Multiplied out, $\prod (1 + b_i a_i)$ is a sum over all $2^n$ ways through the chain, each block passed or walked round; the one that walks round all of them contributes exactly 1, whatever the weights are.
# And yes, it can get large: each block adds to the signal. Batch normalisation at the end of $F$ gives every block's addition about the same size at the start, while the sum grows: the later additions are small next to it. That was understood only years after ResNet (De and Smith, 2020).
# Nor does a skip rule out vanishing: with `-halves` for `a` every factor is $1 - 0.25$, and $0.75^{16} \approx 0.01$.


# %% wrong="05-skip" misconception="skip-per-layer"
def residual_derivative_skip_per_layer(a, b):
    return np.prod((1 + np.asarray(a)) * (1 + np.asarray(b)))


# %% wrong="05-skip" misconception="one-skip-for-all"
def residual_derivative_one_skip_for_all(a, b):
    return 1 + plain_derivative(a, b)


# %% wrong="05-skip" misconception="plain"
def residual_derivative_plain(a, b):
    return plain_derivative(a, b)


# %% wrong="05-skip" misconception="sum"
def residual_derivative_sum(a, b):
    return 1 + np.sum(np.asarray(a) * np.asarray(b))


# %% wrong="05-skip" misconception="running-sum"
def residual_derivative_running_sum(a, b):
    derivative = 1.0
    for first, second in zip(a, b, strict=True):
        derivative = derivative * second * first + 1
    return derivative


# %% wrong="05-skip" misconception="first-block-only"
def residual_derivative_first_block_only(a, b):
    derivative = 1.0
    for first, second in zip(a, b, strict=True):
        derivative = derivative * (1 + second * first)
        return derivative


# %% wrong="05-skip" misconception="absolute"
def residual_derivative_absolute(a, b):
    return np.prod(np.abs(1 + np.asarray(a) * np.asarray(b)))


# %% [markdown]
# ## Exercise 5: replace a large filter
#
# *Open, 15 minutes, 3 points.* AlexNet begins with filters of 11 × 11 at stride 4. Design a stack of convolutions with 3 × 3 filters (1 × 1 is allowed too) that can take the place of one such layer:
#
# - it sees at least as far: a **receptive field** of at least `size` pixels across, without gaps: every pixel in it counts, so no layer may stride over pixels that no filter has seen;
# - its strides multiply to `stride`, which is a power of 2, and its last layer has `filters` filters;
# - it has at most **half** of the weights (biases not counted).
#
# Return a list of `(filter size, stride, filters)`, one a layer. Any list that keeps to all this is right.


# %% exercise="05-stack" points=3
def small_filters(channels, filters, size, stride):
    """Return a stack of small convolutions for one with large filters.

    Args:
        channels: int, channels of the input.
        filters: int, filters of the layer to replace.
        size: int, odd, height and width of its filters.
        stride: int, 1, 2 or 4.

    Returns:
        list of (int, int, int), filter size (1 or 3), stride and filters of each layer.
    """
    ### BEGIN SOLUTION
    stack, field, jump, narrow = [], 1, 1, max(1, filters // 16)
    while field < size or jump < stride:
        step = 2 if jump < stride else 1
        stack.append((3, step, narrow))
        field, jump = field + 2 * jump, jump * step
    stack[-1] = (*stack[-1][:2], filters)
    return stack
    ### END SOLUTION


# %% [markdown] hint="05-stack"
# Receptive field, layer by layer (lesson 04): begin with a field of 1 and a jump of 1. A layer with filter size $k$ and stride $s$ adds $(k - 1) \cdot \text{jump}$ to the field, and then multiplies the jump by $s$.

# %% [markdown] hint="05-stack"
# Stride early: it makes every later layer see farther. How far do three layers of 3 × 3 see with strides 1, 1, 2, and how far with strides 2, 1, 1?

# %% [markdown] hint="05-stack"
# Only the last layer must have all the filters. What do the weights of a 3 × 3 layer from $c$ to $f$ channels come to, and what does that say about the layers before?

# %% [markdown] hint="05-stack"
# Try 4 filters in every layer but the last, and count the weights: 9 · 4 · `filters` in the last layer, and little before it.

# %% [markdown] why="05-stack"
# A large filter pays $\text{size}^2$ weights for each pair of channels. A stack pays 9 for each pair, and reaches the same field after a few layers, the faster the earlier it strides. The cost then sits where wide meets wide, so the middle is kept narrow: the bottleneck again.
# You pay otherwise: fewer weights are fewer functions, and the narrow middle lets less through. Later ResNets do replace their 7 × 7 layer by three of 3 × 3.


# %% wrong="05-stack" misconception="field-too-small"
def small_filters_field_too_small(channels, filters, size, stride):
    return [(3, stride, filters)]


# %% wrong="05-stack" misconception="skips-pixels"
def small_filters_skips_pixels(channels, filters, size, stride):
    return [(1, stride, 4), *[(3, 1, 4)] * (size // 2), (3, 1, filters)]


# %% wrong="05-stack" misconception="too-many-weights"
def small_filters_too_many_weights(channels, filters, size, stride):
    steps = {1: [1], 2: [2], 4: [2, 2]}[stride] + [1] * (size // 2)
    return [(3, step, filters) for step in steps]


# %% wrong="05-stack" misconception="wrong-stride"
def small_filters_wrong_stride(channels, filters, size, stride):
    return [*[(3, 1, 4)] * (size // 2 - 1), (3, 1, filters)]


# %% wrong="05-stack" misconception="wrong-filters"
def small_filters_wrong_filters(channels, filters, size, stride):
    steps = {1: [1], 2: [2], 4: [2, 2]}[stride] + [1] * (size // 2)
    return [(3, step, 4) for step in steps]


# %% wrong="05-stack" misconception="large-filter"
def small_filters_large_filter(channels, filters, size, stride):
    return [(size, stride, filters)]


# %% wrong="05-stack" misconception="not-whole"
def small_filters_not_whole(channels, filters, size, stride):
    return [*[(3, 1, channels / 2)] * (size // 2), (1, stride, filters)]


# %% wrong="05-stack" misconception="type"
def small_filters_flat(channels, filters, size, stride):
    return [3, stride, filters]
