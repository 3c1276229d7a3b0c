"""The index of a video on disk, so that opening it again takes no time."""

import hashlib
from dataclasses import astuple
from pathlib import Path
from typing import Any

import av
import msgpack
import numpy as np

from app.files.atomic_file import atomic_file
from app.files.private import make_private_folder
from app.storage.video.frame_index import FrameIndex, PacketTable
from app.storage.video.indexer import IndexedVideo
from app.storage.video.video_pixels import DisplayTransform

VERSION = 1  # of the layout; a file of another one is made anew
DIGEST_BYTES = 16  # of BLAKE2b, against damage and not against forgery


def index_path(folder: Path, fingerprint: str) -> Path:
    """Return where the survey of a video is kept."""
    return folder / f"{fingerprint}.frames"


def save_index(path: Path, survey: IndexedVideo) -> None:
    """Keep a survey. Raises OSError when it cannot be written; there is no harm in going on without."""
    index, packets = survey.index, survey.index.packets
    arrays = (*_fields(packets), index.frames, index.entries, index.starts)
    payload = msgpack.packb(
        {
            "written_by": _writer(),
            "arrays": [np.asarray(array, "<i8").tobytes() for array in arrays],
            "size": survey.size,
            "turn": astuple(survey.turn),
            "warnings": survey.warnings,
        }
    )
    make_private_folder(path.parent)
    with atomic_file(path, private=True) as draft:
        draft.write_bytes(_digest(payload) + payload)


def load_index(path: Path) -> IndexedVideo | None:
    """Return a kept survey; None when there is none, or a damaged one, or one of other program versions."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    payload = content[DIGEST_BYTES:]
    if not payload or content[:DIGEST_BYTES] != _digest(payload):
        return None
    kept = msgpack.unpackb(payload)
    if kept["written_by"] != _writer():
        return None
    return _restored(kept)


def _restored(kept: dict[str, Any]) -> IndexedVideo:
    arrays = [np.frombuffer(array, "<i8").astype(np.int64) for array in kept["arrays"]]
    pos, size, pts, dts, key, shown, frames, entries, starts = arrays
    packets = PacketTable(pos, size, pts, dts, key.astype(np.bool_), shown.astype(np.bool_))
    width, height = kept["size"]
    return IndexedVideo(
        FrameIndex(packets, frames, entries, starts),
        (width, height),
        DisplayTransform(*kept["turn"]),
        tuple(kept["warnings"]),
    )


def _fields(packets: PacketTable) -> tuple[Any, ...]:
    return packets.pos, packets.size, packets.pts, packets.dts, packets.key, packets.shown


def _writer() -> list[Any]:
    """Name what the result depends on: this layout, and the libraries that list packets and decode."""
    return [VERSION, *(list(av.library_versions[name]) for name in ("libavformat", "libavcodec"))]


def _digest(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=DIGEST_BYTES).digest()
