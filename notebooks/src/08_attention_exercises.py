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


# %% wrong="08-attend" misconception="not-masked"
def attend_not_masked(Q, K, V, is_letter):
    return softmax(Q @ K.T / np.sqrt(Q.shape[1]), axis=1) @ V


# %% wrong="08-attend" misconception="score-zero"
def attend_score_zero(Q, K, V, is_letter):
    return softmax(Q @ K.T / np.sqrt(Q.shape[1]) * is_letter, axis=1) @ V


# %% wrong="08-attend" misconception="after-the-softmax"
def attend_after_the_softmax(Q, K, V, is_letter):
    return (softmax(Q @ K.T / np.sqrt(Q.shape[1]), axis=1) * is_letter) @ V


# %% wrong="08-attend" misconception="not-scaled"
def attend_not_scaled(Q, K, V, is_letter):
    return softmax(np.where(is_letter, Q @ K.T, -np.inf), axis=1) @ V


# %% wrong="08-attend" misconception="scaled-by-d"
def attend_scaled_by_d(Q, K, V, is_letter):
    return softmax(np.where(is_letter, Q @ K.T / Q.shape[1], -np.inf), axis=1) @ V


# %% wrong="08-attend" misconception="wrong-axis"
def attend_wrong_axis(Q, K, V, is_letter):
    scores = np.where(is_letter, Q @ K.T / np.sqrt(Q.shape[1]), -1e9)
    return softmax(scores, axis=0) @ V


# %% wrong="08-attend" misconception="wrong-axis-nan"
def attend_wrong_axis_nan(Q, K, V, is_letter):
    scores = np.where(is_letter, Q @ K.T / np.sqrt(Q.shape[1]), -np.inf)
    with np.errstate(all="ignore"):
        return softmax(scores, axis=0) @ V


# %% wrong="08-attend" misconception="no-axis"
def attend_no_axis(Q, K, V, is_letter):
    return softmax(np.where(is_letter, Q @ K.T / np.sqrt(Q.shape[1]), -np.inf)) @ V


# %% wrong="08-attend" misconception="scaled-by-length"
def attend_scaled_by_length(Q, K, V, is_letter):
    return softmax(np.where(is_letter, Q @ K.T / np.sqrt(len(K)), -np.inf), axis=1) @ V


# %% wrong="08-attend" misconception="mask-inverted"
def attend_mask_inverted(Q, K, V, is_letter):
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    with np.errstate(all="ignore"):
        return softmax(np.where(is_letter, -np.inf, scores), axis=1) @ V


# %% wrong="08-attend" misconception="zeroed"
def attend_zeroed(Q, K, V, is_letter):
    K, V = K * is_letter[:, None], V * is_letter[:, None]
    return softmax(Q @ K.T / np.sqrt(Q.shape[1]), axis=1) @ V


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
    width = max(map(len, pronunciations)) + 1
    inputs, targets = np.zeros((2, len(pronunciations), width), int)
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


# %% wrong="08-forcing" misconception="not-shifted"
def forcing_not_shifted(pronunciations):
    width = max(map(len, pronunciations)) + 1
    rows = np.array([[*one, 2, *[0] * (width - len(one) - 1)] for one in pronunciations])
    return rows, rows


# %% wrong="08-forcing" misconception="swapped"
def forcing_swapped(pronunciations):
    width = max(map(len, pronunciations)) + 1
    inputs, targets = np.zeros((2, len(pronunciations), width), int)
    for i, one in enumerate(pronunciations):
        inputs[i, : len(one) + 1] = [*one, 2]
        targets[i, : len(one) + 1] = [1, *one]
    return inputs, targets


# %% wrong="08-forcing" misconception="no-end"
def forcing_no_end(pronunciations):
    width = max(map(len, pronunciations)) + 1
    inputs, targets = np.zeros((2, len(pronunciations), width), int)
    for i, one in enumerate(pronunciations):
        inputs[i, : len(one) + 1] = [1, *one]
        targets[i, : len(one)] = one
    return inputs, targets


# %% wrong="08-forcing" misconception="end-at-the-edge"
def forcing_end_at_the_edge(pronunciations):
    width = max(map(len, pronunciations)) + 1
    inputs, targets = np.zeros((2, len(pronunciations), width), int)
    for i, one in enumerate(pronunciations):
        inputs[i, : len(one) + 1] = [1, *one]
        targets[i, : len(one)] = one
    targets[:, -1] = 2
    return inputs, targets


# %% wrong="08-forcing" misconception="not-shifted-start"
def forcing_not_shifted_start(pronunciations):
    width = max(map(len, pronunciations)) + 1
    rows = np.array([[1, *one, *[0] * (width - len(one) - 1)] for one in pronunciations])
    return rows, rows


# %% wrong="08-forcing" misconception="no-start"
def forcing_no_start(pronunciations):
    width = max(map(len, pronunciations)) + 1
    inputs, targets = np.zeros((2, len(pronunciations), width), int)
    for i, one in enumerate(pronunciations):
        inputs[i, : len(one)] = one
        targets[i, : len(one) + 1] = [*one, 2]
    return inputs, targets


# %% wrong="08-forcing" misconception="start-missing"
def forcing_rolled(pronunciations):
    width = max(map(len, pronunciations)) + 1
    targets = np.array([[*one, 2, *[0] * (width - len(one) - 1)] for one in pronunciations])
    return np.roll(targets, 1, axis=1), targets


# %% wrong="08-forcing" misconception="padded-left"
def forcing_padded_left(pronunciations):
    width = max(map(len, pronunciations)) + 1
    rows = [([1, *one], [*one, 2], [0] * (width - len(one) - 1)) for one in pronunciations]
    inputs, targets = zip(*([[*pad, *a], [*pad, *b]] for a, b, pad in rows), strict=True)
    return np.array(inputs), np.array(targets)


# %% wrong="08-forcing" misconception="not-padded"
def forcing_not_padded(pronunciations):
    return [[1, *one] for one in pronunciations], [[*one, 2] for one in pronunciations]


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
    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        distance, size = min((edit_distance(answer, one), len(one)) for one in known)
        edits, length = edits + distance, length + size
    return edits / length
    ### END SOLUTION


# %% [markdown] hint="08-error-rate"
# Keep two sums, edits and phonemes, and divide once, at the very end.

# %% [markdown] hint="08-error-rate"
# For one word: make a pair (distance, length) for each of its pronunciations. Python compares pairs by their first part, then by their second.

# %% [markdown] hint="08-error-rate"
# `min((edit_distance(answer, one), len(one)) for one in known)` is the nearest, with its length.

# %% [markdown] why="08-error-rate"
# A rate over all words weighs each *phoneme* alike; the mean of the words' own rates would weigh a mistake in a short word more. The length below the line is that of a right answer: with the network's own length there, superfluous phonemes would enlarge the sum below as well, and babbling would cost too little. And with the first pronunciation only, a network that says *wind* in the other way would be counted as wrong.


# %% wrong="08-error-rate" misconception="mean-of-rates"
def rate_mean_of_rates(answers, variants):
    rates = []
    for answer, known in zip(answers, variants, strict=True):
        distance, size = min((edit_distance(answer, one), len(one)) for one in known)
        rates.append(distance / size)
    return np.mean(rates)


# %% wrong="08-error-rate" misconception="first-variant"
def rate_first_variant(answers, variants):
    pairs = list(zip(answers, (known[0] for known in variants), strict=True))
    return sum(edit_distance(a, b) for a, b in pairs) / sum(len(b) for _, b in pairs)


# %% wrong="08-error-rate" misconception="answer-length"
def rate_answer_length(answers, variants):
    edits = sum(
        min(edit_distance(answer, one) for one in known)
        for answer, known in zip(answers, variants, strict=True)
    )
    return edits / sum(map(len, answers))


# %% wrong="08-error-rate" misconception="words-not-phonemes"
def rate_words(answers, variants):
    wrong = [answer not in known for answer, known in zip(answers, variants, strict=True)]
    return np.mean(wrong)


# %% wrong="08-error-rate" misconception="all-variants"
def rate_all_variants(answers, variants):
    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        for one in known:
            edits, length = edits + edit_distance(answer, one), length + len(one)
    return edits / length


# %% wrong="08-error-rate" misconception="per-word"
def rate_per_word(answers, variants):
    pairs = zip(answers, variants, strict=True)
    return sum(min(edit_distance(a, one) for one in known) for a, known in pairs) / len(answers)


# %% wrong="08-error-rate" misconception="length-apart"
def rate_length_apart(answers, variants):
    edits = sum(
        min(edit_distance(answer, one) for one in known)
        for answer, known in zip(answers, variants, strict=True)
    )
    return edits / sum(min(map(len, known)) for known in variants)


# %% wrong="08-error-rate" misconception="tie"
def rate_tie(answers, variants):
    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        nearest = min(known, key=lambda one: edit_distance(answer, one))
        edits, length = edits + edit_distance(answer, nearest), length + len(nearest)
    return edits / length


# %% wrong="08-error-rate" misconception="first-length"
def rate_first_length(answers, variants):
    edits = sum(
        min(edit_distance(answer, one) for one in known)
        for answer, known in zip(answers, variants, strict=True)
    )
    return edits / sum(len(known[0]) for known in variants)


# %% wrong="08-error-rate" misconception="cut-at-1"
def rate_cut_at_1(answers, variants):
    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        distance, size = min((edit_distance(answer, one), len(one)) for one in known)
        edits, length = edits + distance, length + size
    return min(1, edits / length)


# %% wrong="08-error-rate" misconception="smallest-rate"
def rate_smallest_rate(answers, variants):
    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        nearest = min(known, key=lambda one: edit_distance(answer, one) / len(one))
        edits, length = edits + edit_distance(answer, nearest), length + len(nearest)
    return edits / length


# %% wrong="08-error-rate" misconception="longer-of-both"
def rate_longer_of_both(answers, variants):
    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        distance, size = min((edit_distance(answer, one), len(one)) for one in known)
        edits, length = edits + distance, length + max(size, len(answer))
    return edits / length


# %% wrong="08-error-rate" misconception="by-position"
def rate_by_position(answers, variants):
    def differ(a, b):
        return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))

    edits = length = 0
    for answer, known in zip(answers, variants, strict=True):
        distance, size = min((differ(answer, one), len(one)) for one in known)
        edits, length = edits + distance, length + size
    return edits / length


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


# %% wrong="08-beam" misconception="greedy"
def beam_greedy(next_probabilities, width, steps):
    answer, log_p = (), 0.0
    while len(answer) < steps and 0 not in answer:
        p = next_probabilities(answer)
        answer, log_p = (*answer, int(np.argmax(p))), log_p + np.log(np.max(p))
    return answer, log_p


# %% wrong="08-beam" misconception="sum-of-probabilities"
def beam_sum(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        ended = [pair for pair in candidates if 0 in pair[1]]
        extended = [
            (total + p, (*answer, symbol))
            for total, answer in candidates
            if 0 not in answer
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        candidates = sorted(ended + extended, reverse=True)[:width]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="ended-extended"
def beam_ended_extended(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        extended = [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in candidates
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        candidates = sorted(extended, reverse=True)[:width]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="ended-dropped"
def beam_ended_dropped(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        going = [pair for pair in candidates if 0 not in pair[1]]
        if not going:
            break
        extended = [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in going
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        candidates = sorted(extended, reverse=True)[:width]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="probability-not-log"
def beam_probability(next_probabilities, width, steps):
    candidates = [(1.0, ())]
    for _ in range(steps):
        ended = [pair for pair in candidates if 0 in pair[1]]
        extended = [
            (total * p, (*answer, symbol))
            for total, answer in candidates
            if 0 not in answer
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        candidates = sorted(ended + extended, reverse=True)[:width]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="one-each"
def beam_one_each(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        groups = [
            [(log_p, answer)]
            if 0 in answer
            else [
                (log_p + np.log(p), (*answer, symbol))
                for symbol, p in enumerate(next_probabilities(answer))
            ]
            for log_p, answer in candidates
        ]
        if len(candidates) == width:
            groups = [[max(group)] for group in groups]
        candidates = sorted((pair for group in groups for pair in group), reverse=True)[:width]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="divides-by-length"
def beam_by_mean(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        ended = [pair for pair in candidates if 0 in pair[1]]
        extended = [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in candidates
            if 0 not in answer
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        ranked = sorted(ended + extended, key=lambda pair: pair[0] / len(pair[1]))
        candidates = ranked[::-1][:width]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="stops-at-first-end"
def beam_stops_at_first_end(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        extended = [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in candidates
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        candidates = sorted(extended, reverse=True)[:width]
        if ended := [pair for pair in candidates if pair[1][-1] == 0]:
            return ended[0][1], ended[0][0]
    return candidates[0][1], candidates[0][0]


# %% wrong="08-beam" misconception="never-cut"
def beam_never_cut(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps):
        ended = [pair for pair in candidates if 0 in pair[1]]
        candidates = ended + [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in candidates
            if 0 not in answer
            for symbol, p in enumerate(next_probabilities(answer))
        ]
    return max(candidates)[::-1]


# %% wrong="08-beam" misconception="keeps-greedy"
def beam_or_greedy(next_probabilities, width, steps):
    def search(width):
        candidates = [(0.0, ())]
        for _ in range(steps):
            ended = [pair for pair in candidates if 0 in pair[1]]
            extended = [
                (log_p + np.log(p), (*answer, symbol))
                for log_p, answer in candidates
                if 0 not in answer
                for symbol, p in enumerate(next_probabilities(answer))
            ]
            candidates = sorted(ended + extended, reverse=True)[:width]
        return candidates[0]

    return max(search(1), search(width))[::-1]


# %% wrong="08-beam" misconception="set-aside"
def beam_set_aside(next_probabilities, width, steps):
    going, ended = [(0.0, ())], []
    for _ in range(steps):
        extended = [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in going
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        ended += [pair for pair in extended if pair[1][-1] == 0]
        going = sorted((pair for pair in extended if pair[1][-1] != 0), reverse=True)[:width]
    return max(ended + going)[::-1]


# %% wrong="08-beam" misconception="one-step-more"
def beam_one_step_more(next_probabilities, width, steps):
    candidates = [(0.0, ())]
    for _ in range(steps + 1):
        ended = [pair for pair in candidates if 0 in pair[1]]
        extended = [
            (log_p + np.log(p), (*answer, symbol))
            for log_p, answer in candidates
            if 0 not in answer
            for symbol, p in enumerate(next_probabilities(answer))
        ]
        candidates = sorted(ended + extended, reverse=True)[:width]
    return candidates[0][::-1]


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
        cos, sin = np.cos(angle), np.sin(angle)
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


# %% wrong="08-look-back" misconception="looks-at-itself"
def look_back_identity(back, width):
    return 50 * np.eye(width), np.eye(width)


# %% wrong="08-look-back" misconception="too-spread"
def look_back_spread(back, width):
    Wq = np.zeros((width, width))
    for i in range(0, width, 2):
        angle = back / 10_000 ** (i / width)
        cos, sin = np.cos(angle), np.sin(angle)
        Wq[i : i + 2, i : i + 2] = [[cos, sin], [-sin, cos]]
    return Wq, np.eye(width)


# %% wrong="08-look-back" misconception="looks-ahead"
def look_back_ahead(back, width):
    Wq = np.zeros((width, width))
    for i in range(0, width, 2):
        angle = -back / 10_000 ** (i / width)
        cos, sin = np.cos(angle), np.sin(angle)
        Wq[i : i + 2, i : i + 2] = [[cos, sin], [-sin, cos]]
    return 50 * Wq, np.eye(width)


# %% wrong="08-look-back" misconception="wrong-place"
def look_back_one_angle(back, width):
    cos, sin = np.cos(back), np.sin(back)
    return 50 * np.kron(np.eye(width // 2), [[cos, sin], [-sin, cos]]), np.eye(width)
