"""Read notebook files, which may be damaged, with one line that says what is wrong."""

import json

import nbformat

from course_utils.authoring import course_command
from course_utils.errors import CourseError, restore


def parse(text):
    """Turn a notebook file's text into an nbformat notebook.

    Args:
        text: str.

    Raises:
        ValueError: it is no valid notebook of format 4; the message is one line.
    """
    try:
        if (version := json.loads(text)["nbformat"]) != 4:
            raise ValueError(f"format {version}, expected 4")
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (AttributeError, KeyError, TypeError):
        raise ValueError("no notebook in it") from None
    except (ValueError, nbformat.ValidationError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
    return notebook


def read(path, root):
    """Read a stored notebook, or say in one line how to get it back.

    Args:
        path: path of the notebook.
        root: path of the checkout.

    Raises:
        CourseError: it is missing or damaged.
    """
    name = path.relative_to(root).as_posix()
    cure = (
        f"restore it with: {restore(name, root)}, or `{course_command()} build {path.name[:2]}` "
        "when you are its author"
    )
    if not path.exists():
        raise CourseError(f"{name} is missing: {cure}")
    try:
        return parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CourseError(f"{name} is not readable as a notebook ({error}): {cure}") from None


def add_alt_texts(notebook):
    """Store each figure's alt text, which its cell declares, with the figure itself.

    HTML export and decks look for it there; no kernel knows the metadata of the cell it runs.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "alt" in cell.metadata and "image/png" in output.get("data", {}):
                output.metadata["image/png"] = {"alt": cell.metadata["alt"]}
