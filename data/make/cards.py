"""Draw the contact sheets and plots of the data cards into cards/."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import sources
from PIL import Image

from course_utils import data

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"
plt.style.use(Path(data.__file__).with_name("course.mplstyle"))
plt.rcParams.update({"font.size": 9, "figure.constrained_layout.use": False})


def sheet(
    path: Path, images: np.ndarray, columns: int, gap: int = 2, zoom: int = 1, colours: int = 0
) -> None:
    """Write images, (n, h, w) or (n, h, w, 3) uint8, as one picture with `columns` in a row.

    With `colours` it is a palette's picture: a quarter of the size for drawings.
    """
    if images.ndim == 3:
        images = np.repeat(images[..., None], 3, axis=-1)
    images = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    height, width = images.shape[1] + gap, images.shape[2] + gap
    rows = -(-len(images) // columns)
    canvas = np.full((rows * height + gap, columns * width + gap, 3), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = i // columns * height + gap, i % columns * width + gap
        canvas[top : top + height - gap, left : left + width - gap] = image
    picture = Image.fromarray(canvas)
    if colours:
        picture = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)


def save(path: Path, figure: plt.Figure) -> None:
    """Write a figure without a date, so that it is the same file every time."""
    figure.savefig(path, dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)


def classes_in_rows(x: np.ndarray, y: np.ndarray, count: int) -> np.ndarray:
    """Return the first `count` images of each class, class after class."""
    return np.concatenate([x[y == label][:count] for label in np.unique(y)])


def build(folder: Path) -> None:
    """Write every picture into `folder`/cards."""
    folder = folder / "cards"
    folder.mkdir(exist_ok=True)

    digits = data.load_digits()
    sheet(folder / "digits.png", 255 - classes_in_rows(digits.x_train, digits.y_train, 20), 20)
    tiny = data.load_digits_8x8()
    grey = (255 - tiny.x_train.astype(int) * 255 // 16).astype(np.uint8)
    sheet(folder / "digits_8x8.png", classes_in_rows(grey, tiny.y_train, 20), 20, zoom=3)
    fashion = data.load_fashion_mnist()
    sheet(
        folder / "fashion_mnist.png",
        255 - classes_in_rows(fashion.x_train, fashion.y_train, 20),
        20,
    )
    sheet(folder / "photos.png", data.load_photos().x[:, ::2, ::2], 5)

    vendors = [data.load_emoji(vendor) for vendor in ("noto", "openmoji")]
    small = [
        np.stack([np.asarray(Image.fromarray(image).resize((32, 32))) for image in vendor.x])
        for vendor in vendors
    ]
    rows = []
    for start in range(0, 302, 28):  # a row of one vendor, the same emoji of the other below it
        for pictures in small:
            row = pictures[start : start + 28]
            blank = np.full((28 - len(row), *row.shape[1:]), 255, np.uint8)
            rows += [row, blank]
    sheet(folder / "emoji.png", np.concatenate(rows), 28, gap=3, colours=256)

    x, y, feature_names, class_names = data.load_breast_cancer()
    figure, axes = plt.subplots(figsize=(4.6, 3.2))
    for label, (colour, marker) in enumerate(((BLUE, "o"), (ORANGE, "^"))):
        axes.scatter(
            x[y == label, 0], x[y == label, 1], 12, colour, marker=marker, alpha=0.7,
            label=f"{class_names[label]} ({(y == label).sum()})",
        )  # fmt: skip
    axes.set(xlabel=f"{feature_names[0]} (pixels)", ylabel=f"{feature_names[1]} (grey levels)")
    axes.legend(frameon=False)
    save(folder / "breast_cancer.png", figure)

    names = data.load_names()
    percent = np.concatenate([names.percent_train, names.percent_test])
    figure, axes = plt.subplots(figsize=(4.6, 3.2))
    both = (percent > 0).all(axis=1)
    axes.loglog(*percent[both].T, "o", color=BLUE, markersize=3, alpha=0.6)
    axes.plot([1e-3, 4], [1e-3, 4], color=GREY, linewidth=1)
    listed = dict(zip(names.x_train + names.x_test, percent, strict=True))
    for name in ("james", "mary", "leslie", "willie", "robin"):
        axes.annotate(name, listed[name], fontsize=8, xytext=(4, 2), textcoords="offset points")
    axes.set(xlabel="of women (per cent)", ylabel="of men (per cent)")
    save(folder / "names.png", figure)

    words = data.load_pronunciations()
    figure, axes = plt.subplots(figsize=(4.6, 2.8))
    lengths = np.bincount([len(word) for word in words.x_train], minlength=25)[:25]
    sounds = np.bincount([p.count(" ") + 1 for p in words.y_train], minlength=25)[:25]
    axes.step(range(25), lengths / 1000, color=BLUE, where="mid", label="letters")
    axes.step(range(25), sounds / 1000, color=ORANGE, where="mid", label="phonemes")
    axes.set(xlabel="length of a word", ylabel="words (thousands)")
    axes.legend(frameon=False)
    save(folder / "pronunciations.png", figure)

    year, error, layers, systems = data.load_ilsvrc()
    figure, axes = plt.subplots(figsize=(5.6, 3))
    human = systems.index("One trained human")
    place = np.arange(len(year))
    colours = [GREY if s.startswith("One") else BLUE if y > 2011 and "hand" not in s else ORANGE
               for y, s in zip(year, systems, strict=True)]  # fmt: skip
    axes.barh(place, error, color=colours)
    axes.axvline(error[human], color=GREY, linewidth=1, linestyle="--")
    labels = [f"{y}  {s}{f', {n} layers' if n else ''}"
              for y, s, n in zip(year, systems, layers, strict=True)]  # fmt: skip
    axes.set_yticks(place, labels)
    axes.invert_yaxis()
    axes.set(xlabel="top-5 error (per cent)")
    save(folder / "ilsvrc.png", figure)


if __name__ == "__main__":
    build(sources.output_folder())
