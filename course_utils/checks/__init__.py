"""Claims in lessons, and checks, hints and solutions in exercises.

A lesson states what a run gives with `claim`, and several claims as one table with `claim_table`.
An exercise notebook calls `check`, and a student who is stuck calls `hint` or `solution`. The
checks themselves stand in the exercise's own source, notebooks/src/NN_topic_exercises.py.
"""

from course_utils.checks.claims import claim, claim_table
from course_utils.checks.exercises import check, hint, solution

__all__ = ["check", "claim", "claim_table", "hint", "solution"]
