import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from course_utils.authoring import files, kernel
from course_utils.errors import CourseError


@pytest.fixture
def prefix(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path


def spec_path(prefix):
    return prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"


def test_kernel_is_written_and_then_left_alone(prefix, monkeypatch):
    assert "missing" in kernel.kernel_problem()
    kernel.ensure_kernel()
    assert kernel.kernel_problem() is None
    spec = json.loads(spec_path(prefix).read_text(encoding="utf-8"))
    assert Path(spec["argv"][0]).is_absolute()
    assert spec["env"]["PYTHONHASHSEED"] == "0"
    monkeypatch.setattr(kernel, "atomic_write", None)  # would raise when called
    kernel.ensure_kernel()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"argv": ["python"]}'])
def test_any_other_kernel_is_replaced(prefix, content):
    spec_path(prefix).parent.mkdir(parents=True)
    spec_path(prefix).write_text(content, encoding="utf-8")
    assert kernel.kernel_problem()
    kernel.ensure_kernel()
    assert kernel.kernel_problem() is None


def test_folder_that_cannot_be_written_is_named(prefix):
    (prefix / "share").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(CourseError, match=r"kernel\.json cannot be written"):
        kernel.ensure_kernel()


def test_missing_ipykernel_is_named(prefix, monkeypatch):
    monkeypatch.setattr(kernel, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match="ipykernel is missing"):
        kernel.ensure_kernel()


def test_it_wins_over_kernels_of_user_and_jupyter_path(tmp_path):
    kernel.ensure_kernel()
    for name in ("user", "path"):
        folder = tmp_path / name / "kernels" / "python3"
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(
            '{"argv": ["x"], "display_name": "x"}', encoding="utf-8"
        )
    code = "from jupyter_client.kernelspec import get_kernel_spec as g; print(g('python3').argv[0])"
    theirs = {
        "JUPYTER_DATA_DIR": str(tmp_path / "user"), "JUPYTER_PATH": str(tmp_path / "path"),
        "JUPYTER_PREFER_ENV_PATH": "0",
    }  # fmt: skip

    def find(**more):
        command = [sys.executable, "-c", code]
        environment = os.environ | theirs | more
        return subprocess.check_output(command, env=environment, text=True).strip()

    assert find() == "x"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", theirs["JUPYTER_PATH"])
        ours = kernel.kernel_environment()
        patch.setenv("JUPYTER_PATH", ours["JUPYTER_PATH"])
        assert kernel.kernel_environment() == ours
    assert Path(find(**ours)).is_relative_to(sys.prefix)


def test_tensorflow_is_silent_in_the_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    for name, value in kernel.kernel_environment().items():
        monkeypatch.setenv(name, value)
    kernel.ensure_kernel()
    code = """
import keras, numpy, os, sys
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(numpy.zeros((4, 2)), numpy.zeros((4, 1)), verbose=0)
print(sys.prefix, hash("a") == %d)
import matplotlib.pyplot as plt
plt.plot([1]); plt.show()
"""
    hash_of_a = subprocess.check_output(
        [sys.executable, "-c", "print(hash('a'))"], env=os.environ | {"PYTHONHASHSEED": "0"}
    )
    cell = nbformat.v4.new_code_cell(code % int(hash_of_a))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    config = Config({"KernelManager": {"transport_encryption": "auto"}})
    client = NotebookClient(notebook, kernel_name="python3", config=config)
    client.execute(cwd=str(tmp_path))
    kinds = [output.get("name", output.output_type) for output in cell.outputs]
    assert kinds == ["stdout", "display_data"]
    assert cell.outputs[0].text == f"{sys.prefix} True\n"


def test_failed_write_keeps_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a" / "b.txt"
    files.atomic_write(path, "ä\n")
    assert path.read_bytes() == b"\xc3\xa4\n"

    def refuse(*args):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        files.atomic_write(path, b"new")
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]
    assert path.read_bytes() == b"\xc3\xa4\n"
