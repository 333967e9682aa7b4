"""Find a browser, get one, or say at the end of a test run that there is none."""

import os
import subprocess
import sys
from pathlib import Path

import conftest
import pytest

from course_utils.authoring import browser
from course_utils.errors import CourseError

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine without a browser: its folder `bin` is the whole path."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("COURSE_BROWSER", raising=False)
    monkeypatch.delenv(browser.REQUIRED, raising=False)
    monkeypatch.setattr(browser, "PLACES", {})
    monkeypatch.setattr(browser, "_folder", lambda: tmp_path / "browsers")
    browser._starts.cache_clear()
    return tmp_path


def program(path, text="exit 0"):
    """Write a shell script that can be executed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


SHELL = "browsers/chromium_headless_shell-1/chrome-headless-shell-linux64/chrome-headless-shell"


@posix
@pytest.mark.parametrize(
    "name",
    ["chromium", "chromium-browser", "google-chrome-stable", "microsoft-edge", SHELL],
)
def test_any_browser_will_do(bare, name):
    assert browser.find() is None
    path = program(bare / name if name == SHELL else bare / "bin" / name)
    assert browser.find() == browser.browser() == path


@posix
def test_a_browser_that_does_not_start_is_none(bare, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    program(bare / "bin" / "chromium-browser", "echo 'requires the chromium snap'; exit 1")
    assert browser.find() is None
    path = program(bare / "bin" / "google-chrome")
    assert browser.find() == path


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_browsers_that_are_not_on_the_path(bare, monkeypatch, platform):
    place = bare / "Chromium" / "chromium"
    named = {"darwin": str(place), "win32": "Chromium/chromium"}[platform]
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(browser, "PLACES", {platform: (named,)})
    monkeypatch.setenv("LOCALAPPDATA", str(bare))
    assert browser.find() is None
    place.parent.mkdir()
    place.touch()
    assert Path(browser.find()) == place


@posix
def test_the_variable_names_a_browser_or_none(bare, monkeypatch):
    program(bare / "bin" / "chromium")
    mine = program(bare / "mine")
    monkeypatch.setenv("COURSE_BROWSER", mine)
    assert browser.find() == mine
    monkeypatch.setenv("COURSE_BROWSER", "none")
    assert browser.find() is None
    assert browser.ensure(say=pytest.fail) is None  # who wants none is not given one


def test_without_a_browser_the_error_says_how_to_get_one(bare):
    with pytest.raises(CourseError, match=r"no Chromium, Chrome or Edge here: .*apt-get install"):
        browser.browser()


@pytest.fixture
def commands(bare, monkeypatch):
    """What would be run, as a list of lines; `commands.makes` is what a word in one makes."""

    class Commands(list):
        makes: dict = {}  # noqa: RUF012

    calls = Commands()

    def run(command):
        calls.append(" ".join(command))
        for word, path in calls.makes.items():
            if word in command:
                program(path)
        return True

    monkeypatch.setattr(browser, "_quietly", run)
    return calls


@posix
def test_playwrights_download_comes_first_and_suffices(bare, commands):
    commands.makes = {"playwright": bare / SHELL}
    program(bare / "bin" / "apt-get")
    lines = []
    assert browser.ensure(lines.append) == str(bare / SHELL)
    assert [line for line in commands if "apt-get" in line] == []
    assert commands[0].endswith("-m playwright install --only-shell chromium")
    assert len(lines) == 1
    assert "Downloading one into browsers/" in lines[0]


@posix
@pytest.mark.parametrize("user", [0, 1000])
def test_apt_is_root_s_second_way(bare, commands, monkeypatch, user):
    commands.makes = {"fonts-liberation": bare / "bin" / "chromium"}
    program(bare / "bin" / "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    lines = []
    found = browser.ensure(lines.append)
    apt = [line.split()[-1] for line in commands if line.startswith("apt-get")]
    if user == 0:
        assert found == str(bare / "bin" / "chromium")
        assert apt == ["update", "fonts-liberation"]
        assert lines[1:] == ["Installing Chromium with apt-get (at most 10 minutes) …"]
    else:
        assert found is None
        assert apt == []
        assert lines[1:] == ["That gave none."]


@posix
def test_a_download_that_hangs_is_given_up(bare, monkeypatch):
    monkeypatch.setattr(browser, "SECONDS", 1)
    assert browser._quietly([program(bare / "hangs", "exec /bin/sleep 60")]) is False
    assert browser._quietly([str(bare / "is-not-there")]) is False
    assert browser._quietly([program(bare / "works")]) is True


def hidden(tmp_path):
    """An environment in which no browser is found, and no download reaches a server."""
    nowhere = {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9", "COURSE_BROWSER": ""}
    gone = dict.fromkeys([*browser.PROGRAM_FILES, "PATH"], str(tmp_path))
    return os.environ | nowhere | gone


needs_no_app = pytest.mark.skipif(
    any(map(os.path.exists, browser.PLACES.get(sys.platform, ()))),
    reason="a browser that is installed on macOS cannot be hidden from a process",
)


@needs_no_app
@pytest.mark.parametrize("required", ["", "1"])
def test_make_test_goes_on_without_a_browser_but_ci_does_not(tmp_path, required):
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.authoring.browser"], capture_output=True, text=True,
        env=hidden(tmp_path) | {browser.REQUIRED: required}, check=False, timeout=100,
    )  # fmt: skip
    first, last = done.stdout.splitlines()
    assert "Downloading one into browsers/" in first
    assert last == "That gave none."
    assert done.returncode == (1 if required else 0)
    assert ("COURSE_BROWSER_REQUIRED is set" in done.stderr) == bool(required)


TOY = """
def test_without():
    pass

def test_with(chromium):
    assert chromium.version
"""


def pytest_on_toy(tmp_path, environment, *options):
    (tmp_path / "test_toy.py").write_text(TOY, encoding="utf-8")
    folder = str(Path(conftest.__file__).parent)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "--rootdir", tmp_path, *options,
         "-c", os.devnull, tmp_path / "test_toy.py"],
        env=environment | {"PYTHONPATH": folder}, capture_output=True, text=True, check=False,
        cwd=tmp_path,
    )  # fmt: skip


@needs_no_app
@pytest.mark.parametrize("options", [[], ["-n", "2", "--dist", "loadscope"]], ids=["one", "xdist"])
def test_the_last_line_of_a_test_run_says_that_browser_tests_were_skipped(tmp_path, options):
    done = pytest_on_toy(tmp_path, hidden(tmp_path) | {browser.REQUIRED: ""}, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    *_, counts, last = done.stdout.splitlines()
    assert "1 passed, 1 skipped" in counts
    assert last == (
        "The browser tests were skipped, since there is no Chromium, Chrome or Edge here: install"
        " Chromium, Chrome or Edge (Debian: `apt-get install chromium`), or name one in the"
        " environment variable COURSE_BROWSER."
    )
    assert done.stdout.count("The browser tests were skipped") == 1


@needs_no_app
def test_in_ci_a_missing_browser_is_an_error(tmp_path):
    done = pytest_on_toy(tmp_path, hidden(tmp_path) | {browser.REQUIRED: "1"})
    assert done.returncode == 1
    assert "1 passed, 1 error" in done.stdout.splitlines()[-1]


def test_with_a_browser_nothing_is_said(tmp_path, chromium):
    done = pytest_on_toy(tmp_path, dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout.splitlines()[-1]
