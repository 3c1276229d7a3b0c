"""The vocabulary as plain maps, for messages between processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from app.domain.annotation import Click, Mask, SequenceInfo, Window
from app.domain.propagation_plan import PassPlan, Span


def mask_to_wire(mask: Mask) -> list[Any]:
    """A mask as [height, width, counts]."""
    return [mask.height, mask.width, mask.counts]


def mask_from_wire(wire: Sequence[Any]) -> Mask:
    """The mask of a list that mask_to_wire made."""
    height, width, counts = wire
    return Mask(height, width, counts)


def clicks_to_wire(clicks: Sequence[Click]) -> list[list[Any]]:
    """Clicks as [x, y, positive] each."""
    return [[click.x, click.y, click.positive] for click in clicks]


def clicks_from_wire(wire: Sequence[Any]) -> tuple[Click, ...]:
    """The clicks of a list that clicks_to_wire made."""
    return tuple(Click(x, y, positive) for x, y, positive in wire)


def window_to_wire(window: Window | None) -> list[float] | None:
    """A window as [width, center]."""
    return None if window is None else [window.width, window.center]


def window_from_wire(wire: Sequence[float] | None) -> Window | None:
    """The window of a list that window_to_wire made."""
    return None if wire is None else Window(wire[0], wire[1])


def info_to_wire(info: SequenceInfo) -> dict[str, Any]:
    """What a reader knows, as a map."""
    return asdict(info)


def info_from_wire(wire: dict[str, Any]) -> SequenceInfo:
    """The SequenceInfo of a map that info_to_wire made."""
    known = [field.name for field in fields(SequenceInfo) if field.name in wire]
    plain: dict[str, Any] = {name: _tuples(wire[name]) for name in known}
    if plain.get("window") is not None:
        plain["window"] = Window(**plain["window"])
    return SequenceInfo(**plain)


def pass_to_wire(plan: PassPlan) -> dict[str, Any]:
    """Return the plan of a pass as a map."""
    return asdict(plan)


def pass_from_wire(wire: dict[str, Any]) -> PassPlan:
    """Return the plan of a pass from a map that pass_to_wire made."""
    return PassPlan(wire["start_frame"], wire["direction"], tuple(Span(**span) for span in wire["spans"]))


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
