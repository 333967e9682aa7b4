# %% [markdown]
# # 03 Training deep networks: exercises
#
# Five exercises on [lesson 03](../03_training_deep_networks.ipynb), 70 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("03-dropout")` gives one hint at a time; `solution("03-dropout")` shows the answer and why. No exercise needs another one, and NumPy is enough for all five.
# Functions of the lesson are not known here: copy what you need. To meet the same numbers again, fix the draw: `check("03-dropout", dropout, seed=0)`.

# %%
import numpy as np

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: drop a share of a layer, and lose nothing
#
# *Fill in, 10 minutes, 2 points.* In training, dropout sets each activation to zero with probability `rate` and enlarges the others, so that the expected value stays what it was. Afterwards it does nothing.
#
# The coin tosses are given: `uniform` holds one number from $[0, 1)$ for each activation, and an activation is **dropped** when its number is below `rate`.


# %% exercise="03-dropout" points=2
def dropout(activations, uniform, rate, training):
    """Return the activations after dropout.

    Args:
        activations: (n, k) float64, outputs of a layer.
        uniform: (n, k) float64 in [0, 1), a random number for each activation.
        rate: float in [0, 1), the share of activations to drop.
        training: bool, whether the network is being trained.

    Returns:
        (n, k) float64.
    """
    ### BEGIN SOLUTION
    if not training:
        return activations
    return np.where(uniform < rate, 0.0, activations / (1 - rate))
    ### END SOLUTION


# %% [markdown] hint="03-dropout"
# Begin with `training=False`, which is one line. Then ask: which comparison of `uniform` and `rate` is true for the activations that stay?

# %% [markdown] hint="03-dropout"
# Of ten activations of size 1 at `rate=0.2`, about eight stay. Their sum should still be ten: how large is each?

# %% [markdown] hint="03-dropout"
# `np.where(condition, 0.0, …)` puts zeros where the condition holds. A survivor is divided by the share that survives.

# %% [markdown] why="03-dropout"
# An activation $a$ survives with probability $1 - p$, so without a correction its expected value would be $(1 - p)\,a$, and the next layer would see larger inputs after training than in it. Dividing by $1 - p$ mends this *in training*:
# $(1 - p) \cdot \frac{a}{1 - p} = a$. So the finished network needs no correction, and costs nothing extra.


# %% check="03-dropout"
from course_utils.checks.judging import WrongAnswer, agrees


def inputs(random):
    cases = []
    # Numbers on a grid of 1/64, so that some are equal to the rate.
    for rate in [0.125, 0.25, 0.375, 0.625, 0.75, 0.875] * 2 + [0.0]:
        shape = [(8, 8), (1, 64), (20, 3)][random.integers(3)]
        signs = random.choice([-1, 1], size=shape)
        activations = signs * random.uniform(0.5, 2, size=shape)
        uniform = random.integers(64, size=shape) / 64
        cases.append((activations, uniform, rate, True))
    not_training = [(*case[:3], False) for case in cases[:3]]
    return cases + not_training


def judge(got, activations, uniform, rate, training):
    try:
        agrees(got, dropout(activations, uniform, rate, training))
        return
    except WrongAnswer as wrong:
        if wrong.kind != "value":
            raise
    assert training, "With training=False nothing is dropped and nothing is scaled."
    dropped = np.asarray(got, dtype=float) == 0
    assert not np.array_equal(dropped, uniform >= rate) or rate == 0, (
        "You keep the units that should be dropped: `rate` is the share that goes."
    )
    assert np.array_equal(dropped, uniform < rate), (
        "Other activations are dropped than `uniform` and `rate` say. "
        "Have you tossed coins of your own?"
    )
    raise AssertionError(
        "The right units survive, but at the wrong size: on average, what is left should add up "
        "to as much as there was."
    )


# %% wrong="03-dropout"
def dropout_with_own_coins(activations, uniform, rate, training):
    """Other activations are dropped than `uniform` and `rate` say. Have you tossed coins of your
    own?
    """
    coins = np.random.default_rng().random(uniform.shape)
    return dropout(activations, coins, rate, training)


# %% wrong="03-dropout"
def dropout_corrected_after_training(activations, uniform, rate, training):
    """You shrink the activations when training is over. Here the correction belongs into training,
    so that afterwards there is nothing left to do.
    """
    if not training:
        return activations * (1 - rate)
    return np.where(uniform < rate, 0.0, activations)


# %% wrong="03-dropout"
{
    "if not training → if training": "With training=True nothing is dropped.",
    "if not training → if True": "With training=True nothing is dropped.",
    "if not training → if False": "With training=False nothing is dropped and nothing is scaled.",
    "activations / (1 - rate) → activations": "The right units survive, but at their old size: what is their mean, compared with the mean without dropout?",
    "/ (1 - rate) → * (1 - rate)": "The survivors have shrunk. They must make up for the units that are missing.",
    "/ (1 - rate) → / rate": "The right units survive, but the factor is wrong: which share of the units is left, `rate` or another one?",
    "/ (1 - rate) → / np.mean(uniform >= rate)": "You divide by the share that happens to survive this time. Which share does on average?",
    "/ (1 - rate) → * (1 + rate)": "The right units survive, but at the wrong size: on average, what is left should add up to as much as there was.",
    "uniform < rate → uniform >= rate": "You keep the units that should be dropped: `rate` is the share that goes.",
    "uniform < rate → uniform <= rate": "You also drop the activations whose number equals `rate`: is it below?",
}


# %% [markdown]
# ## Exercise 2: stop in time
#
# *Fill in, 15 minutes, 2 points.* A list holds the validation loss that each epoch would give. Training stops at the end of the epoch in which `patience` epochs **in a row** have brought no new lowest loss; if that never happens, it runs through the list.
#
# Return the number of the last epoch that runs, and of the best epoch among those that ran. Epochs count from 1.


# %% exercise="03-early-stopping" points=2
def early_stopping(val_losses, patience):
    """Return when training stops, and which epoch's weights to keep.

    Args:
        val_losses: list of float, the validation loss after each epoch.
        patience: int, at least 1: how many epochs in a row may bring no new lowest loss.

    Returns:
        (int, int), the last epoch that runs and the best epoch so far, counted from 1.
    """
    ### BEGIN SOLUTION
    best_loss, best_epoch = np.inf, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return epoch, best_epoch
    return len(val_losses), best_epoch
    ### END SOLUTION


# %% [markdown] hint="03-early-stopping"
# Walk through the list as training does, one epoch at a time, and never look ahead. What must you remember from one epoch to the next?

# %% [markdown] hint="03-early-stopping"
# Two things: the lowest loss so far, and the epoch in which it was seen. How many epochs you have waited follows from the second.

# %% [markdown] hint="03-early-stopping"
# `for epoch, loss in enumerate(val_losses, start=1):`. If the loss is a new lowest, note it. Otherwise, if `epoch - best_epoch` has reached `patience`, return.

# %% [markdown] why="03-early-stopping"
# The wait is the distance to the best epoch, so a new best sets it back to zero without a counter. The loss may well fall further after the stop; early stopping cannot know. That is the price of a small `patience`,
# and what the epochs after the best one cost is the price of a large one. Keras's `EarlyStopping` stops in the same epoch; it gives you the best weights only with `restore_best_weights=True`.


# %% check="03-early-stopping"
from course_utils.checks.judging import WrongAnswer, agrees


def inputs(random):
    cases = [
        ([3.1, 2.1, 2.5], 5),  # runs through the list
        ([5.1, 6.1, 4.1, 4.5, 3.1, 3.2, 3.5, 2.1], 2),  # the wait begins anew, twice
        ([5.1, 6.1, 5.5, 5.2, 4.1], 3),  # falls without reaching the lowest loss
        ([2.1, 1.5, 1.5, 1.8, 1.6, 1.2], 3),  # comes back to the lowest loss
    ]
    for patience in [1, 2, 3, 4] * 7:
        steps = random.integers(-3, 3, size=random.integers(1, 20))
        losses = 70 + np.cumsum(steps) + random.uniform(0.1, 0.9)
        scale = 10.0 ** random.integers(-2, 3)
        cases.append(((losses * scale).tolist(), patience))
    return cases


def judge(got, val_losses, patience):
    right = early_stopping(val_losses, patience)
    try:
        agrees(got, right)
        return
    except WrongAnswer as wrong:
        if wrong.kind not in ("value", "int", "rounded"):
            raise
    last, best = float(got[0]), float(got[1])
    seen = f"You return ({last:g}, {best:g})."
    assert last.is_integer() and best.is_integer(), (
        f"{seen} Asked are the numbers of two epochs, not losses."
    )
    assert best <= last, f"{seen} The best epoch cannot lie after the last one."
    assert last != right[0], f"{seen} The last epoch is right, the best one is not."
    when = "later" if last < right[0] else "earlier"
    raise AssertionError(f"{seen} Training stops {when} than in epoch {last:g}.")


# %% wrong="03-early-stopping"
def early_stopping_all_epochs(val_losses, patience):
    """You have read the whole list; training should have stopped on the way."""
    return len(val_losses), int(np.argmin(val_losses)) + 1


# %% wrong="03-early-stopping"
def early_stopping_never_forgets(val_losses, patience):
    """You stop too early: a new best must set the count of waiting epochs back to zero."""
    best_loss, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
        else:
            waited += 1
            if waited >= patience:
                return epoch, best_epoch
    return len(val_losses), best_epoch


# %% wrong="03-early-stopping"
def early_stopping_epoch_before(val_losses, patience):
    """You compare with the epoch before; compare with the lowest loss so far."""
    waited = 0
    for epoch in range(2, len(val_losses) + 1):
        fell = val_losses[epoch - 1] < val_losses[epoch - 2]
        waited = 0 if fell else waited + 1
        if waited >= patience:
            return epoch, int(np.argmin(val_losses[:epoch])) + 1
    return len(val_losses), int(np.argmin(val_losses)) + 1


# %% wrong="03-early-stopping"
{
    "return epoch, best_epoch\n    return len(val_losses), best_epoch → return epoch, epoch\n    return len(val_losses), len(val_losses)": "You stop in time, but name the last epoch: which epoch had the lowest loss so far?",
    "return epoch, best_epoch\n    return len(val_losses), best_epoch → return epoch - 1, best_epoch - 1\n    return len(val_losses) - 1, best_epoch - 1": "Both are one too small: the first epoch is number 1.",
    "return epoch, best_epoch\n    return len(val_losses), best_epoch → return epoch, best_epoch - 1\n    return len(val_losses), best_epoch - 1": "You stop in time, but the best epoch is one too small: the first epoch is number 1.",
    "return epoch, best_epoch\n    return len(val_losses), best_epoch → return best_epoch, epoch\n    return best_epoch, len(val_losses)": "The best epoch lies after the last one. Is the order (last, best)?",
    "return epoch, best_epoch\n    return len(val_losses), best_epoch → return epoch, best_loss\n    return len(val_losses), best_loss": "Asked are the numbers of two epochs, not losses.",
    "return epoch, best_epoch → return epoch, int(np.argmin(val_losses)) + 1": "The best epoch lies after the stop: training never gets to see it.",
    "return epoch, best_epoch → return epoch, best_epoch\n        best_loss = loss": "You compare with the epoch before; compare with the lowest loss so far.",
    "return epoch, best_epoch → return epoch, epoch": "You stop in time, but name the last epoch: which epoch had the lowest loss so far?",
    "len(val_losses), best_epoch → len(val_losses), len(val_losses)": "Where training runs through the list, you name its last epoch as the best: which had the lowest loss?",
    "len(val_losses), best_epoch → best_epoch, best_epoch": "Where training runs through the list, you name the best epoch as the last one: how many have run?",
    "start=1 → start=0": "Both are one too small: the first epoch is number 1.",
    "loss < best_loss → loss <= best_loss": "An equal loss is not a new lowest.",
    ">= patience → > patience": "You wait one epoch too long: stop in the epoch in which the wait reaches `patience`.",
    ">= patience → >= patience - 1": "You stop one epoch too early: stop in the epoch in which the wait reaches `patience`.",
    "return epoch, best_epoch → return epoch - 1, best_epoch": "You stop one epoch too early: stop in the epoch in which the wait reaches `patience`.",
    "np.inf → 0": "There is no epoch 0. Does your lowest loss begin so low that no epoch gets below it?",
}


# %% [markdown]
# ## Exercise 3: cross-validate without a leak
#
# *Fill in, 15 minutes, 3 points.* In cross-validation every row is predicted once, by a model that has not seen it. Collect these **out-of-fold** scores: for each fold, standardise the features, fit on all other folds, and score the fold that was held out.
#
# `fit(x, y)` returns a function that maps rows to scores. The scores come back in the order of the rows.


# %% exercise="03-out-of-fold" points=3
def out_of_fold(x, y, fold, fit):
    """Return the score of each row from a model that was fitted without its fold.

    Args:
        x: (n, d) float64, features in their own units.
        y: (n,) float64, labels 0 or 1.
        fold: (n,) int, the number of each row's fold; any numbers, such as 2, 5 and 31.
        fit: takes (m, d) float64 and (m,) float64, returns a function from (k, d) to (k,) scores.

    Returns:
        (n,) float64, scores.
    """
    ### BEGIN SOLUTION
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        x_train, y_train = x[~held_out], y[~held_out]
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        predict = fit((x_train - mean) / deviation, y_train)
        scores[held_out] = predict((x[held_out] - mean) / deviation)
    return scores
    ### END SOLUTION


# %% [markdown] hint="03-out-of-fold"
# Loop over `np.unique(fold)`. In each round, which rows may the model know, and which does it only score?

# %% [markdown] hint="03-out-of-fold"
# `held_out = fold == number` is a mask; `x[held_out]` and `x[~held_out]` are the two parts. Where do the mean and the standard deviation come from, if the held-out rows count as unseen?

# %% [markdown] hint="03-out-of-fold"
# Measure on `x[~held_out]`, once a round; use the same mean and deviation for both parts. Then `scores[held_out] = predict(…)` keeps the order of the rows.

# %% [markdown] why="03-out-of-fold"
# Standardising is part of the training: whatever is measured is measured on the rows that the model may know, anew in each round. Scaling all rows once before the loop looks tidier and lets each model peep at the fold it is tested on.
# And both parts need the *same* units, or the weights mean something else for the held-out rows. In scikit-learn a `Pipeline` does all of this.


# %% check="03-out-of-fold"
from course_utils.checks.judging import WrongAnswer, agrees

tolerance = {"rtol": 1e-4, "atol": 1e-5}


class Ridge:
    """A linear score with a weight penalty, in proportion to the features' squares.

    A factor that all features share changes no score: a deviation may divide by n or by n − 1.
    """

    def __init__(self, penalty):
        self.penalty = penalty

    def __call__(self, x, y):
        squares = x.T @ x
        penalty = self.penalty * np.trace(squares) * np.eye(len(squares))
        weights = np.linalg.solve(squares + penalty, x.T @ (y - y.mean()))
        return lambda rows: rows @ weights + y.mean()

    def __repr__(self):
        return "fit"


def inputs(random):
    cases = []
    for num_folds in (3, 4, 5, 4):
        numbers = random.choice(40, size=num_folds, replace=False)
        fold = random.permutation(np.repeat(numbers, random.integers(8, 14, size=num_folds)))
        units = 10.0 ** random.permutation(random.integers(2, 5) - np.arange(3))
        x = random.normal(size=(len(fold), 3)) + random.uniform(1, 3, size=3)
        x[:5] *= 3
        y = x @ random.choice([-1, 1], size=3) + random.normal(size=len(fold))
        labels = (y > np.median(y)).astype(float)
        cases.append((x * units, labels, fold, Ridge(random.uniform(0.1, 0.3))))
    return cases


def judge(got, x, y, fold, fit):
    right = out_of_fold(x, y, fold, fit)
    try:
        agrees(got, right, **tolerance)
        return
    except WrongAnswer as wrong:
        if wrong.kind not in ("value", "nan"):
            raise
        differs = wrong
    scores = np.nan_to_num(np.asarray(got, dtype=float))
    assert not np.allclose(np.sort(scores), np.sort(right), **tolerance), (
        "These are the right scores, but not in the order of the rows."
    )
    off = np.unique(fold[~np.isclose(scores, right, **tolerance)])
    names = f"fold{'s' * (len(off) > 1)} {', '.join(map(str, off))}"
    assert scores[np.isin(fold, off)].any(), f"Nothing was scored in {names}."
    assert len(off) == len(np.unique(fold)), f"The scores are right, but for those of {names}."
    raise differs


# %% wrong="03-out-of-fold"
def out_of_fold_order_lost(x, y, fold, fit):
    """These are the right scores, but not in the order of the rows."""
    return out_of_fold(x, y, fold, fit)[np.argsort(fold, kind="stable")]


# %% wrong="03-out-of-fold"
def out_of_fold_one_fit(x, y, fold, fit):
    """One model, fitted on all rows, scores them all: it has seen the answers that it is asked
    for.
    """
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return fit(x, y)(x)


# %% wrong="03-out-of-fold"
{
    "x_train.mean(axis=0), x_train.std(axis=0) → x.mean(axis=0), x.std(axis=0)": "The mean and deviation come from all rows, the held-out ones too: that is lesson 01's leak.",
    "x_train.mean(axis=0), x_train.std(axis=0) → x[held_out].mean(axis=0), x[held_out].std(axis=0)": "The mean and deviation come from the held-out rows, which should count as unseen.",
    "x_train.mean(axis=0), x_train.std(axis=0) → x_train.mean(), x_train.std()": "All features share one mean and one deviation; each column has its own.",
    "x_train.mean(axis=0), x_train.std(axis=0) → 0, 1": "The features are not standardised.",
    "x_train.std(axis=0) → 1": "The features are centred, but still in their own units: what makes them comparable?",
    "x_train.mean(axis=0) → 0": "The features are divided by their deviation, but not centred.",
    "x_train.std → x_train.var": "The features are divided by their variance, not by their standard deviation.",
    "predict((x[held_out] - mean) / deviation) → predict((x[held_out] - x[held_out].mean(axis=0)) / x[held_out].std(axis=0))": "The held-out rows are scaled with their own mean and deviation: the model was fitted in other units.",
    "predict((x[held_out] - mean) / deviation) → predict(x[held_out])": "The held-out rows are not scaled: the model was fitted in other units.",
    "x_train.std(axis=0)\n        predict = fit((x_train - mean) / deviation, y_train)\n        scores[held_out] = predict((x[held_out] - mean) / deviation) → x_train.std(axis=0, ddof=1)\n        predict = fit((x_train - mean) / deviation, y_train)\n        scores[held_out] = predict((x[held_out] - x[held_out].mean(axis=0)) / x[held_out].std(axis=0, ddof=1))": "The held-out rows are scaled with their own mean and deviation: the model was fitted in other units.",
    "x_train.std(axis=0)\n        predict = fit((x_train - mean) / deviation, y_train)\n        scores[held_out] = predict((x[held_out] - mean) / deviation) → x_train.std(axis=0, ddof=1)\n        predict = fit((x_train - mean) / deviation, y_train)\n        scores[held_out] = predict(x[held_out])": "The held-out rows are not scaled: the model was fitted in other units.",
    "fit((x_train - mean) / deviation, y_train) → fit((x - mean) / deviation, y)": "The model is fitted on all rows, so it has seen the answers that it is asked for.",
    "x[~held_out], y[~held_out] → x[held_out], y[held_out]": "The model is fitted on the fold that it should be tested on.",
    "fold == number → fold != number": "Training and test rows are swapped: each model is fitted on one fold and scores all the others.",
    "predict((x[held_out] - mean) / deviation) → predict((x[held_out] - mean) / deviation) > 0.5": "These are labels; asked are the scores.",
    "in np.unique(fold) → in range(len(np.unique(fold)))": "Nothing was scored in fold",
}


# %% [markdown]
# ## Exercise 4: take the weight decay out of Adam's hands
#
# *Change one thing and predict, 15 minutes, 3 points.* Below is Adam with weight decay added to the gradient, as the L2 penalty does it. Four weights begin at 1. Their gradients only swing to and fro, ten times smaller from one weight to the next, so there is nothing to learn: only the decay has a direction.
#
# **Predict** before you run it: all four have the same penalty λ. Which of them shrinks most?


# %%
def adam_with_l2(weights, gradients, learning_rate, weight_decay):
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        gradient = gradient + weight_decay * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights


swings = np.tile([[1.0], [-1.0]], (200, 4)) * [10, 1, 0.1, 0.01]
left = adam_with_l2(np.ones(4), swings, learning_rate=0.01, weight_decay=0.1)
print("left of weight 1, 2, 3, 4:", np.round(left, 2))

# %% [markdown]
# The fourth, with the smallest gradients, is gone; the first has hardly moved. Adam divides everything that comes through the gradient by the gradient's size: where that is large, the decay is lost in it; where it is small, the decay is all that Adam sees.
#
# Now change one thing: let each step shrink the weights by the share ηλ on its own,
# $w \leftarrow w - \eta\lambda w$, and give Adam the plain gradient. This is **AdamW**. (If your function calls `adam_with_l2`, run the cell above first.) **Predict** what will be left of the four weights; when the check is content, `adam_with_decay(np.ones(4), swings, 0.01, 0.1)` shows it.


# %% exercise="03-decoupled-decay" points=3
def adam_with_decay(weights, gradients, learning_rate, weight_decay):
    """Return the weights after Adam's steps, with weight decay outside of the gradient.

    Args:
        weights: (k,) float64, the weights at the start.
        gradients: (steps, k) float64, the gradient of each step.
        learning_rate: float, η.
        weight_decay: float, λ: each step also shrinks the weights by the share ηλ.

    Returns:
        (k,) float64.
    """
    ### BEGIN SOLUTION
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        weights = weights - learning_rate * weight_decay * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights
    ### END SOLUTION


# %% [markdown] hint="03-decoupled-decay"
# Copy `adam_with_l2` and rename it. One line of its loop mixes the decay into the gradient. Which?

# %% [markdown] hint="03-decoupled-decay"
# Take that line out, and put one in its place that changes `weights`, not `gradient`. It has three factors: η, λ and the weights.

# %% [markdown] hint="03-decoupled-decay"
# `weights = weights - learning_rate * weight_decay * weights`

# %% [markdown] why="03-decoupled-decay"
# Now all four weights shrink by the same share, whatever their gradients: after $n$ steps the decay alone leaves $(1 - \eta\lambda)^n$ of them, here about two thirds. With plain gradient descent the two versions are one and the same, since nothing is divided there; with Adam they are not, and only the decoupled one does what a weight penalty promises.
# Keras does it with `AdamW(learning_rate, weight_decay)`.


# %% check="03-decoupled-decay"
tolerance = {"rtol": 1e-4, "atol": 1e-5}


def inputs(random):
    # The rate is so small that decay before and after Adam's own step are the same to 4 digits,
    # and so are Adam's ε as in Keras and as in the paper. Both are right.
    cases = []
    for k in (3, 4, 5, 3, 4, 5):
        weights = random.choice([-1, 1], size=k) * random.uniform(1, 2, size=k)
        gradients = random.normal(size=(random.integers(60, 100), k)) * np.geomspace(10, 0.1, k)
        gradients[:, 1] = 0  # only the decay moves this weight
        cases.append((weights, gradients, random.uniform(0.0005, 0.001), random.uniform(1, 2)))
    return cases


# %% wrong="03-decoupled-decay"
def adam_decay_at_the_end(weights, gradients, learning_rate, weight_decay):
    """The weights shrink once, at the end; each step should shrink them."""
    weights = adam_with_l2(weights, gradients, learning_rate, weight_decay=0.0)
    return weights - learning_rate * weight_decay * weights


# %% wrong="03-decoupled-decay"
def adam_decay_of_the_start(weights, gradients, learning_rate, weight_decay):
    """Each step takes a share of the weights at the start; it should take it of the weights as
    they are.
    """
    shrunk = len(gradients) * learning_rate * weight_decay * weights
    return adam_with_l2(weights, gradients, learning_rate, weight_decay=0.0) - shrunk


# %% wrong="03-decoupled-decay"
def adam_decay_divided_like_the_mean(weights, gradients, learning_rate, weight_decay):
    """The decay still goes through the gradient, so Adam divides it by the gradient's size."""
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * (mean + weight_decay * weights) / (np.sqrt(square) + 1e-7)
    return weights


# %% wrong="03-decoupled-decay"
def adam_decay_times_the_corrected_step(weights, gradients, learning_rate, weight_decay):
    """You multiply the decay by Adam's corrected step, which is another one each time. Each step
    takes the share ηλ, with η as it was given.
    """
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * (mean / (np.sqrt(square) + 1e-7) + weight_decay * weights)
    return weights


# %% wrong="03-decoupled-decay"
{
    "weights = weights - learning_rate * weight_decay * weights → gradient = gradient + weight_decay * weights": "The decay still goes through the gradient, so Adam divides it by the gradient's size.",
    "* weight_decay * weights → * weight_decay * weights\n        gradient = gradient + weight_decay * weights": "The weights decay twice: through the gradient, and on their own.",
    "learning_rate * weight_decay * weights → weight_decay * weights": "The weights shrink too fast: each step takes the share ηλ, not λ.",
    "learning_rate * weight_decay * weights → learning_rate * weights": "Each step takes the share η; where is λ?",
    "- learning_rate * weight_decay → + learning_rate * weight_decay": "The weights grow where they should shrink: look at the sign.",
    " - learning_rate * weight_decay * weights → ": "That is plain Adam: nothing decays.",
    "weight_decay * weights → weight_decay": "Each step takes ηλ from every weight, whatever its size; it should take the share ηλ of it.",
    " * np.sqrt(1 - 0.999**number) / (1 - 0.9**number) → ": "Adam's factors 1 − β^t are missing.",
    " * np.sqrt(1 - 0.999**number) → ": "One of Adam's factors 1 − β^t is missing: there is one for each running mean.",
    " / (1 - 0.9**number) → ": "One of Adam's factors 1 − β^t is missing: there is one for each running mean.",
    "start=1 → start=0": "Adam's factors 1 − β^t begin with t = 1: how large are they for t = 0?",
    "(np.sqrt(square) + 1e-7) → np.sqrt(square)": "You divide 0 by 0: the gradient of one weight is always 0. What does Adam add to the root?",
    "    return weights →         return weights": "Only the first step was taken. Does the `return` stand inside the loop?",
}


# %% [markdown]
# ## Exercise 5: beat plain descent
#
# *Open, 15 minutes, 3 points.* A long narrow valley in five dimensions: along its steepest direction the curvature is 200, along its flattest it is 1. You may ask for the gradient 150 times. Get at least 99 % of the way from the start to the lowest point.
#
# Plain gradient descent cannot: with η above $\frac{2}{200}$ it explodes, and below it the flat direction is not walked in time. Any method is welcome; the check looks at where you end, from ten starts.


# %% exercise="03-ravine" points=3
def minimise(gradient, start):
    """Return a point near the lowest point of a valley.

    Args:
        gradient: takes (k,) float64, returns (k,) float64, the gradient there; at most 150 calls.
        start: (k,) float64.

    Returns:
        (k,) float64, at most 1 % of the starting distance from the lowest point.
    """
    ### BEGIN SOLUTION
    weights = start
    velocity = np.zeros_like(start)
    for _ in range(150):
        velocity = 0.9 * velocity - 0.01 * gradient(weights)
        weights = weights + velocity
    return weights
    ### END SOLUTION


# %% [markdown] hint="03-ravine"
# Which of the lesson's optimisers builds up speed along a direction in which the gradient keeps its sign?

# %% [markdown] hint="03-ravine"
# Momentum keeps most of the last step: `velocity = momentum * velocity - learning_rate * gradient(weights)`. The steep direction allows η a little below $\frac{2}{200}\,(1 + \text{momentum})$; stay well below it. (Nesterov's variant allows less, here about 0.006.)

# %% [markdown] hint="03-ravine"
# With momentum 0.9 the gradients of about ten steps add up, so the flat direction is walked ten times as fast. η = 0.01 leaves room on the steep side.

# %% [markdown] why="03-ravine"
# Plain descent shrinks the distance along the flat direction by the factor $1 - \eta$ a step, and the steep direction forbids a larger η: it needs a number of steps in proportion to the *ratio* of the curvatures. Momentum 0.9 shrinks the distance by about $\sqrt{0.9}$ a step in all directions at once;
# with the best settings it needs only the square root of that ratio. Adam with a large η, such as 1.5, nearly always gets there too, where one that falls to 0 often stops short; and so do conjugate gradients, which are made for exactly this.


# %% check="03-ravine"
from course_utils.checks.judging import WrongAnswer, agrees


class Slope:
    """The gradient of a long narrow valley, which may be asked for 150 times."""

    def __init__(self, lowest, directions, curvatures):
        self.lowest = lowest
        self.directions = directions  # a column for each curvature, the flattest first
        self.curvatures = curvatures
        self.calls = 0

    def __call__(self, weights):
        self.calls += 1
        if self.calls > 150:
            raise RuntimeError(
                "the gradient may be asked for 150 times, and this was one more. (A `while` that "
                "looks at the gradient before it steps may ask twice a step.)"
            )
        along = self.directions.T @ (np.asarray(weights) - self.lowest)
        return self.directions @ (self.curvatures * along)

    def __repr__(self):
        return "gradient"


def inputs(random):
    cases = []
    for _ in range(10):
        lowest = random.normal(size=5)
        directions, _ = np.linalg.qr(random.normal(size=(5, 5)))
        away = random.choice([-1, 1], size=5) * random.uniform(1, 2, size=5)
        slope = Slope(lowest, directions, np.geomspace(1, 200, 5))
        cases.append((slope, lowest + directions @ away))
    return cases


def judge(got, gradient, start):
    try:
        agrees(got, start, atol=np.inf)  # the type and the shape
    except WrongAnswer as wrong:
        if wrong.kind != "nan":
            raise
    point = np.asarray(got, dtype=float)
    assert not np.allclose(point, start), "You return the start."
    left = np.linalg.norm(point - gradient.lowest) / np.linalg.norm(start - gradient.lowest)
    if left <= 0.01:
        return
    uphill = "Either you walk uphill (look at the signs), or the steps are too large for the steepest direction."
    assert np.isfinite(left), f"Your point is no longer finite. {uphill}"
    assert left < 1.5, f"You end further from the lowest point than you started. {uphill}"
    # The part of the way that is left along each direction; past the lowest point it is negative.
    along = (point - gradient.lowest) @ gradient.directions
    parts = along / ((start - gradient.lowest) @ gradient.directions)
    percent = f"{np.ceil(1e4 * left) / 100:.2f} % of the distance is left; at most 1 % may be"
    assert parts.min() > -0.01, (
        f"You have swung past the lowest point, and {percent}. Do your swings die down in time?"
    )
    assert left < 1, (
        "You end no nearer to the lowest point than you started. Look at the size of your steps, "
        "and at the signs."
    )
    assert np.abs(parts).max() > parts[0] + 1e-3, (
        f"You are on the way, but {percent}. What carries you along the flat direction?"
    )
    raise AssertionError(f"You are on the way, but {percent}. Are your steps of the right size?")


# %% wrong="03-ravine"
def minimise_uphill(gradient, start):
    """You end no nearer to the lowest point than you started. Look at the size of your steps, and
    at the signs.
    """
    return start + 0.0001 * gradient(start)


# %% wrong="03-ravine"
{
    "range(150) → range(1000)": "the gradient may be asked for 150 times, and this was one more.",
    "return weights → return start": "You return the start.",
    "0.9 * velocity - 0.01 * → -0.0095 *": "What carries you along the flat direction?",
    "- 0.01 * → - 0.05 *": "Either you walk uphill (look at the signs), or the steps are too large for the steepest direction.",
    "0.9 * velocity → 0.99 * velocity": "Do your swings die down in time?",
    "- 0.01 * → + 0.01 *": "Either you walk uphill (look at the signs), or the steps are too large for the steepest direction.",
}
