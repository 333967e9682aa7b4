"""Read the files in data/, each compared with its checksum in `data/manifest.json`."""

from __future__ import annotations

import functools
import hashlib
import io
import json
from pathlib import Path

import numpy as np

from course_utils.errors import CourseError, restore

DATA = Path(__file__).resolve().parents[1] / "data"


class DataError(CourseError):
    """A shipped file is missing or damaged; the message names it, and how to restore it."""


def open_npz(name: str):
    """Open a shipped npz file, checked; pickles inside it are refused."""
    return np.load(io.BytesIO(read_file(name)), allow_pickle=False)


_checked: set[Path] = set()


def read_file(name: str) -> bytes:
    """Return the bytes of a shipped file, compared with its sha256 once per process.

    Raises:
        DataError: it is missing, or its bytes are not the ones in the manifest.
    """
    path, expected = DATA / name, read_manifest(DATA)["files"][name]
    cure = f"Restore it with: {restore(f'data/{name}')}"
    wanted = f"{expected['bytes']:,} bytes with sha256 {expected['sha256']}"
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise DataError(
            f"data/{name} cannot be read ({reason}), expected {wanted}. {cure}"
        ) from None
    if len(content) != expected["bytes"]:
        raise DataError(f"data/{name} has {len(content):,} bytes, expected {wanted}. {cure}")
    if path not in _checked:
        found = hashlib.sha256(content).hexdigest()
        if found != expected["sha256"]:
            raise DataError(f"data/{name} is damaged: sha256 {found}, expected {wanted}. {cure}")
        _checked.add(path)
    return content


@functools.cache
def read_manifest(folder: Path) -> dict:
    """Return `manifest.json`, which holds the checksum of its own content.

    Raises:
        DataError: it is missing or damaged.
    """
    cure = f"Restore it with: {restore('data/manifest.json')}"
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        expected = manifest.pop("sha256")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise DataError(f"data/manifest.json cannot be read ({error}). {cure}") from None
    found = manifest_checksum(manifest)
    if found != expected:
        raise DataError(
            f"data/manifest.json is damaged: sha256 {found}, expected {expected}. {cure}"
        )
    return manifest


def manifest_checksum(manifest: dict) -> str:
    """Return the sha256 of a manifest's content, whatever its layout."""
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
