"""The four networks of lesson 09 reach what their card in data/README.md states."""

import itertools

import numpy as np
import pytest
from lesson_code import functions_of

from course_utils import data, shipped

EPSILON = 0.15
# clean, after one step, after 20 steps: what the card says, on all 2,000 test pictures
CARD = {
    "fashion_standard": (0.859, 0.038, 0.019),
    "fashion_second": (0.871, 0.019, 0.005),
    "fashion_robust": (0.761, 0.631, 0.590),
    "fashion_fgsm": (0.705, 0.749, 0.079),
}
NAMES = ["network", "predict", "cross_entropy", "input_gradient", "fgsm"]
NAMES += ["length", "steepest", "project", "pgd", "survives"]


@pytest.fixture(scope="module")
def lesson():
    return functions_of("09_adversarial_examples", NAMES)


@pytest.fixture(scope="module")
def pictures():
    fashion = data.load_fashion_mnist()
    return fashion.x_test[..., np.newaxis].astype("float32") / 255, fashion.y_test


@pytest.mark.parametrize("name", CARD)
def test_accuracies_are_those_of_the_card(lesson, pictures, name):
    x, y = pictures
    model = lesson.network(name)
    tries = [x, lesson.fgsm(model, x, y, EPSILON)]
    tries.append(lesson.pgd(model, x, y, EPSILON, EPSILON / 4, 20)[-1])
    found = [np.mean(lesson.predict(model, attacked) == y) for attacked in tries]
    assert found == pytest.approx(CARD[name], abs=0.01)
    text = (shipped.DATA / "README.md").read_text(encoding="utf-8")
    row = " | ".join(f"{value:.3f}" for value in CARD[name])
    assert f"| `{name}` | {row} |" in text.replace("  ", " ")


def test_networks_have_the_size_that_the_card_states(lesson):
    assert lesson.network().count_params() == 105_866


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_no_step_leaves_the_ball_or_the_range_of_pixels(lesson, pictures, norm):
    x, y = (part[:50] for part in pictures)
    model = lesson.network("fashion_standard")
    epsilon = {"linf": 0.1, "l2": 1.5}[norm]
    random = np.random.default_rng(0)
    for x_adv in lesson.pgd(model, x, y, epsilon, epsilon, 5, norm, random=random):
        delta = (x_adv - x).reshape(len(x), -1)
        sizes = np.linalg.norm(delta, np.inf if norm == "linf" else 2, axis=1)
        assert sizes.max() <= epsilon * 1.0001
        assert x_adv.min() >= 0
        assert x_adv.max() <= 1


def test_a_picture_once_fooled_is_never_counted_as_surviving(lesson, pictures):
    x, y = (part[:200] for part in pictures)
    model = lesson.network("fashion_robust")
    kept = [lesson.survives(model, x, y, EPSILON, num_steps=steps) for steps in (0, 1, 3, 10)]
    for fewer, more in itertools.pairwise(kept):
        assert not np.any(more & ~fewer)
    np.testing.assert_array_equal(kept[0], lesson.predict(model, x) == y)


def test_a_targeted_attack_reaches_its_target(lesson, pictures):
    x, y = (part[:100] for part in pictures)
    model = lesson.network("fashion_standard")
    target = (y + 1) % 10
    x_adv = lesson.pgd(model, x, target, 0.2, 0.05, 20, targeted=True)[-1]
    assert np.mean(lesson.predict(model, x_adv) == target) >= 0.5
