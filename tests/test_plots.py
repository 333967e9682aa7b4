"""The drawing helpers: what they draw, what they refuse, and that they leave the backend alone."""

import ast
import inspect
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from course_utils import plots

CLASSES = ["benign", "malignant"]
FEATURES = ["area", "smoothness"]


@pytest.fixture
def ax():
    with plt.rc_context():
        plots.use_style()
        figure, ax = plt.subplots()
        yield ax
        plt.close(figure)


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_style_is_switched_on(ax):
    assert plt.rcParams["axes.grid"]
    assert plt.rcParams["svg.hashsalt"] == "course"
    colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [f"#{color.lstrip('#')}" for color in colors[:3]] == list(plots.CLASS_COLORS[:3])


def test_the_backend_is_never_chosen():
    tree = ast.parse(Path(plots.__file__).read_text(encoding="utf-8"))
    used = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert "switch_backend" not in used
    assert "matplotlib.use" not in Path(plots.__file__).read_text(encoding="utf-8")


def test_every_function_is_documented():
    for name, function in inspect.getmembers(plots, inspect.isfunction):
        if function.__module__ == plots.__name__:
            assert inspect.getdoc(function), name
            if name != "use_style":
                assert "Args:" in function.__doc__, name
                owns_figure = name == "image_grid"
                assert owns_figure or "ax" in inspect.signature(function).parameters, name


def test_every_function_draws_into_the_current_axes_by_default(ax):
    plt.sca(ax)
    assert plots.curves(None, {"a": [1, 2]}, "step", "cost") is ax
    assert plots.learning_curves({"loss": [1.0, 0.5]}) is ax
    assert plots.class_scatter(np.zeros((2, 2)), np.array([0, 1]), FEATURES, CLASSES) is ax
    assert plots.roc_curve([0, 1], [0, 1]) is ax


def test_validation_is_dashed_in_the_colour_of_the_training_before_it(ax):
    named = {"one": [3, 2], "validation one": [3, 4], "two": [1, 2], "validation two": [1, 1]}
    plots.curves(np.array([10, 20]), named, "step", "cost", ax)
    one, validation_one, two, validation_two = ax.lines
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "-", "--"]
    assert one.get_color() == validation_one.get_color() != two.get_color()
    assert two.get_color() == validation_two.get_color()
    assert one.get_xdata().tolist() == [10, 20]
    assert legend_of(ax) == list(named)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "cost")


def test_curves_count_from_one_and_may_differ_in_length(ax):
    plots.curves(None, {"short": [5, 6], "long": [5, 6, 7]}, "step", "cost", ax)
    assert [line.get_xdata().tolist() for line in ax.lines] == [[1, 2], [1, 2, 3]]


def test_learning_curves_take_a_history_or_a_dict(ax):
    values = {"loss": [3.0, 2.0], "val_loss": [3.0, 2.5], "accuracy": [0.5, 0.6]}
    plots.learning_curves(SimpleNamespace(history=values), ax=ax)
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    assert ax.lines[1].get_ydata().tolist() == [3.0, 2.5]
    assert legend_of(ax) == ["training", "validation"]
    plots.learning_curves(values, "accuracy", ax)
    assert len(ax.lines) == 3


def test_learning_curves_name_the_metrics_that_there_are(ax):
    with pytest.raises(ValueError, match="'auc', expected one of loss, val_loss"):
        plots.learning_curves({"loss": [1.0], "val_loss": [1.0]}, "auc", ax)


def test_each_class_has_its_colour_marker_and_name(ax):
    x, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 1, 0, 1, 1])
    plots.class_scatter(x, y, FEATURES, CLASSES, ax)
    benign, malignant = ax.collections
    assert benign.get_offsets().tolist() == x[y == 0].tolist()
    assert malignant.get_offsets().tolist() == x[y == 1].tolist()
    assert benign.get_facecolor()[0, :3] == pytest.approx(to_rgba(plots.NEGATIVE)[:3])
    assert malignant.get_facecolor()[0, :3] == pytest.approx(to_rgba(plots.POSITIVE)[:3])
    assert len(benign.get_paths()[0].vertices) != len(malignant.get_paths()[0].vertices)
    assert legend_of(ax) == CLASSES
    assert (ax.get_xlabel(), ax.get_ylabel()) == tuple(FEATURES)


def test_a_class_may_be_empty_and_y_a_list(ax):
    plots.class_scatter([[1.0, 2.0]], [1], FEATURES, CLASSES, ax)
    assert [len(group.get_offsets()) for group in ax.collections] == [0, 1]


def test_scatter_refuses_other_than_two_features_and_too_many_classes(ax):
    with pytest.raises(ValueError, match=r"\(4, 3\), expected \(n, 2\)"):
        plots.class_scatter(np.zeros((4, 3)), np.zeros(4), FEATURES, CLASSES, ax)
    with pytest.raises(ValueError, match="got 7 classes, expected at most 6"):
        plots.class_scatter(np.zeros((4, 2)), np.zeros(4), FEATURES, list("abcdefg"), ax)


@pytest.mark.parametrize("column", [False, True], ids=["(m,)", "(m, 1)"])
def test_the_boundary_lies_where_the_probability_is_one_half(ax, column):
    def predict(x):
        p = 1 / (1 + np.exp(-10 * (x[:, 0] - 0.25)))
        return p[:, np.newaxis] if column else p

    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    plots.decision_boundary(predict, x, (x[:, 0] > 0.25).astype(int), FEATURES, CLASSES, ax)
    boundary = ax.collections[-1].get_paths()[0].vertices
    assert np.allclose(boundary[:, 0], 0.25, atol=0.01)
    assert np.ptp(boundary[:, 1]) > 1.9
    (image,) = ax.images
    assert image.get_clim() == (0, 1)
    left, right = image.get_array()[100, 0], image.get_array()[100, -1]
    assert left < 0.01
    assert right > 0.99


def test_a_model_that_is_never_undecided_has_no_boundary(ax, recwarn):
    x = np.array([[0.0, 0.0], [1.0, 1.0]])
    plots.decision_boundary(lambda x: np.full(len(x), 0.9), x, [0, 1], FEATURES, CLASSES, ax)
    assert len(ax.collections) == 2  # the two classes, no contour
    assert not recwarn.list


def test_paths_lie_over_the_cost_and_the_window_is_kept(ax):
    path = np.array([[0.0, 0.0], [1.0, 0.5], [90.0, 90.0]])
    limits = ((-2, 3), (-1, 1))
    plots.descent_paths(lambda w: float(np.sum(w**2)), {"η = 1": path}, limits, ax)
    assert ax.lines[0].get_xydata().tolist() == path.tolist()
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    assert legend_of(ax) == ["η = 1"]


def test_a_confusion_matrix_shows_its_counts_row_by_true_class(ax):
    plots.confusion_matrix([[50, 3], [1, 20]], CLASSES, ax)
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    assert cells == {(0, 0): "50", (1, 0): "3", (0, 1): "1", (1, 1): "20"}
    assert [label.get_text() for label in ax.get_yticklabels()] == CLASSES
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_an_empty_row_of_a_confusion_matrix_is_drawn(ax, recwarn):
    plots.confusion_matrix(np.array([[0, 0], [1, 2]]), CLASSES, ax)
    assert len(ax.texts) == 4
    assert not recwarn.list


def test_a_confusion_matrix_must_fit_its_names(ax):
    with pytest.raises(ValueError, match=r"shape \(2, 3\) for 2 class names"):
        plots.confusion_matrix(np.zeros((2, 3)), CLASSES, ax)


def test_several_roc_curves_share_one_line_of_chance(ax):
    plots.roc_curve([0, 0, 1], [0, 1, 1], "good", ax)
    plots.roc_curve([0, 0.5, 1], [0, 0.6, 1], "poor", ax)
    assert legend_of(ax) == ["chance", "good", "poor"]
    assert ax.lines[1].get_xydata().tolist() == [[0, 0], [0, 1], [1, 1]]


@pytest.fixture
def own_figure():
    yield
    plt.close("all")


def test_an_image_grid_draws_every_picture_on_one_scale(own_figure):
    pictures = np.stack([np.full((4, 5), value) for value in (0.0, 2.0, 3.0)])
    axes = plots.image_grid(pictures, ["a", "b", "c"], columns=2)
    assert [ax.get_title() for ax in axes] == ["a", "b", "c"]
    assert [ax.images[0].get_clim() for ax in axes] == [(0, 3)] * 3
    assert [ax.images[0].get_array()[0, 0] for ax in axes] == [0, 2, 3]
    assert len(plt.gcf().axes) == 4  # two rows of two: the last place stays empty


def test_pixels_keep_their_range_and_limits_win(own_figure):
    dark = np.full((1, 2, 2), 10, np.uint8)
    assert plots.image_grid(dark)[0].images[0].get_clim() == (0, 255)
    assert plots.image_grid(dark, limits=(0, 10))[0].images[0].get_clim() == (0, 10)


def test_an_image_grid_takes_colours_and_mixed_sizes(own_figure):
    axes = plots.image_grid([np.zeros((2, 2, 3)), np.ones((3, 4, 1))])
    assert [ax.images[0].get_array().shape[:2] for ax in axes] == [(2, 2), (3, 4)]


@pytest.mark.parametrize(("pictures", "titles"), [([], None), (np.zeros((2, 3, 3)), ["one"])])
def test_an_image_grid_needs_pictures_and_a_title_each(own_figure, pictures, titles):
    with pytest.raises(ValueError, match="expected one each"):
        plots.image_grid(pictures, titles)
