"""The actions of the menus Tools and Mask."""

from app.actions.action import (
    WHILE_OPEN,
    Action,
    EventFactory,
    Events,
    ForSelected,
    Keys,
    Menu,
    ViewCommand,
    fixed_events,
)
from app.domain.mask_operations import DropIslands, FillHoles, Grow, MaskOperation, Smooth
from app.domain.tool import Tool, step_size
from app.imaging.volume_geometry import plane_of
from app.messages import events as e
from app.messages.snapshot import Snapshot

SMOOTHING = 3.0  # Steps up to which corners are rounded; chosen by hand.


def _tool(tool: Tool, title: str, text: str, keys: Keys) -> Action:
    """Return the action that makes a tool the active one."""
    return Action(
        f"tool.{tool}",
        title,
        text,
        keys,
        fixed_events(e.ToolChanged(tool)),
        ticked=lambda s: s.tools.tool is tool,
    )


def _resize(steps: int) -> EventFactory:
    return lambda s: (e.ToolChanged(size=step_size(s.tools.size, steps)),) if s.sequence.info else ()


def _toggle_ball(snapshot: Snapshot) -> Events:
    is_scan = snapshot.sequence.info is not None and snapshot.sequence.info.spacing is not None
    return (e.ToolChanged(ball=not snapshot.tools.ball),) if is_scan else ()


def _on_mask(operation: MaskOperation) -> EventFactory:
    return ForSelected(lambda s, selected: (e.MaskEditRequested(s.sequence.frame, operation, selected),))


def _move_outline(snapshot: Snapshot, selected: int, steps: float) -> Events:
    step, aspect = _step(snapshot)
    return (e.MaskEditRequested(snapshot.sequence.frame, Grow(steps * step, aspect), selected),)


def _smooth(snapshot: Snapshot, selected: int) -> Events:
    step, aspect = _step(snapshot)
    return (e.MaskEditRequested(snapshot.sequence.frame, Smooth(SMOOTHING * step, aspect), selected),)


def _step(snapshot: Snapshot) -> tuple[float, float]:
    """Return a millimetre in widths of a pixel on a scan, elsewhere a pixel; and a pixel's aspect."""
    if snapshot.sequence.info is None or snapshot.sequence.info.kind != "volume":
        return 1.0, 1.0
    plane = plane_of(snapshot.sequence.info)
    return 1 / (plane.column_spacing or 1.0), plane.aspect


def _interpolate(snapshot: Snapshot, selected: int) -> Events:
    start, stop = snapshot.sequence.marks
    if (start, stop) == (None, None):
        return (e.GapsInterpolated(selected, around=snapshot.sequence.frame),)
    return (e.GapsInterpolated(selected, start or 0, stop),)


def _clear_range(snapshot: Snapshot, selected: int) -> Events:
    start, stop = snapshot.sequence.marks
    if snapshot.sequence.info is None or (start, stop) == (None, None):
        return ()
    return (e.RangeCleared(selected, start or 0, snapshot.sequence.info.frames if stop is None else stop),)


TOOLS = Menu("Tools", (
    _tool(Tool.CLICK, "Click", "Show the model what belongs to the object, and with a right click what does not.",
          Keys("A", labelme="N")),
    _tool(Tool.BOX, "Box", "Drag a box around a thing; the model finds it.", Keys("T", labelme="Shift+R")),
    _tool(Tool.SCRIBBLE, "Scribble", "Draw over a thing, with the right button over what it is not.", Keys("J")),
    _tool(Tool.FIND_LASSO, "Find in lasso", "Draw a line around a thing; the model finds it.", Keys("I")),
    _tool(Tool.DIAMETER, "Longest diameter", "Drag along the longest diameter of a thing; the model finds it.",
          Keys("'")),
    _tool(Tool.BRUSH, "Brush", "Paint the mask; the right button erases.", Keys("B")),
    _tool(Tool.ERASER, "Eraser", "Erase from the mask.", Keys("D", cvat="S", labelme="S")),
    _tool(Tool.LASSO, "Lasso", "Add what you draw a line around; with the right button take it away.", Keys("Q")),
    _tool(Tool.RECTANGLE, "Rectangle", "Add the rectangle that you drag; with the right button take it away.",
          Keys("Alt+R")),
    _tool(Tool.POLYGON, "Polygon", "Click the corners of what to add, double-click ends; begun with the right button, "
          "it is taken away.", Keys("Y")),
    _tool(Tool.CUT, "Cut in two", "Draw a line through a mask; the smaller part becomes another object.", Keys("K")),
    _tool(Tool.RULER, "Ruler", "Measure a length: drag, or click both ends.", Keys(";")),
    Action("measure.calibrate", "Set the length of the ruler…", "Say how long the ruler is; then lengths are in mm.",
           Keys("Alt+;"), ViewCommand(lambda s: s.sequence.info is not None and s.sequence.info.kind != "volume")),
    Action("measure.own_size", "Pixel size of the file", "Forget the length that was given for the ruler.",
           Keys("Alt+Shift+;"),
           lambda s: (e.PixelSizeGiven(None),) if s.sequence.info and s.sequence.info.is_calibrated else ()),
    _tool(Tool.ANGLE, "Angle", "Measure an angle: click its three points.", Keys("Shift+;")),
    Action("tool.larger", "Larger brush", "Make brush and eraser larger, as Shift and the wheel do.",
           Keys("Shift+="), _resize(1), repeats=True),
    Action("tool.smaller", "Smaller brush", "Make brush and eraser smaller.",
           Keys("Shift+-"), _resize(-1), repeats=True),
    Action("tool.square", "Square brush", "Make brush and eraser square, or round.", Keys("Shift+B"),
           lambda s: (e.ToolChanged(square=not s.tools.square),) if s.sequence.info else (),
           ticked=lambda s: s.tools.square),
    Action("tool.ball", "Ball", "Let brush and eraser go through the slices of a scan as a ball.", Keys("Shift+D"),
           _toggle_ball, ticked=lambda s: s.tools.ball),
    Action("tool.limits", "Paint alike only", "Paint only what is as bright as under the brush now, or all again.",
           Keys("Shift+I"), WHILE_OPEN, ticked=lambda s: s.tools.limits is not None),
))  # fmt: skip

MASK = Menu("Mask", (
    Action("mask.fill_holes", "Fill holes", "Fill every hole of the mask.", Keys("Alt+F"), _on_mask(FillHoles())),
    Action("mask.drop_islands", "Drop islands", "Delete small pieces beside the largest one.",
           Keys("Alt+I"), _on_mask(DropIslands())),
    Action("mask.keep_piece", "Keep this piece", "Keep only the piece under the mouse.",
           Keys("Alt+K"), ViewCommand(lambda s: s.sequence.info is not None and s.sequence.selected is not None)),
    Action("mask.grow", "Grow", "Move the outline a pixel outwards, on a scan a millimetre.",
           Keys("Alt+G"), ForSelected(lambda s, selected: _move_outline(s, selected, 1)), repeats=True),
    Action("mask.shrink", "Shrink", "Move the outline a pixel inwards, on a scan a millimetre.",
           Keys("Alt+S"), ForSelected(lambda s, selected: _move_outline(s, selected, -1)), repeats=True),
    Action("mask.smooth", "Smooth", "Smooth the outline.", Keys("Alt+M"), ForSelected(_smooth), repeats=True),
    Action("mask.copy", "Copy", "Copy the selected object's mask on this frame.",
           Keys("Ctrl+C"), ForSelected(lambda s, selected: (e.MaskCopied(),))),
    Action("mask.paste", "Paste", "Give the selected object the copied mask on this frame.",
           Keys("Ctrl+V"), ForSelected(lambda s, selected: (e.MaskPasted(),))),
    Action("mask.copy_on", "Copy to the next frame", "Give the selected object its mask on the next frame too.",
           Keys("Ctrl+D"), ForSelected(lambda s, selected: (e.MaskCopiedOn(),)), repeats=True),
    Action("mask.copy_in_time", "Copy to the next time point",
           "Give the selected object its mask at the next time point of the scan too.",
           Keys("Alt+D"), ForSelected(lambda s, selected: (e.MaskCopiedOn(over_time=True),)), repeats=True),
    Action("mask.interpolate", "Fill the gap",
           "Fill the frames between two masks made by hand; in a marked range, all.",
           Keys("Alt+B"), ForSelected(_interpolate)),
    Action("mask.clear_range", "Delete in range", "Delete the selected object's masks in the marked range.",
           Keys("Ctrl+Delete"), ForSelected(_clear_range)),
))  # fmt: skip
