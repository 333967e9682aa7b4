"""Draw the figures that several lessons share, in one style and one set of colours.

Every function draws into `ax`, matplotlib axes, or into the current ones, and returns them; only
`image_grid` makes a figure of its own. None computes what a lesson teaches: they take
probabilities, counts, rates, histories and pictures.
Classes differ in marker as well as in colour, so that grey copies stay readable.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

NEGATIVE, POSITIVE = "#0072B2", "#D55E00"  # classes 0 and 1, such as benign and malignant
HIGHLIGHT, REFERENCE = "#009E73", "#767676"  # what to look at, and what it is compared with
CLASS_COLORS = (NEGATIVE, POSITIVE, HIGHLIGHT, "#CC79A7", "#E69F00", "#56B4E9")
CLASS_MARKERS = "o^sDvP"
PROBABILITY_COLORS = LinearSegmentedColormap.from_list(
    "probability", [NEGATIVE, "#F7F7F7", POSITIVE]
)


def use_style():
    """Switch the course's figure style on, for this notebook or script."""
    plt.style.use(Path(__file__).with_name("course.mplstyle"))


def curves(x, named, xlabel, ylabel, ax=None):
    """Draw named curves: solid, or dashed in the colour of the curve before it for validation.

    Args:
        x: (n,) float, shared by all curves; None counts each curve's values from 1.
        named: dict of str → (n,) float; names that start with "validation" are dashed.
        xlabel, ylabel: str, the axis labels, with units.
    """
    ax, style = ax or plt.gca(), {}
    for name, values in named.items():
        dashed = name.startswith("validation")
        style = {**style, "linestyle": "--"} if dashed else {}
        steps = np.arange(1, len(values) + 1) if x is None else x
        (line,) = ax.plot(steps, values, label=name, **style)
        style = {"color": line.get_color()}
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def learning_curves(history, metric="loss", ax=None):
    """Draw a metric against the epoch: training solid, validation dashed.

    Args:
        history: what `model.fit` returns, or a dict of lists such as
            `{"loss": […], "val_loss": […]}`; the validation list may be missing.
        metric: str, the key of the training values.

    Raises:
        ValueError: the history has no such metric.
    """
    values = getattr(history, "history", history)
    if metric not in values:
        raise ValueError(f"got metric {metric!r}, expected one of {', '.join(values)}")
    keys = {"training": metric, "validation": f"val_{metric}"}
    named = {name: values[key] for name, key in keys.items() if key in values}
    return curves(None, named, "epoch", metric, ax)


def class_scatter(x, y, feature_names, class_names, ax=None):
    """Draw points of two features, with one colour and marker a class.

    Args:
        x: (n, 2) float, features.
        y: (n,) int, class numbers from 0 to at most 5.
        feature_names: two str, the axis labels.
        class_names: one str a class.

    Raises:
        ValueError: `x` has not two columns, or there are more than six classes.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"got x of shape {x.shape}, expected (n, 2): choose two features to draw")
    if len(class_names) > len(CLASS_MARKERS):
        raise ValueError(f"got {len(class_names)} classes, expected at most {len(CLASS_MARKERS)}")
    ax = ax or plt.gca()
    for number, name in enumerate(class_names):
        style = {"color": CLASS_COLORS[number], "marker": CLASS_MARKERS[number], "label": name}
        ax.scatter(*x[y == number].T, s=30, alpha=0.8, edgecolors="white", linewidths=0.5, **style)
    ax.set(xlabel=feature_names[0], ylabel=feature_names[1])
    ax.legend()
    return ax


def decision_boundary(predict, x, y, feature_names, class_names, ax=None):
    """Draw two-feature points over the predicted probability; the line is where it is one half.

    Args:
        predict: takes (m, 2) float, returns (m,) or (m, 1) probabilities of class 1.
        x, y, feature_names, class_names: as in `class_scatter`, for two classes.
    """
    ax = class_scatter(x, y, feature_names, class_names, ax)
    low, high = np.min(x, axis=0), np.max(x, axis=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    grid = np.meshgrid(*np.linspace(low, high, 200).T)
    probability = np.asarray(predict(np.stack(grid, axis=-1).reshape(-1, 2)))
    probability = probability.reshape(grid[0].shape)
    shading = {"cmap": PROBABILITY_COLORS, "vmin": 0, "vmax": 1, "alpha": 0.4, "zorder": 0}
    extent = (low[0], high[0], low[1], high[1])
    ax.imshow(probability, origin="lower", extent=extent, aspect="auto", **shading)
    if probability.min() < 0.5 < probability.max():
        ax.contour(*grid, probability, levels=[0.5], colors="black", linewidths=2)
    ax.grid(False)
    return ax


def descent_paths(cost, paths, limits, ax=None):
    """Draw the paths of a descent over the contours of the cost of two weights.

    Args:
        cost: takes (2,) float weights, returns a number.
        paths: dict of str → (steps, 2) float, the weights after each step.
        limits: ((left, right), (bottom, top)), the window; paths may leave it.
    """
    ax = ax or plt.gca()
    first, second = (np.linspace(*limit, 60) for limit in limits)
    heights = np.array([[cost(np.array([a, b])) for a in first] for b in second])
    levels = np.unique(np.quantile(heights, np.linspace(0, 1, 25)))
    colors = plt.get_cmap("Greys")(np.linspace(0, 0.5, len(levels) - 1))
    ax.contourf(first, second, heights, levels=levels, colors=colors)
    for name, path in paths.items():
        ax.plot(*np.transpose(path), ".-", linewidth=1.4, markersize=5, label=name)
    ax.set(xlim=limits[0], ylim=limits[1], xlabel="first weight", ylabel="second weight")
    ax.grid(False)
    ax.legend()
    return ax


def confusion_matrix(counts, class_names, ax=None):
    """Draw a table of counts: a row for each true class, a column for each predicted one.

    Args:
        counts: (classes, classes) int, row = true class, column = predicted class.
        class_names: one str a class.

    Raises:
        ValueError: the table is not square or does not fit the names.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(class_names), len(class_names)):
        raise ValueError(f"got counts of shape {counts.shape} for {len(class_names)} class names")
    ax = ax or plt.gca()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shares[row, column] > 0.5 else "black"
        ax.text(column, row, str(count), ha="center", va="center", color=color, size="large")
    ticks = np.arange(len(class_names))
    ax.set_xticks(ticks, class_names, rotation=0 if len(class_names) < 4 else 90)
    ax.set_yticks(ticks, class_names)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.spines[:].set_visible(False)
    ax.grid(False)
    return ax


def roc_curve(false_positive_rate, true_positive_rate, label="model", ax=None):
    """Draw a receiver operating characteristic (ROC) curve beside the line of pure chance.

    Args:
        false_positive_rate, true_positive_rate: (k,) float in [0, 1], one pair a threshold.
        label: str, the curve's name in the legend.
    """
    ax = ax or plt.gca()
    if all(line.get_label() != "chance" for line in ax.lines):
        ax.plot([0, 1], [0, 1], ":", color=REFERENCE, label="chance")
    ax.plot(false_positive_rate, true_positive_rate, label=label)
    ax.set(
        xlabel="false positive rate (1 − specificity)", ylabel="true positive rate (sensitivity)"
    )
    ax.set_aspect("equal")
    ax.legend(loc="lower right")
    return ax


def image_grid(images, titles=None, columns=5, limits=None, cmap="gray"):
    """Draw pictures side by side in a new figure, without ticks.

    Args:
        images: (n, height, width) or (n, height, width, 1) for one channel, (n, height, width, 3)
            for colours; uint8 in [0, 255], or float, which for colours must lie in [0, 1].
            A list may mix sizes.
        titles: n strings, or None.
        columns: int, pictures in a row.
        limits: the values drawn as the colour map's ends, (low, high) floats; None for 0 and 255
            of uint8, and for floats the least and greatest value of all pictures, so that the
            pictures can be compared.
        cmap: the colour map of pictures with one channel.

    Returns:
        (n,) array of axes, to draw more on each picture.

    Raises:
        ValueError: no pictures, or not one title each.
    """
    images = [np.asarray(image) for image in images]
    if not images or len(titles if titles is not None else images) != len(images):
        raise ValueError(f"got {len(images)} pictures and titles {titles!r}, expected one each")
    if limits is None and images[0].dtype == np.uint8:
        limits = 0, 255
    low, high = limits or (min(x.min() for x in images), max(x.max() for x in images))
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    size = min(9 / columns, 3)
    _, axes = plt.subplots(
        rows, columns, figsize=(size * columns, (size + 0.3) * rows), squeeze=False
    )
    for ax, image in zip(axes.flat, images, strict=False):
        ax.imshow(image, cmap=cmap, vmin=low, vmax=high)
    for number, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if titles is not None and number < len(images):
            ax.set_title(titles[number], fontsize="medium")
    return axes.flat[: len(images)]
