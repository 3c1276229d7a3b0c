"""The actions of the menu Window: how large its panes are."""

from app.actions.action import ANYTIME, Action, Keys, Menu, ViewCommand

_BESIDE = ViewCommand(
    lambda s: (
        s.sequence.info is not None
        and (s.view3d.shown or (s.view.linked and s.sequence.info.kind == "volume"))
    )
)
_SECOND = ViewCommand(lambda s: s.sequence.second is not None)

WINDOW = Menu("Window", (
    Action("pane.side_wider", "Wider lists", "Make the lists at the right wider, as dragging their edge does.",
           Keys("Ctrl+Alt+["), ANYTIME, repeats=True),
    Action("pane.side_narrower", "Narrower lists", "Make the lists at the right narrower.",
           Keys("Ctrl+Alt+]"), ANYTIME, repeats=True),
    Action("pane.timeline_taller", "Taller timeline", "Make the timeline taller, as dragging its edge does.",
           Keys("Ctrl+Alt+="), ANYTIME, repeats=True),
    Action("pane.timeline_lower", "Lower timeline", "Make the timeline lower.",
           Keys("Ctrl+Alt+-"), ANYTIME, repeats=True),
    Action("pane.views_wider", "Wider views", "Make linked views and the 3D view wider.",
           Keys("Ctrl+Alt+,"), _BESIDE, repeats=True),
    Action("pane.views_narrower", "Narrower views", "Make linked views and the 3D view narrower.",
           Keys("Ctrl+Alt+."), _BESIDE, repeats=True),
    Action("pane.settings_taller", "Taller settings", "Make the settings below the lists taller.",
           Keys("Ctrl+Shift+["), ANYTIME, repeats=True),
    Action("pane.settings_lower", "Lower settings", "Make the settings below the lists lower, and the lists longer.",
           Keys("Ctrl+Shift+]"), ANYTIME, repeats=True),
    Action("pane.second_wider", "Wider second series", "Make the second series wider.",
           Keys("Alt+Shift+["), _SECOND, repeats=True),
    Action("pane.second_narrower", "Narrower second series", "Make the second series narrower, and the frame wider.",
           Keys("Alt+Shift+]"), _SECOND, repeats=True),
    Action("pane.reset", "Usual sizes", "Give all panes their usual sizes, as a double click on an edge does to it.",
           Keys("Ctrl+Alt+0"), ANYTIME),
))  # fmt: skip
