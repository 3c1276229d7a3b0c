"""The actions of the menus View and 3D."""

from collections.abc import Callable

from app.actions.action import WHILE_OPEN, Action, EventFactory, Events, Keys, Menu, clamp_unit
from app.domain.camera import OrbitCamera
from app.messages import events as e
from app.messages.snapshot import Snapshot

TURN_DEGREES = 15.0  # a full turn in 24 presses; chosen by hand
LARGEST_RADIUS = 10  # of click marks, in screen pixels; as the setting allows


def _change_opacity(delta: float) -> EventFactory:
    return lambda s: (e.ViewChanged(opacity=clamp_unit(s.view.opacity + delta)),)


def _change_threshold(delta: float) -> EventFactory:
    return lambda s: (e.ViewChanged(threshold=clamp_unit(s.view.threshold + delta)),)


def _change_radius(delta: int) -> EventFactory:
    return lambda s: (e.ViewChanged(click_radius=min(max(s.view.click_radius + delta, 0), LARGEST_RADIUS)),)


def _change_view3d(change: Callable[[Snapshot], e.View3DChanged]) -> EventFactory:
    """Return a factory of a change of the 3D view, which makes none while it is not shown."""
    return lambda s: (change(s),) if s.sequence.info and s.view3d.shown else ()


def _turn3d(azimuth: float, elevation: float) -> EventFactory:
    return _change_view3d(lambda s: e.View3DChanged(camera=s.view3d.camera.turned(azimuth, elevation)))


def _zoom3d(factor: float) -> EventFactory:
    return _change_view3d(lambda s: e.View3DChanged(camera=s.view3d.camera.zoomed(factor)))


def _look_from(azimuth: float, elevation: float) -> EventFactory:
    return _change_view3d(lambda s: e.View3DChanged(camera=OrbitCamera(azimuth, elevation)))


def _change_opacity3d(delta: float) -> EventFactory:
    # Below a tenth nothing would be seen; the setting has the same limit.
    return _change_view3d(lambda s: e.View3DChanged(opacity=max(clamp_unit(s.view3d.opacity + delta), 0.1)))


def _toggle_label3d(snapshot: Snapshot) -> Events:
    if snapshot.label is None or not (snapshot.sequence.info and snapshot.view3d.shown):
        return ()
    return (e.View3DChanged(hidden=snapshot.view3d.hidden ^ {snapshot.label}),)


def _toggle_object3d(snapshot: Snapshot) -> Events:
    if snapshot.sequence.selected is None or not (snapshot.sequence.info and snapshot.view3d.shown):
        return ()
    return (e.View3DChanged(left_out=snapshot.view3d.left_out ^ {snapshot.sequence.selected}),)


VIEW = Menu("View", (
    Action("view.fit", "Fit", "Show the whole frame.", Keys("0", labelme="Ctrl+F 0"), WHILE_OPEN),
    Action("view.zoom_object", "Zoom to object", "Show the selected object large.", Keys("Z"), WHILE_OPEN),
    Action("view.zoom_in", "Zoom in", "Zoom in at the mouse.",
           Keys("=", labelme="Ctrl+= ="), WHILE_OPEN, repeats=True),
    Action("view.zoom_out", "Zoom out", "Zoom out at the mouse.",
           Keys("-", labelme="Ctrl+- -"), WHILE_OPEN, repeats=True),
    Action("view.pan_left", "Look left", "Move the view left.", Keys("Ctrl+Left"), WHILE_OPEN, repeats=True),
    Action("view.pan_right", "Look right", "Move the view right.", Keys("Ctrl+Right"), WHILE_OPEN, repeats=True),
    Action("view.pan_up", "Look up", "Move the view up.", Keys("Ctrl+Up"), WHILE_OPEN, repeats=True),
    Action("view.pan_down", "Look down", "Move the view down.", Keys("Ctrl+Down"), WHILE_OPEN, repeats=True),
    Action("solid.toggle", "3D view", "Show the masks in 3D beside the frame.",
           Keys("F3"), lambda s: (e.View3DChanged(shown=not s.view3d.shown),) if s.sequence.info else (),
           ticked=lambda s: s.view3d.shown),
    Action("overlay.hide", "Hide masks while held", "Show the bare frame as long as the key is down.",
           Keys("H"), WHILE_OPEN, held=True),
    Action("overlay.toggle", "Masks", "Show or hide the masks.",
           Keys("Shift+H", cvat="Ctrl+H", labelme="T"),
           lambda s: (e.ViewChanged(overlay_visible=not s.view.overlay_visible),),
           ticked=lambda s: s.view.overlay_visible),
    Action("opacity.more", "Stronger masks", "Make the masks less transparent.",
           Keys("."), _change_opacity(0.1), repeats=True),
    Action("opacity.less", "Fainter masks", "Make the masks more transparent.",
           Keys(","), _change_opacity(-0.1), repeats=True),
    Action("threshold.more", "Smaller pending mask", "Raise the threshold.",
           Keys("Shift+."), _change_threshold(0.05), repeats=True),
    Action("threshold.less", "Larger pending mask", "Lower the threshold.",
           Keys("Shift+,"), _change_threshold(-0.05), repeats=True),
    Action("radius.more", "Larger click marks", "Draw the marks of clicks larger.",
           Keys("Ctrl+."), _change_radius(1), repeats=True),
    Action("radius.less", "Smaller click marks", "Draw the marks of clicks smaller.",
           Keys("Ctrl+,"), _change_radius(-1), repeats=True),
    Action("component.toggle", "Largest piece only", "Keep only the largest piece of the pending mask.",
           Keys("C", cvat="Shift+C"),
           lambda s: (e.ViewChanged(largest_component=not s.view.largest_component),),
           ticked=lambda s: s.view.largest_component),
    Action("tidy.toggle", "Tidy masks", "Fill small holes of the pending mask and drop small pieces.",
           Keys("Ctrl+Shift+C"), lambda s: (e.ViewChanged(tidy=not s.view.tidy),), ticked=lambda s: s.view.tidy),
))  # fmt: skip

VIEW3D = Menu("3D", (
    Action("solid.left", "Turn left", "Turn the volume to the left.",
           Keys("Ctrl+Shift+Left"), _turn3d(TURN_DEGREES, 0), repeats=True),
    Action("solid.right", "Turn right", "Turn the volume to the right.",
           Keys("Ctrl+Shift+Right"), _turn3d(-TURN_DEGREES, 0), repeats=True),
    Action("solid.up", "Turn up", "Turn the volume up.",
           Keys("Ctrl+Shift+Up"), _turn3d(0, -TURN_DEGREES), repeats=True),
    Action("solid.down", "Turn down", "Turn the volume down.",
           Keys("Ctrl+Shift+Down"), _turn3d(0, TURN_DEGREES), repeats=True),
    Action("solid.front", "From the front", "Look at the volume from the front.",
           Keys("Ctrl+Alt+F"), _look_from(0, 0)),
    Action("solid.side", "From the left", "Look at the volume from the patient's left.",
           Keys("Ctrl+Alt+L"), _look_from(90, 0)),
    Action("solid.above", "From above", "Look at the volume from the head down.",
           Keys("Ctrl+Alt+T"), _look_from(0, 90)),
    Action("solid.nearer", "Nearer", "Show the volume larger.", Keys("Ctrl+Shift+="), _zoom3d(1.2), repeats=True),
    Action("solid.farther", "Farther", "Show the volume smaller.",
           Keys("Ctrl+Shift+-"), _zoom3d(1 / 1.2), repeats=True),
    Action("solid.reset", "Reset", "Look at the volume as in the beginning.",
           Keys("Ctrl+Shift+0"), _change_view3d(lambda s: e.View3DChanged(camera=OrbitCamera()))),
    Action("solid.close", "Close-up", "Let the masks fill the 3D view, or the whole volume.",
           Keys("Ctrl+F3"), _change_view3d(lambda s: e.View3DChanged(close=not s.view3d.close)),
           ticked=lambda s: s.view3d.close),
    Action("solid.slice", "Slice", "Show the frame as a plane in the volume.",
           Keys("Shift+F3"), _change_view3d(lambda s: e.View3DChanged(slice_shown=not s.view3d.slice_shown)),
           ticked=lambda s: s.view3d.slice_shown),
    Action("solid.label", "Leave this label out", "Show or hide the current label in 3D.",
           Keys("Alt+H"), _toggle_label3d),
    Action("solid.object", "Leave this object out", "Show or hide the selected object in 3D.",
           Keys("Ctrl+Alt+H"), _toggle_object3d),
    Action("solid.labels", "Show everything", "Show all labels and objects in 3D.",
           Keys("Alt+Shift+H"), _change_view3d(lambda s: e.View3DChanged(hidden=frozenset(), left_out=frozenset()))),
    Action("solid.stronger", "More solid", "Make the surfaces less transparent.",
           Keys("Ctrl+Shift+."), _change_opacity3d(0.1), repeats=True),
    Action("solid.fainter", "More transparent", "Make the surfaces more transparent.",
           Keys("Ctrl+Shift+,"), _change_opacity3d(-0.1), repeats=True),
))  # fmt: skip
