"""Networks that were trained before the lesson: one with ImageNet weights, and the course's own.

    images = load_photos().x                               # (10, 224, 224, 3) uint8
    model = efficientnet_lite0()
    probabilities = model.predict(preprocess(images))      # (10, 1000)
    decode_predictions(probabilities)                      # names and probabilities

The network takes scaled images, not pixels: `preprocess` does that, and is a step of its own so
that a lesson can show it, leave it out, or differentiate through it.

Networks that take longer to train than a lesson lasts are built by the lesson, layer by layer, and
`load_weights` fills them; the scripts that trained them are in `data/make/`.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from course_utils import data, shipped

# Stage by stage, from table 1 of the paper: widening inside the block, filters of its output,
# blocks in the stage, kernel size, and stride of the stage's first block.
STAGES = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)


def efficientnet_lite0(
    include_top: bool = True, classifier_activation: str | None = "softmax"
) -> keras.Model:
    """Build EfficientNet-Lite0 and load its ImageNet weights.

    Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks, ICML 2019;
    the Lite variant has ReLU6 for swish, no squeeze-and-excitation, and a fixed stem and head.

    Args:
        include_top: whether the pooling and the classifier for 1,000 classes are part of it.
        classifier_activation: "softmax" for probabilities, None for logits.

    Returns:
        A Functional model: input (n, 224, 224, 3) float32, scaled by `preprocess` to [-1, 1];
        output (n, 1000) float32, or without the top the feature maps (n, 7, 7, 1280).
        Blocks are named `block1a` … `block7a`, the last convolution `top_conv`, its output after
        batch norm and ReLU6 `top_activation`, the classifier `predictions`.

    Raises:
        shipped.DataError: the weight file is missing or damaged.
    """
    inputs = keras.Input((224, 224, 3), name="image")
    x = _normalised(inputs, layers.Conv2D(32, 3, 2, **_PLAIN, name="stem_conv"), "stem_")
    for stage, (expansion, filters, repeats, kernel, stride) in enumerate(STAGES, start=1):
        for repeat in range(repeats):
            name = f"block{stage}{'abcd'[repeat]}_"
            x = _inverted_residual(
                x, expansion, filters, kernel, stride if repeat == 0 else 1, name
            )
    x = _normalised(x, layers.Conv2D(1280, 1, **_PLAIN, name="top_conv"), "top_")
    if include_top:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = layers.Dense(1000, activation=classifier_activation, name="predictions")(x)
    model = keras.Model(inputs, x, name="efficientnet_lite0")
    load_weights(model, model.name)
    return model


_PLAIN = {"padding": "same", "use_bias": False}  # batch norm brings the bias


def _inverted_residual(x, expansion, filters, kernel, stride, name):
    """Widen with 1×1, filter each channel on its own, narrow again, and add where shapes allow."""
    shortcut, width = x, x.shape[-1] * expansion
    if expansion > 1:
        widen = layers.Conv2D(width, 1, **_PLAIN, name=f"{name}expand_conv")
        x = _normalised(x, widen, f"{name}expand_")
    x = _normalised(x, layers.DepthwiseConv2D(kernel, stride, **_PLAIN, name=f"{name}dwconv"), name)
    narrow = layers.Conv2D(filters, 1, **_PLAIN, name=f"{name}project_conv")
    x = _normalised(x, narrow, f"{name}project_", activation=False)
    if stride == 1 and shortcut.shape[-1] == filters:
        x = layers.Add(name=f"{name}add")([shortcut, x])
    return x


def _normalised(x, convolution, name, activation=True):
    """Apply a convolution, batch normalisation and, unless told otherwise, ReLU6."""
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}bn")(convolution(x))
    return layers.ReLU(max_value=6.0, name=f"{name}activation")(x) if activation else x


def load_weights(model: keras.Model, name: str) -> None:
    """Fill a model that you built with weights that ship with the course.

    Args:
        model: a built model, its layers named and shaped as in the script that trained it; it
            may be a part of that network, such as the layers below the classifier.
        name: file in `data/` without its ending, such as "efficientnet_lite0"; `data/README.md`
            has a card of each.

    Raises:
        ValueError: a layer of the model has another name or shape than in the file.
        shipped.DataError: the weight file is missing or damaged.
    """
    with shipped.open_npz(f"{name}.npz") as weights:
        for key, variable in named_variables(model).items():
            shape = weights[key].shape if key in weights else "none"
            if shape != variable.shape:
                raise ValueError(
                    f"got {key} of shape {variable.shape}, expected {shape} as in {name}.npz:"
                    " build the model with the names and sizes that its card in data/ gives."
                )
            variable.assign(weights[key].astype("float32"))


def named_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Name a model's variables as the shipped files do.

    Returns:
        `layer/variable` → variable, in the layers' order; a second variable of that name in one
        layer is called `variable_2`, and so on. Random states do not count.
    """
    named = {}
    for layer in model.layers:
        for variable in layer.weights:
            key, number = f"{layer.name}/{variable.name}", 1
            while key in named:
                number += 1
                key = f"{layer.name}/{variable.name}_{number}"
            named[key] = variable
    return named


def preprocess(images):
    """Scale pixels to what the network was trained on: (x − 127) / 128.

    Args:
        images: (..., 3) uint8 or float pixels in [0, 255], a NumPy array or a tensor.

    Returns:
        The same shape, float32 in [−0.992, 1]; a tensor stays a tensor and keeps its gradient.
        One unit here is 128 pixel values: an ε of 4/255 in pixels of [0, 1] is 4/128 here.
    """
    if isinstance(images, np.ndarray):
        return (images.astype("float32") - 127.0) / 128.0
    return (keras.ops.cast(images, "float32") - 127.0) / 128.0


def decode_predictions(probabilities, top: int = 3) -> list[list[tuple[str, float]]]:
    """Name the most probable ImageNet classes of each image.

    Args:
        probabilities: (n, 1000), one row an image, as `efficientnet_lite0` returns them.
        top: how many classes to name.

    Returns:
        For each image a list of `top` pairs (class name, probability), most probable first.

    Raises:
        ValueError: the array has another shape.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2 or probabilities.shape[1] != 1000:
        raise ValueError(
            f"decode_predictions needs probabilities of shape (n, 1000), got {probabilities.shape}:"
            " pass what the model with include_top=True returns for a batch of images."
        )
    names = data.load_imagenet_classes()
    order = np.argsort(-probabilities, axis=1)[:, :top]
    return [
        [(names[i], float(row[i])) for i in best]
        for row, best in zip(probabilities, order, strict=True)
    ]
