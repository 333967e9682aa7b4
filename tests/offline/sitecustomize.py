"""Refuse every connection beyond this machine, in each Python that has this folder on its path.

The test run puts the folder on PYTHONPATH, so that kernels and their children inherit it: a lesson
that needs the network then fails, whatever library asks for it.
"""

import ipaddress
import sys

_WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}


def _is_local(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_network(event, arguments):
    if event not in _WATCHED:
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        address = arguments[1]
        if not isinstance(address, tuple):  # a Unix socket's path, or a connected socket
            return
        host = address[0]
    if not _is_local(host):
        raise ConnectionRefusedError(f"the course runs offline, but something asked for {host!r}")


sys.addaudithook(_refuse_network)
