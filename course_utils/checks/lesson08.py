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
    masked = np.where(is_letter, scores, -1e9)
    endless = np.where(is_letter, scores, -np.inf)
    over_queries = (
        "Your weights sum to 1 over the queries. Each query has one unit of weight to spread over "
        "the letters."
    )
    return {
        "not-masked": (lambda: _softmax(scores) @ V, "Padding gets a share of the weights: where "
                       "does your function look at `is_letter`?"),
        "score-zero": (lambda: _softmax(scores * is_letter) @ V, "A score of 0 is not a weight of "
                       "0: what is e to the power of 0?"),
        "after-the-softmax": (lambda: (_softmax(scores) * is_letter) @ V, "The weights of padding "
                              "are 0, but those of the letters no longer sum to 1: mask before "
                              "the softmax."),
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


def _rows(pronunciations, before=(), after=()):
    width = max(map(len, pronunciations)) + 1
    rows = [[*before, *one, *after] for one in pronunciations]
    return np.array([row + [0] * (width - len(row)) for row in rows])


def _forcing_candidates(pronunciations):
    inputs, targets = _rows(pronunciations, [1]), _rows(pronunciations, (), [2])
    endless = _rows(pronunciations)
    edge = endless.copy()
    edge[:, -1] = 2
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
        "end-at-the-edge": (lambda: (inputs, edge), "Every end stands in the last column; it "
                            "belongs right behind each word's own last phoneme."),
    }  # fmt: skip


_judge_forcing = judge_by(_forcing_candidates)


def _forcing_judge(got, expected, pronunciations):
    """Accept an end among the inputs where the target is padding: nothing is learned there."""
    heard = expected[0].copy()
    for row, one in zip(heard, pronunciations, strict=True):
        row[len(one) + 1 : len(one) + 2] = 2
    if not matches(got, (heard, expected[1])):
        _judge_forcing(got, expected, pronunciations)


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
    for _ in range(1000):
        answers, variants = _draw_words(random)
        rates = [_error_rate(answers, variants)]
        rates += [float(make()) for make, _ in _error_rate_candidates(answers, variants).values()]
        rates += [_error_rate(answers, _picked(variants, pick)) for pick in (_last, _shortest)]
        if len({round(rate, 9) for rate in rates}) == len(rates):
            return [(answers, variants)]
    raise RuntimeError("no words found that tell the candidates apart")


def _draw_words(random):
    """Return four answers and their variants: the nearest is now first, now last, once tied."""

    def draw(length, sounds=SOUNDS):
        return tuple(random.choice(sounds, size=length).tolist())

    answers, variants = [], []
    for number, size in enumerate(random.permutation([3, 4, 6, 8]).tolist()):
        near, place = draw(size), int(random.integers(size))
        answer = (*near[:place], "ZH", "ZH", *near[place + 1 :])  # two edits away
        far = draw(size + 5 if number % 2 == 0 else 1, FAR)  # longer or shorter
        known = [far, near] if number < 2 else [near, far]
        if number == 3:  # as near, but longer
            known = [(*near[:place], "UW", "UW", *near[place + 1 :]), near]
        answers.append(near if number == 2 else answer)
        variants.append(known)
    return answers, variants


def _picked(variants, pick):
    return [[pick(known)] for known in variants]


def _last(known):
    return known[-1]


def _shortest(known):
    return min(known, key=len)


def _nearest(answers, variants):
    return [
        min((_distance(answer, one), len(one)) for one in known)
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
    tied = [
        [min(known, key=lambda one: _distance(answer, one))]
        for answer, known in zip(answers, variants, strict=True)
    ]
    every = [
        (_distance(answer, one), len(one))
        for answer, known in zip(answers, variants, strict=True)
        for one in known
    ]
    return {
        "mean-of-rates": (lambda: np.mean(pairs[:, 0] / pairs[:, 1]), "You average the words' own "
                          "rates, so a mistake in a short word weighs more: keep two sums, and "
                          "divide once."),
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
        "length-apart": (lambda: edits / shortest, "The least distance and the least length may "
                         "belong to different pronunciations: take both from the same one."),
        "tie": (lambda: _error_rate(answers, tied), "Two pronunciations may be equally near: "
                "which one's length does the task ask for then?"),
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


def _beam_list(next_probabilities, width, steps, *, ended="keep", total="log", cut="together"):
    def rank(pair):
        return pair[1] / len(pair[0]) if total == "mean" else pair[1]

    candidates = [((), 0.0)]
    for _ in range(steps):
        extended = []
        for answer, score in candidates:
            if 0 in answer and ended != "extend":
                extended += [[(answer, score)]] if ended == "keep" else []
                continue
            p = next_probabilities(answer)
            gains = p if total == "sum" else np.log(p)
            extended.append([((*answer, s), score + gains[s]) for s in range(len(p))])
        if not extended:
            break
        if cut == "one each" and len(candidates) >= width:
            extended = [[max(group, key=lambda pair: pair[1])] for group in extended]
        together = [pair for group in extended for pair in group]
        candidates = sorted(together, key=rank, reverse=True)[:width]
    return candidates


def _beam(*arguments, **options):
    answer, score = _beam_list(*arguments, **options)[0]
    return answer, float(score)


def _first_end(next_probabilities, width, steps):
    """Return the best ended candidate of the first step that has one: too early."""
    for step in range(1, steps + 1):
        candidates = _beam_list(next_probabilities, width, step)
        ended = [pair for pair in candidates if 0 in pair[0]]
        if ended or step == steps:
            answer, score = (ended or candidates)[0]
            return answer, float(score)


def _draw_decoder(random):
    first, table, later = (random.dirichlet(0.8 * np.ones(4), size=size) for size in (1, 4, 4))
    first, table, later = (0.98 * part + 0.005 for part in (first[0], table, later))
    return Decoder(first, table, later)


def _draw_case(random, width, steps, tells_apart):
    """Draw a decoder until `tells_apart`, a function of it and its best answer, is true."""
    for _ in range(10_000):
        decoder = _draw_decoder(random)
        if tells_apart(decoder, _beam(decoder, width, steps)):
            return decoder, width, steps
    raise RuntimeError("no decoder found that tells the candidates apart")


def _beam_inputs(random):
    """Draw three decoders: each tells the right answer from some of the wrong ones."""

    def all_differ(decoder, best):
        """Whether all wrong answers but the judge's first two differ from it and each other."""
        early, by_mean, *made = (make() for make, _ in _beam_candidates(decoder, 2, 5).values())
        if 0 not in best[0] or early != best or by_mean in made:
            return False
        return len({(answer, round(score, 6)) for answer, score in [best, *made]}) == len(made) + 1

    def not_ended(decoder, best):
        """Whether the best answer has not ended when the steps are over."""
        others = [_beam(decoder, *case) for case in ((1, 3), (2, 3), (3, 2), (3, 4))]
        return 0 not in best[0] and best not in others

    def overtaken(decoder, best):
        """Whether an ended candidate is overtaken by one that goes on, and length matters."""
        early, by_mean = _first_end(decoder, 2, 4), _beam(decoder, 2, 4, total="mean")
        others = [early, by_mean, _beam(decoder, 3, 4)]
        return 0 in best[0] and best not in others and by_mean != early

    return [
        _draw_case(random, 2, 5, all_differ),
        _draw_case(random, 3, 3, not_ended),
        _draw_case(random, 2, 4, overtaken),
    ]


def _beam_candidates(next_probabilities, width, steps):
    arguments = next_probabilities, width, steps
    return {
        "stops-at-first-end": (lambda: _first_end(*arguments), "You stop as soon as a candidate "
                               "has ended; one that goes on may still be more probable."),
        "divides-by-length": (lambda: _beam(*arguments, total="mean"), "You rank by the mean over "
                              "the symbols, which longer answers win. Systems for translation do "
                              "something of the kind; here it is the total that counts."),
        "greedy": (lambda: _beam(next_probabilities, 1, steps), "This is the greedy answer: do "
                   "you keep `width` candidates from step to step?"),
        "sum-of-probabilities": (lambda: _beam(*arguments, total="sum"), "You add up "
                                 "probabilities, so every further symbol helps. Which function "
                                 "turns a product into a sum?"),
        "ended-extended": (lambda: _beam(*arguments, ended="extend"), "A candidate goes on after "
                           "its end: once it has ended, it must stay as it is."),
        "ended-dropped": (lambda: _beam(*arguments, ended="drop"), "Candidates that have ended "
                          "are lost on the way: they must stay and compete."),
        "one-each": (lambda: _beam(*arguments, cut="one each"), "Each candidate keeps one "
                     "extension; put all extensions together before you cut."),
        "probability-not-log": (lambda: (_beam(*arguments)[0], np.exp(_beam(*arguments)[1])),
                                "The right answer, but with its probability; its logarithm is "
                                "asked for."),
    }  # fmt: skip


# 08-look-back


def _look_back_inputs(random):
    backs = random.permutation([1, 2, 3, 4])[:2].tolist()
    return [(back, int(width)) for back, width in zip(backs, (16, 32), strict=True)]


def _positions(width):
    rates = 10_000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.outer(np.arange(LENGTH), rates)
    return np.dstack([np.sin(angles), np.cos(angles)]).reshape(LENGTH, width)


def _look_back_judge(got, expected, back, width):
    agrees(got, (np.zeros((width, width)),) * 2, atol=np.inf)  # two matrices of that shape
    P = _positions(width)
    Wq, Wk = (np.asarray(matrix, dtype=float) for matrix in got)
    weights = _softmax((P @ Wq) @ (P @ Wk).T / np.sqrt(width))
    steps = np.arange(back, LENGTH)
    if np.all(weights[steps, steps - back] >= LEAST_WEIGHT):
        return
    most = weights.argmax(axis=1)
    if np.array_equal(most[steps], steps):
        raise WrongAnswer("looks-at-itself", "Each step looks at itself most: nothing turns its "
                          "query back yet.")  # fmt: skip
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
    "08-beam": Check(_beam_inputs, _beam, judge_by(_beam_candidates)),
    "08-look-back": Check(_look_back_inputs, lambda back, width: None, _look_back_judge),
}
