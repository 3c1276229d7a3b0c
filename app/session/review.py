"""Handler of verification, and which frames are still unreviewed."""

from dataclasses import replace
from functools import reduce
from operator import and_, or_

from app.domain.annotation import ELSEWHERE, UNKNOWN, Annotation, SequenceInfo, Status, empty_mask
from app.domain.frame_order import FrameOrder, order_of
from app.domain.history import CellChange, Edit
from app.messages.events import FramesVerified
from app.messages.orders import Order
from app.session.state import State

# Translates statuses to 1 where a person set them.
_IS_LOCKED = bytes(status in (Status.EDITED, Status.VERIFIED) for status in range(256))


def on_verified(state: State, event: FramesVerified) -> list[Order]:
    """Lock the masks of a range, or unlock them, as one edit; a missing mask is verified as empty."""
    info = state.sequence.info
    if info is None:
        return []
    wanted = event.objects or tuple(item.object_id for item in state.sequence.objects)
    frames = [n for n in range(max(event.start, 0), min(event.stop, info.frames)) if _is_in(n, event.only)]
    if event.only is not None:
        state.sheet = replace(state.sheet, marked=state.sheet.marked - event.only)
    changes = []
    for object_id in wanted:
        for frame in frames:
            before = state.annotation(frame, object_id)
            after = _verified(before, info) if event.verified else _unlocked(before)
            if after != before:
                changes.append(CellChange(frame, object_id, before, after))
    if not changes:
        return []
    title = "Verify" if event.verified else "Unlock"
    return state.commit(Edit(state.next_edit, title, tuple(changes)))


def count_unreviewed(state: State) -> int:
    """Return how many frames were not looked at and have a mask that no person made or verified."""
    return state.sequence.info.frames - _reviewed(state).bit_count() if state.sequence.info is not None else 0


def next_unreviewed(state: State) -> int | None:
    """Return the first unreviewed frame after the current one, or else from the beginning."""
    if state.sequence.info is None:
        return None
    reviewed = _reviewed(state).to_bytes(state.sequence.info.frames, "little")
    after = reviewed.find(0, state.sequence.frame + 1)
    found = after if after >= 0 else reviewed.find(0)
    return found if found >= 0 else None


def _reviewed(state: State) -> int:
    """Return a number with a byte for each frame, the first one lowest: 1 when it is reviewed."""
    tracks = [state.track_of(item).statuses.translate(_IS_LOCKED) for item in state.sequence.objects]
    accepted = [int.from_bytes(track, "little") for track in tracks]
    left_out = int.from_bytes(_unused_times(state), "little")
    return int.from_bytes(state.seen, "little") | (reduce(and_, accepted) if accepted else 0) | left_out


def frames_to_accept(state: State) -> frozenset[int] | None:
    """Return the frames that a sequence is done with, None for all: those of the time points that hold a mask."""
    unused = _unused_times(state)
    return (
        frozenset(frame for frame, is_unused in enumerate(unused) if not is_unused) if any(unused) else None
    )


def _unused_times(state: State) -> bytes:
    """Return a byte for each frame of a scan over time, 1 at time points without a mask; b"" where all are used.

    Annotators choose some time points, such as the end of diastole and of systole: nothing is said about the others.
    """
    order = order_of(state.sequence.info) if state.sequence.info is not None else FrameOrder(1)
    if order.times < 2:
        return b""
    tracks = [int.from_bytes(state.track_of(item).statuses, "little") for item in state.sequence.objects]
    statuses = reduce(or_, tracks, 0).to_bytes(order.frames, "little")
    frames = [order.frames_at(time) for time in range(order.times)]
    used = [any(statuses[part.start : part.stop : part.step]) for part in frames]
    if not any(used):
        return b""
    unused = bytearray(order.frames)
    for part, is_used in zip(frames, used, strict=True):
        unused[part.start : part.stop : part.step] = bytes([not is_used]) * len(part)
    return bytes(unused)


def _is_in(frame: int, only: frozenset[int] | None) -> bool:
    return only is None or frame in only


def _verified(before: Annotation | None, info: SequenceInfo) -> Annotation:
    if before is None:
        return Annotation(empty_mask(info.height, info.width), Status.VERIFIED)
    if before.status == Status.VERIFIED:
        return before
    is_from_elsewhere = before.sources == UNKNOWN and not before.reference
    sources = ELSEWHERE if is_from_elsewhere else before.sources
    return replace(before, status=Status.VERIFIED, sources=sources)


def _unlocked(before: Annotation | None) -> Annotation | None:
    if before is None or before.status != Status.VERIFIED:
        return before
    if before.reference:
        return replace(before, status=Status.EDITED if before.author is None else Status.IMPORTED)
    if before.sources != UNKNOWN:
        return replace(before, status=Status.PROPAGATED)
    is_nothing = before.mask == empty_mask(before.mask.height, before.mask.width)
    return None if is_nothing else replace(before, status=Status.PROPAGATED, sources=ELSEWHERE)
