"""The lesson's PGD against Foolbox and the Adversarial Robustness Toolbox, on the same network.

Both are optional: `pip install -e .[oracle]`. Without them these tests are skipped. All three start
at the clean picture, take the same steps, and in L2 divide the gradient by its length.
"""

import numpy as np
import pytest
from lesson_code import functions_of
from test_fashion_networks import NAMES

from course_utils import data

foolbox = pytest.importorskip("foolbox")
pytest.importorskip("art")

# norm and ε; a step is a quarter of ε
SETTINGS = [("linf", 0.05), ("linf", 0.1), ("linf", 0.15), ("l2", 0.5), ("l2", 1.5)]
NUM_STEPS = 20


# Each sets its attack up, and returns a function that takes pictures and labels, so that the bench
# (tests/bench/attacks.py) times the attack alone.


def ours(lesson, model, norm, epsilon):
    return lambda x, y: lesson.pgd(model, x, y, epsilon, epsilon / 4, NUM_STEPS, norm)[-1]


def foolboxs(model, norm, epsilon):
    import tensorflow as tf

    kinds = {"linf": foolbox.attacks.LinfPGD, "l2": foolbox.attacks.L2PGD}
    attack = kinds[norm](abs_stepsize=epsilon / 4, steps=NUM_STEPS, random_start=False)
    wrapped = foolbox.TensorFlowModel(model, bounds=(0, 1))

    def attacked(x, y):
        return attack(wrapped, tf.constant(x), tf.constant(y), epsilons=epsilon)[1].numpy()

    return attacked


def arts(model, norm, epsilon):
    import keras
    from art.attacks.evasion import ProjectedGradientDescent
    from art.estimators.classification import TensorFlowV2Classifier

    classifier = TensorFlowV2Classifier(
        model, 10, (28, 28, 1), clip_values=(0, 1),
        loss_object=keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum"),
    )  # fmt: skip
    attack = ProjectedGradientDescent(
        classifier, norm=np.inf if norm == "linf" else 2, eps=epsilon, eps_step=epsilon / 4,
        max_iter=NUM_STEPS, num_random_init=0, batch_size=500, verbose=False,
    )  # fmt: skip
    return lambda x, y: attack.generate(x, np.eye(10)[y])


@pytest.fixture(scope="module")
def lesson():
    return functions_of("09_adversarial_examples", NAMES)


@pytest.fixture(scope="module")
def pictures():
    fashion = data.load_fashion_mnist()
    return fashion.x_test[:500, ..., np.newaxis].astype("float32") / 255, fashion.y_test[:500]


@pytest.mark.parametrize(("norm", "epsilon"), SETTINGS)
@pytest.mark.parametrize("name", ["fashion_standard", "fashion_robust"])
def test_robust_accuracy_agrees_to_half_a_point(lesson, pictures, name, norm, epsilon):
    x, y = pictures
    model = lesson.network(name)
    attacks = {
        "ours": ours(lesson, model, norm, epsilon),
        "foolbox": foolboxs(model, norm, epsilon),
        "art": arts(model, norm, epsilon),
    }
    attacked = {who: attack(x, y) for who, attack in attacks.items()}
    for who, x_adv in attacked.items():
        sizes = np.linalg.norm(
            (x_adv - x).reshape(500, -1), np.inf if norm == "linf" else 2, axis=1
        )
        assert sizes.max() <= epsilon * 1.001, who
    found = {who: np.mean(lesson.predict(model, x_adv) == y) for who, x_adv in attacked.items()}
    print(name, norm, epsilon, found)
    assert np.ptp(list(found.values())) <= 0.005, found
