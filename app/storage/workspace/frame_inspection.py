"""What was found on the frames of a sequence, kept beside its journal, so that each frame is looked at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Window
from app.domain.finding import Finding, findings_from_wire
from app.files.atomic_file import atomic_file
from app.storage.source import FrameSource

Inspect = Callable[[NDArray[np.uint8]], tuple[Finding, ...]]
"""Finds text and faces in a picture uint8 (h, w, 3) RGB."""

_VERSION: Final = 1  # of what finds them: findings of another one are not used
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
        self._last: tuple[NDArray[np.uint8], tuple[Finding, ...]] | None = None

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
            image = self._source.read(frame, window)
            if self._last is None or not np.array_equal(image, self._last[0]):
                self._last = image.copy(), self._inspect(image)
            self._known[key] = self._last[1]
            self._fresh += 1
            if self._fresh >= _OFTEN:
                self.save()
        return self._known[key]


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


def findings_path(journal: Path) -> Path:
    """Return the file with the findings of a journal's frames."""
    return journal.with_name(f"findings-{journal.stem}.json")


def _key(frame: int, window: Window | None) -> str:
    return str(frame) if window is None else f"{frame} {window.width:g} {window.center:g}"
