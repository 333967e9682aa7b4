"""Write the exercises as a course of nbgrader's, which hands them out and grades them."""

from pathlib import Path

import nbformat

from course_utils.authoring import sources
from course_utils.authoring.files import atomic_write
from course_utils.errors import CourseError

CONFIG = Path(__file__).with_name("nbgrader_config.py")


def write(folder, lessons):
    """Write nbgrader's settings and one assignment a lesson into a folder.

    Args:
        folder: path, of a new folder or of a course of nbgrader's.
        lessons: list of paths of lesson sources.

    Returns:
        list of paths, the files that were not there before.

    Raises:
        CourseError: a file is there already and differs; nothing is written then.
    """
    files = {folder / CONFIG.name: CONFIG.read_text(encoding="utf-8")}
    for lesson in lessons:
        path = folder / "source" / lesson.stem / f"{lesson.stem}.ipynb"
        student, _ = sources.exercise_notebooks(sources.exercise_source(lesson))
        files[path] = nbformat.writes(student) + "\n"
    new = {path: text for path, text in files.items() if not path.exists()}
    for path, text in files.items():
        if path not in new and path.read_text(encoding="utf-8") != text:
            raise CourseError(
                f"{path} is there already and differs: move it away, or name another folder"
            )
    for path, text in new.items():
        atomic_write(path, text)
    return list(new)
