"""What a tile says about its frame: the state of the mask that most needs a look. Pure."""

from dataclasses import dataclass

from app.domain.annotation import Color, Status
from app.messages.snapshot import Track
from app.views.toolkit import theme_colors as p


@dataclass(frozen=True, slots=True)
class TileStatus:
    """The state of a frame in words and colour."""

    words: str
    color: Color
    is_outdated: bool = False


def tile_status(tracks: tuple[Track, ...], frame: int) -> TileStatus:
    """Return the state of the mask of a frame that most needs a look: outdated, of the lowest score, by hand."""
    found = [(Status(track.statuses[frame]), track) for track in tracks if track.statuses[frame]]
    scores = [track.scores[frame] / 255 for status, track in found if status is Status.PROPAGATED]
    if any(track.is_outdated(frame) for status, track in found if status is Status.PROPAGATED):
        return TileStatus(
            "outdated", p.mix_colors(p.score_color(min(scores)), p.EMPTY, 0.5), is_outdated=True
        )
    if scores:
        return TileStatus(f"{round(100 * min(scores))} %", p.score_color(min(scores)))
    if any(status is Status.IMPORTED for status, _ in found):
        return TileStatus("imported", p.IMPORTED)
    if any(status is Status.EDITED for status, _ in found):
        return TileStatus("by hand", p.EDITED)
    return TileStatus("verified", p.VERIFIED) if found else TileStatus("", p.BORDER)
