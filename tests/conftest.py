"""What every test run needs: the course's kernel, a browser, no network beyond this machine."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from course_utils.authoring import browser, kernel
from course_utils.authoring.files import atomic_write

OFFLINE = Path(__file__).parent / "offline"
SKIPPED = f"The browser tests were skipped, since there is {browser.NONE} here: {browser.CURE}."


# What a user may have set, and a test would stumble over.
SETTINGS = ("COURSE_HOME", "COURSE_DATA_MIRROR", "FORCE_COLOR", "MPLBACKEND")


def pytest_configure(config):
    """Let tests, their subprocesses and kernels run as lessons do, and without the network."""
    os.environ.update(kernel.environment() | {"PYTHONPATH": str(OFFLINE)})
    for name in SETTINGS:
        os.environ.pop(name, None)
    for name in ("no_proxy", "NO_PROXY"):  # the tests' own servers
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))
    os.environ.update(kernel.kernel_environment())
    # The course's kernel drops PYTHONPATH, and the guard with it: this one keeps the guard.
    guarded = tempfile.TemporaryDirectory(prefix="course-tests-")
    config.add_cleanup(guarded.cleanup)
    folder = Path(guarded.name)
    spec = json.dumps(kernel.make_spec(PYTHONPATH=str(OFFLINE)))
    atomic_write(folder / "kernels" / "python3" / "kernel.json", spec)
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(folder), os.environ["JUPYTER_PATH"]])
    if not hasattr(config, "workerinput"):
        kernel.ensure_kernel()


def pytest_unconfigure(config):
    """Say that browser tests were skipped, on the last line, where nobody overlooks it."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    skipped = reporter.stats.get("skipped", [])
    if any(browser.NONE in str(report.longrepr) for report in skipped):
        reporter.write_line(SKIPPED)


# For one file at a time: while Playwright runs, its thread cannot run an asyncio loop of its own.
@pytest.fixture(scope="module")
def chromium():
    """A headless browser; without one the tests that want it are skipped, or fail in CI."""
    from playwright.sync_api import sync_playwright

    path = browser.find()
    if path is None and os.environ.get(browser.REQUIRED):
        pytest.fail(browser.NONE)
    if path is None:
        pytest.skip(browser.NONE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def checkout(tmp_path):
    """A small checkout: one lesson whose cells take no time, with its exercises."""
    return make_checkout(tmp_path)


def make_checkout(root):
    """Write the small checkout into an empty folder and return that folder."""
    sources = root / "notebooks" / "src"
    sources.mkdir(parents=True)
    (root / ".git").mkdir()
    for name in ("exercises", "solutions"):
        (root / "notebooks" / name).mkdir()
    (sources / "01_toy.py").write_text(LESSON, encoding="utf-8")
    (sources / "01_toy_exercises.py").write_text(EXERCISES, encoding="utf-8")
    (root / "README.md").write_text(
        "# Toy\n<!-- lessons:begin -->\n<!-- lessons:end -->\n", encoding="utf-8"
    )
    return root


LESSON = """\
# %% [markdown]
# # 01 Toy
#
# **Does it add up?**
#
# After this lesson you can
#
# - add two numbers
# - subtract them,
#   in any order
# - draw them
#
# **Data:** two numbers.
#
# **You will see:** their sum.
#
# **You need:** nothing.
#
# **Minutes:** 1 to read, 2 to do, 3 to run.

# %%
import time

import matplotlib.pyplot as plt

# %%
print(1 + 1)

# %% tags=["nbval-ignore-output"]
print(time.time())

# %% alt="a dot" name="dot"
plt.plot([1], [1], "o")
plt.show()
"""

EXERCISES = '''\
# %% [markdown]
# # 01 Toy: exercises

# %%
from math import sqrt

from course_utils.checks import check, hint, solution

# %% [markdown]
# ## Exercise 1: halve
#
# *Fill in, 1 minute, 2 points.*

# %% exercise="01-halve" points=2
def halve(x):
    """Return half of x."""
    factor = sqrt(4)
    ### BEGIN SOLUTION
    secret_half = x / factor
    return secret_half
    ### END SOLUTION


# %% [markdown] hint="01-halve"
# A half-hidden hint.

# %% [markdown] why="01-halve"
# Because two halves make a whole.


# %% check="01-halve"
def inputs(random):
    return [(x,) for x in random.uniform(1, 9, size=5)]


# %% wrong="01-halve"
def halve_doubled(x):
    """That is twice as much."""
    return x * sqrt(4)


# %% wrong="01-halve"
{
    "x / factor → x / 2 / factor": "That is half of the half.",
}
'''
