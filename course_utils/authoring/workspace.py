"""The student's own copies of the notebooks, in work/.

Copies come without outputs, so that no answer is seen before the question. A copy is untouched
while its cells have the sources of a version that was put there: opening, running and saving it in
JupyterLab change the file, but are nothing that a student would miss. Only untouched copies are
replaced, and only when a newer version has arrived; what has other sources is the student's, and is
neither overwritten nor deleted. When in doubt (state lost, a file that happens to have the name) a
file counts as the student's.

The state file work/.course.json holds the marks of each version: sha256 of its bytes and of its
cells. Older state files hold, for a notebook, the sha256 of the file in notebooks/ instead.
"""

import contextlib
import json
import os
import platform
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

from course_utils.authoring.files import atomic_write, output_folder
from course_utils.errors import CourseError, restore

STATE = ".course.json"
# What lessons link to in data/. JupyterLab shows nothing outside of work/, so it is copied there;
# showing the whole checkout instead would have students run the originals, which blocks git pull.
DATA_CARD = ("README.md", "manifest.json", "ilsvrc.csv", "cards/*", "licences/*", "make/*.py")
# As the kernel reports it and JupyterLab stores it: with less, opening a notebook would change it.
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}


@dataclass(frozen=True)
class Version:
    """What the course puts into work/ under one name.

    Args:
        content: bytes.
        cells: str, the mark of its cells; of its bytes, where it is no notebook.
        original: str, sha256 of the file that it was made from.
    """

    content: bytes
    cells: str
    original: str

    @property
    def bytes(self):
        """The sha256 (str) of its content."""
        return sha256(self.content).hexdigest()

    def is_in(self, known):
        """Return whether it was put into work/ before, by its marks (list of str)."""
        return not {self.bytes, self.cells, self.original}.isdisjoint(known)


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
        # The data card comes along silently, unless a file of it is the student's.
        events = [e for e in events if not e.path.startswith("data/") or e.kind == "offered"]
        for name in sorted(set(state) - set(sources)):
            if state[name][-1] != "gone" and _marks(work / name) is not None:
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
    numbers = sorted({Path(name).name[:2] for name in sources if name.endswith(".ipynb")})
    if str(number).zfill(2) not in numbers:
        raise CourseError(f"there is no lesson {number}; choose from {', '.join(numbers)}")
    events = []
    with _errors(root):
        work, state = _open(root)
        for name in [n for n in sources if Path(n).name[:2] == str(number).zfill(2)]:
            path, version = work / name, sources[name]
            marks = _marks(path)
            if marks is None:
                events += _deliver(work, state, name, version)
            elif version.bytes in marks:
                _remember(work, state, name, version)
                events.append(Event("clean", name, f"work/{name} is clean already"))
            else:
                if not _untouched(marks, version, state.get(name, [])):
                    mine = _free(name, f"mine-{datetime.now():%Y-%m-%d-%H%M%S}", work)
                    os.rename(path, work / mine)
                    events.append(Event("kept", mine, f"your work/{name} is now work/{mine}"))
                _remember(work, state, name, version)
                atomic_write(path, version.content)
                events.append(Event("new", name, f"work/{name} is a fresh copy"))
    return events


def _deliver(work, state, name, version):
    """Put one version in its place, or beside the student's copy; yield what happened."""
    path, known = work / name, state.get(name, [])
    marks = _marks(path)
    if marks is None:
        _remember(work, state, name, version)  # first: a crash in between leaves no doubt
        atomic_write(path, version.content)
        yield Event("new", name, f"work/{name} is a fresh copy")
    elif version.bytes in marks:
        _remember(work, state, name, version)
    elif _untouched(marks, version, known):
        _remember(work, state, name, version)
        # With the same cells a copy that was run keeps its outputs; one as we left it has none.
        if version.cells not in marks or marks[0] in known:
            atomic_write(path, version.content)
            yield Event("updated", name, f"work/{name} was brought up to date")
    elif not version.is_in(known):
        beside = _free(name, "new", work, known=[*known, version.cells])
        atomic_write(work / beside, version.content)
        _remember(work, state, name, version)  # last: an offer that failed is made again
        text = f"work/{name} has your changes and stays; the newer version is work/{beside}"
        yield Event("offered", beside, text)


def _free(name, label, work, known=()):
    """Return a name beside `name` where nothing is, or only what we put there."""
    stem, dot, suffix = name.rpartition(".")
    for n in count(1):
        candidate = f"{stem}.{label}{'' if n == 1 else f'-{n}'}{dot}{suffix}"
        if (marks := _marks(work / candidate)) is None or not set(marks).isdisjoint(known):
            return candidate


def _untouched(marks, version, known):
    """Return whether a file is one of the versions that were put there, or the present one."""
    return not set(marks).isdisjoint([*known, version.cells])


def _marks(path):
    """Return the marks of a file's bytes and of its cells; None when nothing is there."""
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        return []
    content = path.read_bytes()
    return [sha256(content).hexdigest(), *filter(None, [_cells_mark(path.name, content)])]


def _cells_mark(name, content):
    """Return the sha256 of what a student reads and writes in a notebook's cells, or None.

    Outputs, counts, metadata and empty cells do not matter: running the last cell adds one.
    """
    if not name.endswith(".ipynb"):
        return None
    try:
        cells = json.loads(content)["cells"]
        seen = [
            [cell["cell_type"], "".join(cell["source"]), cell.get("attachments") or {}]
            for cell in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    # Where a link to data/ starts is the course's business: see _copy.
    seen = [
        [kind, re.sub(r"\]\((\.\./)+data/", "](data/", text), more] for kind, text, more in seen
    ]
    seen = [[kind, text, more] for kind, text, more in seen if text.strip() or more]
    return sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def _copy(content):
    """Return a notebook's file (bytes) as a student gets it: without outputs, links inside work/.

    Written as JupyterLab would, so that it finds nothing to change when it opens the copy.
    """
    notebook = json.loads(content)
    notebook["metadata"]["language_info"] = LANGUAGE
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        else:  # work/data is one level nearer than data/, see DATA_CARD
            lines = [re.sub(r"\]\(\.\./((\.\./)*data/)", r"](\1", line) for line in cell["source"]]
            cell["source"] = lines
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def _sources(root):
    """Return what students get, name in work/ → Version: notebooks, and the data card."""
    folder = Path(root) / "notebooks"
    cure = f"restore it with: {restore('notebooks', Path(root))}"
    sources = {}
    for path in sorted([*folder.glob("*.ipynb"), *folder.glob("exercises/*.ipynb")]):
        name = path.relative_to(folder).as_posix()
        if not re.match(r"\d\d_", path.name):
            continue
        try:
            original = path.read_bytes()
            content = _copy(original)
            mark = _cells_mark(name, content)
            sources[name] = Version(content, mark, sha256(original).hexdigest())
        except (OSError, ValueError, KeyError, TypeError):
            raise CourseError(f"notebooks/{name} is not readable as a notebook: {cure}") from None
    if not sources:
        raise CourseError(f"there are no notebooks in notebooks/: {cure}")
    data = Path(root) / "data"
    for path in sorted(path for pattern in DATA_CARD for path in data.glob(pattern)):
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        sources[path.relative_to(root).as_posix()] = Version(content, digest, digest)
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


def _remember(work, state, name, version):
    """Note the marks of a version (or "gone") as the last of what is known about `name`."""
    new = [version] if version == "gone" else list(dict.fromkeys([version.bytes, version.cells]))
    known = state.get(name, [])
    if known[-len(new) :] != new:
        state[name] = [mark for mark in known if mark not in new] + new
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
