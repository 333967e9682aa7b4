"""The Jupyter kernel `python3` of this environment: its own Python, no settings of the user's.

Lessons give everyone the same, so this kernel reads no startup file and no setting of the user's
for Python, IPython, matplotlib or Keras.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from course_utils.authoring.files import atomic_write
from course_utils.errors import CourseError

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # no line about CPU features
    # TensorFlow leaves oneDNN off on older CPUs, where a small CNN then takes 1.7 times as long.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # Lessons call TensorFlow's GradientTape; a backend chosen for other work would break them.
    "KERAS_BACKEND": "tensorflow",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # no warning from the debugger
    # A user's MPLBACKEND would turn every figure into a line of text.
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # Each of these, when it is empty, counts as not set.
    **dict.fromkeys(("PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONOPTIMIZE"), ""),
}
# A profile of the course's own beside the user's: its startup files and configuration stay there.
PROFILE = "deep_learning_course"


def environment():
    """Return the variables, as a dict, that this kernel runs with; tests use them, too."""
    folder = Path(sys.prefix, "share", "course")
    found = find_spec("matplotlib")
    defaults = Path(found.origin).parent / "mpl-data" / "matplotlibrc" if found else ""
    paths = {"KERAS_HOME": str(folder / "keras"), "MATPLOTLIBRC": str(defaults)}
    return ENVIRONMENT | paths


def kernel_environment():
    """Return the variables, as a dict, with which Jupyter finds this kernel before any other.

    Put first on JUPYTER_PATH, this environment's folder wins over kernels of the user, of the
    system, and of a JUPYTER_PATH that is already set.
    """
    folders = [str(_folder().parents[1])]
    folders += [p for p in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if p]
    path = os.pathsep.join(dict.fromkeys(folders))
    return {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_PATH": path}


def kernel_problem():
    """Return None when the kernel is right, else one line (str) that says what is wrong."""
    if find_spec("ipykernel") is None:
        return "the package ipykernel is missing"
    try:
        spec = json.loads((_folder() / "kernel.json").read_bytes())
    except FileNotFoundError:
        return "the kernel python3 is missing from this environment"
    except (OSError, ValueError):
        return "the kernel python3 has no readable kernel.json"
    if spec != make_spec():
        return "the kernel python3 does not have this course's Python and settings"
    return None


def ensure_kernel():
    """Write the kernel of this environment, unless it is right already.

    Raises:
        CourseError: ipykernel is missing, or the folder cannot be written.
    """
    problem = kernel_problem()
    if problem is None:
        return
    if find_spec("ipykernel") is None:
        raise CourseError(f"{problem}: finish the install with `make install`")
    path = _folder() / "kernel.json"
    try:
        atomic_write(path, json.dumps(make_spec(), indent=1) + "\n")
    except OSError as error:
        raise CourseError(
            f"{problem}, and {path} cannot be written ({error.strerror}): make its folder writable"
        ) from None


def _folder():
    return Path(sys.prefix, "share", "jupyter", "kernels", "python3")


def make_spec(**more):
    """Return the content of kernel.json as a dict.

    Args:
        more: further variables of its environment.
    """
    # Jupyter fills in $NAME, so a $ in a path is written twice.
    variables = {name: value.replace("$", "$$") for name, value in (environment() | more).items()}
    # Not sys.executable: it is python or python3, as the user typed it.
    bin_ = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = Path(sys.prefix, *bin_)
    return {
        "argv": [
            str(python) if python.exists() else sys.executable,
            "-m", "ipykernel_launcher", "-f", "{connection_file}",
            # Lines that C++ code writes past Python (oneDNN's greeting) stay out of notebooks.
            "--IPKernelApp.capture_fd_output=False",
            f"--profile={PROFILE}", "--IPKernelApp.auto_create=True",
        ],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
        "kernel_protocol_version": "5.5",
        "env": variables,
    }  # fmt: skip
