"""The caption says what the next click or stroke changes, and how large the brush is."""

from __future__ import annotations

from dataclasses import replace

from app.domain.annotation import Label, Object, SequenceInfo
from app.domain.tool import Tool, ToolSettings
from app.messages.snapshot import Pending, SequenceState, Snapshot
from app.views.canvas.frame_caption import describe_target

CLIP = SequenceInfo("clip", "/clip.mp4", "video", 9, 64, 48)
SCAN = SequenceInfo("ct", "/ct", "volume", 9, 64, 48, spacing=(3.0, 0.5, 0.5), orientation="axial")
SHOWN = Snapshot(
    sequence=SequenceState(CLIP, objects=(Object(4, 1), Object(5, 1, "left")), selected=5),
    labels=(Label(1, "tool", (1, 2, 3)),),
    label=1,
)


def test_a_click_changes_the_selected_object_or_begins_another_one() -> None:
    assert describe_target(SHOWN) == "Click: #5 left"
    assert describe_target(replace(SHOWN, begins_new=True)) == "Click: new tool"
    assert (
        describe_target(replace(SHOWN, sequence=replace(SHOWN.sequence, selected=None))) == "Click: new tool"
    )
    pending = Pending(0, 4, None, ())
    assert describe_target(replace(SHOWN, begins_new=True, pending=pending)) == "Click: #4 tool"


def test_a_brush_changes_the_selected_object_even_right_after_finishing() -> None:
    brush = replace(SHOWN, begins_new=True, tools=ToolSettings(Tool.BRUSH, 24, ball=True))
    assert describe_target(brush) == "Brush 24 px: #5 left"
    limited = replace(brush.tools, limits=(-100.0, 240.0))
    assert describe_target(replace(brush, sequence=replace(brush.sequence, info=SCAN), tools=limited)) == (
        "Brush 12 mm, ball, within -100 to 240: #5 left"
    )
