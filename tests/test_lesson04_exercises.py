"""Lesson 04's solutions against independent oracles, and right answers of other kinds."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy.signal import correlate

from course_utils.checks.exercises import WrongAnswer, check, find_exercise
from course_utils.checks.judging import answers_of

SEEDS = range(5)


def cases(name):
    """Return an exercise's solution and its inputs over several draws."""
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


def test_convolve_equals_a_keras_layer():
    for (image, kernels, bias), found in cases("04-convolve"):
        by_keras = tf.nn.conv2d(image[np.newaxis], kernels, strides=1, padding="VALID")
        np.testing.assert_allclose(found, by_keras[0].numpy() + bias, rtol=1e-10, atol=1e-10)


def test_parameters_equal_what_keras_counts():
    for (channels, convolutions), found in cases("04-parameters")[:12]:
        network = keras.Sequential([keras.Input((8, 8, channels))])
        for size, filters in convolutions:
            network.add(layers.Conv2D(filters, size, padding="same"))
        assert found == network.count_params()


def pixels_seen(layers_):
    """Count the pixels that one unit sees, by going down from it to the picture."""
    first, last = 0, 0
    for size, stride in layers_[::-1]:
        first, last = first * stride, last * stride + size - 1
    return last - first + 1


def test_the_receptive_field_is_what_a_unit_reaches_going_down():
    for (of_layers,), found in cases("04-receptive-field"):
        assert found == pixels_seen(of_layers)


def test_padding_gives_what_keras_computes_with_same():
    for (n, k, s), (before, after) in cases("04-same-padding")[:40]:
        row, kernel = np.random.default_rng(n).normal(size=(1, n, 1)), np.ones((k, 1, 1))
        kernel[:, 0, 0] += np.arange(k)
        padded = np.pad(row, [(0, 0), (before, after), (0, 0)])
        by_hand = tf.nn.conv1d(padded, kernel, stride=s, padding="VALID").numpy()
        by_tensorflow = tf.nn.conv1d(row, kernel, stride=s, padding="SAME").numpy()
        np.testing.assert_allclose(by_hand, by_tensorflow)


def without_slope(image):
    """Take a fitted straight line away from each column."""
    columns = np.arange(image.shape[1])
    line = np.polyfit(columns, image.mean(axis=0), 1)
    return image - np.polyval(line, columns)


def largest(response):
    return tuple(int(i) for i in np.unravel_index(np.argmax(response), response.shape))


def by_least_difference(image, pattern):
    """Find the pattern by the least squared difference, once the slope is taken away."""
    windows = np.lib.stride_tricks.sliding_window_view(without_slope(image), pattern.shape)
    return largest(-((windows - pattern) ** 2).sum(axis=(2, 3)))


def test_the_pattern_is_where_the_flattened_picture_differs_least():
    for arguments, found in cases("04-find"):
        assert found == by_least_difference(*arguments)


def convolve_by_scipy(image, kernels, bias):
    maps = [correlate(image, kernels[..., f], mode="valid")[..., 0] for f in range(len(bias))]
    return np.stack(maps, axis=-1) + bias


def convolve_by_keras(image, kernels, bias):
    return tf.nn.conv2d(image[np.newaxis], kernels, strides=1, padding="VALID")[0] + bias


def convolve_in_float32(image, kernels, bias):
    return convolve_by_scipy(*(part.astype("float32") for part in (image, kernels, bias)))


def by_normalised_correlation(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    response = np.einsum("ijab,ab->ij", windows, pattern - pattern.mean())
    return largest(response / windows.std(axis=(2, 3)))


def by_column_means(image, pattern):
    return np.array(largest(correlate(image - image.mean(axis=0), pattern, mode="valid")))


def filter_both(kernel):
    def search(image, pattern):
        of_pattern = correlate(pattern, kernel, mode="valid")
        return list(largest(correlate(correlate(image, kernel, mode="valid"), of_pattern, "valid")))

    return search


LAPLACIAN = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
RIGHT = [
    ("04-convolve", convolve_by_scipy),
    ("04-convolve", convolve_by_keras),
    ("04-convolve", convolve_in_float32),
    ("04-convolve", lambda *arguments: convolve_by_scipy(*arguments).tolist()),
    ("04-receptive-field", pixels_seen),
    ("04-same-padding", lambda n, k, s: list(padding_by_remainder(n, k, s))),
    ("04-find", by_least_difference),
    ("04-find", by_normalised_correlation),
    ("04-find", by_column_means),
    ("04-find", filter_both(LAPLACIAN)),
    ("04-find", filter_both(SOBEL)),
]


def padding_by_remainder(n, k, s):
    """TensorFlow's own rule, by the rest that the division leaves."""
    total = max(k - (n % s or s), 0)
    return np.array([total // 2, (total + 1) // 2])


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_a_right_answer_of_another_kind_is_accepted(name, function):
    assert {says(name, function, seed) for seed in SEEDS} == {""}


def by_means(image, pattern):
    windows = np.lib.stride_tricks.sliding_window_view(image, pattern.shape)
    return largest(np.einsum("ijab,ab->ij", windows, pattern) / windows.mean(axis=(2, 3)))


def one_row_up(image, pattern):
    row, column = by_least_difference(image, pattern)
    return row - 1, column


@pytest.mark.parametrize("function", [by_means, one_row_up])
def test_a_pattern_that_is_elsewhere_is_told_where_it_is_not(function):
    for seed in SEEDS:
        assert says("04-find", function, seed).startswith("The pattern is not at (")


@pytest.mark.parametrize(
    ("name", "near_miss"),
    [
        ("04-convolve", lambda *arguments: np.round(convolve_by_scipy(*arguments), 3)),
        ("04-convolve", lambda *arguments: convolve_by_scipy(*arguments).astype("float16")),
        ("04-receptive-field", lambda layers_: pixels_seen(layers_) if layers_ else 0),
        ("04-same-padding", lambda n, k, s: padding_by_remainder(n, k, s)[::-1]),
    ],
)
def test_a_near_miss_is_refused(name, near_miss):
    assert all(says(name, near_miss, seed) for seed in SEEDS)
