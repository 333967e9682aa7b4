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


# %% wrong="03-dropout" misconception="no-rescaling"
def dropout_without_rescaling(activations, uniform, rate, training):
    return activations * (uniform >= rate) if training else activations


# %% wrong="03-dropout" misconception="divided-by-rate"
def dropout_divided_by_rate(activations, uniform, rate, training):
    return activations * (uniform >= rate) / rate if training else activations


# %% wrong="03-dropout" misconception="mask-inverted"
def dropout_mask_inverted(activations, uniform, rate, training):
    return activations * (uniform < rate) / (1 - rate) if training else activations


# %% wrong="03-dropout" misconception="scaled-down"
def dropout_scaled_down(activations, uniform, rate, training):
    return activations * (uniform >= rate) * (1 - rate) if training else activations


# %% wrong="03-dropout" misconception="active-when-off"
def dropout_active_when_off(activations, uniform, rate, training):
    return np.where(uniform < rate, 0.0, activations / (1 - rate))


# %% wrong="03-dropout" misconception="other-units"
def dropout_with_own_coins(activations, uniform, rate, training):
    coins = np.random.default_rng().random(uniform.shape)
    return np.where(coins < rate, 0.0, activations / (1 - rate)) if training else activations


# %% wrong="03-dropout" misconception="never-active"
def dropout_training_inverted(activations, uniform, rate, training):
    return activations if training else np.where(uniform < rate, 0.0, activations / (1 - rate))


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


# %% wrong="03-early-stopping" misconception="last-not-best"
def early_stopping_last_not_best(val_losses, patience):
    best_epoch = 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < min(val_losses[: epoch - 1], default=np.inf):
            best_epoch = epoch
        elif epoch - best_epoch >= patience:
            return epoch, epoch
    return len(val_losses), len(val_losses)


# %% wrong="03-early-stopping" misconception="all-epochs"
def early_stopping_all_epochs(val_losses, patience):
    return len(val_losses), int(np.argmin(val_losses)) + 1


# %% wrong="03-early-stopping" misconception="never-forgets"
def early_stopping_never_forgets(val_losses, patience):
    best_loss, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
        else:
            waited += 1
            if waited == patience:
                return epoch, best_epoch
    return len(val_losses), best_epoch


# %% wrong="03-early-stopping" misconception="one-too-patient"
def early_stopping_one_too_patient(val_losses, patience):
    best_loss, best_epoch = np.inf, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
        elif epoch - best_epoch > patience:
            return epoch, best_epoch
    return len(val_losses), best_epoch


# %% wrong="03-early-stopping" misconception="counts-from-0"
def early_stopping_counts_from_0(val_losses, patience):
    best_loss, best_epoch = np.inf, 0
    for epoch, loss in enumerate(val_losses):
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return epoch, best_epoch
    return len(val_losses) - 1, best_epoch


# %% wrong="03-early-stopping" misconception="epoch-before"
def early_stopping_epoch_before(val_losses, patience):
    before, best_epoch, waited = np.inf, 0, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < before:
            best_epoch, waited = epoch, 0
        else:
            waited += 1
            if waited == patience:
                return epoch, best_epoch
        before = loss
    return len(val_losses), best_epoch


# %% wrong="03-early-stopping" misconception="ties-are-new"
def early_stopping_ties_are_new(val_losses, patience):
    best_loss, best_epoch = np.inf, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss <= best_loss:
            best_loss, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return epoch, best_epoch
    return len(val_losses), best_epoch


# %% wrong="03-early-stopping" misconception="swapped"
def early_stopping_swapped(val_losses, patience):
    best_loss, best_epoch = np.inf, 0
    for epoch, loss in enumerate(val_losses, start=1):
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return best_epoch, epoch
    return best_epoch, len(val_losses)


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


# %% wrong="03-out-of-fold" misconception="leak"
def out_of_fold_leak(x, y, fold, fit):
    scores = np.zeros(len(y))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    for number in np.unique(fold):
        held_out = fold == number
        scores[held_out] = fit(x[~held_out], y[~held_out])(x[held_out])
    return scores


# %% wrong="03-out-of-fold" misconception="own-scale"
def out_of_fold_own_scale(x, y, fold, fit):
    scores = np.zeros(len(y))

    def scale(rows):
        return (rows - rows.mean(axis=0)) / rows.std(axis=0)

    for number in np.unique(fold):
        held_out = fold == number
        scores[held_out] = fit(scale(x[~held_out]), y[~held_out])(scale(x[held_out]))
    return scores


# %% wrong="03-out-of-fold" misconception="not-scaled"
def out_of_fold_not_scaled(x, y, fold, fit):
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        scores[held_out] = fit(x[~held_out], y[~held_out])(x[held_out])
    return scores


# %% wrong="03-out-of-fold" misconception="trained-on-test"
def out_of_fold_trained_on_test(x, y, fold, fit):
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        mean, deviation = x[~held_out].mean(axis=0), x[~held_out].std(axis=0)
        x_scaled = (x - mean) / deviation
        scores[held_out] = fit(x_scaled, y)(x_scaled[held_out])
    return scores


# %% wrong="03-out-of-fold" misconception="order-lost"
def out_of_fold_order_lost(x, y, fold, fit):
    scores = []
    for number in np.unique(fold):
        x_train, x_test = x[fold != number], x[fold == number]
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        predict = fit((x_train - mean) / deviation, y[fold != number])
        scores.extend(predict((x_test - mean) / deviation))
    return np.array(scores)


# %% wrong="03-out-of-fold" misconception="held-out-raw"
def out_of_fold_held_out_raw(x, y, fold, fit):
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        mean, deviation = x[~held_out].mean(axis=0), x[~held_out].std(axis=0)
        scores[held_out] = fit((x[~held_out] - mean) / deviation, y[~held_out])(x[held_out])
    return scores


# %% wrong="03-out-of-fold" misconception="one-scale"
def out_of_fold_one_scale(x, y, fold, fit):
    scores = np.zeros(len(y))
    for number in np.unique(fold):
        held_out = fold == number
        mean, deviation = x[~held_out].mean(), x[~held_out].std()
        predict = fit((x[~held_out] - mean) / deviation, y[~held_out])
        scores[held_out] = predict((x[held_out] - mean) / deviation)
    return scores


# %% wrong="03-out-of-fold" misconception="fold-skipped"
def out_of_fold_counts_folds(x, y, fold, fit):
    scores = np.zeros(len(y))
    for number in range(len(np.unique(fold))):
        held_out = fold == number
        mean, deviation = x[~held_out].mean(axis=0), x[~held_out].std(axis=0)
        predict = fit((x[~held_out] - mean) / deviation, y[~held_out])
        scores[held_out] = predict((x[held_out] - mean) / deviation)
    return scores


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


# %% wrong="03-decoupled-decay" misconception="in-the-gradient"
def adam_decay_in_the_gradient(weights, gradients, learning_rate, weight_decay):
    return adam_with_l2(weights, gradients, learning_rate, weight_decay)


# %% wrong="03-decoupled-decay" misconception="no-rate"
def adam_decay_no_rate(weights, gradients, learning_rate, weight_decay):
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        weights = weights - weight_decay * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights


# %% wrong="03-decoupled-decay" misconception="grows"
def adam_decay_grows(weights, gradients, learning_rate, weight_decay):
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        weights = weights + learning_rate * weight_decay * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights


# %% wrong="03-decoupled-decay" misconception="no-decay"
def adam_no_decay(weights, gradients, learning_rate, weight_decay):
    return adam_with_l2(weights, gradients, learning_rate, weight_decay=0.0)


# %% wrong="03-decoupled-decay" misconception="at-the-end"
def adam_decay_at_the_end(weights, gradients, learning_rate, weight_decay):
    weights = adam_with_l2(weights, gradients, learning_rate, weight_decay=0.0)
    return weights - learning_rate * weight_decay * weights


# %% wrong="03-decoupled-decay" misconception="twice"
def adam_decay_twice(weights, gradients, learning_rate, weight_decay):
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        weights = weights - learning_rate * weight_decay * weights
        gradient = gradient + weight_decay * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights


# %% wrong="03-decoupled-decay" misconception="not-a-share"
def adam_decay_not_a_share(weights, gradients, learning_rate, weight_decay):
    mean = square = np.zeros_like(weights)
    for number, gradient in enumerate(gradients, start=1):
        weights = weights - learning_rate * weight_decay
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = learning_rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        weights = weights - step * mean / (np.sqrt(square) + 1e-7)
    return weights


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
    weights, velocity = start, np.zeros_like(start)
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


# %% wrong="03-ravine" misconception="too-slow"
def minimise_plain(gradient, start):
    weights = start
    for _ in range(150):
        weights = weights - 0.0095 * gradient(weights)
    return weights


# %% wrong="03-ravine" misconception="diverged"
def minimise_too_fast(gradient, start):
    weights = start
    for _ in range(150):
        weights = weights - 0.05 * gradient(weights)
    return weights


# %% wrong="03-ravine" misconception="raises"
def minimise_too_often(gradient, start):
    weights, velocity = start, np.zeros_like(start)
    for _ in range(1000):
        velocity = 0.9 * velocity - 0.001 * gradient(weights)
        weights = weights + velocity
    return weights


# %% wrong="03-ravine" misconception="start"
def minimise_nothing(gradient, start):
    return start
