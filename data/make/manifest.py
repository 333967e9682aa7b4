"""Bring manifest.json and the tables of README.md up to date; `--check` only says what is stale."""

import sys

from course_utils.authoring import data_tables

if __name__ == "__main__":
    stale = data_tables.refresh(check="--check" in sys.argv)
    print("\n".join(stale) or "data/manifest.json and data/README.md are up to date")
    sys.exit(bool(stale) and "--check" in sys.argv)
