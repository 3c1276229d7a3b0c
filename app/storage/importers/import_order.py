"""Order of the frames that masks of a scan were made on, which may have been sliced or annotated otherwise then."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.frame_order import FrameOrder, order_of

K = TypeVar("K")


def say_order(info: SequenceInfo, path: Path) -> list[str]:
    """Return what the annotator should know of numbers of frames that do not say how their scan was annotated."""
    if info.time_points < 2:
        return []
    return [
        f"The frames of {path.name} were taken to follow each other as here, along {info.along}: look at one."
    ]


def stated_order(stated: Mapping[str, object], info: SequenceInfo, path: Path) -> FrameOrder | None:
    """Return the order that one of our own exports states for its frames, None where it states none.

    Raises ImportMasksError where the scan was sliced in another direction: its slices are no slices here.
    """
    direction, along = stated.get("orientation"), stated.get("along")
    if info.kind != "volume" or not isinstance(direction, str):
        return None
    if direction != info.orientation:
        raise ImportMasksError(
            f"These are masks of {direction} slices, and the scan is annotated in {info.orientation} ones.",
            subject=path,
            remedy=f"Turn the scan to {direction} first.",
        )
    order = order_of(info)
    return FrameOrder(order.slices, order.times, "time" if along == "time" else "space")


def move_frames(frames: Mapping[K, int], before: FrameOrder, after: FrameOrder) -> dict[K, int]:
    """Return the frames where they are in another order."""
    return {key: after.frame(before.time_of(frame), before.slice_of(frame)) for key, frame in frames.items()}
