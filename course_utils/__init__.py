"""Helpers that the lessons import, and the tooling behind the `course` command."""
