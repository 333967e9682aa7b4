import io
import re

import keras
import numpy as np
import pytest

from course_utils import data, pretrained, shipped
from course_utils.errors import restore

NAMES = [f"block{s}{'abcd'[r]}" for s, n in enumerate((1, 2, 2, 3, 3, 4, 1), 1) for r in range(n)]


def numpy_logits(tensors, images):
    """Run EfficientNet-Lite0 in NumPy, channels first, on weights named and shaped as in PyTorch.

    Nothing is shared with the Keras model: not the layer code, not the names, not the layout.
    """

    def pad(x, kernel, stride):
        missing = max((-(-x.shape[2] // stride) - 1) * stride + kernel - x.shape[2], 0)
        before = missing // 2
        return np.pad(x, ((0, 0), (0, 0)) + ((before, missing - before),) * 2)

    def convolve(x, name, stride=1):
        weight = tensors[f"{name}.weight"]
        kernel, size = weight.shape[2], -(-x.shape[2] // stride)
        x, total = pad(x, kernel, stride), 0
        for i in range(kernel):
            for j in range(kernel):
                piece = x[:, :, i : i + stride * size : stride, j : j + stride * size : stride]
                piece = piece[:, :, :size, :size]
                if weight.shape[1] == 1:  # each channel on its own
                    total = total + weight[:, 0, i, j][:, None, None] * piece
                else:
                    flat = piece.reshape(*piece.shape[:2], -1)
                    total = total + (weight[:, :, i, j] @ flat).reshape(len(x), -1, size, size)
        return total

    def normalise(x, name, active=True):
        mean, var, gamma, beta = (
            tensors[f"{name}.{part}"][:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / np.sqrt(var + 1e-3) * gamma + beta
        return np.clip(x, 0, 6) if active else x

    x = ((images.astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2)
    x = normalise(convolve(x, "_conv_stem", stride=2), "_bn0")
    strides = {1: 2, 3: 2, 5: 2, 11: 2}
    for i in range(16):
        y, name = x, f"_blocks.{i}."
        if f"{name}_expand_conv.weight" in tensors:
            y = normalise(convolve(y, f"{name}_expand_conv"), f"{name}_bn0")
        y = normalise(convolve(y, f"{name}_depthwise_conv", strides.get(i, 1)), f"{name}_bn1")
        y = normalise(convolve(y, f"{name}_project_conv"), f"{name}_bn2", active=False)
        x = x + y if x.shape == y.shape else y
    x = normalise(convolve(x, "_conv_head"), "_bn1").mean(axis=(2, 3))
    return x @ tensors["_fc.weight"].T + tensors["_fc.bias"]


def as_pytorch(weights):
    """Return the shipped weights with the names and the layout of the PyTorch file."""
    layers = {"stem_conv": "_conv_stem", "stem_bn": "_bn0", "top_conv": "_conv_head"}
    layers |= {"top_bn": "_bn1", "predictions": "_fc"}
    for i, name in enumerate(NAMES):
        for ours, theirs in (
            ("expand_conv", "_expand_conv"), ("expand_bn", "_bn0"), ("dwconv", "_depthwise_conv"),
            ("bn", "_bn1"), ("project_conv", "_project_conv"), ("project_bn", "_bn2"),
        ):  # fmt: skip
            layers[f"{name}_{ours}"] = f"_blocks.{i}.{theirs}"
    parts = {"kernel": "weight", "gamma": "weight", "beta": "bias", "bias": "bias"}
    parts |= {"moving_mean": "running_mean", "moving_variance": "running_var"}
    tensors = {}
    for key in weights.files:
        layer, part = key.split("/")
        array = weights[key].astype(np.float32)
        if array.ndim == 4:
            array = array.transpose((2, 3, 0, 1) if "dwconv" in layer else (3, 2, 0, 1))
        tensors[f"{layers[layer]}.{parts[part]}"] = array.T if array.ndim == 2 else array
    return tensors


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def photos():
    return data.load_photos()


@pytest.fixture(scope="module")
def model():
    return pretrained.efficientnet_lite0(classifier_activation=None)


@pytest.fixture(scope="module")
def logits(model, photos):
    return model.predict(pretrained.preprocess(photos.x), verbose=0)


def test_shape_and_size(model):
    assert model.input_shape == (None, 224, 224, 3)
    assert model.output_shape == (None, 1000)
    assert model.count_params() == 4_694_024  # with 42,016 batch-norm statistics
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == 4_652_008


def test_agrees_with_an_independent_forward_pass_on_the_shipped_weights(logits, photos):
    some = [0, 2, 7]
    with shipped.open_npz("efficientnet_lite0.npz") as weights:
        oracle = numpy_logits(as_pytorch(weights), photos.x[some])
    np.testing.assert_allclose(logits[some], oracle, atol=1e-3)


def test_photos_are_recognised(logits, photos):
    decoded = pretrained.decode_predictions(softmax(logits))
    named = dict(zip(photos.names, [[name for name, _ in row] for row in decoded], strict=True))
    assert {"tabby", "tiger cat", "Egyptian cat"} == set(named["cat"])
    assert named["espresso"][0] == "espresso"
    assert named["cameraman"][0] == "tripod"
    assert named["temple"][0] == "palace"
    assert {"missile", "projectile"} & set(named["rocket"])


def test_pixels_without_preprocessing_give_another_answer(model, photos):
    wrong = model.predict(photos.x[:1].astype("float32"), verbose=0)
    (best,) = pretrained.decode_predictions(softmax(wrong), top=1)
    assert "cat" not in best[0][0]


def test_softmax_is_the_default_and_feeds_decode_predictions(logits, photos):
    model = pretrained.efficientnet_lite0()
    probabilities = model.predict(pretrained.preprocess(photos.x), verbose=0)
    np.testing.assert_allclose(probabilities, softmax(logits), atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_without_top_gives_the_feature_map_below_it(model, photos):
    base = pretrained.efficientnet_lite0(include_top=False)
    assert base.output_shape == (None, 7, 7, 1280)
    assert base.count_params() == 4_694_024 - 1280 * 1000 - 1000
    x = pretrained.preprocess(photos.x[:2])
    top = keras.Model(model.input, model.get_layer("top_activation").output)
    np.testing.assert_allclose(base(x), top(x), atol=1e-5)


def test_layer_names_are_the_documented_ones(model):
    names = [layer.name for layer in model.layers]
    assert names[:5] == ["image", "stem_conv", "stem_bn", "stem_activation", "block1a_dwconv"]
    assert names[-5:] == ["top_conv", "top_bn", "top_activation", "avg_pool", "predictions"]
    blocks = [name.removesuffix("_dwconv") for name in names if name.endswith("_dwconv")]
    assert blocks == NAMES
    adds = [name.removesuffix("_add") for name in names if name.endswith("_add")]
    assert adds == ["block2b", "block3b", "block4b", "block4c", "block5b", "block5c",
                    "block6b", "block6c", "block6d"]  # fmt: skip


def test_preprocess_scales_arrays_and_keeps_gradients():
    pixels = np.array([[[[0, 127, 255]]]], np.uint8)
    scaled = pretrained.preprocess(pixels)
    assert isinstance(scaled, np.ndarray)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled.ravel(), np.float32([-127 / 128, 0, 1]))
    tensor = keras.ops.convert_to_tensor(pixels)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(pretrained.preprocess(tensor)), scaled)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        x = tf.Variable([[1.0, 2.0, 3.0]])
        with tf.GradientTape() as tape:
            y = pretrained.preprocess(x)
        np.testing.assert_allclose(tape.gradient(y, x), np.full((1, 3), 1 / 128))


def test_decode_predictions_orders_and_checks():
    probabilities = np.zeros((2, 1000))
    probabilities[0, [9, 281]] = 0.7, 0.3
    probabilities[1, 967] = 1
    decoded = pretrained.decode_predictions(probabilities, top=2)
    assert decoded[0] == [("ostrich", 0.7), ("tabby", 0.3)]
    assert decoded[1][0] == ("espresso", 1.0)
    with pytest.raises(ValueError, match=r"shape \(n, 1000\), got \(1000,\)"):
        pretrained.decode_predictions(probabilities[0])


def test_damaged_weights_are_refused(tmp_path, monkeypatch):
    content = bytearray((shipped.DATA / "efficientnet_lite0.npz").read_bytes())
    content[4_000_000] ^= 1
    (tmp_path / "efficientnet_lite0.npz").write_bytes(content)
    (tmp_path / "manifest.json").write_bytes((shipped.DATA / "manifest.json").read_bytes())
    monkeypatch.setattr(shipped, "DATA", tmp_path)
    cure = re.escape(restore("data/efficientnet_lite0.npz"))
    with pytest.raises(shipped.DataError, match=cure):
        pretrained.efficientnet_lite0()


def a_recurrent_model(units=4):
    """A model with every kind of layer whose variables share a name."""
    inputs = keras.Input((5,), dtype="int32", name="characters")
    x = keras.layers.Embedding(7, 3, name="embedding")(inputs)
    x = keras.layers.Bidirectional(keras.layers.GRU(units, return_sequences=True), name="gru")(x)
    x = keras.layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    return keras.Model(inputs, keras.layers.Dense(7, name="next")(x))


@pytest.fixture
def shipped_recurrent(monkeypatch):
    """The model, and its weights as if they were shipped under the name "recurrent"."""
    model = a_recurrent_model()
    arrays = {key: np.asarray(v) for key, v in pretrained.named_variables(model).items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    read = {"recurrent.npz": buffer.getvalue()}
    monkeypatch.setattr(shipped, "read_file", read.__getitem__)
    return model


def test_every_variable_of_a_model_has_a_name_of_its_own():
    model = a_recurrent_model()
    named = pretrained.named_variables(model)
    assert [id(v) for v in named.values()] == [id(v) for v in model.weights]
    assert "gru/recurrent_kernel_2" in named


def test_weights_fill_a_model_built_anew(shipped_recurrent):
    other, x = a_recurrent_model(), np.arange(5)[None]
    assert not np.allclose(other(x), shipped_recurrent(x), atol=1e-3)
    pretrained.load_weights(other, "recurrent")
    np.testing.assert_allclose(other(x), shipped_recurrent(x), atol=1e-6)


def test_weights_of_another_architecture_are_refused(shipped_recurrent):
    with pytest.raises(ValueError, match=r"got gru/kernel .*\(3, 15\), expected \(3, 12\)"):
        pretrained.load_weights(a_recurrent_model(units=5), "recurrent")
    deeper = keras.Sequential([shipped_recurrent, keras.layers.Dense(2, name="more")])
    with pytest.raises(ValueError, match="expected none as in recurrent"):
        pretrained.load_weights(deeper, "recurrent")


def test_a_part_of_a_network_can_be_filled(shipped_recurrent):
    part = keras.Model(shipped_recurrent.inputs[0], shipped_recurrent.layers[-2].output)
    expected = np.asarray(part(np.arange(5)[None]))
    for variable in part.weights:
        variable.assign(keras.ops.zeros_like(variable))
    pretrained.load_weights(part, "recurrent")
    np.testing.assert_array_equal(part(np.arange(5)[None]), expected)
