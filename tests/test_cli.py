"""The `course` command as a user calls it: a process of its own, on a checkout of its own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from conftest import OFFLINE, make_checkout

from course_utils.authoring import ROOT, course_command


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A toy checkout with the real package in it, so that `course` works on the toy; built."""
    root = tmp_path_factory.mktemp("template")
    make_checkout(root)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "course_utils", root / "course_utils", ignore=ignore)
    shutil.copytree(OFFLINE, root / "tests" / "offline", ignore=ignore)  # else it is left out
    shutil.copy(ROOT / "requirements.txt", root)
    (root / "notebooks" / "src" / "01_toy_exercises.py").unlink()  # its check is not there
    done = course(root, "build")
    assert done.returncode == 0, done.stderr
    return root


def environment(root):
    path = os.pathsep.join([str(root / "tests" / "offline"), str(root)])
    return os.environ | {"PYTHONPATH": path, "COLUMNS": "200", "NO_COLOR": "1"}


def command(*arguments):
    return [sys.executable, "-m", "course_utils.cli", *map(str, arguments)]


def course(root, *arguments, timeout=120, encoding="utf-8", **variables):
    return subprocess.run(
        command(*arguments), cwd=root, env=environment(root) | variables, capture_output=True,
        text=True, encoding=encoding, timeout=timeout,
    )  # fmt: skip


@pytest.fixture
def built(template, tmp_path):
    return shutil.copytree(template, tmp_path / "checkout")


def fails_in_one_line(done, *words, code=1):
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    for word in words:
        assert word in line
    return line


def test_every_command_has_a_short_help_with_an_example():
    listing = course(ROOT, "--help").stdout
    names = re.findall(r"^│ (\w+) ", listing.split("Commands")[1], re.MULTILINE)
    assert {"doctor", "lab", "run", "build", "reset", "lint", "data"} <= set(names)
    for name in set(names) - {"data"}:
        text = course(ROOT, name, "--help").stdout
        assert "Example" in text, name
        assert len(text.splitlines()) < 40, name


def test_build_then_check_then_run(built):
    assert course(built, "build", "--check").returncode == 0
    again = course(built, "build")
    assert "wrote" not in again.stdout
    before = {path: path.read_bytes() for path in built.glob("notebooks/**/*.ipynb")}
    done = course(built, "run", "01", "-j", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"01_toy\W+5/5\W+[\d.]+\W+\d+\W+ok", done.stdout)
    assert "build/run/report.html" in done.stdout
    assert (built / "build" / "run" / "01_toy.html").exists()
    assert before == {path: path.read_bytes() for path in built.glob("notebooks/**/*.ipynb")}


def test_check_names_a_stale_lesson_and_fails(built):
    source = built / "notebooks" / "src" / "01_toy.py"
    source.write_text(
        source.read_text(encoding="utf-8").replace("1 + 1", "1 + 2"), encoding="utf-8"
    )
    done = course(built, "build", "--check")
    assert done.returncode == 1
    cure = f"run `{course_command()} build 01`"
    assert f"notebooks/01_toy.ipynb: differs from its source; {cure}" in done.stdout


def test_run_names_notebook_and_cell_of_a_failure(built):
    path = built / "notebooks" / "01_toy.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("print(1 + 1)", "print(1 / 0)"), encoding="utf-8"
    )
    done = course(built, "run")
    assert done.returncode == 1
    assert "notebooks/01_toy.ipynb, cell 3: ZeroDivisionError: division by zero" in done.stdout


def test_build_of_a_failing_lesson_says_where_and_writes_nothing(built):
    path = built / "notebooks" / "01_toy.ipynb"
    before = path.read_bytes()
    source = built / "notebooks" / "src" / "01_toy.py"
    source.write_text(
        source.read_text(encoding="utf-8").replace("1 + 1", "1 / 0"), encoding="utf-8"
    )
    done = course(built, "build")
    assert done.returncode == 1
    assert "notebooks/01_toy.ipynb, cell 3: ZeroDivisionError" in done.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("arguments", [["run"], ["build"], ["reset"]])
def test_an_unknown_lesson_lists_those_there_are(built, arguments):
    fails_in_one_line(course(built, *arguments, "42"), "42", "01")


@pytest.mark.parametrize("name", ["run", "refresh"])
def test_a_notebook_with_broken_json_is_named_with_its_cure(built, name):
    path = built / "notebooks" / "01_toy.ipynb"
    path.write_text(path.read_text(encoding="utf-8")[:-30], encoding="utf-8")
    fails_in_one_line(course(built, name), "01_toy.ipynb", "git checkout")


def test_a_source_that_is_no_python_is_named_with_its_line(built):
    source = built / "notebooks" / "src" / "01_toy.py"
    source.write_text(source.read_text(encoding="utf-8") + "\n# %%\nif\n", encoding="utf-8")
    fails_in_one_line(course(built, "build"), "01_toy.py, cell 6, line 1")


def test_wrong_usage_exits_with_2(built):
    assert course(built, "run", "-j", "0").returncode == 2
    assert course(built, "fly").returncode == 2


def test_the_students_copy_survives_refresh_and_reset(built):
    assert course(built, "refresh").returncode == 0
    mine = built / "work" / "01_toy.ipynb"
    clean = mine.read_bytes()
    mine.write_text(mine.read_text(encoding="utf-8").replace("1 + 1", "1 + 2"), encoding="utf-8")
    touched = mine.read_bytes()
    assert course(built, "refresh").returncode == 0
    assert mine.read_bytes() == touched
    assert course(built, "reset", "1").returncode == 0
    assert mine.read_bytes() == clean
    kept = [path for path in (built / "work").rglob("*.ipynb") if path.read_bytes() == touched]
    assert len(kept) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(built):
    built.chmod(0o555)
    try:
        fails_in_one_line(course(built, "refresh"), "work")
    finally:
        built.chmod(0o755)


def test_a_file_in_the_place_of_a_folder_is_named(built):
    (built / "work").write_text("not a folder", encoding="utf-8")
    fails_in_one_line(course(built, "refresh"), "work")


def test_run_says_before_it_executes_that_it_could_not_keep_anything(built):
    (built / "build").write_text("not a folder", encoding="utf-8")
    path = built / "notebooks" / "01_toy.ipynb"
    code = f"open({str(built / 'ran')!r}, 'w')"
    path.write_text(
        path.read_text(encoding="utf-8").replace("print(1 + 1)", json.dumps(code)[1:-1]),
        encoding="utf-8",
    )
    words = "cannot write into", "(Not a directory)", "COURSE_HOME"
    fails_in_one_line(course(built, "run"), *words)
    assert not (built / "ran").exists()


def test_course_home_takes_the_place_of_work_and_build(built, tmp_path):
    home = tmp_path / "my home"
    before = sorted(built.rglob("*.ipynb"))
    for arguments in (["refresh"], ["reset", "01"], ["run", "01"]):
        done = course(built, *arguments, COURSE_HOME=str(home))
        assert done.returncode == 0, done.stdout + done.stderr
    assert f"Report: {home.as_posix()}/build/run/report.html" in done.stdout
    assert (home / "work" / "01_toy.ipynb").is_file()
    assert (home / "build" / "run" / "01_toy.html").is_file()
    assert sorted(built.rglob("*.ipynb")) == before, "the checkout stays as it is"
    (home / "work" / "01_toy.ipynb").write_text("{", encoding="utf-8")
    done = course(built, "doctor", COURSE_HOME=str(home))
    assert f"{home.as_posix()}/work/01_toy.ipynb is not readable as a notebook" in done.stdout


def test_a_taken_port_is_said_before_anything_starts(built):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        fails_in_one_line(course(built, "lab", "--port", port), f"port {port} is not free")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_stops_a_run_and_leaves_no_kernel(built):
    path = built / "notebooks" / "01_toy.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("print(1 + 1)", "time.sleep(100)"),
        encoding="utf-8",
    )
    running = subprocess.Popen(
        command("run"), cwd=built, env=environment(built),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # A test that was started in the background inherits a shell's order to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    parent, deadline = psutil.Process(running.pid), time.monotonic() + 60
    while not (kernels := parent.children(recursive=True)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(2)
    os.killpg(running.pid, signal.SIGINT)
    stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == 130, stdout + stderr
    assert "Stopped" in stdout
    assert "Traceback" not in stderr
    assert not psutil.wait_procs(kernels, timeout=10)[1]
    left = [path.name for path in (built / "build" / "run").glob("*.*")]
    assert not [name for name in left if name.endswith(("ipynb", "html")) or name.startswith(".")]


def test_doctor_passes_here_and_ends_with_a_block_to_paste():
    done = course(ROOT, "doctor")
    assert done.returncode == 0, done.stdout
    assert "bug report" in done.stdout


def test_doctor_finds_a_damaged_data_file_and_exits_with_1(built):
    done = course(built, "doctor")  # the toy checkout has no data at all
    assert done.returncode == 1
    assert "git checkout -- data" in done.stdout
