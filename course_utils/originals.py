"""Fetch the full-size originals of the data sets, and verify everything that is on this disk.

No lesson needs an original: a lesson that can use one calls `files(name)` and goes on without it.
Downloads are pooch's work: a file enters the cache only when its sha256 is right. On top of that,
an interrupted download goes on where it stopped, processes that want the same file wait for the one
that fetches it, and three environment variables are read:

- `COURSE_DATA_MIRROR`: fetch from there only, an address or a folder that holds `name/file`.
  A copy of the cache folder is such a mirror: put it on a USB stick or behind a web server.
- `COURSE_DATA_CACHE`: the cache folder, instead of the system's usual place.
- the usual `HTTPS_PROXY` and its kin.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pooch
import requests
from urllib3.exceptions import NewConnectionError

from course_utils import shipped
from course_utils.errors import CourseError

TIMEOUT = (10, 30)  # seconds until connected, and without a byte
RETRIES = 2
CHUNK = 1 << 16
WAIT = 0.2  # seconds between two looks at what another process fetches

pooch.get_logger().setLevel("WARNING")  # what it does is said by progress and by errors

# Called with a file's name, the bytes done and the bytes in all.
Progress = Callable[[str, int, int], None]


class OriginalError(CourseError):
    """An original is missing, unknown, or could not be fetched; the message says what to do."""


def cache_folder() -> Path:
    """Return the folder that originals are kept in, one folder each."""
    return Path(os.environ.get("COURSE_DATA_CACHE") or pooch.os_cache("deep-learning-course"))


def shipped_sets() -> list[dict]:
    """Return one row a data set in the repository: name, title, files, bytes, licence, source."""
    manifest = shipped.read_manifest(shipped.DATA)
    return [
        {"name": name, **entry, "bytes": sum(manifest["files"][f]["bytes"] for f in entry["files"])}
        for name, entry in manifest["sets"].items()
    ]


def originals() -> list[dict]:
    """Return one row an original: name, title, bytes, licence, folder, and its state.

    The state is "cached", "missing", "incomplete" (a download to go on with) or "wrong size".
    """
    rows = []
    for name, entry in shipped.read_manifest(shipped.DATA)["originals"].items():
        states = {_state(name, file) for file in entry["files"]}
        order = ("wrong size", "incomplete", "missing", "cached")
        state = next(state for state in order if state in states)
        size = sum(file["bytes"] for file in entry["files"])
        folder = cache_folder() / name
        rows.append({"name": name, **entry, "bytes": size, "folder": folder, "state": state})
    return rows


def files(name: str) -> list[Path]:
    """Return the paths of an original that is in the cache, without downloading anything.

    Raises:
        OriginalError: there is no such original, or it is not here; the message says how big it is
            and the three ways to get it.
    """
    entry = _entry(name)
    if any(_state(name, file) != "cached" for file in entry["files"]):
        raise OriginalError(_three_ways(name, entry))
    return [cache_folder() / name / file["file"] for file in entry["files"]]


def fetch(name: str, progress: Progress | None = None) -> list[Path]:
    """Download an original into the cache, unless it is there, and return its paths.

    Args:
        name: a name in `originals()`.
        progress: called with a file's name, its bytes done and its bytes in all.

    Raises:
        OriginalError: there is no such original, or it cannot be fetched from here.
    """
    entry = _entry(name)
    return [_fetch_file(name, entry, file, progress) for file in entry["files"]]


def verify(progress: Progress | None = None) -> list[str]:
    """Compare every shipped file and every cached original with its checksum.

    Args:
        progress: called with a file's name, and with the files done and the files in all.

    Returns:
        One line a problem, with its cure; an empty list when all is well.
    """
    try:
        manifest = shipped.read_manifest.__wrapped__(shipped.DATA)
    except shipped.DataError as error:
        return [str(error)]
    cached = [
        (name, file)
        for name, entry in manifest["originals"].items()
        for file in entry["files"]
        if _path(name, file).exists()
    ]
    problems, total = [], len(manifest["files"]) + len(cached)
    for done, name in enumerate(manifest["files"], start=1):
        shipped._checked.discard(shipped.DATA / name)
        try:
            shipped.read_file(name)
        except shipped.DataError as error:
            problems.append(str(error))
        if progress:
            progress(name, done, total)
    for done, (name, file) in enumerate(cached, start=len(manifest["files"]) + 1):
        path = _path(name, file)
        found = pooch.file_hash(str(path))
        if found != file["sha256"]:
            problems.append(
                f"{path} is damaged: sha256 {found}, expected {file['bytes']:,} bytes with sha256 "
                f"{file['sha256']}. Download it again with: course data fetch {name}"
            )
        if progress:
            progress(f"{name}/{file['file']}", done, total)
    return problems


def _entry(name: str) -> dict:
    entries = shipped.read_manifest(shipped.DATA)["originals"]
    if name not in entries:
        raise OriginalError(f"There is no original {name!r}; there are {', '.join(entries)}.")
    return entries[name]


def _path(name: str, file: dict) -> Path:
    return cache_folder() / name / file["file"]


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _state(name: str, file: dict) -> str:
    path = _path(name, file)
    if path.exists():
        return "cached" if path.stat().st_size == file["bytes"] else "wrong size"
    return "incomplete" if _part(path).exists() else "missing"


def _three_ways(name: str, entry: dict, reason: str = "") -> str:
    missing = [file for file in entry["files"] if _state(name, file) != "cached"]
    size = sum(file["bytes"] for file in missing) / 1e6
    names = ", ".join(file["file"] for file in missing)
    example = f"{name}/{(missing or entry['files'])[0]['file']}"
    lines = [
        f"{name} is not on this computer: {names}, {size:,.1f} MB. {reason}".strip(),
        "Three ways to get it:",
        f"1. with a network: course data fetch {name}",
        "2. from a lecture room's server or a USB stick: set COURSE_DATA_MIRROR to its address or "
        f"folder, in which {example} lies, then fetch as in 1",
        f"3. by hand: download it elsewhere and copy it into {cache_folder() / name}",
    ]
    return "\n".join(lines + [f"   {file['url']}" for file in missing])


def _fetch_file(name: str, entry: dict, file: dict, progress: Progress | None) -> Path:
    path = _path(name, file)
    mirror = os.path.expanduser(os.environ.get("COURSE_DATA_MIRROR", "").rstrip("/\\"))
    url = f"{mirror}/{name}/{quote(file['file'])}" if mirror else file["url"]
    keeper = pooch.create(
        path.parent,
        base_url="",
        registry={file["file"]: f"sha256:{file['sha256']}"},
        urls={file["file"]: url},
        retry_if_failed=RETRIES,
    )
    download = _Download(file, _part(path), progress)
    if mirror and "://" not in mirror:
        source = Path(mirror) / name / file["file"]
        download = _Copy(source, progress)
    try:
        if not _is_right(path, file):
            with _alone(name, file, progress):
                if not _is_right(path, file):  # it may have come while this process waited
                    # Damaged on this disk: even if the download fails, nobody reads it again.
                    path.unlink(missing_ok=True)
                    keeper.fetch(file["file"], downloader=download)
    except (OSError, ValueError) as error:  # requests' errors are OSError, a wrong hash ValueError
        where = f"from {url}" if "://" in url else f"from the folder {mirror}"
        reason = f"Fetching it {where} failed: {str(error) or type(error).__name__}"
        raise OriginalError(_three_ways(name, entry, reason)) from error
    if progress:
        progress(file["file"], file["bytes"], file["bytes"])
    return path


def _is_right(path: Path, file: dict) -> bool:
    return path.exists() and pooch.file_hash(str(path)) == file["sha256"]


@contextlib.contextmanager
def _alone(name: str, file: dict, progress: Progress | None) -> Iterator[None]:
    """Wait until no other process fetches this original, and keep others waiting.

    The system ends the lock of a process that is killed; its empty file stays.
    """
    part = _part(_path(name, file))
    part.parent.mkdir(parents=True, exist_ok=True)
    with open(cache_folder() / f".{name}.lock", "wb") as lock:
        while not _try_lock(lock.fileno()):
            if progress and part.exists():
                progress(file["file"], min(part.stat().st_size, file["bytes"]), file["bytes"])
            time.sleep(WAIT)
        for left in part.parent.glob("tmp????????"):  # pooch's, of a process that was killed
            left.unlink()
        yield


def _try_lock(handle: int) -> bool:
    """Lock an open file until it is closed; return whether that worked."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # it has no locks
    return True


class _Refused(OSError):
    """A failure that another try would not mend."""


class _Copy:
    """Copy a file from a mirror that is a folder, for pooch to check."""

    def __init__(self, source: Path, progress: Progress | None) -> None:
        self.source, self.progress = source, progress

    def __call__(self, url: str, output_file: str, keeper: pooch.Pooch) -> None:
        total, done = self.source.stat().st_size, 0
        with open(self.source, "rb") as source, open(output_file, "wb") as output:
            while block := source.read(CHUNK):
                output.write(block)
                done += len(block)
                if self.progress:
                    self.progress(self.source.name, done, total)


class _Download:
    """Download a file for pooch to check, going on with what an earlier try has left.

    pooch drops what it has when a connection breaks. Here the bytes go into `FILE.part` in the
    cache, and stay there until the file is whole; then pooch compares its hash and takes it or
    throws it away, so that a wrong part never survives.
    """

    def __init__(self, file: dict, part: Path, progress: Progress | None) -> None:
        self.file, self.part, self.progress = file, part, progress

    def __call__(self, url: str, output_file: str, keeper: pooch.Pooch) -> None:
        total = self.file["bytes"]
        start = self.part.stat().st_size if self.part.exists() else 0
        if start < total:
            self._receive(url, start, total)
        os.replace(self.part, output_file)

    def _receive(self, url: str, start: int, total: int) -> None:
        # "identity": a server must not pack a .gz a second time, nor requests unpack it.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT)
        except requests.exceptions.ConnectTimeout as error:
            raise _Refused(f"no answer within {TIMEOUT[0]} s") from error
        except requests.exceptions.ConnectionError as error:
            if isinstance(getattr(error.args[0], "reason", None), NewConnectionError):
                raise _Refused("no connection; is there a network?") from error
            raise
        with response:
            if response.status_code == 416:
                self.part.unlink()  # there is nothing to go on with: the next try starts again
            elif 400 <= response.status_code < 500:
                raise _Refused(f"the server answers {response.status_code} {response.reason}")
            response.raise_for_status()
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
            if response.status_code == 206 and not goes_on:
                self.part.unlink()
                raise requests.exceptions.ConnectionError("the server sent another part of it")
            if response.status_code != 206:
                start = 0  # the server sends the whole file
            with open(self.part, "ab" if start else "wb") as output:
                for block in response.iter_content(CHUNK):
                    output.write(block)
                    start += len(block)
                    if self.progress:
                        self.progress(self.file["file"], min(start, total), total)
                    if start > total:
                        break  # not the file: its hash will say so
        if start < total:
            raise requests.exceptions.ConnectionError(
                f"the connection ended after {start:,} of {total:,} bytes"
            )
