"""Make shakespeare_gru.npz: a recurrent language model of characters, for lesson 07.

Trained on the training plays alone, with a recipe that was fixed beforehand: the two test plays are
read once, at the end, to print what the card says. Takes half an hour of computing. Two runs differ
in the last digits, so a rebuilt file equals the shipped one in what it can do, not byte by byte.
"""

import math
from pathlib import Path

import keras
import numpy as np
import sources
from keras import layers

from course_utils import data, pretrained

EMBEDDING, UNITS = 64, 512
WINDOW, BATCH, EPOCHS = 100, 32, 16


def build_network(num_characters: int) -> keras.Model:
    """Return the network that lesson 07 builds, in its training form with dropout."""
    inputs = keras.Input((None,), dtype="int32", name="characters")
    x = layers.Embedding(num_characters, EMBEDDING, name="embedding")(inputs)
    x = layers.Dropout(0.1)(x)
    x = layers.GRU(UNITS, return_sequences=True, name="gru")(x)
    x = layers.Dropout(0.4)(x)
    return keras.Model(inputs, layers.Dense(num_characters, name="logits")(x))


def encode(text: str, characters: list[str]) -> np.ndarray:
    """Return the position of each character in the sorted list of all, (n,) int32."""
    index = {character: number for number, character in enumerate(characters)}
    return np.array([index[character] for character in text], np.int32)


class Windows(keras.utils.PyDataset):
    """Windows of the text and the same windows one character later, cut anew each epoch."""

    def __init__(self, text: np.ndarray) -> None:
        super().__init__()
        self.text, self.random = text, np.random.default_rng(0)
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Shift the windows and shuffle them."""
        start = self.random.integers(WINDOW)
        count = (len(self.text) - start - 1) // WINDOW
        starts = start + WINDOW * self.random.permutation(count)
        self.starts = starts[: len(starts) // BATCH * BATCH].reshape(-1, BATCH, 1)

    def __len__(self) -> int:
        return len(self.text) // WINDOW // BATCH - 1

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        positions = self.starts[number] + np.arange(WINDOW)
        return self.text[positions], self.text[positions + 1]


def bits_per_character(model: keras.Model, text: np.ndarray, streams: int = 64) -> float:
    """Return the mean of −log₂ p over a text read in a few long streams."""
    length = (len(text) - 1) // streams
    x, y = (text[shift:][: streams * length].reshape(streams, length) for shift in (0, 1))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return float(
        np.mean([loss(y[i : i + 8], model(x[i : i + 8])) for i in range(0, streams, 8)])
    ) / math.log(2)


def build(folder: Path) -> None:
    """Train, print bits per character, and write the file into `folder`."""
    keras.utils.set_random_seed(0)
    corpus = data.load_shakespeare()
    characters = sorted(set(corpus.train))
    windows = Windows(encode(corpus.train, characters))
    model = build_network(len(characters))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, EPOCHS * len(windows), warmup_target=2e-3, warmup_steps=200
    )
    model.compile(
        keras.optimizers.Adam(rate, clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(windows, epochs=EPOCHS, verbose=2)
    arrays = {
        key: np.asarray(variable).astype(np.float16)
        for key, variable in pretrained.named_variables(model).items()
    }
    for variable, value in zip(model.weights, arrays.values(), strict=True):
        variable.assign(value.astype(np.float32))  # measured as it ships
    for name, text in (("training", corpus.train[: len(corpus.test)]), ("test", corpus.test)):
        print(f"{name}: {bits_per_character(model, encode(text, characters)):.3f} bits a character")
    sources.save_npz(folder / "shakespeare_gru.npz", **arrays)


if __name__ == "__main__":
    build(sources.output_folder())
