"""Make fashion_*.npz: four small networks on Fashion-MNIST, trained with and without attacks.

All four have the layers of `network`, 105,866 weights, and see the 12,000 training pictures of
fashion_mnist.npz eight times. `fashion_second` differs from `fashion_standard` in its seed alone;
the other two see attacked pictures in place of the clean ones, with changes of up to 0.15 of the
range from black to white: `fashion_robust` five steps from a random start (Madry et al. 2018),
`fashion_fgsm` one step from the picture itself (Goodfellow et al. 2015), which fails on purpose.
The five steps grow to full size over the first epoch: at full size from the first batch on, some
seeds never get beyond answering one class for everything. How far the single step fails depends on
the seed as well: with 0, 3 and 4 the accuracy after 20 steps was 0.08, 0.26 and 0.20.

The four take two minutes on two idle cores, and print their accuracies on the test pictures:
clean, after one step, and after 20 steps. Seeds are fixed and operations deterministic, so that a
computer writes the same files each time; another one gets other roundings, and other last digits.
"""

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import sources
import tensorflow as tf
from keras import layers

EPSILON = 0.15  # the largest change of a pixel, where 1 is the way from black to white
EPOCHS, BATCH = 8, 100
# name: (seed, steps of the attack, size of a step, random start)
NETWORKS = {
    "fashion_standard": (0, 0, 0.0, False),
    "fashion_second": (1, 0, 0.0, False),
    "fashion_robust": (2, 5, 0.05, True),
    "fashion_fgsm": (0, 1, EPSILON, False),
}

cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def network() -> keras.Model:
    """Build the network; a lesson that loads the weights must use these names and sizes."""
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="conv1"),
        layers.Conv2D(32, 3, strides=2, padding="same", activation="relu", name="conv2"),
        layers.Flatten(name="flatten"),
        layers.Dense(64, activation="relu", name="hidden"),
        layers.Dense(10, name="logits"),
    ])  # fmt: skip


def load_pictures(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures, (n, 28, 28, 1) float32 in [0, 1], and labels of "train" or "test"."""
    with np.load(sources.DATA / "fashion_mnist.npz") as arrays:
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
    return x[..., np.newaxis].astype("float32") / 255, y.astype("int64")


def compiled_attack(model: keras.Model):
    """Return attack(x, labels, num_steps, step), steps along the signs of the gradient."""

    @tf.function
    def ascend(x, clean, labels, step, epsilon):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = cross_entropy(labels, model(x, training=False))
        x = x + step * tf.sign(tape.gradient(loss, x))
        x = tf.clip_by_value(x, clean - epsilon, clean + epsilon)
        return tf.clip_by_value(x, 0.0, 1.0)

    def attack(x, labels, num_steps, step, random=None, share=1.0):
        clean, labels = tf.constant(x), tf.constant(labels)
        noise = np.zeros(x.shape) if random is None else random.uniform(-1, 1, x.shape)
        x = tf.clip_by_value(clean + (share * EPSILON * noise).astype("float32"), 0.0, 1.0)
        sizes = tf.constant(share * step), tf.constant(share * EPSILON)
        for _ in range(num_steps):
            x = ascend(x, clean, labels, *sizes)
        return x

    return attack


def train(seed: int, num_steps: int, step: float, random_start: bool) -> keras.Model:
    """Train one network, on attacked pictures where `num_steps` is above 0."""
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    x, y = load_pictures("train")
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * len(x) // BATCH)
    model.compile(keras.optimizers.Adam(rate), cross_entropy)
    attack = compiled_attack(model)
    for epoch in range(EPOCHS):
        order = random.permutation(len(x))
        for first in range(0, len(x), BATCH):
            rows = order[first : first + BATCH]
            batch, labels = x[rows], y[rows]
            if num_steps:
                start = random if random_start else None
                share = min(1.0, epoch + first / len(x)) if random_start else 1.0
                batch = attack(batch, labels, num_steps, step, start, share)
            model.train_on_batch(batch, labels)
    return model


def report(name: str, model: keras.Model) -> None:
    """Print the accuracy on the test pictures: clean, after one step, after 20 steps."""
    x, y = load_pictures("test")
    attack = compiled_attack(model)
    tries = x, attack(x, y, 1, EPSILON), attack(x, y, 20, EPSILON / 4)
    clean, one, twenty = (np.mean(np.argmax(model(part), axis=1) == y) for part in tries)
    print(f"{name:17} clean {clean:.3f}, one step {one:.3f}, 20 steps {twenty:.3f}", flush=True)


def build(folder: Path) -> None:
    """Train the four networks and write their weights into `folder`, as float16."""
    tf.config.experimental.enable_op_determinism()
    for name, settings in NETWORKS.items():
        model, weights = train(*settings), {}
        for layer in model.layers:
            for variable in layer.weights:
                array = np.asarray(variable).astype(np.float16)
                weights[f"{layer.name}/{variable.name}"] = array
                variable.assign(array.astype("float32"))
        sources.save_npz(folder / f"{name}.npz", **weights)
        report(name, model)


if __name__ == "__main__":
    build(sources.output_folder())
