"""Verifying: a person has looked and accepts."""

from __future__ import annotations

from dataclasses import replace

from app.annotation import Annotation, SequenceInfo, Status, empty_mask
from app.events import FramesVerified
from app.history import CellChange, Edit
from app.orders import Order
from app.session.state import State


def on_verified(state: State, event: FramesVerified) -> list[Order]:
    """Lock the masks of a range, or unlock them, as one edit; verifying no mask says that there is none."""
    info = state.sequence
    if info is None:
        return []
    wanted = event.objects or tuple(item.object_id for item in state.objects)
    frames = range(max(event.start, 0), min(event.stop, info.frames))
    changes = []
    for object_id in wanted:
        for frame in frames:
            before = state.cell(frame, object_id)
            after = _verified(before, info) if event.verified else _unlocked(before)
            if after != before:
                changes.append(CellChange(frame, object_id, before, after))
    if not changes:
        return []
    title = "Verify" if event.verified else "Unlock"
    return state.commit(Edit(state.next_edit, title, tuple(changes)))


def _verified(before: Annotation | None, info: SequenceInfo) -> Annotation:
    if before is None:
        return Annotation(empty_mask(info.height, info.width), Status.VERIFIED)
    return replace(before, status=Status.VERIFIED)


def _unlocked(before: Annotation | None) -> Annotation | None:
    if before is None or before.status != Status.VERIFIED:
        return before
    if before.reference:
        return replace(before, status=Status.EDITED)
    is_carried = before.sources != (0, 0)
    return replace(before, status=Status.PROPAGATED) if is_carried else None
