"""Claims in lessons, and checks, hints and solutions in exercises.

A lesson states what a run gives with `claim`. An exercise notebook calls `check`, and a student who
is stuck calls `hint` or `solution`. The checks themselves are in `lessonNN.py` beside this file.
"""

from course_utils.checks.claims import claim
from course_utils.checks.exercises import check, hint, solution

__all__ = ["check", "claim", "hint", "solution"]
