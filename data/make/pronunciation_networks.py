"""Make the three networks of lesson 08, which read a word's letters and write its phonemes.

All three see the same words in the same order, as often as each other: `EPOCHS` passes over the
training words. The recipe was fixed beforehand; the test words are read once, at the end, to print
what the cards say. Takes an hour on two cores. Two runs differ in the last digits, so a rebuilt
file equals the shipped one in what it can do, not byte by byte.
"""

import re
import time
from pathlib import Path

import keras
import numpy as np
import sources
import tensorflow as tf
from keras import layers, ops

from course_utils import data, pretrained

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MAX_LENGTH = 16  # letters, and phonemes: under 1 % of the training words are longer
PAD, START, END = 0, 1, 2
UNITS, BATCH, EPOCHS = 256, 128, 5


def phoneme_names(pronunciations: list[str]) -> list[str]:
    """Return padding, start, end, and the 39 phonemes in alphabetical order."""
    return ["", "<", ">", *sorted({p for line in pronunciations for p in unstressed(line)})]


def unstressed(pronunciation: str) -> list[str]:
    """Return the phonemes of a pronunciation without their stress marks."""
    return re.sub(r"\d", "", pronunciation).split()


def pad(rows: list[list[int]], length: int) -> np.ndarray:
    """Return (n, length) int32, padded with 0 on the right."""
    padded = np.zeros((len(rows), length), np.int32)
    for row, padded_row in zip(rows, padded, strict=True):
        padded_row[: len(row)] = row
    return padded


def encode_words(words: list[str], length: int = MAX_LENGTH) -> np.ndarray:
    """Return the letters of words, a as 1 and z as 26, (n, length) int32."""
    return pad([[LETTERS.index(letter) + 1 for letter in word] for word in words], length)


def encode_phonemes(pronunciations: list[str], names: list[str]) -> np.ndarray:
    """Return start, phonemes and end, (n, MAX_LENGTH + 2) int32."""
    index = {name: number for number, name in enumerate(names)}
    rows = [[START, *(index[p] for p in unstressed(line)), END] for line in pronunciations]
    return pad(rows, MAX_LENGTH + 2)


class AdditiveAttention(layers.Layer):
    """Score each pair of query and value by v·tanh(W q + U k + b), and average the values."""

    def __init__(self, units: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.query = layers.Dense(units, use_bias=False)
        self.key = layers.Dense(units)
        self.score = layers.Dense(1, use_bias=False)

    def call(self, queries, values, is_letter):
        """Return the averages (n, targets, d) and the weights (n, targets, letters)."""
        pairs = self.query(queries)[:, :, None] + self.key(values)[:, None]
        scores = self.score(ops.tanh(pairs))[..., 0]
        weights = ops.softmax(ops.where(is_letter[:, None], scores, -1e9))
        return ops.matmul(weights, values), weights


def recurrent_network(num_phonemes: int, attention: bool) -> keras.Model:
    """Return the encoder–decoder, in its form for teacher forcing, with or without attention."""
    letters = keras.Input((None,), dtype="int32", name="letters")
    previous = keras.Input((None,), dtype="int32", name="previous")
    x = layers.Embedding(27, 64, mask_zero=True, name="letter_embedding")(letters)
    encoder = layers.GRU(UNITS // 2, return_sequences=True, return_state=True)
    states, forward, backward = layers.Bidirectional(encoder, name="encoder")(x)
    start = layers.Concatenate()([forward, backward])
    start = layers.Dense(UNITS, activation="tanh", name="bridge")(start)
    x = layers.Embedding(num_phonemes, 64, name="phoneme_embedding")(previous)
    x = layers.GRU(UNITS, return_sequences=True, name="decoder")(x, initial_state=start)
    if attention:
        context, _ = AdditiveAttention(128, name="attention")(x, states, ops.not_equal(letters, 0))
        x = layers.Concatenate()([x, context])
    x = layers.Dense(UNITS, activation="tanh", name="combine")(x)
    x = layers.Dropout(0.2)(x)
    return keras.Model([letters, previous], layers.Dense(num_phonemes, name="logits")(x))


def positional_encoding(length: int, width: int) -> np.ndarray:
    """Return sines and cosines of the position, (length, width) float32: Vaswani et al. 2017."""
    angles = np.arange(length)[:, None] / 10_000 ** (np.arange(0, width, 2) / width)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, width).astype("f4")


class AddPositions(layers.Layer):
    """Add the positional encoding to embeddings scaled by the square root of their width."""

    def call(self, x):
        """Return (n, length, width) for the same shape."""
        positions = ops.convert_to_tensor(positional_encoding(64, x.shape[-1]))
        return x * x.shape[-1] ** 0.5 + positions[: ops.shape(x)[1]]


def transformer(num_phonemes: int, width: int = 128, heads: int = 4, depth: int = 2) -> keras.Model:
    """Return a small Transformer, normalised before each sub-layer, for teacher forcing."""
    letters = keras.Input((None,), dtype="int32", name="letters")
    previous = keras.Input((None,), dtype="int32", name="previous")
    is_letter = ops.not_equal(letters, 0)[:, None]

    def attend(x, values, name, **masks):
        query = layers.LayerNormalization(name=f"{name}_norm")(x)
        mixer = layers.MultiHeadAttention(heads, width // heads, name=name)
        y = mixer(query, query if values is None else values, **masks)
        return x + layers.Dropout(0.1)(y)

    def transform(x, name):
        y = layers.LayerNormalization(name=f"{name}_norm")(x)
        y = layers.Dense(2 * width, activation="relu", name=f"{name}_wide")(y)
        return x + layers.Dropout(0.1)(layers.Dense(width, name=f"{name}_narrow")(y))

    x = AddPositions()(layers.Embedding(27, width, name="letter_embedding")(letters))
    for i in range(depth):
        x = attend(x, None, f"encoder{i}_attention", attention_mask=is_letter)
        x = transform(x, f"encoder{i}")
    encoded = layers.LayerNormalization(name="encoder_norm")(x)
    x = AddPositions()(layers.Embedding(num_phonemes, width, name="phoneme_embedding")(previous))
    for i in range(depth):
        x = attend(x, None, f"decoder{i}_self", use_causal_mask=True)
        x = attend(x, encoded, f"decoder{i}_cross", attention_mask=is_letter)
        x = transform(x, f"decoder{i}")
    x = layers.LayerNormalization(name="decoder_norm")(x)
    return keras.Model([letters, previous], layers.Dense(num_phonemes, name="logits")(x))


def batches(x: np.ndarray, y: np.ndarray, epochs: int) -> tf.data.Dataset:
    """Return batches of words of like length, cut to the longest: half the time of equal ones."""

    def generate():
        random = np.random.default_rng(0)
        for _ in range(epochs):
            length = (x > 0).sum(axis=1) + (y > 0).sum(axis=1)
            order = np.argsort(length + random.uniform(-1, 1, len(x)))
            starts = random.permutation(np.arange(0, len(x), BATCH))
            for rows in (order[start : start + BATCH] for start in starts):
                letters = x[rows][:, : (x[rows] > 0).any(axis=0).sum()]
                phonemes = y[rows][:, : (y[rows] > 0).any(axis=0).sum()]
                yield (letters, phonemes[:, :-1]), phonemes[:, 1:]

    integers = tf.TensorSpec([None, None], "int32")
    dataset = tf.data.Dataset.from_generator(
        generate, output_signature=((integers, integers), integers)
    )
    return dataset.prefetch(4)


def train(model: keras.Model, x: np.ndarray, y: np.ndarray, epochs: int) -> None:
    """Fit by teacher forcing: the loss counts phonemes and the end, never the padding."""
    steps = -(-len(x) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, epochs * steps, warmup_target=2e-3, warmup_steps=500
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=PAD)
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss)
    model.fit(batches(x, y, epochs), epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=2)


def pronounce(model: keras.Model, x: np.ndarray, most: int = 28) -> list[list[int]]:
    """Return the phonemes of each word, each the most probable after those before it (greedy)."""
    y = np.full((len(x), 1), START, np.int32)
    while y.shape[1] < most + 2 and not (y == END).any(axis=1).all():
        logits = np.concatenate(
            [
                ops.convert_to_numpy(model((x[i : i + 512], y[i : i + 512]))[:, -1])
                for i in range(0, len(x), 512)
            ]
        )
        y = np.concatenate([y, logits.argmax(-1).astype(np.int32)[:, None]], axis=1)
    return [row[1 : [*row, END].index(END)].tolist() for row in y]


def edit_distance(a: list, b: list) -> int:
    """Return the least number of insertions, deletions and substitutions from a to b."""
    row = list(range(len(b) + 1))
    for i, item in enumerate(a, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (item != other))
    return row[-1]


def error_rates(answers: list[list[str]], variants: list[list[list[str]]]) -> tuple[float, float]:
    """Return phoneme and word error rate, each word against the nearest of its variants."""
    errors = length = wrong = 0
    for answer, known in zip(answers, variants, strict=True):
        distance, count = min((edit_distance(answer, one), len(one)) for one in known)
        errors, length, wrong = errors + distance, length + count, wrong + (distance > 0)
    return errors / length, wrong / len(answers)


def build(folder: Path, epochs: int = EPOCHS) -> None:
    """Train all three, print their error rates, and write the files into `folder`."""
    words = data.load_pronunciations()
    names = phoneme_names(words.y_train)
    keep = [
        (word, line)
        for word, line in zip(words.x_train, words.y_train, strict=True)
        if max(len(word), len(line.split())) <= MAX_LENGTH
    ]
    keras.utils.set_random_seed(0)
    order = np.random.default_rng(0).permutation(len(keep))
    x = encode_words([keep[i][0] for i in order])
    y = encode_phonemes([keep[i][1] for i in order], names)
    tests: dict[str, list] = {}
    for word, line in zip(words.x_test, words.y_test, strict=True):
        tests.setdefault(word, []).append(unstressed(line))
    x_test = encode_words(list(tests), max(map(len, tests)))
    networks = {
        "pronunciation_attention": lambda: recurrent_network(len(names), attention=True),
        "pronunciation_vector": lambda: recurrent_network(len(names), attention=False),
        "pronunciation_transformer": lambda: transformer(len(names)),
    }
    for name, make in networks.items():
        keras.utils.set_random_seed(0)
        model, start = make(), time.perf_counter()
        train(model, x, y, epochs)
        seconds = time.perf_counter() - start
        arrays = {
            key: np.asarray(variable).astype(np.float16)
            for key, variable in pretrained.named_variables(model).items()
        }
        for variable, value in zip(model.weights, arrays.values(), strict=True):
            variable.assign(value.astype(np.float32))  # measured as it ships
        answers = [[names[i] for i in row] for row in pronounce(model, x_test)]
        phoneme, word = error_rates(answers, list(tests.values()))
        print(
            f"{name}: {model.count_params():,} parameters, {seconds:.0f} s,"
            f" phoneme errors {phoneme:.2%}, word errors {word:.2%} of {len(tests):,} words",
            flush=True,
        )
        sources.save_npz(folder / f"{name}.npz", **arrays)


if __name__ == "__main__":
    build(sources.output_folder())
