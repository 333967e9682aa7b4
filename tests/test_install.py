"""The Makefile's install, with a Python, pip and uv that only pretend."""

import os
import shutil
import subprocess

import pytest

from course_utils.authoring import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")

PYTHON = """#!/bin/sh
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
  "-m pip "*) env >> environment
    printf "%s" "$PIP_SAYS" >&2
    [ -z "$PIP_SAYS" ] && cp uv .venv/bin/uv;;
esac
"""
UV = """#!/bin/sh
env >> environment
case "$*" in
  --version) echo "uv 0 ";;
  *--dry-run) printf "%s" "$UV_SAYS" >&2; [ -z "$UV_SAYS" ];;
  *" sync "*) printf "%s" "$SYNC_SAYS" >&2; [ -z "$SYNC_SAYS" ];;
esac
"""


@pytest.fixture
def install(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    for name, text in {"fake": PYTHON, "uv": UV}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)

    def run(**variables):
        command = ["make", "install", f"PYTHON={tmp_path}/fake"]
        environment = os.environ | variables
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return run


@pytest.mark.parametrize(
    ("tool", "says", "cure"),
    [
        ("PIP", "CERTIFICATE_VERIFY_FAILED: own", "SSL_CERT_FILE, or set UV_SYSTEM_CERTS"),
        ("UV", "error: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("PIP", "ProxyError('Cannot connect to proxy.', NewConnection", "HTTPS_PROXY names?"),
        ("PIP", "Failed to establish a new connection", "Connect to a network once"),
        ("UV", "dns error: failed to lookup address", "Connect to a network once"),
        ("UV", "error: In `--require-hashes` mode, $x are", "Mend that and run the same"),
        ("SYNC", "No space left on device (os error 28)", "Make room, 2.5 GB in all"),
    ],
)
def test_a_failed_install_says_why(install, tmp_path, tool, says, cure):
    done = install(**{f"{tool}_SAYS": f"first\n{says}"})
    assert done.returncode == 2
    assert f"The packages cannot be installed:\nfirst\n{says}\n" in done.stdout
    assert cure in done.stdout
    assert ("network" in done.stdout) == ("network" in cure), "no other cause is named"
    assert not (tmp_path / ".venv" / "ready").exists()


def test_settings_that_lead_the_installer_elsewhere_are_left_out(install, tmp_path):
    elsewhere = [
        "PIP_TARGET", "PIP_PREFIX", "UV_REQUIRE_HASHES", "UV_TARGET", "UV_PREFIX", "UV_PYTHON",
        "PYTHONPATH", "PYTHONHOME", "PIP_NO_BINARY", "UV_NO_BINARY",
    ]  # fmt: skip
    kept = {"PIP_FIND_LINKS": "/wheels", "HTTPS_PROXY": "http://proxy", "PIP_CERT": "/its.pem"}
    theirs = dict.fromkeys([*elsewhere, "PIP_USER", "PIP_REQUIRE_HASHES"], "1")
    done = install(**theirs, **kept, PIP_INDEX_URL="https://index", SSL_CERT_FILE="")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (tmp_path / "environment").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.split("=")[0] in elsewhere]
    kept |= {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "UV_DEFAULT_INDEX": "https://index"}
    assert {f"{name}={value}" for name, value in kept.items()} <= set(lines)
