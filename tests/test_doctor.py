import hashlib
import json
import os
import subprocess
import sys
import sysconfig
from collections import namedtuple
from pathlib import Path

import pytest

from course_utils import isolation
from course_utils.authoring import course_command, doctor
from course_utils.authoring.doctor import Finding, diagnose, report_block

ROOT = Path(__file__).parents[1]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    for name in (".git", "notebooks", "data", "work", "keras"):
        (tmp_path / name).mkdir()
    (tmp_path / "requirements.txt").write_text("packaging\n", encoding="utf-8")
    (tmp_path / "notebooks" / "01_toy.ipynb").write_text('{"cells": []}', encoding="utf-8")
    (tmp_path / "data" / "x.csv").write_text("1,2", encoding="utf-8")
    digest = hashlib.sha256(b"1,2").hexdigest()
    manifest = {"files": {"x.csv": {"sha256": digest}}}
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path


def worst(root, topic):
    """Return the most serious finding about a topic."""
    found = [each for each in diagnose(root) if each.topic == topic]
    return max(found, key=lambda each: ["ok", "warn", "fail"].index(each.status))


def test_this_checkout_is_installed_as_locked():
    for topic in ("Python", "course_utils", "kernel"):
        assert worst(ROOT, topic).status == "ok"


def test_sound_checkout(root):
    topics = {"packages", "Keras", "modules", "folders", "data", "notebooks", "work"}
    assert {worst(root, topic).status for topic in topics} == {"ok"}


@pytest.mark.parametrize(
    ("version", "platform", "machine", "maxsize", "words"),
    [
        ((3, 14, 0), "linux", "x86_64", 2**63 - 1, "3.11, 3.12 or 3.13"),
        ((3, 10, 9), "win32", "AMD64", 2**63 - 1, "3.11, 3.12 or 3.13"),
        ((3, 12, 0), "win32", "x86", 2**31 - 1, "32-bit"),
        ((3, 12, 0), "darwin", "x86_64", 2**63 - 1, "macOS on Intel"),
    ],
)
def test_unsupported_python(root, monkeypatch, version, platform, machine, maxsize, words):
    info = namedtuple("info", "major minor micro")(*version)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", info)
        patch.setattr(sys, "platform", platform)
        patch.setattr(sys, "maxsize", maxsize)
        patch.setattr(doctor.platform, "machine", lambda: machine)
        ((status, message, fix),) = doctor._python()
    assert status == "fail"
    assert words in message
    assert fix


LOCK = """\
# a comment
packaging==0.1 \\
    --hash=sha256:00 \\
    --hash=sha256:11
psutil==0.1 ; sys_platform == 'nowhere' \\
    --hash=sha256:00
numpy==0.1
keras==0.1
pytest==0.1
"""


def test_packages_that_differ_from_the_lock(root):
    (root / "requirements.txt").write_text(LOCK, encoding="utf-8")
    found = worst(root, "packages")
    assert found.status == "warn"
    assert "packaging is " in found.message
    assert "(lock: ==0.1)" in found.message
    assert found.message.endswith("and 1 more")
    assert "psutil" not in found.message
    (root / "requirements.txt").write_text(
        "no-such-package==1 \\\n    --hash=sha256:00\n", encoding="utf-8"
    )
    assert worst(root, "packages").status == "fail"
    (root / "requirements.txt").write_text("=?=\n", encoding="utf-8")
    assert worst(root, "packages").fix == "git checkout -- requirements.txt"
    (root / "requirements.txt").unlink()
    assert worst(root, "packages").fix == "git checkout -- requirements.txt"


def test_the_real_lock_is_understood(root):
    (root / "requirements.txt").write_text(
        (ROOT / "requirements.txt").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert "tensorflow" not in worst(root, "packages").message.replace("tensorflow-cpu", "")


def test_another_checkout(root):
    assert "another checkout" in worst(root, "course_utils").message


@pytest.mark.parametrize(
    ("backend", "status"), [("tensorflow", "ok"), ("theano", "warn"), ("torch", "warn")]
)
def test_backend_in_the_environment(root, monkeypatch, backend, status):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    found = worst(root, "Keras")
    assert found.status == status
    if status == "ok":
        assert found.message == "lessons use the backend tensorflow"
    else:
        assert f"KERAS_BACKEND is '{backend}': lessons in Jupyter leave that out" in found.message
        assert found.fix == "unset KERAS_BACKEND"


def test_missing_tensorflow(root, monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert worst(root, "Keras").message == "the backend is tensorflow, which is not installed"
    assert worst(root, "Keras").status == "fail"


def test_files_that_are_imported_in_place_of_others(root, monkeypatch):
    theirs = root / "theirs"
    (theirs / "numpy").mkdir(parents=True)
    (theirs / "numpy" / "__init__.py").touch()
    for name in ("random.py", "mine.py", "keras.txt", "sitecustomize.py"):
        (theirs / name).touch()
    monkeypatch.setattr(isolation, "left_out", [str(theirs), str(root / "nowhere")])
    found = [each for each in diagnose(root) if each.topic == "modules"]
    assert [each.status for each in found] == ["warn"] * 3
    assert {each.fix for each in found} == {"unset PYTHONPATH"}
    for each, name in zip(found, ["numpy", "random.py", "sitecustomize.py"], strict=True):
        stem = name.removesuffix(".py")
        assert f"PYTHONPATH lets {theirs / name} be imported as {stem}:" in each.message
    monkeypatch.setattr(isolation, "left_out", [])
    assert worst(root, "modules").status == "ok"
    (root / "work" / "keras.py").touch()
    assert worst(root, "modules").status == "fail"
    assert "work/keras.py is imported in place of the real keras" in worst(root, "modules").message
    assert worst(root, "modules").fix == "mv work/keras.py my_keras.py"


def test_a_home_that_the_command_had_to_make(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root / "build" / "home"))
    found = worst(root, "folders")
    words = "you have no home that can be written: build/home takes its place"
    assert (found.status, found.message) == ("warn", words)


def test_how_deep_a_checkout_may_lie_on_windows(root, monkeypatch):
    assert worst(root, "folders").status == "ok"
    monkeypatch.setattr(doctor, "WINDOWS", True)
    for long_paths, depth, status in [(False, 72, "warn"), (False, 71, "ok"), (True, 200, "ok")]:
        monkeypatch.setattr(doctor, "_long_paths", lambda allowed=long_paths: allowed)
        found = list(doctor._folders("x" * depth))
        assert [each[0] for each in found] == [status]
    monkeypatch.setattr(doctor, "_long_paths", lambda: False)
    ((_, message, fix),) = doctor._folders("x" * 72)
    assert "has 72 characters; without long paths, Windows takes up to 71" in message
    assert fix.startswith(r"reg add HKLM\SYSTEM\CurrentControlSet")


def test_the_longest_path_of_the_packages_is_known():
    packages = sysconfig.get_path("purelib")
    longest = max(
        len(os.path.relpath(os.path.join(folder, name), packages))
        for folder, _, names in os.walk(packages)
        for name in names
        if not name.endswith(".pyc")
    )
    assert longest <= doctor.LONGEST_PACKAGE_PATH


@pytest.mark.parametrize(
    ("config", "status", "words"),
    [
        ('{"backend": "jax"}', "warn", "backend = 'jax': lessons in Jupyter leave that out"),
        ('{"floatx": "float16"}', "warn", "floatx = 'float16'"),
        ('{"image_data_format": "channels_first"}', "warn", "channels_first"),
        ('{"epsilon": 1e-07, "floatx": "float32"}', "ok", "tensorflow"),
        ("{", "warn", "not readable"),
        ("[1]", "warn", "not readable"),
    ],
)
def test_keras_json(root, monkeypatch, config, status, words):
    (root / "keras" / "keras.json").write_text(config, encoding="utf-8")
    found = worst(root, "Keras")
    assert found.status == status
    assert words in found.message


@pytest.mark.skipif(os.name == "nt", reason="Windows has no root")
def test_root_is_named(root, monkeypatch):
    for user, words in [(0, "root: fine in a container"), (1000, "not root")]:
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        found = worst(root, "user")
        assert found.status == "ok"
        assert found.message.startswith(words)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is no program there")
def test_commands_are_named_so_that_any_terminal_finds_them(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "my course" / ".venv"))
    program = Path(sys.prefix, "bin", "course")
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert course_command() == f"'{program}'"
    monkeypatch.setenv("PATH", str(program.parent))
    assert course_command() == "course"
    other = tmp_path / "course"
    other.touch(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{program.parent}")
    assert course_command() == f"'{program}'"


def test_little_memory(root, monkeypatch):
    import psutil

    memory = namedtuple("memory", "total available")
    for total, free, status in [(1e9, 1e9, "fail"), (8e9, 1e9, "warn"), (8e9, 4e9, "ok")]:
        monkeypatch.setattr(psutil, "virtual_memory", lambda t=total, f=free: memory(t, f))
        assert worst(root, "memory").status == status


def test_disk(root, monkeypatch):
    (root / "build").write_text("a file", encoding="utf-8")
    assert worst(root, "disk").message == "build is not a folder"
    (root / "build").unlink()

    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    found = worst(root, "disk")
    assert found.message.startswith("work/ cannot be written (Permission denied); another folder")
    assert found.fix.endswith("deep-learning")


def test_kernel(root, monkeypatch):
    monkeypatch.setattr("course_utils.authoring.kernel.kernel_problem", lambda: "it is wrong")
    assert worst(root, "kernel").status == "fail"


def test_data(root):
    (root / "data" / "x.csv").write_text("1,3", encoding="utf-8")
    assert worst(root, "data").message == "missing or damaged: x.csv"
    (root / "data" / "x.csv").unlink()
    assert worst(root, "data").fix == "git checkout -- data"
    (root / "data" / "manifest.json").write_text("[]", encoding="utf-8")
    assert worst(root, "data").message == "data/manifest.json is damaged"
    (root / "data" / "manifest.json").unlink()
    assert worst(root, "data").message == "data/manifest.json is missing"


def test_the_cure_in_a_copy_without_git(root):
    (root / ".git").rmdir()
    for name in ("requirements.txt", "data/manifest.json", "notebooks/01_toy.ipynb"):
        (root / name).unlink()
    for topic, name in [("packages", "requirements.txt"), ("data", "data")]:
        fix = f"download the course again and copy {name} from it"
        assert worst(root, topic).fix == fix
    assert worst(root, "notebooks").fix == "download the course again and copy notebooks from it"


def test_notebooks_and_copies(root):
    (root / "work" / "exercises").mkdir()
    (root / "work" / "exercises" / "03_toy.ipynb").write_text("<<<<<<< HEAD", encoding="utf-8")
    assert worst(root, "work").fix == f"{course_command()} reset 03"
    (root / "notebooks" / "01_toy.ipynb").write_text("{", encoding="utf-8")
    assert worst(root, "notebooks").fix == "git checkout -- notebooks"
    (root / "notebooks" / "01_toy.ipynb").unlink()
    assert worst(root, "notebooks").status == "fail"


@pytest.mark.parametrize("name", ["psutil", "packaging", "rich", "tensorflow", "numpy"])
def test_doctor_runs_without(root, name):
    # None in sys.modules makes `import name` raise ModuleNotFoundError.
    code = (
        f"import sys; sys.modules.update({{{name!r}: None, 'packaging.requirements': None}}"
        f" if {name!r} == 'packaging' else {{{name!r}: None}})\n"
        "from course_utils.authoring.doctor import diagnose, report_block\n"
        f"print(report_block(diagnose({str(root)!r})))"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert ("is missing" in out) == (name in ("psutil", "packaging"))


def test_a_check_that_breaks_down_is_a_finding(root, monkeypatch):
    def broken(root):
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(doctor, "_disk", broken)
    assert "unforeseen" in worst(root, "disk").message


def test_report_names_no_user(monkeypatch, tmp_path):
    home = tmp_path / "ann"
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(sys, "prefix", str(home / "course" / ".venv"))
    block = report_block([Finding("Keras", "warn", f"{home}/.keras/keras.json is odd")])
    assert "ann" not in block
    assert "~/.keras/keras.json is odd" in block
    assert "at ~" in block
    monkeypatch.setattr(Path, "home", lambda: Path(tmp_path.anchor))
    assert "~" not in report_block([])
