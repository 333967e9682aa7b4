# %% [markdown]
# # 02 Multilayer perceptrons: exercises
#
# Five exercises on [lesson 02](../02_multilayer_perceptrons.ipynb), 75 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("02-forward")` gives one hint at a time; `solution("02-forward")` shows the answer and why. No exercise needs another one, and NumPy is enough for all five.
# Functions of the lesson are not known here: copy what you need. To meet the same numbers again, fix the draw: `check("02-forward", scores, seed=0)`.

# %%
import numpy as np

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: run a network forward
#
# *Fill in, 10 minutes, 2 points.* A network of any depth is a list of layers, each a pair of weights and biases. Every hidden layer computes $g(a W + b)$ with ReLU, $g(z) = \max(0, z)$.
# The last layer gives *scores*, so it has no activation.


# %% exercise="02-forward" points=2
def scores(x, layers):
    """Return the scores of a multilayer perceptron with ReLU in its hidden layers.

    Args:
        x: (n, m) float64, one example a row.
        layers: list of (weights, biases), shapes (inputs, units) and (units,), in order.

    Returns:
        (n, k) float64, a score for each example and output unit.
    """
    ### BEGIN SOLUTION
    *hidden_layers, (last_weights, last_biases) = layers
    a = x
    for weights, biases in hidden_layers:
        a = np.maximum(0, a @ weights + biases)
    return a @ last_weights + last_biases
    ### END SOLUTION


# %% [markdown] hint="02-forward"
# Keep one variable `a` for what the current layer receives. What is it before the first layer, and after each one?

# %% [markdown] hint="02-forward"
# One line does a hidden layer: `a = np.maximum(0, a @ weights + biases)`. Which layer must not get it?

# %% [markdown] hint="02-forward"
# `*hidden_layers, last = layers` splits off the last pair. Loop over the first part, then apply the last pair without `np.maximum`.

# %% [markdown] why="02-forward"
# Each pass of the loop redraws the data; the bias comes *before* the ReLU, because it decides where the unit switches on. On the output ReLU would do harm: every negative score would become 0, softmax could not tell these classes apart,
# and no gradient would come back through them. Without any ReLU the whole list collapses into one layer.


# %% wrong="02-forward" misconception="relu-on-output"
def scores_with_relu_everywhere(x, layers):
    for weights, biases in layers:
        x = np.maximum(0, x @ weights + biases)
    return x


# %% wrong="02-forward" misconception="no-activation"
def scores_without_activation(x, layers):
    for weights, biases in layers:
        x = x @ weights + biases
    return x


# %% wrong="02-forward" misconception="bias-after-relu"
def scores_with_late_bias(x, layers):
    *hidden_layers, (last_weights, last_biases) = layers
    for weights, biases in hidden_layers:
        x = np.maximum(0, x @ weights) + biases
    return x @ last_weights + last_biases


# %% wrong="02-forward" misconception="tanh"
def scores_with_tanh(x, layers):
    *hidden_layers, (last_weights, last_biases) = layers
    for weights, biases in hidden_layers:
        x = np.tanh(x @ weights + biases)
    return x @ last_weights + last_biases


# %% wrong="02-forward" misconception="softmax"
def scores_as_probabilities(x, layers):
    *hidden_layers, (last_weights, last_biases) = layers
    for weights, biases in hidden_layers:
        x = np.maximum(0, x @ weights + biases)
    e = np.exp(x @ last_weights + last_biases)
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="02-forward" misconception="last-biases"
def scores_without_last_biases(x, layers):
    *hidden_layers, (last_weights, _) = layers
    for weights, biases in hidden_layers:
        x = np.maximum(0, x @ weights + biases)
    return x @ last_weights


# %% [markdown]
# ## Exercise 2: cross-entropy that survives large scores
#
# *Fill in, 15 minutes, 3 points.* Compute the mean softmax cross-entropy from scores, $\ell_i = -\ln \dfrac{e^{z_{i,y_i}}}{\sum_j e^{z_{i,j}}}$, so that it is right for scores of any size, a thousand as well as one.


# %% exercise="02-cross-entropy" points=3
def cross_entropy(z, y):
    """Return the mean cross-entropy of softmax, from scores.

    Args:
        z: (n, k) float64, scores of any size.
        y: (n,) int64 in [0, k), the true classes.

    Returns:
        float, at least 0 and always finite.
    """
    ### BEGIN SOLUTION
    z = z - z.max(axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(z), axis=1))
    return np.mean(log_sum - z[np.arange(len(y)), y])
    ### END SOLUTION


# %% [markdown] hint="02-cross-entropy"
# Simplify on paper first: what is the logarithm of a quotient, and of $e^z$?

# %% [markdown] hint="02-cross-entropy"
# $\ell_i = \ln \sum_j e^{z_{i,j}} - z_{i,y_i}$. Nothing changes when you subtract the same number from all scores of a row. Which number makes the largest exponent 0?

# %% [markdown] hint="02-cross-entropy"
# `z - z.max(axis=1, keepdims=True)` treats each row by itself. `z[np.arange(len(y)), y]` picks each row's true class.

# %% [markdown] why="02-cross-entropy"
# After subtracting each *row's* maximum, one term of every sum is $e^0 = 1$: nothing overflows, and the sum is at least 1, so its logarithm is finite. One maximum for the whole batch is not enough: a row far below it becomes all zeros, and $\ln 0$ is back.
# A stable softmax followed by a logarithm is not enough either: a probability below about $10^{-324}$ has already been rounded to 0 when the logarithm sees it.


# %% wrong="02-cross-entropy" misconception="overflow"
def cross_entropy_by_the_formula(z, y):
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


# %% wrong="02-cross-entropy" misconception="logarithm-of-zero"
def cross_entropy_by_probabilities(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


# %% wrong="02-cross-entropy" misconception="clipped"
def cross_entropy_clipped(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y] + 1e-7))


# %% wrong="02-cross-entropy" misconception="sum-for-mean"
def cross_entropy_summed(z, y):
    z = z - z.max(axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(y)), y])


# %% wrong="02-cross-entropy" misconception="minus-lost"
def cross_entropy_without_minus(z, y):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(z[np.arange(len(y)), y] - np.log(np.sum(np.exp(z), axis=1)))


# %% wrong="02-cross-entropy" misconception="every-rows-label"
def cross_entropy_of_all_labels(z, y):
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[:, y])


# %% wrong="02-cross-entropy" misconception="largest-of-a-column"
def cross_entropy_maximum_of_columns(z, y):
    z = z - z.max(axis=0)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(y)), y])


# %% wrong="02-cross-entropy" misconception="subtracted-once"
def cross_entropy_subtracted_once(z, y):
    log_sum = np.log(np.sum(np.exp(z - z.max(axis=1, keepdims=True)), axis=1))
    return np.mean(log_sum - z[np.arange(len(y)), y])


# %% [markdown]
# ## Exercise 3: backpropagate through ReLU and softmax
#
# *Fill in, 20 minutes, 3 points.* The lesson went back through tanh to one output. Now the hidden layer is ReLU and there are several classes:
#
# $$s = x W_1 + b_1, \qquad a = \max(0, s), \qquad z = a W_2 + b_2, \qquad p = \operatorname{softmax}(z)$$
#
# The cost is the *mean* cross-entropy over the $n$ rows. Its slope in the scores is, once more, error over $n$: $\delta_z = (p - \text{onehot}(y)) / n$.
# Here $\text{onehot}(y)$ is a table of zeros with a single 1 in each row, in the column of the true class. The error $p - \text{onehot}(y)$ is given, so $b_2$ itself is not needed. Find the four gradients.


# %% exercise="02-backprop" points=3
def gradients(x, w1, b1, w2, error):
    """Return the gradients of the mean cross-entropy in all four parameters.

    Args:
        x: (n, m) float64, inputs.
        w1: (m, h) float64 and b1: (h,) float64, the hidden layer.
        w2: (h, k) float64, the weights of the output layer.
        error: (n, k) float64, probabilities minus one-hot labels.

    Returns:
        four float64 arrays: the gradients in w1 (m, h), b1 (h,), w2 (h, k) and b2 (k,).
    """
    ### BEGIN SOLUTION
    s = x @ w1 + b1
    a = np.maximum(0, s)
    delta_z = error / len(x)
    delta_s = (delta_z @ w2.T) * (s > 0)
    return x.T @ delta_s, delta_s.sum(axis=0), a.T @ delta_z, delta_z.sum(axis=0)
    ### END SOLUTION


# %% [markdown] hint="02-backprop"
# Run forward first: you need $s$ to know which units are on, and $a$ as the output layer's input.

# %% [markdown] hint="02-backprop"
# Every layer does the same two things: parameters get *input transposed times slope*, and the layer before gets *slope times weights transposed*. Write down the shapes; there is one way to make them fit.

# %% [markdown] hint="02-backprop"
# The message passes ReLU only where the unit was on: `delta_s = (delta_z @ w2.T) * (s > 0)`.

# %% [markdown] hint="02-backprop"
# With `delta_z = error / len(x)`: the output layer gets `a.T @ delta_z` and `delta_z.sum(axis=0)`. The hidden layer looks the same, with `x` and `delta_s`.

# %% [markdown] why="02-backprop"
# ReLU's slope is 1 where $s > 0$ and 0 elsewhere, so the message is passed on or stopped, never scaled. A unit that is off for a row learns nothing from this row.
# The bias is used by all $n$ rows, $n$ paths to the cost, so its slopes add up: hence the sum. The mean's $1/n$ enters once, at the top, and the chain rule carries it to all four.


# %% wrong="02-backprop" misconception="relu-forgotten"
def gradients_through_any_unit(x, w1, b1, w2, error):
    a, delta_z = np.maximum(0, x @ w1 + b1), error / len(x)
    delta_s = delta_z @ w2.T
    return x.T @ delta_s, delta_s.sum(axis=0), a.T @ delta_z, delta_z.sum(axis=0)


# %% wrong="02-backprop" misconception="sum-for-mean"
def gradients_of_the_sum(x, w1, b1, w2, error):
    s = x @ w1 + b1
    delta_s = (error @ w2.T) * (s > 0)
    return x.T @ delta_s, delta_s.sum(axis=0), np.maximum(0, s).T @ error, error.sum(axis=0)


# %% wrong="02-backprop" misconception="bias-averaged"
def gradients_with_averaged_biases(x, w1, b1, w2, error):
    s, delta_z = x @ w1 + b1, error / len(x)
    delta_s = (delta_z @ w2.T) * (s > 0)
    a = np.maximum(0, s)
    return x.T @ delta_s, delta_s.mean(axis=0), a.T @ delta_z, delta_z.mean(axis=0)


# %% wrong="02-backprop" misconception="scores-for-activations"
def gradients_before_the_relu(x, w1, b1, w2, error):
    s, delta_z = x @ w1 + b1, error / len(x)
    delta_s = (delta_z @ w2.T) * (s > 0)
    return x.T @ delta_s, delta_s.sum(axis=0), s.T @ delta_z, delta_z.sum(axis=0)


# %% wrong="02-backprop" misconception="sign"
def gradients_of_the_wrong_sign(x, w1, b1, w2, error):
    s, delta_z = x @ w1 + b1, -error / len(x)
    delta_s = (delta_z @ w2.T) * (s > 0)
    a = np.maximum(0, s)
    return x.T @ delta_s, delta_s.sum(axis=0), a.T @ delta_z, delta_z.sum(axis=0)


# %% wrong="02-backprop" misconception="mean-twice"
def gradients_averaged_twice(x, w1, b1, w2, error):
    s, delta_z = x @ w1 + b1, error / len(x) ** 2
    delta_s = (delta_z @ w2.T) * (s > 0)
    a = np.maximum(0, s)
    return x.T @ delta_s, delta_s.sum(axis=0), a.T @ delta_z, delta_z.sum(axis=0)


# %% wrong="02-backprop" misconception="relu-for-slope"
def gradients_through_relu_itself(x, w1, b1, w2, error):
    a, delta_z = np.maximum(0, x @ w1 + b1), error / len(x)
    delta_s = np.maximum(0, delta_z @ w2.T)
    return x.T @ delta_s, delta_s.sum(axis=0), a.T @ delta_z, delta_z.sum(axis=0)


# %% wrong="02-backprop" misconception="tanh-slope"
def gradients_through_tanh(x, w1, b1, w2, error):
    a, delta_z = np.maximum(0, x @ w1 + b1), error / len(x)
    delta_s = (delta_z @ w2.T) * (1 - a**2)
    return x.T @ delta_s, delta_s.sum(axis=0), a.T @ delta_z, delta_z.sum(axis=0)


# %% [markdown]
# ## Exercise 4: what if all units start alike?
#
# *Change one thing and predict, 10 minutes, 2 points.* The lesson's tanh network learned XOR from *random* weights. Change one thing, the start:
#
# - `"random"`: every weight drawn from a normal distribution, as in the lesson;
# - `"constant"`: every weight, of both layers, is the same number, such as 0.5;
# - `"zeros"`: every weight is 0.
#
# Biases start at 0. After 100 steps of gradient descent we look at the hidden outputs of all points, one column a unit. **How many different columns are there?** Return your prediction; the check trains the network and counts.


# %% exercise="02-symmetry" points=2
def different_units(start, units):
    """Predict how many different hidden features a network has after training.

    Args:
        start: str, "random", "constant" or "zeros".
        units: int, the number of hidden units, at least 2.

    Returns:
        int, how many different columns the hidden outputs have; units that are all alike count as one.
    """
    ### BEGIN SOLUTION
    return units if start == "random" else 1
    ### END SOLUTION


# %% [markdown] hint="02-symmetry"
# Two hidden units with the same weights get the same input. Do their outputs differ? Do the slopes that come back to them differ?

# %% [markdown] hint="02-symmetry"
# The message to unit $j$ is $\delta_z\,w_{2,j}\,(1 - a_j^2)$. For which starts is it the same for all $j$, now and after every later step?

# %% [markdown] hint="02-symmetry"
# Units that are alike and stay alike make *one* different column together, even if this column is all zeros.

# %% [markdown] why="02-symmetry"
# Equal units get equal outputs, so equal gradients, so they take equal steps: they stay equal for ever, and a wide layer is worth a single unit. This is why weights start at random: not to be good, but to be *different*.
# With zeros it is worse: $w_2 = 0$ stops every message to the hidden layer and $a = 0$ gives $w_2$ no gradient, so nothing but the output bias can move. One column then, all zeros. Biases may start at 0: the random weights have broken the tie.


# %% wrong="02-symmetry" misconception="descent-breaks-the-tie"
def units_all_different(start, units):
    return units


# %% wrong="02-symmetry" misconception="zeros-count-as-none"
def units_dead_at_zero(start, units):
    return {"random": units, "constant": 1, "zeros": 0}[start]


# %% wrong="02-symmetry" misconception="only-zeros-tie"
def units_tied_only_at_zero(start, units):
    return 1 if start == "zeros" else units


# %% [markdown]
# ## Exercise 5: keep a deep network alive
#
# *Open, 20 minutes, 3 points.* You draw the starting weights of a deep stack: ReLU layers of equal width, without biases. Any weights will do if, in a stack of up to 20 layers,
#
# 1. the signal survives: behind every layer, the root mean square of the outputs (the root of the mean of their squares) is between a tenth of that of the inputs and ten times as much;
# 2. the gradient survives: sent in at the last layer's outputs, it has between a tenth of its root mean square and ten times as much in front of every layer, back to the inputs;
# 3. no two units of a layer are alike.
#
# There is more than one right answer; the check measures what yours does, for two numbers of layers and two widths that you do not know beforehand. If you draw, draw from `random`, so that a run can be repeated.


# %% exercise="02-initial-weights" points=3
def initial_weights(random, num_layers, width):
    """Draw the starting weights of all layers of a deep ReLU stack.

    Args:
        random: numpy.random.Generator, what to draw from.
        num_layers: int, how many layers there are.
        width: int, the number of inputs of each layer, and of its units.

    Returns:
        (num_layers, width, width) float64, for each layer inputs × units.
    """
    ### BEGIN SOLUTION
    return random.normal(0, np.sqrt(2 / width), size=(num_layers, width, width))
    ### END SOLUTION


# %% [markdown] hint="02-initial-weights"
# Each score is a sum of `width` products. If the weights have mean 0 and standard deviation $\sigma$ and the inputs have mean square $q$, what is the mean square of this sum?

# %% [markdown] hint="02-initial-weights"
# It is $\text{width} \cdot \sigma^2 \cdot q$. Then ReLU sets about half of the scores to zero: what is left of the mean square?

# %% [markdown] hint="02-initial-weights"
# Half of it. So each layer multiplies the mean square by $\frac{1}{2}\,\text{width}\,\sigma^2$, and 20 layers do it 20 times. Which $\sigma$ makes this factor 1?

# %% [markdown] why="02-initial-weights"
# The factor per layer is $\frac{1}{2}\,\text{width}\,\sigma^2$, and $\sigma = \sqrt{2 / \text{width}}$ makes it 1: He initialisation. A factor of $\frac{1}{2}$, from $\sigma = \sqrt{1 / \text{width}}$, looks harmless, but $2^{-20}$ is a millionth of the mean square.
# The same product stands on the way back, with the same slopes, so the gradient keeps its length too. Any distribution with mean 0 and this spread will do; so does a random orthogonal matrix times $\sqrt{2}$. Even the identity passes: it breaks the ties by copying one input to each unit.


# %% wrong="02-initial-weights" misconception="explodes"
def weights_of_size_one(random, num_layers, width):
    return random.normal(size=(num_layers, width, width))


# %% wrong="02-initial-weights" misconception="relu-halves"
def weights_without_the_two(random, num_layers, width):
    return random.normal(0, np.sqrt(1 / width), size=(num_layers, width, width))


# %% wrong="02-initial-weights" misconception="vanishes"
def weights_small(random, num_layers, width):
    return random.normal(0, 0.01, size=(num_layers, width, width))


# %% wrong="02-initial-weights" misconception="all-alike"
def weights_constant(random, num_layers, width):
    return np.full((num_layers, width, width), 1 / width)
