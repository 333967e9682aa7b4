"""The replay of stored notebooks compares words and whole numbers, and passes over decimals."""

import json
import os
import subprocess
import sys

import pytest
from nbformat import v4

from course_utils.authoring import ROOT, build

CELL = """
import os
print("the network loses 3 of 300 pictures, 0.851 against 1,234.5 and 2.5e-07")
print("name      value")
print("first", end=" " * 7)
print(" 0.5" if os.environ.get("COURSE_TEST_OTHER") else "-10.25")
"""
STORED = """\
the network loses 3 of 300 pictures, 0.851 against 1,234.5 and 2.5e-07
name      value
first       -10.25
"""


def notebook(text):
    outputs = [v4.new_output("stream", name="stdout", text=text)] if text else []
    cells = [v4.new_code_cell(CELL, outputs=outputs, execution_count=1)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


CASES = {
    "same": (STORED, True),
    "other decimals": (STORED.replace("0.851", "0.8").replace("1,234.5", "98.75"), True),
    "other exponent": (STORED.replace("2.5e-07", "0.0012"), True),
    "other sign and blanks": (STORED.replace("      -10.25", " 3.5"), True),
    "changed word": (STORED.replace("loses", "wins"), False),
    "changed count": (STORED.replace("3 of 300", "4 of 300"), False),
    "decimal became whole": (STORED.replace("0.851", "1"), False),
    "missing line": (STORED.replace("name      value\n", ""), False),
    "further line": (STORED + "and 0.5\n", False),
    "missing output": ("", False),
}


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """Which of the notebooks above a replay with the project's settings takes for the same."""
    folder = tmp_path_factory.mktemp("replay")
    for name, (text, _) in CASES.items():
        content = notebook(text)
        if not text:  # an empty list of outputs is compared only beside another cell's
            content.cells[0].outputs = [v4.new_output("stream", name="stdout", text="")]
        (folder / f"{name.replace(' ', '_')}.ipynb").write_text(json.dumps(content))
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", folder,
               "-q", "-rA", "-p", "no:cacheprovider", folder]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ)
    lines = done.stdout.splitlines()
    passed = {name for name in CASES
              if any(f"{name.replace(' ', '_')}.ipynb" in line and line.startswith("PASSED")
                     for line in lines)}  # fmt: skip
    assert any(line.startswith(("PASSED", "FAILED")) for line in lines), done.stdout + done.stderr
    return passed


@pytest.mark.parametrize("name", CASES)
def test_what_turns_a_replay_red(replayed, name):
    assert (name in replayed) == CASES[name][1]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a 0.85, -1,234.5 c 3.1e-07 2e-05", "a_<decimal>,_<decimal>_c_<decimal>_<decimal>"),
        ("n 25,636,712 x 37", "n_25,636,712_x_37"),
        ("[0. 1. 0.5]", "[<decimal>_<decimal>_<decimal>]"),
        ("in 3.\nthen 4", "in_3.\nthen_4"),
        ("−0.3 and   0.3", "<decimal>_and_<decimal>"),
        ("0.021 (at least 0.01)", "<decimal>_(at_least_<decimal>)"),
    ],
)  # fmt: skip
def test_the_builder_masks_as_the_replay_does(text, masked):
    assert build.mask(text) == masked


def test_a_rebuild_keeps_decimals_that_are_close_and_stores_those_that_are_not():
    stored = "CNN 0.8512, MLP −0.25, 3 epochs"
    assert build._equal_texts(stored, "CNN 0.8530, MLP −0.25, 3 epochs")
    assert not build._equal_texts(stored, "CNN 0.9012, MLP −0.25, 3 epochs")
    assert not build._equal_texts(stored, "CNN 0.8512, MLP 0.25, 3 epochs")
    assert not build._equal_texts(stored, "CNN 0.8512, MLP −0.25, 4 epochs")
