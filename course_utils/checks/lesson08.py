"""The checks of lesson 08, sequence to sequence and attention."""

import numpy as np

from course_utils.checks.exercises import Check, WrongAnswer, agrees
from course_utils.checks.misconceptions import judge_by, matches

LENGTH = 12  # steps of exercise 08-look-back
LEAST_WEIGHT = 0.9  # what it must give to the right step
SOUNDS = ("AA", "AH", "D", "IY", "K", "L", "N", "S", "T", "Z")
FAR = ("B", "F", "HH", "M", "P", "SH", "UW", "V")  # shares nothing with SOUNDS


# 08-attend


def _attend_inputs(random):
    Q, K, V = (random.normal(size=shape) for shape in ((3, 8), (6, 8), (6, 5)))
    one = np.arange(6) < random.integers(2, 5)
    return [(Q, 2 * K, V, one), (Q, K, V, np.ones(6, bool))]


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _attend(Q, K, V, is_letter, *, divisor=None):
    scores = Q @ K[is_letter].T / (divisor or np.sqrt(Q.shape[1]))
    return _softmax(scores) @ V[is_letter]


def _attend_candidates(Q, K, V, is_letter):
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    inverted = np.where(is_letter & ~is_letter.all(), -1e9, scores)
    masked = np.where(is_letter, scores, -1e9)
    endless = np.where(is_letter, scores, -np.inf)
    K0, V0 = K * is_letter[:, np.newaxis], V * is_letter[:, np.newaxis]
    over_queries = (
        "Your weights sum to 1 over the queries. Each query has one unit of weight to spread over "
        "the letters."
    )
    return {
        "not-masked": (lambda: _softmax(scores) @ V, "Padding gets a share of the weights: where "
                       "does your function look at `is_letter`?"),
        "score-zero": (lambda: _softmax(scores * is_letter) @ V, "A score of 0 is not a weight of "
                       "0: what is e to the power of 0?"),
        "after-the-softmax": (lambda: (_softmax(scores) * is_letter) @ V, "Padding adds nothing, "
                              "but the weights of the letters no longer sum to 1: mask before the "
                              "softmax."),
        "mask-inverted": (lambda: _softmax(inverted) @ V, "Your weights go to the padding: "
                          "`is_letter` is True for letters."),
        "zeroed": (lambda: _softmax(Q @ K0.T / np.sqrt(Q.shape[1])) @ V0, "Keys and values of 0 "
                   "do not switch padding off: its score is 0, and what is e to the power of 0?"),
        "not-scaled": (lambda: _attend(Q, K, V, is_letter, divisor=1), "The scores are too large: "
                       "what does the formula divide them by?"),
        "scaled-by-d": (lambda: _attend(Q, K, V, is_letter, divisor=Q.shape[1]), "You divide by "
                        "d: a sum of d terms of variance 1 has variance d, so what is its "
                        "typical size?"),
        "scaled-by-length": (lambda: _attend(Q, K, V, is_letter, divisor=np.sqrt(len(K))), "You "
                             "divide by the root of the number of letters; d is the width of a "
                             "query."),
        "wrong-axis": (lambda: _softmax(masked.T).T @ V, over_queries),
        "wrong-axis-nan": (lambda: _softmax(endless.T).T @ V, over_queries),
        "no-axis": (lambda: np.exp(masked) / np.exp(masked).sum() @ V, "All your weights together "
                    "sum to 1, over all queries: without `axis`, `softmax` takes the whole array."),
    }  # fmt: skip


# 08-forcing


def _forcing_inputs(random):
    lengths = random.permutation([1, 3, 4, 6])
    return [([random.integers(3, 42, size=length).tolist() for length in lengths],)]


def _rows(pronunciations, before=(), after=(), *, left=False):
    width = max(map(len, pronunciations)) + 1
    rows = [[*before, *one, *after] for one in pronunciations]
    pads = [[0] * (width - len(row)) for row in rows]
    return np.array([pad + row if left else row + pad for row, pad in zip(rows, pads, strict=True)])


def _forcing_candidates(pronunciations):
    inputs, targets = _rows(pronunciations, [1]), _rows(pronunciations, (), [2])
    endless = _rows(pronunciations)
    edge = endless.copy()
    edge[:, -1] = 2
    ends = np.ones(len(pronunciations), int)
    left = [_rows(pronunciations, *marks, left=True) for marks in ([[1]], [(), [2]])]
    right_aligned = "Padding belongs on the right, behind the end."
    hears = "The decoder hears exactly what it should say at the same step: it will learn to repeat"
    return {
        "not-shifted": (lambda: (targets, targets), f"{hears}."),
        "not-shifted-start": (lambda: (inputs, inputs), f"{hears}."),
        "swapped": (lambda: (targets, inputs), "The two are exchanged: the start is heard, the "
                    "end is said."),
        "no-end": (lambda: (inputs, endless), "Nothing tells the decoder to stop: what should it "
                   "say after the last phoneme?"),
        "no-start": (lambda: (endless, targets), "Before the first phoneme the decoder must hear "
                     "something: which symbol is that?"),
        "padded-left": (lambda: tuple(left), right_aligned),
        "padded-left-array": (lambda: (left[0], np.c_[left[0][:, 1:], 2 * ends]), right_aligned),
        "end-at-the-edge": (lambda: (inputs, edge), "Every end stands in the last column; it "
                            "belongs right behind each word's own last phoneme."),
    }  # fmt: skip


_judge_forcing = judge_by(_forcing_candidates)


def _forcing_judge(got, expected, pronunciations):
    """Accept an end among the inputs where the target is padding: nothing is learned there."""
    heard = expected[0].copy()
    for row, one in zip(heard, pronunciations, strict=True):
        row[len(one) + 1 : len(one) + 2] = 2
    if matches(got, (heard, expected[1])):
        return
    if isinstance(got, tuple | list) and len(got) == 2:
        for number, part in enumerate(got, 1):
            if _is_ragged(part):
                raise WrongAnswer("not-padded", f"Value {number} of 2: its rows differ in length. "
                                  "Pad the shorter ones.")  # fmt: skip
    try:
        _judge_forcing(got, expected, pronunciations)
    except WrongAnswer as wrong:
        targets_right = wrong.misconception == "value" and matches(got[1], expected[1])
        if targets_right and np.any(np.asarray(got[0])[:, 0] != 1):
            raise WrongAnswer("start-missing", "The targets are right. But the decoder must hear "
                              "the start, 1, before anything else, in every "
                              "row.") from None  # fmt: skip
        raise


def _is_ragged(rows):
    """Return whether rows, in a list or an array of objects, differ in length."""
    listed = isinstance(rows, tuple | list) or (
        isinstance(rows, np.ndarray) and rows.dtype.kind == "O"
    )
    return listed and len({np.size(row) for row in rows}) > 1


# 08-error-rate


def _distance(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i, j in np.ndindex(len(a), len(b)):
        changed = table[i, j] + (a[i] != b[j])
        table[i + 1, j + 1] = min(changed, table[i, j + 1] + 1, table[i + 1, j] + 1)
    return int(table[-1, -1])


def _error_rate_inputs(random):
    """Draw until no candidate agrees with another by chance."""
    return [
        _draw_apart(random, _draw_few_words, but=("tie",)),
        _draw_apart(random, _draw_words, but=("cut-at-1", "smallest-rate", "longer-of-both")),
    ]


def _draw_apart(random, draw, but):
    """Draw words until all candidates differ, except those that are right about such words."""
    for _ in range(1000):
        answers, variants = draw(random)
        candidates = _error_rate_candidates(answers, variants).items()
        rates = [_error_rate(answers, variants)]
        rates += [float(make()) for key, (make, _) in candidates if key not in but]
        picked = [_picked(variants, pick) for pick in (_last, _shortest, _longest)]
        others = [_error_rate(answers, one) for one in picked]
        rates, others = ({round(rate, 9) for rate in part} for part in (rates, others))
        if len(rates) == 1 + len(candidates) - len(but) and not rates & others:
            return answers, variants
    raise RuntimeError("no words found that tell the candidates apart")


def _draw(random, length, sounds=SOUNDS):
    return tuple(random.choice(sounds, size=length).tolist())


def _draw_few_words(random):
    """Return four answers and their variants: one right, one too short, one far too long.

    The last one's three pronunciations: one of two edits, a longer one of three, which are fewer
    for each phoneme, and one that shares nothing with the answer.
    """
    same, short, near = (_draw(random, length) for length in (3, 4, 4))
    place = int(random.integers(1, 4))
    answer = (*near[:place], "ZH", "ZH", *near[place:])
    wide = (*answer[:4], *_draw(random, 3, FAR), *answer[4:])
    words = [
        (same, [same, *(_draw(random, length, FAR) for length in (4, 5))]),
        (short[1:], [short]),
        (_draw(random, 12), [(FAR[0],)]),
        (answer, [near, wide, _draw(random, 2, FAR)]),
    ]
    for part in (words, *(known for _, known in words)):
        random.shuffle(part)
    answers, variants = zip(*words, strict=True)
    return list(answers), list(variants)


def _draw_words(random):
    """Return four answers and their variants: the nearest is now first, now last, once tied."""
    answers, variants = [], []
    for number, size in enumerate(random.permutation([3, 4, 6, 8]).tolist()):
        near, place = _draw(random, size), int(random.integers(size))
        answer = (*near[:place], "ZH", "ZH", *near[place + 1 :])  # two edits away
        far = _draw(random, size + 5 if number % 2 == 0 else 1, FAR)  # longer or shorter
        known = [far, near] if number < 2 else [near, far]
        if number == 3:  # as near, but longer
            known = [(*near[:place], "UW", "UW", *near[place + 1 :]), near]
        answers.append(near if number == 2 else answer)
        variants.append(known)
    return answers, variants


def _differ(a, b):
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))


def _picked(variants, pick):
    return [[pick(known)] for known in variants]


def _last(known):
    return known[-1]


def _shortest(known):
    return min(known, key=len)


def _longest(known):
    return max(known, key=len)


def _nearest(answers, variants, measure=_distance):
    return [
        min((measure(answer, one), len(one)) for one in known)
        for answer, known in zip(answers, variants, strict=True)
    ]


def _error_rate(answers, variants):
    edits, lengths = np.sum(_nearest(answers, variants), axis=0)
    return float(edits / lengths)


def _error_rate_candidates(answers, variants):
    pairs = np.array(_nearest(answers, variants))
    edits = pairs[:, 0].sum()
    first = _picked(variants, lambda known: known[0])
    shortest = sum(len(_shortest(known)) for known in variants)
    longer = sum(max(len(a), size) for a, size in zip(answers, pairs[:, 1], strict=True))
    tied, by_rate = (
        [
            [min(known, key=lambda one: measure(answer, one))]
            for answer, known in zip(answers, variants, strict=True)
        ]
        for measure in (_distance, lambda a, b: _distance(a, b) / len(b))
    )
    least = [_distance(a, b) / len(b) for a, [b] in zip(answers, by_rate, strict=True)]
    positions, positions_cut = (
        np.divide(*np.sum(_nearest(answers, variants, measure), axis=0))
        for measure in (_differ, lambda a, b: _differ(a, b) - abs(len(a) - len(b)))
    )
    over_positions = (
        "You compare position by position, so one phoneme too many makes all that follow wrong: "
        "count with `edit_distance`."
    )
    every = [
        (_distance(answer, one), len(one))
        for answer, known in zip(answers, variants, strict=True)
        for one in known
    ]
    return {
        "mean-of-rates": (lambda: np.mean(pairs[:, 0] / pairs[:, 1]), "You average the words' own "
                          "rates, so a mistake in a short word weighs more: keep two sums, and "
                          "divide once."),
        "mean-of-least-rates": (lambda: np.mean(least), "You average the words' own rates, so a "
                                "mistake in a short word weighs more: keep two sums, and divide "
                                "once."),
        "first-variant": (lambda: _error_rate(answers, first), "You only look at the first "
                          "pronunciation of each word; any of them is right."),
        "all-variants": (lambda: np.divide(*np.sum(every, axis=0)), "Every pronunciation adds to "
                         "your sums; only the nearest should."),
        "answer-length": (lambda: edits / sum(map(len, answers)), "You divide by the phonemes "
                          "that the network wrote, so superfluous ones enlarge both sums and cost "
                          "too little: how many should have come?"),
        "words-not-phonemes": (lambda: np.mean(pairs[:, 0] > 0), "This is the share of wrong "
                               "words, the word error rate."),
        "per-word": (lambda: edits / len(answers), "These are edits per word: divide by the "
                     "number of phonemes."),
        "first-length": (lambda: edits / sum(len(known[0]) for known in variants), "You divide by "
                         "the length of the first pronunciation: take that of the nearest."),
        "longer-of-both": (lambda: edits / longer, "You divide by the longer of answer and "
                           "pronunciation: how many phonemes should have come?"),
        "tie": (lambda: _error_rate(answers, tied), "Two pronunciations may be equally near: "
                "which one's length does the task ask for then?"),
        "smallest-rate": (lambda: _error_rate(answers, by_rate), "You take the pronunciation with "
                          "the smallest rate; the nearest is the one with the fewest edits."),
        "by-position": (lambda: positions, over_positions),
        "by-position-cut": (lambda: positions_cut, over_positions),
        "cut-at-1": (lambda: min(1, edits / pairs[:, 1].sum()), "You cut the rate off at 1, but "
                     "an answer may need more edits than there are phonemes to come."),
        "length-apart": (lambda: edits / shortest, "The least distance and the least length may "
                         "belong to different pronunciations: take both from the same one."),
    }  # fmt: skip


# 08-beam


class Decoder:
    """Probabilities of the next symbol, given those so far; symbol 0 is the end.

    Args:
        first: (k,) float, for the first symbol.
        table: (k, k) float, a row for each symbol before.
        later: (k, k) float, the same from the third symbol on.
    """

    def __init__(self, first, table, later):
        self.first, self.table, self.later = first, table, later

    def __call__(self, answer):
        """Return (k,) float, the probabilities of the symbol after `answer`."""
        if not len(answer):
            return self.first.copy()
        return (self.table if len(answer) == 1 else self.later)[answer[-1]].copy()

    def __repr__(self):
        """Return a short name, for the message about a wrong answer."""
        return "next_probabilities"


class Trap:
    """The notebook's `trap`, where a beam of 2 finds less than greedy."""

    def __call__(self, answer):
        """Return (4,) float, the probabilities of the symbol after `answer`."""
        known = {
            (): (0.01, 0.42, 0.37, 0.2),
            (1,): (0.02, 0.34, 0.32, 0.32),
            (2,): (0.01, 0.5, 0.48, 0.01),
            (1, 1): (0.97, 0.01, 0.01, 0.01),
        }
        return np.array(known.get(tuple(answer), (0.3, 0.25, 0.25, 0.2)))

    def __repr__(self):
        """Return the name that it has in the notebook."""
        return "trap"


# Width, steps, and a decoder in percent: a row for the first symbol, then for the second and for
# the later ones a row for each symbol before. Found among 40,000 random ones: each slip below
# fails on one of them, and the first where it fails tells it from the others.
_DECODERS = (
    (2, 5, "2 36 33 29  97 1 1 1  2 22 35 41  5 12 31 52  22 29 43 6",
     "97 1 1 1  28 8 26 38  21 47 14 18  4 30 49 17"),
    (3, 4, "25 50 23 2  97 1 1 1  54 15 14 17  1 1 94 4  1 1 83 15",
     "97 1 1 1  1 10 82 7  78 3 1 18  2 31 28 39"),
    (3, 5, "1 3 32 64  97 1 1 1  26 13 20 41  21 8 11 60  10 21 60 9",
     "97 1 1 1  27 46 15 12  1 1 4 94  10 50 39 1"),
    (3, 5, "9 32 7 52  97 1 1 1  3 43 20 34  15 40 4 41  7 49 37 7",
     "97 1 1 1  18 9 67 6  12 13 6 69  26 35 23 16"),
)  # fmt: skip


def _beam_inputs(random):
    """Shake each decoder and rename its sounds; add one of three symbols, and the trap twice."""
    cases = []
    for width, steps, *rows in _DECODERS:
        percent = np.array(" ".join(rows).split(), dtype=float).reshape(9, 4)
        order = np.array([0, *random.permutation([1, 2, 3])])
        p = (percent * random.uniform(0.97, 1.03, size=percent.shape))[:, order]
        p /= p.sum(axis=1, keepdims=True)
        cases.append((Decoder(p[0], p[1:5][order], p[5:][order]), width, steps))
    first, table, later = (random.dirichlet(np.ones(3), size=size) for size in (1, 3, 3))
    parts = (0.97 * part + 0.01 for part in (first[0], table, later))
    return [*cases, (Decoder(*parts), 2, 3), (Trap(), 3, 3), (Trap(), 2, 3)]


def _beam_list(next_probabilities, width, steps, *, ended="stay", rank="log", cut="together"):
    """Return the candidates after the last step with their ranks, the best first.

    The options are slips: what becomes of ended candidates ("drop", "aside", "first aside", in
    place of "stay"), what ranks them ("sum", "mean", "least"), how the list is cut ("one each",
    "for each", "never").
    """

    def key(pair):
        answer, total = pair
        return {"mean": total / max(len(answer), 1), "least": -total}.get(rank, total)

    candidates, aside = [((), 0.0)], []
    for _ in range(steps):
        groups = []
        for answer, total in candidates:
            if 0 in answer:
                groups += [[(answer, total)]] if ended == "stay" else []
                continue
            p = next_probabilities(answer)
            gains = (p if rank == "sum" else np.log(p)).tolist()
            groups.append([((*answer, s), total + gain) for s, gain in enumerate(gains)])
        if not groups:
            break
        if cut == "for each" or (cut == "one each" and len(candidates) >= width):
            most = 1 if cut == "one each" else width
            groups = [sorted(group, key=key, reverse=True)[:most] for group in groups]
        together = sorted((pair for group in groups for pair in group), key=key, reverse=True)
        if ended == "first aside":
            aside += [pair for pair in together if 0 in pair[0]]
            together = [pair for pair in together if 0 not in pair[0]]
        candidates = together if cut in ("never", "for each") else together[:width]
        if ended == "aside":
            aside += [pair for pair in candidates if 0 in pair[0]]
            candidates = [pair for pair in candidates if 0 not in pair[0]]
    return sorted(candidates + aside, key=key, reverse=True)


def _beam(*arguments, **slips):
    answer, total = _beam_list(*arguments, **slips)[0]
    return answer, float(total)


def _first_end(next_probabilities, width, steps):
    """Return the best ended candidate of the first step that has one: too early."""
    for step in range(1, steps + 1):
        candidates = _beam_list(next_probabilities, width, step)
        ended = [pair for pair in candidates if 0 in pair[0]]
        if ended or step == steps:
            return (ended or candidates)[0]


def _beam_candidates(next_probabilities, width, steps):
    """Return a dict of misconception → (what it finds, what the student reads).

    The rare ones come first: on a decoder where one of them shows, others may find the same.
    """
    arguments = next_probabilities, width, steps

    def only_ended():
        candidates = _beam_list(*arguments)
        return ([pair for pair in candidates if 0 in pair[0]] or candidates)[0]

    def mean_at_last():
        return max(_beam_list(*arguments), key=lambda pair: pair[1] / len(pair[0]))

    aside = "if ended candidates leave the beam: they must go on taking one of its `width` places."
    by_mean = (
        "if the mean over the symbols decides, which longer answers win. Systems for translation "
        "do something of the kind; here it is the total that counts."
    )
    return {
        "one-step-more": (lambda: _beam(next_probabilities, width, steps + 1), "if the search "
                          "takes one step too many."),
        "set-aside": (lambda: _beam(*arguments, ended="first aside"), aside),
        "set-aside-late": (lambda: _beam(*arguments, ended="aside"), aside),
        "one-too-many": (lambda: _beam(next_probabilities, width + 1, steps), "if one candidate "
                         "too many is kept."),
        "only-ended": (only_ended, "if only ended candidates count at the end. One that has not "
                       "ended may be the most probable."),
        "one-each": (lambda: _beam(*arguments, cut="one each"), "if each candidate keeps one "
                     "extension: put all extensions together before you cut."),
        "cut-for-each": (lambda: _beam(*arguments, cut="for each"), "if each candidate keeps "
                         "`width` extensions of its own, so that the list grows: put all "
                         "together, then cut."),
        "stops-at-first-end": (lambda: _first_end(*arguments), "if the search stops as soon as a "
                               "candidate has ended. One that goes on may still be more "
                               "probable."),
        "one-step-less": (lambda: _beam(next_probabilities, width, steps - 1), "if the search "
                          "stops one step too soon."),
        "never-cut": (lambda: _beam(*arguments, cut="never"), "if the list is never cut: keep "
                      "only the `width` best after each step."),
        "greedy": (lambda: _beam(next_probabilities, 1, steps), "if the most probable symbol is "
                   "taken each time: do you keep `width` candidates from step to step?"),
        "divides-by-length": (lambda: _beam(*arguments, rank="mean"), by_mean),
        "mean-at-last": (mean_at_last, by_mean),
        "sum-of-probabilities": (lambda: _beam(*arguments, rank="sum"), "if probabilities are "
                                 "added up, so that every further symbol helps. Which function "
                                 "turns a product into a sum?"),
        "ended-dropped": (lambda: _beam(*arguments, ended="drop"), "if candidates that have ended "
                          "are lost on the way: they must stay and compete."),
        "least": (lambda: _beam(*arguments, rank="least"), "if the least probable are kept: which "
                  "end of the sorted list do you take?"),
    }  # fmt: skip


def _beam_judge(got, expected, next_probabilities, width, steps):
    if got is None:
        agrees(got, expected)
    (answer, total), (best, log_p) = _as_pair(got), expected
    arguments = next_probabilities, width, steps
    if answer == best:
        if matches(total, log_p):
            return
        if matches(total, np.exp(log_p)):
            raise WrongAnswer("probability-not-log", "The right answer, but with its probability; "
                              "its logarithm is asked for.")  # fmt: skip
        steps_p = [next_probabilities(best[:n])[symbol] for n, symbol in enumerate(best)]
        if matches(total, np.sum(steps_p)):
            raise WrongAnswer("sum-of-probabilities", "The candidate is right, but its number is a "
                              "sum of probabilities, so that every further symbol helps. Which "
                              "function turns a product into a sum?")  # fmt: skip
        if matches(total, log_p / len(best)):
            raise WrongAnswer("divides-by-length", "The candidate is right, but its number is the "
                              "mean over its symbols; the total is asked for.")  # fmt: skip
        if any(matches(total * np.log(base), log_p) for base in (2, 10)):
            raise WrongAnswer("other-base", "The candidate is right, but the natural logarithm is "
                              "asked for.")  # fmt: skip
        raise WrongAnswer("log-probability", f"The candidate is right, its log-probability is not: "
                          f"yours is {total:.6g}.")  # fmt: skip
    if 0 in answer[:-1]:
        raise WrongAnswer("ended-extended", "A candidate goes on after its end: once it has ended, "
                          "it must stay as it is.")  # fmt: skip
    if len(answer) > steps:
        raise WrongAnswer("one-step-more", f"Your candidate has {len(answer)} symbols, and `steps` "
                          f"allows {steps}.")  # fmt: skip
    if (*answer, 0) == best:
        raise WrongAnswer("no-end", "This candidate has ended: its 0 belongs to it.")
    greedy = _beam(next_probabilities, 1, steps)
    if answer == greedy[0] and greedy[1] > log_p:
        raise WrongAnswer("keeps-greedy", "This is the greedy answer. It is more probable than "
                          f"what a beam of {width} finds, but that is what the task asks for, "
                          "better or worse.")  # fmt: skip
    shown = f"{answer} is not the candidate that a beam of {width} finds."
    for key, (find, message) in _beam_candidates(*arguments).items():
        if answer == find()[0]:
            raise WrongAnswer(key, f"{shown} It comes out {message}")
    raise WrongAnswer("value", f"{shown} Follow beam(trap, {width}, 3) by hand: which {width} "
                      "candidates are kept after each step?")  # fmt: skip


def _as_pair(got):
    """Return a student's answer as a tuple of (tuple of int, float)."""
    try:
        answer, total = (np.asarray(part, dtype=float) for part in got)
        if answer.ndim == 0 and total.ndim == 1:
            raise WrongAnswer("exchanged", "The two are exchanged: the candidate comes first, then "
                              "its log-probability.")  # fmt: skip
        symbols = answer.astype(int)
        if answer.ndim == 1 and total.ndim == 0 and np.array_equal(symbols, answer):
            return tuple(symbols.tolist()), float(total)
    except (TypeError, ValueError):
        pass
    raise WrongAnswer("type", "Return two things: the candidate, a tuple of symbols, and its "
                      "log-probability, a number.")  # fmt: skip


# 08-look-back


def _look_back_inputs(random):
    backs = random.permutation([1, 2, 3, 4]).tolist()
    return [(back, width) for width in (16, 32) for back in backs]


def _positions(width):
    rates = 10_000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.outer(np.arange(LENGTH), rates)
    return np.dstack([np.sin(angles), np.cos(angles)]).reshape(LENGTH, width)


def _look_back_judge(got, expected, back, width):
    agrees(got, (np.zeros((width, width)),) * 2, atol=np.inf)  # two matrices of that shape
    P = _positions(width)
    Wq, Wk = (np.asarray(matrix, dtype=float) for matrix in got)
    weights = _softmax((P @ Wq) @ (P @ Wk).T / np.sqrt(width))
    if not np.isfinite(weights).all():
        raise WrongAnswer("too-large", "The scores are too large to be numbers: make the matrices "
                          "smaller.")  # fmt: skip
    steps = np.arange(back, LENGTH)
    if np.all(weights[steps, steps - back] >= LEAST_WEIGHT):
        return
    most = weights.argmax(axis=1)
    if np.array_equal(most[steps], steps):
        raise WrongAnswer("looks-at-itself", "Each step looks at itself most: the queries are "
                          "not turned against the keys.")  # fmt: skip
    if np.array_equal(most[: LENGTH - back], np.arange(LENGTH - back) + back):
        raise WrongAnswer("looks-ahead", "Each step looks the right number of steps, but ahead: "
                          "turn the other way.")  # fmt: skip
    if np.array_equal(most[steps], steps - back):
        least = weights[steps, steps - back].min()
        raise WrongAnswer("too-spread", f"Every step looks to the right place most, but with "
                          f"{least:.0%} of its weight at the least. What makes a softmax "
                          "sharper?")  # fmt: skip
    wrong = steps[most[steps] != steps - back][0]
    raise WrongAnswer("wrong-place", f"Step {wrong} looks at step {most[wrong]} most, not at step "
                      f"{wrong - back}. Does each pair of sine and cosine turn by an angle of its "
                      "own?")  # fmt: skip


CHECKS = {
    "08-attend": Check(_attend_inputs, _attend, judge_by(_attend_candidates)),
    "08-forcing": Check(
        _forcing_inputs,
        lambda pronunciations: (_rows(pronunciations, [1]), _rows(pronunciations, (), [2])),
        _forcing_judge,
    ),
    "08-error-rate": Check(_error_rate_inputs, _error_rate, judge_by(_error_rate_candidates)),
    "08-beam": Check(_beam_inputs, _beam, _beam_judge),
    "08-look-back": Check(_look_back_inputs, lambda back, width: None, _look_back_judge),
}
