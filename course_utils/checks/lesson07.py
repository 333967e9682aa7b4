"""The checks of lesson 07, recurrent networks."""

import sysconfig
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, _shown_line, agrees
from course_utils.checks.misconceptions import judge_by, matches, name_misconception

MODULES = ("argparse", "ast", "calendar", "configparser", "difflib", "tarfile")  # to learn from
HELD_OUT = ("inspect", "shutil")  # always the same: which one it is would decide who passes
LENGTH = 16_000  # of each module
UNSEEN = "\x7f"  # a character that is in none
NUM_PLACES = 800  # where exercise 07-python is asked for the next character
STEP = len(HELD_OUT) * LENGTH // NUM_PLACES
# Of the 1-gram's bits. Over draws of the places a 2-gram, or a 4-gram with one added to each count,
# needs 0.8 to 0.9, a 5-gram with one added 0.97 to 1.02, a model that ignores its context 1.
MOST_BITS = 0.94


def _told_apart(expected, candidates):
    """Return whether the right answer and all that misconceptions lead to differ in pairs."""
    answers = [expected, *(candidate() for candidate, _ in candidates.values())]
    return not any(matches(one, other) for one, other in combinations(answers, 2))


# 07-masked-loss


def _masked_inputs(random):
    """Return one batch wider than all its sequences, and one with a row without padding."""
    cases = []
    for lengths in ([1, *random.permutation([3, 5, 7])], random.permutation([2, 4, 6, 9])):
        while True:
            case = random.uniform(0.2, 3, size=(4, 9)), np.array(lengths)
            if _told_apart(_masked_mean(*case), _masked_candidates(*case)):
                cases.append(case)
                break
    return cases


def _masked_mean(losses, lengths):
    real = [row[:length] for row, length in zip(losses, lengths, strict=True)]
    return float(np.concatenate(real).mean())


def _masked_candidates(losses, lengths):
    rows, steps = list(zip(losses, lengths, strict=True)), losses.shape[1]
    total = _masked_mean(losses, lengths) * lengths.sum()
    candidates = {
        "padding-counted": (lambda: losses.mean(), "This is the mean over all cells, padding too: "
                            "which of them belong to a sequence?"),
        "divided-by-all": (lambda: total / losses.size, "Padding adds nothing to your sum, but it "
                           "is still counted below the line."),
        "padding-added": (lambda: losses.sum() / lengths.sum(), "You divide by the number of real "
                          "steps, but padding is still in your sum."),
        "mean-of-means": (lambda: np.mean([row[:n].mean() for row, n in rows]), "You average each "
                          "sequence first, so a step of a short sequence weighs more than one of "
                          "a long sequence."),
        "divided-by-sequences": (lambda: total / len(losses), "You divide by the number of "
                                 "sequences: how many steps did you add up?"),
        "sum": (lambda: total, "This is the sum of the real losses: how many are they?"),
        "one-step-too-many": (lambda: _masked_mean(losses, lengths + 1), "One step of padding "
                              "slips in after each sequence: step numbers begin at 0."),
        "one-step-too-few": (lambda: sum(row[: n - 1].sum() for row, n in rows)
                             / (lengths.sum() - len(rows)), "The last real step of each sequence "
                             "is missing: step numbers begin at 0."),
        "mask-inverted": (lambda: (losses.sum() - total) / (losses.size - lengths.sum()), "This "
                          "is the mean over the padding: the mask is upside down."),
        "last-steps": (lambda: np.concatenate([row[steps - n :] for row, n in rows]).mean(), "You "
                       "take the last steps of each row; a sequence's own steps come first, and "
                       "the padding after them."),
    }  # fmt: skip
    if lengths.max() < steps:
        candidates["cut-at-the-longest"] = (lambda: losses[:, : lengths.max()].mean(), "You cut "
                                            "all rows where the longest sequence ends: the "
                                            "shorter ones still bring padding.")  # fmt: skip
    else:
        padded = lengths < steps
        candidates["row-lost"] = (lambda: _masked_mean(losses[padded], lengths[padded]), "A row "
                                  "without padding drops out of your answer. Python reads -0 as "
                                  "0: what does that make of a slice?")  # fmt: skip
    return candidates


# 07-temperature


def _temperature_inputs(random):
    temperature = random.choice([0.4, 0.5, 2.0, 2.5])
    scores = random.permutation(np.linspace(-2, 2, 6)) + random.uniform(-0.3, 0.3, size=6)
    large = (scores + 2000, scores - 2000, scores * 1500)
    return [(logits, temperature) for logits in (scores, *large)]


def _softmax(z):
    powers = np.exp(z - np.max(z))
    return powers / powers.sum()


def _temperature_judge(got, expected, logits, temperature):
    if np.abs(logits).max() > 100:  # right for small scores, or it would not have come so far
        if matches(np.shape(got), expected.shape) and not np.all(np.isfinite(got)):
            raise WrongAnswer("overflow", "These scores give no finite answer: `np.exp` makes "
                              "infinity of a large one, and 0 of all if all are far below 0. "
                              "Adding one number to all scores changes no probability: which one "
                              "helps?")  # fmt: skip
        try:
            agrees(got, expected, rtol=1e-2)  # float32 keeps three digits of the powers
        except WrongAnswer as wrong:
            if wrong.misconception != "value":
                raise
            raise WrongAnswer("large-scores", "Right for small scores, but not for these large "
                              "ones. Adding one number to all scores changes no probability: is "
                              "that so in your function?") from None  # fmt: skip
        return
    candidates = {
        "multiplied": (_softmax(logits * temperature), "A high temperature sharpens your "
                       "distribution; it should flatten it."),
        "after-the-softmax": (_softmax(logits), "The temperature has no effect on your answer: "
                              "what does it divide in the formula, and before which step?"),
        "divided-probabilities": (_softmax(logits) / temperature, "Probabilities divided by the "
                                  "temperature do not sum to 1: what does the formula divide?"),
        "no-softmax": (logits / temperature, "These are scores still, not probabilities."),
        "logarithms": (np.log(expected), "These are the logarithms of the probabilities."),
    }  # fmt: skip
    try:
        name_misconception(got, expected, candidates)
    except WrongAnswer as wrong:
        if wrong.misconception != "value" or np.min(got) < 0 or abs(np.sum(got) - 1) < 1e-4:
            raise
        if matches(np.divide(got, np.sum(got)), expected):
            raise WrongAnswer("not-normalised", "The odds are right, but the probabilities do not "
                              "sum to 1.") from None  # fmt: skip
        raise WrongAnswer("wrong-sum", f"Your probabilities sum to {np.sum(got):.4g}, "
                          "not 1.") from None  # fmt: skip


# 07-through-time


def _through_time_inputs(random):
    while True:
        x = random.uniform(0.3, 0.9, size=6) * random.choice([-1, 1], size=6)
        x[-1] = -np.sign(x[-2]) * abs(x[-1])
        y = random.choice([-1, 1]) * random.uniform(1.2, 1.8)  # no state reaches it
        case = x, random.uniform(0.6, 0.95), y
        if _told_apart(_slope(*case), _slope_candidates(*case)):
            return [case]


def _states(x, w):
    states = [0.0]
    for value in x:
        states.append(np.tanh(value + w * states[-1]))
    return np.array(states)


def _slope(x, w, y):
    """Return dL/dw by carrying dh/dw forward, which is not how the exercise does it."""
    h = dh = 0.0
    for value in x:
        new = np.tanh(value + w * h)
        h, dh = new, (1 - new**2) * (h + w * dh)
    return float((h - y) * dh)


def _slope_candidates(x, w, y):
    h = _states(x, w)
    last = len(x) - 1

    def back(inner=h, slopes=1 - h**2, factor=w, now=None, order=range(last, -1, -1)):
        """Go back through time as the exercise does, or with one thing changed."""
        total, delta = 0.0, h[-1] - y
        for t in order:
            if now is not None and t < last:  # a loss at every step
                delta += now[t + 1]
            inside = delta * slopes[t + 1]
            total += inside * inner[t]
            delta = inside * factor
        return total

    return {
        "one-step": (lambda: back(order=[last]), "Only the last step's use of the weight is "
                     "in your answer: the earlier ones change the end too, through the states."),
        "overwritten": (lambda: 0.0, "Your answer is exactly 0. Does each step overwrite the sum? "
                        "The first step of all multiplies by h_0, which is 0."),
        "tanh-forgotten": (lambda: back(slopes=np.ones(len(h))), "The slope of the "
                           "tanh, 1 − h², is missing on the way back."),
        "tanh-twice": (lambda: back(slopes=1 - np.tanh(h) ** 2), "The states are values of the "
                       "tanh already: you take it once more for its slope."),
        "not-squared": (lambda: back(slopes=1 - h), "The slope of the tanh is 1 − h², not 1 − h."),
        "weight-forgotten": (lambda: back(factor=1), "From inside the tanh the slope goes "
                             "back to the state before: which factor stands in front of it?"),
        "wrong-state": (lambda: back(inner=h[1:]), "In h_t the weight multiplies the "
                        "state *before*: which of your states is that?"),
        "input": (lambda: back(inner=x), "You multiply by the input of each step. What does the "
                  "weight stand in front of?"),
        "not-carried": (lambda: (h[-1] - y) * np.sum((1 - h[1:] ** 2) * h[:-1]), "Every step gets "
                        "the last step's slope as it is: what does it pass through on its way "
                        "back?"),
        "forward": (lambda: back(order=range(last + 1)), "You walk from the first step to the "
                    "last. At which end is the slope known at the beginning?"),
        "every-step": (lambda: back(now=h - y), "You add a loss at every step, as the lesson "
                       "does; here only the last state is judged."),
        "every-step-alone": (lambda: np.sum((h[1:] - y) * (1 - h[1:] ** 2) * h[:-1]), "You give "
                             "each step a loss of its own; only the last state is judged, and "
                             "its slope reaches the earlier steps through the states."),
        "twice": (lambda: 2 * back(), "Twice too large: the loss is ½ (h − y)²."),
        "sign": (lambda: -back(), "The sign is turned: the loss is ½ (h − y)²."),
        "no-error": (lambda: back() / (h[-1] - y), "This is the slope of the last state; the "
                     "loss is a function of it, with a slope of its own."),
    }  # fmt: skip


# 07-half-life


def _bias(half_life):
    keep = np.exp2(-1 / half_life)
    return float(np.log(keep) - np.log1p(-keep))


def _bias_candidates(half_life):
    linear = 1 - 0.5 / half_life
    constant = np.exp(-1 / half_life)
    return {
        "gate-not-bias": (lambda: np.exp2(-1 / half_life), "This is what the gate must keep in "
                          "one step; which bias makes the sigmoid give it?"),
        "linear-decay": (lambda: np.log(linear / (1 - linear)), "You take the same amount away in "
                         "each step; a gate multiplies."),
        "not-a-half": (lambda: np.log(half_life), "This is the lesson's ln n, after which more "
                       "than a third is left; one half is asked for."),
        "time-constant": (lambda: np.log(constant / (1 - constant)), "After this time 1/e is "
                          "left, about 37 %; one half is asked for."),
        "long-times": (lambda: np.log(half_life / np.log(2)), "Close: the longer the time, the "
                       "closer. Which share does the gate keep in one step, exactly?"),
        "sign": (lambda: -_bias(half_life), "The sign is turned: this gate forgets as much as "
                 "yours should keep."),
    }  # fmt: skip


def _bias_judge(got, expected, half_life):
    if matches(got, expected, atol=1e-4):  # a search on a grid is right, too
        return
    if half_life < 1 and np.ndim(got) == 0 and got >= 0:
        raise WrongAnswer("never-negative", f"After {half_life:.2f} of a step one half is left, so "
                          "after a whole step it is less. Which sign has the bias of such a gate?",
                          )  # fmt: skip
    name_misconception(got, expected, _bias_candidates(half_life))


# 07-python


def _read(module):
    path = Path(sysconfig.get_paths()["stdlib"]) / f"{module}.py"
    return path.read_text(encoding="utf-8").encode("ascii", "ignore").decode()


def _python_inputs(random):
    """Return the training text, without 0 to `STEP` - 1 characters at its beginning, which say
    where the places in the held-out text begin."""
    train = "".join(_read(module)[:LENGTH] for module in MODULES)
    known = "".join(map(_read, (*MODULES, *HELD_OUT)))
    return [(train[random.integers(STEP) :], "".join(sorted({*known, UNSEEN})))]


def _python_judge(got, expected, train, characters):
    if got is None:
        raise WrongAnswer("none", "`learn` returns None. Is a `return` missing?")
    if not callable(got):
        raise WrongAnswer("not-a-function", "`learn` must return a function from a context to "
                          f"probabilities; got {type(got).__name__}.")  # fmt: skip
    text = "".join(_read(module)[:LENGTH] for module in HELD_OUT)
    places = np.arange(len(MODULES) * LENGTH - len(train), len(text), STEP)
    contexts = ["", 5 * UNSEEN, *(text[:place] for place in places)]
    p = np.array([_distribution(got, context, len(characters)) for context in contexts])
    bits = -np.log2(p[range(2, len(p)), [characters.index(text[place]) for place in places]])
    counts = Counter(train)
    share = np.array([counts[text[place]] + 1 for place in places]) / (len(train) + len(characters))
    part = bits.mean() / -np.log2(share).mean()
    if part <= MOST_BITS:
        return
    if np.ptp(p, axis=0).max() < 1e-9:
        raise WrongAnswer("ignores-context", "A distribution everywhere, but always the same one: "
                          "where does the context change your answer?")  # fmt: skip
    need = f"You need {part:.0%} of the 1-gram's bits, where {MOST_BITS:.0%} are allowed."
    if part > 1.1:
        raise WrongAnswer("worse-than-none", f"{need} The context misleads: is the character that "
                          "you predict the one right *after* it, and do you leave enough for "
                          "surprises?")  # fmt: skip
    raise WrongAnswer("too-many-bits", f"{need} The context helps too little: how much does one "
                      "example count against what you fall back on?")  # fmt: skip


def _distribution(predict, context, size):
    """Return the probabilities that a student's model gives after a context; judge them."""
    shown = f"after {context[-12:]!r}"
    try:
        answer = predict(context)
    except Exception as error:
        surprised = isinstance(error, LookupError | ZeroDivisionError)
        ask = " What do you answer to a context that is new, or short?" if surprised else ""
        raise WrongAnswer("raises" if surprised else "bug", f"Your prediction {shown} raised "
                          f"{type(error).__name__}: {error}.{ask}{_shown_line(predict, error)}",
                          ) from None  # fmt: skip
    if answer is None:
        raise WrongAnswer("none", f"Your prediction {shown} is None. Is a `return` missing?")
    try:
        p = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer("type", f"Expected an array of {size} numbers {shown}, got "
                          f"{type(answer).__name__}.") from None  # fmt: skip
    if p.shape != (size,):
        raise WrongAnswer("shape", f"Expected one probability for each of {size} characters, got "
                          f"an array of shape {p.shape}.")  # fmt: skip
    if not abs(p.sum() - 1) < 1e-6:
        raise WrongAnswer("not-normalised", f"The probabilities {shown} sum to {p.sum():.3g}, "
                          "not 1: bits per character would mean nothing.")  # fmt: skip
    if not p.min() > 0:
        raise WrongAnswer("zero", f"Some character has probability 0 {shown}. If it comes, that "
                          "costs infinitely many bits.")  # fmt: skip
    return p


CHECKS = {
    "07-masked-loss": Check(_masked_inputs, _masked_mean, judge_by(_masked_candidates)),
    "07-temperature": Check(
        _temperature_inputs, lambda logits, tau: _softmax(logits / tau), _temperature_judge
    ),
    "07-through-time": Check(_through_time_inputs, _slope, judge_by(_slope_candidates)),
    "07-half-life": Check(
        lambda random: [
            (float(n),) for n in (*random.uniform(2, 80, size=2), random.uniform(0.2, 0.8))
        ],
        _bias,
        _bias_judge,
    ),
    "07-python": Check(_python_inputs, lambda train, characters: None, _python_judge),
}
