"""A web server with one model in it, and what makes that model."""

from __future__ import annotations

import http.server
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIECE = 256 << 10
_EXPORT = """
import sys
from pathlib import Path
from tool.conversion.nets.ritm import build_hrnet18s
from tool.conversion.static_export import export_click
state = {name: value.numpy() for name, value in build_hrnet18s().state_dict().items()}
export_click("hrnet18s", state, Path(sys.argv[1]))
"""


def make_model(base: Path) -> None:
    """Write a click model that knows nothing, "base.pdmodel" and "base.pdiparams"."""
    base.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run((sys.executable, "-c", _EXPORT, base), cwd=ROOT, check=True)


def pack(base: Path, target: Path) -> None:
    """Pack a model as it is published."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for suffix in (".pdmodel", ".pdiparams"):
            file = base.with_suffix(suffix)
            archive.write(file, f"{base.name}/{file.name}")


class Shop(http.server.ThreadingHTTPServer):
    """Gives out the files of a folder. gate: closed, it stops after the first megabyte of each answer."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Counter)
        self.folder, self.gate = folder, threading.Event()
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Counter(http.server.BaseHTTPRequestHandler):
    """Serves one customer."""

    server: Shop

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:  # noqa: N802 - the name that the base class calls
        file = self.server.folder / self.path.rsplit("/", 1)[-1]
        if not file.is_file():
            self.send_error(404)
            return
        self.server.ranges.append(self.headers.get("Range", ""))
        match = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start, size = int(match[1]) if match else 0, file.stat().st_size
        self.send_response(206 if match else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(size - start))
        if match:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        self.pour(file.read_bytes()[start:])

    def pour(self, content: bytes) -> None:
        try:
            self.wfile.write(content[: 4 * PIECE])
            self.server.gate.wait(120)
            self.wfile.write(content[4 * PIECE :])
        except OSError:
            return
