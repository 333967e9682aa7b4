"""Load the data sets that ship with the course.

Every `load_*` function returns a named tuple of NumPy arrays and lists of `str`: use its fields by
name (`data.x_train`), or unpack it in the documented order (`x, y, *_ = load_breast_cancer()`).
Images are raw `uint8` pixels and features are in their own units: scaling them is the lesson's
step, not the loader's. Labels are `int64` class numbers, and `class_names[label]` is their name.
Where sets come with a split, it is the same for everyone, for ever.

Every file is compared with its sha256 in `data/manifest.json` the first time a process reads it.
A damaged or missing file raises `shipped.DataError`, which says how to restore it. What each file
is, where it comes from and what is wrong with it: see the cards in `data/README.md`.
"""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

import numpy as np

from course_utils import shipped

__all__ = [
    "load_breast_cancer", "load_digits", "load_digits_8x8", "load_emoji",
    "load_fashion_mnist", "load_ilsvrc", "load_imagenet_classes", "load_names", "load_photos",
    "load_pronunciations", "load_shakespeare",
]  # fmt: skip


class Table(NamedTuple):
    """A table that the lesson splits itself."""

    x: np.ndarray
    y: np.ndarray
    feature_names: list[str]
    class_names: list[str]


class Split(NamedTuple):
    """Images or words with labels, split into training and test data."""

    x_train: np.ndarray | list[str]
    y_train: np.ndarray | list[str]
    x_test: np.ndarray | list[str]
    y_test: np.ndarray | list[str]
    class_names: list[str]


class Emoji(NamedTuple):
    """One vendor's pictures; row i is the same emoji for every vendor."""

    x: np.ndarray
    y: np.ndarray
    fold: np.ndarray
    subgroups: list[str]
    names: list[str]
    class_names: list[str]


class Photos(NamedTuple):
    """Photographs without labels."""

    x: np.ndarray
    names: list[str]
    captions: list[str]


class Names(NamedTuple):
    """First names with a label and how common they were, split into training and test data."""

    x_train: list[str]
    y_train: np.ndarray
    x_test: list[str]
    y_test: np.ndarray
    class_names: list[str]
    percent_train: np.ndarray
    percent_test: np.ndarray


class Text(NamedTuple):
    """A text and a held-out text of the same kind."""

    train: str
    test: str


class Ilsvrc(NamedTuple):
    """One row a result of the ImageNet challenge."""

    year: np.ndarray
    top5_error: np.ndarray
    layers: np.ndarray
    systems: list[str]


def load_breast_cancer() -> Table:
    """Load the Wisconsin diagnostic breast cancer table from the installed scikit-learn.

    Malignant is class 1 here, the finding that a screening looks for; scikit-learn's own copy
    numbers the classes the other way round. The rows are not split: the lesson does that.

    Returns:
        `x` (569, 30) float64, ten measurements of the cell nuclei in one image, each as mean,
        standard error and worst value, in raw units (areas in square pixels, so the columns'
        spreads differ by a factor of 200,000); `y` (569,) int64, 0 benign (357) or 1 malignant
        (212); `feature_names`, 30 str; `class_names`, `["benign", "malignant"]`.
    """
    from sklearn import datasets

    bunch = datasets.load_breast_cancer()
    names = [str(name) for name in bunch.feature_names]
    return Table(bunch.data, 1 - bunch.target.astype(np.int64), names, ["benign", "malignant"])


def load_digits_8x8() -> Split:
    """Load 1,797 tiny handwritten digits from the installed scikit-learn.

    Returns:
        `x_train` (1437, 8, 8) and `x_test` (360, 8, 8) uint8 in [0, 16]; labels int64, 0 to 9;
        `class_names`, `["0", …, "9"]`. The test data are the last fifth of the rows.
    """
    from sklearn import datasets

    bunch = datasets.load_digits()
    x, y = bunch.images.astype(np.uint8), bunch.target.astype(np.int64)
    return Split(x[:1437], y[:1437], x[1437:], y[1437:], [str(digit) for digit in range(10)])


def load_digits() -> Split:
    """Load 5,000 handwritten digits of MNIST, white on black.

    Returns:
        `x_train` (4000, 28, 28) and `x_test` (1000, 28, 28) uint8 in [0, 255]; labels int64, 0 to
        9, 400 and 100 of each; `class_names`, `["0", …, "9"]`.
    """
    return _load_images("digits.npz", [str(digit) for digit in range(10)])


def load_fashion_mnist() -> Split:
    """Load 14,000 pictures of clothes of Fashion-MNIST, bright on black.

    Returns:
        `x_train` (12000, 28, 28) and `x_test` (2000, 28, 28) uint8 in [0, 255]; labels int64, 0 to
        9, 1,200 and 200 of each, drawn from the original's training and test data; `class_names`.
    """
    return _load_images("fashion_mnist.npz", [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ])  # fmt: skip


def load_emoji(vendor: str) -> Emoji:
    """Load the animals, food and vehicles among the emoji, as one vendor draws them.

    Args:
        vendor: "noto" (Google) or "openmoji".

    Returns:
        `x` (302, 96, 96, 3) uint8 RGB in [0, 255], on white; `y` (302,) int64, 0 animal (123),
        1 food (123) or 2 vehicle (56); `fold` (302,) int64, 0 to 4, where an emoji has the same
        fold for both vendors and redrawn variants share one; `subgroups` and `names`, 302 str
        each; `class_names`. Row i is the same emoji for both vendors.

    Raises:
        ValueError: there is no such vendor.
    """
    if vendor not in ("noto", "openmoji"):
        raise ValueError(f'load_emoji needs vendor "noto" or "openmoji", got {vendor!r}.')
    with shipped.open_npz("emoji.npz") as arrays:
        x = arrays[vendor]
    rows = _read_csv("emoji.csv")
    class_names = ["animal", "food", "vehicle"]
    y = np.array([class_names.index(row["class"]) for row in rows], np.int64)
    fold = np.array([row["fold"] for row in rows], np.int64)
    return Emoji(
        x, y, fold, [row["subgroup"] for row in rows], [row["name"] for row in rows], class_names
    )


def load_photos() -> Photos:
    """Load ten photographs, cut square; two of them are grey.

    Returns:
        `x` (10, 224, 224, 3) uint8 RGB in [0, 255]; `names`, 10 short str such as "cat";
        `captions`, 10 str: what is seen, and whose picture it is.
    """
    from PIL import Image

    rows = _read_csv("photos.csv")
    images = [
        Image.open(io.BytesIO(shipped.read_file(f"photos/{row['name']}.png"))) for row in rows
    ]
    captions = [f"{row['caption']} ({row['credit']}; {row['licence']})" for row in rows]
    return Photos(np.stack([np.asarray(i) for i in images]), [r["name"] for r in rows], captions)


def load_shakespeare() -> Text:
    """Load what is said in nine plays by Shakespeare; two of them are held out as a whole.

    Returns:
        `train`, 923,862 characters (seven plays), and `test`, 201,958 characters (two plays), both
        ASCII str with "\\n" as line end: the speaker's name in capitals and a full stop, the
        speech below it, a blank line between speeches.
    """
    return Text(*(_read_text(f"shakespeare_{part}.txt") for part in ("train", "test")))


def load_names() -> Names:
    """Load 5,163 first names of the US census of 1990, with the sex they were more common for.

    Returns:
        `x_train` (4159) and `x_test` (1004), lists of lower-case str of a–z; `y_train` and
        `y_test` int64, 0 female or 1 male; `class_names`, `["female", "male"]`; `percent_train`
        and `percent_test` (n, 2) float64, how many per cent of the women and of the men had the
        name. 331 names are in both lists: each is one row here, labelled with the larger
        percentage (three ties: female), and has two percentages above zero.
    """
    rows = _read_csv("names.csv")
    percent = np.array([(r["female_percent"], r["male_percent"]) for r in rows], np.float64)
    y = (percent[:, 1] > percent[:, 0]).astype(np.int64)
    is_test = np.array([row["split"] == "test" for row in rows])
    x = np.array([row["name"] for row in rows])
    return Names(
        x[~is_test].tolist(), y[~is_test], x[is_test].tolist(), y[is_test], ["female", "male"],
        percent[~is_test], percent[is_test],
    )  # fmt: skip


def load_pronunciations() -> Split:
    """Load English words and how they are pronounced, from the CMU pronouncing dictionary.

    Returns:
        `x_train` (113077) and `x_test` (12776), lists of words in a–z; `y_train` and `y_test`,
        lists of str of the same lengths: phonemes in ARPAbet with a blank between them, vowels
        with a stress mark, as in "K AE1 T" (1 main stress, 2 secondary, 0 none); `class_names`, the
        69 phonemes. A word with several pronunciations has several rows, all in one part.
    """
    parts = []
    for part in ("train", "test"):
        fields = _read_text(f"pronunciations_{part}.txt").replace("\n", "\t").split("\t")[:-1]
        parts += [fields[0::2], fields[1::2]]
    return Split(*parts, sorted(set(" ".join(parts[1]).split(" "))))


def load_ilsvrc() -> Ilsvrc:
    """Load the results of the ImageNet challenge by year.

    Returns:
        `year` (n,) int64; `top5_error` (n,) float64 in per cent; `layers` (n,) int64, layers with
        weights, 0 where it is no neural network or not published; `systems`, n str.
    """
    rows = _read_csv("ilsvrc.csv")
    return Ilsvrc(
        np.array([row["year"] for row in rows], np.int64),
        np.array([row["top5_error_percent"] for row in rows], np.float64),
        np.array([row["layers"] for row in rows], np.int64),
        [row["system"] for row in rows],
    )


def load_imagenet_classes() -> list[str]:
    """Load the names of ImageNet's 1,000 classes, in the order of a network's outputs."""
    return [row["name"] for row in _read_csv("imagenet_classes.csv")]


def _load_images(name: str, class_names: list[str]) -> Split:
    with shipped.open_npz(name) as arrays:
        x_train, x_test = arrays["x_train"], arrays["x_test"]
        y_train, y_test = (arrays[key].astype(np.int64) for key in ("y_train", "y_test"))
    return Split(x_train, y_train, x_test, y_test, class_names)


def _read_text(name: str) -> str:
    return shipped.read_file(name).decode("utf-8")


def _read_csv(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_read_text(name))))
