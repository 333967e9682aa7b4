"""The one exception that the `course` command shows as a line instead of a traceback."""


class CourseError(Exception):
    """Something the user can mend; the message says what happened and what to do."""
