"""Find a Chromium, Chrome or Edge, which prints the decks and tests the pages, or get one."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course_utils.errors import CourseError

NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "microsoft-edge-stable", "msedge",
)  # fmt: skip
# Where macOS and Windows put browsers, which are not on the path there.
PLACES = {
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        "Google/Chrome/Application/chrome.exe",
        "Chromium/Application/chrome.exe",
        "Microsoft/Edge/Application/msedge.exe",
    ),
}
PROGRAM_FILES = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")  # what holds them on Windows
SECONDS = 600  # for one download or install
REQUIRED = "COURSE_BROWSER_REQUIRED"  # set in CI, where a missing browser is an error
CURE = (
    "install Chromium, Chrome or Edge (Debian: `apt-get install chromium`), or name one in the"
    " environment variable COURSE_BROWSER"
)
NONE = "no Chromium, Chrome or Edge"  # how the last line of a test run recognises its cause


def find():
    """Return the path (str) of a browser that starts, or None.

    The environment variable COURSE_BROWSER names one; `COURSE_BROWSER=none` does without.
    """
    if named := os.environ.get("COURSE_BROWSER"):
        return shutil.which(named)
    return next((path for path in _candidates() if _starts(path)), None)


def browser():
    """Return the path (str) of a browser that starts.

    Raises:
        CourseError: there is none; the message says how to get one.
    """
    if path := find():
        return path
    raise CourseError(f"there is {NONE} here: {CURE}")


def ensure(say=print):
    """Get a browser when there is none: from Playwright into .venv, else as root through apt.

    Args:
        say: called with one line (str) before each download, and with one when all have failed.

    Returns:
        str, the path of a browser, or None.
    """
    if (path := find()) or os.environ.get("COURSE_BROWSER"):
        return path
    for line, commands in _ways():
        say(line)
        for command in commands:
            _quietly(command)
        if path := find():
            return path
    say("That gave none.")
    return None


def _candidates():
    yield from filter(None, map(shutil.which, NAMES))
    places = PLACES.get(sys.platform, ())
    if sys.platform == "win32":
        folders = [os.environ[name] for name in PROGRAM_FILES if name in os.environ]
        places = [os.path.join(folder, place) for folder in folders for place in places]
    yield from filter(os.path.isfile, places)
    # Playwright's own: the headless shell that `ensure` gets.
    yield from map(str, sorted(_folder().glob("chromium*/chrome-*/chrome-headless-shell*")))


def _folder():
    return Path(sys.prefix, "browsers")


@functools.cache
def _starts(path):
    """Return whether a browser starts: Ubuntu's is a stub without snap, others lack libraries."""
    if sys.platform != "linux":  # on Windows the question itself would open a window
        return True
    return _quietly([path, "--version"])


def _ways():
    """Return what may give a browser, as (line for the user, commands)."""
    playwright = [sys.executable, "-m", "playwright"]
    ways = [
        (
            f"There is {NONE} here. Downloading one into {_folder().name}/ of the environment"
            f" (100 MB, at most {SECONDS // 60} minutes) …",
            [[*playwright, "install", "--only-shell", "chromium"]],
        )
    ]
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt = ["apt-get", "-qq", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1"]
        packages = ["--yes", "--no-install-recommends", "chromium", "fonts-liberation"]
        ways += [
            (
                f"Installing Chromium with apt-get (at most {SECONDS // 60} minutes) …",
                [[*apt, "update"], [*apt, "install", *packages]],
            )
        ]
    return ways


def _quietly(command):
    """Run a command without its output; return whether it ended well, and in time."""
    settings = {
        "PLAYWRIGHT_BROWSERS_PATH": str(_folder()),
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000",  # milliseconds, each of five tries
        "DEBIAN_FRONTEND": "noninteractive",
    }
    try:
        done = subprocess.run(
            command, env=os.environ | settings, timeout=SECONDS, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if ensure() is None and os.environ.get(REQUIRED):
        sys.exit(f"course: there is {NONE} here, and {REQUIRED} is set: {CURE}")
