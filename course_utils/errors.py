"""The exception that `course` shows as one line, and the cure for lost files."""

from pathlib import Path


class CourseError(Exception):
    """Something the user can mend; the message says what happened and what to do."""


def restore(name, root=Path(__file__).parents[1]):
    """Return how to get a file or folder of the course back (str), with Git or without.

    Args:
        name: str, its path in the checkout, with "/".
        root: path of the checkout; a downloaded archive has no .git.
    """
    if (root / ".git").exists():
        return f"git checkout -- {name}"
    return f"download the course again and copy {name} from it"
