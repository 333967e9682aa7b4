"""What authors, instructors and CI use: build, execute, check. Lessons never import this."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
