"""Generate the tables that stand between markers in the READMEs, from what they describe."""

import re

from course_utils.authoring import ROOT, sources
from course_utils.authoring.files import atomic_write
from course_utils.errors import CourseError


def stale(root=ROOT):
    """Return the names of the READMEs whose generated tables a rebuild would change."""
    return [
        str(path.relative_to(root))
        for path, text in _rendered(root).items()
        if path.read_text(encoding="utf-8") != text
    ]


def update(root=ROOT):
    """Rewrite the tables that are stale; return the names of the changed files."""
    changed = stale(root)
    rendered = _rendered(root)
    for name in changed:
        atomic_write(root / name, rendered[root / name])
    return changed


def _rendered(root):
    path = root / "README.md"
    return {path: _between(path, "lessons", lesson_table(root))}


def _between(path, name, table):
    """Return a file's text with the part between its two `name` markers replaced."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise CourseError(f"{path.name}: expected one {begin} and one {end}")
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    return re.sub(pattern, lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)


def lesson_table(root=ROOT):
    """Return the lesson table as Markdown (str): question, data, minutes, what you will see."""
    rows = [
        "| lesson | question | data | minutes to read, do, run | you will see |",
        "|---|---|---|---|---|",
    ]
    for path in sources.lesson_sources(root):
        title = sources.read_title(path)
        links = f"[{title.number} {title.name}](notebooks/{path.stem}.ipynb)"
        if sources.exercise_source(path).exists():
            links += f"<br>[exercises](notebooks/exercises/{path.stem}.ipynb)"
        minutes = ", ".join(map(str, title.minutes))
        cells = [links, title.question, title.data, minutes, title.you_will_see]
        rows.append(f"| {' | '.join(cell.rstrip('.') for cell in cells)} |")
    return "\n".join(rows)
