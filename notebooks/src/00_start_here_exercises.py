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


# %% wrong="00-squared-error" misconception="broadcast"
def squared_error_broadcast(predictions, labels):
    return np.mean((predictions - labels) ** 2)


# %% wrong="00-squared-error" misconception="broadcast-over-n"
def squared_error_broadcast_over_n(predictions, labels):
    return ((predictions - labels) ** 2).sum() / len(labels)


# %% wrong="00-squared-error" misconception="sum"
def squared_error_sum(predictions, labels):
    return np.sum((predictions[:, 0] - labels) ** 2)


# %% wrong="00-squared-error" misconception="signed"
def squared_error_signed(predictions, labels):
    return np.mean(predictions[:, 0] - labels)


# %% wrong="00-squared-error" misconception="mean-first"
def squared_error_mean_first(predictions, labels):
    return np.mean(predictions[:, 0] - labels) ** 2


# %% wrong="00-squared-error" misconception="one-entry"
def squared_error_one_entry(predictions, labels):
    total = 0
    for prediction, label in zip(predictions, labels, strict=True):
        total += (prediction - label) ** 2
    return total / len(labels)


# %% wrong="00-squared-error" misconception="first-only"
def squared_error_first_only(predictions, labels):
    return np.mean((predictions[0] - labels) ** 2)


# %% wrong="00-squared-error" misconception="no-mean"
def squared_error_no_mean(predictions, labels):
    return (predictions[:, 0] - labels) ** 2


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


# %% wrong="00-alarm" misconception="the-other-way-round"
def fault_hit_rate(prior, hit_rate, false_alarm_rate, num_alarms):
    return hit_rate


# %% wrong="00-alarm" misconception="no-prior"
def fault_no_prior(prior, hit_rate, false_alarm_rate, num_alarms):
    faulty, good = hit_rate**num_alarms, false_alarm_rate**num_alarms
    return faulty / (faulty + good)


# %% wrong="00-alarm" misconception="joint"
def fault_joint(prior, hit_rate, false_alarm_rate, num_alarms):
    return prior * hit_rate**num_alarms


# %% wrong="00-alarm" misconception="one-alarm"
def fault_one_alarm(prior, hit_rate, false_alarm_rate, num_alarms):
    return prior * hit_rate / (prior * hit_rate + (1 - prior) * false_alarm_rate)


# %% wrong="00-alarm" misconception="at-least-one"
def fault_at_least_one(prior, hit_rate, false_alarm_rate, num_alarms):
    faulty = prior * (1 - (1 - hit_rate) ** num_alarms)
    good = (1 - prior) * (1 - (1 - false_alarm_rate) ** num_alarms)
    return faulty / (faulty + good)


# %% wrong="00-alarm" misconception="prior-each-time"
def fault_prior_each_time(prior, hit_rate, false_alarm_rate, num_alarms):
    faulty = (prior * hit_rate) ** num_alarms
    return faulty / (faulty + ((1 - prior) * false_alarm_rate) ** num_alarms)


# %% wrong="00-alarm" misconception="posterior-power"
def fault_posterior_power(prior, hit_rate, false_alarm_rate, num_alarms):
    faulty = prior * hit_rate
    return (faulty / (faulty + (1 - prior) * false_alarm_rate)) ** num_alarms


# %% wrong="00-alarm" misconception="power-on-hits-only"
def fault_power_on_hits_only(prior, hit_rate, false_alarm_rate, num_alarms):
    faulty = prior * hit_rate**num_alarms
    return faulty / (faulty + (1 - prior) * false_alarm_rate)


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


# %% wrong="00-gradient" misconception="one-sided"
def gradient_one_sided(f, x):
    h = 1e-6
    return np.array([(f(x + nudge) - f(x)) / h for nudge in h * np.eye(len(x))])


# %% wrong="00-gradient" misconception="not-halved"
def gradient_not_halved(f, x):
    h = 1e-5
    return np.array([(f(x + nudge) - f(x - nudge)) / h for nudge in h * np.eye(len(x))])


# %% wrong="00-gradient" misconception="all-at-once"
def gradient_all_at_once(f, x):
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


# %% wrong="00-gradient" misconception="nudges-left-in"
def gradient_nudges_left_in(f, x):
    slopes, h = [], 1e-6
    for i in range(len(x)):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        slopes.append((above - f(x)) / (2 * h))
    return np.array(slopes)


# %% wrong="00-gradient" misconception="no-change"
def gradient_no_copy(f, x):
    slopes, h = [], 1e-5
    for i in range(len(x)):
        above, below = x, x
        above[i] += h
        below[i] -= h
        slopes.append((f(above) - f(below)) / (2 * h))
    return np.array(slopes)


# %% wrong="00-gradient" misconception="rise-not-slope"
def gradient_times_h(f, x):
    h = 1e-5
    return np.array([(f(x + nudge) - f(x - nudge)) / 2 * h for nudge in h * np.eye(len(x))])


# %% wrong="00-gradient" misconception="int"
def gradient_int_array(f, x):
    slopes = np.zeros(len(x), int)
    for i, nudge in enumerate(1e-5 * np.eye(len(x))):
        slopes[i] = (f(x + nudge) - f(x - nudge)) / 2e-5
    return slopes


# %% wrong="00-gradient" misconception="float32"
def gradient_float32(f, x):
    slopes = [(f(x + nudge) - f(x - nudge)) / 2e-5 for nudge in 1e-5 * np.eye(len(x))]
    return np.array(slopes, dtype="float32")


# %% wrong="00-gradient" misconception="step-size"
def gradient_tiny_step(f, x):
    h = 1e-13
    return np.array([(f(x + nudge) - f(x - nudge)) / (2 * h) for nudge in h * np.eye(len(x))])


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


# %% wrong="00-top-k" misconception="share-right"
def top_k_share_right(scores, labels, k):
    guesses = np.argsort(scores, axis=1)[:, -k:]
    return np.mean(np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k" misconception="lowest"
def top_k_lowest(scores, labels, k):
    guesses = np.argsort(scores, axis=1)[:, :k]
    return np.mean(~np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k" misconception="top-1"
def top_k_best_only(scores, labels, k):
    return np.mean(np.argmax(scores, axis=1) != labels)


# %% wrong="00-top-k" misconception="best-left-out"
def top_k_best_left_out(scores, labels, k):
    guesses = np.argsort(scores, axis=1)[:, -k:-1]
    return np.mean(~np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k" misconception="anybodys"
def top_k_anybodys(scores, labels, k):
    return np.mean(~np.isin(labels, np.argsort(scores, axis=1)[:, -k:]))


# %% wrong="00-top-k" misconception="comparisons"
def top_k_comparisons(scores, labels, k):
    return np.mean(np.argsort(scores, axis=1)[:, -k:] != labels[:, np.newaxis])


# %% wrong="00-top-k" misconception="any-differs"
def top_k_any_differs(scores, labels, k):
    guesses = np.argsort(scores, axis=1)[:, -k:]
    return np.mean(np.any(guesses != labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k" misconception="one-more"
def top_k_one_more(scores, labels, k):
    guesses = np.argsort(scores, axis=1)[:, -k - 1 :]
    return np.mean(~np.any(guesses == labels[:, np.newaxis], axis=1))


# %% wrong="00-top-k" misconception="kth-only"
def top_k_kth_only(scores, labels, k):
    return np.mean(np.argsort(scores, axis=1)[:, -k] != labels)


# %% wrong="00-top-k" misconception="order-is-not-rank"
def top_k_order_is_not_rank(scores, labels, k):
    places = np.argsort(-scores, axis=1)
    return np.mean(places[np.arange(len(labels)), labels] >= k)


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


# %% wrong="00-features" misconception="whole-picture"
def features_all_ink(images):
    return images.mean(axis=(1, 2))[:, np.newaxis]


# %% wrong="00-features" misconception="too-many"
def features_all_pixels(images):
    return images.reshape(len(images), 64)


# %% wrong="00-features" misconception="depends-on-others"
def features_standardised(images):
    halves = np.column_stack([images[:, :4].mean(axis=(1, 2)), images[:, 4:].mean(axis=(1, 2))])
    return (halves - halves.mean(axis=0)) / (halves.std(axis=0) + 1e-9)  # no NaN, even alone


# %% wrong="00-features" misconception="constant"
def features_mean_of_all(images):
    return np.full((len(images), 1), images[:, :4].mean())


# %% wrong="00-features" misconception="too-weak"
def features_one_pixel(images):
    return images[:, 2, 6:7]
