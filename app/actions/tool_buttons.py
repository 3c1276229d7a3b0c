"""The buttons of the tool bar: which actions have one, with which icon, in groups from the top."""

from dataclasses import dataclass

from app.domain.tool import Tool


@dataclass(frozen=True, slots=True)
class ToolButton:
    """A button; it is lit while its action is ticked."""

    action: str  #: id
    icon: str  #: name, see app.views.toolkit.icon_shapes


TOOL_ICONS = {
    Tool.CLICK: "click",
    Tool.BOX: "box",
    Tool.SCRIBBLE: "scribble",
    Tool.FIND_LASSO: "find_lasso",
    Tool.DIAMETER: "diameter",
    Tool.BRUSH: "brush",
    Tool.ERASER: "eraser",
    Tool.LASSO: "lasso",
    Tool.RECTANGLE: "rectangle",
    Tool.POLYGON: "polygon",
    Tool.CUT: "cut",
    Tool.RULER: "ruler",
    Tool.ANGLE: "angle",
}
TOOL_BUTTONS: tuple[tuple[ToolButton, ...], ...] = (
    tuple(ToolButton(f"tool.{tool}", icon) for tool, icon in TOOL_ICONS.items()),
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
