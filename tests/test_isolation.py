"""Whatever a user has set for Python, IPython, matplotlib or Keras, the course works the same."""

import asyncio
import json
import os
import subprocess
import sys

import pytest
from nbformat import v4

from course_utils.authoring import ROOT, execute, kernel
from course_utils.authoring.files import atomic_write

# LC_ALL=C is UTF-8 to Python, unless both of the other two say no.
OUTPUTS = {
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "C locale": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
}
# One process an encoding: starting one takes longer than what the commands do.
CODE = """
import sys
from course_utils import cli
for line in ["--help", "run --help", "doctor", "data list", "run 42−"]:
    sys.argv[1:] = line.split()
    try:
        cli.main()
    except SystemExit as end:
        print(f"<{line}: {end.code}>", file=sys.stderr)

from course_utils.checks import check, claim
claim("η − 1 of two", 1, at_least=0)
print("ʃ, \\udcff, ∑")
check("01-gradient", 3)
"""


def python(code, **variables):
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"NO_COLOR": "1", **variables}, cwd=ROOT,
        capture_output=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", OUTPUTS)
def test_commands_claims_and_checks_print_on_an_output_of_any_encoding(name):
    code = CODE.encode("ascii", "backslashreplace").decode()
    done = python(code, PYTHONUTF8="0", **OUTPUTS[name])
    out, error = (each.decode("latin-1") for each in (done.stdout, done.stderr))
    assert "UnicodeEncodeError" not in error
    assert (
        "<--help: 0>\n<run --help: 0>\n<doctor: 0>\n<data list: 0>\n<run 42-: course: no les"
        in error
    )
    assert "+ Python: 3." in out
    assert "| fashion_mnist " in out
    assert "\n+ eta - 1 of two" in out
    assert out.splitlines()[-1] == "?, ?, ?"
    assert "WrongAnswer: x 01-gradient: expected a function, got int" in error


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    """A user's home with settings for everything, and modules of theirs on PYTHONPATH."""
    files = {
        ".ipython/profile_default/startup/00.py": "sum = None",
        ".ipython/profile_default/ipython_config.py": (
            "c.InlineBackend.figure_formats = {'svg'}\n"
            "c.InteractiveShell.ast_node_interactivity = 'all'"
        ),
        ".config/matplotlib/matplotlibrc": "figure.figsize: 1, 1",
        ".keras/keras.json": json.dumps(
            {"floatx": "float16", "backend": "torch", "image_data_format": "channels_first"}
        ),
        "startup.py": "sum = None",
        "modules/random.py": "raise ImportError('a random of the user')",
        "modules/keras.py": "raise ImportError('a keras of the user')",
    }
    for name, text in files.items():
        atomic_write(tmp_path / name, text)
    for name in ("IPYTHONDIR", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "KERAS_HOME", "MATPLOTLIBRC"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOME": str(tmp_path), "PYTHONSTARTUP": str(tmp_path / "startup.py"),
        "PYTHONPATH": str(tmp_path / "modules"), "KERAS_BACKEND": "torch", "PYTHONOPTIMIZE": "1",
        "PYTHONWARNINGS": "error",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for name, value in kernel.kernel_environment().items():
        monkeypatch.setenv(name, value)  # the course's kernel, not the one that tests use
    kernel.ensure_kernel()
    return tmp_path


def test_a_kernel_has_none_of_the_users_settings(theirs):
    sources = [
        "import random, matplotlib.pyplot as plt\nprint(sum([1, 2]))\n3\n4",
        "print(plt.rcParams['figure.figsize'], __debug__)\nplt.plot([1])\nplt.show()",
        "from keras import config\n"
        "print(config.backend(), config.floatx(), config.image_data_format())",
    ]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    result = asyncio.run(execute.execute(notebook, cwd=theirs))
    assert result.error is None, result.traceback
    printed = [
        output.get("text") or sorted(output["data"])
        for cell in notebook.cells
        for output in cell.outputs
    ]
    assert printed == [
        "3\n", ["text/plain"],
        "[6.4, 4.8] True\n", ["image/png", "text/plain"],
        "tensorflow float32 channels_last\n",
    ]  # fmt: skip


def test_the_command_leaves_modules_on_pythonpath_out_and_names_them(theirs):
    code = "from course_utils import cli; import random, sys; sys.argv[1:] = ['doctor']; cli.main()"
    done = python(code, PYTHONUTF8="1", PYTHONOPTIMIZE="", PYTHONWARNINGS="", COLUMNS="400")
    out = done.stdout.decode()
    for name in ("keras", "random"):
        assert f"{theirs}/modules/{name}.py be imported as {name}:" in out, done.stderr.decode()
    assert "unset PYTHONPATH" in out
    assert "KERAS_BACKEND is 'torch': lessons in Jupyter leave that out" in out


def test_tests_run_as_lessons_do_and_keep_the_guard_against_the_network():
    for name, value in kernel.environment().items():
        if name not in ("MPLBACKEND", "PYTHONPATH"):
            assert os.environ[name] == value
    notebook = v4.new_notebook(cells=[v4.new_code_cell("import os; os.environ['PYTHONPATH']")])
    asyncio.run(execute.execute(notebook, cwd=ROOT))
    (output,) = notebook.cells[0].outputs
    assert output["data"]["text/plain"].endswith("offline'")


def test_a_dollar_in_a_path_is_no_variable(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "a$HOME"))
    assert "a$$HOME" in kernel.make_spec()["env"]["KERAS_HOME"]


def test_a_user_without_a_home_gets_one(tmp_path):
    code = "from course_utils import cli; cli._need_a_home(); print(os.environ.get('HOME'))"
    nobody = f"import os; os.path.expanduser = lambda path: path\n{code}"
    home = {"COURSE_HOME": str(tmp_path)}
    assert python(nobody, **home).stdout.decode().strip() == str(tmp_path / "build" / "home")
    assert (tmp_path / "build" / "home").is_dir()
    somebody = f"import os; {code}"
    assert python(somebody, HOME=str(tmp_path), **home).stdout.decode().strip() == str(tmp_path)
