"""A web server on loopback that misbehaves on purpose, for the tests of downloads."""

import contextlib
import http.server
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class Server:
    """Serves `files` by path; `faults` says what to do with the coming requests, one each."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[str] = []
        self.ranges: list[str | None] = []
        self.released = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        """Answer one request, with the next fault if there is one."""
        fault = self.faults.pop(0) if self.faults else "serve"
        self.ranges.append(request.headers.get("Range"))
        content = self.files.get(request.path)
        if fault == "drop":
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        if content is None or fault == "error":
            request.send_error(404 if content is None else 503)
            return
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and fault != "no ranges" else 0
        if start and fault == "other range":
            start += 1000
        if start >= len(content):
            request.send_error(416)
            return
        body = content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if fault == "corrupt":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "too long":
            body += bytes(100_000)
        length = len(body)
        if fault in ("truncate", "short"):
            body = body[: len(body) // 2]
        if fault == "short":  # a shorter file, with a header that says so
            length = len(body)
        request.send_header("Content-Length", str(length))
        request.end_headers()
        if fault == "stall":
            request.wfile.write(body[: len(body) // 2])
            request.wfile.flush()
            self.released.wait(10)
            return
        with contextlib.suppress(ConnectionError):
            for at in range(0, len(body), 1 << 14):
                request.wfile.write(body[at : at + (1 << 14)])
                time.sleep(0.05 if fault == "slow" else 0)
        if fault == "truncate":
            request.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """Start a server on a free port, and stop it."""
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def write_manifest(folder: Path, originals: dict) -> None:
    """Write a manifest with these originals and nothing else into `folder`."""
    import json

    from course_utils import shipped

    manifest = {"sets": {}, "originals": originals, "files": {}}
    manifest["sha256"] = shipped.manifest_checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
