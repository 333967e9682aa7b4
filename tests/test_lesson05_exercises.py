"""Lesson 05's solutions against Keras and brute force, and right answers of other kinds."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from course_utils.checks.exercises import WrongAnswer, check, find_exercise

SEEDS = range(5)


def cases(exercise, seeds=SEEDS):
    """Return (answer of the solution, arguments) over several draws of a check's inputs."""
    one = find_exercise(exercise)
    for seed in seeds:
        for arguments in one.inputs(np.random.default_rng(seed)):
            yield one.solution(*arguments), arguments


def verdict(exercise, function, seed=0):
    """Return what the check says of a function, "" where it is right."""
    try:
        check(exercise, function, seed=seed)
    except WrongAnswer as wrong:
        return str(wrong).removeprefix(f"✗ {exercise}: ").removeprefix("not right yet. ")
    return ""


def test_a_convolution_of_keras_has_that_many_parameters():
    for count, (channels, filters, size, groups) in cases("05-parameters", range(2)):
        convolution = layers.Conv2D(filters, size, groups=groups)
        convolution.build((None, 16, 16, channels))
        assert count == convolution.count_params()


def test_a_count_that_comes_out_as_a_float_is_right():
    def answer(channels, filters, size, groups):
        return filters * (size**2 * channels / groups + 1)

    for seed in SEEDS:
        assert verdict("05-parameters", answer, seed) == ""


@pytest.mark.parametrize("bias_of", ["one", "groups"])
def test_biases_that_filters_share_are_named(bias_of):
    def answer(channels, filters, size, groups):
        biases = 1 if bias_of == "one" else groups
        return filters * size * size * channels // groups + biases

    for seed in SEEDS:
        assert "how many numbers come out at each place" in verdict("05-parameters", answer, seed)


def falls_by_sums(image, score, size, grey):
    """Take the change of the weighted sum square by square; the score is a function of that sum."""
    changes = score.pattern * (image - grey)
    of_rows = np.add.reduceat(changes, range(0, len(image), size), axis=0)
    of_squares = np.add.reduceat(of_rows, range(0, image.shape[1], size), axis=1)
    total = np.sum(score.pattern * image)
    covered = total - of_squares
    return total + 0.01 * total**2 - covered - 0.01 * covered**2


def test_the_falls_are_those_of_the_scores_own_formula():
    for falls, arguments in cases("05-occlusion"):
        assert falls == pytest.approx(falls_by_sums(*arguments))


def falls_as_lists(image, score, size, grey):
    rows = range(0, len(image), size)
    columns = range(0, len(image[0]), size)

    def fall(top, left):
        hidden = image.copy()
        hidden[top : top + size, left : left + size] = grey
        return score(image) - score(hidden)

    return [[fall(top, left) for left in columns] for top in rows]


def falls_uncovered_again(image, score, size, grey):
    """Cover the image itself and put the pixels back."""
    falls, before = [], score(image)
    for rows in np.split(image, len(image) // size):
        for square in np.split(rows, image.shape[1] // size, axis=1):
            pixels = square.copy()
            square[:] = grey
            falls.append(before - score(image))
            square[:] = pixels
    return np.reshape(falls, (len(image) // size, -1)).astype("float32")


@pytest.mark.parametrize("answer", [falls_as_lists, falls_uncovered_again])
def test_other_ways_to_cover_are_right(answer):
    for seed in SEEDS:
        assert verdict("05-occlusion", answer, seed) == ""


def test_falls_in_whole_numbers_are_named():
    def answer(*arguments):
        return np.array(falls_as_lists(*arguments)).astype(int)

    for seed in SEEDS:
        assert verdict("05-occlusion", answer, seed).startswith("The decimals are missing")


def cam_by_loops(maps, gradients):
    height, width, k = maps.shape
    cam = []
    for row in range(height):
        cam.append([])
        for column in range(width):
            total = 0.0
            for number in range(k):
                weight = sum(gradients[..., number].ravel().tolist()) / (height * width)
                total += weight * maps[row, column, number]
            cam[-1].append(max(0.0, total))
    return cam


def test_the_map_is_that_of_plain_loops():
    for cam, (maps, gradients) in cases("05-grad-cam"):
        assert cam == pytest.approx(np.array(cam_by_loops(maps, gradients)))


def test_behind_pooling_and_a_dense_layer_the_map_is_the_dense_layers_own():
    random = np.random.default_rng(0)
    maps, dense = tf.constant(random.normal(size=(4, 6, 5))), random.normal(size=5)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        logit = tf.reduce_sum(tf.reduce_mean(maps, axis=(0, 1)) * dense)
    gradients = tape.gradient(logit, maps).numpy()
    cam = find_exercise("05-grad-cam").solution(maps.numpy(), gradients)
    assert cam * 24 == pytest.approx(tf.nn.relu(tf.tensordot(maps, dense, 1)).numpy())


def cam_in_float32(maps, gradients):
    weights = np.mean(gradients.astype("float32"), axis=(0, 1))
    return np.maximum(maps.astype("float32") @ weights, 0)


def cam_of_keras(maps, gradients):
    weights = keras.ops.mean(gradients, axis=(0, 1))
    return keras.ops.relu(keras.ops.einsum("hwk,k->hw", maps, weights))


@pytest.mark.parametrize("answer", [cam_by_loops, cam_in_float32, cam_of_keras])
def test_other_ways_to_the_map_are_right(answer):
    for seed in range(20):
        assert verdict("05-grad-cam", answer, seed) == ""


def test_a_map_divided_by_its_maximum_is_named_where_nothing_is_positive_too():
    def answer(maps, gradients):
        cam = np.array(cam_by_loops(maps, gradients))
        return cam / cam.max()  # nan where all is 0

    for seed in SEEDS:
        assert verdict("05-grad-cam", answer, seed).startswith("Right, but divided by its maximum")


def test_the_derivative_is_that_of_a_complex_step():
    for derivative, (a, b) in cases("05-skip"):
        x = 0.7 + 1e-30j
        for first, second in zip(a, b, strict=True):
            x = x + second * (first * x)
        assert derivative == pytest.approx(x.imag / 1e-30)


@pytest.mark.parametrize(
    "answer",
    [
        lambda a, b: np.prod(1 + a * b),
        lambda a, b: np.prod(1 + a.astype("float32") * b.astype("float32")),
        lambda a, b: np.exp(np.sum(np.log(1 + 0j + a * b))).real,
    ],
    ids=["product", "float32", "logarithms"],
)
def test_other_ways_to_the_derivative_are_right(answer):
    for seed in range(20):
        assert verdict("05-skip", answer, seed) == ""


def test_sizes_without_signs_are_not_right():
    def answer(a, b):
        return np.exp(np.sum(np.log(np.abs(1 + a * b))))

    for seed in SEEDS:
        assert verdict("05-skip", answer, seed).startswith("The sign is lost")


def seen_by_keras(stack, channels):
    """Return (pixels across that one place sees, stride, number of weights) of a stack."""
    convolutions = []
    for size, stride, filters in stack:
        convolutions.append(
            layers.Conv2D(filters, size, stride, use_bias=False, kernel_initializer="ones")
        )
    network = keras.Sequential([keras.Input((40, 40, channels)), *convolutions])
    image = tf.Variable(tf.ones((1, 40, 40, channels)))
    with tf.GradientTape(persistent=True) as tape:
        maps = network(image)
        first, second = maps[0, 0, 0, 0], maps[0, 0, 1, 0]
    seen = np.flatnonzero(tape.gradient(first, image).numpy()[0, 0, :, 0])
    moved = np.flatnonzero(tape.gradient(second, image).numpy()[0, 0, :, 0])
    return len(seen), moved[0] - seen[0], network.count_params()


def test_the_solutions_stack_keeps_to_the_task_as_a_network_of_keras():
    for stack, (channels, filters, size, stride) in cases("05-stack", range(1)):
        seen, steps, weights = seen_by_keras(stack, channels)
        assert seen >= size
        assert steps == stride
        assert weights <= size * size * channels * filters / 2
        assert stack[-1][2] == filters


@pytest.mark.parametrize(
    ("stack", "complaint"),
    [
        ([(3, 2, 4), (3, 2, 4), (3, 1, 96)], ""),
        ([(1, 1, 3), (3, 2, 4), (3, 2, 4), (3, 1, 96)], ""),
        ([(3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 1), (3, 2, 96)], ""),
        ([[3.0, 2, 4], [3, 2.0, 4], [3, 1, 96]], ""),
        ([(3, 2, 4), (3, 2, 96)], "The stack sees 7 × 7 pixels only, and the filter that"),
        ([(3, 2, 4), (3, 2, 18), (3, 1, 96)], ""),
        ([(1, 2, 4), (3, 2, 4), (3, 1, 4), (1, 1, 96)], "The stack spans 13 pixels across but l"),
        ([(3, 2, 4), (3, 2, 21), (3, 1, 96)], "It sees far enough, but has 55 % of the weights"),
        ([(3, 2, 4), (3, 2, 4), (3, 1, 95)], "The last layer has 95 filters; the layers that"),
        ([(3, 2, 4), (3, 1, 4), (3, 1, 4), (3, 1, 96)], "The strides multiply to 2, so the maps"),
    ],
)
def test_a_stack_is_judged_by_what_it_sees_and_weighs(stack, complaint):
    judge = find_exercise("05-stack").judge
    seen, steps, weights = seen_by_keras([tuple(map(int, layer)) for layer in stack], 3)
    fits = seen >= 11 and steps == 4 and weights <= 11 * 11 * 3 * 96 / 2 and stack[-1][2] == 96
    assert fits == (complaint == "")
    if fits:
        judge(stack, 3, 96, 11, 4)
    else:
        with pytest.raises(AssertionError, match=complaint):
            judge(stack, 3, 96, 11, 4)


@pytest.mark.parametrize("stack", [[3, 2, 4], [layers.Conv2D(4, 3)], [(3, 2)], [(3, 0, 96)], []])
def test_a_stack_of_another_form_is_told_the_form(stack):
    said = verdict("05-stack", lambda *task: stack)
    assert said.startswith("Expected a list of (filter size, stride, filters), all at least 1")
