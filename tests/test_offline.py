"""The guard that the test run puts on every kernel's path really refuses the network."""

import os
import subprocess
import sys

import pytest

TRY = "import socket\n{}\n"


def outcome(code):
    result = subprocess.run(
        [sys.executable, "-c", TRY.format(code)], capture_output=True, text=True, env=os.environ
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.create_connection(('example.org', 80), timeout=1)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "import urllib.request; urllib.request.urlopen('http://example.org', timeout=1)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', "
        "'import socket; socket.create_connection((\"192.0.2.1\", 80), 1)'], check=True)",
    ],
)
def test_connections_beyond_this_machine_are_refused(code):
    code, stderr = outcome(code)
    assert code != 0
    assert "the course runs offline" in stderr


def test_loopback_works():
    code, stderr = outcome(
        "s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    )
    assert code == 0, stderr
