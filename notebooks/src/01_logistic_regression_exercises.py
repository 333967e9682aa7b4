# %% [markdown]
# # 01 Logistic regression: exercises
#
# Five exercises, from filling in to finding your own way, 70 minutes in all. Replace the line `raise NotImplementedError(…)` in a cell by your
# answer, run the cell, then run the check below it: it tells you what is wrong, and each time with fresh numbers.
# Stuck? The `hint` cell goes one step further each time you run it; `solution("01-gradient")` shows an answer and why it is right.
# No exercise needs another one's answer. An open one stops *Run All*: then run the cells that you need one by one.

# %%
import numpy as np

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: standardise without a leak
#
# *Fill in, 10 minutes, 2 points.* A model was trained on `x_train`. Now new patients come in, `x_new`, perhaps only one. Return both tables standardised: each feature
# minus its mean $\mu_j$, divided by its standard deviation $\sigma_j$, so that a model fitted to the first can be applied to the second.
#
# $$\tilde x_{ij} = \frac{x_{ij} - \mu_j}{\sigma_j}$$


# %% exercise="01-standardise" points=2
def standardise(x_train, x_new):
    """Return training and new rows, standardised alike.

    Args:
        x_train: (n, d) float64, training rows in raw units; no column is constant.
        x_new: (m, d) float64, other rows in the same units, m ≥ 1.

    Returns:
        ((n, d), (m, d)) float64, the two tables in standard deviations from the mean.
    """
    ### BEGIN SOLUTION
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    return (x_train - mean) / deviation, (x_new - mean) / deviation
    ### END SOLUTION


# %% [markdown] hint="01-standardise"
# Each feature has its own mean: how many means do you need, and which `axis` gives you that many?

# %% [markdown] hint="01-standardise"
# Imagine that `x_new` is a single patient. Which rows can tell you what is usual?

# %% [markdown] hint="01-standardise"
# `x_train.mean(axis=0)` and `x_train.std(axis=0)` have shape `(d,)`; NumPy subtracts and divides row by row. Use the same two for both tables.

# %% [markdown] why="01-standardise"
# Mean and deviation are *parts of the model*: they are measured once, on the training rows, and then kept. A new patient goes through the same formula, so that the same tumour
# gets the same numbers, whoever else is tested that day. Statistics of the new rows would leave a single patient without any (0 divided by 0), and statistics of both together would let the
# rows that should test the model shape it.


# %% wrong="01-standardise" misconception="own-statistics"
def standardise_each(x_train, x_new):
    def scaled(x):
        return (x - x.mean(axis=0)) / x.std(axis=0)

    return scaled(x_train), scaled(x_new)


# %% wrong="01-standardise" misconception="leak"
def standardise_together(x_train, x_new):
    everything = np.concatenate([x_train, x_new])
    mean, deviation = everything.mean(axis=0), everything.std(axis=0)
    return (x_train - mean) / deviation, (x_new - mean) / deviation


# %% wrong="01-standardise" misconception="overwritten"
def standardise_overwritten(x_train, x_new):
    x_train = (x_train - x_train.mean(axis=0)) / x_train.std(axis=0)
    return x_train, (x_new - x_train.mean(axis=0)) / x_train.std(axis=0)


# %% wrong="01-standardise" misconception="axis"
def standardise_patients(x_train, x_new):
    def scaled(x):
        return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)

    return scaled(x_train), scaled(x_new)


# %% wrong="01-standardise" misconception="one-scale"
def standardise_all_features(x_train, x_new):
    mean, deviation = x_train.mean(), x_train.std()
    return (x_train - mean) / deviation, (x_new - mean) / deviation


# %% wrong="01-standardise" misconception="variance"
def standardise_variance(x_train, x_new):
    mean, variance = x_train.mean(axis=0), x_train.var(axis=0)
    return (x_train - mean) / variance, (x_new - mean) / variance


# %% [markdown]
# ## Exercise 2: the gradient, penalty included
#
# *Fill in, 15 minutes, 3 points.* In the lesson the penalty was added inside the descent. Write the whole gradient of
#
# $$J(w, b) = \frac{1}{n} \sum_i \bigl[-y_i \ln p_i - (1 - y_i) \ln (1 - p_i)\bigr] + \frac{\lambda}{2} \lVert w \rVert^2, \qquad p_i = \sigma(w \cdot x_i + b)$$
#
# The check differentiates this cost numerically and compares. Nothing of the lesson is defined in this notebook; you may copy its `sigmoid`.


# %% exercise="01-gradient" points=3
def penalised_gradient(weights, bias, x, y, penalty):
    """Return the slopes of the penalised cross-entropy.

    Args:
        weights: (d,) float64.
        bias: float.
        x: (n, d) float64, features.
        y: (n,) int64, labels 0 or 1.
        penalty: float, λ.

    Returns:
        ((d,) float64, float), the slopes along the weights and along the bias.
    """
    ### BEGIN SOLUTION
    p = 1 / (1 + np.exp(-(x @ weights + bias)))
    error = p - y
    return x.T @ error / len(y) + penalty * weights, np.mean(error)
    ### END SOLUTION


# %% [markdown] hint="01-gradient"
# The gradient of a sum is the sum of the gradients: treat the data and the penalty one after the other.

# %% [markdown] hint="01-gradient"
# For one example the lesson found *error times input*, $(p - y)\,x$. What stands in for the input where the bias is concerned?

# %% [markdown] hint="01-gradient"
# The derivative of $\frac{\lambda}{2} w_j^2$ is $\lambda w_j$. Does $b$ occur in the penalty?

# %% [markdown] why="01-gradient"
# `x.T @ error` adds up error times input for each weight, and the division by $n$ makes it the mean that the cost asks for. The half in $\frac{\lambda}{2}$ is there so that the
# derivative is just $\lambda w$. The bias multiplies the constant 1, so its slope is the mean error; it goes free because it only sets the level. If it paid too, the
# answer would depend on where a feature's zero lies.


# %% wrong="01-gradient" misconception="uphill-and-down"
def gradient_sign(weights, bias, x, y, penalty):
    error = y - 1 / (1 + np.exp(-(x @ weights + bias)))
    return x.T @ error / len(y) + penalty * weights, np.mean(error)


# %% wrong="01-gradient" misconception="penalised-bias"
def gradient_bias(weights, bias, x, y, penalty):
    error = 1 / (1 + np.exp(-(x @ weights + bias))) - y
    return x.T @ error / len(y) + penalty * weights, np.mean(error) + penalty * bias


# %% wrong="01-gradient" misconception="penalty-twice"
def gradient_twice(weights, bias, x, y, penalty):
    error = 1 / (1 + np.exp(-(x @ weights + bias))) - y
    return x.T @ error / len(y) + 2 * penalty * weights, np.mean(error)


# %% wrong="01-gradient" misconception="no-penalty"
def gradient_free(weights, bias, x, y, penalty):
    error = 1 / (1 + np.exp(-(x @ weights + bias))) - y
    return x.T @ error / len(y), np.mean(error)


# %% wrong="01-gradient" misconception="squared-error"
def gradient_squared(weights, bias, x, y, penalty):
    p = 1 / (1 + np.exp(-(x @ weights + bias)))
    error = (p - y) * p * (1 - p)
    return x.T @ error / len(y) + penalty * weights, np.mean(error)


# %% wrong="01-gradient" misconception="sum"
def gradient_sum(weights, bias, x, y, penalty):
    error = 1 / (1 + np.exp(-(x @ weights + bias))) - y
    return x.T @ error + penalty * weights, np.sum(error)


# %% wrong="01-gradient" misconception="sum-weights"
def gradient_sum_weights(weights, bias, x, y, penalty):
    error = 1 / (1 + np.exp(-(x @ weights + bias))) - y
    return x.T @ error + penalty * weights, np.mean(error)


# %% wrong="01-gradient" misconception="no-sigmoid"
def gradient_no_sigmoid(weights, bias, x, y, penalty):
    error = x @ weights + bias - y
    return x.T @ error / len(y) + penalty * weights, np.mean(error)


# %% [markdown]
# ## Exercise 3: change the learning rate and predict
#
# *Change one thing and predict, 10 minutes, 2 points.* The simplest bowl is $J(w) = \frac{1}{2} a w^2$; $a > 0$ is its **curvature**, how steep its walls are. Its lowest point is $w = 0$, and one step of descent is $w \leftarrow w - \eta\, a\, w$.
#
# On paper, with $a = 4$ and a start at $w = 1$: take three steps with $\eta = 0.1$, with $\eta = 0.4$ and with $\eta = 0.6$. Each behaves in its own way. Now find the rule that tells the behaviour of *any* bowl and rate, without running the descent:
#
# - `"slides"`: gets nearer to 0 and stays on its side;
# - `"zigzags"`: jumps across 0 at each step and still gets nearer;
# - `"diverges"`: gets farther away.


# %% exercise="01-descent" points=2
def predict_descent(curvature, learning_rate):
    """Predict how gradient descent behaves on the bowl J(w) = curvature / 2 · w².

    Args:
        curvature: float, above 0.
        learning_rate: float, above 0; never exactly on a border between two behaviours.

    Returns:
        str, "slides", "zigzags" or "diverges".
    """
    ### BEGIN SOLUTION
    factor = 1 - learning_rate * curvature
    if factor > 0:
        return "slides"
    return "zigzags" if factor > -1 else "diverges"
    ### END SOLUTION


# %% [markdown] hint="01-descent"
# Write one step as $w \leftarrow (\ldots)\, w$. What is in the brackets?

# %% [markdown] hint="01-descent"
# Every step multiplies $w$ by the same number. When does multiplying change the sign? When does it make $w$ larger?

# %% [markdown] hint="01-descent"
# The number is $1 - \eta a$. Above 0 it keeps the sign; between −1 and 0 it flips the sign and shrinks $w$. And below −1?

# %% [markdown] why="01-descent"
# Each step multiplies $w$ by $1 - \eta a$, so only the *product* of rate and curvature counts: $\eta a < 1$ slides, $1 < \eta a < 2$ zigzags, $\eta a > 2$ diverges. That is why the lesson's unscaled
# features were hopeless: a bowl with one steep and one flat direction needs a rate below $2/a$ of the steep one, and with that rate the flat one hardly moves.


# %% wrong="01-descent" misconception="rate-alone"
def descent_rate_alone(curvature, learning_rate):
    if learning_rate < 1:
        return "slides"
    return "zigzags" if learning_rate < 2 else "diverges"


# %% wrong="01-descent" misconception="overshoot-diverges"
def descent_overshoot(curvature, learning_rate):
    return "slides" if learning_rate * curvature < 1 else "diverges"


# %% wrong="01-descent" misconception="no-zigzag"
def descent_no_zigzag(curvature, learning_rate):
    return "slides" if learning_rate * curvature < 2 else "diverges"


# %% [markdown]
# ## Exercise 4: a threshold that keeps its promise
#
# *Apply, 15 minutes, 3 points.* A screening programme promises to find at least a given share of the ill, the `sensitivity`. Patients are flagged when $p \ge$ threshold. Choose the threshold that keeps the promise on these patients
# and, among all that do, leaves the most healthy people in peace. Several thresholds may do equally well: any of them is right.


# %% exercise="01-screening" points=3
def screening_threshold(y, probabilities, sensitivity):
    """Choose the threshold with the highest specificity among those sensitive enough.

    Args:
        y: (n,) int64, 1 for ill, 0 for healthy; both occur.
        probabilities: (n,) float64 in (0, 1), the predicted probability of being ill.
        sensitivity: float in (0, 1], the share of the ill that must be flagged, at least.

    Returns:
        float, the threshold; a patient is flagged when the probability is at or above it.
    """
    ### BEGIN SOLUTION
    ill = np.sort(probabilities[y == 1])[::-1]
    must_find = int(np.ceil(sensitivity * len(ill) - 1e-9))
    return ill[must_find - 1]
    ### END SOLUTION


# %% [markdown] hint="01-screening"
# Whose probabilities decide whether the promise is kept? Look at those alone first.

# %% [markdown] hint="01-screening"
# A higher threshold flags fewer people, ill and healthy alike. So you want the highest threshold that still keeps the promise.

# %% [markdown] hint="01-screening"
# Sort the probabilities of the ill from high to low. If $k$ of them must be found, the $k$-th one is your threshold. How do you get $k$ from the share, if the share makes it 15.6 people?

# %% [markdown] why="01-screening"
# Sensitivity depends on the ill alone: of $m$ ill people at least $k = \lceil m \cdot \text{sensitivity} \rceil$ must be flagged, so the threshold may rise as far as the $k$-th highest probability among them, and no farther.
# Any higher and the promise is broken; any lower and more healthy people may be flagged for nothing. (The $10^{-9}$ keeps a product such as $0.28 \cdot 25$, which is a hair above 7 in floating point, from being rounded up to 8.)
# On new patients the promise holds only about as well as this sample represents them, so real programmes ask for a margin.


# %% wrong="01-screening" misconception="specificity"
def threshold_for_the_healthy(y, probabilities, sensitivity):
    return np.quantile(probabilities[y == 0], sensitivity)


# %% wrong="01-screening" misconception="half"
def threshold_half(y, probabilities, sensitivity):
    return 0.5


# %% wrong="01-screening" misconception="one-too-few"
def threshold_rounded_down(y, probabilities, sensitivity):
    ill = np.sort(probabilities[y == 1])[::-1]
    return ill[int(sensitivity * len(ill)) - 1]


# %% wrong="01-screening" misconception="hair-above"
def threshold_hair_above(y, probabilities, sensitivity):
    ill = np.sort(probabilities[y == 1])[::-1]
    return ill[int(np.ceil(sensitivity * len(ill) - 1e-9)) - 1] + 1e-6


# %% wrong="01-screening" misconception="too-low"
def threshold_finds_all(y, probabilities, sensitivity):
    return probabilities[y == 1].min()


# %% [markdown]
# ## Exercise 5: make XOR easy for one neuron
#
# *Open, 20 minutes, 3 points.* One neuron cannot learn XOR from its two inputs, as the lesson showed. Give it better inputs: at most four **features** that you compute from the two. The check draws four clouds at the corners of a rectangle, opposite corners of one class. The rectangle lies
# somewhere else each time, and need not be centred on zero. It fits one neuron to your features of half of the points, and wants 95 % of the other half right. Many answers are possible.


# %% exercise="01-features" points=3
def xor_features(x):
    """Compute features from which one neuron can tell the two classes of a moved XOR.

    Args:
        x: (n, 2) float64, the two inputs.

    Returns:
        (n, k) float64, k from 1 to 4, each row computed from its own point alone; n may be 1.
    """
    ### BEGIN SOLUTION
    return np.column_stack([x, x[:, 0] * x[:, 1]])
    ### END SOLUTION


# %% [markdown] hint="01-features"
# A neuron takes a weighted sum of its inputs by itself. Which function of the two inputs is *not* a weighted sum of them?

# %% [markdown] hint="01-features"
# Put the rectangle's centre at zero for a moment. For which corners do both inputs have the same sign? Which single operation tells you so?

# %% [markdown] hint="01-features"
# It is the product. Now move the centre to $c$ and multiply out $(x_1 - c_1)(x_2 - c_2)$: which three features does a neuron need to build this for *any* $c$?

# %% [markdown] why="01-features"
# Around its centre $c$, XOR is the sign of $(x_1 - c_1)(x_2 - c_2) = x_1 x_2 - c_2 x_1 - c_1 x_2 + c_1 c_2$. That is a weighted sum of $x_1 x_2$, $x_1$ and $x_2$ plus a bias, so one neuron on these three features can learn
# it wherever the rectangle lies. Before deep learning, finding such features was the craft of the expert. A hidden layer finds them itself: that is lesson 02.


# %% wrong="01-features" misconception="linear"
def features_linear(x):
    return np.column_stack([x, x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]])


# %% wrong="01-features" misconception="depends-on-others"
def features_around_the_mean(x):
    centred = x - x.mean(axis=0)
    return centred[:, :1] * centred[:, 1:]


# %% wrong="01-features" misconception="each-alone"
def features_squares(x):
    return np.column_stack([x, x**2])


# %% wrong="01-features" misconception="product-alone"
def features_product(x):
    return x[:, :1] * x[:, 1:]
