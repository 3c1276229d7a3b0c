"""Ranking of frames for review: the most doubtful one, and the best one to correct next."""

from typing import Final

from app.domain.annotation import Status
from app.messages.snapshot import Track
from app.session.state import State

WAITING: Final = (Status.PROPAGATED, Status.IMPORTED)  # for a review: no person here made or accepted them
MOST: Final = 128  # parts of a sequence; with 60 objects a tenth of a second in 2000 frames


def rank_by_score(state: State) -> list[int]:
    """Return the frames with propagated or imported masks, lowest score first; of equal ones the newest first.

    Outdated masks are left out while a propagation is under way to replace them.
    """
    worst: dict[int, int] = {}
    for item in state.sequence.objects:
        track = state.track_of(item)
        for frame, status in enumerate(track.statuses):
            is_replaced = state.propagation is not None and track.outdated[frame]
            if status in WAITING and not is_replaced:
                worst[frame] = min(worst.get(frame, 255), track.scores[frame])
    return sorted(worst, key=lambda frame: (worst[frame], -state.propagation_order.get(frame, 0), frame))


def frames_by_hand(state: State) -> list[int]:
    """Return the frames with a mask that a person made and nobody verified, in order of time."""
    tracks = [state.track_of(item).statuses for item in state.sequence.objects]
    return [frame for frame, statuses in enumerate(zip(*tracks, strict=True)) if Status.EDITED in statuses]


def best_frame(state: State) -> int | None:
    """Return the frame whose correction is expected to better most others, None where none is propagated.

    A mask is taken to be the better the nearer its reference is: a correction at distance d of a frame that is r away
    from its nearest reference wins 1 - d / r of its doubt, which is 1 - score. Long sequences are looked at in MOST
    parts of equal length. The current frame is left out.
    """
    frames = state.sequence.info.frames if state.sequence.info is not None else 0
    step = max(-(-frames // MOST), 1)
    gains = [0.0] * -(-frames // step)
    worst: dict[int, tuple[float, int]] = {}
    for item in state.sequence.objects:
        anchors = state.references.get(item.object_id, [])
        doubts = _doubts(state.track_of(item))
        doubts[state.sequence.frame] = 0.0
        sums = [sum(doubts[part : part + step]) for part in range(0, frames, step)]
        waiting = [part for part, doubt in enumerate(sums) if doubt > 0 and anchors]
        for part in waiting:
            reach = min(abs(part * step + step // 2 - anchor) for anchor in anchors)
            for other in waiting:
                gains[other] += sums[part] * max(1 - abs(part - other) * step / max(reach, 1), 0.0)
            found = max((doubts[n], n) for n in range(part * step, min(part * step + step, frames)))
            worst[part] = max(worst.get(part, found), found)
    return worst[max(worst, key=lambda part: gains[part])][1] if worst else None


def _doubts(track: Track) -> list[float]:
    """Return 1 - score of each frame with a mask that waits for a look, 0 elsewhere."""
    pairs = zip(track.statuses, track.scores, strict=True)
    return [(255 - score) / 255 if status in WAITING else 0.0 for status, score in pairs]
