"""Check an installation without importing what may be broken in it, and say how to mend it."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from course_utils import isolation
from course_utils.authoring import course_command
from course_utils.authoring.files import output_folder, shown
from course_utils.errors import restore

GB = 10**9
MEMORY_GB, DISK_GB = 2, 1
WINDOWS = os.name == "nt"
# make trusts .venv/ready; without it, it installs again.
INSTALL = "rm -f .venv/ready && make install"
if WINDOWS:
    INSTALL = "python -m pip install -r requirements.txt && python -m pip install --no-deps -e ."


# A path has at most 259 characters there; the longest of a package, from site-packages, has 163.
LONGEST_PACKAGE_PATH = 163
DEEPEST_CHECKOUT = 259 - LONGEST_PACKAGE_PATH - len("/.venv/Lib/site-packages/")
LONG_KEY = r"SYSTEM\CurrentControlSet\Control\FileSystem"
LONG = f"reg add HKLM\\{LONG_KEY} /v LongPathsEnabled /t REG_DWORD /d 1 /f"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Args:
        topic: str, a word or two.
        status: "ok", "warn" or "fail".
        message: str, one line.
        fix: str or None, the command that mends it.
    """

    topic: str
    status: str
    message: str
    fix: str | None = None


def diagnose(root):
    """Run every check.

    Args:
        root: path of the checkout.

    Returns:
        list of Finding, at least one a check. A check that breaks down is a finding, too.
    """
    checks = {
        "Python": lambda root: _python(),
        "packages": _packages,
        "course_utils": _editable,
        "Keras": lambda root: _keras(),
        "modules": _modules,
        "folders": _folders,
        "user": lambda root: _user(),
        "memory": lambda root: _memory(),
        "disk": _disk,
        "kernel": lambda root: _kernel(),
        "data": _data,
        "notebooks": _notebooks,
        "work": _work,
    }
    findings = []
    for topic, check in checks.items():
        try:
            found = list(check(Path(root)))
        except ModuleNotFoundError as error:
            found = [("fail", f"cannot be checked: the package {error.name} is missing", INSTALL)]
        except Exception as error:
            found = [("warn", f"cannot be checked ({type(error).__name__}: {error})", None)]
        findings += [Finding(topic, *each) for each in found]
    return findings


def report_block(findings):
    """Return the findings and versions as plain text (str) for a bug report.

    The home folder appears as ~, so that no user name is given away.
    """
    lines = [f"system     {platform.platform()} {platform.machine()}, {os.cpu_count()} CPUs"]
    lines.append(f"Python     {platform.python_version()} at {sys.prefix}")
    names = ("tensorflow-cpu", "tensorflow", "keras", "numpy", "jupyterlab", "ipykernel")
    versions = [f"{name} {version}" for name in names if (version := _version(name))]
    lines.append(f"packages   {', '.join(versions) or 'none'}")
    lines += [f"{each.status:4}       {each.topic}: {each.message}" for each in findings]
    text = "\n".join(lines)
    home = Path.home()
    if home != Path(home.anchor):
        for spelling in {str(home), home.as_posix(), str(home.resolve()), repr(str(home))[1:-1]}:
            text = text.replace(spelling, "~")
    return text


def _python():
    version = platform.python_version()
    get = "install 64-bit Python 3.12 from https://www.python.org/downloads/, then make install"
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        yield "fail", "there is no TensorFlow for macOS on Intel, or for an Intel Python", get
    elif not (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield "fail", f"{version}, but TensorFlow needs 3.11, 3.12 or 3.13", get
    elif sys.maxsize < 2**32:
        yield "fail", f"{version} is a 32-bit Python, but TensorFlow needs 64 bits", get
    else:
        yield "ok", version, None


def _packages(root):
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
        lines = [line.split(" #")[0].rstrip(" \\") for line in lines if line[:1] not in " #-"]
        wanted = [Requirement(line) for line in lines if line]
    except (OSError, ValueError, InvalidRequirement) as error:
        yield "fail", f"requirements.txt: {error}", restore("requirements.txt", root)
        return
    wanted = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    differ = []
    for each in wanted:
        found = _version(each.name)
        if found is None or not each.specifier.contains(found, prereleases=True):
            differ.append(f"{each.name} is {found or 'missing'} (lock: {each.specifier})")
    if differ:
        more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
        missing = any(" is missing " in line for line in differ)
        yield "fail" if missing else "warn", f"{', '.join(differ[:3])}{more}", INSTALL
    else:
        yield "ok", f"all {len(wanted)} are as locked", None


def _editable(root):
    try:
        distribution = importlib.metadata.distribution("course-utils")
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        yield "fail", "is not installed", INSTALL
        return
    folder = Path(url2pathname(urlparse(origin.get("url", "")).path))
    if not origin.get("dir_info", {}).get("editable"):
        yield "fail", "is installed as a copy: your checkout's changes have no effect", INSTALL
    elif not folder.exists() or not os.path.samefile(folder, root):
        yield "fail", f"comes from another checkout, {folder}", INSTALL
    else:
        yield "ok", "is installed from this checkout", None


def _keras():
    # As keras/src/backend/config.py reads them, without importing Keras.
    default = Path.home() / ".keras" if os.access(Path.home(), os.W_OK) else Path("/tmp/.keras")
    file = Path(os.environ.get("KERAS_HOME") or default) / "keras.json"
    config = {}
    if file.exists():
        try:
            config = dict(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError):
            yield "warn", f"{file} is not readable as JSON: Keras ignores it", _remove(file)
    if find_spec("tensorflow") is None:
        yield "fail", "the backend is tensorflow, which is not installed", INSTALL
    else:
        yield "ok", "lessons use the backend tensorflow", None
    # The course's kernel leaves these out; a lesson that runs as a plain script does not.
    kept_out = "lessons in Jupyter leave that out, plain scripts do not"
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        yield "warn", f"KERAS_BACKEND is {backend!r}: {kept_out}", _unset("KERAS_BACKEND")
    usual = {
        "backend": "tensorflow", "floatx": "float32", "epsilon": 1e-7,
        "image_data_format": "channels_last",
    }  # fmt: skip
    odd = [f"{k} = {config[k]!r}" for k in usual if config.get(k, usual[k]) != usual[k]]
    if odd:
        yield "warn", f"{file} sets {', '.join(odd)}: {kept_out}", _remove(file)
    for name in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
        if os.environ.get(name):
            yield "warn", f"{name} is set: training stops early, results will differ", _unset(name)


def _modules(root):
    """Look for files that `import` finds before Python's own modules and the packages."""
    installed = {path.stem for path in Path(sysconfig.get_path("purelib")).iterdir()}
    names = sys.stdlib_module_names | installed | {"sitecustomize", "usercustomize"}

    def shadows(folder):
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        modules = [f for f in files if f.suffix == ".py" or (f / "__init__.py").exists()]
        return [f for f in modules if f.stem in names]

    found = False
    for file in [f for folder in isolation.left_out for f in shadows(Path(folder))]:
        found = True
        message = f"PYTHONPATH lets {file} be imported as {file.stem}: the course leaves that out,"
        yield "warn", f"{message} plain Python does not", _unset("PYTHONPATH")
    work = output_folder("work", root)
    for file in [*shadows(work), *shadows(work / "exercises")]:
        found = True
        message = f"{shown(file, root)} is imported in place of the real {file.stem}: rename it"
        yield "fail", message, f"{'ren' if WINDOWS else 'mv'} {shown(file, root)} my_{file.name}"
    if not found:
        yield "ok", "no file of yours is imported in place of a module or package", None


def _folders(root):
    home = output_folder("build", root) / "home"
    if Path(os.path.expanduser("~")) == home:
        message = f"you have no home that can be written: {shown(home, root)} takes its place"
        yield "warn", message, None if WINDOWS else "export HOME=/a/folder/of/yours"
    depth = len(str(root))
    if WINDOWS and depth > DEEPEST_CHECKOUT and not _long_paths():
        message = f"{root} has {depth} characters; without long paths, Windows takes up to"
        yield "warn", f"{message} {DEEPEST_CHECKOUT}: move the course, or allow long paths", LONG
    else:
        yield "ok", "the path of the checkout is short enough", None


def _long_paths():
    import winreg

    with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, LONG_KEY) as key:
        return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    return False


def _user():
    if WINDOWS or os.geteuid() != 0:
        yield "ok", "not root", None
    else:
        yield "ok", "root: fine in a container; elsewhere your copies will belong to root", None


def _memory():
    import psutil

    memory = psutil.virtual_memory()
    total, free = memory.total / GB, memory.available / GB
    try:  # in a container
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")) / GB)
        free = min(free, total)
    except (OSError, ValueError):
        pass
    message = f"{free:.1f} of {total:.1f} GB are free; a lesson needs up to {MEMORY_GB} GB"
    if total < MEMORY_GB:
        yield "fail", message, None
    else:
        yield "ok" if free >= MEMORY_GB else "warn", message, None


def _disk(root):
    for name in ("work", "build"):
        folder = output_folder(name, root)
        path = shown(folder, root)
        if os.path.lexists(folder) and not folder.is_dir():
            yield (
                "fail",
                f"{path} is not a folder",
                f"{'ren' if WINDOWS else 'mv'} {path} {name}-old",
            )
            continue
        there = next(each for each in (folder, *folder.parents) if each.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            set_home = "set COURSE_HOME=%USERPROFILE%" if WINDOWS else "export COURSE_HOME=~"
            message = f"{path}/ cannot be written ({error.strerror}); another folder can replace it"
            yield "fail", message, f"{set_home}{os.sep}deep-learning"
    free = shutil.disk_usage(there).free / GB
    yield "ok" if free >= DISK_GB else "warn", f"{free:.1f} GB are free", None


def _kernel():
    from course_utils.authoring.kernel import kernel_problem

    problem = kernel_problem()
    fix = INSTALL if problem and "ipykernel" in problem else f"{course_command()} lab"
    yield ("fail", problem, fix) if problem else ("ok", "python3 starts this Python", None)


def _data(root):
    fix = restore("data", root)
    try:
        files = json.loads((root / "data" / "manifest.json").read_bytes())["files"]
        expected = {name: files[name]["sha256"] for name in files}
    except FileNotFoundError:
        yield "fail", "data/manifest.json is missing", fix
        return
    except (OSError, ValueError, KeyError, TypeError):
        yield "fail", "data/manifest.json is damaged", fix
        return
    bad = [name for name in expected if _sha256(root / "data" / name) != expected[name]]
    if bad:
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        yield "fail", f"missing or damaged: {', '.join(bad[:3])}{more}", fix
    else:
        yield "ok", f"all {len(expected)} files have their checksum", None


def _notebooks(root):
    paths = sorted((root / "notebooks").rglob("[0-9][0-9]_*.ipynb"))
    bad = [path.relative_to(root).as_posix() for path in paths if not _is_notebook(path)]
    if bad or not paths:
        message = f"not readable: {', '.join(bad[:3])}" if bad else "there are none"
        yield "fail", message, restore("notebooks", root)
    else:
        yield "ok", f"all {len(paths)} are readable", None


def _work(root):
    folder = output_folder("work", root)
    paths = sorted([*folder.glob("*.ipynb"), *folder.glob("exercises/*.ipynb")])
    bad = [path for path in paths if not _is_notebook(path)]
    for path in bad:
        fix = f"{course_command()} reset {path.name[:2]}" if path.name[:2].isdigit() else None
        yield "warn", f"{shown(path, root)} is not readable as a notebook", fix
    if not bad:
        yield "ok", f"{len(paths)} notebooks of yours" if paths else "no copies yet", None


def _is_notebook(path):
    try:
        return isinstance(json.loads(path.read_bytes())["cells"], list)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sha256(path):
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _unset(name):
    return f"set {name}=" if WINDOWS else f"unset {name}"


def _remove(file):
    return f'del "{file}"' if WINDOWS else f"rm {file}"
