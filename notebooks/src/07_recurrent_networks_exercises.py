# %% [markdown]
# # 07 Recurrent networks: exercises
#
# Five exercises on [lesson 07](../07_recurrent_networks.ipynb), 70 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("07-masked-loss")` gives one hint at a time; `solution("07-masked-loss")` shows the answer and why. No exercise needs another one.

# %%
import lzma
import sysconfig
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: leave the padding out
#
# *Fill in, 10 minutes, 2 points.* A batch of sequences is padded to one length, and the network has a loss at every step. Average the losses over the **real** steps alone. Every real step counts the same, whether its sequence is short or long.


# %% exercise="07-masked-loss" points=2
def masked_mean(losses, lengths):
    """Return the mean loss over all steps that are no padding.

    Args:
        losses: (n, steps) float64, the loss of each step; a sequence's own steps come first.
        lengths: (n,) int, 1 to steps: how many steps of each sequence are real.

    Returns:
        float.
    """
    ### BEGIN SOLUTION
    mask = np.arange(losses.shape[1]) < lengths[:, None]
    return np.sum(losses * mask) / np.sum(mask)
    ### END SOLUTION


# %% [markdown] hint="07-masked-loss"
# Build a table of the shape of `losses` that is true where a step is real. Then ask two questions: what is the sum of the real losses, and how many are there?

# %% [markdown] hint="07-masked-loss"
# Step numbers are `np.arange(losses.shape[1])`, one row; lengths as a column are `lengths[:, None]`. Comparing the two gives the table.

# %% [markdown] hint="07-masked-loss"
# The sum is that of `losses` times the table. Divide it by how many steps are real: not by the number of sequences, nor by the number of cells.

# %% [markdown] why="07-masked-loss"
# The mask has to appear twice: above the line, so that padding adds no loss, and below it, so that padding is not counted either. Setting the losses of padding to zero and then taking `np.mean` looks right and makes the loss shrink as rows get wider, so two batches could no longer be compared.
#
# The mean of each sequence's own mean is a different quantity, in which a letter of a short name weighs more. Keras does what you did when a mask arrives at the loss.


# %% check="07-masked-loss"
def inputs(random):
    cases = []
    for n in (1, 2, 3, 4, 5, 6, 7, 8):
        for steps in random.integers(4, 10, size=2):
            lengths = random.integers(1, steps, size=n)  # the batch is wider than all of them
            cases.append((random.uniform(0.2, 3, size=(n, steps)), lengths))
            lengths = lengths.copy()
            lengths[random.integers(n)] = steps  # a row without padding
            cases.append((random.uniform(0.2, 3, size=(n, steps)), lengths))
    return cases


# %% wrong="07-masked-loss"
def masked_mean_of_means(losses, lengths):
    """You average each sequence first, so a step of a short sequence weighs more than one of a long sequence."""
    return np.mean([row[:length].mean() for row, length in zip(losses, lengths, strict=True)])


# %% wrong="07-masked-loss"
def masked_mean_a_row_is_lost(losses, lengths):
    """A row without padding drops out of your answer. Python reads -0 as 0: what does that make of a slice?"""
    rows = zip(losses, lengths - losses.shape[1], strict=True)
    return np.concatenate([row[:padding] for row, padding in rows]).mean()


# %% wrong="07-masked-loss"
def masked_mean_cut_at_the_longest(losses, lengths):
    """You cut all rows where the longest sequence ends: the shorter ones still bring padding."""
    return np.mean(losses[:, : lengths.max()])


# %% wrong="07-masked-loss"
{
    "np.sum(losses * mask) / np.sum(mask) → np.mean(losses)": "This is the mean over all cells, padding too: which of them belong to a sequence?",
    "np.sum(losses * mask) / np.sum(mask) → np.mean(losses * mask)": "Padding adds nothing to your sum, but it is still counted below the line.",
    "/ np.sum(mask) → / (len(losses) * np.max(lengths))": "Padding adds nothing to your sum, but it is still counted below the line.",
    "np.sum(losses * mask) / → np.sum(losses) /": "You divide by the number of real steps, but padding is still in your sum.",
    "/ np.sum(mask) → / len(losses)": "You divide by the number of sequences: how many steps did you add up?",
    "/ np.sum(mask) → ": "This is the sum of the real losses: how many are they?",
    "np.sum(losses * mask) / np.sum(mask) → np.sum(losses * mask, axis=1) / np.sum(mask, axis=1)": "You return a mean for each sequence; asked is one number, over all steps of the batch.",
    "< lengths → <= lengths": "One step of padding slips in after each sequence: step numbers begin at 0.",
    "lengths[:, None] → lengths[:, None] - 1": "The last real step of each sequence is missing: step numbers begin at 0.",
    "< lengths → >= lengths": "This is the mean over the padding: the mask is upside down.",
    "np.arange(losses.shape[1]) → np.arange(losses.shape[1])[::-1]": "You take the last steps of each row; a sequence's own steps come first, and the padding after them.",
    "lengths[:, None] → lengths": "You compare the numbers of the steps, a row, with the lengths, a row too: so step 0 meets sequence 0. How does each step meet every sequence?",
}


# %% [markdown]
# ## Exercise 2: turn up the temperature
#
# *Fill in, 10 minutes, 2 points.* A language model gives a score (logit) to each possible next character. Turn the scores into probabilities at a temperature τ,
#
# $$p_i = \frac{e^{z_i / \tau}}{\sum_j e^{z_j / \tau}}$$
#
# Scores may be large, thousands above or below 0 and thousands apart: your function must not overflow.


# %% exercise="07-temperature" points=2
def probabilities(logits, temperature):
    """Return the probabilities of a softmax at a temperature.

    Args:
        logits: (k,) float64, scores.
        temperature: float above 0.

    Returns:
        (k,) float64 that sum to 1.
    """
    ### BEGIN SOLUTION
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max())
    return powers / powers.sum()
    ### END SOLUTION


# %% [markdown] hint="07-temperature"
# Which comes first, the softmax or the temperature? Read it off the formula.

# %% [markdown] hint="07-temperature"
# `np.exp(1000)` is infinite. Adding the same number to all scores changes no probability, so which number makes the largest score harmless?

# %% [markdown] hint="07-temperature"
# First the temperature, on the scores; then lesson 02's softmax, which subtracts the largest of what it gets before it takes `np.exp`.

# %% [markdown] why="07-temperature"
# Dividing the scores by τ raises the odds of any two characters, $p_i / p_j = e^{(z_i - z_j)/\tau}$, to the power $1/\tau$: below 1 they sharpen, above 1 they flatten, and the order of the characters never changes. Dividing the *probabilities* by τ does nothing at all once they are normalised again.
#
# Subtracting the maximum multiplies numerator and denominator by the same factor. It has to be the maximum: the largest power is then 1, so none is infinite and their sum is never 0.


# %% check="07-temperature"
tolerance = {"rtol": 2e-3}  # float32 keeps three digits of the powers of numbers in the thousands


def inputs(random):
    cases = []
    for k in (1, 2, 3, 4, 5, 6, 7, 8):
        temperature = random.choice([random.uniform(0.4, 0.7), random.uniform(1.5, 2.5)])
        scores = random.permutation(np.linspace(-2, 2, k)) + random.uniform(-0.2, 0.2, size=k)
        for logits in (scores, scores + 3000, scores - 3000, scores * 2000):
            cases.append((logits, float(temperature)))
    return cases


# %% wrong="07-temperature"
def probabilities_divided(logits, temperature):
    """Probabilities divided by the temperature do not sum to 1: what does the formula divide?"""
    return probabilities(logits, 1) / temperature


# %% wrong="07-temperature"
def probabilities_to_a_power(logits, temperature):
    """The odds are right, but the probabilities do not sum to 1."""
    return probabilities(logits, 1) ** (1 / temperature)


# %% wrong="07-temperature"
def probabilities_safe_below_the_line(logits, temperature):
    """Right for small scores, but not for these large ones. Adding one number to all scores changes no probability: is that so in your function?"""
    powers = np.exp(logits / temperature)
    return powers / (powers.sum() + 1e-9)


# %% wrong="07-temperature"
{
    "logits / temperature → logits * temperature": "A high temperature sharpens your distribution; it should flatten it.",
    "logits / temperature → logits": "The temperature has no effect on your answer: what does it divide in the formula, and before which step?",
    " - scaled.max() → ": "These scores give no finite answer: `np.exp` makes infinity of a large one, and 0 of all if all are far below 0. Adding one number to all scores changes no probability: which one helps?",
    "scaled.max() → logits.max()": "You subtract the largest score, and still these scores give no finite answer: how large is the largest number that `np.exp` gets?",
    "scaled.max() → scaled.min()": "Scores that lie thousands apart give no finite answer: after what you subtract, how large is the largest number that `np.exp` gets?",
    "scaled.max() → scaled.mean()": "Scores that lie thousands apart give no finite answer: after what you subtract, how large is the largest number that `np.exp` gets?",
    "scaled - scaled.max() → np.clip(scaled, -700, 700)": "Right for small scores, but not for these large ones. Adding one number to all scores changes no probability: is that so in your function?",
    "powers / powers.sum() → powers": "The odds are right, but the probabilities do not sum to 1.",
    "powers / powers.sum() → powers / np.sum(np.exp(logits - logits.max()))": "The temperature divides the scores above the line; does it below?",
    "powers / powers.sum() → scaled": "These are scores still, not probabilities.",
    "powers / powers.sum() → np.log(powers / powers.sum())": "These are the logarithms of the probabilities.",
    "powers / powers.sum() → scaled - scaled.max() - np.log(powers.sum())": "These are the logarithms of the probabilities.",
}


# %% [markdown]
# ## Exercise 3: go back through time
#
# *Fill in, 20 minutes, 3 points.* The smallest network with a tanh has one unit and one weight:
#
# $$h_t = \tanh(x_t + w\,h_{t-1}), \qquad h_0 = 0, \qquad t = 1, \dots, T$$
#
# Only the last state is judged, $L = \frac{1}{2}(h_T - y)^2$. Return $\partial L / \partial w$ by going back through time, as in the lesson. Everything is a plain number here, and a finite difference (lesson 00) tells you whether you are right.


# %% exercise="07-through-time" points=3
def slope(x, w, y):
    """Return the derivative of the loss with respect to the recurrent weight.

    Args:
        x: (T,) float64, inputs.
        w: float, the recurrent weight.
        y: float, the target of the last state.

    Returns:
        float, dL/dw.
    """
    ### BEGIN SOLUTION
    states = [0.0]
    for value in x:
        states.append(np.tanh(value + w * states[-1]))
    total = 0.0
    delta = states[-1] - y
    for t in reversed(range(len(x))):
        inside = delta * (1 - states[t + 1] ** 2)
        total += inside * states[t]
        delta = inside * w
    return total
    ### END SOLUTION


# %% [markdown] hint="07-through-time"
# Two loops. The first goes forward and keeps every state, $h_0$ included. The second goes backward and carries one number, $\delta_t = \partial L / \partial h_t$. What is it at the last step?

# %% [markdown] hint="07-through-time"
# At the last step $\delta_T = h_T - y$. In each step, first go through the tanh: multiply by $1 - h_t^2$. What you have then is the slope with respect to what stands inside the tanh, $x_t + w\,h_{t-1}$.

# %% [markdown] hint="07-through-time"
# Inside the tanh, $w$ has the factor $h_{t-1}$: add that product to the sum. And $h_{t-1}$ has the factor $w$: that product is the next $\delta$.

# %% [markdown] why="07-through-time"
# The weight is used $T$ times, so its slope is a sum of $T$ terms, one a step: how much step $t$'s use of $w$ changes the end. Each term carries the product of all factors $w\,(1 - h^2)$ between $t$ and $T$. With those factors below 1 the early terms are the small ones: the vanishing gradient, in one line.


# %% check="07-through-time"
def inputs(random):
    cases = []
    for steps in range(1, 13):
        x = random.uniform(-0.9, 0.9, size=steps)
        w = float(random.choice([-1, 1]) * random.uniform(0.6, 1.2))
        y = float(random.uniform(-2, 2))
        if steps % 4 == 0:
            y *= 1e17  # so far away that the loss does not feel a small change of w
        cases.append((x, w, y))
    return cases


# %% wrong="07-through-time"
def slope_by_finite_difference(x, w, y):
    """You compare the losses of two weights. That is nearly right, but with a target far away both losses are the same number, to all their digits. Asked is the way back through time."""

    def loss(weight):
        state = 0.0
        for value in x:
            state = np.tanh(value + weight * state)
        return (state - y) ** 2 / 2

    return (loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5


# %% wrong="07-through-time"
{
    "reversed(range(len(x))) → [len(x) - 1]": "Only the last step's use of the weight is in your answer: the earlier ones change the end too, through the states.",
    "total += → total =": "Your answer is exactly 0. Does each step overwrite the sum? The first step of all multiplies by h_0, which is 0.",
    "delta * (1 - states[t + 1] ** 2) → delta": "The slope of the tanh, 1 − h², is missing on the way back.",
    "1 - states[t + 1] ** 2 → 1 - np.tanh(states[t + 1]) ** 2": "The states are values of the tanh already: you take it once more for its slope.",
    "states[t + 1] ** 2 → states[t + 1]": "The slope of the tanh is 1 − h², not 1 − h.",
    "1 - states[t + 1] ** 2 → 1 - states[t] ** 2": "You take the slope of each tanh at the state that goes into it; h in 1 − h² is the one that comes out.",
    "1 - states[t + 1] ** 2 → 1 - x[t] ** 2": "You take the slope of each tanh at the input; h in 1 − h² is the state that comes out.",
    "delta = inside * w → delta = inside": "From inside the tanh the slope goes back to the state before: which factor stands in front of it?",
    "delta = inside * w → delta = delta * w": "The slope of the tanh is in what you add up, but not in what you carry back to the step before.",
    "delta = inside * w → pass": "Every step gets the last step's slope as it is: what does it pass through on its way back?",
    "inside * states[t] → delta * states[t]": "The slope of the tanh is in what you carry back, but not in what you add up.",
    "inside * states[t] → inside * states[t + 1]": "In h_t the weight multiplies the state *before*: which of your states is that?",
    "inside * states[t] → inside * x[t]": "You multiply by the input of each step. What does the weight stand in front of?",
    "inside * states[t] → inside": "You add the slope of what stands inside the tanh. How fast does that change with the weight?",
    "reversed(range(len(x))) → range(len(x))": "You walk from the first step to the last. At which end is the slope known at the beginning?",
    "delta = inside * w → delta = inside * w + states[t] - y": "You add a loss at every step, as the lesson does; here only the last state is judged.",
    "delta = inside * w → delta = states[t] - y": "You give each step a loss of its own; only the last state is judged, and its slope reaches the earlier steps through the states.",
    "delta = states[-1] - y → delta = 2 * (states[-1] - y)": "Twice too large: the loss is ½ (h − y)².",
    "delta = states[-1] - y → delta = y - states[-1]": "The sign is turned: the loss is ½ (h − y)².",
    "delta = states[-1] - y → delta = 1.0": "This is the slope of the last state; the loss is a function of it, with a slope of its own.",
    "delta = states[-1] - y → delta = (states[-1] - y) ** 2 / 2": "You carry the loss itself back: how fast does it change with the last state?",
    "return total → return total / len(x)": "You take the mean over the steps. One weight is used in all of them: what becomes of its slopes?",
}


# %% [markdown]
# ## Exercise 4: set the clock of a gate
#
# *Predict, then solve, 10 minutes, 2 points.* A forget gate with bias $b$, and nothing else acting on it, multiplies the memory by $\sigma(b)$ in each step. The cell below prints what is left after 20 steps. **Predict** before you run it: how much is left at 1, Keras's default? And which bias would leave one half?

# %%
for bias in (0.0, 1.0, 2.0, 4.0, 8.0):
    print(f"bias {bias:g}: {(1 / (1 + np.exp(-bias))) ** 20:.6f} left after 20 steps")

# %% [markdown]
# Now turn it round: return the bias with which exactly **one half** of the memory is left after a given number of steps.


# %% exercise="07-half-life" points=2
def bias_for(half_life):
    """Return the bias of a forget gate whose memory halves in a number of steps.

    Args:
        half_life: float, steps, above 0, also below 1.

    Returns:
        float, the bias b with sigmoid(b) ** half_life = 1/2.
    """
    ### BEGIN SOLUTION
    keep = 0.5 ** (1 / half_life)
    return np.log(keep / (1 - keep))
    ### END SOLUTION


# %% [markdown] hint="07-half-life"
# Do it in two steps: which share must the gate keep in *one* step, so that one half is left after all of them? Then, which bias gives that share?

# %% [markdown] hint="07-half-life"
# If a share $k$ stays in each step, $k^n$ stays after $n$ steps. Solve $k^n = \frac{1}{2}$ for $k$.

# %% [markdown] hint="07-half-life"
# The sigmoid is undone by the logarithm of the odds: $\sigma(b) = k$ gives $b = \ln \frac{k}{1 - k}$.

# %% [markdown] why="07-half-life"
# Memory decays by a factor a step, so the shares multiply: $k = 2^{-1/n}$, and the inverse of the sigmoid turns the share into a bias; for 20 steps it is 3.34. For large $n$ the bias is close to $\ln(n / \ln 2)$: to remember ten times as long, a gate needs only 2.3 more. That is why the lesson draws its biases as logarithms of times.


# %% check="07-half-life"
tolerance = {"atol": 1e-4}  # a search on a fine grid is right, too


def inputs(random):
    short = [*random.uniform(0.6, 0.95, size=3), random.uniform(0.2, 0.5)]
    return [(float(steps),) for steps in (*random.uniform(2, 80, size=10), *short, 1)]


# %% wrong="07-half-life"
def bias_never_negative(half_life):
    """Where one half is left after *less* than a step, less than one half is left after a whole step. Which sign has the bias of such a gate?"""
    return max(0, bias_for(half_life))


# %% wrong="07-half-life"
def bias_without_its_sign(half_life):
    """Where one half is left after *less* than a step, less than one half is left after a whole step. Which sign has the bias of such a gate?"""
    return abs(bias_for(half_life))


# %% wrong="07-half-life"
def bias_long_times(half_life):
    """Close: the longer the time, the closer. Which share does the gate keep in one step, exactly?"""
    return np.log(half_life / np.log(2))


# %% wrong="07-half-life"
def bias_not_a_half(half_life):
    """This is the lesson's ln n, after which more than a third is left; one half is asked for."""
    return np.log(half_life)


# %% wrong="07-half-life"
def bias_share_of_a_half(half_life):
    """You divide one half by the number of steps. A gate multiplies: if it kept your share in each of n steps, what would be left after them?"""
    return 0.5 / half_life


# %% wrong="07-half-life"
{
    "np.log(keep / (1 - keep)) → keep": "This is what the gate must keep in one step; which bias makes the sigmoid give it?",
    "np.log(keep / (1 - keep)) → 1 / (1 + np.exp(-keep))": "You take the sigmoid of the share. The share *is* a value of the sigmoid: of which bias?",
    "0.5 ** (1 / half_life) → 1 - 0.5 / half_life": "You take the same amount away in each step; a gate multiplies.",
    "0.5 ** (1 / half_life) → 0.5 / half_life": "You divide one half by the number of steps. A gate multiplies: if it kept your share in each of n steps, what would be left after them?",
    "0.5 ** (1 / half_life) → 0.5 ** half_life": "The longer the time, the less your gate keeps in each step: which share, multiplied by itself n times, is one half?",
    "0.5 ** (1 / half_life) → np.exp(-1 / half_life)": "After this time 1/e is left, about 37 %; one half is asked for.",
    "keep / (1 - keep) → (1 - keep) / keep": "The sign is turned: this gate forgets as much as yours should keep.",
    "np.log(keep / (1 - keep)) → keep / (1 - keep)": "These are the odds of keeping. Put your number into the sigmoid: it does not give the share.",
    "np.log(keep / (1 - keep)) → np.log(keep)": "This is the logarithm of the share. Put your number into the sigmoid: it does not give the share.",
    "(1 - keep) → 1 - keep": "The logarithm of 0 is −∞: in `a / 1 - a`, which comes first, the division or the difference?",
    "np.log → np.log2": "The sigmoid is made of powers of e: which logarithm undoes them?",
    "np.log → np.log10": "The sigmoid is made of powers of e: which logarithm undoes them?",
}


# %% [markdown]
# ## Exercise 5: a language model of Python
#
# *Open, 20 minutes, 4 points.* Source code is text too, and you have a large corpus of it: Python's own standard library. The cell below reads some of its modules and holds two others out.

# %% tags=["nbval-ignore-output"]
library = Path(sysconfig.get_paths()["stdlib"])


def read(*modules):
    text = "".join((library / f"{module}.py").read_text(encoding="utf-8") for module in modules)
    return "".join(character for character in text if character.isascii())


def packed(text):
    return 8 * len(lzma.compress(text.encode(), preset=9))


train, test = read("argparse", "ast", "calendar", "difflib"), read("shelve", "textwrap")
characters = "".join(sorted(set(train + test)))
counts = Counter(train)
p = [(counts[character] + 1) / (len(train) + len(characters)) for character in test]
rows = {"uniform": np.log2(len(characters)), "1-gram": -np.log2(p).mean()}
rows["lzma"] = (packed(train + test) - packed(train)) / len(test)
print(f"{len(train):,} and {len(test):,} characters, {len(characters)} different ones")
for name, value in rows.items():
    print(f"{name:10} {value:5.2f} bits per character")

# %% [markdown]
# Write a model that beats the 1-gram clearly: a function that gets the training text and the list of all characters, and returns *another function*, from a context (the text so far) to the probability of each character as the next one. Any method is welcome.
#
# The check gives you 96,000 characters of six modules, and tries 800 places in two that are held out; it draws the places anew each time. A model of counts takes it a second, a network that you train minutes. Each answer must be a distribution, positive everywhere, also after a context that you have never seen; and in all it may need at most 94 % of the 1-gram's bits. (The list of characters is given to every model, those that occur only in the held-out text included: none may give them zero.)


# %% exercise="07-python" points=4
def learn(train, characters):
    """Learn to predict the next character of source code.

    Args:
        train: str, the training text.
        characters: str, all characters that can occur, each once; some may be missing in `train`.

    Returns:
        a function that takes a context, a str of any length from 0, and returns (k,) float64:
        the probability of each of the k characters, in their order, as the next one.
    """
    ### BEGIN SOLUTION
    followers = [defaultdict(Counter) for _ in range(4)]  # by length of the context
    for position, character in enumerate(train):
        for length in range(min(4, position + 1)):
            context = train[position - length : position]
            followers[length][context][character] += 1

    def predict(context):
        p = np.full(len(characters), 1 / len(characters))
        for length in range(min(4, len(context) + 1)):
            seen = followers[length].get(context[len(context) - length :])
            if seen:
                counts = np.array([seen[character] for character in characters])
                p = (np.maximum(counts - 0.75, 0) + 0.75 * len(seen) * p) / counts.sum()
        return p

    return predict
    ### END SOLUTION


# %% [markdown] hint="07-python"
# Begin with what you know: a `Counter` for each short context, filled in one walk over the text. A `defaultdict(Counter)` makes the empty ones as you go.

# %% [markdown] hint="07-python"
# Two characters of context already bring most of the gain. For contexts that you never saw you need something to fall back on: a shorter context, in the end the uniform distribution.

# %% [markdown] hint="07-python"
# The lesson's rule works with plain counts too, at every length: `p = (np.maximum(counts - D, 0) + D * T * p) / counts.sum()` makes `p` of one length from `p` of the length before, with $T$ the number of *different* followers and $D$ between 0 and 1, such as 0.75. It is normalised if the shorter one is.

# %% [markdown] why="07-python"
# What the discount takes from the counts, $D\,T$ in all, goes to the shorter context's distribution: so the sum stays one, and every character has a positive probability because the uniform distribution at the bottom has.
#
# Compare your row with `lzma`'s, and both with the lesson's table. `lzma` needs fewer bits than on the plays, your n-gram more: code repeats long strings, which `lzma` looks for, also in the held-out modules as it goes; while the alphabet is larger, the training text much shorter, and each module has names of its own. With so little text, three characters of context do as well as four.
#
# Try it, or hold out a module of another author: part of the gain is the habits of one hand.


# %% check="07-python"
import traceback

modules = ("argparse", "ast", "calendar", "configparser", "difflib", "tarfile")  # to learn from
held_out = ("inspect", "shutil")  # always the same: which one it is would decide who passes
size = 16_000  # characters of each module
step = 40  # between the 800 places where the next character is asked for
unseen = "\x7f"  # a character that is in none
# Of the 1-gram's bits. Over draws of the places a 2-gram, or a 4-gram with one added to each count,
# needs 0.8 to 0.9, a 5-gram with one added 0.97 to 1.02, a model that ignores its context 1.
most_bits = 0.94


def inputs(random):
    train = "".join(read(module)[:size] for module in modules)
    known = sorted(set(read(*modules, *held_out) + unseen))
    # How many characters are missing at the beginning says where the places in the other text begin.
    return [(train[random.integers(step) :], "".join(random.permutation(known)))]


def distribution(predict, context, k):
    """Return what a model predicts after a context, asserted to be k probabilities."""
    after = f"after {context[-12:]!r}"
    try:
        answer = predict(context)
    except Exception as error:
        said = f"Your prediction {after} raised {type(error).__name__}: {error}."
        if isinstance(error, LookupError | ZeroDivisionError):
            said += " What do you answer to a context that is new, or short?"
        for frame in traceback.extract_tb(error.__traceback__)[1:2]:  # the student's own line
            said += f"\n  In the line: {frame.line}" if frame.line else ""
        raise AssertionError(said) from None
    assert answer is not None, f"Your prediction {after} is None. Is a `return` missing?"
    try:
        p = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        p = None
    assert p is not None, (
        f"Your model returns a {type(answer).__name__}. Expected is an array, with one number for each character."
    )
    assert p.shape == (k,), (
        f"Expected is one probability for each of the characters, in one row. Your prediction {after} has shape {p.shape}."
    )
    assert abs(p.sum() - 1) < 1e-6, (
        f"Your probabilities do not sum to 1, so bits per character would mean nothing. The sum {after} is {p.sum():.7g}."
    )
    assert p.min() > 0, (
        f"Some character has probability 0. If it comes, that costs infinitely many bits. Seen {after}."
    )
    return p


def judge(got, train, characters):
    assert got is not None, "`learn` returns None. Is a `return` missing?"
    assert callable(got), (
        f"`learn` must return a function from a context to probabilities; got {type(got).__name__}."
    )
    text = "".join(read(module)[:size] for module in held_out)
    places = np.arange(len(modules) * size - len(train), len(text), step)
    for context in ("", 5 * unseen):
        distribution(got, context, len(characters))
    p = np.array([distribution(got, text[:place], len(characters)) for place in places])

    def bits(order):
        columns = [order.index(text[place]) for place in places]
        return -np.log2(p[np.arange(len(places)), columns]).mean()

    counts = Counter(train)
    shares = [(counts[text[place]] + 1) / (len(train) + len(characters)) for place in places]
    part = bits(characters) / -np.log2(shares).mean()
    if part <= most_bits:
        return
    need = f"You need {part:.0%} of the 1-gram's bits, where {most_bits:.0%} are allowed."
    assert np.ptp(p, axis=0).max() > 1e-9, (
        "A distribution everywhere, but always the same one: where does the context change your answer?"
    )
    assert bits("".join(sorted(characters))) > 0.8 * bits(characters), (
        f"{need} Your probabilities fit the characters in alphabetical order, not in the order of `characters`."
    )
    assert part < 1.1, (
        f"{need} The context misleads: is the character that you predict the one right *after* it, and do you leave enough for surprises?"
    )
    raise AssertionError(
        f"{need} The context helps too little: how much does one example count against what you fall back on?"
    )


# %% wrong="07-python"
def learn_unigram(train, characters):
    """A distribution everywhere, but always the same one: where does the context change your answer?"""
    counts = np.array([train.count(character) + 1 for character in characters])
    return lambda context: counts / counts.sum()


# %% wrong="07-python"
def learn_without_smoothing(train, characters):
    """Some character has probability 0. If it comes, that costs infinitely many bits."""
    counts = np.array([train.count(character) for character in characters])
    return lambda context: counts / counts.sum()


# %% wrong="07-python"
def learn_not_normalised(train, characters):
    """Your probabilities do not sum to 1, so bits per character would mean nothing."""
    counts = np.array([train.count(character) + 1 for character in characters])
    return lambda context: counts / len(train)


# %% wrong="07-python"
def learn_from_a_dictionary(train, characters):
    """What do you answer to a context that is new, or short?"""
    known = {character: np.full(len(characters), 1 / len(characters)) for character in train}
    return lambda context: known[context[-1]]


# %% wrong="07-python"
def learn_without_a_context(train, characters):
    """Your prediction after '' raised TypeError: learn_without_a_context.<locals>.<lambda>() takes 0 positional arguments but 1 was given."""
    return lambda: np.full(len(characters), 1 / len(characters))


# %% wrong="07-python"
def learn_one_character_late(train, characters):
    """The context misleads: is the character that you predict the one right *after* it, and do you leave enough for surprises?"""
    followers = defaultdict(Counter)
    for position in range(3, len(train)):
        followers[train[position - 3 : position]][train[position]] += 1

    def predict(context):
        seen = followers.get(context[-4:-1], Counter())
        counts = np.array([seen[character] for character in characters]) + 0.01
        return counts / counts.sum()

    return predict


# %% wrong="07-python"
def learn_with_too_much_smoothing(train, characters):
    """The context helps too little: how much does one example count against what you fall back on?"""
    followers = defaultdict(Counter)
    for position in range(4, len(train)):
        followers[train[position - 4 : position]][train[position]] += 1

    def predict(context):
        seen = followers.get(context[-4:], Counter())
        counts = np.array([seen[character] for character in characters]) + 1
        return counts / counts.sum()

    return predict


# %% wrong="07-python"
def learn_returns_an_array(train, characters):
    """`learn` must return a function from a context to probabilities; got ndarray."""
    return np.array([train.count(character) + 1 for character in characters]) / len(train)


# %% wrong="07-python"
def learn_returns_nothing(train, characters):
    """`learn` returns None. Is a `return` missing?"""


# %% wrong="07-python"
def learn_predicts_nothing(train, characters):
    """Your prediction after '' is None. Is a `return` missing?"""
    return lambda context: None


# %% wrong="07-python"
def learn_returns_a_dictionary(train, characters):
    """Expected is an array, with one number for each character."""
    return lambda context: {character: 1 / len(characters) for character in characters}


# %% wrong="07-python"
def learn_returns_one_number(train, characters):
    """Expected is one probability for each of the characters, in one row."""
    return lambda context: 1 / len(characters)


# %% wrong="07-python"
{
    "[seen[character] for character in characters] → [seen[character] for character in sorted(characters)]": "Your probabilities fit the characters in alphabetical order, not in the order of `characters`.",
}


# %% [markdown]
# Now put your own row into the table, on the two modules that this notebook holds out. (That needs the cell above which reads them.) **Predict** its place: on the plays, `lzma` was level with a 4-gram. If you are surprised, `solution("07-python")` says why.

# %% tags=["nbval-ignore-output"]
try:
    predict = learn(train, characters)
    places = range(0, len(test), 10)
    costs = [-np.log2(predict(test[:i])[characters.index(test[i])]) for i in places]
    rows["your model"] = np.mean(costs)
except NotImplementedError:
    print("Your model is missing still: its row comes when exercise 5 is done.")
for name, value in sorted(rows.items(), key=lambda row: -row[1]):
    print(f"{name:10} {value:5.2f} bits per character")
