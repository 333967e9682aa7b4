"""JupyterLab on the student's copies: a real one, in a real browser where there is one."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from conftest import OFFLINE
from nbformat import v4

from course_utils.authoring import ROOT, workspace
from course_utils.authoring import lab as jupyter
from course_utils.errors import CourseError

LESSON = "09_adversarial_examples.ipynb"  # it links to the data card
COMMAND = [sys.executable, "-m", "course_utils.cli", "lab", "--no-browser"]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows cannot replace a process")


@dataclass
class Lab:
    """A JupyterLab that `course lab` started on copies of its own."""

    home: Path
    port: int
    process: subprocess.Popen

    @property
    def environment(self):
        return environment(self.home)

    def ask(self, path, data=None):
        """Return what the server answers, from JSON; wait until it listens."""
        address = f"http://127.0.0.1:{self.port}/{path}?token=t"
        deadline = time.monotonic() + 120
        while True:
            try:
                return json.load(urllib.request.urlopen(address, data))
            except OSError:
                assert self.process.poll() is None, (self.home / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)


def environment(home):
    # Without the settings of whoever runs the tests, who may have answered JupyterLab's questions.
    own = {"COURSE_HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config")}
    return os.environ | own | {"PYTHONPATH": str(OFFLINE), "COLUMNS": "200"}


def start(home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--IdentityProvider.token=t"]
    with open(home / "log", "w") as log:
        process = subprocess.Popen(
            [*COMMAND, *options], cwd=ROOT, env=environment(home), stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    return Lab(home, port, process)


def end(process):
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for member in family:
        member.terminate()
    psutil.wait_procs(family, timeout=20)
    process.wait(20)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = start(tmp_path_factory.mktemp("home"))
    yield lab
    end(lab.process)


def test_it_serves_the_students_copies_to_this_machine_only(lab):
    assert LESSON in [entry["name"] for entry in lab.ask("api/contents")["content"]]
    spec = lab.ask("api/kernelspecs")["kernelspecs"]["python3"]["spec"]
    assert os.path.samefile(spec["argv"][0], sys.executable)
    page = urllib.request.urlopen(f"http://127.0.0.1:{lab.port}/lab?token=t").read().decode()
    assert "JupyterLab" in page
    family = [psutil.Process(lab.process.pid)]
    family += family[0].children(recursive=True)
    listening = []
    for each in family:
        with contextlib.suppress(psutil.AccessDenied, psutil.NoSuchProcess):  # it has just ended
            listening += [c.laddr for c in each.net_connections() if c.status == "LISTEN"]
    assert ("127.0.0.1", lab.port) in listening
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_students_get_nothing_of_nbgrader(lab):
    lab.ask("api/contents")
    page = urllib.request.urlopen(f"http://127.0.0.1:{lab.port}/lab?token=t").read().decode()
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[1])
    there = {extension["name"] for extension in config["federated_extensions"]}
    assert {"@jupyter/nbgrader", "@jupyter-notebook/lab-extension"} <= there
    assert {"@jupyter/nbgrader", "@jupyter-notebook/lab-extension"} <= set(
        config["disabledExtensions"]
    )
    log = (lab.home / "log").read_text(encoding="utf-8")
    assert "jupyterlab | extension was successfully loaded" in log
    assert "nbgrader" not in log


def test_a_second_start_says_that_one_is_open_and_where(lab):
    lab.ask("api/contents")
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=lab.environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    first, address, last = done.stdout.splitlines()
    assert first.startswith("JupyterLab is open on your copies already, as process ")
    assert address.strip() == f"http://127.0.0.1:{lab.port}/lab?token=t"
    assert last == "To end it, choose File → Shut Down there, or press Ctrl-C in its terminal."


def test_a_copy_that_is_opened_saved_and_closed_is_untouched(lab, chromium, tmp_path, monkeypatch):
    lab.ask("api/contents")
    copy = lab.home / "work" / LESSON
    before = copy.read_bytes()
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(120_000)
    page.goto(f"http://127.0.0.1:{lab.port}/lab/tree/{LESSON}?token=t")
    page.wait_for_selector(".jp-NotebookPanel .jp-MarkdownOutput h1")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    # Autosave saves what differs from the file: here, with the kernel there, nothing does.
    assert page.locator(".jp-mod-dirty").count() == 0
    # Ask for what autosave would have done if anything did.
    with page.expect_response(
        lambda answer: answer.request.method == "PUT" and LESSON in answer.url
    ) as saved:
        page.locator(".jp-NotebookPanel .jp-MarkdownOutput h1").click()
        page.keyboard.press("Control+s")
    assert saved.value.ok
    assert copy.read_bytes() == before
    page.locator('.jp-NotebookPanel a[href*="data/README.md"]').first.click()
    page.wait_for_selector(".jp-MarkdownViewer h1")
    assert page.get_by_text("Would you like to get notified").count() == 0
    page.close()

    # What comes next from upstream replaces the copy.
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    source = tmp_path / "notebooks" / LESSON
    source.write_bytes(source.read_bytes().replace(b"Fashion-MNIST", b"Fashion MNIST"))
    monkeypatch.setenv("COURSE_HOME", str(lab.home))
    events = [(event.kind, event.path) for event in workspace.refresh(tmp_path)]
    assert ("updated", LESSON) in events
    assert "offered" not in dict(events)


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPgPAAEEAQDfYb+zAAAAAElFTkSuQmCC"


def test_a_figure_has_the_alt_text_that_its_cell_declares(lab, chromium):
    lab.ask("api/contents")
    figure = v4.new_output("display_data", {"image/png": PNG})
    cells = [
        v4.new_code_cell("1", outputs=[figure], metadata={"alt": "a dot"}),
        v4.new_code_cell("2", outputs=[figure]),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(notebook, lab.home / "work" / "figure.ipynb")
    page = chromium.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"http://127.0.0.1:{lab.port}/lab/tree/figure.ipynb?token=t&reset")
    figures = page.locator(".jp-OutputArea img")
    figures.nth(1).wait_for()
    assert [figure.get_attribute("alt") for figure in figures.all()] == ["a dot", None]
    # A JupyterLab whose kernel is just starting is slow to end.
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    page.close()


@posix
def test_killing_it_leaves_neither_jupyterlab_nor_a_kernel(tmp_path):
    lab = start(tmp_path)
    try:
        lab.ask("api/kernels", data=b"{}")
        family = [psutil.Process(lab.process.pid)]
        family += family[0].children(recursive=True)
        assert len(family) > 1
    finally:
        lab.process.kill()
    lab.process.wait()
    assert psutil.wait_procs(family[1:], timeout=60)[1] == []
    assert jupyter.running(tmp_path / "work") is None


class Started(Exception):
    """What stands in for becoming JupyterLab."""


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Start with the given options; return the command, its variables and what was said."""

    def execve(path, command, variables):
        raise Started(command, variables)

    def start(*options, user=1000, **more):
        monkeypatch.setattr(os, "geteuid", lambda: user)
        said = []
        with pytest.raises(Started) as caught:
            jupyter.start(tmp_path, options, say=said.append, **more)
        return *caught.value.args, said

    monkeypatch.setattr(os, "execve", execve)
    return start


@posix
def test_root_is_let_in_and_told(started):
    command, _, said = started()
    assert "--allow-root" not in command
    assert said == []
    command, _, said = started(user=0)
    assert "--allow-root" in command
    assert said == [
        "You are root: JupyterLab is started with --allow-root, as it would refuse otherwise."
    ]


@posix
def test_options_go_on_and_win(started):
    command, _, _ = started("--ServerApp.token=x", port=9000, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert command[-4:-2] == ["--ServerApp.port=9000", "--ServerApp.port_retries=0"]
    assert command[-2:] == ["--no-browser", "--ServerApp.token=x"]
    for mine in (["--ip", "0.0.0.0"], ["--ip=0.0.0.0"], ["--ServerApp.ip=0.0.0.0"]):
        command, _, _ = started(*mine)
        assert "--ServerApp.ip=127.0.0.1" not in command
        assert command[-len(mine) :] == mine


@posix
def test_terminals_find_the_command_and_the_users_settings_stay(started, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/mine")
    _, variables, _ = started()
    assert shutil.which("course", path=variables["PATH"]) == os.path.join(
        sys.prefix, "bin", "course"
    )
    ours, mine = variables["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert mine == "/mine"
    assert (Path(ours) / "labconfig" / "default_setting_overrides.json").exists()


def test_the_port_of_a_connection_that_was_closed_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        connection, _ = server.accept()
        with pytest.raises(CourseError, match=f"port {port} is not free .*: choose another"):
            jupyter.need_free(port)
        connection.close()  # who closes first keeps the port in TIME-WAIT
        client.close()
    jupyter.need_free(port)


def test_a_jupyterlab_without_an_address_is_named_by_its_process(capsys):
    jupyter.show((42, None), browser=False)
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first.endswith("as process 42:")
    assert "look in the terminal it was started in" in second


def test_a_jupyterlab_on_another_folder_is_not_ours(tmp_path, monkeypatch):
    monkeypatch.setattr(jupyter, "START_SECONDS", 0)
    for name in ("ours", "other"):
        (tmp_path / name).mkdir()
    code = [sys.executable, "-c", "input()", f"{jupyter.ROOT_DIR}{tmp_path / 'other'}"]
    with subprocess.Popen(code, stdin=subprocess.PIPE) as other:
        assert jupyter.running(tmp_path / "ours") is None
        assert jupyter.running(tmp_path / "other") == (other.pid, None)
        other.stdin.close()
