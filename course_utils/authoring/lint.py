"""Hold sources and generated notebooks against the house style: one line for each departure."""

import ast
import json
import math
import re

from course_utils.authoring import ROOT, plainness, sources
from course_utils.authoring.sources import SourceError

# Lessons whose code is still to be written plainly; what `plainness` measures is not asked of them.
FOLDED = {"00", "01", "02", "03", "04", "05", "06", "07", "08", "09"}
HELPERS = ("data.py", "plots.py", "pretrained.py")

_ABSOLUTE_PATH = re.compile(r"(?<![\w.:/])/(home|root|Users|tmp|work|opt|var|mnt)/\w|\b[A-Z]:\\\w")
_EMOJI = re.compile("[\U0001f000-\U0001faff☀-➿]")
_IMAGE = re.compile(r"!\[(.*?)\]\(|<img\b(?![^>]*\balt=\"[^\"]+\")")


def lint(root=ROOT):
    """Check every lesson, exercise and generated notebook, and the helpers' size.

    Args:
        root: path of the checkout.

    Returns:
        list of str, "file: what departs from the house style"; empty when all is well.
    """
    problems = []
    for lesson in sources.lesson_sources(root):
        checks = [(lesson, lint_lesson)]
        if (path := sources.exercise_source(lesson)).exists():
            checks.append((path, lint_exercises))
        else:
            problems.append(f"{lesson.name}: has no exercises, {path.name} is missing")
        for path, check in checks:
            try:
                problems += [f"{path.name}: {line}" for line in check(path)]
            except SourceError as error:
                problems.append(str(error))
    for folder in ("", "solutions", "exercises"):
        for path in sorted((root / "notebooks" / folder).glob("*.ipynb")):
            name = path.relative_to(root).as_posix()
            problems += [f"{name}: {line}" for line in lint_notebook(path)]
    for path in sorted((root / "slides").glob("[0-9][0-9]_*.md")):
        problems += [f"slides/{path.name}: {line}" for line in lint_deck(path)]
    return problems + lint_helpers(root)


def lint_lesson(path):
    """Return the departures of one lesson source, as a list of str."""
    title, cells = sources.read_title(path), sources.read_cells(path)
    problems = [line for cell in cells for line in _cell_problems(cell)]
    if not 3 <= len(title.objectives) <= 5:
        problems.append(f"3 to 5 objectives, not {len(title.objectives)}")
    if cells[1].cell_type != "code" or not _is_setup(cells[1].source):
        problems.append("the second cell is the setup cell: imports, seed, style, nothing else")
    problems += _closing_problems(cells, title, path)
    if title.number not in FOLDED:
        problems += plainness.problems([c.source for c in cells if c.cell_type == "code"])
        problems += _reading_problems(cells, title)
    return problems


def lint_exercises(path):
    """Return the departures of one exercise source, as a list of str."""
    cells, exercises = sources.read_cells(path), sources.exercises(path)
    problems = [line for cell in cells for line in _cell_problems(cell)]
    if not 3 <= len(exercises) <= 5:
        problems.append(f"3 to 5 exercises, not {len(exercises)}")
    if not any("from course_utils.checks import" in cell.source for cell in cells[:3]):
        problems.append("the setup cell imports check, hint and solution")
    statements = [cell.source for cell in cells if cell.source.startswith("## Exercise ")]
    if len(statements) != len(exercises):
        problems.append("one heading `## Exercise N: …` for each exercise")
    problems += [
        f"{text.splitlines()[0]!r} states no minutes and points"
        for text in statements
        if not re.search(r"\d+ minutes?, \d+ points?", text)
    ]
    for exercise in exercises:
        if not 2 <= len(exercise.hints) <= 4:
            problems.append(f"{exercise.name}: 2 to 4 hints, not {len(exercise.hints)}")
        if len(exercise.wrong_answers) < 2:
            problems.append(f"{exercise.name}: at least two named wrong answers")
    if path.name[:2] not in FOLDED:
        problems += plainness.problems([exercise.answer for exercise in exercises])
    return problems


def _reading_problems(cells, title):
    """Return what is wrong with the minutes that a lesson takes to read."""
    minutes = plainness.reading_minutes(cells)
    stated, rounded = title.minutes[0], 5 * math.ceil(minutes / 5)
    problems = []
    if minutes > plainness.MINUTES:
        problems.append(
            f"{minutes:.0f} minutes to read, at most {plainness.MINUTES}: move what is aside into "
            "a section `## Going further: …`"
        )
    if stated != rounded:
        problems.append(
            f"the title says {stated} minutes to read; words and lines of code make {minutes:.1f}: "
            f"write {rounded}"
        )
    return problems


def lint_notebook(path):
    """Return the departures of one generated notebook, as a list of str."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError) as error:
        return [f"not readable as a notebook ({error})"]
    problems = []
    for number, cell in enumerate(cells, start=1):
        if _ABSOLUTE_PATH.search(json.dumps(cell, ensure_ascii=False)):
            problems.append(f"cell {number}: an absolute path")
        if cell["cell_type"] != "code":
            continue
        is_stub = path.parent.name == "exercises"
        if is_stub and (cell["outputs"] or cell["execution_count"]):
            problems.append(f"cell {number}: a stored output in a student's notebook")
        if not is_stub and not cell["execution_count"]:
            problems.append(f"cell {number}: no stored run")
        if re.search(r" at 0x[0-9a-f]{6,}", json.dumps(cell["outputs"])):
            problems.append(f"cell {number}: an object's address; name the cell's last value")
        problems += [
            f"cell {number}: {line}" for line in map(_output_problem, cell["outputs"]) if line
        ]
        has_image = any("image/png" in output.get("data", {}) for output in cell["outputs"])
        if has_image and not cell["metadata"].get("alt"):
            problems.append(f'cell {number}: a figure without alt="…"')
        if cell["metadata"].get("alt") and not is_stub and not has_image:
            problems.append(f"cell {number}: alt text, but no figure")
    return problems


def lint_deck(path):
    """Return the departures of one deck, as a list of str.

    A deck has 20 to 45 slides, each a heading of level 1 or 2, and fills 45 to 60 minutes: every
    slide has notes, which begin with their minutes.
    """
    slides, fence = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if fence:  # a comment in code is no heading
            fence = "" if line == fence else fence
            continue
        if match := re.match(r"#{1,2} (.*)", line):
            slides[len(slides), match[1]] = []
        elif match := re.match(r"```\{notes\} ([\d.]+) min$", line):
            list(slides.values())[-1].append(float(match[1]))
        fence = re.match(r"`*", line)[0] if line.startswith("```") else ""
    problems = [
        f"slide “{title}” has {len(minutes)} notes with minutes, expected one"
        for (_, title), minutes in slides.items()
        if len(minutes) != 1
    ]
    minutes = sum(map(sum, slides.values()))
    if not 20 <= len(slides) <= 45:
        problems.append(f"20 to 45 slides, not {len(slides)}")
    if not 45 <= minutes <= 60:
        problems.append(f"45 to 60 minutes of notes, not {minutes:g}")
    if len(re.findall(r"\{container\} quiz\b", path.read_text(encoding="utf-8"))) < 2:
        problems.append("fewer than two quiz questions")
    return problems


def lint_helpers(root=ROOT):
    """Return what of the lesson-facing helpers outgrows 600 lines or 25 public functions.

    Lines of code count, not documentation: a helper should never save on its docstring.
    """
    lines, names = 0, []
    for path in (root / "course_utils" / name for name in HELPERS):
        if path.exists():
            tree = ast.parse(path.read_text(encoding="utf-8"))
            lines += _lines_of_code(tree)
            functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
            names += [name for name in functions if name[0] != "_"]
    problems = []
    if lines > 600:
        problems.append(f"course_utils: lessons' helpers have {lines} lines of code, at most 600")
    if len(names) > 25:
        problems.append(f"course_utils: lessons' helpers are {len(names)} functions, at most 25")
    return problems


def _lines_of_code(tree):
    """Count the lines of a module without blank lines, comments and docstrings."""
    for node in ast.walk(tree):
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef
        if isinstance(node, kinds) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return len(ast.unparse(tree).splitlines())


def _cell_problems(cell):
    """Return the departures of one source cell."""
    first = (cell.source.splitlines() or [""])[0]
    problems = []
    if cell.cell_type == "code":
        if "plt.show()" in cell.source and "alt" not in cell.metadata:
            problems.append(f'a figure without alt="…": {first!r}')
        if "matplotlib.use" in cell.source:
            problems.append("matplotlib.use(…) replaces every figure by a line of text")
    else:
        if any(match[1] in ("", None) for match in _IMAGE.finditer(cell.source)):
            problems.append(f"an image without alt text: {first!r}")
        if any(_EMOJI.search(line) for line in cell.source.splitlines() if line.startswith("#")):
            problems.append(f"an emoji in a heading: {first!r}")
    if _ABSOLUTE_PATH.search(cell.source):
        problems.append(f"an absolute path: {first!r}")
    return problems


def _closing_problems(cells, title, path):
    """A lesson ends with Recap, Exercises and Further reading."""
    sections = {}
    for cell in cells:
        for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
            if cell.cell_type == "markdown" and part.startswith("## "):
                sections[part.splitlines()[0][3:].strip()] = part
    if list(sections)[-3:] != ["Recap", "Exercises", "Further reading"]:
        return ["the last sections are Recap, Exercises, Further reading"]
    bullets = {name: len(re.findall(r"^- ", text, re.MULTILINE)) for name, text in sections.items()}
    problems = []
    if bullets["Recap"] != len(title.objectives):
        problems.append("Recap has one bullet for each objective")
    if f"exercises/{path.stem}.ipynb" not in sections["Exercises"]:
        problems.append(f"Exercises links exercises/{path.stem}.ipynb")
    if not 1 <= bullets["Further reading"] <= 5:
        problems.append("Further reading has one to five entries")
    return problems


def _is_setup(code):
    """A setup cell imports, assigns constants and calls what seeds and styles."""
    allowed = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign)
    return all(isinstance(node, allowed) for node in ast.parse(code).body)


def _output_problem(output):
    if output["output_type"] == "error":
        return f"a stored error, {output['ename']}"
    if output.get("name") == "stderr":
        return f"text on stderr: {''.join(output['text'])[:60]!r}"
    if "<Figure size" in json.dumps(output) and "image/png" not in output.get("data", {}):
        return "a figure's name in place of the figure"
    return None
