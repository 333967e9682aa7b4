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
    *hidden_layers, last = layers
    a = x
    for weights, biases in hidden_layers:
        a = np.maximum(0, a @ weights + biases)
    last_weights, last_biases = last
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


# %% check="02-forward"
rowwise = True
tolerance = {"rtol": 1e-4, "atol": 1e-4}  # in float32 a score near 0 is off by a part of its terms


def inputs(random):
    cases = []
    for depth in (2, 3, 1, 4, 2):
        sizes = random.integers(3, 7, size=depth + 1)
        layers = []
        for i in range(depth):
            weights = random.normal(size=(sizes[i], sizes[i + 1]))
            layers.append((weights, random.normal(size=sizes[i + 1])))
        cases.append((random.normal(size=(20, sizes[0])), layers))
    x, layers = cases[0]
    return [*cases, (x[:1], layers)]


# %% wrong="02-forward"
def scores_with_relu_everywhere(x, layers):
    """The last layer has gone through ReLU as well. Scores may be negative."""
    return np.maximum(0, scores(x, layers))


# %% wrong="02-forward"
def scores_as_probabilities(x, layers):
    """These are probabilities; asked are the scores that softmax would begin with."""
    e = np.exp(scores(x, layers))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong="02-forward"
def scores_without_biases(x, layers):
    """The biases are missing."""
    return scores(x, [(weights, 0 * biases) for weights, biases in layers])


# %% wrong="02-forward"
{
    "np.maximum(0, a @ weights + biases) → a @ weights + biases": "The hidden layers do not bend: without ReLU, any stack is one layer.",
    "np.maximum(0, a @ weights + biases) → np.maximum(0, a @ weights) + biases": "The bias is added after the ReLU. It belongs to the score, inside.",
    "np.maximum(0, a @ weights + biases) → np.maximum(0, a) @ weights + biases": "ReLU bends what a layer receives; it belongs around the layer's own scores.",
    "np.maximum(0, a @ weights + biases) → np.tanh(a @ weights + biases)": "The hidden layers are tanh, as in the lesson's network; here they are ReLU.",
    "np.maximum(0, a @ weights + biases) → 1 / (1 + np.exp(-(a @ weights + biases)))": "The hidden layers are sigmoids; here they are ReLU.",
    "np.maximum(0, a @ weights + biases) → np.abs(a @ weights + biases)": "The hidden layers fold negative scores up; ReLU cuts them off.",
    "np.maximum(0, a @ weights + biases) → np.minimum(0, a @ weights + biases)": "The hidden layers let negative scores through and cut positive ones off: ReLU does the opposite.",
    "a @ weights + biases → a @ weights": "The biases of the hidden layers are missing.",
    " + last_biases → ": "The last layer's biases are missing.",
}


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


# %% check="02-cross-entropy"
from course_utils.checks.judging import agrees

tolerance = {"rtol": 1e-5, "atol": 3e-4}  # in float32 scores of 1800 are off by 6e-5 each


def inputs(random):
    """Small scores, rows that lie far up, far down or far apart, and rows sure of a wrong class."""
    cases = []
    for kind in ("small", "up", "down", "apart", "wrong", "small"):
        n, k = random.integers(6, 13), random.integers(3, 7)
        z, y = random.normal(size=(n, k)), random.integers(k, size=n)
        if kind == "up":
            z += 1500
        elif kind == "down":
            z -= 1500
        elif kind == "apart":
            z += np.linspace(-1800, 1800, n)[:, np.newaxis]
        elif kind == "wrong":
            z[np.arange(n), (y + 1) % k] += random.uniform(2000, 3000)
        cases.append((z, y))
    return cases


def judge(got, z, y):
    right = cross_entropy(z, y)
    if got is None or np.shape(got) != ():
        agrees(got, right)  # names what is missing, or the shape
    cost = float(got)
    if np.isclose(cost, right, **tolerance):
        return
    unlikely = right > 700  # here the true class's probability is rounded to 0
    assert np.isfinite(cost) or not unlikely, (
        "The result is not finite where the true class is very unlikely: its probability was rounded to 0 before the logarithm was taken, "
        "or an exponent was still large. Take the logarithm on paper."
    )
    assert np.isfinite(cost) or np.abs(z).max() < 700, (
        "The result is not a finite number: a large score overflowed in `exp`, or a whole row was rounded to zero. "
        "Which number can you subtract from each row?"
    )
    assert np.isfinite(cost), (
        "The result is NaN although all scores are small here. Was the logarithm of a score itself taken? Scores may be negative."
    )
    assert not (unlikely and 0 <= cost < right / 2), (
        "Very wrong answers cost too little: adding a small number or clipping hides them, and removes their gradient. "
        "The exact cost is finite, without any trick."
    )
    assert cost >= 0, (
        f"You return {cost:.4g}: a probability is at most 1, so −ln p is at least 0, and so is the mean."
    )
    agrees(got, right, **tolerance)


# %% wrong="02-cross-entropy"
def cross_entropy_by_the_formula(z, y):
    """The result is not a finite number: a large score overflowed in `exp`, or a whole row was rounded to zero. Which number can you subtract from each row?"""
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


# %% wrong="02-cross-entropy"
def cross_entropy_by_probabilities(z, y):
    """The result is not finite where the true class is very unlikely: its probability was rounded to 0 before the logarithm was taken, or an exponent was still large. Take the logarithm on paper."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


# %% wrong="02-cross-entropy"
def cross_entropy_clipped(z, y):
    """Very wrong answers cost too little: adding a small number or clipping hides them, and removes their gradient. The exact cost is finite, without any trick."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y] + 1e-7))


# %% wrong="02-cross-entropy"
def cross_entropy_of_scores_taken_for_probabilities(z, y):
    """The scores were taken for probabilities. Keras's loss does so until it is told that they are scores, also called logits."""
    p = np.clip(z, 1e-7, 1 - 1e-7)
    p = p / p.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


# %% wrong="02-cross-entropy"
def cross_entropy_averaged_over_the_table(z, y):
    """You average over all n·k entries of a table, most of them zeros: how many costs are there?"""
    return cross_entropy(z, y) / len(z[0])


# %% wrong="02-cross-entropy"
def cross_entropy_averaged_over_the_table_without_minus(z, y):
    """You average over all n·k entries of a table, most of them zeros: how many costs are there? And a cost is at least 0."""
    return -cross_entropy(z, y) / len(z[0])


# %% wrong="02-cross-entropy"
{
    "np.sum(np.exp(z), axis=1)) → np.sum(np.exp(z)))": "All rows together make one sum of exponentials; each row has its own.",
    "np.mean(log_sum → np.sum(log_sum": "This is the sum over the rows, not their mean.",
    "log_sum - z[np.arange(len(y)), y] → z[np.arange(len(y)), y] - log_sum": "The size is right; the minus sign is missing.",
    "z[np.arange(len(y)), y] → z[:, y]": "`z[:, y]` takes every row's score for every label; pick one entry a row.",
    "z - z.max(axis=1, keepdims=True) → z - z.max(axis=0)": "The largest score of each *column* was subtracted. Only what is subtracted from all scores of a *row* cancels.",
    "z = z - z.max(axis=1, keepdims=True)\n    log_sum = np.log(np.sum(np.exp(z), axis=1)) → log_sum = np.log(np.sum(np.exp(z - z.max(axis=1, keepdims=True)), axis=1))": "The largest score was subtracted in the sum, but not from the true class's score.",
    "z - z.max(axis=1, keepdims=True) → z": "The result is not a finite number: a large score overflowed in `exp`, or a whole row was rounded to zero. Which number can you subtract from each row?",
    "z.max(axis=1, keepdims=True) → z.max()": "The result is not a finite number: a large score overflowed in `exp`, or a whole row was rounded to zero. Which number can you subtract from each row?",
}


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
    in_w1 = x.T @ delta_s
    in_b1 = delta_s.sum(axis=0)
    in_w2 = a.T @ delta_z
    in_b2 = delta_z.sum(axis=0)
    return in_w1, in_b1, in_w2, in_b2
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


# %% check="02-backprop"
from course_utils.checks.judging import WrongAnswer, agrees

tolerance = {"rtol": 1e-4, "atol": 1e-5}


def inputs(random):
    cases = []
    for n in (7, 9, 8, 11):
        m, h, k = random.permutation([3, 4, 5, 6])[:3]  # all different: a wrong shape shows
        x, w1 = random.normal(size=(n, m)), random.normal(size=(m, h))
        z = random.normal(size=(n, k))
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        error = p - np.eye(k)[random.integers(k, size=n)]
        cases.append((x, w1, random.normal(size=h), random.normal(size=(h, k)), error))
    return cases


def judge(got, *arguments):
    right = gradients(*arguments)
    if not isinstance(got, tuple | list) or len(got) != 4:
        agrees(got, right)  # names what is missing, or the type
    off, factors = [], []
    for name, part, right_part in zip(("w1", "b1", "w2", "b2"), got, right, strict=True):
        try:
            agrees(part, right_part, **tolerance)
        except WrongAnswer as wrong:
            if wrong.kind not in ("value", "int"):
                raise WrongAnswer("type", f"The gradient in {name}: {wrong}") from None
            off.append(name)
            factors.append(np.sum(part * right_part) / np.sum(right_part**2))
            if not np.allclose(part, factors[-1] * right_part, rtol=1e-4, atol=1e-5):
                factors[-1] = np.nan  # no multiple of the right one
    assert not off or not np.allclose(factors, factors[0], rtol=1e-3, atol=0), (
        f"Off by one factor: the gradient in {', '.join(off)} is {factors[0]:.3g} times what it should be."
    )
    assert not off, f"Not right: the gradient in {', '.join(off)}."


# %% wrong="02-backprop"
def gradients_with_summed_weights(x, w1, b1, w2, error):
    """The gradients in w1 and w2 are n times too large: `x.T @ …` is a sum over the rows, and the cost is their mean."""
    in_w1, in_b1, in_w2, in_b2 = gradients(x, w1, b1, w2, error)
    return len(x) * in_w1, in_b1, len(x) * in_w2, in_b2


# %% wrong="02-backprop"
def gradients_through_any_unit_of_the_sum(x, w1, b1, w2, error):
    """The message has passed through units that were off. What is ReLU's slope there?"""
    _, _, in_w2, in_b2 = gradients(x, w1, b1, w2, len(x) * error)
    delta_s = error @ w2.T
    return x.T @ delta_s, delta_s.sum(axis=0), in_w2, in_b2


# %% wrong="02-backprop"
{
    " * (s > 0) → ": "The message has passed through units that were off. What is ReLU's slope there?",
    "error / len(x) → error": "All four are n times too large: the cost is the mean over the rows, not their sum.",
    "error / len(x) → -error / len(x)": "All four have the wrong sign.",
    "error / len(x) → error / len(x) ** 2": "All four are n times too small: the mean's 1/n has entered twice.",
    "error / len(x) → error / error.size": "All four are k times too small: the mean is over the n rows, not over all n·k errors.",
    "(delta_z @ w2.T) → (delta_z @ w2.T) / len(x)": "The gradients in w1 and b1 are n times too small: the 1/n is already in the slope that comes back from the output layer.",
    "delta_s.sum(axis=0) → delta_s.mean(axis=0)": "A bias gradient is n times too small: the 1/n is already in the slope of the scores, and slopes over several paths add up.",
    "delta_z.sum(axis=0) → delta_z.mean(axis=0)": "A bias gradient is n times too small: the 1/n is already in the slope of the scores, and slopes over several paths add up.",
    "delta_s.sum(axis=0)\n    in_w2 = a.T @ delta_z\n    in_b2 = delta_z.sum(axis=0) → delta_s.mean(axis=0)\n    in_w2 = a.T @ delta_z\n    in_b2 = delta_z.mean(axis=0)": "A bias gradient is n times too small: the 1/n is already in the slope of the scores, and slopes over several paths add up.",
    "a.T @ → s.T @": "The gradient in w2 uses the hidden layer's scores. What does the output layer receive, before or after the ReLU?",
    "(delta_z @ w2.T) * (s > 0) → np.maximum(0, delta_z @ w2.T)": "On the way back ReLU's *slope* at s belongs here, 0 or 1, not ReLU itself.",
    "* (s > 0) → * a": "On the way back ReLU's *slope* at s belongs here, 0 or 1, not ReLU itself.",
    "(s > 0) → (s < 0)": "The message passes only the units that were off. What is ReLU's slope on either side of 0?",
    "(s > 0) → (1 - a**2)": "The message is multiplied by tanh's slope, as in the lesson; this layer is ReLU.",
    "(s > 0) → (1 - s**2)": "The message is multiplied by tanh's slope, as in the lesson; this layer is ReLU.",
    "(s > 0) → (1 - np.tanh(s) ** 2)": "The message is multiplied by tanh's slope, as in the lesson; this layer is ReLU.",
}


# %% [markdown]
# ## Exercise 4: what if all units start alike?
#
# *Change one thing and predict, 10 minutes, 2 points.* The lesson's tanh network learned XOR from *random* weights. Change one thing, the start:
#
# - `"random"`: every weight drawn from a normal distribution, as in the lesson;
# - `"constant"`: every weight, of both layers, is the same number, such as 0.5;
# - `"zeros"`: every weight is 0.
#
# Biases start at 0. After 100 steps of gradient descent we look at the hidden outputs of all points, one column a unit. **How many different columns are there?** Return your prediction.


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


# %% check="02-symmetry"
from course_utils.checks.judging import agrees


def inputs(random):
    cases = []
    for start in ("zeros", "constant", "random"):
        for units in random.permutation([2, 3, 4, 5, 6, 7, 8])[:4].tolist():
            cases.append((start, units))
    return cases


def judge(got, start, units):
    right = different_units(start, units)
    if got is None or np.shape(got) != () or isinstance(got, str):
        agrees(got, right)  # names what is missing, the type or the shape
    count = "more" if got < right else "fewer"
    assert got == right, (
        f"You predict {got:g} different columns; after training there are {count}. Compare the slopes that two of the units get."
    )


# %% wrong="02-symmetry"
def units_all_different(start, units):
    """Descent gives equal units equal steps; it never breaks a tie."""
    return units


# %% wrong="02-symmetry"
def units_all_alike(start, units):
    """Weights that are drawn at random differ from the start. Is there anything that would make two units equal?"""
    return 1


# %% wrong="02-symmetry"
def units_dead_at_zero(start, units):
    """At zero the units do nothing, but they all do the same nothing. How many different columns is that?"""
    return {"random": units, "constant": 1, "zeros": 0}[start]


# %% wrong="02-symmetry"
def units_different_or_dead(start, units):
    """From a constant, too, look at the slope that each unit gets: is there anything that could make two units differ? And how many different columns are those that are all zeros?"""
    return 0 if start == "zeros" else units


# %% wrong="02-symmetry"
def units_tied_only_at_zero(start, units):
    """From a constant, too, look at the slope that each unit gets: is there anything that could make two units differ?"""
    return 1 if start == "zeros" else units


# %% wrong="02-symmetry"
def units_tied_only_at_a_constant(start, units):
    """From zeros, too, look at the slope that each unit gets: is there anything that could make two units differ?"""
    return 1 if start == "constant" else units


# %% [markdown]
# ## Exercise 5: keep a deep network alive
#
# *Open, 20 minutes, 3 points.* You draw the starting weights of a deep stack: ReLU layers of equal width, without biases. Any draw will do if, in a stack of up to 20 layers,
#
# 1. the signal survives: behind every layer, the root mean square of the outputs (the root of the mean of their squares) is between a tenth of that of the inputs and ten times as much;
# 2. the gradient survives: sent in at the last layer's outputs, it has between a tenth of its root mean square and ten times as much in front of every layer, back to the inputs;
# 3. no two units of a layer are alike.
#
# There is more than one right answer; the check measures what yours does, for two numbers of layers and two widths that you do not know beforehand. Draw from `random`, so that a run can be repeated.


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
# The same product stands on the way back, with the same slopes, so the gradient keeps its length too. Any distribution with mean 0 and this spread will do; so does a random orthogonal matrix times $\sqrt{2}$. Even the identity keeps both: it breaks the ties by copying one input to each unit, but it draws nothing.


# %% check="02-initial-weights"
from course_utils.checks.judging import agrees


def inputs(random):
    cases = []
    for num_layers, width in (  # widths so far apart that no fixed spread suits both
        (20, random.integers(115, 121)),
        (random.integers(16, 20), random.integers(245, 251)),
    ):
        seed = random.integers(2**32)
        cases.append((np.random.default_rng(seed), int(num_layers), int(width)))
    return cases


def size(values):
    """Return the root mean square."""
    return np.sqrt(np.mean(values**2))


def survival(weights, relu=True):
    """Send a signal and a gradient through the layers.

    Each layer's output is scaled to size 1 before the next, so that no size can overflow.

    Returns:
        two (num_layers,) arrays: for each layer the power of ten of what is left of the signal
        behind it, and of the gradient in front of it.
    """
    random = np.random.default_rng(0)
    # Few rows: larger products are spread over threads, and these wait on a busy machine.
    a = random.normal(size=(4, len(weights[0])))
    slope = random.normal(size=a.shape)
    a, slope = a / size(a), slope / size(slope)
    units_on, forth, back = [], [], []
    for layer in weights:
        s = a @ layer
        units_on.append(s > 0 if relu else np.ones(s.shape, dtype=bool))
        a = s * units_on[-1]
        forth.append(size(a))
        a = a / (forth[-1] or 1)
    for layer, on in zip(weights[::-1], units_on[::-1], strict=True):
        slope = (slope * on) @ layer.T
        back.append(size(slope))
        slope = slope / (back[-1] or 1)
    return np.cumsum(np.log10(forth)), np.cumsum(np.log10(back))[::-1]


def any_alike(layer):
    """Tell whether two columns are equal, but for rounding."""
    scaled = (layer / (np.abs(layer).max() or 1)).round(12) + 0.0  # −0 is 0
    return len({column.tobytes() for column in scaled.T}) < layer.shape[1]


def judge(got, random, num_layers, width):
    shape = (num_layers, width, width)
    if got is None or np.shape(got) != shape or np.isnan(np.asarray(got, dtype=float)).any():
        agrees(got, np.zeros(shape))  # names what is missing, the type, the shape or NaN
    weights = np.asarray(got, dtype=float)
    assert np.isfinite(weights).all(), "Some weights are infinite."
    assert not any(any_alike(layer) for layer in weights), (
        "Some units start alike, so they stay alike for ever."
    )
    forth, back = survival(weights)
    what, powers = ("signal", forth) if np.abs(forth).max() > 1 else ("gradient", back)
    worst = np.argmax(np.abs(powers))
    power = powers[worst]  # of ten
    if abs(power) <= 1:
        return
    crossed = worst + 1 if what == "signal" else num_layers - worst
    way = f"After {crossed} layer{'s' if crossed > 1 else ''}"
    if what == "gradient":
        way += " on the way back"
    assert not np.isneginf(power), (
        f"{way} nothing is left of the {what}: which units of this layer are on?"
    )
    left = f"{10**power:.2g}" if -3 < power < 2 else f"about 1e{round(power):+03d}"
    measured = f"{way} the {what} has {left} of its size."
    assert power < 0, f"{measured} The weights are too large."
    without_relu, _ = survival(weights, relu=False)
    assert np.abs(without_relu).max() > 1, (
        f"{measured} Your weights would suit a network without ReLU: which part of the mean square does ReLU take away?"
    )
    raise AssertionError(f"{measured} The weights are too small.")


# %% wrong="02-initial-weights"
def weights_from_the_global_numbers(random, num_layers, width):
    """Your function draws nothing from its argument `random`."""
    return np.random.normal(0, np.sqrt(2 / width), size=(num_layers, width, width))  # noqa: NPY002


# %% wrong="02-initial-weights"
def weights_from_a_fixed_seed(random, num_layers, width):
    """Your function draws nothing from its argument `random`."""
    return initial_weights(np.random.default_rng(0), num_layers, width)


# %% wrong="02-initial-weights"
def weights_constant(random, num_layers, width):
    """Some units start alike, so they stay alike for ever."""
    return np.full((num_layers, width, width), 1 / width)


# %% wrong="02-initial-weights"
def weights_negative(random, num_layers, width):
    """nothing is left of the signal: which units of this layer are on?"""
    return -np.abs(initial_weights(random, num_layers, width))


# %% wrong="02-initial-weights"
{
    "np.sqrt(2 / width) → 1": "The weights are too large.",
    "np.sqrt(2 / width) → 0.01": "The weights are too small.",
    "np.sqrt(2 / width) → np.sqrt(1 / width)": "Your weights would suit a network without ReLU: which part of the mean square does ReLU take away?",
    "np.sqrt(2 / width) → 2 / width": "The signal vanishes. Does `normal` take the standard deviation or its square, the variance?",
}
