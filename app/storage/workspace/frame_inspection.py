"""What was found on the frames of a sequence, kept beside its journal, so that no frame is looked at twice."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Window
from app.domain.errors import SequenceError
from app.domain.finding import Finding, findings_from_wire
from app.files.atomic_file import atomic_file
from app.files.private import make_private_folder
from app.storage.source import FrameSource
from app.storage.workspace.film_inspection import FilmInspection, Findings
from app.storage.workspace.room_detection import RoomDetector

Inspect = Callable[[NDArray[np.uint8]], tuple[Finding, ...]]
"""Finds text and faces in a picture uint8 (h, w, 3) RGB."""

_VERSION: Final = 3  # of what finds them: findings of another one are not used
# Frames after which findings are written; chosen by hand: some ten seconds of work on a moving film. An export that
# begins while the background worker is at it knows what was written.
_OFTEN: Final = 250


class _Known(NamedTuple):
    found: Findings
    is_exact: bool = True


class FrameInspection:
    """Looks at frames as they are shown. Not thread-safe; two at once add to what each other saves."""

    def __init__(
        self,
        journal: Path | None,
        source: FrameSource,
        inspect: Inspect,
        window: Window | None,
        find_faces: Inspect = lambda image: (),
        read: Callable[[int], NDArray[np.uint8]] | None = None,
    ) -> None:
        """journal: of the sequence, None to keep nothing. window: of a scan, None for its own.

        find_faces: finds fewer things than inspect in less time, for films. read: returns frames of a film in place of
        its source.
        """
        self._read = read or source.read
        self._source, self._inspect, self._find_faces = source, inspect, find_faces
        # Letters burned into a scan may be lost in one window, and files with native values have no window at all.
        self._windows = [None] if window is None or source.info.kind != "volume" else [None, window]
        self._path = None if journal is None else findings_path(journal)
        self._known = {} if self._path is None else _read(self._path)
        self._fresh: dict[str, _Known] = {}  #: what is not saved yet
        self._last: tuple[NDArray[np.uint8], Findings] | None = None

    def look(
        self, frames: Sequence[int], *, exact: bool = True, skip_damaged: bool = False
    ) -> Iterator[tuple[int, Findings]]:
        """Yield frames, which ascend, with what is on them. Raises what the source raises.

        exact: False where it matters which frames of a film show something, but not where. skip_damaged: leave out
        frames that cannot be decoded.
        """
        if self._source.info.kind != "video":
            yield from self._look_at_each(frames, skip_damaged)
            return

        def known(frame: int) -> Findings | None:
            found, is_exact = self._known.get(str(frame), (None, True))
            return found if is_exact or not exact else None

        room, fps = RoomDetector(self._source), self._source.info.fps

        def inspect(image: NDArray[np.uint8]) -> Findings:
            return (*self._inspect(image), *room.find(image))

        def glance(image: NDArray[np.uint8]) -> Findings:
            return (*self._find_faces(image), *room.find(image))

        film = FilmInspection(self._read, inspect, known, fps, exact=exact, glance=glance)
        for frame, found, is_exact in film.look(frames, skip_damaged=skip_damaged):
            if known(frame) is None:
                self._keep(str(frame), _Known(found, is_exact))
            yield frame, found

    def save(self) -> None:
        """Write what was found; where that fails, the frames are looked at again another time."""
        if self._path is None or not self._fresh:
            return
        known = _read(self._path) | self._fresh
        text = json.dumps(
            {
                "version": _VERSION,
                "frames": {key: [one.to_wire() for one in seen.found] for key, seen in known.items()},
                "rough": [key for key, seen in known.items() if not seen.is_exact],
            },
            separators=(",", ":"),
        )
        with suppress(OSError):
            make_private_folder(self._path.parent)
            with atomic_file(self._path, private=True) as draft:
                draft.write_text(text, encoding="ascii")
            self._fresh.clear()

    def _look_at_each(self, frames: Sequence[int], skip_damaged: bool) -> Iterator[tuple[int, Findings]]:
        for frame in frames:
            try:
                found = [self._find(frame, window) for window in self._windows]
            except SequenceError:
                if not skip_damaged:
                    raise
                continue
            yield frame, tuple(dict.fromkeys(chain.from_iterable(found)))

    def _find(self, frame: int, window: Window | None) -> Findings:
        key = _key(frame, window)
        if key not in self._known:
            image = self._source.read(frame, window)
            if self._last is None or not np.array_equal(image, self._last[0]):
                self._last = image.copy(), self._inspect(image)
            self._keep(key, _Known(self._last[1]))
        return self._known[key].found

    def _keep(self, key: str, seen: _Known) -> None:
        self._known[key] = self._fresh[key] = seen
        if len(self._fresh) >= _OFTEN:
            self.save()


def known_findings(journal: Path) -> dict[int, Findings]:
    """Return what is known of the frames of a journal as they open, by frame; nothing from a damaged file."""
    known = _read(findings_path(journal))
    return {int(key): seen.found for key, seen in known.items() if key.isdecimal()}


def findings_path(journal: Path) -> Path:
    """Return the file with the findings of a journal's frames."""
    return journal.with_name(f"findings-{journal.stem}.json")


def _read(path: Path) -> dict[str, _Known]:
    """Return what is known of frames, by frame and window."""
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
        if stored["version"] != _VERSION:
            return {}
        rough = frozenset(stored["rough"])
        return {
            key: _Known(findings_from_wire(wire), key not in rough) for key, wire in stored["frames"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _key(frame: int, window: Window | None) -> str:
    return str(frame) if window is None else f"{frame} {window.width:g} {window.center:g}"
