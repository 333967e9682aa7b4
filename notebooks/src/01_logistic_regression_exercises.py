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
    mean = x_train.mean(axis=0)
    deviation = x_train.std(axis=0)
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


# %% check="01-standardise"
tolerance = {"rtol": 1e-5, "atol": 1e-5}  # in float32 a mean far from 0 costs digits


def inputs(random):
    cases = []
    for num_new in (5, 8, 1, 3, 1, 6):
        num_rows, num_features = random.integers(6, 15), random.integers(2, 6)
        units = 10.0 ** random.permutation([-1, 0, 1, 2, 3])[:num_features]
        usual = random.uniform(-3, 3, size=num_features)
        x_train = (random.normal(size=(num_rows, num_features)) + usual) * units
        x_new = (2 * random.normal(size=(num_new, num_features)) + 8) * units  # lie elsewhere
        cases.append((x_train, x_new))
    return cases


# %% wrong="01-standardise"
def standardise_each_by_its_own(x_train, x_new):
    """The new rows are scaled with a mean or a deviation of their own. A single new patient has no deviation at all: which rows may the numbers come from?"""
    train, _ = standardise(x_train, x_new)
    _, new = standardise(x_new, x_new)
    return train, new


# %% wrong="01-standardise"
def standardise_new_rows_with_their_own_mean(x_train, x_new):
    """The new rows are scaled with a mean or a deviation of their own. A single new patient has no deviation at all: which rows may the numbers come from?"""
    train, _ = standardise(x_train, x_new)
    return train, (x_new - x_new.mean(axis=0)) / x_train.std(axis=0)


# %% wrong="01-standardise"
def standardise_new_rows_with_their_own_deviation(x_train, x_new):
    """The new rows are scaled with a mean or a deviation of their own. A single new patient has no deviation at all: which rows may the numbers come from?"""
    train, _ = standardise(x_train, x_new)
    return train, (x_new - x_train.mean(axis=0)) / x_new.std(axis=0)


# %% wrong="01-standardise"
def standardise_together(x_train, x_new):
    """The training rows change when the new rows change: the new rows have leaked into the mean and deviation."""
    everything = np.concatenate([x_train, x_new])
    _, train = standardise(everything, x_train)
    _, new = standardise(everything, x_new)
    return train, new


# %% wrong="01-standardise"
def standardise_training_rows_overwritten(x_train, x_new):
    """`x_new` comes back as it was. If you do scale it: had `x_train` already been overwritten when you took its mean and deviation?"""
    x_train = (x_train - x_train.mean(axis=0)) / x_train.std(axis=0)
    return x_train, (x_new - x_train.mean(axis=0)) / x_train.std(axis=0)


# %% wrong="01-standardise"
def standardise_each_patient(x_train, x_new):
    """You take one mean for each patient, not one for each feature: look at the axis."""
    train, _ = standardise(x_train.T, x_train.T)
    _, new = standardise(x_new.T, x_new.T)
    return train.T, new.T


# %% wrong="01-standardise"
{
    "(x_new - mean) / deviation → x_new / deviation": "The new rows are divided, but no mean is taken off. If you do subtract one: had `x_train` already been centred when you took it?",
    "(x_new - mean) / deviation → x_new - mean": "The new rows are centred, but not divided. If you do divide: had `x_train` already been scaled when you took its deviation?",
    "(x_train - mean) / deviation, (x_new - mean) / deviation → x_train - mean / deviation, x_new - mean / deviation": "Division comes before subtraction: is the difference in brackets?",
    "(x_train - mean) / deviation, (x_new - mean) / deviation → x_train - mean, x_new - mean": "The mean is gone, but nothing is divided yet.",
    "(x_train - mean) / deviation, (x_new - mean) / deviation → (x_new - mean) / deviation, (x_train - mean) / deviation": "The two tables come back in the wrong order: which one does the docstring name first?",
    "mean = x_train.mean(axis=0)\n    deviation = x_train.std(axis=0) → mean = x_new.mean(axis=0)\n    deviation = x_new.std(axis=0)": "The training rows change when the new rows change: the new rows have leaked into the mean and deviation.",
    "mean = x_train.mean(axis=0)\n    deviation = x_train.std(axis=0) → mean = x_train.mean()\n    deviation = x_train.std()": "All features share one mean and one deviation, so those in large units still drown the others. Look at the axis over which you average.",
    "x_train.std(axis=0) → x_train.std()": "The means are right, but all features share one deviation, so those in large units still drown the others. Look at the axis.",
    "x_train.mean(axis=0) → x_train.mean()": "Each feature has its own deviation, but all share one mean. Look at the axis.",
    "x_train.std( → x_train.var(": "You divide by the variance; its root is the deviation.",
    "std(axis=0) → std(axis=0, ddof=1)": "You divide by n − 1 inside the deviation, as pandas does. scikit-learn and NumPy's `std` divide by n; use the plain one.",
}


# %% [markdown]
# ## Exercise 2: the gradient, penalty included
#
# *Fill in, 15 minutes, 3 points.* In the lesson the penalty was added inside the descent. Write the whole gradient of
#
# $$J(w, b) = \frac{1}{n} \sum_i \bigl[-y_i \ln p_i - (1 - y_i) \ln (1 - p_i)\bigr] + \frac{\lambda}{2} \lVert w \rVert^2, \qquad p_i = \sigma(w \cdot x_i + b)$$
#
# Nothing of the lesson is defined in this notebook; you may copy its `sigmoid`.


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
    along_weights = x.T @ error / len(y) + penalty * weights
    return along_weights, np.mean(error)
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


# %% check="01-gradient"
def inputs(random):
    cases = []
    for num_examples, num_features in ((6, 3), (9, 4), (1, 5), (12, 2), (7, 1), (5, 6)):
        weights = random.normal(size=num_features) + 0.5
        bias = random.choice([-1, 1]) * random.uniform(0.5, 1.5)
        x = random.normal(size=(num_examples, num_features))
        y = random.integers(0, 2, size=num_examples)
        cases.append((weights, bias, x, y, random.uniform(0.2, 0.9)))
    return cases


# %% wrong="01-gradient"
def gradient_of_a_squared_error(weights, bias, x, y, penalty):
    """The slope of the sigmoid, p (1 − p), is still in. With cross-entropy it cancels; you have differentiated a squared error."""
    p = 1 / (1 + np.exp(-(x @ weights + bias)))
    error = 2 * (p - y) * p * (1 - p)
    return x.T @ error / len(y) + penalty * weights, np.mean(error)


# %% wrong="01-gradient"
{
    "p - y → y - p": "The part that comes from the data has the wrong sign: is the error p − y or y − p?",
    "return along_weights, np.mean(error) → return -along_weights, -np.mean(error)": "Everything has the opposite sign: this points downhill, the gradient uphill.",
    "return along_weights, np.mean(error) → return np.mean(error), along_weights": "The two come back in the wrong order: which one does the docstring name first?",
    "np.mean(error) → np.mean(error) + penalty * bias": "The weights are right, but the bias pays the penalty too. It only sets the level and goes free.",
    "+ penalty * weights → + 2 * penalty * weights": "The penalty counts twice. What is the derivative of λ/2 · w²?",
    "+ penalty * weights → + penalty / 2 * weights": "The penalty counts half. What is the derivative of λ/2 · w²?",
    "+ penalty * weights → + penalty * weights / len(y)": "The penalty is divided by n. Only the data's part of the cost is a mean.",
    "+ penalty * weights → - penalty * weights": "The penalty has the wrong sign: it is part of the cost, and adds to the slope.",
    " + penalty * weights → ": "This is the gradient without its penalty: which term of the cost is missing?",
    "penalty * weights → penalty / 2 * np.sum(weights**2)": "You add the penalty itself; asked is its slope along each weight.",
    "penalty * weights → penalty * np.sum(weights**2)": "Every weight gets the same penalty, λ‖w‖²; asked is the penalty's slope along each weight.",
    "penalty * weights → penalty * np.linalg.norm(weights)": "Every weight gets the same penalty, λ‖w‖; asked is the penalty's slope along each weight.",
    "penalty * weights → penalty * weights / np.linalg.norm(weights)": "That is the slope of λ‖w‖. What is done to the length in this cost?",
    "penalty * weights → penalty * np.sign(weights)": "That is the slope of λ|w|. What is done to each weight in this cost?",
    "error = p - y → error = (p - y) * p * (1 - p)": "The slope of the sigmoid, p (1 − p), is still in. With cross-entropy it cancels; you have differentiated a squared error.",
    "x.T @ error / len(y) + penalty * weights\n    return along_weights, np.mean(error) → x.T @ error + penalty * weights\n    return along_weights, np.sum(error)": "The examples are summed, but the cost is their mean.",
    " / len(y) → ": "`x.T @ error` is a sum over the examples, and the cost is their mean: what does that make of the slopes along the weights?",
    "np.mean(error) → np.sum(error)": "The weights are right. Along the bias the examples are summed, but the cost is their mean.",
    "/ len(y) → / x.size": "Along the weights you divide by all n·d entries of `x`: how many examples is the cost a mean of?",
    "x.T @ error / len(y) → np.mean(x.T @ error)": "The data give every weight the same slope: over which axis is the mean taken?",
    "x.T @ error / len(y) → np.mean(x * error[:, np.newaxis])": "The data give every weight the same slope: over which axis is the mean taken?",
    "1 / (1 + np.exp(-(x @ weights + bias))) → x @ weights + bias": "Is the score turned into a probability?",
    "(x @ weights + bias) → (x @ weights)": "Where is the bias in the score?",
    "np.exp(-(x → np.exp((x": "Your probability falls when the score rises: look at the sign inside `exp`.",
}


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
    if factor > -1:
        return "zigzags"
    return "diverges"
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


# %% check="01-descent"
def inputs(random):
    bowls = []
    for low, high in ((0.05, 0.1), (0.3, 0.6), (2, 4), (10, 50)) * 2:  # from flat to steep
        for nearest, farthest in ((0.1, 0.9), (1.1, 1.9), (2.1, 4)):  # a rate in each region
            curvature = random.uniform(low, high)
            bowls.append((curvature, random.uniform(nearest, farthest) / curvature))
    return bowls


def judge(got, curvature, learning_rate):
    behaviours = ("slides", "zigzags", "diverges")
    word = str(got)  # of NumPy's texts, too
    assert word in behaviours, f'Expected one of "slides", "zigzags" and "diverges"; got {got!r}.'
    expected = predict_descent(curvature, learning_rate)
    assert {word, expected} != {"slides", "zigzags"}, (
        "Take one step from w = 1: is w still on its own side of 0?"
    )
    assert word == expected, "Take one step from w = 1: is w nearer to 0 now, or farther away?"


# %% wrong="01-descent"
def descent_by_the_rate_alone(curvature, learning_rate):
    """A rate is not large or small by itself: the same rate may crawl in a flat bowl and explode in a steep one. Follow one step on paper."""
    if learning_rate < 1:
        return "slides"
    if learning_rate < 2:
        return "zigzags"
    return "diverges"


# %% wrong="01-descent"
def descent_by_the_rate_alone_in_two(curvature, learning_rate):
    """A rate is not large or small by itself: the same rate may crawl in a flat bowl and explode in a steep one. Follow one step on paper."""
    if learning_rate < 1:
        return "slides"
    return "diverges"


# %% wrong="01-descent"
def descent_never_zigzags(curvature, learning_rate):
    """Take one step from w = 1: is w still on its own side of 0?"""
    if learning_rate * curvature < 2:
        return "slides"
    return "diverges"


# %% wrong="01-descent"
def descent_never_slides(curvature, learning_rate):
    """Take one step from w = 1: does w change its sign?"""
    if learning_rate * curvature < 2:
        return "zigzags"
    return "diverges"


# %% wrong="01-descent"
{
    "factor > -1 → factor > 0": "Stepping over the lowest point is not yet divergence: what matters is whether the next point is nearer to it or farther away.",
    "factor > 0 → factor < 0": "Take one step from w = 1: is w still on its own side of 0?",
    "learning_rate * curvature → learning_rate * curvature / 2": "You take the step half as long as it is: what is the slope of a/2 · w²?",
    "learning_rate * curvature → 2 * learning_rate * curvature": "You take the step twice as long as it is: what is the slope of a/2 · w²?",
    'return "diverges" → return "zigzags"': "With a large rate, take two steps from w = 1: is w nearer to 0 after them, or farther away?",
}


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


# %% check="01-screening"
from course_utils.checks.judging import agrees


def inputs(random):
    cases = []
    for num_ill, sensitivity in (
        (20, 0.81),
        (25, 0.9),
        (20, 0.88),
        (24, 0.75),
        (18, 0.5),
        (22, 1.0),
    ):
        y = np.repeat([1, 0], [num_ill, random.integers(30, 60)])
        y = random.permutation(y)
        scores = 1.5 * y - 0.5 + random.normal(size=len(y))  # the two groups overlap
        cases.append((y, np.round(1 / (1 + np.exp(-scores)), 3), sensitivity))
    return cases


def rates(y, probabilities, threshold):
    """Return which share of the ill is found, and which of the healthy is left in peace."""
    flagged = probabilities >= threshold
    return np.mean(flagged[y == 1]), np.mean(~flagged[y == 0])


def judge(got, y, probabilities, sensitivity):
    if got is None or np.shape(got) != () or not np.isfinite(np.asarray(got, dtype=float)):
        agrees(got, 0.5)
    threshold = float(got)
    highest = screening_threshold(y, probabilities, sensitivity)
    found, cleared = rates(y, probabilities, threshold)
    _, best = rates(y, probabilities, highest)
    if found >= sensitivity and cleared >= best:
        return
    if threshold == float(np.float32(threshold)) and threshold == np.float32(highest):
        return  # rounding to float32 alone has moved it above the patient's own probability
    seen = f"Your threshold finds {found:.0%} of the ill and clears {cleared:.0%} of the healthy. "
    for_the_healthy = np.quantile(probabilities[y == 0], sensitivity)
    assert not np.isclose(threshold, for_the_healthy), (
        f"{seen}You promised the share to the healthy; it is the ill who must be found."
    )
    of_all = np.sort(probabilities)[::-1][int(np.ceil(sensitivity * len(y))) - 1]
    by_quantile = np.quantile(probabilities, 1 - sensitivity)
    assert sensitivity == 1 or not np.isclose(threshold, [of_all, by_quantile]).any(), (
        f"{seen}Whose probabilities decide whether the promise is kept?"
    )
    assert sensitivity == 1 or not np.isclose(threshold, [sensitivity, 1 - sensitivity]).any(), (
        f"{seen}The sensitivity is a share of people, not a probability of being ill."
    )
    assert not np.isclose(threshold, 0.5), (
        f"{seen}One half knows nothing of the share of the ill that must be found."
    )
    assert not np.isclose(threshold, np.quantile(probabilities[y == 1], 1 - sensitivity)), (
        f"{seen}A quantile may lie between two patients: is everyone flagged who must be?"
    )
    assert found < sensitivity, f"{seen}Enough are found, but a higher threshold would clear more."
    hair_below, _ = rates(y, probabilities, threshold - 1e-4)
    assert hair_below < sensitivity, (
        f"{seen}It lies a hair above the probability of a patient who must be flagged: flagged is p >= threshold."
    )
    num_ill = np.sum(y)
    assert found + 1.001 / num_ill < sensitivity, (
        f"{seen}The promise is kept from {sensitivity * num_ill:g} of the {num_ill} ill on: how many people is that?"
    )
    raise AssertionError(f"{seen}That is fewer of the ill than the share asked for.")


# %% wrong="01-screening"
def threshold_for_the_healthy(y, probabilities, sensitivity):
    """You promised the share to the healthy; it is the ill who must be found."""
    return np.quantile(probabilities[y == 0], sensitivity)


# %% wrong="01-screening"
def threshold_of_all_patients(y, probabilities, sensitivity):
    """Whose probabilities decide whether the promise is kept?"""
    return np.quantile(probabilities, 1 - sensitivity)


# %% wrong="01-screening"
def threshold_by_a_quantile_of_the_ill(y, probabilities, sensitivity):
    """A quantile may lie between two patients: is everyone flagged who must be?"""
    return np.quantile(probabilities[y == 1], 1 - sensitivity)


# %% wrong="01-screening"
{
    "y == 1 → y == y": "Whose probabilities decide whether the promise is kept?",
    "y == 1 → y == 0": "You look at the healthy alone. Whose probabilities decide whether the promise is kept?",
    "[::-1] → ": "Your k-th person is counted from the least probable one on. Who is flagged first when the threshold comes down from 1?",
    "np.ceil(sensitivity * len(ill) - 1e-9) → sensitivity * len(ill)": "how many people is that?",
    "ill[must_find - 1] → ill[must_find - 1] + 1e-6": "It lies a hair above the probability of a patient who must be flagged: flagged is p >= threshold.",
    "ill[must_find - 1] → min(ill)": "Enough are found, but a higher threshold would clear more.",
    "ill[must_find - 1] → max(ill)": "That is fewer of the ill than the share asked for.",
    "ill[must_find - 1] → 0.5": "One half knows nothing of the share of the ill that must be found.",
    "ill[must_find - 1] → 1 - sensitivity": "The sensitivity is a share of people, not a probability of being ill.",
    "ill[must_find - 1] → sensitivity": "The sensitivity is a share of people, not a probability of being ill.",
    "ill[must_find - 1] → must_find": "You return a number of people; asked is the probability from which on they are flagged.",
}


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


# %% check="01-features"
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

rowwise = True


def inputs(random):
    few = random.normal(size=(30, 2))
    few[0] = 20  # far away: features that look at other points betray themselves
    cases = [(few,), (random.uniform(1, 2, size=(1, 2)),)]
    for _ in range(3):  # four clouds, opposite ones of one class, moved and stretched
        corner = random.integers(0, 2, size=(400, 2))
        points = corner - 0.5 + random.uniform(-0.3, 0.3, size=(400, 2))
        side = random.uniform(1, 2, size=2)
        centre = random.uniform(1, 2, size=2) * random.choice([-1, 1], size=2)
        cases.append((points * side + centre,))
    return cases


def is_upper(column):
    """Split one coordinate at its widest gap."""
    ordered = np.sort(column)
    widest = np.argmax(np.diff(ordered))
    return column > (ordered[widest] + ordered[widest + 1]) / 2


def are_sums(features, *columns):
    """Tell whether every feature is a weighted sum of the columns and a constant."""
    columns = np.column_stack([*columns, np.ones(len(features))])
    weights = np.linalg.lstsq(columns, features, rcond=None)[0]
    return np.allclose(columns @ weights, features, atol=1e-6)


def judge(got, x):
    assert got is not None, "The function returns None. Is a `return` missing, or never reached?"
    features = np.asarray(got, dtype=float)
    n = len(x)
    assert features.ndim == 2 and len(features) == n and 1 <= features.shape[1] <= 4, (
        f"Expected shape ({n}, k) with k from 1 to 4, got {features.shape}."
    )
    assert n > 1 or np.isfinite(features).all(), (
        "For a single point the features are NaN: they depend on which other points come with it. "
        "A feature is computed from its own point alone."
    )
    assert np.isfinite(features).all() and np.abs(features).max() < 1e100, (
        "The features contain NaN, infinity or numbers beyond 1e100."
    )
    if n < 400:
        return
    labels = is_upper(x[:, 0]) != is_upper(x[:, 1])
    half = n // 2
    scaler = StandardScaler().fit(features[:half])
    neuron = LogisticRegression(C=100, max_iter=2000)
    neuron.fit(scaler.transform(features[:half]), labels[:half])
    accuracy = neuron.score(scaler.transform(features[half:]), labels[half:])
    if accuracy >= 0.95:
        return
    found = f"One neuron on your features gets {accuracy:.0%} of new points right. "
    assert not are_sums(features, x), (
        f"{found}On these points your features are weighted sums of the inputs, or constant, and those the neuron makes by itself. "
        "(A bend or a sign at 0 does nothing where no cloud reaches it.)"
    )
    assert not are_sums(features, x, x**2), (
        f"{found}Each of your features looks at one input only. XOR asks how the two inputs go together."
    )
    assert not are_sums(features, x[:, 0] * x[:, 1]), (
        f"{found}The product is the right idea, but the clouds need not lie around zero: what must the neuron have beside it to move the centre?"
    )
    raise AssertionError(f"{found}Aim at 95 %, wherever the rectangle of clouds lies.")


# %% wrong="01-features"
def features_linear(x):
    """On these points your features are weighted sums of the inputs, or constant, and those the neuron makes by itself. (A bend or a sign at 0 does nothing where no cloud reaches it.)"""
    return np.column_stack([x, x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]])


# %% wrong="01-features"
def features_product_around_the_mean(x):
    """A row of your answer changes when other rows of `x` do: each is to be computed from its own row alone."""
    centred = x - x.mean(axis=0)
    return centred[:, :1] * centred[:, 1:]


# %% wrong="01-features"
def features_signs_around_the_middle(x):
    """A row of your answer changes when other rows of `x` do: each is to be computed from its own row alone."""
    middle = (x.min(axis=0) + x.max(axis=0)) / 2
    return np.prod(np.sign(x - middle), axis=1, keepdims=True)


# %% wrong="01-features"
def features_standardised(x):
    """For a single point the features are NaN: they depend on which other points come with it. A feature is computed from its own point alone."""
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    return scaled[:, :1] * scaled[:, 1:]


# %% wrong="01-features"
def features_squares(x):
    """Each of your features looks at one input only. XOR asks how the two inputs go together."""
    return np.column_stack([x, x**2])


# %% wrong="01-features"
def features_product_alone(x):
    """The product is the right idea, but the clouds need not lie around zero: what must the neuron have beside it to move the centre?"""
    return x[:, :1] * x[:, 1:]


# %% wrong="01-features"
def features_of_a_wave(x):
    """Aim at 95 %, wherever the rectangle of clouds lies."""
    return np.sin(9 * x[:, :1])
