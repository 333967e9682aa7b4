"""The student's own copies of the notebooks, in work/.

The state file work/.course.json holds, for every notebook, the sha256 of each version that was put
there. A copy whose bytes are one of those is untouched and may be replaced; any other bytes are the
student's, and are neither overwritten nor deleted. When in doubt (state lost, a file that happens
to have the name) a file counts as the student's.
"""

import contextlib
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

from course_utils.authoring.files import atomic_write, output_folder
from course_utils.errors import CourseError

STATE = ".course.json"


@dataclass(frozen=True)
class Event:
    """One thing that happened to a copy.

    Args:
        kind: "new", "updated", "offered" (a newer version was put beside the student's),
            "gone" (no longer part of the course), "kept" (the student's, moved aside) or "clean".
        path: str, relative to work/, with "/": the file that was written, or that stays.
        text: str, one line for the student.
    """

    kind: str
    path: str
    text: str


def refresh(root):
    """Bring work/ up to date; leave alone what the student has touched.

    Args:
        root: path of the checkout.

    Returns:
        list of Event, empty when nothing changed.

    Raises:
        CourseError: a notebook of the course is damaged, or work/ cannot be written.
    """
    sources = _sources(root)
    with _errors(root):
        work, state = _open(root)
        events = [event for name in sources for event in _deliver(work, state, name, sources[name])]
        for name in sorted(set(state) - set(sources)):
            if state[name][-1] != "gone" and _digest(work / name) is not None:
                text = f"work/{name} is no longer part of the course; your copy stays"
                events.append(Event("gone", name, text))
                _remember(work, state, name, "gone")
    return events


def reset(root, number):
    """Give back clean copies of one lesson and its exercises; keep the student's, dated.

    Args:
        root: path of the checkout.
        number: str or int, the lesson's number.

    Returns:
        list of Event.

    Raises:
        CourseError: an unknown lesson, a damaged notebook, or work/ cannot be written.
    """
    sources = _sources(root)
    numbers = sorted({Path(name).name[:2] for name in sources})
    if str(number).zfill(2) not in numbers:
        raise CourseError(f"there is no lesson {number}; choose from {', '.join(numbers)}")
    events = []
    with _errors(root):
        work, state = _open(root)
        for name in [n for n in sources if Path(n).name[:2] == str(number).zfill(2)]:
            found = _digest(work / name)
            if found == sha256(sources[name]).hexdigest():
                events.append(Event("clean", name, f"work/{name} is clean already"))
            elif found is not None and found not in state.get(name, []):
                mine = _free(name, f"mine-{datetime.now():%Y-%m-%d-%H%M%S}", work)
                os.rename(work / name, work / mine)
                events.append(Event("kept", mine, f"your work/{name} is now work/{mine}"))
            events += _deliver(work, state, name, sources[name])
    return events


def _deliver(work, state, name, content):
    """Put one version in its place, or beside the student's copy; yield what happened."""
    path, digest = work / name, sha256(content).hexdigest()
    found, known = _digest(path), state.get(name, [])
    if found == digest:
        _remember(work, state, name, digest)
    elif found is None or found in known:
        _remember(work, state, name, digest)  # first: a crash in between leaves no doubt
        atomic_write(path, content)
        if found is None:
            yield Event("new", name, f"work/{name} is a fresh copy")
        else:
            yield Event("updated", name, f"work/{name} was brought up to date")
    elif digest not in known:
        beside = _free(name, "new", work, known=[*known, digest])
        atomic_write(work / beside, content)
        _remember(work, state, name, digest)  # last: an offer that failed is made again
        text = f"work/{name} has your changes and stays; the newer version is work/{beside}"
        yield Event("offered", beside, text)


def _free(name, label, work, known=()):
    """Return a name beside `name` where nothing is, or only bytes that we put there."""
    stem = name.removesuffix(".ipynb")
    for n in count(1):
        candidate = f"{stem}.{label}{'' if n == 1 else f'-{n}'}.ipynb"
        if (found := _digest(work / candidate)) is None or found in known:
            return candidate


def _digest(path):
    """Return a file's sha256, None when nothing is there, "" for what is not a file."""
    if not os.path.lexists(path):
        return None
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _sources(root):
    """Return the notebooks that students get, name in work/ → bytes, each valid JSON."""
    folder = Path(root) / "notebooks"
    cure = "run `git checkout -- notebooks`"
    sources = {}
    for path in sorted([*folder.glob("*.ipynb"), *folder.glob("exercises/*.ipynb")]):
        name = path.relative_to(folder).as_posix()
        if not re.match(r"\d\d_", path.name):
            continue
        try:
            sources[name] = path.read_bytes()
            if not isinstance(json.loads(sources[name])["cells"], list):
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            raise CourseError(f"notebooks/{name} is not readable as a notebook: {cure}") from None
    if not sources:
        raise CourseError(f"there are no notebooks in notebooks/: {cure}")
    return sources


def _open(root):
    """Make work/ and read its state: name → list of sha256, empty when lost or damaged."""
    work = output_folder("work", root)
    work.mkdir(parents=True, exist_ok=True)
    try:
        state = json.loads((work / STATE).read_bytes())["delivered"]
        return work, {k: list(map(str, v)) for k, v in state.items() if isinstance(v, list) and v}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return work, {}


def _remember(work, state, name, digest):
    """Make `digest` the last of what is known about `name`, on disk as well."""
    if state.get(name, [None])[-1] != digest:
        state[name] = [d for d in state.get(name, []) if d != digest] + [digest]
        text = json.dumps({"delivered": state}, indent=1, sort_keys=True)
        atomic_write(work / STATE, text + "\n")


@contextlib.contextmanager
def _errors(root):
    """Turn what the file system refuses into one line."""
    try:
        yield
    except OSError as error:
        where = Path(error.filename2 or error.filename or root)
        work = output_folder("work", root)
        for folder in (work, work / "exercises"):
            if os.path.lexists(folder) and not folder.is_dir():
                where, error.strerror = folder, "it is not a folder"
        if where.name.startswith(".") and where.name != STATE:
            where = where.parent  # of a temporary file
        with contextlib.suppress(ValueError):
            where = where.relative_to(root)
        raise CourseError(
            f"cannot write {where.as_posix()} ({error.strerror or error}): nothing of yours is "
            "lost; move it away, make it writable, or set COURSE_HOME to a folder of your own, "
            "then run the command again"
        ) from None
