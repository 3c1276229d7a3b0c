"""What was found on the frames of a sequence, kept beside its journal, so that each frame is looked at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceKind, Window
from app.domain.finding import Finding, findings_from_wire
from app.files.atomic_file import atomic_file
from app.imaging.strong_contrast import has_new_contrast, strong_blocks
from app.storage.source import FrameSource

Inspect = Callable[[NDArray[np.uint8]], tuple[Finding, ...]]
"""Finds text and faces in a picture uint8 (h, w, 3) RGB."""

_VERSION: Final = 1  # of what finds them: findings of another one are not used
# Frames of a film after which one is looked at whatever it shows: about a second. Networks take a tenth of a second for
# 640x480 and half a second for 1920x1080 on one core, and texts that a machine burns in stand still.
_STEADY: Final = 25
_OFTEN: Final = 200  # frames after which findings are written; chosen by hand: seconds of work


class FrameInspection:
    """Looks at frames as they are shown. Not thread-safe; of two at once the last to save is kept."""

    def __init__(
        self, journal: Path | None, source: FrameSource, inspect: Inspect, window: Window | None
    ) -> None:
        """journal: of the sequence, None to keep nothing. window: of a scan, None for its own."""
        self._source, self._inspect = source, inspect
        # Letters burned into a scan may be lost in one window, and files with native values have no window at all.
        self._windows = [None] if window is None or source.info.kind != "volume" else [None, window]
        self._path = None if journal is None else findings_path(journal)
        self._known = read_findings(journal)
        self._fresh = 0
        self._last: _Inspected | None = None

    def find(self, frame: int) -> tuple[Finding, ...]:
        """Return what is on a frame. Raises what the source raises."""
        found = (self._find(frame, window) for window in self._windows)
        return tuple(dict.fromkeys(one for part in found for one in part))

    def is_known(self, frame: int) -> bool:
        """Whether the frame was looked at."""
        return all(_key(frame, window) in self._known for window in self._windows)

    def save(self) -> None:
        """Write what was found; where that fails, the frames are looked at again another time."""
        if self._path is None or not self._fresh:
            return
        text = json.dumps(
            {
                "version": _VERSION,
                "frames": {key: [one.to_wire() for one in boxes] for key, boxes in self._known.items()},
            },
            separators=(",", ":"),
        )
        with suppress(OSError):
            with atomic_file(self._path, private=True) as draft:
                draft.write_text(text, encoding="ascii")
            self._fresh = 0

    def _find(self, frame: int, window: Window | None) -> tuple[Finding, ...]:
        key = _key(frame, window)
        if key not in self._known:
            self._known[key] = self._look(frame, self._source.read(frame, window))
            self._fresh += 1
            if self._fresh >= _OFTEN:
                self.save()
        return self._known[key]

    def _look(self, frame: int, image: NDArray[np.uint8]) -> tuple[Finding, ...]:
        """Return what a picture shows, where it is like the last one what that showed."""
        blocks = strong_blocks(image)
        if self._last is None or not self._last.covers(frame, image, blocks, self._source.info.kind):
            self._last = _Inspected(frame, image.copy(), blocks, self._inspect(image))
        return self._last.found


@dataclass(frozen=True, slots=True)
class _Inspected:
    """A picture that was looked at."""

    frame: int
    image: NDArray[np.uint8]
    blocks: NDArray[np.uint8]  #: where it has strong contrast
    found: tuple[Finding, ...]

    def covers(
        self, frame: int, image: NDArray[np.uint8], blocks: NDArray[np.uint8], kind: SequenceKind
    ) -> bool:
        """Whether what was found holds for another picture.

        That is so for the same one, and in a film for one soon after without new strong contrast, but for faces, which
        move.
        """
        if (
            kind == "video"
            and 0 <= frame - self.frame < _STEADY
            and all(one.kind == "text" for one in self.found)
        ):
            return not has_new_contrast(self.blocks, blocks)
        return np.array_equal(image, self.image)


def read_findings(journal: Path | None) -> dict[str, tuple[Finding, ...]]:
    """Return what is known of the frames of a journal, by frame and window; nothing from a damaged file."""
    if journal is None:
        return {}
    try:
        stored = json.loads(findings_path(journal).read_text(encoding="ascii"))
        frames = stored["frames"] if stored["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return (
        {key: findings_from_wire(wire) for key, wire in frames.items()} if isinstance(frames, Mapping) else {}
    )


def known_findings(journal: Path) -> dict[int, tuple[Finding, ...]]:
    """Return what is known of the frames of a journal as they open, by frame."""
    return {int(key): found for key, found in read_findings(journal).items() if key.isdecimal()}


def findings_path(journal: Path) -> Path:
    """Return the file with the findings of a journal's frames."""
    return journal.with_name(f"findings-{journal.stem}.json")


def _key(frame: int, window: Window | None) -> str:
    return str(frame) if window is None else f"{frame} {window.width:g} {window.center:g}"
