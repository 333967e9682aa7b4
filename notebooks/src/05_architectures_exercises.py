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
    seen = channels // groups
    weights = filters * size * size * seen
    biases = filters
    return weights + biases
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


# %% check="05-parameters"
def inputs(random):
    cases = [(8, 8, 3, 8)]  # depthwise: each filter sees one channel
    for groups in [1, 2, 3, 4] * 3:
        seen, filters_of_a_group = random.integers(2, 10, size=2).tolist()
        size = int(random.choice([1, 3, 5, 7]))
        cases.append((groups * seen, groups * filters_of_a_group, size, groups))
    return cases


# %% wrong="05-parameters"
{
    "weights + biases → weights": "Nearly: what else does each filter have, besides its weights?",
    "seen = channels // groups → seen = channels": "That is the count without groups: how many channels does one filter see?",
    "weights = filters * → weights = filters // groups *": "The groups are taken out twice: each filter sees fewer channels, but are there fewer filters?",
    "size * size * seen → size * size": "Your filters are flat: a filter reaches through all the channels that it sees.",
    "size * size * seen → size * seen": "Your filters are lines: a filter is `size` pixels wide, and as many high.",
    "biases = filters → biases = filters * seen": "You count a bias for each channel of a filter. A filter adds one number to its sum.",
    "biases = filters → biases = channels": "The weights are right. But you count as many biases as channels come in: what has a bias?",
    "biases = filters → biases = filters // groups": "The weights are right. But you divide the biases by the groups, too: does a filter lose its bias when it sees fewer channels?",
    "biases = filters → biases = 1": "The weights are right. But you count one bias in all: how many numbers come out at each place, and what is added to each?",
    "biases = filters → biases = groups": "The weights are right. But you count one bias a group: how many numbers come out at each place, and what is added to each?",
    "biases = filters → biases = filters * groups": "The weights are right. But you count the biases once for each group: in how many groups is one filter?",
    "return weights + biases → return (weights + biases) // groups": "That is one group alone: how many are there?",
    "return weights + biases → return (weights + biases) // filters": "That is one filter alone: how many are there?",
}


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
    height = image.shape[0] // size
    width = image.shape[1] // size
    falls = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            top = row * size
            left = column * size
            hidden = image.copy()
            hidden[top : top + size, left : left + size] = grey
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


# %% check="05-occlusion"
class Score:
    """A model's score of an image: a bright pattern counts, and pairs of pixels count extra."""

    def __init__(self, pattern):
        self.pattern = pattern

    def __call__(self, image):
        if np.shape(image) != self.pattern.shape:
            raise ValueError(
                f"score takes an image of shape {self.pattern.shape}, got {np.shape(image)}"
            )
        total = np.sum(self.pattern * np.asarray(image))
        return float(total + 0.01 * total**2)

    def __repr__(self):
        return "score"


def inputs(random):
    cases = []
    for size, height, width in [(2, 2, 4), (3, 3, 2), (1, 4, 5), (2, 1, 1), (4, 2, 3), (2, 3, 3)]:
        shape = height * size, width * size
        score = Score(random.normal(scale=4, size=shape))
        grey = round(random.uniform(0.2, 0.8), 2)
        cases.append((random.uniform(size=shape), score, size, grey))
    return cases


# %% wrong="05-occlusion"
def occlusion_map_covers_pile_up(image, score, size, grey):
    """The squares hidden before stay hidden: what does each round have to start from?"""
    falls = np.zeros((image.shape[0] // size, image.shape[1] // size))
    hidden = image.copy()
    for row, column in np.ndindex(falls.shape):
        top, left = row * size, column * size
        hidden[top : top + size, left : left + size] = grey
        falls[row, column] = score(image) - score(hidden)
    return falls


# %% wrong="05-occlusion"
{
    "hidden = image.copy() → hidden = image": "Every entry is zero: is the array that you cover a copy, or a second name for the image that you compare it with?",
    "score(image) - score(hidden) → score(hidden) - score(image)": "The map is large where hiding *helps*. It should say by how much the score falls.",
    "score(image) - score(hidden) → score(hidden)": "These are the scores of the covered images. The map compares them with another score.",
    "- score(hidden) → - score(np.where(hidden == image, grey, image))": "You cover everything but the square.",
    "= grey → = 0": "The squares are covered with 0, not with `grey`.",
    "= grey → = 1": "The squares are covered with 1, not with `grey`.",
    "= grey → = image.mean()": "The squares are covered with the image's mean, not with `grey`.",
    "return falls → return falls.T": "Rows and columns of the map have changed places.",
    "[top : top + size, left : left + size] → [row : row + size, column : column + size]": "Your squares overlap: where does square 1 begin, if `size` is 3?",
    "[top : top + size, left : left + size] → [max(0, top - size // 2) : top + size + size // 2, max(0, left - size // 2) : left + size + size // 2]": "Your squares have a margin and overlap, as in the lesson. Here they are `size` wide.",
    "[top : top + size, left : left + size] → [top : top + size - 1, left : left + size - 1]": "The last row and column of each square stay visible: a slice leaves out its end.",
    "[top : top + size, left : left + size] → [top : top + size + 1, left : left + size + 1]": "Your squares are a row and a column too large: a slice leaves out its end.",
    "[top : top + size, left : left + size] → [left : left + size, top : top + size]": "The square's pixel rows go with the map's row, its pixel columns with the map's column; you have it the other way round.",
    "return falls → return falls.T.reshape(falls.shape)": "The values are right, but they are filled in column by column: reshape fills row by row.",
    "return falls → return np.maximum(falls, 0)": "The negative entries are missing: a score may rise when a square is hidden, and the map should show it.",
    "return falls → return np.abs(falls)": "The sign is missing: a score may rise when a square is hidden, and the map should show it.",
    "return falls → return falls / score(image)": "Those are shares of the image's score. Asked is by how much it falls, in the score's own unit.",
}


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
    weighted = weights * maps
    return np.maximum(weighted.sum(axis=-1), 0)
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


# %% check="05-grad-cam"
tolerance = {"rtol": 1e-4, "atol": 1e-5}  # in float32, what nearly cancels keeps few digits


def inputs(random):
    cases = []
    for height, width, k in [(3, 4, 5), (4, 2, 3), (5, 5, 1), (2, 3, 8), (1, 1, 4), (6, 3, 2)] * 2:
        maps = random.normal(size=(height, width, k))
        gradients = random.normal(size=k) + random.normal(size=(height, width, k))
        cases.append((maps, gradients))
    return [*cases, (np.abs(maps), -np.abs(gradients))]  # here all speaks against the class


# %% wrong="05-grad-cam"
def grad_cam_relu_on_weights_alone(maps, gradients):
    """You rectify the weights. Maps with a negative weight belong in the sum as well."""
    weights = np.maximum(gradients.mean(axis=(0, 1)), 0)
    return (weights * maps).sum(axis=-1)


# %% wrong="05-grad-cam"
def grad_cam_relu_on_maps_alone(maps, gradients):
    """You rectify the maps first. What is negative in a map belongs in the sum as well."""
    weights = gradients.mean(axis=(0, 1))
    return (weights * np.maximum(maps, 0)).sum(axis=-1)


# %% wrong="05-grad-cam"
def grad_cam_without_weights_or_relu(maps, gradients):
    """All maps count alike: where do the gradients come in?"""
    return maps.sum(axis=-1)


# %% wrong="05-grad-cam"
def grad_cam_changed_places(maps, gradients):
    """Maps and gradients have changed places: the average is over the gradients."""
    return grad_cam(gradients, maps)


# %% wrong="05-grad-cam"
def grad_cam_scaled(maps, gradients):
    """Right, but divided by its maximum: that is good for drawing, and not asked for here."""
    cam = grad_cam(maps, gradients)
    return cam / (cam.max() or 1)


# %% wrong="05-grad-cam"
def grad_cam_scaled_even_where_all_is_0(maps, gradients):
    """Right, but divided by its maximum: that is good for drawing, and not asked for here."""
    cam = grad_cam(maps, gradients)
    return cam / cam.max()


# %% wrong="05-grad-cam"
{
    "np.maximum(weighted.sum(axis=-1), 0) → weighted.sum(axis=-1)": "Right up to the last step: what happens to the places that speak against the class?",
    "np.maximum(weighted.sum(axis=-1), 0) → np.abs(weighted.sum(axis=-1))": "The negative places have become positive: what speaks against the class now looks like what speaks for it.",
    "weighted = weights * maps → weighted = np.maximum(weights * maps, 0)": "You rectify each map before the sum. May a map that speaks against the class not cancel another?",
    "weights * maps → np.maximum(weights, 0) * maps": "You rectify the weights. Maps with a negative weight belong in the sum as well.",
    "weights * maps → np.abs(weights) * maps": "You take the weights without their signs. A map whose weight is negative speaks against the class.",
    "weights * maps → weights * np.maximum(maps, 0)": "You rectify the maps first. What is negative in a map belongs in the sum as well.",
    "weights * maps → weights * np.abs(maps)": "You take the maps without their signs. What is negative in a map stays negative in the sum.",
    "gradients.mean → np.maximum(gradients, 0).mean": "You rectify the gradients before the mean. A map's weight is the mean over all places, negative ones too.",
    "gradients.mean → np.abs(gradients).mean": "You take the gradients without their signs, so that every map seems to speak for the class.",
    "gradients.mean(axis=(0, 1)) → gradients": "Each place uses its own gradient. A map has *one* weight: the mean over all places.",
    "axis=(0, 1) → axis=-1, keepdims=True": "You average over the maps, so that each *place* has a weight. Each map should have one: over which axes do you average?",
    "axis=(0, 1) → axis=0": "You average over rows or columns alone: a map's weight is the mean over all places.",
    "axis=(0, 1) → axis=1, keepdims=True": "You average over rows or columns alone: a map's weight is the mean over all places.",
    "gradients.mean(axis=(0, 1)) → gradients.mean()": "You average over everything: each map has a weight of its own.",
    "gradients.mean → gradients.sum": "The pattern is right, the values are too large by the number of places: sum or mean of the gradient?",
    "weighted.sum → weighted.mean": "You average over the weighted maps: they are added up.",
    "weights * maps → maps": "All maps count alike: where do the gradients come in?",
}


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


# %% check="05-skip"
def inputs(random):
    cases = []
    for n in [2, 3, 1, 4, 5, 6] * 2:
        strong = random.random(size=n) < 0.5  # then b·a is beyond ±1, else within
        sizes = np.where(strong, random.uniform(1.2, 2, (2, n)), random.uniform(0.2, 0.9, (2, n)))
        a, b = (sizes * random.choice([-1, 1], size=(2, n))).round(2)
        cases.append((a, b))
    return cases


# %% wrong="05-skip"
def residual_derivative_one_skip_for_all(a, b):
    """You lay one skip around the whole chain. Each block has its own."""
    return 1 + plain_derivative(a, b)


# %% wrong="05-skip"
def residual_derivative_sum_of_factors(a, b):
    """You add where the chain rule multiplies: the blocks come one after another."""
    return np.sum(1 + a * b)


# %% wrong="05-skip"
def residual_derivative_of_each_block(a, b):
    """Those are the derivatives of the blocks, one each. How do they make that of the chain?"""
    return 1 + a * b


# %% wrong="05-skip"
{
    "(1 + second * first) → second * first": "That is the plain chain still: what does the skip connection add to a block's derivative?",
    "(1 + second * first) → (1 + second) * (1 + first)": "You give each layer a skip of its own. Here one skip goes around both layers of a block.",
    "derivative * (1 + second * first) → derivative + second * first": "You add where the chain rule multiplies: the blocks come one after another.",
    "derivative * (1 + second * first) → derivative + (1 + second * first)": "You add where the chain rule multiplies: the blocks come one after another.",
    "(1 + second * first) → 1": "Only the skips are left: the layers of a block count too.",
    "second * first → second + first": "Inside a block the two layers come one after the other: are their factors added?",
    "(1 + second * first) → second * (1 + first)": "You lay the skip around one layer of each block. Here it goes around both.",
    "(1 + second * first) → (1 + second) * first": "You lay the skip around one layer of each block. Here it goes around both.",
    "derivative * (1 + second * first) → derivative * second * first + 1": "The 1 belongs to each block's factor, not to the running product: in which order do you multiply and add?",
    "(1 + second * first) → (1 - second * first)": "Each block's factor has a minus: the block *adds* F(x) to x.",
    "derivative * (1 + second * first) → 1 + second * first": "That is the last block alone: each round forgets the blocks before it.",
    "    return derivative →         return derivative": "That is the first block alone: does your `return` stand inside the loop?",
    "return derivative → return abs(derivative)": "The sign is lost: where b·a is below −1, the factor of a block is negative.",
    "(1 + second * first) → max(0, 1 + second * first)": "You cut off what is negative: there is no ReLU in this chain, and the factor of a block may be below 0.",
}


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
    narrow = 4
    stack = []
    field = 1
    jump = 1
    while field < size or jump < stride:
        step = 2 if jump < stride else 1
        stack.append((3, step, narrow))
        field = field + 2 * jump
        jump = jump * step
    last_step = stack[-1][1]
    stack[-1] = (3, last_step, filters)
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


# %% check="05-stack"
def inputs(random):
    cases = [(3, 96, 11, 4), (3, 64, 7, 2)]
    for size, stride in [(5, 1), (7, 1), (9, 1), (9, 2), (11, 4), (3, 4)]:
        channels, filters = int(random.integers(12, 33)), 16 * int(random.integers(4, 9))
        cases.append((channels, filters, size, stride))
    return cases


def judge(got, channels, filters, size, stride):
    assert got is not None, "The function returns None. Is a `return` missing, or never reached?"
    try:
        layers = [[float(number) for number in layer] for layer in got]
    except (TypeError, ValueError):  # a flat list, or layers of Keras
        layers = []
    assert layers and all(len(layer) == 3 and min(layer) >= 1 for layer in layers), (
        "Expected a list of (filter size, stride, filters), all at least 1: one such triple a "
        "layer, even if there is only one layer."
    )
    broken = [number for layer in layers for number in layer if not number.is_integer()]
    assert not broken, (
        f"A layer cannot have {broken[0]:g} of anything: whole numbers only, so divide with `//`."
    )
    layers = [tuple(map(int, layer)) for layer in layers]
    assert all(k in (1, 3) for k, _, _ in layers), "Only filters of 1 × 1 and 3 × 3 are allowed."
    last = layers[-1][2]
    assert last == filters, (
        f"The last layer has {last} filters; the layers that follow expect {filters}."
    )
    field, jump, weights, width = 1, 1, 0, channels
    for k, s, f in layers:
        field, jump = field + (k - 1) * jump, jump * s
        weights, width = weights + k * k * width * f, f
    assert jump == stride, (
        f"The strides multiply to {jump}, so the maps that come out have another size than at "
        f"stride {stride}."
    )
    assert field >= size, (
        f"The stack sees {field} × {field} pixels only, and the filter that it replaces "
        f"{size} × {size}."
    )
    seen = {0}  # the input pixels that one place of the output looks at, in one direction
    for k, s, _ in reversed(layers):
        seen = {s * place + i for place in seen for i in range(k)}
    assert len(seen) == field, (
        f"The stack spans {field} pixels across but looks at {len(seen)} of them: a stride skips "
        "what no filter has seen."
    )
    share = weights / (size * size * channels * filters)
    assert share <= 0.5, (
        f"It sees far enough, but has {100 * share:.0f} % of the weights of the layer that it "
        "replaces; at most 50 % are allowed. Which layers need not be wide?"
    )


# %% wrong="05-stack"
def small_filters_one_layer(channels, filters, size, stride):
    """pixels only, and the filter that it replaces"""
    return [(3, stride, filters)]


# %% wrong="05-stack"
def small_filters_strides_past_pixels(channels, filters, size, stride):
    """a stride skips what no filter has seen."""
    return [(1, stride, 4), *[(3, 1, 4)] * (size // 2), (3, 1, filters)]


# %% wrong="05-stack"
def small_filters_without_strides(channels, filters, size, stride):
    """so the maps that come out have another size than at stride"""
    return [*[(3, 1, 4)] * (size // 2), (3, 1, filters)]


# %% wrong="05-stack"
def small_filters_large_filter(channels, filters, size, stride):
    """Only filters of 1 × 1 and 3 × 3 are allowed."""
    return [(size, stride, filters)]


# %% wrong="05-stack"
def small_filters_flat(channels, filters, size, stride):
    """Expected a list of (filter size, stride, filters), all at least 1: one such triple a layer,
    even if there is only one layer.
    """
    return [3, stride, filters]


# %% wrong="05-stack"
{
    "narrow = 4 → narrow = filters": "at most 50 % are allowed. Which layers need not be wide?",
    "narrow = 4 → narrow = channels / 2": "of anything: whole numbers only, so divide with `//`.",
    "(3, last_step, filters) → (3, last_step, narrow)": "filters; the layers that follow expect",
}
