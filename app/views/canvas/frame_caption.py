"""The caption on the canvas: sequence, frame number, zoom and mode."""

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color, SequenceInfo
from app.domain.frame_order import order_of
from app.domain.tool import Tool
from app.imaging.volume_geometry import plane_of
from app.messages.snapshot import Snapshot
from app.views.canvas.viewport import Viewport
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import text_width

KEYS_SHOWN = 12  # of terms, chosen by eye


class FrameCaption:
    """Text boxes in the canvas's left top corner, in screen pixels."""

    def __init__(self, canvas: int, sizes: Sizes) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._sizes = sizes
        self._drawn: object = None
        self.corner = (0, 0)

    def draw(self, snapshot: Snapshot, frame: int | None, view: Viewport | None) -> None:
        """Draw the caption of the frame that is on the canvas, in as many rows as its width needs."""
        words = caption_texts(snapshot, frame, view)
        room = view.width if view is not None else 0
        if (words, room) == self._drawn:
            return
        self._drawn = (words, room)
        dpg.delete_item(self._layer, children_only=True)
        first = left = self._sizes(12)
        top, widest, row = self._sizes(12), 0, self._sizes(24)
        for text, color in words:
            width = text_width(text, self._sizes(15), self._sizes(BODY)) + self._sizes(16)
            if left > first and left + width > room:
                left, top = first, top + row + self._sizes(4)
            self._write((left, top), (width, row), text, color)
            left += width + self._sizes(6)
            widest = max(widest, left)
        self.corner = (widest, top + row) if words else (0, 0)

    def _write(self, corner: tuple[int, int], size: tuple[int, int], text: str, color: Color) -> None:
        (left, top), (width, height) = corner, size
        dpg.draw_rectangle(
            (left, top),
            (left + width, top + height),
            fill=(*p.RAISED, 220),
            color=(0, 0, 0, 0),
            rounding=5,
            parent=self._layer,
        )
        position = (left + self._sizes(8), top + self._sizes(2))
        dpg.draw_text(position, text, size=self._sizes(15), color=color, parent=self._layer)


def caption_texts(
    snapshot: Snapshot, frame: int | None, view: Viewport | None
) -> tuple[tuple[str, Color], ...]:
    """Return the texts of the caption with their colours."""
    info = snapshot.sequence.info
    if info is None or frame is None or view is None:
        return ()
    words = [
        (f"{shape_text(info.name)}   {describe_place(info, frame)}", p.TEXT),
        (f"{round(100 * view.scale)} %", p.MUTED),
    ]
    if snapshot.sequence.mode == "edit":
        words.append(("Editing outlines", p.ACCENT))
    elif snapshot.sequence.marking:
        words.append((shape_text(describe_keys(snapshot)), p.ACCENT))
    elif snapshot.pending is not None and snapshot.pending.prompts:
        words.append(("Not finished yet", p.WARNING))
    elif any(track.is_outdated(frame) for track in snapshot.tracks):
        words.append(("Outdated mask", p.WARNING))
    if found := snapshot.sequence.findings.get(frame):
        words.append((" and ".join(sorted({one.kind for one in found})).capitalize() + " found", p.WARNING))
    if not snapshot.tools.tool.is_measure:
        words.append((shape_text(describe_target(snapshot)), p.TEXT))
    return tuple(words)


def describe_place(info: SequenceInfo, frame: int) -> str:
    """Return which frame it is, of a scan which slice, and of one over time at which time point."""
    order = order_of(info)
    words = [f"{info.orientation or 'frame'} {order.slice_of(frame)}"]
    if order.times > 1:
        # What the next frame changes comes first.
        words.insert(order.along == "space", f"time {order.time_of(frame)} / {order.times - 1}")
    return "   ".join(words)


def describe_target(snapshot: Snapshot) -> str:
    """Return what the next click or stroke will change."""
    tool = (
        "Cut" if snapshot.tools.tool is Tool.CUT else snapshot.tools.tool.name.replace("_", " ").capitalize()
    )
    if snapshot.tools.tool.has_size:
        tool += f" {describe_brush(snapshot)}"
    selected = snapshot.pending.target if snapshot.pending is not None else snapshot.sequence.selected
    is_prompt = snapshot.tools.tool is Tool.CLICK or snapshot.tools.tool.is_prompt
    label = next((label.name for label in snapshot.labels if label.value == snapshot.label), "object")
    if selected is None or (is_prompt and snapshot.begins_new and snapshot.pending is None):
        return f"{tool}: new {label}"
    return f"{tool}: {snapshot.name_of(selected)}"


def describe_keys(snapshot: Snapshot) -> str:
    """Return the keys of terms, as many as a line has room for."""
    keys = [f"{term.key} {term.name}" for tier in snapshot.sequence.tiers.tiers for term in tier.terms]
    return "Marking: " + ", ".join(keys[:KEYS_SHOWN]) + (" …" if len(keys) > KEYS_SHOWN else "")


def describe_brush(snapshot: Snapshot) -> str:
    """Return the diameter of the brush, on a scan in millimetres, and what else holds for it."""
    info, tools = snapshot.sequence.info, snapshot.tools
    spacing = plane_of(info).column_spacing if info is not None and info.kind == "volume" else None
    words = [f"{tools.size:g} px" if spacing is None else f"{tools.size * spacing:.3g} mm"]
    if tools.ball and spacing is not None:
        words.append("ball")
    if tools.limits is not None:
        words.append("within {:.0f} to {:.0f}".format(*tools.limits))
    return ", ".join(words)
