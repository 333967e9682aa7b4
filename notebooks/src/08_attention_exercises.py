# %% [markdown]
# # 08 Sequence to sequence and attention: exercises
#
# Five exercises on [lesson 08](../08_attention.ipynb), 75 minutes in all. Replace each `raise NotImplementedError(…)` with your answer, run that cell, then the check below it.
#
# A check tries fresh numbers on every call and says what looks wrong. Stuck? `hint("08-attend")` gives one hint at a time; `solution("08-attend")` shows the answer and why. No exercise needs another one, but each needs the cells above it in its own section. *Run All* stops at the first exercise that is still open, so run cell by cell, the first code cell first.

# %%
from functools import cache

import numpy as np
from scipy.special import softmax

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: attend to the letters, and to nothing else
#
# *Fill in, 15 minutes, 3 points.* One word, padded to a common length. Return what scaled dot-product attention gives to each query,
#
# $$\operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V$$
#
# where the softmax goes over the letters alone: padding gets the weight 0. (`softmax` of SciPy is imported; it takes an `axis`.)


# %% exercise="08-attend" points=3
def attend(Q, K, V, is_letter):
    """Return the weighted mean of the values for each query.

    Args:
        Q: (m, d) float64, queries.
        K: (l, d) float64, keys, one a letter or padding.
        V: (l, e) float64, values.
        is_letter: (l,) bool, False for padding; at least one is True.

    Returns:
        (m, e) float64.
    """
    ### BEGIN SOLUTION
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    weights = softmax(np.where(is_letter, scores, -np.inf), axis=1)
    return weights @ V
    ### END SOLUTION


# %% [markdown] hint="08-attend"
# Write down the shapes first. `Q @ K.T` has one row a query and one column a letter. Along which of the two must the weights sum to 1?

# %% [markdown] hint="08-attend"
# The mask must act *before* the softmax. Which score makes a weight of exactly 0, whatever the others are? It is not 0.

# %% [markdown] hint="08-attend"
# `np.where(is_letter, scores, -np.inf)` puts the mask in, since $e^{-\infty} = 0$; the softmax has `axis=1`; `d` is `Q.shape[1]`.

# %% [markdown] why="08-attend"
# A score of 0 is an ordinary score, $e^0 = 1$, so setting masked scores to 0 lets padding in. Setting masked *weights* to 0 after the softmax leaves rows that no longer sum to 1, so the context shrinks as the row gets wider. Minus infinity before the softmax does both jobs at once: weight 0, and the others share the whole. (Networks use a large negative number instead, since a row in which all is masked would otherwise give 0/0.)


# %% check="08-attend"
rowwise = True


def inputs(random):
    cases = []
    for padded in [True] * 10 + [False] * 2:
        m, num_keys, d, e = random.permutation([4, 5, 7, 9])  # no size is another's
        Q, K = random.normal(size=(m, d)), random.normal(size=(num_keys, d))
        num_letters = random.integers(1, num_keys) if padded else num_keys
        is_letter = random.permutation(np.arange(num_keys) < num_letters)
        cases.append((Q, K, random.normal(size=(num_keys, e)), is_letter))
    return cases


# %% wrong="08-attend"
def attend_to_zeroed_padding(Q, K, V, is_letter):
    """Keys and values of 0 do not switch padding off: its score is 0, and what is e to the power
    of 0?
    """
    letters = is_letter[:, np.newaxis]
    return attend(Q, K * letters, V * letters, np.ones(len(K), bool))


# %% wrong="08-attend"
def attend_to_the_first_keys(Q, K, V, is_letter):
    """You count the letters and take so many keys from the start. Which ones are letters?"""
    num_letters = np.sum(is_letter)
    return attend(Q, K[:num_letters], V[:num_letters], np.ones(num_letters, bool))


# %% wrong="08-attend"
{
    "np.where(is_letter, scores, -np.inf) → scores": "Padding gets a share of the weights: where does your function look at `is_letter`?",
    "-np.inf → 0": "A score of 0 is not a weight of 0: what is e to the power of 0?",
    "softmax(np.where(is_letter, scores, -np.inf), axis=1) → softmax(scores, axis=1) * is_letter": "Padding adds nothing, but the weights of the letters no longer sum to 1: mask before the softmax.",
    "(is_letter, scores → (~is_letter, scores": "Your weights go to the padding: `is_letter` is True for letters.",
    "(is_letter, scores, -np.inf → (~is_letter, scores, -1e9": "Your weights go to the padding: `is_letter` is True for letters.",
    " / np.sqrt(Q.shape[1]) → ": "The scores are too large: what does the formula divide them by?",
    "np.sqrt(Q.shape[1]) → Q.shape[1]": "You divide by d: a sum of d terms of variance 1 has variance d, so what is its typical size?",
    "Q.shape[1] → len(K)": "You divide by the root of the number of letters; d is the width of a query.",
    "Q.shape[1] → np.sum(is_letter)": "You divide by the root of the number of letters; d is the width of a query.",
    "Q.shape[1] → len(Q)": "You divide by the root of the number of queries; d is the width of a query.",
    "Q.shape[1] → V.shape[1]": "You divide by the root of the width of the values; d is the width of a query.",
    "axis=1 → axis=0": "Your weights sum to 1 over the queries. Each query has one unit of weight to spread over the letters.",
    "-np.inf), axis=1 → -1e9), axis=0": "Your weights sum to 1 over the queries. Each query has one unit of weight to spread over the letters.",
    ", axis=1 → ": "All your weights together sum to 1, over all queries: without `axis`, `softmax` takes the whole array.",
    "weights @ V → weights": "Those are the weights, one for each key. What does each query get from the values?",
}


# %% [markdown]
# ## Exercise 2: force the teacher
#
# *Fill in, 10 minutes, 2 points.* Make what the decoder hears and what it should say. Each pronunciation is a list of phoneme numbers from 3 upwards; 0 is padding, 1 the start, 2 the end. At each step the decoder hears the phoneme *before* the one that it should say. Its last duty is to say "end".


# %% exercise="08-forcing" points=2
def forcing(pronunciations):
    """Return the decoder's inputs and its targets, padded with 0 on the right.

    Args:
        pronunciations: list of n lists of int, phoneme numbers from 3 upwards.

    Returns:
        tuple of two (n, longest + 1) arrays of whole numbers: inputs and targets.
    """
    ### BEGIN SOLUTION
    longest = max(map(len, pronunciations))
    inputs = np.zeros((len(pronunciations), longest + 1), int)
    targets = np.zeros((len(pronunciations), longest + 1), int)
    for i, one in enumerate(pronunciations):
        inputs[i, : len(one) + 1] = [1, *one]
        targets[i, : len(one) + 1] = [*one, 2]
    return inputs, targets
    ### END SOLUTION


# %% [markdown] hint="08-forcing"
# Write the two rows for one short word, N OW M, one below the other. What is heard before N? What is said after M?

# %% [markdown] hint="08-forcing"
# Heard: start, N, OW, M. Said: N, OW, M, end. Both have one element more than the word.

# %% [markdown] hint="08-forcing"
# For each word, `[1, *one]` and `[*one, 2]`, written into two arrays of zeros of the width `longest + 1`.

# %% [markdown] why="08-forcing"
# The shift is all there is to teacher forcing. Without it the decoder hears what it should say, learns to repeat it, reaches a loss of nearly zero, and knows nothing when nobody prompts it. Shorter still, and what the lesson does: write start, phonemes, end and padding into one array; all columns but the last are heard, all but the first are said. Then the end of a shorter word stands among the inputs, which does no harm: the target there is padding. The check takes both.


# %% check="08-forcing"
from course_utils.checks.judging import agrees


def inputs(random):
    cases = []
    for lengths in ([1, 3, 4, 6], [2, 5], [7, 2, 7], [4], [3, 3], [1, 2, 3, 4, 8]):
        lengths = random.permutation(lengths)
        cases.append(([random.integers(3, 42, size=length).tolist() for length in lengths],))
    return cases


def judge(got, pronunciations):
    inputs, targets = forcing(pronunciations)
    if isinstance(got, tuple | list) and len(got) == 2 and np.ndim(got[0][0]) == 1:
        for number, rows in enumerate(got, 1):
            assert len({len(row) for row in rows}) == 1, (
                f"Value {number} of 2: its rows differ in length. Pad the shorter ones."
            )
        heard, said = np.asarray(got[0]), np.asarray(got[1])
        assert said.shape != targets.shape or said[:, 0].all(), (
            "Padding belongs on the right, behind the end."
        )
        assert not np.array_equal(said, targets) or np.all(heard[:, 0] == 1), (
            "The targets are right. But the decoder must hear the start, 1, before anything else, "
            "in every row."
        )
        # Nothing is learned where the target is padding: the end may be heard there.
        after_end = (targets == 0) & (np.roll(targets, 1, axis=1) == 2)
        if np.array_equal(heard, np.where(after_end, 2, inputs)):
            got = (inputs, said)
    agrees(got, (inputs, targets))


# %% wrong="08-forcing"
def forcing_padded_left(pronunciations):
    """Padding belongs on the right, behind the end."""
    inputs, targets = forcing(pronunciations)
    for i, one in enumerate(pronunciations):
        shift = len(inputs[0]) - len(one) - 1
        inputs[i], targets[i] = np.roll(inputs[i], shift), np.roll(targets[i], shift)
    return inputs, targets


# %% wrong="08-forcing"
def forcing_one_array_padded_left(pronunciations):
    """Padding belongs on the right, behind the end."""
    longest = max(map(len, pronunciations))
    rows = np.array([[0] * (longest - len(one)) + [1, *one, 2] for one in pronunciations])
    return rows[:, :-1], rows[:, 1:]


# %% wrong="08-forcing"
def forcing_phonemes_padded_left(pronunciations):
    """Padding belongs on the right, behind the end."""
    longest = max(map(len, pronunciations))
    rows = np.array([[0] * (longest - len(one)) + one for one in pronunciations])
    return np.insert(rows, 0, 1, axis=1), np.insert(rows, longest, 2, axis=1)


# %% wrong="08-forcing"
def forcing_not_padded(pronunciations):
    """Pad the shorter ones."""
    return [[1, *one] for one in pronunciations], [[*one, 2] for one in pronunciations]


# %% wrong="08-forcing"
def forcing_one_array_not_shifted(pronunciations):
    """The decoder hears exactly what it should say at the same step: it will learn to repeat."""
    longest = max(map(len, pronunciations))
    rows = np.array([[1, *one, 2] + [0] * (longest - len(one)) for one in pronunciations])
    return rows, rows


# %% wrong="08-forcing"
def forcing_one_array_swapped(pronunciations):
    """The two are exchanged: the start is heard, the end is said."""
    longest = max(map(len, pronunciations))
    rows = np.array([[1, *one, 2] + [0] * (longest - len(one)) for one in pronunciations])
    return rows[:, 1:], rows[:, :-1]


# %% wrong="08-forcing"
{
    "return inputs, targets → return targets, targets": "The decoder hears exactly what it should say at the same step: it will learn to repeat.",
    "return inputs, targets → return inputs, inputs": "The decoder hears exactly what it should say at the same step: it will learn to repeat.",
    "return inputs, targets → return targets, inputs": "The two are exchanged: the start is heard, the end is said.",
    "[*one, 2] → [*one, 0]": "Nothing tells the decoder to stop: what should it say after the last phoneme?",
    "[1, *one] → [*one, 0]": "Before the first phoneme the decoder must hear something: which symbol is that?",
    "[1, *one] → [0, *one]": "The targets are right. But the decoder must hear the start, 1, before anything else, in every row.",
    "return inputs → return np.roll(targets, 1, axis=1)": "The targets are right. But the decoder must hear the start, 1, before anything else, in every row.",
    "inputs[i, : len(one) + 1] → inputs[i, -len(one) - 1 :]": "Padding belongs on the right, behind the end.",
    "targets[i, : len(one) + 1] → targets[i, -len(one) - 1 :]": "Padding belongs on the right, behind the end.",
    "targets[i, : len(one) + 1] = [*one, 2] → targets[i] = [*one, *[0] * (longest - len(one)), 2]": "Every end stands in the last column; it belongs right behind each word's own last phoneme.",
    "return inputs, targets → return inputs[:, :-1], targets[:, :-1]": "The longest word loses its last element: it needs a place for the start, or for the end, as well.",
}


# %% [markdown]
# ## Exercise 3: count the mistakes
#
# *Fill in, 15 minutes, 3 points.* The phoneme error rate of a list of answers: the edits of all words together, divided by the phonemes that should have come. A word has one pronunciation or several. Each answer is held against the **nearest** of the word's pronunciations, and that one's length counts (the shorter one's, if two are equally near). `edit_distance` is the lesson's.


# %%
@cache
def edit_distance(a, b):
    """Return the least number of insertions, deletions and substitutions from a to b."""
    if not (a and b):
        return len(a) + len(b)
    changed = edit_distance(a[1:], b[1:]) + (a[0] != b[0])
    return min(changed, edit_distance(a[1:], b) + 1, edit_distance(a, b[1:]) + 1)


print(edit_distance(("N", "OW", "M"), ("AH", "N", "OW")))


# %% exercise="08-error-rate" points=3
def phoneme_error_rate(answers, variants):
    """Return the phoneme error rate of all answers together.

    Args:
        answers: list of n tuples of str, the phonemes that a network wrote.
        variants: list of n lists of tuples of str, the right pronunciations of each word.

    Returns:
        float, at least 0; above 1 if more edits are needed than phonemes should have come.
    """
    ### BEGIN SOLUTION
    edits = 0
    length = 0
    for answer, known in zip(answers, variants, strict=True):
        pairs = [(edit_distance(answer, one), len(one)) for one in known]
        distance, size = min(pairs)
        edits += distance
        length += size
    return edits / length
    ### END SOLUTION


# %% [markdown] hint="08-error-rate"
# Keep two sums, edits and phonemes, and divide once, at the very end.

# %% [markdown] hint="08-error-rate"
# For one word: make a pair (distance, length) for each of its pronunciations. Python compares pairs by their first part, then by their second.

# %% [markdown] hint="08-error-rate"
# `min([(edit_distance(answer, one), len(one)) for one in known])` is the nearest, with its length.

# %% [markdown] why="08-error-rate"
# A rate over all words weighs each *phoneme* alike; the mean of the words' own rates would weigh a mistake in a short word more. The length below the line is that of a right answer: with the network's own length there, superfluous phonemes would enlarge the sum below as well, and babbling would cost too little. And with the first pronunciation only, a network that says *wind* in the other way would be counted as wrong.


# %% check="08-error-rate"
def inputs(random):
    def some_phonemes(length):
        return tuple(random.choice(["AH", "D", "IY", "N", "S"], size=length).tolist())

    cases = [([some_phonemes(12)], [[some_phonemes(1)]])]  # more edits than phonemes
    for num_words in [1, 2, 3, 5, 6] * 3:
        # One answer is as near to a shorter pronunciation as to a longer one.
        a, b, c, d = random.permutation(["K", "T", "M", "OW"]).tolist()
        equally_near = [(a, b), (a, b, c, d)]
        answers, variants = [(a, b, c)], [equally_near[:: random.choice([1, -1])]]
        for _ in range(num_words):
            known = []
            for length in random.integers(1, 8, size=random.integers(1, 4)):
                known.append(some_phonemes(length))
            nearly = known[random.integers(len(known))]
            place = random.integers(len(nearly) + 1)
            inserted = (*nearly[:place], *some_phonemes(random.integers(3)), *nearly[place:])
            other = some_phonemes(random.integers(9))
            answers.append((inserted, other)[random.integers(2)])
            variants.append(known)
        cases.append((answers, variants))
    return cases


# %% wrong="08-error-rate"
def rate_mean_of_rates(answers, variants):
    """You average the words' own rates, so a mistake in a short word weighs more: keep two sums,
    and divide once.
    """
    pairs = zip(answers, variants, strict=True)
    return np.mean([phoneme_error_rate([answer], [known]) for answer, known in pairs])


# %% wrong="08-error-rate"
def rate_mean_of_least_rates(answers, variants):
    """You average the words' own rates, so a mistake in a short word weighs more: keep two sums,
    and divide once.
    """
    rates = []
    for answer, known in zip(answers, variants, strict=True):
        rates.append(min(edit_distance(answer, one) / len(one) for one in known))
    return np.mean(rates)


# %% wrong="08-error-rate"
def rate_of_wrong_words(answers, variants):
    """This is the share of wrong words, the word error rate."""
    pairs = zip(answers, variants, strict=True)
    return np.mean([answer not in known for answer, known in pairs])


# %% wrong="08-error-rate"
{
    "for one in known] → for one in known[:1]]": "You only look at the first pronunciation of each word; any of them is right.",
    "for one in known] → for one in known[-1:]]": "You only look at the last pronunciation of each word; any of them is right.",
    "distance, size = min(pairs) → distance, size = np.sum(pairs, axis=0)": "Every pronunciation adds to your sums; only the nearest should.",
    "length += size → length += len(answer)": "You divide by the phonemes that the network wrote, so superfluous ones enlarge both sums and cost too little: how many should have come?",
    "/ length → / len(answers)": "These are edits per word: divide by the number of phonemes.",
    "edits / length → edits": "These are all edits: divide by the number of phonemes that should have come.",
    "length += size → length += len(known[0])": "You divide by the length of the first pronunciation: take that of the nearest.",
    "length += size → length += max(size, len(answer))": "You divide by the longer of answer and pronunciation: how many phonemes should have come?",
    "length += size → length += min(map(len, known))": "The least distance and the least length may belong to different pronunciations: take both from the same one.",
    "min(pairs) → min(pairs, key=lambda pair: pair[0])": "Two pronunciations may be equally near: which one's length does the task ask for then?",
    "min(pairs) → min(reversed(pairs), key=lambda pair: pair[0])": "Two pronunciations may be equally near: which one's length does the task ask for then?",
    "min(pairs) → min(pairs, key=lambda pair: (pair[0], -pair[1]))": "Two pronunciations may be equally near: which one's length does the task ask for then?",
    "min(pairs) → min(pairs, key=lambda pair: pair[0] / pair[1])": "You take the pronunciation with the smallest rate; the nearest is the one with the fewest edits.",
    "min(pairs) → min(pairs, key=lambda pair: pair[1])": "You take the shortest pronunciation; the nearest is the one with the fewest edits.",
    "min(pairs) → max(pairs)": "You take the pronunciation with the most edits; which one is the nearest?",
    "edit_distance(answer, one) → sum(a != b for a, b in zip(answer, one, strict=False)) + abs(len(answer) - len(one))": "You compare position by position, so one phoneme too many makes all that follow wrong: count with `edit_distance`.",
    "edit_distance(answer, one) → sum(a != b for a, b in zip(answer, one, strict=False))": "You compare position by position, so one phoneme too many makes all that follow wrong: count with `edit_distance`.",
    "return edits / length → return min(1, edits / length)": "You cut the rate off at 1, but an answer may need more edits than there are phonemes to come.",
    "return edits → return 100 * edits": "Return a rate, not per cent.",
}


# %% [markdown]
# ## Exercise 4: search with a beam
#
# *Fill in and predict, 20 minutes, 3 points.* A toy decoder with three symbols: 0 is the end, 1 and 2 are sounds. What it says depends on the symbol before. Greedy decoding takes the most probable symbol each time. **Predict** before you run the cell: which answer does it find, and is there a more probable one?

# %%
table = np.array([[0.98, 0.01, 0.01], [0.4, 0.3, 0.3], [0.94, 0.01, 0.05]])  # rows: symbol before
first = np.array([0.01, 0.55, 0.44])


def toy(answer):
    """Return (3,) float64, the probabilities of the symbol after `answer`, a tuple."""
    return table[answer[-1]] if answer else first


print(f"1, end: {first[1] * table[1, 0]:.4f}   2, end: {first[2] * table[2, 0]:.4f}")

# %% [markdown]
# Write the beam search for such a decoder. Begin with the empty answer. In each of `steps` steps, extend every candidate that has not ended by every symbol, keep those that have ended as they are, and of all of these keep the `width` best by **log**-probability. Return the best candidate at the end and its log-probability.
#
# When it is right, try `beam(toy, 1, 4)`, then predict and try a width of 2. A wider beam is not always better: in `trap`, 2 leads to two fair continuations, which crowd out what greedy finds. Compare the widths 1, 2 and 3, with 3 steps.


# %%
def trap(answer):
    """Return (4,) float64, the probabilities of the symbol after `answer`, a tuple."""
    known = {
        (): (0.01, 0.42, 0.37, 0.2),
        (1,): (0.02, 0.34, 0.32, 0.32),
        (2,): (0.01, 0.5, 0.48, 0.01),
        (1, 1): (0.97, 0.01, 0.01, 0.01),
    }
    return np.array(known.get(tuple(answer), (0.3, 0.25, 0.25, 0.2)))


# %% exercise="08-beam" points=3
def beam(next_probabilities, width, steps):
    """Return the best answer that a beam search finds.

    Args:
        next_probabilities: function from a tuple of symbols, the answer so far, to (k,) float64,
            all positive: the probability of each symbol as the next one; symbol 0 is the end.
        width: int, how many candidates to keep.
        steps: int, the largest number of symbols, the end included.

    Returns:
        tuple of two: the best candidate, a tuple of int with its 0 if it has ended, and its
        log-probability, a float (natural logarithm).
    """
    ### BEGIN SOLUTION
    candidates = [(0.0, ())]
    for _ in range(steps):
        extended = []
        for log_p, answer in candidates:
            if answer and answer[-1] == 0:
                extended.append((log_p, answer))
                continue
            for symbol, p in enumerate(next_probabilities(answer)):
                extended.append((log_p + np.log(p), (*answer, symbol)))
        candidates = sorted(extended, reverse=True)[:width]
    log_p, answer = candidates[0]
    return answer, log_p
    ### END SOLUTION


# %% [markdown] hint="08-beam"
# Keep a list of pairs (log-probability, answer). It begins with one pair: which log-probability has the empty answer?

# %% [markdown] hint="08-beam"
# In each step make a *new* list: all extensions of all candidates, and the ended candidates unchanged. Sort it only then, and cut it to `width`.

# %% [markdown] hint="08-beam"
# An extension is `(log_p + np.log(p), (*answer, symbol))`. `sorted(extended, reverse=True)[:width]` keeps the best, since pairs are compared by their first part.

# %% [markdown] why="08-beam"
# The cut goes over the extensions of all candidates together, so one good beginning may fill the beam and a bad one drops out: with one extension for each candidate you would run `width` greedy searches side by side. Ended candidates must stay and compete, and each takes one of the `width` places; the search is over only when no better one can come. Logarithms turn the product into a sum, and their order is that of the probabilities. They all lie below 0, so each symbol costs, and a beam prefers short answers; systems for translation divide by a power of the length to make up for it.
#
# In `toy`, a width of 1 finds (1, 0), since 0.55 beats 0.44, with probability 0.55 · 0.4 = 0.22; a width of 2 keeps the 2 as well, and finds (2, 0) with 0.44 · 0.94 = 0.41. In `trap`, greedy finds (1, 1, 0) with 0.42 · 0.34 · 0.97 = 0.14. But after two steps 0.37 · 0.5 = 0.185 and 0.37 · 0.48 = 0.178 both beat 0.42 · 0.34 = 0.143. So a width of 2 drops (1, 1), whose end would have had 0.97, and is left with (2, 1, 0) and 0.06; a width of 3 keeps it, and finds (1, 1, 0) again.


# %% check="08-beam"
class Decoder:
    """A function of the answer so far, under the name that a message shows."""

    def __init__(self, name, function):
        self.name = name
        self.function = function

    def __call__(self, answer):
        return self.function(answer)

    def __repr__(self):
        return self.name


def decoder_of(tables):
    """Return a decoder from (steps, k, k) probabilities, in each step a row for the symbol before."""

    def next_probabilities(answer):
        step = min(len(answer), len(tables) - 1)
        return tables[step, answer[-1] if step else 0].copy()

    return Decoder("next_probabilities", next_probabilities)


# Width, steps and percent: a row for the first symbol, then for the second and for the later ones
# a row for each symbol before. Found among 40,000 random ones, which show rare slips too seldom.
SHOWING = [
    "2 5  2 36 33 29  97 1 1 1  2 22 35 41  5 12 31 52  22 29 43 6  97 1 1 1  28 8 26 38  21 47 14 18  4 30 49 17",
    "3 4  25 50 23 2  97 1 1 1  54 15 14 17  1 1 94 4  1 1 83 15  97 1 1 1  1 10 82 7  78 3 1 18  2 31 28 39",
    "3 5  1 3 32 64  97 1 1 1  26 13 20 41  21 8 11 60  10 21 60 9  97 1 1 1  27 46 15 12  1 1 4 94  10 50 39 1",
    "3 5  9 32 7 52  97 1 1 1  3 43 20 34  15 40 4 41  7 49 37 7  97 1 1 1  18 9 67 6  12 13 6 69  26 35 23 16",
    "3 3  35 30 35  36 34 30  62 32 7  1 54 45  13 2 86  22 37 42  63 31 6",
]


def inputs(random):
    trapped, fooled = Decoder("trap", trap), Decoder("toy", toy)
    cases = [(trapped, 2, 3), (trapped, 3, 3), (fooled, 1, 4), (fooled, 2, 4)]
    for text in SHOWING:
        width, steps, *percent = map(int, text.split())
        k = 4 if len(percent) == 36 else 3
        rows = np.reshape(percent, (2 * k + 1, k)).astype(float)
        rows *= random.uniform(0.97, 1.03, size=rows.shape)
        rows /= rows.sum(axis=1, keepdims=True)
        order = np.array([0, *random.permutation(np.arange(1, k))])  # the sounds get other numbers
        tables = np.array([rows[:k], rows[1 : k + 1], rows[k + 1 :]])
        tables[1:] = tables[1:, order]
        cases.append((decoder_of(tables[:, :, order]), width, steps))
    for width, steps in [(1, 1), (1, 3), (2, 2), (2, 3), (4, 2), (9, 3)]:
        tables = 0.97 * random.dirichlet(np.ones(3), size=(steps, 3)) + 0.01
        cases.append((decoder_of(tables), width, steps))
    return cases


def judge(got, next_probabilities, width, steps):
    assert got is not None, "The function returns None. Is a `return` missing, or never reached?"
    pair = isinstance(got, tuple | list) and len(got) == 2
    assert pair and np.ndim(got[0]) == 1 and np.ndim(got[1]) == 0, (
        "Return two things: the candidate, a tuple of symbols, and its log-probability, a number."
    )
    answer, total = tuple(np.asarray(got[0]).tolist()), float(got[1])
    best, log_p = beam(next_probabilities, width, steps)
    assert 0 not in answer[:-1], (
        "A candidate goes on after its end: once it has ended, it must stay as it is."
    )
    assert len(answer) <= steps, (
        f"Your candidate has {len(answer)} symbols, and `steps` allows {steps}."
    )
    assert answer == best, (
        f"{answer} is not the candidate that a beam of {width} finds. Follow beam(trap, {width}, 3) "
        f"by hand: which {width} candidates are kept after each step?"
    )
    assert np.isclose(total, log_p, rtol=1e-5), (
        f"The candidate is right, its log-probability is not: yours is {total:.6g}."
    )


# %% wrong="08-beam"
def beam_or_greedy(next_probabilities, width, steps):
    """Where the greedy answer is more probable than what the beam finds, you return that one. The
    task asks for what the beam finds, better or worse.
    """
    found = [beam(next_probabilities, 1, steps), beam(next_probabilities, width, steps)]
    return max(found, key=lambda pair: pair[1])


# %% wrong="08-beam"
{
    "[:width] → [:1]": "This comes out if the most probable symbol is taken each time: do you keep `width` candidates from step to step?",
    "[:width] → [: width + 1]": "This comes out if one candidate too many is kept.",
    "[:width] → ": "This comes out if the list is never cut: keep only the `width` best after each step.",
    ", reverse=True → ": "This comes out if the least probable are kept: which end of the sorted list do you take?",
    "range(steps) → range(steps + 1)": "This comes out if the search takes one step too many.",
    "range(steps) → range(steps - 1)": "This comes out if the search stops one step too soon.",
    "answer and answer[-1] == 0 → False": "A candidate goes on after its end: once it has ended, it must stay as it is.",
    "extended.append((log_p, answer))\n                continue → continue": "This comes out if candidates that have ended are lost on the way: they must stay and compete.",
    "[:width] → [:width]\n        for log_p, answer in candidates:\n            if answer[-1] == 0:\n                return answer, log_p": "This comes out if the search stops as soon as a candidate has ended. One that goes on may still be more probable.",
    "[:width] → [:width]\n        if any(answer[-1] == 0 for _, answer in candidates):\n            break": "This comes out if the search stops as soon as a candidate has ended. One that goes on may still be more probable.",
    "= candidates[0] → = max(candidates, key=lambda pair: (0 in pair[1], pair[0]))": "This comes out if only ended candidates count at the end. One that has not ended may be the most probable.",
    "log_p + np.log(p) → log_p + p": "This comes out if probabilities are added up, so that every further symbol helps. Which function turns a product into a sum?",
    "sorted(extended, → sorted(extended, key=lambda pair: pair[0] / len(pair[1]),": "This comes out if the mean over the symbols decides, which longer answers win. Systems for translation do something of the kind; here it is the total that counts.",
    "log_p + np.log(p) → (log_p * len(answer) + np.log(p)) / (len(answer) + 1)": "This comes out if the mean over the symbols decides, which longer answers win. Systems for translation do something of the kind; here it is the total that counts.",
    "= candidates[0] → = max(candidates, key=lambda pair: pair[0] / len(pair[1]))": "This comes out if the mean over the symbols decides, which longer answers win. Systems for translation do something of the kind; here it is the total that counts.",
    "return answer, log_p → return answer, log_p / len(answer)": "The candidate is right, but its number is the mean over its symbols; the total is asked for.",
    "return answer, log_p → return log_p, answer": "The two are exchanged: the candidate comes first, then its log-probability.",
    "return answer, log_p → return tuple(s for s in answer if s), log_p": "This candidate has ended: its 0 belongs to it.",
    "np.log(p) → np.log2(p)": "The candidate is right, but the natural logarithm is asked for.",
    "np.log(p) → np.log10(p)": "The candidate is right, but the natural logarithm is asked for.",
    "return answer, log_p → return answer, np.exp(log_p)": "The right answer, but with its probability; its logarithm is asked for.",
    "return answer, log_p → return answer, sum(next_probabilities(answer[:n])[symbol] for n, symbol in enumerate(answer))": "The candidate is right, but its number is a sum of probabilities, so that every further symbol helps. Which function turns a product into a sum?",
    "extended.append((log_p, answer))\n → if all(0 in one for _, one in candidates):\n                    extended.append((log_p, answer))\n": "This comes out if candidates that have ended are lost on the way: they must stay and compete.",
    "[:width] → \n        going = [one for one in candidates if 0 not in one[1]]\n        candidates = [one for one in candidates if 0 in one[1] or one in going[:width]]": "This comes out if ended candidates leave the beam: they must go on taking one of its `width` places.",
    "candidates = sorted(extended, reverse=True)[:width] → aside = [one for one in candidates if 0 in one[1]]\n        kept = sorted((one for one in extended if one not in aside), reverse=True)[:width]\n        candidates = sorted(aside + kept, reverse=True)": "This comes out if ended candidates leave the beam: they must go on taking one of its `width` places.",
    "enumerate(next_probabilities(answer)) → sorted(enumerate(next_probabilities(answer)), key=lambda pair: -pair[1])[: 1 if len(candidates) >= width else None]": "This comes out if each candidate keeps one extension: put all extensions together before you cut.",
    "enumerate(next_probabilities(answer)):\n                extended.append((log_p + np.log(p), (*answer, symbol)))\n        candidates = sorted(extended, reverse=True)[:width] → sorted(enumerate(next_probabilities(answer)), key=lambda pair: -pair[1])[:width]:\n                extended.append((log_p + np.log(p), (*answer, symbol)))\n        candidates = sorted(extended, reverse=True)": "This comes out if each candidate keeps `width` extensions of its own, so that the list grows: put all together, then cut.",
}


# %% [markdown]
# ## Exercise 5: look back by a number of steps
#
# *Open, 15 minutes, 4 points.* A head sees nothing but position vectors, as in the lesson (the cell below makes them). Build its two matrices by hand, without training, so that each step looks `back` steps back: with $Q = P W_q$ and $K = P W_k$, and the weights $\operatorname{softmax}(Q K^\top / \sqrt{d})$, step $t$ must give at least 0.9 of its weight to step $t - \text{back}$, for each $t$ from `back` on, in sequences of 12 steps.


# %%
def positions(length, width):
    """Return the position vectors, (length, width): sines at even places, cosines at odd ones."""
    angles = np.arange(length)[:, None] / 10_000 ** (np.arange(0, width, 2) / width)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(length, width)


P = positions(12, 16)
print("weights of step 5 as it is:", softmax(P @ P.T / np.sqrt(16), axis=1)[5].round(2))


# %% exercise="08-look-back" points=4
def look_back(back, width):
    """Return the matrices of a head that looks a number of steps back.

    Args:
        back: int from 1 to 4, how many steps.
        width: int, 16 or 32, the width of the position vectors and of the head.

    Returns:
        tuple of two (width, width) float64 arrays, W_q and W_k.
    """
    ### BEGIN SOLUTION
    Wq = np.zeros((width, width))
    for i in range(0, width, 2):
        angle = back / 10_000 ** (i / width)
        cos = np.cos(angle)
        sin = np.sin(angle)
        Wq[i : i + 2, i : i + 2] = [[cos, sin], [-sin, cos]]
    return 50 * Wq, np.eye(width)
    ### END SOLUTION


# %% [markdown] hint="08-look-back"
# The printed row leans to step 5 itself: a position vector is most like itself. So if the query of step $t$ were the position vector of step $t - \text{back}$, it would look there. Leave $W_k$ the identity: what must $W_q$ do?

# %% [markdown] hint="08-look-back"
# For one pair, $\sin(a - b) = \sin a \cos b - \cos a \sin b$ and $\cos(a - b) = \cos a \cos b + \sin a \sin b$. That is a 2 × 2 matrix applied to the row $(\sin a, \cos a)$, with $b = \text{back} \,/\, 10000^{2i/d}$.

# %% [markdown] hint="08-look-back"
# Put the blocks `[[cos b, sin b], [-sin b, cos b]]` on the diagonal. The weights now have their peak in the right place but are spread; which number makes a softmax sharper?

# %% [markdown] why="08-look-back"
# Each pair of sine and cosine is a hand on a clock, and a step back turns each hand by a fixed angle, the same at every position. Turning is a matrix, and a matrix is what a head has. The factor is the inverse of a temperature: it sharpens the softmax as far as you like. A trained head can find such matrices; whether it does is another question, since it sees letters and positions added together.


# %% check="08-look-back"
from course_utils.checks.judging import agrees


def inputs(random):
    backs = random.permutation([1, 2, 3, 4]).tolist()
    return [(back, width) for width in (16, 32) for back in backs]


def judge(got, back, width):
    agrees(got, (np.zeros((width, width)), np.zeros((width, width))), atol=np.inf)  # the shapes
    P = positions(12, width)
    Wq, Wk = np.asarray(got[0], dtype=float), np.asarray(got[1], dtype=float)
    weights = softmax((P @ Wq) @ (P @ Wk).T / np.sqrt(width), axis=1)
    assert np.isfinite(weights).all(), (
        "The scores are too large to be numbers: make the matrices smaller."
    )
    steps = np.arange(back, 12)
    least = weights[steps, steps - back].min()
    if least >= 0.9:
        return
    most = weights.argmax(axis=1)
    assert not np.array_equal(most[steps], steps), (
        "Each step looks at itself most: the queries are not turned against the keys."
    )
    assert not np.array_equal(most[:-back], np.arange(back, 12)), (
        "Each step looks the right number of steps, but ahead: turn the other way."
    )
    wrong = steps[most[steps] != steps - back]
    assert len(wrong), (
        f"Every step looks to the right place most, but with {least:.0%} of its weight at the "
        "least. What makes a softmax sharper?"
    )
    raise AssertionError(
        f"Step {wrong[0]} looks at step {most[wrong[0]]} most, not at step {wrong[0] - back}. "
        "Does each pair of sine and cosine turn by an angle of its own?"
    )


# %% wrong="08-look-back"
def look_back_at_itself(back, width):
    """Each step looks at itself most: the queries are not turned against the keys."""
    return 50 * np.eye(width), np.eye(width)


# %% wrong="08-look-back"
{
    "50 * Wq → Wq": "What makes a softmax sharper?",
    "50 * Wq → 1e308 * Wq": "The scores are too large to be numbers: make the matrices smaller.",
    "= back / → = -back /": "Each step looks the right number of steps, but ahead: turn the other way.",
    "back / 10_000 ** (i / width) → back": "Does each pair of sine and cosine turn by an angle of its own?",
}
