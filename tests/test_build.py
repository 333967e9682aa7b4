import json
import shutil

import nbformat
import pytest
from conftest import EXERCISES, LESSON

from course_utils.authoring import build, readme, sources
from course_utils.errors import CourseError


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A toy checkout, built once."""
    root = tmp_path_factory.mktemp("checkout")
    folder = root / "notebooks" / "src"
    folder.mkdir(parents=True)
    (folder / "99_toy.py").write_text(LESSON.replace("# 01 Toy", "# 99 Toy"), encoding="utf-8")
    (root / "README.md").write_text(
        "<!-- lessons:begin -->\n<!-- lessons:end -->\n", encoding="utf-8"
    )
    build.build(folder / "99_toy.py", root)
    readme.update(root)
    return root


@pytest.fixture
def root(built, tmp_path):
    return shutil.copytree(built, tmp_path / "checkout")


def lesson(root):
    return root / "notebooks" / "src" / "99_toy.py"


def stored(root):
    return root / "notebooks" / "99_toy.ipynb"


def edit(root, old, new):
    text = lesson(root).read_text(encoding="utf-8")
    assert old in text
    lesson(root).write_text(text.replace(old, new), encoding="utf-8")


def outputs(root):
    notebook = nbformat.read(stored(root), as_version=4)
    return {
        cell.source.splitlines()[0]: cell.outputs for cell in notebook.cells if "outputs" in cell
    }


def test_a_built_lesson_has_outputs_alt_text_and_no_trace_of_the_machine(root):
    made = outputs(root)
    assert made["print(1 + 1)"][0].text == "2\n"
    (figure,) = made['plt.plot([1], [1], "o")']
    assert figure.metadata["image/png"] == {"alt": "a dot"}
    metadata = json.loads(stored(root).read_text(encoding="utf-8"))["metadata"]
    assert metadata["language_info"] == {"name": "python"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert "iopub" not in stored(root).read_text(encoding="utf-8")


def test_a_rebuild_writes_nothing_and_a_forced_one_keeps_the_bytes(root):
    before = stored(root).read_bytes()
    assert build.build(lesson(root), root) == []
    assert build.build(lesson(root), root, force=True) == []
    assert stored(root).read_bytes() == before


def test_a_change_of_text_executes_nothing(root, monkeypatch):
    monkeypatch.setattr(build, "_execute", lambda *_: pytest.fail("executed"))
    edit(root, "Does it add up?", "Does it sum up?")
    before = outputs(root)
    assert build.build(lesson(root), root) == [stored(root)]
    assert outputs(root) == before


def test_exercises_are_built_with_checks_that_no_stored_notebook_knows_yet(root):
    source = sources.exercise_source(lesson(root))
    text = EXERCISES.replace("01-halve", "99-halve").replace("# 01 Toy", "# 99 Toy")
    solved = root / "notebooks" / "solutions" / "99_toy.ipynb"
    for name in ("halve", "half"):  # a first build, and one with another exercise
        source.write_text(text.replace("99-halve", f"99-{name}"), encoding="utf-8")
        assert solved in build.build(lesson(root), root)
        assert f"✓ 99-{name}: right" in solved.read_text(encoding="utf-8")


def test_exercises_with_an_unsound_check_are_not_built(root):
    source = sources.exercise_source(lesson(root))
    text = EXERCISES.replace("01-halve", "99-halve").replace("# 01 Toy", "# 99 Toy")
    source.write_text(text.replace("x * sqrt(4)", "x / sqrt(4)"), encoding="utf-8")
    with pytest.raises(CourseError, match="'halve_doubled' reads 'right' instead of its message"):
        build.build(lesson(root), root)
    assert not (root / "notebooks" / "solutions" / "99_toy.ipynb").exists()


def test_a_change_of_code_renews_the_outputs(root):
    edit(root, "print(1 + 1)", "print(1 + 2)")
    before = outputs(root)
    build.build(lesson(root), root)
    assert outputs(root)["print(1 + 2)"][0].text == "3\n"
    assert outputs(root)["print(time.time())"] != before["print(time.time())"]


def test_a_failing_cell_is_named_and_the_stored_notebook_stays(root):
    before = stored(root).read_bytes()
    edit(root, "print(1 + 1)", "print(1 / 0)")
    with pytest.raises(CourseError, match=r"99_toy.ipynb, cell 3: ZeroDivisionError"):
        build.build(lesson(root), root)
    assert stored(root).read_bytes() == before


def test_check_is_silent_after_a_build(root):
    assert build.stale([lesson(root)], root) == []


def damage_source(root):
    edit(root, "print(1 + 1)", "print(1 + 3)")
    return "differs from its source"


def damage_generated_cell(root):
    stored(root).write_text(
        stored(root).read_text(encoding="utf-8").replace("print(1 + 1)", "print(2)"),
        encoding="utf-8",
    )
    return "differs from its source"


def damage_json(root):
    stored(root).write_text(stored(root).read_text(encoding="utf-8")[:-20], encoding="utf-8")
    return "not readable as a notebook"


def damage_outputs(root):
    notebook = build._without_outputs(nbformat.read(stored(root), as_version=4))
    nbformat.write(notebook, stored(root))
    return "without a stored run"


def damage_by_deleting(root):
    stored(root).unlink()
    return "missing"


def damage_with_an_orphan(root):
    stored(root).with_name("98_old.ipynb").write_text("{}", encoding="utf-8")
    return "no source makes this"


def damage_readme(root):
    path = root / "README.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("two numbers", "three numbers"), encoding="utf-8"
    )
    return "tables are stale"


@pytest.mark.parametrize(
    "damage",
    [
        damage_source,
        damage_generated_cell,
        damage_json,
        damage_outputs,
        damage_by_deleting,
        damage_with_an_orphan,
        damage_readme,
    ],
)
def test_check_names_what_is_stale_and_executes_nothing(root, damage, monkeypatch):
    monkeypatch.setattr(build, "_execute", lambda *_: pytest.fail("executed"))
    expected = damage(root)
    (line,) = build.stale([lesson(root)], root)
    assert expected in line


def test_a_damaged_notebook_is_rebuilt(root):
    before = stored(root).read_bytes()
    damage_json(root)
    assert build.build(lesson(root), root) == [stored(root)]
    assert build.stale([lesson(root)], root) == []
    assert len(stored(root).read_bytes()) == pytest.approx(len(before), rel=0.1)


def test_exercises_are_stored_without_outputs_and_solutions_with(checkout, monkeypatch):
    def pretend(path, notebook, root, on_cell):
        for number, cell in enumerate(build._code_cells(notebook), start=1):
            cell.execution_count = number

    monkeypatch.setattr(build, "_execute", pretend)
    (source,) = sources.lesson_sources(checkout)
    written = [path.relative_to(checkout).as_posix() for path in build.build(source, checkout)]
    assert written == [
        "notebooks/01_toy.ipynb",
        "notebooks/exercises/01_toy.ipynb",
        "notebooks/solutions/01_toy.ipynb",
    ]
    student = nbformat.read(checkout / "notebooks" / "exercises" / "01_toy.ipynb", as_version=4)
    assert all(cell.execution_count is None for cell in build._code_cells(student))


def test_equal_images_survive_a_hair_but_not_a_line():
    import base64
    import io

    import numpy as np
    from PIL import Image

    def png(array):
        buffer = io.BytesIO()
        Image.fromarray(array.astype("uint8")).save(buffer, "png")
        return base64.b64encode(buffer.getvalue()).decode()

    page = np.full((40, 40, 3), 200)
    hair, line = page.copy(), page.copy()
    hair[0, 0] += 1
    line[10] = 0
    assert build._equal_images(png(page), png(hair))
    assert not build._equal_images(png(page), png(line))
    assert not build._equal_images(png(page), png(page[:20]))
