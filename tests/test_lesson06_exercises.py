"""Lesson 06's solutions against other ways to the same answer, and right answers of other kinds."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import NearestCentroid

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


def verdicts(exercise, function, seeds=SEEDS):
    """Return the first lines of what the check says over several seeds, as a set."""
    return {verdict(exercise, function, seed).split("\n")[0] for seed in seeds}


def test_the_scale_is_that_of_keras_layer():
    rescaling = layers.Rescaling(1 / 128, offset=-127 / 128)
    for scaled, (images,) in cases("06-scale"):
        assert scaled == pytest.approx(keras.ops.convert_to_numpy(rescaling(images)), abs=1e-6)


@pytest.mark.parametrize(
    "answer",
    [
        lambda images: (images - 127.0) / 128,
        lambda images: (images.astype(int) - 127) / 128,
        lambda images: ((images.astype(int) - 127) / 128).tolist(),
        lambda images: (keras.ops.cast(images, "float32") - 127) / 128,
        lambda images: images / np.float32(128) - np.float32(127 / 128),
    ],
    ids=["float64", "int first", "lists", "Keras", "two steps"],
)
def test_other_ways_to_scale_are_right(answer):
    assert verdicts("06-scale", answer, range(20)) == {""}


@pytest.mark.parametrize(
    "answer",
    [
        lambda images: (images.astype(int) - 127) // 128,
        lambda images: ((images.astype(int) - 127) / 128).astype(int),
        lambda images: np.round((images.astype(int) - 127) / 128).astype("int8"),
        lambda images: (images - 127) // 128,
    ],
)
def test_whole_numbers_are_named(answer):
    (said,) = verdicts("06-scale", answer)
    assert said.startswith("Your answer holds whole numbers, but most values of the scale")


def shuffled_table(y, fold, test_fold, each, random):
    """Walk through the table in an order of chance, and take what is still wanted."""
    wanted, rows = dict.fromkeys(y.tolist(), each), []
    for row in random.permutation(len(y)).tolist():
        if fold[row] != test_fold and wanted[int(y[row])] > 0:
            wanted[int(y[row])] -= 1
            rows.append(row)
    return rows


def sorted_by_chance(y, fold, test_fold, each, random):
    keys = random.random(len(y)) + 10 * (fold == test_fold)
    parts = [np.flatnonzero(y == number) for number in range(y.max() + 1)]
    return np.concatenate([part[np.argsort(keys[part])[:each]] for part in parts]).astype("int32")


@pytest.mark.parametrize("answer", [shuffled_table, sorted_by_chance])
def test_other_draws_are_right(answer):
    assert verdicts("06-few-per-class", answer, range(20)) == {""}


def test_the_solutions_draw_has_as_many_of_each_class_and_none_of_the_fold():
    for rows, (y, fold, test_fold, each, _) in cases("06-few-per-class"):
        assert len(set(rows.tolist())) == len(rows)
        counts = confusion_matrix(y[rows], fold[rows], labels=range(max(y.max(), fold.max()) + 1))
        assert counts.sum(axis=1)[: y.max() + 1].tolist() == [each] * (y.max() + 1)
        assert counts[:, test_fold].sum() == 0


def draw_with(generator):
    def answer(y, fold, test_fold, each, random):
        return sorted_by_chance(y, fold, test_fold, each, generator(random))

    return answer


def first_class_only(y, fold, test_fold, each, random):
    """Draw one class by the generator, and the others by the global one."""
    rows = np.asarray(sorted_by_chance(y, fold, test_fold, each, random))
    others = np.asarray(sorted_by_chance(y, fold, test_fold, each, np.random))
    return np.concatenate([rows[:each], others[each:]])


@pytest.mark.parametrize(
    ("answer", "begin"),
    [
        (draw_with(lambda random: np.random.default_rng(0)), "Your function draws nothing from"),
        (draw_with(lambda random: np.random.default_rng()), "Your function draws nothing from"),
        (draw_with(lambda random: np.random), "Your function draws nothing from"),
        (first_class_only, "Called twice with the same arguments, your function gives two"),
    ],
    ids=["own seed", "no seed", "global", "partly global"],
)
def test_chance_from_elsewhere_is_named(answer, begin):
    (said,) = verdicts("06-few-per-class", answer)
    assert said.startswith(begin)


@pytest.mark.parametrize(
    ("answer", "begin"),
    [
        (lambda *task: "1 2 3", "Expected"),
        (lambda *task: np.array([0.0, 1.0]), "Expected one row of whole numbers, got float64 of"),
        (lambda *task: [], "Expected one row of whole numbers, got float64 of shape (0,)"),
        (lambda *task: [10**6], "There are rows 0 to"),
        (lambda *task: [-1], "There are rows 0 to"),
        (lambda y, *_: np.arange(len(y)) % 7 == 0, "That is a mask of True and False"),
    ],
)
def test_rows_of_another_form_are_told_what_is_wrong(answer, begin):
    (said,) = {said[: len(begin)] for said in verdicts("06-few-per-class", answer)}
    assert said == begin


def test_keras_counts_as_many_trainable_numbers_when_only_the_prefix_is_thawed():
    kinds = {
        "Conv2D": lambda name, shape: layers.Conv2D(shape[-1], shape[:2], name=name),
        "Dense": lambda name, shape: layers.Dense(shape[-1], name=name),
        "BatchNormalization": lambda name, shape: layers.BatchNormalization(name=name),
        "LayerNormalization": lambda name, shape: layers.LayerNormalization(name=name),
        "PReLU": lambda name, shape: layers.PReLU(name=name),
    }
    built_for = {
        "Conv2D": lambda shape: (None, 8, 8, shape[2]),
        "Dense": lambda shape: (None, shape[0]),
        "BatchNormalization": lambda shape: (None, shape[0]),
        "LayerNormalization": lambda shape: (None, shape[0]),
        "PReLU": lambda shape: (None, *shape),
    }
    for count, (table, prefix) in cases("06-trainable", range(1)):
        of_keras = 0
        for name, kind, weights in table:
            if not weights or not name.startswith(prefix):
                continue
            shape = next(iter(weights.values()))
            layer = kinds[kind](name, shape)
            layer.trainable = kind != "BatchNormalization"
            layer.build(built_for[kind](shape))
            of_keras += sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)
        assert count == of_keras


def test_other_ways_to_count_are_right():
    def answer(table, prefix):
        thawed = [
            w for name, kind, w in table if name[: len(prefix)] == prefix and kind[:2] != "Ba"
        ]
        return float(sum(np.zeros(shape).size for w in thawed for shape in w.values()))

    assert verdicts("06-trainable", answer) == {""}


def test_the_classes_have_the_sums_of_a_table_of_counts():
    for found, (probabilities, subgroup_class) in cases("06-coarse"):
        for row, sums in zip(probabilities, found, strict=True):
            assert sums == pytest.approx(np.bincount(subgroup_class, weights=row))
        assert found.sum(axis=1) == pytest.approx(1)


def coarse_loops(probabilities, subgroup_class):
    sums = [[0.0] * (max(subgroup_class.tolist()) + 1) for _ in probabilities]
    for row, numbers in zip(sums, probabilities, strict=True):
        for number, one in zip(subgroup_class, numbers, strict=True):
            row[number] += one
    return sums


def coarse_product(probabilities, subgroup_class):
    members = np.eye(subgroup_class.max() + 1, dtype="float32")[subgroup_class]
    return probabilities.astype("float32") @ members


def coarse_keras(probabilities, subgroup_class):
    return keras.ops.transpose(
        keras.ops.segment_sum(probabilities.T, subgroup_class, subgroup_class.max() + 1)
    )


@pytest.mark.parametrize("answer", [coarse_loops, coarse_product, coarse_keras])
def test_other_ways_to_sum_are_right(answer):
    assert verdicts("06-coarse", answer, range(20)) == {""}


def standardise(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)


def by_regression(x_source, y_source, x_target):
    fitted = LogisticRegression().fit(standardise(x_source), y_source)
    return fitted.predict(standardise(x_target)).tolist()


def by_ranks(x_source, y_source, x_target):
    old = rankdata(x_source, axis=0) / len(x_source)
    new = rankdata(x_target, axis=0) / len(x_target)
    means = np.stack([old[y_source == number].mean(axis=0) for number in (0, 1, 2)])
    return np.argmax(new @ means.T - (means**2).sum(axis=1) / 2, axis=1).astype("float32")


def by_quartiles(x_source, y_source, x_target):
    low, middle, high = np.quantile(x_target, [0.25, 0.5, 0.75], axis=0)
    below, centre, above = np.quantile(x_source, [0.25, 0.5, 0.75], axis=0)
    old, new = (x_source - centre) / (above - below), (x_target - middle) / (high - low)
    return LogisticRegression(max_iter=1000).fit(old, y_source).predict(new)


@pytest.mark.parametrize("answer", [by_regression, by_ranks, by_quartiles])
def test_other_ways_to_take_the_style_away_are_right(answer):
    assert verdicts("06-new-style", answer, range(20)) == {""}


def nearest(x_source, y_source, x_target):
    means = np.stack([x_source[y_source == number].mean(axis=0) for number in (0, 1, 2)])
    return np.argmin(((x_target[:, np.newaxis] - means) ** 2).sum(axis=2), axis=1)


def by_scikit_learn(x_source, y_source, x_target):
    return NearestCentroid().fit(x_source, y_source).predict(x_target)


def centred(x_source, y_source, x_target):
    return nearest(x_source - x_source.mean(axis=0), y_source, x_target - x_target.mean(axis=0))


def moved_onto_the_old_mean(x_source, y_source, x_target):
    moved = x_target - x_target.mean(axis=0) + x_source.mean(axis=0)
    return by_scikit_learn(x_source, y_source, moved)


def one_spread_for_all_features(x_source, y_source, x_target):
    old = (x_source - x_source.mean(axis=0)) / x_source.std()
    new = (x_target - x_target.mean(axis=0)) / x_target.std()
    return nearest(old, y_source, new)


def stretched_only(x_source, y_source, x_target):
    return nearest(x_source / x_source.std(axis=0), y_source, x_target / x_target.std(axis=0))


@pytest.mark.parametrize(
    "answer", [centred, moved_onto_the_old_mean, one_spread_for_all_features, stretched_only]
)
def test_half_of_the_style_taken_away_is_not_enough(answer):
    assert "" not in verdicts("06-new-style", answer, range(20))


def test_centring_alone_is_named():
    (said,) = verdicts("06-new-style", centred)
    assert said.startswith("You measure each style from its own mean, and that is half of it")


def test_the_solution_finds_the_classes_that_were_drawn():
    one = find_exercise("06-new-style")
    two_styles = one.judge.__globals__["two_styles"]
    for seed in range(20):
        *task, y_target = two_styles(np.random.default_rng(seed), 50, 50, 30)
        assert np.mean(one.solution(*task) == y_target) > 0.99


@pytest.mark.parametrize(
    ("answer", "begin"),
    [
        (lambda x, y, new: None, "The function returns None"),
        (lambda x, y, new: np.zeros((len(new), 3)), "Expected an array of shape (180,)"),
        (lambda x, y, new: np.arange(len(new)), "The classes have the numbers 0, 1 and 2; your"),
        (lambda x, y, new: ["animal"] * len(new), "The classes have the numbers 0, 1 and 2; your"),
        (lambda x, y, new: np.ones(len(new)), "100% of the pictures get one class: the style"),
    ],
)
def test_classes_of_another_form_are_told_what_is_wrong(answer, begin):
    (said,) = verdicts("06-new-style", answer)
    assert said.startswith(begin)
