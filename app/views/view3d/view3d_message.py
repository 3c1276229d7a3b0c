"""Messages of the 3D view where there is no picture or an empty one. Pure."""

import textwrap

from app.messages.picture import View3DPicture
from app.messages.snapshot import Snapshot

_COLUMNS = 36  # Characters a line, which fit the narrowest pane.


def message_lines(snapshot: Snapshot, picture: View3DPicture | None) -> tuple[str, ...]:
    """Return the lines to show, none over a picture with something in it."""
    if picture is not None and picture.trouble:
        return tuple(textwrap.wrap(picture.trouble, _COLUMNS))
    if picture is None:
        return ("Preparing the 3D view…",)
    solid, used = snapshot.view3d, [track for track in snapshot.tracks if not track.is_empty]
    if not used:
        return ("Finish a mask to see it here.",)
    if all(track.label in solid.hidden for track in used):
        return ("All labels are hidden.", "Click one to show it.")
    if all(track.label in solid.hidden or track.object_id in solid.left_out for track in used):
        return ("All objects are hidden.", "Click one to show it.")
    return ()
