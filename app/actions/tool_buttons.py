"""The buttons of the tool bar: which actions have one, with which icon, in groups from the top."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolButton:
    """A button; it is lit while its action is ticked."""

    action: str  #: id
    icon: str  #: name, see app.views.toolkit.icon_shapes


TOOL_BUTTONS: tuple[tuple[ToolButton, ...], ...] = (
    (ToolButton("mask.finish", "check"), ToolButton("edit.undo", "undo"), ToolButton("edit.redo", "redo")),
    (
        ToolButton("propagate.both", "propagate"),
        ToolButton("review.worst", "doubt"),
        ToolButton("review.accept", "verify"),
    ),
    (
        ToolButton("sheet.toggle", "sheet"),
        ToolButton("overlay.toggle", "eye"),
        ToolButton("solid.toggle", "cube"),
        ToolButton("scan.linked", "linked"),
    ),
)
