"""The checks of lesson 09, adversarial examples."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import matches

NUM_SCORES = 100  # how often exercise 09-masked may ask for a score
STEP = 0.1  # the width to which its model rounds features


def _judged(candidates):
    """Return a judge that names the misconception of the first candidate that an answer equals.

    Args:
        candidates: takes the exercise's arguments, returns a dict of misconception → (the answer
            that it leads to, what the student reads).
    """

    def judge(got, expected, *arguments):
        try:
            agrees(got, expected)
        except WrongAnswer as wrong:
            if wrong.misconception not in ("value", "nan"):
                raise
            for key, (candidate, message) in candidates(*arguments).items():
                if matches(got, candidate):
                    raise WrongAnswer(key, message) from None
            raise

    return judge


# 09-smallest-flip


def _flip_inputs(random):
    """Draw until weights and scores have both signs: else a missing `abs` would not show."""
    while True:
        w, x = random.normal(size=6), random.normal(size=(8, 6))
        b = float(random.choice([-1, 1]) * random.uniform(0.5, 2))
        if all(min(part) < -0.1 and max(part) > 0.1 for part in (w, x @ w + b)):
            return [(w, b, x, norm) for norm in ("linf", "l2")]


def _flip(w, b, x, norm):
    size = np.abs(w).sum() if norm == "linf" else np.sqrt(np.sum(w**2))
    return np.abs(x @ w + b) / size


def _flip_candidates(w, b, x, norm):
    score, right = x @ w + b, _flip(w, 0, np.eye(len(w)), norm).max()
    per_weight = np.abs(w).max() / right  # the dual norm of the weights
    other = "l2" if norm == "linf" else "linf"
    with_signs = (
        "You add up the weights with their signs, so that they cancel. Which way may each feature "
        "move on its own?"
    )
    return {
        "weights-with-signs": (np.abs(score) / np.abs(w.sum()), with_signs),
        "weights-with-signs-negative": (np.abs(score) / w.sum(), with_signs),
        "same-norm": (np.abs(score) / np.abs(w).max(), "You divide by the largest weight, as if "
                      "a single feature did the work. May not all of them move at once?"),
        "one-norm-for-both": (_flip(w, b, x, other), "That is the answer for the other norm. "
                              "How far can the score move if each feature may move by ε? And if "
                              "the whole perturbation has length ε?"),
        "no-bias": (np.abs(x @ w) / per_weight, "You measure how far w·x is from zero. What does "
                    "the model look at?"),
        "signed": (score / per_weight, "Some sizes are negative. A perturbation has a size "
                   "whichever way it points."),
        "not-divided": (np.abs(score), "That is how far the score has to move. How far does it "
                        "move for a perturbation of size 1?"),
        "squared": (np.abs(score) / np.sum(w**2), "That is the factor in front of w in the "
                    "perturbation. How long is factor × w?"),
        "times": (np.abs(score) * per_weight, "Larger weights should make the flip easier, and "
                  "in your answer they make it harder."),
    }  # fmt: skip


# 09-way-back


def _back_inputs(random):
    x = random.uniform(0, 1, size=(6, 4, 4))
    x[:, 0] = random.choice([0.0, 1.0], size=(6, 4))  # where an attack leaves the range of pixels
    sizes = np.array([0.05, 0.2, 0.1, 2, 5, 3])[:, np.newaxis, np.newaxis]
    delta = random.normal(size=x.shape)
    delta *= sizes / np.sqrt(np.sum(delta**2, axis=(1, 2), keepdims=True))
    unmoved = (x + 0, x, 1.0, "l2")  # of length 0, where a plain division gives NaN
    return [(x + delta, x, 0.1, "linf"), (x + delta, x, 1.0, "l2"), unmoved]


def _length(delta, axis=(1, 2)):
    return np.sqrt(np.sum(delta**2, axis=axis, keepdims=True))


def _back(x_adv, x, epsilon, norm, *, picture=True, inside=True, length=_length, around=None):
    centre = x if around is None else np.zeros_like(x)
    delta = x_adv - centre
    if norm == "linf":
        delta = np.clip(delta, -epsilon, epsilon)
    else:
        factor = epsilon / np.maximum(length(delta), 1e-12)
        delta = delta * (np.minimum(1, factor) if inside else factor)
    return np.clip(centre + delta, 0, 1) if picture else centre + delta


def _back_candidates(x_adv, x, epsilon, norm):
    arguments = (x_adv, x, epsilon, norm)
    delta = _back(*arguments, picture=False) - x
    if not np.any(x_adv - x):
        return {
            "zero-length": (np.full_like(x, np.nan), "A picture that has not moved has a "
                            "perturbation of length 0, and you divide by that length."),
        }  # fmt: skip
    return {
        "clips-in-l2": (_back(x_adv, x, epsilon, "linf"), "You clip pixel by pixel in L2 too. Is "
                        "a perturbation with every pixel at ε short enough?"),
        "shrinks-in-linf": (_back(x_adv, x, epsilon, "l2"), "You shrink by the length in L∞ too. "
                            "There, only single pixels can be too large."),
        "always-rescales": (_back(*arguments, inside=False), "You stretch short perturbations to "
                            "length ε. What lies inside the ball should stay as it is."),
        "one-length": (_back(*arguments, length=lambda delta: _length(delta, None)), "You use one "
                       "length for all pictures together. Each picture has its own ball."),
        "length-of-a-row": (_back(*arguments, length=lambda delta: _length(delta, 2)), "You use "
                            "one length for each row of a picture. A picture has a single one."),
        "length-of-a-column": (_back(*arguments, length=lambda delta: _length(delta, 1)), "You "
                               "use one length for each column of a picture. A picture has a "
                               "single one."),
        "singular-value": (_back(*arguments, length=lambda delta: np.linalg.norm(
                           delta, 2, axis=(1, 2), keepdims=True)), "With 2 and two axes, "
                           "`np.linalg.norm` gives a matrix's largest singular value. The length "
                           "is the root of the sum of squares."),
        "squared-length": (_back(*arguments, length=lambda delta: _length(delta) ** 2), "You "
                           "divide by the *squared* length."),
        "picture-first": (_back(np.clip(x_adv, 0, 1), x, epsilon, norm), "You cut the picture to "
                          "[0, 1] before the perturbation is measured: first the ball, then the "
                          "picture."),
        "perturbation": (delta, "That is the perturbation: add the clean picture."),
        "perturbation-clipped": (np.clip(delta, 0, 1), "That is the perturbation, clipped: first "
                                 "add the clean picture."),
        "around-zero": (_back(*arguments, around=0), "Your ball lies around zero. Which "
                        "difference has to be small?"),
        "no-picture": (_back(*arguments, picture=False), "Some pixels are below 0 or above 1. "
                       "Is the result still a picture?"),
        "not-a-way-back": (np.clip(x_adv, 0, 1), "The pictures are in range, but nothing keeps "
                           "them near the clean ones: ε has no effect."),
    }  # fmt: skip


# 09-targeted


def _targeted_inputs(random):
    """Draw until many small steps, or the scores alone without the softmax, lead elsewhere."""
    while True:
        x = random.uniform(0, 1, size=(40, 9))
        weights, biases = random.normal(size=(9, 4)), random.normal(size=4)
        own = np.argmax(x @ weights + biases, axis=1)
        target = (own + random.integers(1, 4, size=40)) % 4
        epsilon = round(random.uniform(0.1, 0.3), 2)
        right = _targeted(x, target, weights, biases, epsilon)
        small_steps = x
        for _ in range(10):
            small_steps = _targeted(small_steps, target, weights, biases, epsilon / 10)
        scores_alone = np.clip(
            x + epsilon * np.sign((weights[:, target] - weights[:, own]).T), 0, 1
        )
        if not any(np.allclose(other, right) for other in (small_steps, scores_alone)):
            return [(x, target, weights, biases, epsilon)]


def _slope(x, labels, weights, biases):
    scores = x @ weights + biases
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    p[np.arange(len(x)), labels] -= 1
    return p @ weights.T


def _targeted(x, target, weights, biases, epsilon):
    return np.clip(x - epsilon * np.sign(_slope(x, target, weights, biases)), 0, 1)


def _targeted_candidates(x, target, weights, biases, epsilon):
    gradient = _slope(x, target, weights, biases)
    own = _slope(x, np.argmax(x @ weights + biases, axis=1), weights, biases)
    delta = -epsilon * np.sign(gradient)
    length = np.sqrt(np.sum(gradient**2, axis=1, keepdims=True))
    clipped_step = (
        "You clip the step, so no pixel can become darker. What has to lie between 0 and 1?"
    )
    return {
        "ascends": (np.clip(x + epsilon * np.sign(gradient), 0, 1), "The target becomes less "
                    "likely, not more. Which way does its loss have to go?"),
        "untargeted": (np.clip(x + epsilon * np.sign(own), 0, 1), "You run away from the present "
                       "answer, and the target has no part in it."),
        "follows-own": (np.clip(x - epsilon * np.sign(own), 0, 1), "You make the model surer of "
                        "the answer that it gives already."),
        "no-sign": (np.clip(x - epsilon * gradient, 0, 1), "The direction is right, but each "
                    "pixel moves by ε times its slope: some by less than they may, others "
                    "perhaps by more than ε."),
        "no-picture": (x + delta, "Some pixels are below 0 or above 1. Is the result still a "
                       "picture?"),
        "perturbation": (delta, "That is the perturbation: add the picture, then clip."),
        "perturbation-clipped": (np.clip(delta, 0, 1), "That is the perturbation, clipped: first "
                                 "add the picture."),
        "clips-the-step": (x + np.clip(delta, 0, 1), clipped_step),
        "clips-both": (np.clip(x + np.clip(delta, 0, 1), 0, 1), clipped_step),
        "l2-step": (np.clip(x - epsilon * gradient / length, 0, 1), "Your step has the length ε "
                    "in L2: the direction is right, but each pixel may move by ε."),
    }  # fmt: skip


# 09-survivors


def _survivors_inputs(random):
    while True:
        right = np.arange(120) % 5 > 0
        counts = np.array([54, 72, 16, 40])[:, np.newaxis]  # first and last are neither extreme
        fooled = random.permuted(np.tile(np.arange(120), (4, 1)), axis=1) < counts
        fooled[:, ::10] = False  # wrong when clean, and right by luck under every attack
        answers = [answer for answer, _ in _survivors_candidates(right, fooled).values()]
        broken = fooled.any(axis=0)
        answers += [np.mean(fooled), np.mean(right ^ broken), np.mean(right | ~broken)]
        if len(np.unique(np.round([_survivors(right, fooled), *answers], 9))) > len(answers):
            order = random.permutation(120)
            return [(right[order], fooled[:, order])]


def _survivors(right, fooled):
    lost = ~right
    for attack in fooled:
        lost = lost | attack
    return 1 - lost.mean()


def _survivors_candidates(right, fooled):
    each = np.array([np.mean(right & ~attack) for attack in fooled])
    untouched = ~fooled.any(axis=0)
    even = fooled.sum(axis=0) % 2 == 0
    return {
        "average-attack": (each.mean(), "You average over the attacks. Does an attacker whose "
                           "third attempt works care about the first two?"),
        "strongest-attack": (each.min(), "You take the one attack that is strongest on the whole. "
                             "May the attacker not choose another for each picture?"),
        "weakest-attack": (each.max(), "You take the weakest attack of all."),
        "first-attack": (each[0], "Only the first attack counts in your answer."),
        "last-attack": (each[-1], "Only the last attack counts in your answer."),
        "ignores-clean": (untouched.mean(), "You count pictures as robust that are wrong without "
                          "any attack."),
        "share-of-right": (untouched[right].mean(), "The survivors are right, but what do you "
                           "take the share of? It is of all pictures."),
        "every-attack": (np.mean(right & ~fooled.all(axis=0)), "You count a picture as lost only "
                         "if every attack breaks it. How many successes does an attacker need?"),
        "lost": (1 - np.mean(right & untouched), "That is the share of pictures that are lost."),
        "right-and-fooled": (np.mean(right & ~untouched), "These are the pictures that some "
                             "attack breaks. The share of those that none breaks is asked for."),
        "fooled": (np.mean(~untouched), "That is the share of pictures that some attack breaks, "
                   "right or wrong when clean."),
        "clean-accuracy": (right.mean(), "That is the accuracy on clean pictures, as if no attack "
                           "had broken anything."),
        "all-at-once": (0.0, "In your answer no picture is left. Without `axis`, `any` asks about "
                        "all attacks and all pictures at once."),
        "number": (np.sum(right & untouched), "That is a number of pictures; a share is asked "
                   "for."),
        "not-of-a-count": (np.mean(right & even), "You count a picture as left if an *even* "
                           "number of attacks breaks it: on whole numbers, `~` turns every bit "
                           "round."),
    }  # fmt: skip


# 09-masked


class Staircase:
    """A linear model that rounds its input, so that its gradient is zero almost everywhere.

    Args:
        w: (k,) float, weights.
        b: float, bias.
    """

    def __init__(self, w, b):
        self._w, self._b, self._calls = w, b, 0

    def score(self, x):
        """Return the score of (k,) float `x`; its sign is the answer. At most 100 calls."""
        self._calls += 1
        if self._calls > NUM_SCORES:
            raise RuntimeError(f"the model was asked for more than {NUM_SCORES} scores")
        return self._answer(x)

    def gradient(self, x):
        """Return the gradient of the score at `x`, (k,) zeros."""
        return np.zeros_like(self._w)

    def _answer(self, x):
        """Return the score without counting."""
        return float(self._w @ (STEP * np.round(np.asarray(x, dtype=float) / STEP)) + self._b)

    def __repr__(self):
        """Return a short name, for the message about a wrong answer."""
        return "model"


def _masked_inputs(random):
    cases = []
    for side in (-1, 1):
        w = random.choice([-1, 1], size=30) * random.uniform(0.5, 2, size=30)
        x, epsilon = STEP * random.integers(-20, 21, size=30), round(3 * STEP, 10)
        # All features together can move the score by a quarter more than it has to.
        b = side * 0.8 * epsilon * np.abs(w).sum() - w @ x
        cases.append((Staircase(w, float(b)), x, epsilon))
    return cases


def _masked(model, x, epsilon):
    return x - epsilon * np.sign(model._answer(x)) * np.sign(model._w)


def _masked_judge(got, expected, model, x, epsilon):
    agrees(got, np.asarray(got, dtype=float) if np.shape(got) == expected.shape else expected)
    got = np.asarray(got, dtype=float)
    if not np.isfinite(got).all():
        raise WrongAnswer("nan", "The result contains NaN (not a number) or infinity.")
    if np.abs(got - x).max() > epsilon * (1 + 1e-6):
        raise WrongAnswer("outside", f"One feature has changed by {np.abs(got - x).max():.2f}, "
                          f"and at most ε = {epsilon:.2f} is allowed.")  # fmt: skip
    if np.abs(got - x).max() == 0:
        raise WrongAnswer("unchanged", "Your point is x itself. The gradient is zero, and so is "
                          "every difference over a tiny distance: how wide is a "
                          "stair?")  # fmt: skip
    moved = 1 - model._answer(got) / model._answer(x)
    if moved < 0:
        raise WrongAnswer("same-answer", "The answer is the same, and the score has moved away "
                          "from zero: check your signs.")  # fmt: skip
    if moved <= 1:  # a score of exactly zero is not yet the other answer
        raise WrongAnswer("same-answer", f"The answer is not the other one: the score has gone "
                          f"{moved:.0%} of the way to zero. Do all features push the way that "
                          "you want, and as far as they may?")  # fmt: skip


CHECKS = {
    "09-smallest-flip": Check(_flip_inputs, _flip, _judged(_flip_candidates)),
    "09-way-back": Check(_back_inputs, _back, _judged(_back_candidates)),
    "09-targeted": Check(_targeted_inputs, _targeted, _judged(_targeted_candidates)),
    "09-survivors": Check(_survivors_inputs, _survivors, _judged(_survivors_candidates)),
    "09-masked": Check(_masked_inputs, _masked, _masked_judge),
}
