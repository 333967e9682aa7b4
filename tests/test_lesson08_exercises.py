"""Lesson 08's solutions against other ways to the same answer; right answers of other kinds."""

import heapq
import itertools

import keras
import numpy as np
import pytest
from scipy.special import softmax

from course_utils.checks.exercises import WrongAnswer, check, find_exercise
from course_utils.checks.judging import Trial

SEEDS = range(10)


def inputs_of(exercise):
    """Return the argument tuples of several draws."""
    return [case for seed in SEEDS for case in Trial(find_exercise(exercise), seed).inputs]


def verdicts(exercise, function):
    """Return what the check says over many seeds, as a set; "" is right."""
    found = set()
    for seed in SEEDS:
        try:
            check(exercise, function, seed=seed)
            found.add("")
        except WrongAnswer as wrong:
            said = str(wrong).splitlines()[0]
            found.add(said.removeprefix(f"✗ {exercise}: not right yet. "))
    return found


# 08-attend


def attend_in_keras(Q, K, V, is_letter):
    query, key, value = (x[np.newaxis, :, np.newaxis].astype("float32") for x in (Q, K, V))
    mask = np.broadcast_to(is_letter, (1, 1, len(Q), len(K)))
    # Keras wants values as wide as keys.
    width = max(Q.shape[1], V.shape[1])
    value = np.pad(value, [(0, 0)] * 3 + [(0, width - V.shape[1])])
    query, key = (np.pad(x, [(0, 0)] * 3 + [(0, width - Q.shape[1])]) for x in (query, key))
    found = keras.ops.dot_product_attention(
        query, key, value, mask=mask, scale=1 / np.sqrt(Q.shape[1]), flash_attention=False
    )
    return np.asarray(found)[0, :, 0, : V.shape[1]]


def test_attend_agrees_with_keras():
    solution = find_exercise("08-attend").solution
    for arguments in inputs_of("08-attend"):
        assert solution(*arguments) == pytest.approx(attend_in_keras(*arguments), abs=1e-5)


def test_attend_scales_as_the_layer_of_keras_does():
    random = np.random.default_rng(0)
    Q, K, V = (random.normal(size=(n, 6)) for n in (3, 5, 5))
    layer = keras.layers.MultiHeadAttention(1, key_dim=6, use_bias=False)
    layer.build((1, 3, 6), (1, 5, 6), (1, 5, 6))
    unit = np.eye(6)
    layer.set_weights([unit[:, np.newaxis], unit[:, np.newaxis], unit[:, np.newaxis], unit[None]])
    got = np.asarray(layer(Q[None], V[None], K[None]))[0]
    solution = find_exercise("08-attend").solution
    assert solution(Q, K, V, np.ones(5, bool)) == pytest.approx(got, abs=1e-5)


def attend_to_letters_alone(Q, K, V, is_letter):
    return softmax(Q @ K[is_letter].T / Q.shape[1] ** 0.5, axis=1) @ V[is_letter]


def attend_row_by_row(Q, K, V, is_letter):
    rows = []
    for query in Q:
        weights = np.exp(K @ query / np.sqrt(len(query))) * is_letter
        rows.append((weights / weights.sum()) @ V)
    return np.array(rows).tolist()


def attend_in_float32(Q, K, V, is_letter):
    Q, K, V = (x.astype("float32") for x in (Q, K, V))
    scores = Q @ K.T / np.sqrt(np.float32(Q.shape[1]))
    return softmax(np.where(is_letter, scores, np.float32(-1e9)), axis=1) @ V


def attend_with_keras_tensors(Q, K, V, is_letter):
    scores = keras.ops.matmul(Q, K.T) / np.sqrt(Q.shape[1])
    weights = keras.ops.softmax(keras.ops.where(is_letter, scores, -1e9), axis=-1)
    return keras.ops.matmul(weights, V)


@pytest.mark.parametrize(
    "function",
    [
        attend_to_letters_alone,
        attend_row_by_row,
        attend_in_float32,
        attend_in_keras,
        attend_with_keras_tensors,
    ],
)
def test_other_ways_to_attend_are_right(function):
    assert verdicts("08-attend", function) == {""}


@pytest.mark.parametrize("masked", [-1, -5, -8])
def test_a_mask_that_leaks_is_not_right(masked):
    def leaks(Q, K, V, is_letter):
        scores = Q @ K.T / np.sqrt(Q.shape[1])
        return softmax(np.where(is_letter, scores, masked), axis=1) @ V

    assert "" not in verdicts("08-attend", leaks)


# 08-forcing


def forcing_in_keras(pronunciations):
    def padded(rows):
        return keras.utils.pad_sequences(rows, padding="post")

    return padded([[1, *one] for one in pronunciations]), padded(
        [[*one, 2] for one in pronunciations]
    )


def test_forcing_agrees_with_padding_by_keras():
    solution = find_exercise("08-forcing").solution
    for (pronunciations,) in inputs_of("08-forcing"):
        inputs, targets = forcing_in_keras(pronunciations)
        got = solution(pronunciations)
        assert np.array_equal(got[0], inputs)
        assert np.array_equal(got[1], targets)


def one_array(pronunciations):
    longest = max(map(len, pronunciations))
    return np.array([[1, *one, 2, *[0] * (longest - len(one))] for one in pronunciations])


def forcing_of_one_array(pronunciations):
    rows = one_array(pronunciations)
    return rows[:, :-1], rows[:, 1:]


def forcing_as_lists(pronunciations):
    return [rows.tolist() for rows in forcing_in_keras(pronunciations)]


def forcing_as_floats(pronunciations):
    return tuple(rows.astype(float) for rows in forcing_in_keras(pronunciations))


@pytest.mark.parametrize(
    "function", [forcing_in_keras, forcing_of_one_array, forcing_as_lists, forcing_as_floats]
)
def test_other_ways_to_force_are_right(function):
    assert verdicts("08-forcing", function) == {""}


def test_only_the_end_may_be_heard_where_nothing_is_said():
    def repeats_the_end(pronunciations):
        inputs, targets = forcing_of_one_array(pronunciations)
        return np.where(targets == 0, 2, inputs), targets

    assert "" not in verdicts("08-forcing", repeats_the_end)


def padded_by_default(pronunciations):
    starts = keras.utils.pad_sequences([[1, *one] for one in pronunciations])
    return starts, keras.utils.pad_sequences([[*one, 2] for one in pronunciations])


def start_before_padding(pronunciations):
    rows = keras.utils.pad_sequences(pronunciations)
    return np.insert(rows, 0, 1, axis=1), np.insert(rows, rows.shape[1], 2, axis=1)


@pytest.mark.parametrize("function", [padded_by_default, start_before_padding])
def test_padding_on_the_left_is_named(function):
    assert verdicts("08-forcing", function) == {"Padding belongs on the right, behind the end."}


@pytest.mark.parametrize("kind", [list, lambda rows: np.array(rows, dtype=object)])
def test_rows_of_different_lengths_are_named(kind):
    def ragged(pronunciations):
        return kind([[1, *one] for one in pronunciations]), [[*one, 2] for one in pronunciations]

    (said,) = verdicts("08-forcing", ragged)
    assert said == "Value 1 of 2: its rows differ in length. Pad the shorter ones."


# 08-error-rate


def distance_by_table(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i, j in np.ndindex(len(a), len(b)):
        changed = table[i, j] + (a[i] != b[j])
        table[i + 1, j + 1] = min(changed, table[i, j + 1] + 1, table[i + 1, j] + 1)
    return int(table[-1, -1])


def rate_by_table(answers, variants):
    edits, lengths = [], []
    for answer, known in zip(answers, variants, strict=True):
        distances = np.array([distance_by_table(answer, one) for one in known])
        sizes = np.array([len(one) for one in known])
        edits.append(distances.min())
        lengths.append(sizes[distances == distances.min()].min())
    return np.sum(edits) / np.sum(lengths)


def test_the_error_rate_agrees_with_distances_by_a_table():
    solution = find_exercise("08-error-rate").solution
    for arguments in inputs_of("08-error-rate"):
        assert solution(*arguments) == pytest.approx(rate_by_table(*arguments))


@pytest.mark.parametrize("kind", [float, np.float32, np.array])
def test_an_error_rate_of_any_kind_of_number_is_right(kind):
    def rate(answers, variants):
        return kind(rate_by_table(answers, variants))

    assert verdicts("08-error-rate", rate) == {""}


# 08-beam


def probability(next_probabilities, answer):
    return np.prod([next_probabilities(answer[:n])[symbol] for n, symbol in enumerate(answer)])


def extended(next_probabilities, answers):
    longer = []
    for answer in answers:
        symbols = range(len(next_probabilities(())))
        longer += [answer] if 0 in answer else [(*answer, symbol) for symbol in symbols]
    return longer


def beam_by_products(next_probabilities, width, steps):
    """Compute each candidate's probability anew, as a product; take the logarithm at the end."""
    kept = [()]
    for _ in range(steps):
        options = extended(next_probabilities, kept)
        kept = heapq.nlargest(width, options, key=lambda one: probability(next_probabilities, one))
    return list(kept[0]), np.log(probability(next_probabilities, kept[0]))


def test_the_beam_agrees_with_a_search_by_products():
    solution = find_exercise("08-beam").solution
    for arguments in inputs_of("08-beam"):
        answer, log_p = solution(*arguments)
        best, expected = beam_by_products(*arguments)
        assert list(answer) == best
        assert log_p == pytest.approx(expected)


def test_a_beam_that_keeps_everything_finds_the_best_of_all_answers():
    solution = find_exercise("08-beam").solution
    for next_probabilities, _, _ in inputs_of("08-beam")[::4]:
        num_symbols, steps = len(next_probabilities(())), 3
        answers = set()
        for symbols in itertools.product(range(num_symbols), repeat=steps):
            length = symbols.index(0) + 1 if 0 in symbols else steps
            answers.add(symbols[:length])
        best = max(answers, key=lambda one: probability(next_probabilities, one))
        assert solution(next_probabilities, num_symbols**steps, steps)[0] == best


def beam_that_stops_early(next_probabilities, width, steps):
    """Stop when the best candidate has ended: no extension of another can pass it."""
    candidates = [(0.0, ())]
    for _ in range(steps):
        longer = extended(next_probabilities, [answer for _, answer in candidates])
        scored = [(np.log(probability(next_probabilities, one)), one) for one in longer]
        candidates = sorted(scored)[::-1][:width]
        if candidates[0][1][-1] == 0:
            break
    log_p, answer = candidates[0]
    return np.array(answer), np.float32(log_p)


@pytest.mark.parametrize("function", [beam_by_products, beam_that_stops_early])
def test_other_ways_to_search_are_right(function):
    assert verdicts("08-beam", function) == {""}


def test_a_beam_of_two_whatever_the_width_is_not_right():
    solution = find_exercise("08-beam").solution
    said = verdicts("08-beam", lambda decoder, width, steps: solution(decoder, 2, steps))
    assert "" not in said


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "The function returns None. Is a `return` missing, or never reached?"),
        (
            (1, 2, 0),
            "Return two things: the candidate, a tuple of symbols, and its log-probability, "
            "a number.",
        ),
        (
            ((1, 2, 2), -1.0),
            "(1, 2, 2) is not the candidate that a beam of 2 finds. Follow beam(trap, 2, 3) by "
            "hand: which 2 candidates are kept after each step?",
        ),
        (((1, 2, 2, 2), -1.0), "Your candidate has 4 symbols, and `steps` allows 3."),
        (
            ((2, 1, 0), -1.0),
            "The candidate is right, its log-probability is not: yours is -1.",
        ),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_with_its_numbers(answer, message):
    assert verdicts("08-beam", lambda *arguments: answer) == {message}


# 08-look-back


def test_the_queries_of_the_solution_are_the_positions_so_many_steps_before():
    exercise = find_exercise("08-look-back")
    positions = exercise.solution.__globals__["positions"]
    for back, width in inputs_of("08-look-back"):
        Wq, Wk = exercise.solution(back, width)
        P = positions(12, width)
        turned = (P @ Wq)[back:]
        assert turned / np.linalg.norm(turned, axis=1, keepdims=True) * np.sqrt(
            width / 2
        ) == pytest.approx(P[:-back])
        assert P @ Wk == pytest.approx(P)


def keys_turned_ahead(back, width):
    Wq, Wk = find_exercise("08-look-back").solution(back, width)
    return 20 * Wk, Wq.T.astype("float32")


def by_least_squares(back, width):
    """Fit the queries to the positions so many steps before, by pseudo-inverse."""
    positions = find_exercise("08-look-back").solution.__globals__["positions"]
    P = positions(200, width)
    return (50 * np.linalg.pinv(P[back:]) @ P[:-back]).tolist(), np.eye(width).tolist()


@pytest.mark.parametrize("function", [keys_turned_ahead, by_least_squares])
def test_other_heads_that_look_back_are_right(function):
    assert verdicts("08-look-back", function) == {""}


def test_a_head_that_is_not_sharp_enough_is_told_how_much_weight_it_gives():
    solution = find_exercise("08-look-back").solution
    for said in verdicts(
        "08-look-back", lambda *arguments: (solution(*arguments)[0] / 4, np.eye(arguments[1]))
    ):
        assert said.startswith("Every step looks to the right place most, but with ")
        assert said.endswith("% of its weight at the least. What makes a softmax sharper?")


def test_a_head_for_one_distance_only_is_not_right():
    solution = find_exercise("08-look-back").solution
    said = verdicts("08-look-back", lambda back, width: solution(2, width))
    assert "" not in said
