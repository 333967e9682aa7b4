"""Make fashion_mnist.npz: 1,200 training and 200 test images of each class, from 70,000."""

import gzip
from pathlib import Path

import numpy as np
import sources


def read_idx(name: str, offset: int) -> np.ndarray:
    """Return the bytes of an IDX file behind its header."""
    raw = sources.read("fashion-mnist", f"datasets/fashion-mnist/{name}-ubyte.gz")
    return np.frombuffer(gzip.decompress(raw), np.uint8, offset=offset)


def subset(split: str, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `per_class` images of each class of one of the original splits."""
    x = read_idx(f"{split}-images-idx3", 16).reshape(-1, 28, 28)
    y = read_idx(f"{split}-labels-idx1", 8)
    keys = np.array([sources.fingerprint(image) for image in x])
    order = np.argsort(keys)
    chosen = np.concatenate([order[y[order] == c][:per_class] for c in range(10)])
    chosen = chosen[np.argsort(keys[chosen])]
    return x[chosen], y[chosen]


def build(folder: Path) -> None:
    """Write fashion_mnist.npz into `folder`."""
    x_train, y_train = subset("train", 1200)
    x_test, y_test = subset("t10k", 200)
    sources.save_npz(
        folder / "fashion_mnist.npz",
        x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test,
    )  # fmt: skip


if __name__ == "__main__":
    build(sources.output_folder())
