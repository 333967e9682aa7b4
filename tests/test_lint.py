"""The house style holds, and each of its rules can fail."""

import json
import re

import pytest

from course_utils.authoring import lint, sources


def test_the_course_keeps_to_its_house_style():
    assert lint.lint() == []


@pytest.fixture(scope="module")
def first_lesson():
    return sources.lesson_sources()[0]


@pytest.fixture
def copy(first_lesson, tmp_path):
    """A copy of the first lesson's source, to be damaged."""
    path = tmp_path / first_lesson.name
    path.write_text(first_lesson.read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def exercises_copy(first_lesson, tmp_path):
    source = sources.exercise_source(first_lesson)
    path = tmp_path / source.name
    path.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


FIGURE = "\n# %%\nimport matplotlib.pyplot as plt\nplt.show()\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FIGURE, "a figure without alt"),
        ("\n# %%\nmatplotlib.use('Agg')\n", "matplotlib.use"),
        ("\n# %% [markdown]\n# ![](x.png)\n", "an image without alt text"),
        ('\n# %% [markdown]\n# <img src="x.png">\n', "an image without alt text"),
        ("\n# %% [markdown]\n# ## Bye 🎉\n", "an emoji in a heading"),
        ("\n# %%\nopen('/home/someone/x')\n", "an absolute path"),
        ("\n# %% [markdown]\n# ## One more section\n", "the last sections are"),
    ],
)
def test_a_departure_is_found(copy, text, problem):
    before = lint.lint_lesson(copy)
    append(copy, text)
    found = [line for line in lint.lint_lesson(copy) if line not in before]
    assert any(problem in line for line in found)


@pytest.mark.parametrize("text", ["\n# %% [markdown]\n# see [this](/docs/x) and a/home/x\n"])
def test_what_is_fine_is_not_found(copy, text):
    append(copy, text)
    assert not any("absolute" in line for line in lint.lint_lesson(copy))


def test_too_few_objectives_and_a_poor_setup_cell_are_found(copy):
    text = copy.read_text(encoding="utf-8")
    start = text.index("# - ")
    text = text[:start] + "# - one\n#\n" + text[text.index("# **Data:**") :]
    text = text.replace("import numpy", "for _ in ():\n    pass\nimport numpy", 1)
    copy.write_text(text, encoding="utf-8")
    found = "\n".join(lint.lint_lesson(copy))
    assert "objectives" in found
    assert "setup cell" in found
    assert "Recap has one bullet" in found


def test_too_few_wrong_answers_and_no_minutes_are_found(exercises_copy):
    text = exercises_copy.read_text(encoding="utf-8").replace(" minutes, ", " moments, ")
    first = sources.exercises(exercises_copy)[0]
    marker = f'# %% wrong="{first.name}"\n'
    before, one, *others = text.split(marker)
    rest = others[-1].split("\n# %%", 1)[1]
    text = f"{before}{marker}{one}\n# %%{rest}"
    exercises_copy.write_text(text, encoding="utf-8")
    found = "\n".join(lint.lint_exercises(exercises_copy))
    assert "two named wrong answers" in found
    assert "no minutes" in found


def cell(outputs=(), execution_count=1, **metadata):
    return {
        "cell_type": "code", "source": "x", "metadata": metadata,
        "outputs": list(outputs), "execution_count": execution_count,
    }  # fmt: skip


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": [text]}


IMAGE = {"output_type": "display_data", "data": {"image/png": "", "text/plain": "<Figure size>"}}


@pytest.mark.parametrize(
    ("folder", "bad", "problem"),
    [
        ("notebooks", cell(execution_count=None), "no stored run"),
        ("notebooks", cell([{"output_type": "error", "ename": "E"}]), "a stored error, E"),
        ("notebooks", cell([printed("oh", "stderr")]), "stderr"),
        ("notebooks", cell([printed("/root/x")]), "path"),
        ("notebooks", cell([printed("<History at 0x7f76fc0e8810>")]), "an object's address"),
        ("notebooks", cell([IMAGE]), "a figure without alt"),
        ("notebooks", cell(alt="a dot"), "but no figure"),
        (
            "notebooks",
            cell([{"output_type": "display_data", "data": {"text/plain": "<Figure size 6x4>"}}]),
            "in place of the figure",
        ),
        ("exercises", cell(), "a stored output in a student's notebook"),
    ],
)  # fmt: skip
def test_a_bad_generated_cell_is_found(tmp_path, folder, bad, problem):
    path = tmp_path / folder / "01_toy.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": [bad]}), encoding="utf-8")
    assert any(problem in line for line in lint.lint_notebook(path))


def test_a_good_generated_cell_is_not(tmp_path):
    path = tmp_path / "01_toy.ipynb"
    path.write_text(json.dumps({"cells": [cell([IMAGE], alt="a dot"), cell()]}), encoding="utf-8")
    assert lint.lint_notebook(path) == []


def test_helpers_that_grow_are_found(tmp_path):
    folder = tmp_path / "course_utils"
    folder.mkdir()
    function = 'def f{n}():\n    """Do\n\n    nothing."""\n    # why\n    pass\n'
    (folder / "data.py").write_text(
        "".join(function.format(n=n) for n in range(301)), encoding="utf-8"
    )
    found = "\n".join(lint.lint_helpers(tmp_path))
    assert re.search(r"\d{3,} lines of code", found)
    assert "301 functions" in found


def test_folded_code_and_wrong_minutes_to_read_are_found(copy, exercises_copy, monkeypatch):
    monkeypatch.setattr(lint, "FOLDED", set())
    append(copy, "\n# %%\ntotal, count = 0, 0\n")
    append(copy, "\n# %% [markdown]\n# " + "word " * 10_000 + "\n")
    found = "\n".join(lint.lint_lesson(copy))
    assert "several assignments in one: one line for each name: 'total, count = 0, 0'" in found
    assert "minutes to read, at most 45: move what is aside into a section `## Going" in found
    assert re.search(
        r"title says \d+ minutes to read; words and lines of code make \d+\.\d: write", found
    )
    text = exercises_copy.read_text(encoding="utf-8")
    marker = "    ### BEGIN SOLUTION\n"
    exercises_copy.write_text(text.replace(marker, f"{marker}    a, b = 1, 2\n", 1), "utf-8")
    found = "\n".join(lint.lint_exercises(exercises_copy))
    assert "several assignments in one: one line for each name: 'a, b = 1, 2'" in found
