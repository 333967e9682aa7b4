"""Helpers that the lessons import, and the tooling behind the `course` command."""

from course_utils.isolation import print_on_any_output

print_on_any_output()
