"""Downloads from a real server on this machine: broken off, gone on with, and refused."""

from __future__ import annotations

import hashlib
import http.server
import re
import shutil
import socket
import threading

import numpy as np
import pytest

from app.domain.errors import ModelError, StorageFull
from app.models.library.download import Download

CONTENT = np.random.default_rng(0).integers(0, 256, 3_000_000, np.uint8).tobytes()
BROKEN = 1_000_000


class Server(http.server.ThreadingHTTPServer):
    """Gives out content by path. breaks: how many answers it breaks off; ranges: whether it can go on."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.tag = CONTENT, '"v1"'
        self.breaks, self.ranges = 0, True
        self.requests = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/model.zip"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802 - the name that the base class calls
        server = self.server
        server.requests.append(dict(self.headers))
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/model.zip")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path != "/model.zip":
            self.send_error(404)
            return
        start = self.start_of_range()
        if start >= len(server.content) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.answer(server.content, start)

    def start_of_range(self):
        match = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        fits = self.headers.get("If-Range") == self.server.tag
        return int(match[1]) if match and fits and self.server.ranges else 0

    def answer(self, content, start):
        server = self.server
        self.send_response(206 if start else 200)
        self.send_header("ETag", server.tag)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = len(content)
        if server.breaks:
            server.breaks -= 1
            end = start + BROKEN
        self.wfile.write(content[start:end])
        self.close_connection = True


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "downloads" / "model.zip"


def fetch(url, target, **more):
    seen = []
    path = Download(url, target, pauses=(0.0, 0.0), **more).run(
        lambda done, total: seen.append((done, total))
    )
    return path.read_bytes(), seen


def test_a_file_comes_whole_with_progress(server, target):
    content, seen = fetch(server.url, target, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert content == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in target.parent.iterdir()] == ["model.zip"]


def test_a_connection_that_breaks_off_twice_is_gone_on_with(server, target):
    server.breaks = 2
    content, _ = fetch(server.url, target)
    assert content == CONTENT
    assert [request.get("Range") for request in server.requests] == [
        None,
        f"bytes={BROKEN}-",
        f"bytes={2 * BROKEN}-",
    ]


def test_a_download_that_was_stopped_goes_on_at_the_next_start(server, target):
    class Stopped(Exception):
        pass

    def stop(done, total):
        if done > BROKEN:
            raise Stopped

    with pytest.raises(Stopped):
        Download(server.url, target).run(stop)
    kept = target.with_name("model.zip.part").stat().st_size
    assert 0 < kept < len(CONTENT)
    content, seen = fetch(server.url, target)
    assert content == CONTENT
    assert seen[0] == (kept, len(CONTENT))
    assert server.requests[-1]["Range"] == f"bytes={kept}-"


def test_a_file_that_changed_meanwhile_begins_anew(server, target):
    server.breaks = 1
    server.ranges = False
    with pytest.raises(KeyboardInterrupt):
        Download(server.url, target).run(_interrupt)
    server.content, server.tag = CONTENT[::-1], '"v2"'
    assert fetch(server.url, target)[0] == CONTENT[::-1]


def _interrupt(done, total):
    if done:
        raise KeyboardInterrupt


def test_a_server_that_cannot_go_on_is_asked_for_all(server, target):
    server.breaks, server.ranges = 1, False
    assert fetch(server.url, target)[0] == CONTENT


def test_a_file_that_was_complete_but_not_yet_named_is_taken(server, target):
    target.parent.mkdir()
    target.with_name("model.zip.part").write_bytes(CONTENT)
    target.with_name("model.zip.note").write_text(f'{{"url": "{server.url}", "tag": "\\"v1\\""}}')
    content, seen = fetch(server.url, target)
    assert content == CONTENT
    assert seen == []


def test_a_server_that_always_breaks_off_is_given_up_and_what_came_is_kept(server, target):
    server.breaks, server.ranges = 99, False
    with pytest.raises(ModelError, match=r"broke off after 1\.0 MB") as caught:
        fetch(server.url, target)
    assert "go on" in caught.value.remedy
    assert target.with_name("model.zip.part").stat().st_size == BROKEN


def test_without_a_network_the_message_says_what_to_do(target):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/model.zip"
        with pytest.raises(ModelError, match="cannot be reached") as caught:
            fetch(url, target)
    assert "USB stick" in caught.value.remedy


def test_a_file_that_is_not_there_says_so(server, target):
    with pytest.raises(ModelError, match="404"):
        fetch(server.url.replace("model", "other"), target)


def test_a_wrong_checksum_is_refused_and_thrown_away(server, target):
    with pytest.raises(ModelError, match="checksum"):
        fetch(server.url, target, sha256="0" * 64)
    assert not target.exists()
    assert not target.with_name("model.zip.part").exists()


def test_a_redirection_is_followed(server, target):
    assert fetch(server.url.replace("model.zip", "elsewhere"), target)[0] == CONTENT


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/model.zip", "model.zip"])
def test_only_web_addresses_are_asked(url, target):
    with pytest.raises(ModelError, match="no address of a web server"):
        fetch(url, target)


def test_a_full_disk_is_said_before_anything_comes(server, target, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("U", (), {"free": 10})())
    with pytest.raises(StorageFull):
        fetch(server.url, target)
