# %% [markdown]
# # 00 Start here: exercises
#
# Five exercises on [lesson 00](../00_start_here.ipynb), 60 minutes in all. In each cell replace the line `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it. It says what looks wrong, and tries fresh numbers each time.
#
# Stuck? Each time you run the `hint` cell it goes one step further; `solution("00-alarm")` shows an answer and why it is right. No exercise needs another one. An open one stops *Run All*: then run the cells that you need one by one, the first code cell first.

# %%
import matplotlib.pyplot as plt
import numpy as np

from course_utils import plots
from course_utils.checks import check, hint, solution
from course_utils.data import load_digits_8x8

plots.use_style()

# %% [markdown]
# ## Exercise 1: an error that is computed right
#
# *Fill in, 8 minutes, 2 points.* A network returns its predictions as a column. Return their mean squared error, where $n$ is the number of examples:
#
# $$\frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2$$


# %% exercise="00-squared-error" points=2
def squared_error(predictions, labels):
    """Return the mean squared error.

    Args:
        predictions: (n, 1) float64, one prediction a row.
        labels: (n,) float64, what should have been predicted.

    Returns:
        float, at least 0.
    """
    ### BEGIN SOLUTION
    return np.mean((predictions[:, 0] - labels) ** 2)
    ### END SOLUTION


# %% [markdown] hint="00-squared-error"
# Write down the two shapes, one above the other, aligned on the right. What does broadcasting make of them?

# %% [markdown] hint="00-squared-error"
# Print `(predictions - labels).shape`. You want $n$ differences. How many are there?

# %% [markdown] hint="00-squared-error"
# `predictions[:, 0]` is the column as a plain vector of shape `(n,)`. Then subtract, square, take the mean, in this order.

# %% [markdown] why="00-squared-error"
# With shapes `(n,)` and `(n,)` NumPy subtracts entry by entry. `(n, 1)` minus `(n,)` would give all $n^2$ differences, and their mean is a plausible number, so nothing warns you.
# `labels[:, np.newaxis]`, which makes a column of the labels as well, does equally well. Squaring comes before the mean, or errors of opposite sign would cancel.


# %% check="00-squared-error"
def inputs(random):
    sizes = random.integers(3, 12, size=12)
    return [(random.normal(size=(n, 1)), random.normal(size=n)) for n in sizes]


# %% wrong="00-squared-error"
def squared_error_of_all_pairs(predictions, labels):
    """You compare each prediction with every label: print the shape of the difference."""
    return np.mean((predictions - labels) ** 2)


# %% wrong="00-squared-error"
def squared_error_of_all_pairs_over_n(predictions, labels):
    """You compare each prediction with every label: print the shape of the difference."""
    return np.sum((predictions - labels) ** 2) / len(labels)


# %% wrong="00-squared-error"
def squared_error_over_n_minus_1(predictions, labels):
    """Divide by the number of examples, n, not by n − 1."""
    return np.sum((predictions[:, 0] - labels) ** 2) / (len(labels) - 1)


# %% wrong="00-squared-error"
def squared_error_one_entry(predictions, labels):
    """The number is right, but it sits in a list or an array: return the number itself.
    (`predictions[i]` is such an array, of one entry.)
    """
    total = 0
    for prediction, label in zip(predictions, labels, strict=True):
        total += (prediction - label) ** 2
    return total / len(labels)


# %% wrong="00-squared-error"
def squared_error_one_entry_twice(predictions, labels):
    """The number is right, but it sits in a list or an array: return the number itself.
    (`predictions[i]` is such an array, of one entry.)
    """
    return np.array([[np.mean((predictions[:, 0] - labels) ** 2)]])


# %% wrong="00-squared-error"
{
    "np.mean( → np.sum(": "That is the sum; asked is the mean.",
    "np.mean((predictions[:, 0] - labels) ** 2) → np.sqrt(np.mean((predictions[:, 0] - labels) ** 2))": "That is the root of the mean squared error.",
    "((predictions[:, 0] - labels) ** 2) → (predictions[:, 0] - labels)": "Errors of opposite sign cancel: what is done to each error before the mean?",
    "(predictions[:, 0] - labels) ** 2 → np.abs(predictions[:, 0] - labels)": "That is the mean absolute error; this one squares.",
    "** 2 → ** 2 / 2": "There is no factor one half in this formula.",
    "- labels) ** 2) → - labels)) ** 2": "You square the mean; asked is the mean of the squares.",
    "predictions[:, 0] → predictions[0]": "You compare the first prediction with every label: `predictions[0]` is a row, and you want the column.",
    "np.mean((predictions[:, 0] - labels) ** 2) → (predictions[:, 0] - labels) ** 2": "Those are the squared errors, one an example: one number is left to compute.",
}


# %% [markdown]
# ## Exercise 2: what an alarm is worth
#
# *Predict, then fill in, 12 minutes, 2 points.* A camera inspects parts. A share `prior` of them is faulty; of the faulty ones it raises an alarm at the share `hit_rate`, of the good ones at the share `false_alarm_rate`. It looks at the same part `num_alarms` times, each time independently, and raises an alarm *every* time. How probable is a fault?
#
# **Predict** first, and note it down: 1 % of the parts are faulty, the hit rate is 0.9, the false alarm rate 0.05. How probable is a fault after one alarm? And after three? When the check says right, call your function with these numbers.


# %% exercise="00-alarm" points=2
def probability_of_fault(prior, hit_rate, false_alarm_rate, num_alarms):
    """Return how probable a fault is after some alarms in a row.

    Args:
        prior: float in (0, 1), the share of faulty parts.
        hit_rate: float in (0, 1), P(alarm | faulty).
        false_alarm_rate: float in (0, 1), P(alarm | good).
        num_alarms: int, at least 1; the camera looked so many times, and all gave an alarm.

    Returns:
        float in (0, 1), P(faulty | all these alarms).
    """
    ### BEGIN SOLUTION
    faulty = prior * hit_rate**num_alarms
    good = (1 - prior) * false_alarm_rate**num_alarms
    return faulty / (faulty + good)
    ### END SOLUTION


# %% [markdown] hint="00-alarm"
# Take one alarm and imagine 10,000 parts. How many are faulty, and how many of those raise an alarm? How many good ones do?

# %% [markdown] hint="00-alarm"
# Of all parts with an alarm, which share is faulty? That is Bayes's rule, $P(F \mid A) = P(A \mid F)\,P(F) / P(A)$. The alarms in $P(A)$ come from faulty *and* from good parts.

# %% [markdown] hint="00-alarm"
# Independent looks multiply: a faulty part gives $m$ alarms in a row with probability `hit_rate**m`. The same holds for a good part, with its own rate.

# %% [markdown] why="00-alarm"
# Two kinds of part end with these alarms: faulty ones, a share `prior * hit_rate**num_alarms` of all parts, and good ones, `(1 - prior) * false_alarm_rate**num_alarms`. The answer is the first among both.
# For the numbers above that is 15 % after one alarm: good parts are so many that their few false alarms outnumber the hits. After two it is 77 %, after three 98 %. But "independently" is essential: a camera that takes the same shadow for a crack every time adds nothing by looking again.


# %% check="00-alarm"
def inputs(random):
    cases = []
    for num_alarms in [1, 2, 3, 4, 5] * 3:
        prior, hit_rate = random.uniform(0.005, 0.05), random.uniform(0.7, 0.95)
        cases.append((prior, hit_rate, random.uniform(0.03, 0.15), num_alarms))
    return cases


# %% wrong="00-alarm"
def fault_hit_rate(prior, hit_rate, false_alarm_rate, num_alarms):
    """That is how probable an alarm is if the part is faulty. Asked is the other way round: how probable a fault is if there is an alarm. Most parts are not faulty."""
    return hit_rate


# %% wrong="00-alarm"
def fault_hit_rate_each_time(prior, hit_rate, false_alarm_rate, num_alarms):
    """That is how probable an alarm is if the part is faulty. Asked is the other way round: how probable a fault is if there is an alarm. Most parts are not faulty."""
    return hit_rate**num_alarms


# %% wrong="00-alarm"
def fault_one_alarm(prior, hit_rate, false_alarm_rate, num_alarms):
    """The camera has raised more than one alarm: how do independent looks combine?"""
    return prior * hit_rate / (prior * hit_rate + (1 - prior) * false_alarm_rate)


# %% wrong="00-alarm"
def fault_at_least_one(prior, hit_rate, false_alarm_rate, num_alarms):
    """You count the parts with at least one alarm; this one had an alarm at every look."""
    faulty = prior * (1 - (1 - hit_rate) ** num_alarms)
    good = (1 - prior) * (1 - (1 - false_alarm_rate) ** num_alarms)
    return faulty / (faulty + good)


# %% wrong="00-alarm"
def fault_not_a_false_alarm(prior, hit_rate, false_alarm_rate, num_alarms):
    """A camera that is rarely wrong about good parts is still often wrong when it raises an alarm."""
    return 1 - false_alarm_rate


# %% wrong="00-alarm"
def fault_posterior_power(prior, hit_rate, false_alarm_rate, num_alarms):
    """You take the probability after one alarm for every look. But that alarm has made a fault more probable, and the next look starts from there."""
    return probability_of_fault(prior, hit_rate, false_alarm_rate, 1) ** num_alarms


# %% wrong="00-alarm"
def fault_posterior_at_least_once(prior, hit_rate, false_alarm_rate, num_alarms):
    """You take the probability after one alarm for every look. But that alarm has made a fault more probable, and the next look starts from there."""
    after_one = probability_of_fault(prior, hit_rate, false_alarm_rate, 1)
    return 1 - (1 - after_one) ** num_alarms


# %% wrong="00-alarm"
def fault_prior_each_time(prior, hit_rate, false_alarm_rate, num_alarms):
    """A part is faulty or not, once: only the looks repeat. How often does the prior count?"""
    faulty = (prior * hit_rate) ** num_alarms
    return faulty / (faulty + ((1 - prior) * false_alarm_rate) ** num_alarms)


# %% wrong="00-alarm"
def fault_without_priors(prior, hit_rate, false_alarm_rate, num_alarms):
    """This treats faulty and good parts as equally frequent. How many good parts are there for each faulty one?"""
    return hit_rate**num_alarms / (hit_rate**num_alarms + false_alarm_rate**num_alarms)


# %% wrong="00-alarm"
{
    "return faulty / (faulty + good) → return faulty": "That is the probability that a part is faulty and sets off the alarms, among all parts. Asked is the share among those with alarms.",
    "return faulty / (faulty + good) → return faulty + good": "That is how often such alarms happen at all: the denominator of Bayes's rule.",
    "(faulty + good) → good": "That is faulty ÷ good, the odds. A probability is faulty ÷ all with these alarms.",
    "return faulty → return 100 * faulty": "Return a probability between 0 and 1, not per cent.",
    "false_alarm_rate**num_alarms → false_alarm_rate": "A good part, too, must raise an alarm at every look: how probable is that?",
    "hit_rate**num_alarms → hit_rate": "A faulty part, too, must raise an alarm at every look: how probable is that?",
    "(1 - prior) *  → ": "You count false alarms for all parts, but only good ones give them: what share is good?",
}


# %% [markdown]
# ## Exercise 3: the gradient of anything
#
# *Fill in, 12 minutes, 3 points.* Write a function that checks any gradient; lesson 02 uses one like it. It returns the slopes of any `f` at `x`, by finite differences to both sides, one variable at a time.
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h\,e_i) - f(x - h\,e_i)}{2h}$$
#
# Here $e_i$ is 1 at place $i$ and 0 elsewhere. You choose $h$; the slopes are to be right to seven decimals. On the lesson's $f(a, b) = a^2 b$, `numerical_gradient(lambda x: x[0] ** 2 * x[1], np.array([3.0, 5.0]))` should give about (30, 9).


# %% exercise="00-gradient" points=3
def numerical_gradient(f, x):
    """Return the slopes of f at x along each variable.

    Args:
        f: takes (k,) float64, returns a float.
        x: (k,) float64.

    Returns:
        (k,) float64, the gradient.
    """
    ### BEGIN SOLUTION
    h = 1e-5
    nudges = h * np.eye(len(x))
    return np.array([(f(x + nudge) - f(x - nudge)) / (2 * h) for nudge in nudges])
    ### END SOLUTION


# %% [markdown] hint="00-gradient"
# How many values has the answer? Each of them needs two evaluations of `f`, so you need a loop over the variables.

# %% [markdown] hint="00-gradient"
# The rows of `np.eye(len(x))` are the vectors $e_i$. What are `x + h * row` and `x - h * row`?

# %% [markdown] hint="00-gradient"
# For the step look at the lesson's figure, on the curve "to both sides": where is its lowest point? And the two places at which you evaluate `f` are $2h$ apart.

# %% [markdown] why="00-gradient"
# Each row of `h * np.eye(len(x))` moves one variable and holds the others, which is what *partial* means; and since it makes a new array each time, `x` itself stays as it was. (With `x[i] += h` you must undo the nudge before the next.)
# To both sides the error of the formula shrinks with $h^2$, so that $h = 10^{-5}$ is small enough and still far from where rounding takes over. The price is $2k$ evaluations: fine for a check, hopeless for the millions of weights of a network. For those there is autodiff.


# %% check="00-gradient"
from course_utils.checks.judging import agrees

tolerance = {"rtol": 0, "atol": 1e-9}  # a step to one side is off by no more than its length


class Hills:
    """A smooth function of k variables, x·A·x / 2 + c·sin(x), whose slopes are known."""

    def __init__(self, matrix, waves):
        self.matrix = matrix
        self.waves = waves

    def __call__(self, x):
        x = np.asarray(x, dtype=float)
        if x.shape != self.waves.shape:
            raise ValueError(f"f takes an array of shape {self.waves.shape}, got {x.shape}")
        return float(x @ self.matrix @ x / 2 + self.waves @ np.sin(x))

    def slopes(self, x):
        return self.matrix @ x + self.waves * np.cos(x)

    def curvatures(self, x):
        return np.diag(self.matrix) - self.waves * np.sin(x)

    def __repr__(self):
        return "f"


def inputs(random):
    cases = []
    for k in (3, 5, 4):
        above_diagonal = np.triu(random.uniform(1, 3, size=(k, k)), 1)
        matrix = np.diag(random.uniform(3, 8, size=k)) + above_diagonal + above_diagonal.T
        x = random.uniform(0.2, 1.2, size=k)  # far from π/2, where the sine's third slope vanishes
        cases.append((Hills(matrix, random.uniform(0.5, 2, size=k)), x))
    return cases


def judge(got, f, x):
    right = f.slopes(x)
    assert np.shape(got) != () or got is None, (
        "You nudge all variables at once. A partial derivative nudges one and holds the others."
    )
    agrees(np.zeros(np.shape(got)) if got is not None else None, np.zeros(len(x)))  # the shape
    numbers = np.asarray(got, dtype=float)
    if np.abs(numbers - right).max() <= 1e-7 and np.asarray(got).dtype != np.float32:
        return  # "to seven decimals": a step to one side gets there only by luck
    assert np.any(numbers), (
        "All slopes come out 0: the two places where you evaluate f are the same. "
        "`b = a` makes no copy of an array, and a step far below 1e-15 vanishes in rounding."
    )
    assert not np.allclose(numbers, right.sum(), rtol=1e-4), (
        "You nudge all variables at once. A partial derivative nudges one and holds the others."
    )
    assert not np.allclose(numbers, 2 * right, rtol=1e-4), (
        "All slopes are twice too steep: how far apart are x + h and x − h?"
    )
    assert not np.allclose(numbers, -right, rtol=1e-4), (
        "The sign is wrong: subtract the value on the left from the one on the right."
    )
    assert np.abs(numbers).max() > 1e-2 * np.abs(right).max(), (
        "The numbers are far too small: a slope is a rise divided by the length of the step."
    )
    assert not np.array_equal(numbers, np.round(numbers)), (
        "The decimals are missing: is an array of type int, or do you round?"
    )
    assert not any(
        np.allclose(numbers, np.round(right, n), rtol=0, atol=1e-9) for n in range(1, 7)
    ), "You round the slopes: return them with all their decimals."
    by_float32 = f.slopes(x.astype("float32").astype(float))
    is_float32 = np.asarray(got).dtype == np.float32
    assert not (is_float32 or np.allclose(numbers, by_float32, rtol=0, atol=5e-9)), (
        "float32 keeps about 7 digits, too few here: compute in float64."
    )
    error = numbers - right
    step = error / f.curvatures(x)  # where a step goes to one side, the error is half of it
    assert np.ptp(step) > 0.1 * np.abs(step.mean()), (
        "Nearly, but the error grows with the step, as it does when you step to one side only. "
        "Asked is the one to both sides."
    )
    moved = error[1:] / np.tril(f.matrix, -1).sum(axis=1)[1:]  # by how much the earlier x moved
    later_off = np.abs(error[0]) < 0.02 * np.abs(error[1:]).min() > 1e-8
    assert not (later_off and np.ptp(moved) < 0.1 * np.abs(moved.mean())), (
        "The first slope is right, the later ones are off: is `x` back where it was before you "
        "nudge the next variable?"
    )
    assert np.abs(error).max() > 0.2 * np.abs(right).max(), (
        "Nearly, but not to 7 decimals. Do you step to both sides, in float64, and is your step "
        "where the lesson's figure has its lowest point?"
    )
    agrees(got, right)


# %% wrong="00-gradient"
def gradient_one_sided(f, x):
    """Nearly, but the error grows with the step, as it does when you step to one side only.
    Asked is the one to both sides.
    """
    h = 1e-6
    return np.array([(f(x + nudge) - f(x)) / h for nudge in h * np.eye(len(x))])


# %% wrong="00-gradient"
def gradient_all_at_once(f, x):
    """You nudge all variables at once. A partial derivative nudges one and holds the others."""
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


# %% wrong="00-gradient"
def gradient_all_at_once_filled(f, x):
    """You nudge all variables at once. A partial derivative nudges one and holds the others."""
    return np.full(len(x), (f(x + 1e-5) - f(x - 1e-5)) / 2e-5)


# %% wrong="00-gradient"
def gradient_nudges_left_in(f, x):
    """The first slope is right, the later ones are off: is `x` back where it was before you nudge
    the next variable?
    """
    slopes = []
    h = 1e-6
    for i in range(len(x)):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        slopes.append((above - f(x)) / (2 * h))
    return np.array(slopes)


# %% wrong="00-gradient"
def gradient_no_copy(f, x):
    """All slopes come out 0: the two places where you evaluate f are the same. `b = a` makes no
    copy of an array, and a step far below 1e-15 vanishes in rounding.
    """
    slopes = []
    for i in range(len(x)):
        above = x
        below = x
        above[i] += 1e-5
        below[i] -= 1e-5
        slopes.append((f(above) - f(below)) / 2e-5)
    return np.array(slopes)


# %% wrong="00-gradient"
def gradient_int_array(f, x):
    """The decimals are missing: is an array of type int, or do you round?"""
    slopes = np.zeros(len(x), int)
    for i, nudge in enumerate(1e-5 * np.eye(len(x))):
        slopes[i] = (f(x + nudge) - f(x - nudge)) / 2e-5
    return slopes


# %% wrong="00-gradient"
def gradient_float32(f, x):
    """float32 keeps about 7 digits, too few here: compute in float64."""
    return numerical_gradient(f, x).astype("float32")


# %% wrong="00-gradient"
def gradient_rounded(f, x):
    """You round the slopes: return them with all their decimals."""
    return np.round(numerical_gradient(f, x), 3)


# %% wrong="00-gradient"
{
    "(2 * h) → h": "All slopes are twice too steep: how far apart are x + h and x − h?",
    "/ (2 * h) → / 2 * h": "The numbers are far too small: a slope is a rise divided by the length of the step.",
    "f(x + nudge) - f(x - nudge) → f(x - nudge) - f(x + nudge)": "The sign is wrong: subtract the value on the left from the one on the right.",
    "h = 1e-5 → h = 1e-13": "Nearly, but not to 7 decimals. Do you step to both sides, in float64, and is your step where the lesson's figure has its lowest point?",
}


# %% [markdown]
# ## Exercise 4: the error of the ImageNet challenge
#
# *Apply, 12 minutes, 3 points.* A network gives each class a score, a row of scores for each picture. Its answer is the `k` classes with the highest scores, and it is an error if the label is not among them. Return the share of errors. (With `k = 5` this is the number in the lesson's last but one figure.)


# %% exercise="00-top-k" points=3
def top_k_error(scores, labels, k):
    """Return the share of pictures whose label is not among the k best guesses.

    Args:
        scores: (n, classes) float64, higher is more probable; no two scores of the same picture are equal.
        labels: (n,) int64, the right class of each picture, from 0.
        k: int, from 1 to the number of classes.

    Returns:
        float in [0, 1].
    """
    ### BEGIN SOLUTION
    guesses = np.argsort(scores, axis=1)[:, -k:]
    found = np.any(guesses == labels[:, np.newaxis], axis=1)
    return np.mean(~found)
    ### END SOLUTION


# %% [markdown] hint="00-top-k"
# Start with one picture. Try `np.argsort([0.2, 0.9, 0.5])`: what do the numbers that come back stand for, and which of them is the best guess?

# %% [markdown] hint="00-top-k"
# `np.argsort(scores, axis=1)` sorts upwards, so the best guesses stand at the end of each row. Which slice takes the last `k` columns?

# %% [markdown] hint="00-top-k"
# You have guesses of shape `(n, k)` and labels of shape `(n,)`. Make the labels a column, and broadcasting compares each with its own `k` guesses; `np.any(…, axis=1)` says whether one fits.

# %% [markdown] why="00-top-k"
# `argsort` returns class numbers in the order of their scores, lowest first, so the last `k` columns are the guesses. `labels[:, np.newaxis]` has shape `(n, 1)`, and here broadcasting is a friend: it compares each label with the `k` guesses of its own row. One more way: count how many scores in the row are higher than the label's; the answer is wrong if there are `k` or more.


# %% check="00-top-k"
def inputs(random):
    cases = []
    for k in (1, 2, 3, 4, 5, 3):
        scores = random.normal(size=(300, 8))
        labels = np.argmax(scores + random.normal(size=(300, 8)), axis=1)  # often a high score
        cases.append((scores, labels, k))
    return cases


# %% wrong="00-top-k"
def top_k_lowest(scores, labels, k):
    """You take the k classes with the lowest scores: in which order does `argsort` sort?"""
    guesses = np.argsort(scores, axis=1)[:, :k]
    return np.mean(~np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k"
def top_k_best_only(scores, labels, k):
    """You look at the best guess only, but an answer is the k best guesses."""
    return np.mean(np.argmax(scores, axis=1) != labels)


# %% wrong="00-top-k"
def top_k_best_left_out_one_more(scores, labels, k):
    """You leave out the best guess: where does your slice begin or end?"""
    guesses = np.argsort(scores, axis=1)[:, -k - 1 : -1]
    return np.mean(~np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k"
def top_k_anybodys(scores, labels, k):
    """No picture comes out as an error. Do you look for its label among its own guesses, or among
    those of all pictures?
    """
    return np.mean(~np.isin(labels, np.argsort(scores, axis=1)[:, -k:]))


# %% wrong="00-top-k"
def top_k_share_of_comparisons(scores, labels, k):
    """That is a share of comparisons, not of pictures: first decide for each picture whether one
    of its guesses fits.
    """
    return np.mean(np.argsort(scores, axis=1)[:, -k:] != labels[:, np.newaxis])


# %% wrong="00-top-k"
def top_k_share_of_right_comparisons(scores, labels, k):
    """That is a share of comparisons, not of pictures: first decide for each picture whether one
    of its guesses fits.
    """
    return np.mean(np.argsort(scores, axis=1)[:, -k:] == labels[:, np.newaxis])


# %% wrong="00-top-k"
def top_k_any_differs(scores, labels, k):
    """Every picture comes out as an error. Do you ask that *all* guesses be the label? One that
    fits is enough.
    """
    guesses = np.argsort(scores, axis=1)[:, -k:]
    return np.mean(np.any(guesses != labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k"
def top_k_kth_only(scores, labels, k):
    """You compare with the k-th guess only."""
    return np.mean(np.argsort(scores, axis=1)[:, -k] != labels)


# %% wrong="00-top-k"
def top_k_order_is_not_rank(scores, labels, k):
    """`argsort` returns which class comes first, second, and so on. It does not return each
    class's place.
    """
    places = np.argsort(-scores, axis=1)
    return np.mean(places[np.arange(len(labels)), labels] >= k)


# %% wrong="00-top-k"
def top_k_order_is_not_rank_upwards(scores, labels, k):
    """`argsort` returns which class comes first, second, and so on. It does not return each
    class's place.
    """
    places = np.argsort(scores, axis=1)
    return np.mean(places[np.arange(len(labels)), labels] >= k)


# %% wrong="00-top-k"
def top_k_sorted_down_the_columns(scores, labels, k):
    """You sort along axis 0, each class over all pictures. One picture's scores are a row."""
    guesses = np.argsort(scores, axis=0)[:, -k:]
    return np.mean(~np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k"
{
    "[:, -k:] → [:, -k:-1]": "You leave out the best guess: where does your slice begin or end?",
    "-k:] → -k - 1 :]": "You allow one guess too many.",
    "-k:] → len(scores[0]) - k + 1 :]": "You compare one guess too few.",
    "~found → found": "That is the share of right answers; asked is the share of errors.",
    "labels[:, np.newaxis] → labels[:, np.newaxis] - 1": "Each label is compared as if it were one lower: classes count from 0.",
    "np.argsort → np.sort": "`np.sort` returns the scores themselves; asked is which classes they belong to.",
    "np.mean → np.sum": "That is the number of errors, not their share.",
    "return np.mean(~found) → return 100 * np.mean(~found)": "Return a share between 0 and 1, not per cent.",
}


# %% [markdown]
# ## Exercise 5: features for a 6 and a 9
#
# *Open, 16 minutes, 3 points.* Turn a 6 by half a turn and it is nearly a 9. You are the expert who extracts features: from each picture compute one or two numbers from which the digits can be told apart. The check learns the mean of your features for each digit on one half of 361 pictures, calls the digit with the nearer mean on the other half, and wants 90 % right. Many answers are possible.

# %% alt="Six small grey pictures of handwritten digits, 8 by 8 pixels each: three sixes, three nines."
digits = load_digits_8x8()
some = [*np.flatnonzero(digits.y_train == 6)[:3], *np.flatnonzero(digits.y_train == 9)[:3]]
plots.image_grid(digits.x_train[some], [f"a {digits.y_train[i]}" for i in some], 6, (0, 16))
plt.show()


# %% exercise="00-features" points=3
def digit_features(images):
    """Compute one or two features of each picture.

    Args:
        images: (n, 8, 8) float64 in [0, 16], 0 is empty, 16 is full ink; n may be 1.

    Returns:
        (n, 1) or (n, 2) float64, each row computed from its own picture alone, without the labels.
    """
    ### BEGIN SOLUTION
    top, bottom = images[:, :4].mean(axis=(1, 2)), images[:, 4:].mean(axis=(1, 2))
    return np.column_stack([top, bottom])
    ### END SOLUTION


# %% [markdown] hint="00-features"
# Where is the loop of a 6, and where is that of a 9? Which region of the picture has more ink, then?

# %% [markdown] hint="00-features"
# `images[:, :4]` is the upper half of every picture. Its mean ink, one number a picture, is `.mean(axis=(1, 2))`: of which shape?

# %% [markdown] hint="00-features"
# Compute two such numbers, for two regions that differ between the digits, and put them side by side with `np.column_stack([first, second])`, which gives shape `(n, 2)`.

# %% [markdown] why="00-features"
# The loop is heavy: a 6 has more ink below, a 9 above. Two regions instead of 64 pixels are enough because we *know* what tells the digits apart, and for the same reason these features are useless for telling a 1 from a 7. Each new task would need a new expert. From lesson 02 on, networks find such features themselves.


# %% check="00-features"
rowwise = True


def inputs(random):
    images = np.concatenate([digits.x_train, digits.x_test]).astype(float)
    labels = np.concatenate([digits.y_train, digits.y_test])
    six_or_nine = random.permutation(np.flatnonzero((labels == 6) | (labels == 9)))
    return [(images[six_or_nine],), (images[six_or_nine[:1]],)]


def right_labels(images):
    """Look each picture up in the data: 0 for a 6, 1 for a 9."""
    known = {}
    for image, label in zip(digits.x_train, digits.y_train, strict=True):
        known[image.astype(float).tobytes()] = label
    for image, label in zip(digits.x_test, digits.y_test, strict=True):
        known[image.astype(float).tobytes()] = label
    return np.array([known[image.tobytes()] == 9 for image in images]).astype(int)


def judge(got, images):
    assert got is not None, "The function returns None. Is a `return` missing, or never reached?"
    features = np.asarray(got, dtype=float)
    n = len(images)
    many = features.ndim == 2 and len(features) == n and features.shape[1] > 2
    assert not many, (
        f"You pass on {features.shape[-1]} numbers a picture; only two are allowed. Which two say most?"
    )
    assert features.ndim == 2 and len(features) == n and features.shape[1] > 0, (
        f"Expected shape ({n}, 1) or ({n}, 2), got {features.shape}."
    )
    assert np.isfinite(features).all() or n > 1, (
        "For a single picture the features are NaN: they depend on which other pictures come with it. "
        "A feature is computed from its own picture alone."
    )
    assert np.isfinite(features).all(), "The features contain NaN or infinity."
    if n == 1:
        return
    assert np.ptp(features, axis=0).any(), (
        "Every picture gets the same numbers: over which axes do you take the mean?"
    )
    # Learn the mean of each digit's features on one half, and judge on the other.
    labels = right_labels(images)
    half = n // 2
    scaled = (features - features[:half].mean(axis=0)) / (features[:half].std(axis=0) + 1e-12)
    of_six = scaled[:half][labels[:half] == 0].mean(axis=0)
    of_nine = scaled[:half][labels[:half] == 1].mean(axis=0)
    to_six = np.sum((scaled[half:] - of_six) ** 2, axis=1)
    to_nine = np.sum((scaled[half:] - of_nine) ** 2, axis=1)
    accuracy = np.mean((to_nine < to_six) == labels[half:])
    if accuracy >= 0.9:
        return
    found = f"With your features {accuracy:.0%} of the other half come out right. "
    ink = images.mean(axis=(1, 2))
    varied = [column for column in features.T if np.ptp(column)]
    assert not all(abs(np.corrcoef(ink, column)[0, 1]) > 0.99 for column in varied), (
        f"{found}The ink of the whole picture stays the same when a 6 is turned into a 9."
    )
    raise AssertionError(f"{found}Aim at 90 %. Where does a 6 have ink and a 9 none?")


# %% wrong="00-features"
def features_all_ink(images):
    """The ink of the whole picture stays the same when a 6 is turned into a 9."""
    return images.mean(axis=(1, 2))[:, np.newaxis]


# %% wrong="00-features"
def features_all_pixels(images):
    """You pass on 64 numbers a picture; only two are allowed. Which two say most?"""
    return images.reshape(len(images), 64)


# %% wrong="00-features"
def features_standardised(images):
    """A row of your answer changes when other rows of `images` do: each is to be computed from its
    own row alone.
    """
    halves = np.column_stack([images[:, :4].mean(axis=(1, 2)), images[:, 4:].mean(axis=(1, 2))])
    return (halves - halves.mean(axis=0)) / (halves.std(axis=0) + 1e-9)  # no NaN, even alone


# %% wrong="00-features"
def features_ranked(images):
    """A row of your answer changes when other rows of `images` do: each is to be computed from its
    own row alone.
    """
    ink = images[:, :4].mean(axis=(1, 2)) - images[:, 4:].mean(axis=(1, 2))
    return np.argsort(np.argsort(ink))[:, np.newaxis].astype(float)


# %% wrong="00-features"
def features_mean_of_all(images):
    """Every picture gets the same numbers: over which axes do you take the mean?"""
    return np.full((len(images), 1), images[:, :4].mean())


# %% wrong="00-features"
def features_one_pixel(images):
    """Aim at 90 %. Where does a 6 have ink and a 9 none?"""
    return images[:, 2, 6:7]
