"""Edits of masks by hand tools, computed on threads beside the event loop."""

import asyncio
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask, SequenceInfo
from app.domain.errors import FramewiseError
from app.domain.mask_operations import Between, Region, Stroke
from app.imaging import masks
from app.imaging.mask_editing import edit_mask
from app.imaging.shape_interpolation import overlap_between
from app.imaging.windowing import WITHIN_LIMITS, window_of_limits
from app.messages.events import Event, MaskEditFailed, MasksEdited
from app.messages.orders import EditMasks, MaskChange
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool

BoolMask = NDArray[np.bool_]
Result = tuple[int, int, Mask, float]
DEFECT = "The masks could not be changed; the log tells why."


class MaskEditor(Service):
    """Changes masks. It does not depend on any engine or worker, except for frames where intensities matter."""

    def __init__(self, frames: FrameStore, pool: SharedPool, post: Callable[[Event], None]) -> None:
        self._frames = frames
        self._pool = pool
        self._post = post
        self._info: SequenceInfo | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(EditMasks, self.edit)

    def use(self, sequence: ActiveSequence | None) -> None:
        """Change masks of another sequence."""
        self._info = sequence.info if sequence is not None else None

    async def edit(self, order: EditMasks) -> None:
        """Answer with MasksEdited, or with MaskEditFailed."""
        try:
            allowed = [await self._allowed(change) for change in order.changes]
            results = await asyncio.to_thread(_edited, order.changes, allowed)
        except (FramewiseError, Cancelled) as error:
            self._post(MaskEditFailed(order.job, str(error) or DEFECT))
        except Exception:
            self._post(MaskEditFailed(order.job, DEFECT))
            raise
        else:
            self._post(MasksEdited(order.job, results))

    async def _allowed(self, change: MaskChange) -> BoolMask | None:
        """Return the pixels within the limits of an operation, bool (h, w), None for all."""
        operation = change.operation
        if not isinstance(operation, (Stroke, Region)) or operation.limits is None:
            return None
        window = window_of_limits(*operation.limits) if self._info is not None and self._info.window else None
        async with self._frames.frame(change.frame, window) as ref:
            grey = cv2.cvtColor(self._pool.array(ref), cv2.COLOR_RGB2GRAY)
        low, high = operation.limits if window is None else WITHIN_LIMITS
        return np.asarray((grey >= low) & (grey <= high))


def _edited(changes: tuple[MaskChange, ...], allowed: list[BoolMask | None]) -> tuple[Result, ...]:
    return tuple(
        (change.frame, change.object_id, *_changed(change, pixels))
        for change, pixels in zip(changes, allowed, strict=True)
    )


def _changed(change: MaskChange, allowed: BoolMask | None) -> tuple[Mask, float]:
    """Return a mask after an operation and how sure it is: wholly where a person made it."""
    operation = change.operation
    mask = masks.encode(edit_mask(masks.decode(change.mask), operation, allowed))
    return mask, overlap_between(operation) if isinstance(operation, Between) else 1.0
