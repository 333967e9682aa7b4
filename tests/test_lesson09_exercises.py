"""Lesson 09's solutions against independent oracles, and right answers of other kinds."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import linprog, minimize

from course_utils.checks.exercises import WrongAnswer, check, find_exercise
from course_utils.checks.judging import answers_of

SEEDS = range(3)


def cases(name):
    """Return an exercise's inputs and its solution's answers, over several draws."""
    one = find_exercise(name)
    inputs = [case for seed in SEEDS for case in one.inputs(np.random.default_rng(seed))]
    answers = answers_of(one.solution, inputs)
    return [(case, answer.value) for case, answer in zip(inputs, answers, strict=True)]


def says(name, function, seed=0):
    """Return what the check tells a student, "" when right."""
    try:
        check(name, function, seed=seed)
    except WrongAnswer as wrong:
        return str(wrong).splitlines()[0].removeprefix(f"✗ {name}: not right yet. ")
    return ""


def least_change(w, score):
    """Return the least ε for which some change of at most ε a feature undoes the score."""
    d = len(w)
    goal = np.append(np.zeros(d), 1)
    ones = np.ones((d, 1))
    within = np.block([[np.eye(d), -ones], [-np.eye(d), -ones]])
    found = linprog(
        goal, within, np.zeros(2 * d), np.append(w, 0)[np.newaxis], [-score], bounds=(None, None)
    )
    return found.fun


def test_the_smallest_flip_is_what_a_solver_finds():
    for (w, b, x, norm), found in cases("09-smallest-flip")[:12]:
        for row, size in zip(x, found, strict=True):
            score = row @ w + b
            if norm == "linf":
                assert size == pytest.approx(least_change(w, score), rel=1e-6)
            else:  # the shortest solution of w·δ = −score
                delta = np.linalg.lstsq(w[np.newaxis], [-score], rcond=None)[0]
                assert size == pytest.approx(np.linalg.norm(delta), rel=1e-9)


def test_the_way_back_is_the_nearest_point_of_the_ball():
    for (x_adv, x, epsilon, norm), found in cases("09-way-back")[::2]:
        for adversarial, clean, returned in zip(x_adv, x, found, strict=True):
            delta = (adversarial - clean).ravel()
            if norm == "linf":
                nearest = np.sort(
                    [delta, np.full_like(delta, epsilon), 0 * delta - epsilon], axis=0
                )[1]
            else:
                nearest = minimize(
                    lambda moved, delta=delta: np.sum((moved - delta) ** 2),
                    np.zeros_like(delta),
                    jac=lambda moved, delta=delta: 2 * (moved - delta),
                    constraints={
                        "type": "ineq",
                        "fun": lambda moved, epsilon=epsilon: epsilon**2 - moved @ moved,
                        "jac": lambda moved: -2 * moved,
                    },
                    method="SLSQP",
                    options={"ftol": 1e-14},
                ).x
            picture = (clean.ravel() + nearest).clip(0, 1).reshape(clean.shape)
            np.testing.assert_allclose(returned, picture, atol=1e-4)


def targeted_by_keras(x, target, weights, biases, epsilon):
    """Take the gradient of Keras's own loss, by automatic differentiation."""
    pictures = tf.Variable(x)
    with tf.GradientTape() as tape:
        scores = pictures @ weights + biases
        loss = keras.losses.sparse_categorical_crossentropy(target, scores, from_logits=True)
    step = epsilon * tf.sign(tape.gradient(loss, pictures))
    return tf.clip_by_value(pictures - step, 0, 1)


def test_the_targeted_step_follows_the_gradient_of_keras():
    for arguments, found in cases("09-targeted"):
        np.testing.assert_allclose(found, targeted_by_keras(*arguments).numpy(), atol=1e-12)


def survivors_one_by_one(right, fooled):
    """Look at each picture, and at each attack on it."""
    survivors = 0
    for i in range(len(right)):
        broken = [attack for attack in fooled if attack[i]]
        survivors += int(right[i] and not broken)
    return survivors / len(right)


def test_the_survivors_are_those_counted_one_by_one():
    for arguments, found in cases("09-survivors"):
        assert found == pytest.approx(survivors_one_by_one(*arguments))


def test_the_broken_defence_answers_otherwise_within_epsilon():
    for (model, x, epsilon), found in cases("09-masked"):
        assert model.score(found) * model.score(x) < 0
        assert np.abs(found - x).max() <= epsilon * (1 + 1e-9)


def flip_by_list(w, b, x, norm):
    sizes = []
    for row in x:
        length = sum(abs(w)) if norm == "linf" else np.sqrt(w @ w)
        sizes.append(abs(row @ w + b) / length)
    return sizes


def way_back_by_tensorflow(x_adv, x, epsilon, norm):
    delta = tf.constant(x_adv - x)
    if norm == "linf":
        delta = tf.clip_by_value(delta, -epsilon, epsilon)
    else:
        delta = tf.clip_by_norm(delta, epsilon, axes=[1, 2])
    return tf.clip_by_value(x + delta, 0, 1)


def way_back_in_float32(x_adv, x, epsilon, norm):
    return way_back_by_tensorflow(x_adv, x, epsilon, norm).numpy().astype("float32")


def break_in_one_direction(model, x, epsilon):
    """Raise one feature at a time, and keep what brings the score nearer to the other answer."""
    start = model.score(x)
    point = x.copy()
    for i in range(len(x)):
        raised = x.copy()
        raised[i] += epsilon
        up = np.sign(model.score(raised) - start)
        point[i] -= epsilon * np.sign(start) * up
    return point.tolist()


def break_greedily(model, x, epsilon):
    """Try each feature both ways, from the best point so far."""
    side = np.sign(model.score(x))
    best, point = side * model.score(x), x
    for i in range(len(x)):
        for way in (-1, 1):
            tried = point.copy()
            tried[i] = x[i] + way * epsilon
            score = side * model.score(tried)
            if score < best:
                best, point = score, tried
    return point


RIGHT = [
    ("09-smallest-flip", flip_by_list),
    ("09-smallest-flip", lambda *arguments: np.float32(flip_by_list(*arguments))),
    ("09-way-back", way_back_by_tensorflow),
    ("09-way-back", way_back_in_float32),
    ("09-targeted", targeted_by_keras),
    ("09-targeted", lambda *arguments: targeted_by_keras(*arguments).numpy().astype("float32")),
    ("09-survivors", survivors_one_by_one),
    ("09-survivors", lambda *arguments: np.float32(survivors_one_by_one(*arguments))),
    ("09-masked", break_in_one_direction),
    ("09-masked", break_greedily),
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_a_right_answer_of_another_kind_is_accepted(name, function):
    assert {says(name, function, seed) for seed in SEEDS} == {""}


def break_with_half_a_step(model, x, epsilon):
    return x + (np.array(break_in_one_direction(model, x, epsilon)) - x) / 2


def break_one_feature_too_few(model, x, epsilon):
    point = np.array(break_in_one_direction(model, x, epsilon))
    point[:14] = x[:14]
    return point


@pytest.mark.parametrize("function", [break_with_half_a_step, break_one_feature_too_few])
def test_a_point_that_is_not_far_enough_is_told_how_far_it_got(function):
    for seed in SEEDS:
        assert "of the way to zero. Do all features push" in says("09-masked", function, seed)


@pytest.mark.parametrize(
    ("name", "near_miss"),
    [
        ("09-smallest-flip", lambda *arguments: np.round(flip_by_list(*arguments), 3)),
        ("09-way-back", lambda x_adv, x, e, norm: way_back_by_tensorflow(x_adv, x, 1.01 * e, norm)),
        ("09-targeted", lambda x, t, w, b, e: targeted_by_keras(x, t, w, b, 0.99 * e)),
        ("09-survivors", lambda right, fooled: survivors_one_by_one(right, fooled) - 1 / 1000),
        ("09-masked", lambda model, x, epsilon: np.array(break_in_one_direction(model, x, 2))),
    ],
)
def test_a_near_miss_is_refused(name, near_miss):
    assert all(says(name, near_miss, seed) for seed in SEEDS)
