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


# %% check="09-smallest-flip"
def inputs(random):
    cases = []
    for norm in ["linf", "l2"] * 6:
        n, d = random.integers(3, 9, size=2)
        b = float(random.choice([-1, 1]) * random.uniform(0.5, 2))
        cases.append((random.normal(size=d), b, random.normal(size=(n, d)), norm))
    return cases


# %% wrong="09-smallest-flip"
{
    '"linf": 1 → "linf": np.inf': "You divide by the largest weight, as if a single feature did the work. May not all of them move at once?",
    '"linf": 1 → "linf": 2': "That is the answer for the other norm. How far can the score move if each feature may move by ε? And if the whole perturbation has length ε?",
    '"l2": 2 → "l2": 1': "With l2, that is the answer for the other norm. How far can the score move if each feature may move by ε? And if the whole perturbation has length ε?",
    '"linf": 1, "l2": 2 → "linf": 2, "l2": 1': "Each is the answer for the other norm. How far can the score move if each feature may move by ε? And if the whole perturbation has length ε?",
    "x @ w + b → x @ w": "You measure how far w·x is from zero. What does the model look at?",
    "np.abs(x @ w + b) → (np.abs(x @ w) + b)": "You take the size of w·x before you add the bias. Whose distance from zero counts?",
    "np.abs(x @ w + b) → (x @ w + b)": "Some sizes are negative. A perturbation has a size whichever way it points.",
    'np.linalg.norm(w, order) → (np.abs(w.sum()) if norm == "linf" else np.linalg.norm(w))': "You add up the weights with their signs, so that they cancel. Which way may each feature move on its own?",
    'np.linalg.norm(w, order) → (w.sum() if norm == "linf" else np.linalg.norm(w))': "You add up the weights with their signs, so that they cancel. Which way may each feature move on its own?",
    " / np.linalg.norm(w, order) → ": "That is how far the score has to move. How far does it move for a perturbation of size 1?",
    "np.linalg.norm(w, order) → np.linalg.norm(w, order) ** order": "That is the factor in front of w in the perturbation. How long is factor × w?",
    "np.linalg.norm(w, order) → np.sum(w**2)": "That is the factor in front of w in the perturbation. How long is factor × w?",
    "/ np.linalg.norm(w, order) → * np.linalg.norm(w, order)": "Larger weights should make the flip easier, and in your answer they make it harder.",
}


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


# %% check="09-way-back"
def inputs(random):
    cases = []
    for number in range(16):
        n, height, width = random.integers(2, 6, size=3)
        x = random.uniform(0, 1, size=(n, height, width))
        x[:, 0] = random.choice([0.0, 1.0], size=(n, width))  # where an attack leaves the range
        delta = random.normal(size=x.shape)
        if number < 6:
            epsilon = random.uniform(0.05, 0.3)
            cases.append((x + 1.5 * epsilon * delta, x, epsilon, "linf"))
            continue
        epsilon = random.uniform(0.4, 1.5)
        lengths = epsilon * np.linspace(0.4, 3, n)  # inside the ball, and far outside
        factors = lengths / np.sqrt(np.sum(delta**2, axis=(1, 2)))
        cases.append((x + delta * factors[:, np.newaxis, np.newaxis], x, epsilon, "l2"))
    x = random.uniform(0, 1, size=(3, 4, 4))
    return [*cases, (x + 0, x, 1.0, "l2")]  # of length 0


# %% wrong="09-way-back"
def way_back_around_zero(x_adv, x, epsilon, norm):
    """Your ball lies around zero. Which difference has to be small?"""
    return way_back(x_adv, np.zeros_like(x), epsilon, norm)


# %% wrong="09-way-back"
def way_back_to_the_range_only(x_adv, x, epsilon, norm):
    """The pictures are in range, but nothing keeps them near the clean ones: ε has no effect."""
    return np.clip(x_adv, 0, 1)


# %% wrong="09-way-back"
{
    'norm == "linf" → True': "You clip pixel by pixel in L2 too. Is a perturbation with every pixel at ε short enough?",
    'norm == "linf" → False': "You shrink by the length in L∞ too. There, only single pixels can be too large.",
    'norm == "linf" → norm == "l2"': "You clip in L2 and shrink in L∞: which of the two looks at single pixels?",
    "delta, -epsilon, epsilon → delta, None, epsilon": "In L∞ a pixel may have become too dark as well as too bright.",
    "np.minimum(1, epsilon / np.maximum(length, 1e-12)) → epsilon / np.maximum(length, 1e-12)": "You stretch short perturbations to length ε. What lies inside the ball should stay as it is.",
    "axis=(1, 2), keepdims=True → keepdims=True": "You use one length for all pictures together. Each picture has its own ball.",
    "axis=(1, 2) → axis=2": "You use one length for each row of a picture. A picture has a single one.",
    "axis=(1, 2) → axis=1": "You use one length for each column of a picture. A picture has a single one.",
    "np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True)) → np.linalg.norm(delta, 2, axis=(1, 2), keepdims=True)": "With 2 and two axes, `np.linalg.norm` gives a matrix's largest singular value. The length is the root of the sum of squares.",
    "np.sqrt( → (": "You divide by the *squared* length.",
    "np.sum(delta**2 → np.mean(delta**2": "You take the root of the mean of squares. The length is the root of their sum.",
    "np.sqrt(np.sum(delta**2, → (np.sum(np.abs(delta),": "That is the sum of the changes, the length in L1. The length in L2 is the root of the sum of squares.",
    "delta * np.minimum(1, epsilon / np.maximum(length, 1e-12)) → delta / length * np.minimum(length, epsilon)": "A picture that has not moved has a perturbation of length 0, and you divide by that length.",
    "delta = x_adv - x → delta = np.clip(x_adv, 0, 1) - x": "You cut the picture to [0, 1] before the perturbation is measured: first the ball, then the picture.",
    "np.clip(x + delta, 0, 1) → delta": "That is the perturbation: add the clean picture.",
    "np.clip(x + delta, 0, 1) → np.clip(delta, 0, 1)": "That is the perturbation, clipped: first add the clean picture.",
    "np.clip(x + delta, 0, 1) → np.clip(x - delta, 0, 1)": "Your picture lies on the other side of the clean one: which way does the difference point?",
    "np.clip(x + delta, 0, 1) → x + delta": "Some pixels are below 0 or above 1. Is the result still a picture?",
}


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


# %% check="09-targeted"
def inputs(random):
    cases = []
    for _ in range(8):
        d, classes = random.integers([6, 3], [12, 7])
        x = random.uniform(0, 1, size=(40, d))
        weights, biases = random.normal(size=(d, classes)), random.normal(size=classes)
        weights[0] = 0  # a pixel that no class looks at
        own = np.argmax(x @ weights + biases, axis=1)
        target = (own + random.integers(1, classes, size=40)) % classes
        cases.append((x, target, weights, biases, round(random.uniform(0.1, 0.3), 2)))
    return cases


# %% wrong="09-targeted"
def targeted_away(x, target, weights, biases, epsilon):
    """You run away from the present answer, and the target has no part in it."""
    return fgsm(x, np.argmax(x @ weights + biases, axis=1), weights, biases, epsilon)


# %% wrong="09-targeted"
def targeted_at_own_answer(x, target, weights, biases, epsilon):
    """You make the model surer of the answer that it gives already."""
    own = np.argmax(x @ weights + biases, axis=1)
    return targeted_fgsm(x, own, weights, biases, epsilon)


# %% wrong="09-targeted"
def targeted_score_alone(x, target, weights, biases, epsilon):
    """You raise the target's score and look at no other. Its loss depends on the scores of all classes."""
    return np.clip(x + epsilon * np.sign(weights[:, target].T), 0, 1)


# %% wrong="09-targeted"
def targeted_two_scores(x, target, weights, biases, epsilon):
    """You weigh the target against the present answer only. Its loss depends on the scores of all classes."""
    own = np.argmax(x @ weights + biases, axis=1)
    return np.clip(x + epsilon * np.sign(weights[:, target] - weights[:, own]).T, 0, 1)


# %% wrong="09-targeted"
def targeted_small_steps(x, target, weights, biases, epsilon):
    """Several small steps may end elsewhere: asked is one step of ε."""
    for _ in range(10):
        x = targeted_fgsm(x, target, weights, biases, epsilon / 10)
    return x


# %% wrong="09-targeted"
{
    "x - epsilon → x + epsilon": "The target becomes less likely, not more. Which way does its loss have to go?",
    "np.sign(gradient) → gradient": "The direction is right, but each pixel moves by ε times its slope: some by less than they may, others perhaps by more than ε.",
    "np.sign(gradient) → gradient / np.linalg.norm(gradient, axis=1, keepdims=True)": "Your step has the length ε in L2: the direction is right, but each pixel may move by ε.",
    "np.clip(x - epsilon * np.sign(gradient), 0, 1) → x - epsilon * np.sign(gradient)": "Some pixels are below 0 or above 1. Is the result still a picture?",
    "np.clip(x - epsilon * np.sign(gradient), 0, 1) → -epsilon * np.sign(gradient)": "That is the perturbation: add the picture, then clip.",
    "np.clip(x - epsilon → np.clip(-epsilon": "That is the perturbation, clipped: first add the picture.",
    "np.clip(x - epsilon → x + np.clip(-epsilon": "You clip the step, so no pixel can become darker. What has to lie between 0 and 1?",
    "np.clip(x - epsilon * np.sign(gradient), 0, 1) → np.clip(x + np.clip(-epsilon * np.sign(gradient), 0, 1), 0, 1)": "You clip the step, so no pixel can become darker. What has to lie between 0 and 1?",
}


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


# %% check="09-survivors"
def inputs(random):
    cases = []
    for attacks in [3, 2, 4, 5, 1, 3, 2, 4, 5, 3]:
        n = int(random.integers(80, 150))
        right = random.uniform(size=n) < random.uniform(0.6, 0.9)
        fooled = random.uniform(size=(attacks, n)) < random.uniform(0.1, 0.5, size=(attacks, 1))
        cases.append((right, fooled))
    return cases


# %% wrong="09-survivors"
{
    "fooled.any(axis=0) → fooled": "You average over the attacks. Does an attacker whose third attempt works care about the first two?",
    "np.mean(right & ~fooled.any(axis=0)) → np.min(np.mean(right & ~fooled, axis=1))": "You take the one attack that is strongest on the whole. May the attacker not choose another for each picture?",
    "np.mean(right & ~fooled.any(axis=0)) → np.max(np.mean(right & ~fooled, axis=1))": "You take the weakest attack of all.",
    "fooled.any(axis=0) → fooled[0]": "Only the first attack counts in your answer.",
    "fooled.any(axis=0) → fooled[-1]": "Only the last attack counts in your answer.",
    "right & ~fooled → ~fooled": "You count pictures as robust that are wrong without any attack.",
    "right & ~fooled.any(axis=0) → ~fooled.any(axis=0)[right]": "The survivors are right, but what do you take the share of? It is of all pictures.",
    "any(axis=0) → all(axis=0)": "You count a picture as lost only if every attack breaks it. How many successes does an attacker need?",
    "np.mean( → 1 - np.mean(": "That is the share of pictures that are lost.",
    "right & ~fooled → right & fooled": "These are the pictures that some attack breaks. The share of those that none breaks is asked for.",
    "right & ~fooled → fooled": "That is the share of pictures that some attack breaks, right or wrong when clean.",
    "right & ~fooled → right | ~fooled": "You count a picture that is right, *or* that no attack breaks. Which of the two must hold?",
    "right & ~fooled.any(axis=0) → right": "That is the accuracy on clean pictures, as if no attack had broken anything.",
    "any(axis=0) → any()": "In your answer no picture is left. Without `axis`, `any` asks about all attacks and all pictures at once.",
    "np.mean( → np.sum(": "That is a number of pictures; a share is asked for.",
    "return np.mean( → return 100 * np.mean(": "Return a share between 0 and 1, not per cent.",
    "any(axis=0) → sum(axis=0)": "You count a picture as left if an *even* number of attacks breaks it: on whole numbers, `~` turns every bit round.",
}


# %% [markdown]
# ## Exercise 5: break a defence that hides its gradient
#
# *Open, 20 minutes, 3 points.* A seller says that no gradient attack gets anywhere with their model. It rounds its 30 features to one decimal before it scores them, and `model.gradient(x)` is zero everywhere: they are right.
#
# Show that the model is not robust all the same. You may ask `model.score(x)`, whose sign is the answer, 100 times. Return a point at most ε away from `x` in every feature, on which the answer is the other one; ε is at least 0.3, the width of three stairs. Any method is welcome.


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


# %% check="09-masked"
from course_utils.checks.judging import agrees

STAIR = 0.1  # the width to which the model rounds features


class Staircase:
    """A linear model that rounds its input, so that its gradient is zero almost everywhere."""

    def __init__(self, w, b):
        self.w, self.b, self.calls = w, b, 0

    def score(self, x):
        """Return the score of (30,) float `x`; its sign is the answer. At most 100 calls."""
        self.calls += 1
        if self.calls > 100:
            raise RuntimeError("the model was asked for more than 100 scores")
        return self.uncounted_score(x)

    def uncounted_score(self, x):
        stairs = np.round(np.asarray(x, dtype=float) / STAIR)
        return float(self.w @ (STAIR * stairs) + self.b)

    def gradient(self, x):
        """Return the gradient of the score at `x`, (30,) zeros."""
        return np.zeros(len(self.w))

    def __repr__(self):
        return "model"


def inputs(random):
    cases = []
    for side, epsilon in [(-1, 0.3), (1, 0.3), (-1, 0.4), (1, 0.5)]:
        w = random.choice([-1, 1], size=30) * random.uniform(0.5, 2, size=30)
        w[0] = 0  # a feature that changes nothing
        x = STAIR * random.integers(-20, 21, size=30)
        # All features together can move the score by a quarter more than it has to.
        b = side * 0.8 * epsilon * np.abs(w).sum() - w @ x
        cases.append((Staircase(w, float(b)), x, epsilon))
    return cases


def judge(got, model, x, epsilon):
    if np.shape(got) != x.shape:
        agrees(got, x)  # says what is wrong with the type or the shape
    point = np.asarray(got, dtype=float)
    assert np.isfinite(point).all(), "The result contains NaN (not a number) or infinity."
    change = np.abs(point - x).max()
    assert change <= epsilon * (1 + 1e-6), (
        f"One feature has changed by {change:.2f}, and at most ε = {epsilon:.2f} is allowed."
    )
    assert change > 0, (
        "Your point is x itself. The gradient is zero, and so is every difference over a tiny "
        "distance: how wide is a stair?"
    )
    moved = 1 - model.uncounted_score(point) / model.uncounted_score(x)
    assert moved >= 0, (
        "The answer is the same, and the score has moved away from zero: check your signs."
    )
    assert moved > 1, (  # a score of exactly zero is not yet the other answer
        f"The answer is not the other one: the score has gone {moved:.0%} of the way to zero. "
        "Do all features push the way that you want, and as far as they may?"
    )


# %% wrong="09-masked"
def break_with_noise(model, x, epsilon):
    """Do all features push the way that you want, and as far as they may?"""
    start, random, best = model.score(x), np.random.default_rng(0), x
    for _ in range(40):
        tried = x + epsilon * random.choice([-1, 1], size=len(x))
        if model.score(tried) * np.sign(start) < model.score(best) * np.sign(start):
            best = tried
    return best


# %% wrong="09-masked"
def break_with_too_many_questions(model, x, epsilon):
    """You ask the model for more than 100 scores. How many does one feature need?"""
    for _ in range(200):
        model.score(x)
    return x


# %% wrong="09-masked"
{
    "np.sign(slopes) → np.sign(model.gradient(x))": "Your point is x itself. The gradient is zero, and so is every difference over a tiny distance: how wide is a stair?",
    "x - epsilon * np.sign(model → x - 2 * epsilon * np.sign(model": "One feature has changed by 0.60, and at most ε = 0.30 is allowed.",
    "x - epsilon * np.sign(model → x + epsilon * np.sign(model": "The answer is the same, and the score has moved away from zero: check your signs.",
    "epsilon * np.sign(model.score(x)) * → epsilon *": "Your point is right where the score is above zero. Which way do you have to go where it is below?",
    "np.sign(model.score(x)) → model.score(x)": "The score itself scales your step. Which part of it tells the way to go?",
    "np.sign(slopes) → slopes": "Each feature moves by ε times its slope: some by less than they may, others perhaps by more than ε.",
    "return x - epsilon → return x - 0.1": "Do all features push the way that you want, and as far as they may?",
}
