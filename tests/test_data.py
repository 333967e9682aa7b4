import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import datasets

from course_utils import data, originals, shipped
from course_utils.authoring import data_tables
from course_utils.errors import restore

MANIFEST = json.loads((shipped.DATA / "manifest.json").read_text(encoding="utf-8"))
LOADERS = {
    "digits": [data.load_digits],
    "fashion_mnist": [data.load_fashion_mnist],
    "fashion_networks": [
        lambda name=name: shipped.open_npz(f"fashion_{name}.npz")
        for name in ("standard", "second", "robust", "fgsm")
    ],
    "emoji": [lambda: data.load_emoji("noto"), lambda: data.load_emoji("openmoji")],
    "photos": [data.load_photos],
    "shakespeare": [data.load_shakespeare],
    "shakespeare_gru": [lambda: shipped.open_npz("shakespeare_gru.npz")],
    "names": [data.load_names],
    "pronunciations": [data.load_pronunciations],
    "pronunciation_networks": [
        lambda: shipped.open_npz("pronunciation_vector.npz"),
        lambda: shipped.open_npz("pronunciation_attention.npz"),
        lambda: shipped.open_npz("pronunciation_transformer.npz"),
    ],
    "ilsvrc": [data.load_ilsvrc],
    "imagenet_classes": [data.load_imagenet_classes],
    "efficientnet_lite0": [lambda: shipped.open_npz("efficientnet_lite0.npz")],
    "packages": [data.load_breast_cancer, data.load_digits_8x8],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of data/ that tests may damage, one file at a time."""
    folder = tmp_path_factory.mktemp("copy") / "data"
    shutil.copytree(shipped.DATA, folder, ignore=shutil.ignore_patterns("make"))
    return folder


@pytest.fixture
def copy(folder, monkeypatch):
    monkeypatch.setattr(shipped, "DATA", folder)
    monkeypatch.setattr(shipped, "_checked", set())
    shipped.read_manifest.cache_clear()
    yield folder
    shipped.read_manifest.cache_clear()


# The files


def test_every_file_is_in_the_manifest_and_under_40_mb():
    found = {
        str(path.relative_to(shipped.DATA)).replace("\\", "/")
        for path in shipped.DATA.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    made_by_hand = {name for name in found if name.startswith("make/")}
    assert found - made_by_hand - {"README.md", "manifest.json", ".gitattributes"} == set(
        MANIFEST["files"]
    )
    assert sum((shipped.DATA / name).stat().st_size for name in found) < 40_000_000
    for name, entry in MANIFEST["sets"].items():
        assert name in LOADERS
        assert entry["licence"]
        assert set(entry["licence_texts"]) <= set(MANIFEST["files"])
        assert entry["made_by"] == "by hand" or (shipped.DATA / entry["made_by"]).exists()


def test_tables_and_checksums_are_up_to_date():
    assert data_tables.refresh(check=True) == []


def test_stale_tables_are_reported_and_repaired(copy):
    readme = (copy / "README.md").read_text(encoding="utf-8")
    (copy / "README.md").write_text(readme.replace("| together |", "| total |"), encoding="utf-8")
    csv = (copy / "ilsvrc.csv").read_bytes()
    (copy / "ilsvrc.csv").write_bytes(csv + b"\n")
    try:
        stale = data_tables.refresh(check=True)
        assert [line.split()[0] for line in stale] == ["data/manifest.json", "data/README.md"]
        assert len(data_tables.refresh()) == 2
        assert data_tables.refresh(check=True) == []
        data.load_ilsvrc()
    finally:
        (copy / "ilsvrc.csv").write_bytes(csv)
        data_tables.refresh()


@pytest.mark.parametrize("name", sorted([*MANIFEST["files"], "manifest.json"]))
def test_any_flipped_bit_truncation_or_loss_is_named_with_its_cure(copy, name):
    path = copy / name
    original = path.read_bytes()
    # `random` seeded with a str gives the same places everywhere, and other ones for other files.
    places = [0, len(original) - 1, random.Random(name).randrange(len(original))]
    damaged = [original[:-1], original[: len(original) // 2], b"", original + b"\n", None]
    if name == "manifest.json":
        damaged.remove(original + b"\n")  # the manifest's checksum is over its content
        # neither the last line's end nor the blanks of the layout are content
        places = [
            0,
            original.rindex(b"}"),
            original.index(b"bytes"),
            original.index(b"sha256") + 12,
        ]
        places += [original.rindex(b'"') - 1, original.index(b"zenodo")]
        damaged[0] = original[:-2]
    for place in places:
        bit = 1 << place % 7
        damaged.append(original[:place] + bytes([original[place] ^ bit]) + original[place + 1 :])
    try:
        for content in damaged:
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)
            shipped._checked.clear()
            shipped.read_manifest.cache_clear()
            with pytest.raises(shipped.DataError) as caught:
                shipped.read_file(name if name != "manifest.json" else "ilsvrc.csv")
            message = str(caught.value)
            assert message.startswith(f"data/{name} ")
            assert restore(f"data/{name}") in message
            assert "\n" not in message
            if name != "manifest.json":
                assert MANIFEST["files"][name]["sha256"] in message
                assert f"{MANIFEST['files'][name]['bytes']:,} bytes" in message
    finally:
        path.write_bytes(original)


def test_every_loader_notices_damage_to_its_files(copy):
    for name, entry in MANIFEST["sets"].items():
        for file in entry["files"]:
            path = copy / file
            original = path.read_bytes()
            path.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
            shipped._checked.clear()
            noticed = False
            for load in LOADERS[name]:
                try:
                    load()
                except shipped.DataError as error:
                    noticed = file in str(error)
            path.write_bytes(original)
            assert noticed, f"{name}: nothing noticed that {file} is damaged"


def test_verify_finds_every_damaged_file_in_one_run(copy, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA_CACHE", str(tmp_path))
    seen = []
    assert originals.verify(lambda *step: seen.append(step)) == []
    assert [name for name, _, _ in seen] == list(MANIFEST["files"])
    before = {name: (copy / name).read_bytes() for name in ("digits.npz", "cards/emoji.png")}
    try:
        content = before["digits.npz"]
        data.load_digits()  # checked in this process already: verify looks again all the same
        (copy / "digits.npz").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        (copy / "cards/emoji.png").write_bytes(before["cards/emoji.png"][:-1])
        problems = originals.verify()
        assert [problem.split()[0] for problem in problems] == [
            "data/digits.npz", "data/cards/emoji.png",
        ]  # fmt: skip
    finally:
        for name, content in before.items():
            (copy / name).write_bytes(content)
    text = (copy / "manifest.json").read_text(encoding="utf-8")
    try:
        (copy / "manifest.json").write_text(
            text.replace("mnist.npz", "mnist.npy", 1), encoding="utf-8"
        )
        (problem,) = originals.verify()
        assert restore("data/manifest.json") in problem
    finally:
        (copy / "manifest.json").write_text(text, encoding="utf-8")


def test_checksum_is_computed_once_per_process(copy, monkeypatch):
    calls = []
    real = shipped.hashlib.sha256
    data.load_digits()
    monkeypatch.setattr(shipped.hashlib, "sha256", lambda content: calls.append(1) or real(content))
    data.load_digits()
    assert calls == []
    data.load_ilsvrc()
    assert calls == [1]


def test_a_file_that_shrinks_later_is_noticed_without_its_checksum(copy):
    data.load_ilsvrc()
    content = (copy / "ilsvrc.csv").read_bytes()
    try:
        (copy / "ilsvrc.csv").write_bytes(content[:-10])
        with pytest.raises(shipped.DataError, match="has 672 bytes, expected 682 bytes"):
            data.load_ilsvrc()
    finally:
        (copy / "ilsvrc.csv").write_bytes(content)


def test_pickles_in_npz_files_are_refused(tmp_path, monkeypatch):
    np.savez(tmp_path / "evil.npz", x=np.array([{}], dtype=object))
    content = (tmp_path / "evil.npz").read_bytes()
    entry = {"bytes": len(content), "sha256": shipped.hashlib.sha256(content).hexdigest()}
    manifest = {"sets": {}, "originals": {}, "files": {"evil.npz": entry}}
    manifest["sha256"] = shipped.manifest_checksum(manifest)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setattr(shipped, "DATA", tmp_path)
    with shipped.open_npz("evil.npz") as arrays, pytest.raises(ValueError, match="pickle"):
        arrays["x"]


@pytest.mark.parametrize("name", [name for name in MANIFEST["files"] if name.endswith(".npz")])
def test_npz_files_hold_plain_numbers_only(name):
    with shipped.open_npz(name) as arrays:
        for key in arrays.files:
            assert arrays[key].dtype.kind in "uif", key


def test_import_needs_nothing_heavy():
    code = (
        "import sys, course_utils.data\n"
        "heavy = {'keras', 'tensorflow', 'sklearn', 'matplotlib', 'PIL', 'pooch', 'requests'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_names_this_machine_or_a_registry_host():
    paths = [
        shipped.DATA / "README.md",
        shipped.DATA / "manifest.json",
        *shipped.DATA.glob("make/*.py"),
    ]
    paths += [Path(data.__file__), Path(originals.__file__)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    for host in ("pythonhosted", "pypi.org", "deb.debian", "registry.npmjs", "/root/", "/home/"):
        assert host not in text


# What is in them


def test_breast_cancer_is_scikit_learns_with_malignant_as_one():
    x, y, feature_names, class_names = data.load_breast_cancer()
    bunch = datasets.load_breast_cancer()
    assert x.shape == (569, 30)
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x, bunch.data)
    assert y.dtype == np.int64
    for label, name in enumerate(class_names):
        theirs = list(bunch.target_names).index(name)
        np.testing.assert_array_equal(y == label, bunch.target == theirs)
    assert class_names == ["benign", "malignant"]
    assert np.bincount(y).tolist() == [357, 212]
    assert feature_names == list(bunch.feature_names)
    assert {type(name) for name in feature_names} == {str}


@pytest.mark.parametrize(
    ("load", "train", "test", "size", "top"),
    [
        (data.load_digits_8x8, 1437, 360, (8, 8), 16),
        (data.load_digits, 4000, 1000, (28, 28), 255),
        (data.load_fashion_mnist, 12000, 2000, (28, 28), 255),
    ],
)
def test_small_images(load, train, test, size, top):
    x_train, y_train, x_test, y_test, class_names = load()
    for x, y, count in ((x_train, y_train, train), (x_test, y_test, test)):
        assert x.shape == (count, *size)
        assert x.dtype == np.uint8
        assert y.shape == (count,)
        assert y.dtype == np.int64
        assert (x.min(), x.max()) == (0, top)
        counts = np.bincount(y)
        assert len(counts) == len(class_names) == 10
        if size == (28, 28):
            assert set(counts.tolist()) == {count // 10}
    seen = {image.tobytes() for image in x_train}
    assert len(seen) == train, "no picture twice"
    assert not seen & {image.tobytes() for image in x_test}, "no test picture in the training data"
    first_labels = y_train[:200]
    assert len(set(first_labels.tolist())) == 10, "rows are shuffled"


@pytest.mark.parametrize(
    ("load", "at_least"),
    [(data.load_digits, 0.75), (data.load_fashion_mnist, 0.60), (data.load_digits_8x8, 0.80)],
)
def test_labels_belong_to_the_images(load, at_least):
    """The nearest class mean would be right one time in ten if labels and images were mixed up."""
    x_train, y_train, x_test, y_test, _ = load()
    means = np.stack([x_train[y_train == c].mean(axis=0).ravel() for c in range(10)])
    flat = x_test.reshape(len(x_test), -1).astype(float)
    distance = (means**2).sum(axis=1) - 2 * flat @ means.T
    assert (distance.argmin(axis=1) == y_test).mean() > at_least


def test_emoji_have_the_same_rows_for_both_vendors():
    noto, openmoji = data.load_emoji("noto"), data.load_emoji("openmoji")
    for emoji in (noto, openmoji):
        assert emoji.x.shape == (302, 96, 96, 3)
        assert emoji.x.dtype == np.uint8
        assert np.bincount(emoji.y).tolist() == [123, 123, 56]
        # the corners of most pictures are the white that transparency became
        assert (np.median(emoji.x[:, :3, :3], axis=(1, 2, 3)) == 255).mean() > 0.9
        assert len({image.tobytes() for image in emoji.x}) == 302
    for a, b in zip(noto[1:], openmoji[1:], strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(noto.x, openmoji.x)
    assert len(set(noto.names)) == 302
    prefixes = {"animal": ("animal-",), "food": ("food-", "drink"), "vehicle": ("transport-",)}
    for label, subgroup in zip(noto.y, noto.subgroups, strict=True):
        assert subgroup.startswith(prefixes[noto.class_names[label]])
    unwanted = re.compile(r"\b(sign|light|pump|stop|station|motorway|track|drum|wheel|anchor)\b")
    assert [n for n in noto.names if unwanted.search(n)] == ["light rail"]
    with pytest.raises(ValueError, match="got 'apple'"):
        data.load_emoji("apple")


def test_emoji_folds_are_balanced_and_keep_redrawn_ones_together():
    emoji = data.load_emoji("noto")
    for label, count in enumerate([123, 123, 56]):
        sizes = np.bincount(emoji.fold[emoji.y == label], minlength=5)
        assert sizes.sum() == count
        assert np.ptp(sizes) <= 1
    fold = dict(zip(emoji.names, emoji.fold.tolist(), strict=True))
    assert fold["guide dog"] == fold["service dog"]
    assert fold["police car"] == fold["taxi"] == fold["automobile"]


def test_emoji_are_what_their_names_say():
    """Mean colours of unmistakable ones, so that a shifted row would be seen."""
    for vendor in ("noto", "openmoji"):
        emoji = data.load_emoji(vendor)
        for name, channel in (("tomato", 0), ("frog", 1), ("blueberries", 2), ("red apple", 0)):
            image = emoji.x[emoji.names.index(name)].astype(float)
            ink = image[image.min(axis=2) < 200].mean(axis=0)
            assert ink.argmax() == channel, (vendor, name, ink)


def test_photos():
    x, names, captions = data.load_photos()
    assert x.shape == (10, 224, 224, 3)
    assert x.dtype == np.uint8
    assert names == [
        "cat", "espresso", "astronaut", "cameraman", "coins",
        "rocket", "retina", "tissue", "temple", "flower",
    ]  # fmt: skip
    grey = [n for n, image in zip(names, x, strict=True) if (np.ptp(image, axis=2) == 0).all()]
    assert grey == ["cameraman", "coins"]
    for name, image, caption in zip(names, x, captions, strict=True):
        assert image.std() > 20, name
        assert re.fullmatch(
            r"[A-Z].+ \(.+; (CC0 1\.0|public domain|no known .*|CC BY 2\.0)\)", caption
        )


def test_shakespeare_is_long_clean_and_split_by_play():
    train, test = data.load_shakespeare()
    assert (len(train), len(test)) == (923_862, 201_958)
    assert len(train) + len(test) >= 1_000_000
    assert set(test) <= set(train)
    for text in (train, test):
        assert text.isascii()
        assert not re.search(r"[\[\]{}_<>\r\t]|gutenberg|copyright|\bACT [IVX]|\bSCENE [IVX]", text)
        assert not re.search(r"^(Enter|Exit|Exeunt) [A-Z]", text, re.M)
        speeches = text.rstrip("\n").split("\n\n")
        assert all(re.match(r"[A-Z0-9 ,'&a-z-]+\.\n", speech) for speech in speeches)
    assert "To-morrow, and to-morrow, and to-morrow" in train  # Macbeth
    assert "\nBRUTUS.\n" in test
    assert "\nPROSPERO.\n" in test
    assert "\nPROSPERO.\n" not in train
    lines = {line for line in train.split("\n") if len(line) > 30}
    shared = [line for line in test.split("\n") if line in lines]
    assert len(shared) < 5, "held-out lines are new"


def test_names_label_follows_the_larger_percentage():
    names = data.load_names()
    assert (len(names.x_train), len(names.x_test)) == (4159, 1004)
    everything = names.x_train + names.x_test
    assert len(set(everything)) == 5163
    assert all(re.fullmatch("[a-z]{2,11}", name) for name in everything)
    percent = np.concatenate([names.percent_train, names.percent_test])
    y = np.concatenate([names.y_train, names.y_test])
    both = (percent > 0).all(axis=1)
    assert both.sum() == 331
    assert ((percent[:, 0] > 0).sum(), (percent[:, 1] > 0).sum()) == (4275, 1219)
    np.testing.assert_array_equal(y, percent.argmax(axis=1))  # ties: the first column, female
    label = dict(zip(everything, y.tolist(), strict=True))
    assert [label[name] for name in ("mary", "john", "leslie", "kris")] == [0, 1, 0, 0]
    assert names.class_names == ["female", "male"]


def test_pronunciations_are_clean_and_split_by_word():
    x_train, y_train, x_test, y_test, phonemes = data.load_pronunciations()
    assert (len(x_train), len(x_test)) == (113_077, 12_776)
    assert len(y_train) == len(x_train)
    assert len(y_test) == len(x_test)
    assert not set(x_train) & set(x_test)
    assert all(word.isascii() and word.isalpha() and word.islower() for word in x_train + x_test)
    assert len(phonemes) == 69
    assert {symbol for p in y_test for symbol in p.split(" ")} <= set(phonemes)
    assert len({symbol.rstrip("012") for symbol in phonemes}) == 39
    first = dict(zip(x_train + x_test, y_train + y_test, strict=True))
    assert first["cat"] == "K AE1 T"
    pairs = list(zip(x_train, y_train, strict=True))
    assert len(set(pairs)) == len(pairs)
    assert [p for word, p in pairs if word == "a"] == ["AH0", "EY1"]


def test_ilsvrc_table():
    year, error, layers, systems = data.load_ilsvrc()
    rows = {
        s: (int(y), float(e), int(n))
        for y, e, n, s in zip(year, error, layers, systems, strict=True)
    }
    assert rows["AlexNet"] == (2012, 16.4, 8)
    assert rows["VGG"] == (2014, 7.32, 19)
    assert rows["GoogLeNet"] == (2014, 6.67, 22)
    assert rows["ResNet"] == (2015, 3.57, 152)
    assert rows["One trained human"] == (2014, 5.1, 0)
    assert (np.diff(year) >= 0).all()


def test_imagenet_class_names_are_distinct_and_in_order():
    names = data.load_imagenet_classes()
    assert len(set(names)) == 1000
    known = {0: "tench", 9: "ostrich", 281: "tabby", 285: "Egyptian cat", 872: "tripod",
             967: "espresso", 698: "palace", 134: "crane (bird)", 517: "crane (machine)",
             999: "toilet tissue"}  # fmt: skip
    assert {i: names[i] for i in known} == known
