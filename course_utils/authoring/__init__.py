"""What authors, instructors and CI use: build, execute, check. Lessons never import this."""

import os
import shlex
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def course_command():
    """Return how to call `course` (str) so that it works in every terminal and folder.

    By name where the shell finds this environment's, as in JupyterLab's terminals; else by its
    path: a terminal of JupyterLab opens in work/, another one anywhere.
    """
    here = Path(sys.prefix, "Scripts" if os.name == "nt" else "bin", "course")
    on_path = shutil.which("course")
    if on_path and Path(on_path).parent == here.parent:
        return "course"
    return f'"{here}"' if os.name == "nt" else shlex.quote(str(here))
