"""What the actions post, as functions of the state; and which of them are commands of the views. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType

from app.actions.background_tasks import first_to_stop
from app.domain.annotation import Label, Orientation, Window
from app.domain.camera import OrbitCamera
from app.domain.worklist.entry import EntryState
from app.imaging.volume_geometry import ORIENTATIONS
from app.imaging.windowing import PRESETS, drag
from app.messages import events as e
from app.messages.events import worklist as we
from app.messages.snapshot import Snapshot

Events = tuple[e.Event, ...]
Maker = Callable[[Snapshot], Events]

# As far as the mouse would be dragged, in screen pixels.
WINDOW_STEP = 20.0
TURN = 15.0
SPEEDS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)


def label_keys(labels: Iterable[Label]) -> dict[int, int]:
    """Return the label value for each digit key 1..9.

    A digit picks the label of that value, so that deleting or moving labels changes no key; digits left over
    go to the remaining labels in list order.
    """
    values = [label.value for label in labels]
    keys = {value: value for value in values if value <= 9}
    free = (digit for digit in range(1, 10) if digit not in keys)
    rest = (value for value in values if value > 9)
    keys.update(zip(free, rest, strict=False))
    return dict(sorted(keys.items()))


def _post(*events: e.Event) -> Maker:
    """Return a maker of fixed events that answers nothing while no sequence is open."""
    return lambda snapshot: events if snapshot.sequence else ()


def _with_objects(make: Maker) -> Maker:
    return lambda snapshot: make(snapshot) if snapshot.sequence and snapshot.objects else ()


def _with_selected(make: Callable[[Snapshot, int], Events]) -> Maker:
    return lambda s: make(s, s.selected) if s.sequence and s.selected is not None else ()


def _label(digit: int) -> Maker:
    def make(snapshot: Snapshot) -> Events:
        value = label_keys(snapshot.labels).get(digit)
        return (e.LabelChosen(value),) if value is not None else ()

    return make


def _row(delta: int) -> Maker:
    def make(snapshot: Snapshot) -> Events:
        values = [label.value for label in snapshot.labels]
        if snapshot.label not in values:
            return ()
        row = values.index(snapshot.label) + delta
        return (e.LabelMoved(snapshot.label, row),) if 0 <= row < len(values) else ()

    return make


def _relabel(snapshot: Snapshot, selected: int) -> Events:
    return (e.ObjectRelabelled(selected, snapshot.label),) if snapshot.label is not None else ()


def _last_frame(snapshot: Snapshot) -> Events:
    return (e.FrameRequested(snapshot.sequence.frames - 1),) if snapshot.sequence else ()


def _speed(direction: int) -> Maker:
    def make(snapshot: Snapshot) -> Events:
        beyond = [speed for speed in SPEEDS if (speed - snapshot.speed) * direction > 1e-9]
        chosen = min(beyond, key=lambda speed: abs(speed - snapshot.speed), default=None)
        return (e.SpeedChosen(chosen),) if snapshot.sequence and chosen is not None else ()

    return make


def _opacity(delta: float) -> Maker:
    return lambda s: (e.ViewChanged(opacity=_unit(s.view.opacity + delta)),)


def _threshold(delta: float) -> Maker:
    return lambda s: (e.ViewChanged(threshold=_unit(s.view.threshold + delta)),)


def _radius(delta: int) -> Maker:
    return lambda s: (e.ViewChanged(click_radius=min(max(s.view.click_radius + delta, 0), 10)),)


def _unit(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 2)


def _solid(change: Callable[[Snapshot], e.View3DChanged]) -> Maker:
    """Return a maker of a change of the 3D view, which answers nothing while it is not shown."""
    return lambda s: (change(s),) if s.sequence and s.view3d.shown else ()


def _orbit(azimuth: float, elevation: float) -> Maker:
    return _solid(lambda s: e.View3DChanged(camera=s.view3d.camera.turned(azimuth, elevation)))


def _grow(factor: float) -> Maker:
    return _solid(lambda s: e.View3DChanged(camera=s.view3d.camera.zoomed(factor)))


def _face(azimuth: float, elevation: float) -> Maker:
    return _solid(lambda s: e.View3DChanged(camera=OrbitCamera(azimuth, elevation)))


def _cover(delta: float) -> Maker:
    return _solid(lambda s: e.View3DChanged(opacity=max(_unit(s.view3d.opacity + delta), 0.1)))


def _leave_out(snapshot: Snapshot) -> Events:
    if snapshot.label is None or not (snapshot.sequence and snapshot.view3d.shown):
        return ()
    return (e.View3DChanged(hidden=snapshot.view3d.hidden ^ {snapshot.label}),)


def _leave_object_out(snapshot: Snapshot) -> Events:
    if snapshot.selected is None or not (snapshot.sequence and snapshot.view3d.shown):
        return ()
    return (e.View3DChanged(left_out=snapshot.view3d.left_out ^ {snapshot.selected}),)


def _carry(direction: e.PropagationDirection, force: bool = False) -> Maker:
    return _with_objects(lambda s: (e.PropagationRequested(*s.marks, direction, force=force),))


def _stop(snapshot: Snapshot) -> Events:
    first = first_to_stop(snapshot)
    return (first,) if first is not None else ()


def _range_start(snapshot: Snapshot) -> Events:
    stop = snapshot.marks[1]
    kept = stop if stop is not None and stop > snapshot.frame else None
    return (e.RangeMarked(snapshot.frame, kept),) if snapshot.sequence else ()


def _range_stop(snapshot: Snapshot) -> Events:
    start = snapshot.marks[0]
    kept = start if start is not None and start <= snapshot.frame else None
    return (e.RangeMarked(kept, snapshot.frame + 1),) if snapshot.sequence else ()


def _accept(snapshot: Snapshot) -> Events:
    if snapshot.can_resume:
        return (e.PropagationResumed(True),)
    if not snapshot.objects:
        return ()
    return e.FramesVerified(snapshot.frame, snapshot.frame + 1), e.WorstFrameRequested()


def _verify_range(snapshot: Snapshot) -> Events:
    start, stop = snapshot.marks
    if not snapshot.objects or snapshot.sequence is None or (start, stop) == (None, None):
        return ()
    return (e.FramesVerified(start or 0, snapshot.sequence.frames if stop is None else stop),)


def _reopen(snapshot: Snapshot) -> Events:
    entry = snapshot.entry
    return (we.SequenceReopened(),) if entry is not None and entry.state is EntryState.DONE else ()


def _preset(name: str) -> Maker:
    window = PRESETS[name]
    return lambda s: (e.WindowChanged(window.width, window.center),) if _window(s) else ()


def _own_window(snapshot: Snapshot) -> Events:
    own = snapshot.sequence.window if snapshot.sequence is not None else None
    return (e.WindowChanged(own.width, own.center),) if own is not None else ()


def _dragged(right: float, down: float) -> Maker:
    def make(snapshot: Snapshot) -> Events:
        window = _window(snapshot)
        if window is None:
            return ()
        changed = drag(window, right * WINDOW_STEP, down * WINDOW_STEP)
        return (e.WindowChanged(changed.width, changed.center),)

    return make


def _turn(orientation: Orientation) -> Maker:
    return lambda s: (e.OrientationChosen(orientation),) if _window(s) else ()


def _window(snapshot: Snapshot) -> Window | None:
    """The intensity window, None for what is no scan."""
    is_scan = snapshot.sequence is not None and snapshot.sequence.kind == "volume"
    return snapshot.view.window if is_scan else None


def _always(snapshot: Snapshot) -> bool:
    return True


def _with_sequences(snapshot: Snapshot) -> bool:
    return snapshot.sequence is not None or any(entry.can_open for entry in snapshot.worklist.entries)


def _with_sequence(snapshot: Snapshot) -> bool:
    return snapshot.sequence is not None


ACTS: MappingProxyType[str, Maker] = MappingProxyType({
    "file.close": _post(e.SequenceClosed()),
    "mask.finish": _post(e.MaskFinished()),
    "edit.undo": lambda s: (e.Undone(),) if s.can_undo else (),
    "edit.redo": lambda s: (e.Redone(),) if s.can_redo else (),
    "clicks.clear": lambda s: (e.ClicksCleared(),) if s.pending else (),
    "mask.delete": _with_selected(lambda s, selected: (e.MaskDeleted(s.frame, selected),)),
    "object.new": _post(e.ObjectAdded()),
    "object.next": _with_objects(lambda s: (e.ObjectStepped(1),)),
    "object.previous": _with_objects(lambda s: (e.ObjectStepped(-1),)),
    "object.relabel": _with_selected(_relabel),
    "object.delete": _with_selected(lambda s, selected: (e.ObjectDeleted(selected),)),
    "label.up": _row(-1),
    "label.down": _row(1),
    **{f"label.{digit}": _label(digit) for digit in range(1, 10)},
    "overlay.toggle": lambda s: (e.ViewChanged(overlay_visible=not s.view.overlay_visible),),
    "opacity.more": _opacity(0.1),
    "opacity.less": _opacity(-0.1),
    "solid.toggle": lambda s: (e.View3DChanged(shown=not s.view3d.shown),) if s.sequence else (),
    "solid.left": _orbit(TURN, 0),
    "solid.right": _orbit(-TURN, 0),
    "solid.up": _orbit(0, -TURN),
    "solid.down": _orbit(0, TURN),
    "solid.nearer": _grow(1.2),
    "solid.farther": _grow(1 / 1.2),
    "solid.reset": _solid(lambda s: e.View3DChanged(camera=OrbitCamera())),
    "solid.front": _face(0, 0),
    "solid.side": _face(90, 0),
    "solid.above": _face(0, 90),
    "solid.close": _solid(lambda s: e.View3DChanged(close=not s.view3d.close)),
    "solid.slice": _solid(lambda s: e.View3DChanged(slice_shown=not s.view3d.slice_shown)),
    "solid.label": _leave_out,
    "solid.object": _leave_object_out,
    "solid.labels": _solid(lambda s: e.View3DChanged(hidden=frozenset(), left_out=frozenset())),
    "solid.stronger": _cover(0.1),
    "solid.fainter": _cover(-0.1),
    "threshold.more": _threshold(0.05),
    "threshold.less": _threshold(-0.05),
    "radius.more": _radius(1),
    "radius.less": _radius(-1),
    "component.toggle": lambda s: (e.ViewChanged(largest_component=not s.view.largest_component),),
    "frame.next": _post(e.FrameStepped(1)),
    "frame.previous": _post(e.FrameStepped(-1)),
    "frame.forward": _post(e.FrameStepped(10)),
    "frame.back": _post(e.FrameStepped(-10)),
    "frame.first": _post(e.FrameRequested(0)),
    "frame.last": _last_frame,
    "frame.next_reference": _post(e.ReferenceStepped(1)),
    "frame.previous_reference": _post(e.ReferenceStepped(-1)),
    "play.toggle": _post(e.PlayToggled()),
    "play.faster": _speed(1),
    "play.slower": _speed(-1),
    "play.loop": _post(e.LoopToggled()),
    "propagate.both": _carry("both"),
    "propagate.forward": _carry("forward"),
    "propagate.backward": _carry("backward"),
    "propagate.again": _carry("both", force=True),
    "propagate.cancel": _stop,
    "marks.start": _range_start,
    "marks.stop": _range_stop,
    "marks.clear": lambda s: (e.RangeMarked(None, None),) if s.marks != (None, None) else (),
    **{f"scan.{name}": _turn(name) for name in ORIENTATIONS},
    "scan.linked": lambda s: (e.ViewChanged(linked=not s.view.linked),) if _window(s) else (),
    "window.soft_tissue": _preset("Soft tissue"),
    "window.liver": _preset("Liver"),
    "window.lung": _preset("Lung"),
    "window.bone": _preset("Bone"),
    "window.brain": _preset("Brain"),
    "window.eiseg": _preset("EISeg"),
    "window.fit": lambda s: (e.WindowFitted(),) if _window(s) else (),
    "window.own": _own_window,
    "window.wider": _dragged(1, 0),
    "window.narrower": _dragged(-1, 0),
    "window.brighter": _dragged(0, -1),
    "window.darker": _dragged(0, 1),
    "prefetch.toggle": lambda s: (e.ViewChanged(prefetch=not s.view.prefetch),),
    "review.worst": _with_objects(lambda s: (e.WorstFrameRequested(),)),
    "review.accept": _accept,
    "review.object": _with_selected(
        lambda s, selected: (e.FramesVerified(s.frame, s.frame + 1, (selected,)),)
    ),
    "review.range": _verify_range,
    "review.unseen": _post(we.UnseenRequested()),
    "review.reopen": _reopen,
    "review.unlock": _with_objects(lambda s: (e.FramesVerified(s.frame, s.frame + 1, verified=False),)),
})  # fmt: skip

_ANYTIME = (
    "file.open", "file.open_folder", "file.demo", "file.autosave", "model.open", "model.import", "operator.choose",
    "edit.cancel", "app.fullscreen", "app.settings", "app.pin", "app.quit", "app.leave", "label.find",
    "label.add", "label.load",
    "help.palette", "help.cheatsheet", "help.shortcuts",
    "activity.show", "messages.show",
    "worklist.toggle", "worklist.find", "worklist.order", "worklist.again", "worklist.folder",
)  # fmt: skip
_OPEN = (
    "review.done", "effort.show", "file.export", "file.import_masks", "overlay.hide", "frame.goto",
    "view.fit", "view.zoom_object", "view.zoom_in", "view.zoom_out",
    "view.pan_left", "view.pan_right", "view.pan_up", "view.pan_down",
)  # fmt: skip

COMMANDS: MappingProxyType[str, Callable[[Snapshot], bool]] = MappingProxyType({
    **dict.fromkeys(_ANYTIME, _always),
    **dict.fromkeys(_OPEN, _with_sequence),
    **dict.fromkeys(("sequence.previous", "sequence.next"), _with_sequences),
    "polygon.delete": lambda s: s.sequence is not None and s.mode == "edit",
    "label.rename": lambda s: s.label is not None,
    "label.save": lambda s: bool(s.labels),
})  # fmt: skip

HELD = frozenset({"overlay.hide", "app.leave"})
REPEATING = frozenset((
    "edit.undo", "edit.redo", "object.next", "object.previous", "label.up", "label.down",
    "view.zoom_in", "view.zoom_out", "view.pan_left", "view.pan_right", "view.pan_up", "view.pan_down",
    "solid.left", "solid.right", "solid.up", "solid.down", "solid.nearer", "solid.farther", "solid.stronger",
    "solid.fainter", "opacity.more", "opacity.less", "threshold.more", "threshold.less", "radius.more", "radius.less",
    "frame.next", "frame.previous", "frame.forward", "frame.back",
    "frame.next_reference", "frame.previous_reference",
    "window.wider", "window.narrower", "window.brighter", "window.darker",
))  # fmt: skip
