"""The actions of the menu Tools."""

from __future__ import annotations

from app.actions.action import Action, Keys, Menu, fixed_events
from app.domain.tool import Tool
from app.messages import events as e


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


TOOLS = Menu("Tools", (
    _tool(Tool.CLICK, "Click", "Show the model what belongs to the object, and with a right click what does not.",
          Keys("A", labelme="N")),
    _tool(Tool.BOX, "Box", "Drag a box around a thing; the model finds it.", Keys("T", labelme="Shift+R")),
    _tool(Tool.SCRIBBLE, "Scribble", "Draw over a thing, with the right button over what it is not.", Keys("J")),
    _tool(Tool.FIND_LASSO, "Find in lasso", "Draw a line around a thing; the model finds it.", Keys("I")),
    _tool(Tool.DIAMETER, "Longest diameter", "Drag along the longest diameter of a thing; the model finds it.",
          Keys("'")),
))  # fmt: skip
