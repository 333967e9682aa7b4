"""Open JupyterLab on the student's copies: one at a time, and for this machine only."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

import psutil

from course_utils.errors import CourseError

START_SECONDS = 30  # from a JupyterLab's first instruction to its address
ROOT_DIR = "--ServerApp.root_dir="  # by this argument a JupyterLab is recognised as ours
OPTIONS = (
    "--ServerApp.ip=127.0.0.1",
    # No look-ups on the network: no news, no update check, no extension catalogue.
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--KernelManager.transport_encryption=auto",
)


def running(folder):
    """Find the JupyterLab that is open on a folder.

    Args:
        folder: path that JupyterLab shows, work/.

    Returns:
        None when there is none, else (pid, address): int, and str or None where it tells none.
    """
    processes = [each for each in psutil.process_iter(["cmdline"]) if _serves(each, folder)]
    deadline = time.monotonic() + START_SECONDS
    while processes:
        for process in processes:
            if address := _address(process.pid):
                return process.pid, address
        if time.monotonic() > deadline:
            return processes[0].pid, None
        time.sleep(0.2)  # it has just been started
        processes = [each for each in processes if each.is_running()]
    return None


def show(found, browser=True, say=print):
    """Say where a JupyterLab is open, and open it in the browser.

    Args:
        found: (pid, address) from `running`.
        browser: bool.
        say: called with each line (str).
    """
    pid, address = found
    say(f"JupyterLab is open on your copies already, as process {pid}:")
    say(f"    {address or 'it does not tell its address; look in the terminal it was started in'}")
    say("To end it, choose File → Shut Down there, or press Ctrl-C in its terminal.")
    if browser and address:
        webbrowser.open(address)


def need_free(port):
    """Make sure that JupyterLab can listen on a port.

    Args:
        port: int.

    Raises:
        CourseError: something listens there.
    """
    with socket.socket() as probe:
        if os.name != "nt":  # as the server does: what closed connections leave is no obstacle
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CourseError(
                f"port {port} is not free ({error.strerror}): choose another, or none"
            ) from None


def start(folder, arguments=(), port=None, browser=True, say=print):
    """Become JupyterLab; on Windows, run it and return its exit code.

    A process that *is* JupyterLab leaves none behind, however it is ended.

    Args:
        folder: path that JupyterLab shows, work/.
        arguments: list of str, further options for JupyterLab.
        port: int, or None for the first free one.
        browser: bool, open a browser.
        say: called with each line (str).
    """
    named = {argument.split("=")[0].replace("--ip", "--ServerApp.ip") for argument in arguments}
    options = [
        option for option in OPTIONS if option.split("=")[0] not in named
    ]  # twice is an error
    command = [sys.executable, "-m", "jupyterlab", f"{ROOT_DIR}{folder}", *options]
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if os.name != "nt" and os.geteuid() == 0:
        say("You are root: JupyterLab is started with --allow-root, as it would refuse otherwise.")
        command.append("--allow-root")
    command += arguments
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, _environment())
    process = subprocess.Popen(command, env=_environment())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is JupyterLab's to answer
    return process.wait()


def _environment():
    """Return the variables of JupyterLab, its kernels and terminals."""
    variables = dict(os.environ)
    ours = str(Path(__file__).with_name("jupyter"))
    first = {
        # Settings that differ from JupyterLab's own, beside the user's and not in their place. They
        # leave out nbgrader's pages, which are for instructors and take seconds at each start.
        "JUPYTER_CONFIG_PATH": ours,
        "JUPYTER_PATH": ours,  # its labextensions/ give figures their alt texts
        # A terminal in JupyterLab finds `course`, in whatever folder it opens.
        "PATH": str(Path(sys.prefix, "Scripts" if os.name == "nt" else "bin")),
    }
    for name, folder in first.items():
        variables[name] = os.pathsep.join([folder, *filter(None, [variables.get(name)])])
    return variables


def _serves(process, folder):
    """Return whether a process is a JupyterLab on a folder."""
    for argument in process.info["cmdline"] or []:
        if argument.startswith(ROOT_DIR):
            root = argument.removeprefix(ROOT_DIR)
            return os.path.exists(root) and os.path.samefile(root, folder)
    return False


def _address(pid):
    """Return the address (str) that a JupyterLab has noted in its own file, or None."""
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        noted = json.loads(Path(jupyter_runtime_dir(), f"jpserver-{pid}.json").read_bytes())
        return f"{noted['url']}lab" + (f"?token={noted['token']}" if noted["token"] else "")
    except (OSError, ValueError, KeyError, TypeError):
        return None
