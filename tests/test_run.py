import asyncio
import os
import time

import nbformat
import psutil
import pytest
from nbformat import v4

from course_utils.authoring import pages
from course_utils.authoring import run as running
from course_utils.authoring.execute import execute
from course_utils.errors import CourseError

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPgPAAEEAQDfYb+zAAAAAElFTkSuQmCC"


def notebook(*sources):
    return v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])


def kernels():
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "ipykernel" in " ".join(child.cmdline())]


def run(cells, tmp_path, **options):
    return asyncio.run(execute(notebook(*cells), cwd=tmp_path, **options))


@pytest.fixture(autouse=True)
def no_kernel_is_left():
    yield
    assert kernels() == []


def test_a_run_reports_seconds_memory_and_progress(tmp_path):
    done = []
    result = run(["x = bytearray(200 * 2**20)", "1 + 1"], tmp_path, on_cell=done.append)
    assert result.error is None
    assert done == [1, 2]
    assert len(result.cell_seconds) == 2
    assert 200 * 2**20 < result.peak_bytes < 500 * 2**20
    assert sum(result.cell_seconds) <= result.seconds


def test_an_error_names_the_cell(tmp_path):
    result = run(["1", "1 / 0", "2"], tmp_path)
    assert result.error == "cell 2: ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in result.traceback


def test_a_figure_that_fails_to_draw_fails_its_cell(tmp_path):
    cells = [
        "import matplotlib.pyplot as plt\nfrom matplotlib.artist import Artist",
        "class Broken(Artist):\n    def draw(self, *arguments):\n        1 / 0",
        "plt.gca().add_artist(Broken());",  # shown as the cell ends, without plt.show()
        "print('never')",
    ]
    result = run(cells, tmp_path)
    assert result.error == "cell 3: ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in result.traceback


def test_a_cell_with_alt_text_draws_a_figure(tmp_path):
    cells = notebook("import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt")
    cells.cells.append(v4.new_code_cell("plt.plot([1])\nplt.show()", metadata={"alt": "a line"}))
    result = asyncio.run(execute(cells, cwd=tmp_path))
    assert result.error == "cell 2: FigureError: the cell has alt text, but drew no figure"


SLIDER = """
import matplotlib.pyplot as plt
from ipywidgets import interact
def draw(slope):
    print("slope", 1 / slope)
    plt.plot([0, slope])
    plt.show()
"""


def test_what_a_slider_shows_at_its_start_is_stored_in_its_place(tmp_path):
    cells = notebook(SLIDER, "interact(draw, slope=(0.0, 1.0));", "interact(draw, slope=(1, 3));")
    assert asyncio.run(execute(cells, cwd=tmp_path)).error is None
    for cell, text in zip(cells.cells[1:], ["slope 2.0\n", "slope 0.5\n"], strict=True):
        printed, figure = cell.outputs
        assert printed.text == text
        assert figure.data.keys() == {"text/plain", "image/png"}


def test_a_slider_whose_figure_fails_fails_its_cell(tmp_path):
    result = run([SLIDER, "interact(draw, slope=(-1, 1));"], tmp_path)
    assert result.error == "cell 2: ZeroDivisionError: division by zero"


def test_a_temporary_folder_with_a_long_path_is_no_obstacle(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    monkeypatch.setenv("TMPDIR", str(long))
    assert run(["1"], tmp_path).error is None
    assert list(long.iterdir()) == []
    monkeypatch.setattr("course_utils.authoring.execute.SOCKET_PATH_BYTES", 5)
    assert run(["1"], tmp_path).error is None, "over TCP, where no folder is short enough"


def test_a_cell_past_its_time_limit_is_named_and_stopped(tmp_path):
    start = time.perf_counter()
    result = run(["1", "import time; time.sleep(60)"], tmp_path, cell_seconds=1)
    assert result.error == "cell 2: passed the time limit of 1 s"
    assert time.perf_counter() - start < 30


def test_a_kernel_that_dies_is_explained(tmp_path):
    result = run(["import os; os._exit(1)"], tmp_path)
    assert result.error == "cell 1: the kernel died; often that means it ran out of memory"


def test_a_kernel_has_the_courses_environment_and_working_folder(tmp_path):
    cells = notebook("import os; print(os.getcwd()); print(os.environ['TF_CPP_MIN_LOG_LEVEL'])")
    asyncio.run(execute(cells, cwd=tmp_path))
    folder, level = cells.cells[0].outputs[0].text.split()
    assert os.path.samefile(folder, tmp_path)
    assert int(level) >= 2


def test_a_cancelled_run_leaves_no_kernel_and_no_half_written_file(checkout):
    write(checkout, "import time", "time.sleep(60)")
    lessons = running.plan([], checkout)
    folder = checkout / "build" / "run"

    async def cancelled():
        task = asyncio.create_task(running.run_all(lessons, jobs=1, folder=folder, root=checkout))
        while not lessons[0].done:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        assert len(kernels()) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert lessons[0].state == "cancelled"
    assert list(folder.glob("*.ipynb")) + list(folder.glob(".*")) == []


def write(checkout, *cells):
    path = checkout / "notebooks" / "01_toy.ipynb"
    nbformat.write(notebook(*cells), path)
    return path


def test_executed_lessons_land_in_the_report_and_the_stored_ones_stay(checkout):
    show = f"display({{'image/png': '{PNG}'}}, raw=True)"
    path = write(checkout, "print('<b>hello</b>')", show)
    stored = nbformat.read(path, 4)
    stored.cells[1].metadata["alt"] = "a dot"
    nbformat.write(stored, path)
    before = path.read_bytes()
    lessons, folder = running.plan(["01"], checkout), checkout / "build" / "run"
    asyncio.run(running.run_all(lessons, jobs=2, folder=folder, root=checkout))
    report = pages.write(lessons, folder, checkout).read_text(encoding="utf-8")
    assert 'href="01_toy.html"' in report
    assert 'href="01_toy.ipynb"' in report
    assert ">ok<" in report
    assert path.read_bytes() == before
    page = (folder / "01_toy.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;hello" in page
    assert '<img alt="a dot"' in page
    figure = nbformat.read(folder / "01_toy.ipynb", 4).cells[1].outputs[0]
    assert figure.metadata["image/png"] == {"alt": "a dot"}


def test_the_links_of_an_executed_lesson_lead_to_the_files_of_the_stored_one(checkout):
    path = write(checkout, "x = [len](())")
    nbformat.write(notebook("1"), checkout / "notebooks" / "exercises" / "01_toy.ipynb")
    stored = nbformat.read(path, 4)
    text = "[do](exercises/01_toy.ipynb#a), [go](https://example.org/a), $[a](b)$, [up](#a)"
    stored.cells.append(v4.new_markdown_cell(text))
    nbformat.write(stored, path)
    lessons, folder = running.plan([], checkout), checkout / "build" / "run"
    asyncio.run(running.run_all(lessons, jobs=1, folder=folder, root=checkout))
    code, markdown = nbformat.read(folder / "01_toy.ipynb", 4).cells
    assert code.source == "x = [len](())"
    assert markdown.source == text.replace("exercises", "../../notebooks/exercises")
    assert (folder / "../../notebooks/exercises/01_toy.ipynb").is_file()


def test_a_failed_lesson_is_in_the_report_with_its_error(checkout):
    write(checkout, "1 / 0")
    lessons, folder = running.plan([], checkout), checkout / "build" / "run"
    asyncio.run(running.run_all(lessons, jobs=1, folder=folder, root=checkout))
    assert lessons[0].state == "failed"
    assert "cell 1: ZeroDivisionError" in pages.write(lessons, folder, checkout).read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("content", [None, "{", "[]", '{"cells": 3}'])
def test_a_missing_or_broken_notebook_says_how_to_get_it_back(checkout, content):
    if content is not None:
        (checkout / "notebooks" / "01_toy.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(CourseError, match=r"notebooks/01_toy.ipynb is .*git checkout"):
        running.plan([], checkout)
