"""Downloads that can be interrupted at any time and resumed (RFC 9110, range requests)."""

import errno
import hashlib
import http.client
import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from app.domain.errors import ModelError, StorageFull
from app.files.atomic_file import write_file

Progress = Callable[
    [int, int], None
]  # Called with bytes done and in all, 0 while unknown; it may raise to cancel.
MOST_BYTES = 2 << 30  # Of a download; the largest model has 215 MB.
SILENCE_SECONDS = 20.0  # Without a byte, after which the connection counts as broken.
PAUSES: Final = (
    0.5,
    1.0,
    2.0,
    4.0,
)  # Seconds before each further attempt; any received byte restarts the sequence.
_PIECE = 256 << 10  # Bytes per read: progress several times a second on a slow line.
_HEADROOM = 64 << 20  # Bytes of the disk that a download leaves free.
_USB = "Or fetch it on another computer and import it from a USB stick."
_BROKEN = (urllib.error.URLError, http.client.HTTPException, OSError)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """The headers of a response."""

    start: int  #: offset of the bytes that follow
    total: int  #: bytes of the file, 0 if unknown
    tag: str  #: of the file's version, empty if unknown


class Download:
    """One file from a web server; received bytes stay in "NAME.part", with a note of its version, until complete."""

    def __init__(self, url: str, target: Path, sha256: str = "", pauses: tuple[float, ...] = PAUSES) -> None:
        self._url, self._target, self._sha256, self._pauses = url, target, sha256, pauses
        self._part_file = target.with_name(f"{target.name}.part")
        self._tag_file = target.with_name(f"{target.name}.note")

    def run(self, progress: Progress) -> Path:
        """Fetch the missing bytes and return the file.

        Raises ModelError when the server cannot be reached or sends something else; StorageFull. Received bytes
        are kept for the next attempt.
        """
        if urlsplit(self._url).scheme not in ("http", "https"):
            raise ModelError("This is no address of a web server.", subject=self._url)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        attempt = 0
        while True:
            before = self._received_bytes()
            try:
                self._fetch(progress)
                break
            except urllib.error.HTTPError as error:
                if self._is_whole(error):
                    break
            except _BROKEN as error:
                if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                    raise _disk_full(self._part_file) from error
                attempt = 0 if self._received_bytes() > before else attempt + 1
                if attempt > len(self._pauses):
                    raise self._connection_error(error) from error
                self._wait(self._pauses[attempt - 1] if attempt else 0.0, progress)
        self._verify()
        self._part_file.replace(self._target)
        self._tag_file.unlink(missing_ok=True)
        return self._target

    def _fetch(self, progress: Progress) -> None:
        """Append the missing bytes; raises when the connection breaks."""
        have, tag = self._received_bytes(), self._stored_tag()
        headers = {"Accept-Encoding": "identity", "User-Agent": "Framewise"}
        if have and tag:
            headers |= {"Range": f"bytes={have}-", "If-Range": tag}
        request = urllib.request.Request(self._url, headers=headers)
        with _opener().open(request, timeout=SILENCE_SECONDS) as answer:
            remote = _parse_headers(answer)
            if remote.start != have:
                have = 0
            self._check_room(remote.total - have)
            write_file(self._tag_file, json.dumps({"url": self._url, "tag": remote.tag}).encode())
            with open(self._part_file, "ab" if have else "wb") as file:
                progress(have, remote.total)
                while piece := answer.read(_PIECE):
                    file.write(piece)
                    have += len(piece)
                    if have > MOST_BYTES:
                        raise ModelError("The download does not end.", subject=self._url)
                    progress(have, remote.total)
        if have < remote.total:
            raise http.client.IncompleteRead(b"", remote.total - have)

    def _is_whole(self, error: urllib.error.HTTPError) -> bool:
        """Whether the server refuses a range because nothing is missing; False to start over.

        Raises ModelError for any other refusal.
        """
        with error:
            have = self._received_bytes()
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                if error.headers.get("Content-Range") == f"bytes */{have}":
                    return True
                self._part_file.unlink()
                return False
            raise ModelError(
                f"The server does not give it out ({error.code} {error.reason}).",
                subject=self._url,
                remedy=f"Ask who runs the server. {_USB}",
            ) from error

    def _wait(self, seconds: float, progress: Progress) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            progress(self._received_bytes(), 0)
            time.sleep(0.1)

    def _verify(self) -> None:
        if not self._sha256:
            return
        with open(self._part_file, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self._sha256:
            self._part_file.unlink()
            raise ModelError(
                "What was downloaded is not what its makers published: the checksum differs.",
                subject=self._url,
                remedy="Try once more; if it happens again, do not use this server.",
            )

    def _connection_error(self, error: Exception) -> ModelError:
        server, done = urlsplit(self._url).hostname or self._url, self._received_bytes()
        reason = getattr(error, "reason", error)
        what = f"The connection to {server} broke off after {done / 1e6:.1f} MB ({reason})."
        remedy = "What has come is kept: download again to go on."
        if not done:
            what = f"The server {server} cannot be reached ({reason})."
            remedy = "Is this computer on the network?"
        return ModelError(what, subject=self._target.name, remedy=f"{remedy} {_USB}")

    def _check_room(self, wanted: int) -> None:
        if shutil.disk_usage(self._part_file.parent).free < wanted + _HEADROOM:
            raise _disk_full(self._part_file)

    def _received_bytes(self) -> int:
        return self._part_file.stat().st_size if self._part_file.exists() else 0

    def _stored_tag(self) -> str:
        """Return the version of the part; without one it cannot be resumed."""
        try:
            note: Any = json.loads(self._tag_file.read_text(encoding="utf-8"))
            return str(note["tag"]) if note["url"] == self._url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to web addresses, but never from an encrypted to a plain one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise urllib.error.HTTPError(req.full_url, code, "it leads to an unsafe address", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_Redirects)


def _parse_headers(answer: http.client.HTTPResponse) -> RemoteFile:
    tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    if tag.startswith("W/"):
        # A weak tag does not promise the same bytes.
        tag = answer.headers.get("Last-Modified") or ""
    length = int(answer.headers.get("Content-Length") or 0)
    if answer.status != http.client.PARTIAL_CONTENT:
        return RemoteFile(0, length, tag)
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
    if match is None:
        raise http.client.HTTPException("the server sends a part without saying which")
    return RemoteFile(int(match[1]), int(match[2]), tag)


def _disk_full(path: Path) -> StorageFull:
    return StorageFull(
        "There is no space left for the download.", subject=path.parent, remedy="Free some space."
    )
