"""Where output goes, and writing it so that a reader sees the old file or the new one."""

import contextlib
import os
import tempfile
from pathlib import Path

from course_utils.errors import CourseError


def output_folder(name, root):
    """Return the path of work/ or build/: in the folder COURSE_HOME, else in the checkout.

    Args:
        name: "work" or "build".
        root: path of the checkout, which may be shared and not writable.
    """
    home = os.environ.get("COURSE_HOME")
    return Path(os.path.abspath(os.path.expanduser(home)) if home else root, name)


OWN = "make it writable, or set COURSE_HOME to a folder of your own for work/ and build/"


def need_writable(folder, cure=OWN):
    """Make a folder unless it is there, before work is done that could not be kept.

    Args:
        folder: pathlib.Path.
        cure: str, what to do where it cannot be written.

    Raises:
        CourseError: no file can be written there; the message ends with the cure.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CourseError(f"cannot write into {folder} ({error.strerror}): {cure}") from None


def shown(path, root):
    """Return a path as text (str): relative to the checkout where it is inside, with "/"."""
    path = Path(path)
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def atomic_write(path, content):
    """Replace a file's content in one step; make its folder when that is missing.

    Args:
        path: pathlib.Path.
        content: str (written as UTF-8 with \\n line ends) or bytes.

    Raises:
        OSError: the folder cannot be written; the old file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)  # mkstemp gives 0600
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
