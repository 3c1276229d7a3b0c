"""The actions of the menu Comments."""

from __future__ import annotations

from app.actions.action import WHILE_OPEN, Action, Keys, Menu, ViewCommand

COMMENTS = Menu("Comments", (
    Action("comment.frame", "On this frame…", "Say something about this frame; words that begin with # are tags.",
           Keys("Alt+Q"), WHILE_OPEN),
    Action("comment.range", "On the range…", "Say something about the marked range of frames.",
           Keys("Alt+Shift+Q"),
           ViewCommand(lambda s: s.sequence.info is not None and s.sequence.marks != (None, None))),
    Action("comment.sequence", "On the sequence…", "Say something about the whole sequence.",
           Keys("Ctrl+Shift+Q"), WHILE_OPEN),
    Action("comment.list", "All comments…", "Find a comment or tag by typing, and go to its frame.",
           Keys("Ctrl+Alt+C"), ViewCommand(lambda s: bool(s.sequence.comments))),
))  # fmt: skip
