"""Execute a notebook in a clean kernel: time limit, peak memory, and no kernel left behind."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import v4

SOCKET_PATH_BYTES = 100  # Linux takes 107, macOS 103
_WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 120  # four times the budget of a training cell, for slow machines

# /proc knows the peak of this process alone; ru_maxrss may carry over the parent's.
_MEASURE = """
def _peak_bytes():
    import sys
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        pass
    if sys.platform == "win32":
        import psutil
        return psutil.Process().memory_info().peak_wset
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(_peak_bytes())
"""


@dataclass
class Run:
    """What one execution gave.

    Args:
        seconds: float, wall clock, kernel start included.
        peak_bytes: int or None, the kernel's peak resident memory.
        error: str or None, one line that names the cell and what went wrong in it.
        traceback: str, the kernel's traceback with terminal colours, or "".
        cell_seconds: list of float, one for each cell that ran.
    """

    seconds: float = 0.0
    peak_bytes: int | None = None
    error: str | None = None
    traceback: str = ""
    cell_seconds: list[float] = field(default_factory=list)


async def execute(
    notebook, *, cwd, cell_seconds=CELL_SECONDS, environment=None, on_cell=lambda number: None
):
    """Execute a notebook in place; outputs go into its cells, up to the one that fails.

    Args:
        notebook: nbformat notebook.
        cwd: path, the kernel's working folder.
        cell_seconds: int, the time limit of one cell.
        environment: dict, further variables for the kernel.
        on_cell: called with the number of cells done, after each cell.

    Returns:
        Run. An error in a cell is reported there, not raised.
    """
    run, start = Run(), time.perf_counter()
    metadata = notebook.metadata.copy()
    client = NotebookClient(
        notebook, timeout=cell_seconds, kernel_name="python3", allow_errors=False,
        resources={"metadata": {"path": str(cwd)}},
    )  # fmt: skip
    client.create_kernel_manager()
    number = 0
    sockets = _socket_folder() if os.name == "posix" else None
    if sockets:  # in a private folder: no port to collide on or to reach
        client.km.transport, client.km.ip = "ipc", f"{sockets}/kernel"
    else:
        client.km.transport_encryption = "auto"
    try:
        # Not `async_setup_kernel`: it takes over SIGINT, and Ctrl-C would no longer cancel us.
        # What C++ code prints past Python would tear the live table apart.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        variables = os.environ | (environment or {})
        await client.async_start_new_kernel(cwd=str(cwd), env=variables, **quiet)
        await client.async_start_new_kernel_client()
        for number, cell in enumerate(notebook.cells, start=1):
            before = time.perf_counter()
            await client.async_execute_cell(cell, number - 1)
            _replace_sliders(cell, client)
            _need_figure(cell)
            cell.metadata.pop("execution", None)
            run.cell_seconds.append(time.perf_counter() - before)
            on_cell(number)
        run.peak_bytes = await _peak_bytes(client)
    except CellExecutionError as error:
        run.peak_bytes = await _peak_bytes(client)
        run.error = f"cell {number}: {error.ename}: {_first_line(error.evalue)}"
        run.traceback = error.traceback
    except (CellTimeoutError, DeadKernelError, RuntimeError) as error:
        if asyncio.current_task().cancelling():  # which nbclient mistakes for a dead kernel
            raise asyncio.CancelledError from None
        run.error = f"cell {number}: {_explain(error, cell_seconds)}"
    finally:
        await asyncio.shield(_shut_down(client))
        notebook.metadata = metadata  # nbclient writes the Python version there
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        if sockets:
            shutil.rmtree(sockets, ignore_errors=True)
    run.seconds = time.perf_counter() - start
    return run


def _socket_folder():
    """Make a private folder with a path short enough for sockets; None where there is none."""
    for parent in (None, "/tmp"):
        with contextlib.suppress(OSError):
            folder = tempfile.mkdtemp(prefix="course-", dir=parent)
            if len(os.fsencode(f"{folder}/kernel-5")) <= SOCKET_PATH_BYTES:
                return folder
            shutil.rmtree(folder, ignore_errors=True)
    return None


def _replace_sliders(cell, client):
    """Put what sliders show at their start in their place: a stored notebook cannot move them."""
    shown = []
    for output in cell.get("outputs", []):
        if _WIDGET in output.get("data", {}):
            shown += [nbformat.from_dict(one) for one in _drawn_by_widgets(client)]
        else:
            shown.append(output)
    if "outputs" in cell:
        cell.outputs = shown


def _drawn_by_widgets(client):
    """Return the outputs, as dicts, of the widgets that were made since the last call."""
    drawn = [output for widget in client.comm_objects.values() for output in widget.outputs]
    client.comm_objects.clear()
    return drawn


def _need_figure(cell):
    """Raise where a figure failed to draw: Jupyter shows that error, and calls the cell a success.

    Raises:
        CellExecutionError: the cell shows an error, or none of the figure that it describes.
    """
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            traceback = "\n".join(output.traceback)
            raise CellExecutionError(traceback, output.ename, output.evalue)
    images = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    if "alt" in cell.metadata and not images:
        raise CellExecutionError("", "FigureError", "the cell has alt text, but drew no figure")


async def _peak_bytes(client):
    """Ask an idle kernel for its peak memory, through a cell that is taken away again."""
    cell = v4.new_code_cell(_MEASURE)
    client.nb.cells.append(cell)
    try:
        await client.async_execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    finally:
        client.nb.cells.pop()
    return int(cell.outputs[0].text)


async def _shut_down(client):
    """End the kernel at once: its notebook has run, or never will."""
    if client.km is not None:
        if client.km.has_kernel:
            await client.km.shutdown_kernel(now=True)
        if client.kc is not None:
            client.kc.stop_channels()


def _first_line(text):
    return (text.strip().splitlines() or [""])[0]


def _explain(error, cell_seconds):
    if isinstance(error, CellTimeoutError):
        return f"passed the time limit of {cell_seconds} s"
    if isinstance(error, DeadKernelError):
        return "the kernel died; often that means it ran out of memory"
    return f"{type(error).__name__}: {_first_line(str(error))}"
