"""Lesson 07's n-gram, as students read it: a distribution, and equal to its definition.

The cells that define it are executed from the lesson's source, on a text of the test's choice.
"""

from collections import Counter, defaultdict

import numpy as np
import pytest

from course_utils.authoring import ROOT, sources
from course_utils.data import load_shakespeare

LESSON = ROOT / "notebooks" / "src" / "07_recurrent_networks.py"


def lesson_on(text, size):
    """Execute the counting cells of the lesson, without the sums it checks itself."""
    names = {"np": np, "train_text": text, "size": size}
    cells = [c.source for c in sources.read_cells(LESSON) if c.cell_type == "code"]
    for start in ("def number(", "def kneser_ney("):
        (source,) = (source for source in cells if source.startswith(start))
        exec(source.split("\ncontexts = ")[0], names)
    return names


def by_definition(text, order, size, context):
    """Return interpolated Kneser-Ney probabilities with counts in dictionaries, one at a time."""

    def grams(k):
        return [tuple(text[i : i + k]) for i in range(len(text) - k + 1)]

    p = np.full(size, 1 / size)
    for k in range(1, order + 1):
        counted = grams(k) if k == order else [gram[1:] for gram in set(grams(k + 1))]
        counts = Counter(counted)
        once, twice = (list(counts.values()).count(times) for times in (1, 2))
        discount = once / (once + 2 * twice)
        followers = defaultdict(dict)
        for gram, times in counts.items():
            followers[gram[:-1]][gram[-1]] = times
        if seen := followers.get(tuple(context[len(context) - (k - 1) :])):
            n = sum(seen.values())
            left = discount * len(seen) / n
            p = np.array([max(seen.get(c, 0) - discount, 0) / n + left * p[c] for c in range(size)])
    return p


@pytest.fixture(scope="module")
def plays():
    plays = load_shakespeare()
    index = {character: i for i, character in enumerate(sorted(set(plays.train)))}
    return [np.array([index[character] for character in part]) for part in plays]


@pytest.fixture(scope="module")
def shakespeare(plays):
    return lesson_on(plays[0], 68)


@pytest.mark.parametrize("order", range(1, 7))
def test_every_context_gets_a_distribution(shakespeare, plays, order):
    random = np.random.default_rng(order)
    starts = random.integers(len(plays[1]) - 5, size=100)
    read = plays[1][starts[:, None] + np.arange(5)]
    contexts = np.concatenate([read, random.integers(68, size=(100, 5))])  # most never seen
    grams = np.array([[*context, last] for context in contexts for last in range(68)])
    p = shakespeare["kneser_ney"](order, grams[:, -order:])
    assert p.min() > 0
    np.testing.assert_allclose(p.reshape(200, 68).sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize("order", range(1, 7))
def test_the_probabilities_are_those_of_the_definition(order):
    random = np.random.default_rng(0)
    text = random.choice(8, size=700, p=np.array([40, 30, 15, 8, 4, 1, 1, 1]) / 100)
    text[[100, 200, 300]] = 8, 9, 10  # 8 and 9 come once, 10 twice
    text[399:401] = (text[299] + 1) % 8, 10
    lesson = lesson_on(text, 11)
    for context in (text[100:105], text[-5:], np.full(5, 8), np.arange(5, 10)):
        grams = np.array([[*context, last] for last in range(11)])
        expected = by_definition(text.tolist(), order, 11, context[5 - (order - 1) :].tolist())
        np.testing.assert_allclose(lesson["kneser_ney"](order, grams[:, -order:]), expected)


def modified_kneser_ney(text, order, size, grams, lesson):
    """Return p with Chen and Goodman's discounts for groups that came once, twice, or more."""
    look_up, number, p = lesson["look_up"], lesson["number"], np.full(len(grams), 1 / size)
    for k in range(1, order + 1):
        longer = np.lib.stride_tricks.sliding_window_view(text, k if k == order else k + 1)
        numbers = number(longer) if k == order else np.unique(number(longer)) % size**k
        keys, counts = np.unique(numbers, return_counts=True)
        n1, n2, n3, n4 = (max(np.sum(counts == times), 1) for times in (1, 2, 3, 4))
        y = n1 / (n1 + 2 * n2)
        discounts = [0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
        taken = np.clip(discounts, 0, [0, 1, 2, 3])[np.minimum(counts, 3)]
        contexts, first = np.unique(keys // size, return_index=True)
        wanted = number(grams[:, -k:])
        n, saved = (
            look_up(contexts, np.add.reduceat(values, first), wanted // size)
            for values in (counts, taken)
        )
        p = np.where(
            n > 0, (look_up(keys, counts - taken, wanted) + saved * p) / np.maximum(n, 1), p
        )
    return p


@pytest.mark.parametrize(("order", "bits"), [(6, 2.29), (7, 2.29)])
def test_finer_discounts_reach_what_the_lesson_says(shakespeare, plays, order, bits):
    grams = np.lib.stride_tricks.sliding_window_view(plays[1], order)
    p = modified_kneser_ney(plays[0], order, 68, grams, shakespeare)
    assert -np.log2(p).mean() == pytest.approx(bits, abs=0.005)
