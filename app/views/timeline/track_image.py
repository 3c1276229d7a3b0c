"""The tracks as an image: a row for each object, a colour for each frame. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Color, Status
from app.messages.snapshot import Track
from app.views.toolkit.theme_colors import EMPTY, STATUS_COLORS, mix_colors, score_color

Pixels = NDArray[np.uint8]
Codes = NDArray[np.uint16]

GUTTER: Final = 6  # Pixels at the left end of each row for the colour of its label.
TALLEST, SHORTEST = 20, 2  # Pixels of a row.
# Codes of urgency, of which the largest wins a column: propagated with score 0 (minus the score), then the others.
_URGENT: Final = 1000
_CODES: Final = {Status.IMPORTED: 600, Status.EDITED: 500, Status.VERIFIED: 400}
# Outdated masks have codes above _URGENT, so that one among thousands is seen, and a status of their own in the table.
_OUTDATED: Final = 2000
_OUTDATED_STATUS: Final = max(Status) + 1
STRIPE: Final = 6  # Pixels from one stripe of a hatched row to the next, by eye.
EMPTY_PIXEL: Final = (*EMPTY, 255)


@dataclass(frozen=True, slots=True)
class RowLayout:
    """The heights of the rows, in pixels."""

    count: int  #: rows that have room
    pitch: int  #: from one row to the next
    thickness: int  #: of a row without its gap

    @classmethod
    def divide(cls, count: int, height: int) -> RowLayout:
        """Divide a height among objects; when there are too many, the last ones are left out."""
        pitch = min(max(height // max(count, 1), SHORTEST + 1), TALLEST + 2)
        return cls(min(count, height // pitch), pitch, max(pitch - (2 if pitch > 5 else 1), SHORTEST))

    def top(self, row: int) -> int:
        return row * self.pitch


class TrackRow:
    """One track as a line of colours; updates cost as much as has changed."""

    def __init__(self, colors: Pixels, table: Codes, track: Track, width: int) -> None:
        self._colors, self._table = colors, table
        self._track, self._width = track, width
        self._codes = self._look_up(slice(None))
        self._columns = reduce_to_columns(self._codes, width)
        self.pixels = colors[self._columns]

    def update_track(self, track: Track) -> None:
        """Accept a newer state of the same track."""
        if track == self._track:
            return
        before, self._track = self._track, track
        changed = np.flatnonzero(
            (_bytes(track.statuses) != _bytes(before.statuses))
            | (_bytes(track.scores) != _bytes(before.scores))
            | (_outdated(track) != _outdated(before))
        )
        self._codes[changed] = self._look_up(changed)
        frames, width = len(self._codes), self._width
        if frames <= width or len(changed) > width:
            self._columns = reduce_to_columns(self._codes, width)
            self.pixels = self._colors[self._columns]
            return
        for column in set((changed * width // frames).tolist()):
            first, last = -(-column * frames // width), -(-(column + 1) * frames // width)
            self._columns[column] = self._codes[first:last].max()
            self.pixels[column] = self._colors[self._columns[column]]

    @property
    def hatched(self) -> NDArray[np.bool_]:
        """Whether a column stands for an outdated mask."""
        return self._columns > _URGENT

    def fits(self, track: Track, width: int) -> bool:
        """Return whether the row can be updated to a track at a width."""
        return self._width == width and len(self._codes) == len(track.statuses)

    def _look_up(self, frames: slice | NDArray[np.intp]) -> Codes:
        statuses = _bytes(self._track.statuses)[frames].astype(np.uint16)
        statuses[(_outdated(self._track)[frames] > 0) & (statuses == Status.PROPAGATED)] = _OUTDATED_STATUS
        return np.take(self._table, (statuses << 8) | _bytes(self._track.scores)[frames])


class TrackImage:
    """The image of all tracks, updated where they have changed."""

    def __init__(self) -> None:
        self._colors = _palette()
        self._table = _code_table()
        self._lines: dict[int, TrackRow] = {}

    def paint(self, tracks: tuple[Track, ...], colors: dict[int, Color], width: int, height: int) -> Pixels:
        """Return uint8 (height, width, 4) RGBA.

        colors: of the objects' labels, by object id, for the mark at the left end of each row.
        """
        image = np.zeros((height, width, 4), np.uint8)
        rows = RowLayout.divide(len(tracks), height)
        down, across = np.ogrid[: rows.thickness, : width - GUTTER]
        stripes = (down + across) % STRIPE < STRIPE // 2
        kept = {}
        for row, track in enumerate(tracks[: rows.count]):
            line = kept[track.object_id] = self._line(track, width - GUTTER)
            top = rows.top(row)
            image[top : top + rows.thickness, GUTTER:] = line.pixels
            if line.hatched.any():
                image[top : top + rows.thickness, GUTTER:][stripes[: rows.thickness] & line.hatched] = (
                    EMPTY_PIXEL
                )
            image[top : top + rows.thickness, : GUTTER - 2] = (*colors.get(track.object_id, EMPTY), 255)
        self._lines = kept
        return image

    def _line(self, track: Track, width: int) -> TrackRow:
        known = self._lines.get(track.object_id)
        if known is None or not known.fits(track, width):
            return TrackRow(self._colors, self._table, track, width)
        known.update_track(track)
        return known


def cut_track(track: Track, first: int, stop: int) -> Track:
    """Return the frames [first, stop) of a track; the track itself where these are all."""
    if first == 0 and stop == len(track.statuses):
        return track
    part = slice(first, stop)
    return replace(
        track, statuses=track.statuses[part], scores=track.scores[part], outdated=track.outdated[part]
    )


def reduce_to_columns(codes: Codes, width: int) -> Codes:
    """Return for each column the most urgent code of the frames that it stands for."""
    frames = len(codes)
    if frames <= width:
        return codes[np.arange(width) * frames // width]
    starts = -(-np.arange(width) * frames // width)
    return np.maximum.reduceat(codes, starts)


def _code_table() -> Codes:
    """Return a table of codes by status * 256 + score: the more urgent a review, the higher."""
    codes = np.zeros((_OUTDATED_STATUS + 1) * 256, np.uint16)
    scores = np.arange(256)
    codes[_OUTDATED_STATUS * 256 + scores] = _OUTDATED - scores
    codes[Status.PROPAGATED * 256 + scores] = _URGENT - scores
    for status, code in _CODES.items():
        codes[status * 256 + scores] = code
    return codes


def _palette() -> Pixels:
    colors = np.zeros((_OUTDATED + 1, 4), np.uint8)
    colors[:, 3] = 255
    colors[:, :3] = EMPTY
    for status, code in _CODES.items():
        colors[code, :3] = STATUS_COLORS[status]
    for score in range(256):
        colors[_URGENT - score, :3] = score_color(score / 255)
        colors[_OUTDATED - score, :3] = mix_colors(score_color(score / 255), EMPTY, 0.5)
    return colors


def _outdated(track: Track) -> Pixels:
    return _bytes(track.outdated or bytes(len(track.statuses)))


def _bytes(data: bytes) -> Pixels:
    return np.frombuffer(data, np.uint8)


def tick_frames(frames: int, width: int, apart: int) -> list[int]:
    """Return round frame numbers at least so many pixels apart, to write under the timeline."""
    if frames < 2 or width < apart:
        return [0]
    wanted = frames * apart / width
    step = next(
        (unit * power for power in (10**n for n in range(9)) for unit in (1, 2, 5) if unit * power >= wanted),
        frames,
    )
    return list(range(0, frames, step))
