"""Keep the user's own settings of Python out of the course; imports nothing that may be shadowed.

A folder on PYTHONPATH may hold a `random.py` of the user's, which every import of `random` would
then find. And an output may have an encoding without the signs that the course prints.
"""

import codecs
import os
import sys

# What stands for a sign that an output's encoding lacks; "?" for any other.
PLAIN = {
    "✓": "+", "✗": "x", "…": ".", "−": "-", "–": "-", "—": "-", "×": "x", "·": ".", "→": "->",
    "←": "<-", "≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "“": '"', "”": '"', "‘": "'", "’": "'",
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "É": "E", "è": "e", "η": "eta",
    "σ": "sigma", "λ": "lambda", "ε": "epsilon", "μ": "mu", "∞": "inf", "√": "sqrt",
}  # fmt: skip

left_out: list[str] = []  # folders of the user's PYTHONPATH that this process does not use


def _plain(error):
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in signs), error.end


def print_on_any_output():
    """Let stdout and stderr print every text, in plain signs where their encoding lacks one."""
    codecs.register_error("course-plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not a notebook's, which takes any text
            stream.reconfigure(errors="course-plain")


def leave_python_path(root):
    """Take the folders of PYTHONPATH that lie outside the checkout from this process's path.

    Child processes inherit a PYTHONPATH without them.

    Args:
        root: str, path of the checkout.
    """
    folders = [f for f in os.environ.get("PYTHONPATH", "").split(os.pathsep) if f]
    inside = os.path.join(os.path.abspath(root), "")
    kept = [f for f in folders if os.path.join(os.path.abspath(f), "").startswith(inside)]
    left_out[:] = [os.path.abspath(f) for f in folders if f not in kept]
    sys.path[:] = [f for f in sys.path if os.path.abspath(f) not in left_out]
    if left_out:
        os.environ["PYTHONPATH"] = os.pathsep.join(kept)
