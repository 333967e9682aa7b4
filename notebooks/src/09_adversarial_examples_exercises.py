# %% [markdown]
# # 09 Adversarial examples: exercises
#
# Five exercises on [lesson 09](../09_adversarial_examples.ipynb), 65 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("09-smallest-flip")` gives one hint at a time; `solution("09-smallest-flip")` shows the answer and why. No exercise needs another one, but each needs the cells above it in its own section. *Run All* stops at the first exercise that is still open, so run cell by cell, the first code cell first.

# %%
import numpy as np

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: find the smallest flip
#
# *Fill in, 10 minutes, 2 points.* A linear model answers with the sign of $w \cdot x + b$. For each row of `x`, how large must a perturbation be at least, so that it can bring the score to zero? `norm` says how its size is measured: `"linf"` by the largest single change, `"l2"` by the Euclidean length.


# %% exercise="09-smallest-flip" points=2
def smallest_flip(w, b, x, norm):
    """Return the size of the smallest perturbation that brings each score to zero.

    Args:
        w: (d,) float64, weights.
        b: float, bias.
        x: (n, d) float64, one example a row.
        norm: str, "linf" or "l2", the norm of the perturbation.

    Returns:
        (n,) float64, at least 0.
    """
    ### BEGIN SOLUTION
    order = {"linf": 1, "l2": 2}[norm]
    return np.abs(x @ w + b) / np.linalg.norm(w, order)
    ### END SOLUTION


# %% [markdown] hint="09-smallest-flip"
# Try two weights, $w = (3, 4)$, and a score of 7. If each feature may move by ε, how much can the score fall? At which ε is it zero?

# %% [markdown] hint="09-smallest-flip"
# In $L_\infty$ every feature moves by ε in its own best direction, so the score moves by $\varepsilon\,(|w_1| + |w_2| + \dots)$. In $L_2$ the best direction is that of $w$ itself.

# %% [markdown] hint="09-smallest-flip"
# Distance of the score from zero, divided by `np.abs(w).sum()` or by `np.linalg.norm(w)`.

# %% [markdown] why="09-smallest-flip"
# By Hölder's inequality $|w \cdot \delta| \le \lVert w \rVert_1 \lVert \delta \rVert_\infty$, and by Cauchy and Schwarz $|w \cdot \delta| \le \lVert w \rVert_2 \lVert \delta \rVert_2$; both bounds are reached. The norm of the weights is the *dual* of the perturbation's:
# the largest single change goes with the sum of the weights, for all features may push at once. Dividing by the largest weight is right for perturbations measured in $L_1$, the sum of all changes: there the best attacker puts everything into one feature.


# %% wrong="09-smallest-flip" misconception="same-norm"
def smallest_flip_same_norm(w, b, x, norm):
    size = np.abs(w).max() if norm == "linf" else np.linalg.norm(w)
    return np.abs(x @ w + b) / size


# %% wrong="09-smallest-flip" misconception="one-norm-for-both"
def smallest_flip_always_l2(w, b, x, norm):
    return np.abs(x @ w + b) / np.linalg.norm(w)


# %% wrong="09-smallest-flip" misconception="no-bias"
def smallest_flip_no_bias(w, b, x, norm):
    return np.abs(x @ w) / np.linalg.norm(w, {"linf": 1, "l2": 2}[norm])


# %% wrong="09-smallest-flip" misconception="signed"
def smallest_flip_signed(w, b, x, norm):
    return (x @ w + b) / np.linalg.norm(w, {"linf": 1, "l2": 2}[norm])


# %% wrong="09-smallest-flip" misconception="weights-with-signs"
def smallest_flip_weights_with_signs(w, b, x, norm):
    return np.abs(x @ w + b) / (np.abs(w.sum()) if norm == "linf" else np.linalg.norm(w))


# %% [markdown]
# ## Exercise 2: find the way back
#
# *Fill in, 15 minutes, 3 points.* After each step, PGD must return to what is allowed. Given clean pictures `x` and attacked ones `x_adv`, bring each *perturbation* back into the ball of radius ε, then each *picture* back into $[0, 1]$. What lies inside already stays as it is.


# %% exercise="09-way-back" points=3
def way_back(x_adv, x, epsilon, norm):
    """Return the attacked pictures, within epsilon of the clean ones and within [0, 1].

    Args:
        x_adv: (n, h, w) float64, attacked pictures, any values.
        x: (n, h, w) float64 in [0, 1], clean pictures.
        epsilon: float, radius of the ball.
        norm: str, "linf" or "l2".

    Returns:
        (n, h, w) float64 in [0, 1].
    """
    ### BEGIN SOLUTION
    delta = x_adv - x
    if norm == "linf":
        delta = np.clip(delta, -epsilon, epsilon)
    else:
        length = np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))
        delta = delta * np.minimum(1, epsilon / np.maximum(length, 1e-12))
    return np.clip(x + delta, 0, 1)
    ### END SOLUTION


# %% [markdown] hint="09-way-back"
# The ball lies around the clean picture, not around zero. Which difference has to be small?

# %% [markdown] hint="09-way-back"
# In $L_\infty$ each pixel of `x_adv - x` is clipped on its own. In $L_2$ nothing is clipped: the whole perturbation of one picture is multiplied by one number. Which number, if its length is 3 and ε is 1? And if its length is 0.5?

# %% [markdown] hint="09-way-back"
# `length = np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))` has one length a picture. The factor is ε divided by it, but never more than 1. Then add the clean picture, and clip to 0 and 1.

# %% [markdown] why="09-way-back"
# The nearest point of a box is found pixel by pixel, the nearest point of a round ball by shrinking towards its centre; points inside are their own nearest points, hence the minimum with 1. The lengths belong to single pictures: with one length for the batch, an attack would depend on which other pictures happen to be attacked with it.
# Clipping to $[0, 1]$ afterwards moves every pixel towards the clean one, so it cannot leave the ball again.


# %% wrong="09-way-back" misconception="clips-in-l2"
def way_back_clips(x_adv, x, epsilon, norm):
    return np.clip(x + np.clip(x_adv - x, -epsilon, epsilon), 0, 1)


# %% wrong="09-way-back" misconception="always-rescales"
def way_back_rescales(x_adv, x, epsilon, norm):
    delta = x_adv - x
    if norm == "linf":
        return np.clip(x + np.clip(delta, -epsilon, epsilon), 0, 1)
    length = np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))
    return np.clip(x + epsilon * delta / length, 0, 1)


# %% wrong="09-way-back" misconception="one-length"
def way_back_one_length(x_adv, x, epsilon, norm):
    delta = x_adv - x
    if norm == "linf":
        return np.clip(x + np.clip(delta, -epsilon, epsilon), 0, 1)
    return np.clip(x + delta * min(1, epsilon / np.linalg.norm(delta)), 0, 1)


# %% wrong="09-way-back" misconception="around-zero"
def way_back_around_zero(x_adv, x, epsilon, norm):
    if norm == "linf":
        return np.clip(np.clip(x_adv, -epsilon, epsilon), 0, 1)
    length = np.sqrt(np.sum(x_adv**2, axis=(1, 2), keepdims=True))
    return np.clip(x_adv * np.minimum(1, epsilon / length), 0, 1)


# %% wrong="09-way-back" misconception="no-picture"
def way_back_no_picture(x_adv, x, epsilon, norm):
    delta = x_adv - x
    if norm == "linf":
        return x + np.clip(delta, -epsilon, epsilon)
    length = np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))
    return x + delta * np.minimum(1, epsilon / length)


# %% wrong="09-way-back" misconception="picture-first"
def way_back_picture_first(x_adv, x, epsilon, norm):
    delta = np.clip(x_adv, 0, 1) - x
    if norm == "linf":
        return x + np.clip(delta, -epsilon, epsilon)
    length = np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))
    return x + delta * np.minimum(1, epsilon / np.maximum(length, 1e-12))


# %% wrong="09-way-back" misconception="singular-value"
def way_back_singular_value(x_adv, x, epsilon, norm):
    delta = x_adv - x
    if norm == "linf":
        return np.clip(x + np.clip(delta, -epsilon, epsilon), 0, 1)
    length = np.linalg.norm(delta, 2, axis=(1, 2), keepdims=True)
    return np.clip(x + delta * np.minimum(1, epsilon / np.maximum(length, 1e-12)), 0, 1)


# %% wrong="09-way-back" misconception="perturbation"
def way_back_perturbation(x_adv, x, epsilon, norm):
    delta = x_adv - x
    if norm == "linf":
        return np.clip(delta, -epsilon, epsilon)
    length = np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))
    return delta * np.minimum(1, epsilon / np.maximum(length, 1e-12))


# %% [markdown]
# ## Exercise 3: choose the wrong answer
#
# *Change one thing and predict, 10 minutes, 2 points.* Below is FGSM on a softmax model without hidden layers, where the gradient is short enough to write out. It is *untargeted*: it pushes the loss of the right label up.
#
# **Predict** before you go on: to make the model answer `target`, is it enough to hand the function `target` in place of `labels`?


# %%
def input_gradient(x, labels, weights, biases):
    scores = x @ weights + biases
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return (p - np.eye(len(biases))[labels]) @ weights.T  # softmax minus one-hot, times weights


def fgsm(x, labels, weights, biases, epsilon):
    return np.clip(x + epsilon * np.sign(input_gradient(x, labels, weights, biases)), 0, 1)


# %% [markdown]
# It is not: that would push the model *away* from the target. Write the targeted version.


# %% exercise="09-targeted" points=2
def targeted_fgsm(x, target, weights, biases, epsilon):
    """Return pictures that one step has moved towards a wanted label.

    Args:
        x: (n, d) float64 in [0, 1], pictures as rows.
        target: (n,) int, the labels that the model should answer.
        weights: (d, classes) float64.
        biases: (classes,) float64.
        epsilon: float, the largest change of a pixel.

    Returns:
        (n, d) float64 in [0, 1].
    """
    ### BEGIN SOLUTION
    gradient = input_gradient(x, target, weights, biases)
    return np.clip(x - epsilon * np.sign(gradient), 0, 1)
    ### END SOLUTION


# %% [markdown] hint="09-targeted"
# The gradient points to where the loss of a label grows. Do you want the loss of the *target* to grow?

# %% [markdown] hint="09-targeted"
# One sign differs from `fgsm`, and the label is the target. Everything else stays.

# %% [markdown] why="09-targeted"
# A label becomes likely when *its* loss is small, so a targeted attack descends where an untargeted one ascends. It asks for more: of all directions that leave the right answer, only those count that lead to one certain other answer. So it often needs several steps, or a larger ε.
# Running away from the model's present answer is not the same thing; where it ends is up to the model.


# %% wrong="09-targeted" misconception="ascends"
def targeted_ascends(x, target, weights, biases, epsilon):
    return fgsm(x, target, weights, biases, epsilon)


# %% wrong="09-targeted" misconception="untargeted"
def targeted_away(x, target, weights, biases, epsilon):
    return fgsm(x, np.argmax(x @ weights + biases, axis=1), weights, biases, epsilon)


# %% wrong="09-targeted" misconception="no-sign"
def targeted_without_sign(x, target, weights, biases, epsilon):
    return np.clip(x - epsilon * input_gradient(x, target, weights, biases), 0, 1)


# %% wrong="09-targeted" misconception="no-picture"
def targeted_no_picture(x, target, weights, biases, epsilon):
    return x - epsilon * np.sign(input_gradient(x, target, weights, biases))


# %% wrong="09-targeted" misconception="perturbation"
def targeted_perturbation(x, target, weights, biases, epsilon):
    return -epsilon * np.sign(input_gradient(x, target, weights, biases))


# %% [markdown]
# ## Exercise 4: count what survives
#
# *Fill in, 10 minutes, 2 points.* You have run several attacks on the same $n$ pictures. `right` says which pictures the network gets right when they are clean; `fooled[a, i]` says whether attack `a` fooled it on picture `i`. Return the **robust accuracy**: the share of all pictures that are right when clean, and that *no* attack breaks.


# %% exercise="09-survivors" points=2
def robust_accuracy(right, fooled):
    """Return the share of pictures that are right and stay right under every attack.

    Args:
        right: (n,) bool, whether the network is right on the clean picture.
        fooled: (attacks, n) bool, whether it is wrong on the attacked picture.

    Returns:
        float in [0, 1].
    """
    ### BEGIN SOLUTION
    return np.mean(right & ~fooled.any(axis=0))
    ### END SOLUTION


# %% [markdown] hint="09-survivors"
# Look at one picture first, one column of `fooled`. How many attacks must succeed until it is lost?

# %% [markdown] hint="09-survivors"
# `fooled.any(axis=0)` is true where at least one attack succeeds. A picture that is wrong without any attack is lost too.

# %% [markdown] hint="09-survivors"
# Combine `right` and `~fooled.any(axis=0)` with `&`; the mean of a bool array is a share.

# %% [markdown] why="09-survivors"
# An attacker picks, for every picture, the attack that works. So the worst case is taken *per picture*, before the average: the strongest single attack over all pictures gives an upper bound only, and the average over attacks a still looser one. Every further attack can only lower the number, and that is how it should be.
# And the share is of *all* pictures: a network that is wrong on clean pictures must not look robust because there was nothing left to break.


# %% wrong="09-survivors" misconception="average-attack"
def survivors_average(right, fooled):
    return np.mean(right & ~fooled)


# %% wrong="09-survivors" misconception="strongest-attack"
def survivors_strongest(right, fooled):
    return np.min(np.mean(right & ~fooled, axis=1))


# %% wrong="09-survivors" misconception="last-attack"
def survivors_last(right, fooled):
    return np.mean(right & ~fooled[-1])


# %% wrong="09-survivors" misconception="ignores-clean"
def survivors_ignores_clean(right, fooled):
    return np.mean(~fooled.any(axis=0))


# %% wrong="09-survivors" misconception="share-of-right"
def survivors_share_of_right(right, fooled):
    return np.mean(~fooled.any(axis=0)[right])


# %% wrong="09-survivors" misconception="first-attack"
def survivors_first(right, fooled):
    return np.mean(right & ~fooled[0])


# %% wrong="09-survivors" misconception="right-and-fooled"
def survivors_right_and_fooled(right, fooled):
    return np.mean(right & fooled.any(axis=0))


# %% wrong="09-survivors" misconception="all-at-once"
def survivors_all_at_once(right, fooled):
    return np.mean(right & ~fooled.any())


# %% wrong="09-survivors" misconception="number"
def survivors_number(right, fooled):
    return np.sum(right & ~fooled.any(axis=0))


# %% [markdown]
# ## Exercise 5: break a defence that hides its gradient
#
# *Open, 20 minutes, 3 points.* A seller says that no gradient attack gets anywhere with their model. It rounds its 30 features to one decimal before it scores them, and `model.gradient(x)` is zero everywhere: they are right.
#
# Show that the model is not robust all the same. You may ask `model.score(x)`, whose sign is the answer, 100 times. Return a point at most ε away from `x` in every feature, on which the answer is the other one; ε is 0.3, the width of three stairs. Any method is welcome.


# %% exercise="09-masked" points=3
def break_defence(model, x, epsilon):
    """Return a point near x on which the model gives the other answer.

    Args:
        model: `model.score(x)` returns a float, whose sign is the answer, for (30,) float64;
            at most 100 calls. `model.gradient(x)` returns (30,) float64.
        x: (30,) float64.
        epsilon: float, the largest change of a feature.

    Returns:
        (30,) float64, at most epsilon from x in every feature.
    """
    ### BEGIN SOLUTION
    slopes = np.zeros_like(x)
    for i in range(len(x)):
        nudge = np.zeros_like(x)
        nudge[i] = epsilon
        slopes[i] = model.score(x + nudge) - model.score(x - nudge)
    return x - epsilon * np.sign(model.score(x)) * np.sign(slopes)
    ### END SOLUTION


# %% [markdown] hint="09-masked"
# Rounding hides *small* changes. You may make changes as large as ε: what does the score do if a single feature moves that far?

# %% [markdown] hint="09-masked"
# For each feature, compare the score at `x` with that feature raised by ε, and with it lowered by ε. That is 60 questions, and tells you which way each feature pushes.

# %% [markdown] hint="09-masked"
# It is finite differences with ε as the width. Then move all features at once, each by ε: down if the score is above zero, up if it is below. It is FGSM with a gradient that you measured yourself.

# %% [markdown] why="09-masked"
# The gradient is zero because the score is a staircase, but the stairs lead somewhere: over a width of ε the score rises and falls like the model without rounding. The defence has taken away the signpost, not the road. Attackers who see scores but no gradients (**black-box** attacks) do just this;
# others train a model of their own and transfer, or replace the rounding by the identity on the way back. A defence that rests on a missing gradient fails the sanity checks: here any of these attacks is stronger than the white-box one.


# %% wrong="09-masked" misconception="unchanged"
def break_with_the_gradient(model, x, epsilon):
    return x - epsilon * np.sign(model.score(x)) * np.sign(model.gradient(x))


# %% wrong="09-masked" misconception="outside"
def break_too_far(model, x, epsilon):
    start = model.score(x)
    slopes = np.array([model.score(x + epsilon * row) - start for row in np.eye(len(x))])
    return x - 2 * epsilon * np.sign(start) * np.sign(slopes)


# %% wrong="09-masked" misconception="same-answer"
def break_with_noise(model, x, epsilon):
    start, random, best = model.score(x), np.random.default_rng(0), x
    for _ in range(40):
        tried = x + epsilon * random.choice([-1, 1], size=len(x))
        if model.score(tried) * np.sign(start) < model.score(best) * np.sign(start):
            best = tried
    return best


# %% wrong="09-masked" misconception="raises"
def break_with_too_many_questions(model, x, epsilon):
    for _ in range(200):
        model.score(x)
    return x
