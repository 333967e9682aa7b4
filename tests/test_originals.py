import hashlib
import shutil
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from data_server import running, write_manifest

from course_utils import originals, shipped

CONTENT = np.random.default_rng(0).bytes(300_000)
SECOND = b"labels" * 100


@pytest.fixture
def server():
    with running() as server:
        server.files = {"/a.bin": CONTENT, "/b.gz": SECOND}
        yield server


@pytest.fixture(autouse=True)
def small_world(tmp_path, monkeypatch, server):
    """A manifest with one original of two files on the server, an empty cache, short waits."""
    folder = tmp_path / "data"
    folder.mkdir()
    entries = [
        {
            "file": name,
            "url": f"{server.url}/{name}",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in (("a.bin", CONTENT), ("b.gz", SECOND))
    ]
    write_manifest(folder, {"set": {"title": "A set", "licence": "MIT", "files": entries}})
    monkeypatch.setattr(shipped, "DATA", folder)
    monkeypatch.setattr(originals, "TIMEOUT", (2, 0.3))
    monkeypatch.setenv("COURSE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_DATA_MIRROR", raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # pooch's pause between two tries


def assert_complete(paths, tmp_path):
    assert [path.name for path in paths] == ["a.bin", "b.gz"]
    assert paths[0].read_bytes() == CONTENT
    assert paths[1].read_bytes() == SECOND
    assert sorted(p.name for p in (tmp_path / "cache/set").iterdir()) == ["a.bin", "b.gz"]


def assert_nothing_wrong(tmp_path):
    """The cache holds no file under its final name that is not the right one."""
    folder = tmp_path / "cache/set"
    for name, content in (("a.bin", CONTENT), ("b.gz", SECOND)):
        assert not (folder / name).exists() or (folder / name).read_bytes() == content


def test_fetch_downloads_once(server, tmp_path):
    seen = []
    assert_complete(originals.fetch("set", lambda *step: seen.append(step)), tmp_path)
    assert seen[-1] == ("b.gz", len(SECOND), len(SECOND))
    done = [done for name, done, total in seen if name == "a.bin"]
    assert done == sorted(done)
    assert done[-1] == len(CONTENT)
    assert len(done) >= 4, "the progress bar moves"
    assert len(server.ranges) == 2
    originals.fetch("set")
    assert len(server.ranges) == 2, "a second fetch asks the server for nothing"
    assert originals.files("set") == originals.fetch("set")
    (row,) = originals.originals()
    assert (row["name"], row["state"], row["bytes"]) == ("set", "cached", 300_600)


@pytest.mark.parametrize(
    "fault",
    ["truncate", "short", "corrupt", "stall", "drop", "error", "too long", "no ranges"],
)
def test_one_fault_is_mended_by_a_retry(server, tmp_path, fault):
    server.faults = [fault]
    start = time.perf_counter()
    assert_complete(originals.fetch("set"), tmp_path)
    assert time.perf_counter() - start < 5, "a server that stalls for 10 s is not waited for"
    assert len(server.ranges) == (2 if fault == "no ranges" else 3)
    goes_on = fault in ("truncate", "short", "stall")
    assert (server.ranges[1] is not None) == goes_on, "what came is kept, unless it is wrong"


@pytest.mark.parametrize("fault", ["truncate", "short", "corrupt", "stall", "drop", "too long"])
def test_a_lasting_fault_raises_and_leaves_no_wrong_file(server, tmp_path, fault):
    server.faults = [fault] * (1 + originals.RETRIES)
    with pytest.raises(originals.OriginalError, match=r"course data fetch set") as caught:
        originals.fetch("set")
    assert "COURSE_DATA_MIRROR" in str(caught.value)
    assert_nothing_wrong(tmp_path)
    server.faults = []
    assert_complete(originals.fetch("set"), tmp_path)


def test_an_interrupted_download_goes_on_where_it_stopped(server, tmp_path):
    server.faults = ["truncate", "drop", "drop"]
    with pytest.raises(originals.OriginalError):
        originals.fetch("set")
    part = tmp_path / "cache/set/a.bin.part"
    assert part.read_bytes() == CONTENT[: part.stat().st_size]
    assert part.stat().st_size == 2 * originals.CHUNK, "two whole blocks of the half that came"
    assert originals.originals()[0]["state"] == "incomplete"
    asked = len(server.ranges)
    assert_complete(originals.fetch("set"), tmp_path)
    assert server.ranges[asked] == f"bytes={2 * originals.CHUNK}-"


@pytest.mark.parametrize(("answer", "requests"), [("no ranges", 2), ("other range", 3)])
def test_a_server_that_cannot_go_on_is_asked_once_more_at_most(server, tmp_path, answer, requests):
    folder = tmp_path / "cache/set"
    folder.mkdir(parents=True)
    (folder / "a.bin.part").write_bytes(CONTENT[:1000])
    server.faults = [answer]
    assert_complete(originals.fetch("set"), tmp_path)
    assert server.ranges[0] == "bytes=1000-"
    assert len(server.ranges) == requests


@pytest.mark.parametrize("answer", ["serve", "no ranges", "other range"])
@pytest.mark.parametrize(
    "part", [b"wrong" * 20_000, CONTENT[:1000], b"wrong" * 100_000, CONTENT, bytes(len(CONTENT))]
)
def test_a_part_of_any_kind_ends_in_the_right_file(server, tmp_path, part, answer):
    folder = tmp_path / "cache/set"
    folder.mkdir(parents=True)
    (folder / "a.bin.part").write_bytes(part)
    server.faults = [answer]
    assert_complete(originals.fetch("set"), tmp_path)


FETCH = """
import pathlib, sys
from course_utils import originals, shipped
shipped.DATA = pathlib.Path(sys.argv[1])
originals.TIMEOUT = 2, 30
if "together" in sys.argv:
    print("ready", flush=True)
    sys.stdin.readline()
print(*[path.name for path in originals.fetch("set")])
"""


def fetching(tmp_path, *words):
    """Start a process that fetches the set; `communicate` waits for it."""
    command = [sys.executable, "-c", FETCH, str(tmp_path / "data"), *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def assert_ended_well(process):
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out, error) == (0, "a.bin b.gz\n", "")


@pytest.mark.parametrize("damaged", [False, True])
def test_processes_that_fetch_the_same_file_share_one_download(server, tmp_path, damaged):
    if damaged:
        (tmp_path / "cache/set").mkdir(parents=True)
        (tmp_path / "cache/set/a.bin").write_bytes(b"x" + CONTENT[1:])
    server.faults = ["slow", "slow"]
    processes = [fetching(tmp_path, "together") for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # all are there: now they race
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        assert_ended_well(process)
    assert server.ranges == [None, None], "each file was asked for once"
    assert_complete(originals.fetch("set"), tmp_path)


def test_a_process_that_waits_takes_over_from_one_that_is_killed(server, tmp_path):
    server.faults = ["stall"]
    first = fetching(tmp_path)
    part = tmp_path / "cache/set/a.bin.part"
    wait_until(lambda: part.exists() and part.stat().st_size >= 2 * originals.CHUNK, first)
    second = fetching(tmp_path)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(4)
    assert len(server.ranges) == 1, "the second waits"
    first.kill()
    first.communicate()
    assert_ended_well(second)
    assert server.ranges[1] == f"bytes={2 * originals.CHUNK}-", "and goes on where that stopped"
    assert_complete(originals.fetch("set"), tmp_path)


def wait_until(condition, process):
    while not condition():
        assert process.poll() is None, process.communicate()
        threading.Event().wait(0.05)  # time.sleep does nothing here


def test_a_waiting_process_shows_how_far_the_other_is(server, tmp_path, monkeypatch):
    seen, locked = [], iter([False, False, True])
    monkeypatch.setattr(originals, "_try_lock", lambda handle: next(locked, True))
    (tmp_path / "cache/set").mkdir(parents=True)
    (tmp_path / "cache/set/a.bin.part").write_bytes(CONTENT[:1000])
    assert_complete(originals.fetch("set", lambda *step: seen.append(step)), tmp_path)
    assert seen[:2] == [("a.bin", 1000, len(CONTENT))] * 2


def test_a_cache_that_cannot_be_written_serves_what_it_has(server, tmp_path, monkeypatch):
    originals.fetch("set")
    monkeypatch.setattr(originals, "_alone", None)  # would raise when called
    assert_complete(originals.fetch("set"), tmp_path)


def test_a_damaged_file_in_the_cache_is_found_and_replaced(server, tmp_path):
    path = originals.fetch("set")[0]
    path.write_bytes(b"x" + CONTENT[1:])
    (problem,) = originals.verify()
    assert str(path) in problem
    assert "course data fetch set" in problem
    assert_complete(originals.fetch("set"), tmp_path)
    assert originals.verify() == []
    path.write_bytes(CONTENT[:-1])
    assert originals.originals()[0]["state"] == "wrong size"
    server.files = {}
    with pytest.raises(originals.OriginalError, match="404"):
        originals.fetch("set")
    assert not path.exists(), "a file known to be damaged is not left for others to read"


def test_verify_reports_progress():
    originals.fetch("set")
    seen = []
    originals.verify(lambda *step: seen.append(step))
    assert seen == [("set/a.bin", 1, 2), ("set/b.gz", 2, 2)]


def test_missing_and_refused_are_said_at_once(server):
    server.files = {}
    with pytest.raises(originals.OriginalError, match="404"):
        originals.fetch("set")
    assert len(server.ranges) == 1, "a file that is not there is asked for once"


def test_offline_names_the_size_and_three_ways(server, tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("COURSE_DATA_MIRROR", address)
    for ask in (originals.files, originals.fetch):
        with pytest.raises(originals.OriginalError) as caught:
            ask("set")
        for part in (
            "set is not on this computer", "a.bin, b.gz", "0.3 MB", "1. with a network",
            "course data fetch set", "2. from a lecture room", "COURSE_DATA_MIRROR",
            "3. by hand", f"{server.url}/a.bin", str(tmp_path / "cache/set"),
        ):  # fmt: skip
            assert part in str(caught.value)
    assert "no connection" in str(caught.value)


def test_unknown_name_lists_the_known_ones():
    for ask in (originals.files, originals.fetch):
        with pytest.raises(originals.OriginalError, match="no original 'sett'; there are set"):
            ask("sett")


def test_mirror_is_a_server(server, tmp_path, monkeypatch):
    server.files = {"/room/set/a.bin": CONTENT, "/room/set/b.gz": SECOND}
    monkeypatch.setenv("COURSE_DATA_MIRROR", f"{server.url}/room/")
    server.faults = ["truncate"]
    assert_complete(originals.fetch("set"), tmp_path)
    assert server.ranges[1] == f"bytes={2 * originals.CHUNK}-", "a mirror's file goes on, too"


def test_mirror_is_a_folder_such_as_a_copy_of_the_cache(server, tmp_path, monkeypatch):
    originals.fetch("set")
    shutil.move(tmp_path / "cache", tmp_path / "stick")
    server.files = {}
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path / "stick"))
    seen = []
    assert_complete(originals.fetch("set", lambda *step: seen.append(step)), tmp_path)
    assert ("a.bin", 65536, len(CONTENT)) in seen
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "stick/set/a.bin").write_bytes(b"x" + CONTENT[1:])
    with pytest.raises(originals.OriginalError, match="hash"):
        originals.fetch("set")
    assert_nothing_wrong(tmp_path)
    (tmp_path / "stick/set/a.bin").unlink()
    with pytest.raises(originals.OriginalError, match="from the folder"):
        originals.fetch("set")


def test_shipped_registry_is_complete(monkeypatch):
    monkeypatch.undo()
    rows = {row["name"]: row for row in originals.originals()}
    assert set(rows) == {"mnist", "fashion_mnist", "cifar10", "cats_and_dogs", "pneumoniamnist"}
    for row in rows.values():
        for file in row["files"]:
            assert len(bytes.fromhex(file["sha256"])) == 32
            assert file["url"].startswith(("https://", "http://fashion-mnist.s3-website"))
            assert file["url"].endswith(file["file"])
            assert file["bytes"] > 5000
    assert sum(row["bytes"] for row in originals.shipped_sets()) < 40_000_000
