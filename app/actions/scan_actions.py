"""The actions of the menu Scan: directions, intensity windows in native units; brightness and the like of pictures."""

from dataclasses import replace

from app.actions.action import Action, Condition, EventFactory, Events, Keys, Menu
from app.domain.adjustment import CHANNELS, Adjustment
from app.domain.annotation import FrameAxis, Orientation, SequenceInfo, Window
from app.imaging.windowing import PRESETS, drag_window
from app.messages import events as e
from app.messages.snapshot import Snapshot

WINDOW_STEP = 20.0  # of a key, as far as a drag of so many screen pixels


def window_of(snapshot: Snapshot) -> Window | None:
    """Return the intensity window, None for what is no scan."""
    is_scan = snapshot.sequence.info is not None and snapshot.sequence.info.kind == "volume"
    return snapshot.view.window if is_scan else None


def _use_preset(name: str) -> EventFactory:
    window = PRESETS[name]
    return lambda s: (e.WindowChanged(window.width, window.center),) if window_of(s) else ()


def _change_gamma(factor: float) -> EventFactory:
    return lambda s: _adjust(s, s.view.adjustment.changed(gamma=factor))


def _next_channel(snapshot: Snapshot) -> Events:
    shown = CHANNELS.index(snapshot.view.adjustment.channel)
    return _adjust(snapshot, replace(snapshot.view.adjustment, channel=CHANNELS[(shown + 1) % len(CHANNELS)]))


def _adjust(snapshot: Snapshot, adjustment: Adjustment) -> Events:
    is_picture = snapshot.sequence.info is not None and snapshot.sequence.info.kind != "volume"
    return (e.ViewChanged(adjustment=adjustment),) if is_picture else ()


def _use_own_window(snapshot: Snapshot) -> Events:
    if snapshot.view.adjustment != Adjustment():
        return _adjust(snapshot, Adjustment())
    own = snapshot.sequence.info.window if snapshot.sequence.info is not None else None
    return (e.WindowChanged(own.width, own.center),) if own is not None else ()


def _drag_window(right: float, down: float) -> EventFactory:
    def make(snapshot: Snapshot) -> Events:
        window = window_of(snapshot)
        if snapshot.sequence.info is None:
            return ()
        if window is None:
            adjustment = snapshot.view.adjustment.dragged(right * WINDOW_STEP, down * WINDOW_STEP)
            return (e.ViewChanged(adjustment=adjustment),)
        changed = drag_window(window, right * WINDOW_STEP, down * WINDOW_STEP)
        return (e.WindowChanged(changed.width, changed.center),)

    return make


def _has_orientation(orientation: Orientation) -> Condition:
    return lambda s: s.sequence.info is not None and _view(s.sequence.info) == (orientation, "space")


def _view(info: SequenceInfo) -> tuple[Orientation | None, FrameAxis]:
    return info.orientation, info.along


def _choose_orientation(orientation: Orientation) -> EventFactory:
    return lambda s: (e.OrientationChosen(orientation),) if window_of(s) else ()


def _is_along_time(snapshot: Snapshot) -> bool:
    return snapshot.sequence.info is not None and snapshot.sequence.info.along == "time"


def _step_time(delta: int) -> EventFactory:
    return lambda s: (e.TimeStepped(delta),) if window_of(s) else ()


def _turn_to_time(snapshot: Snapshot) -> Events:
    info = snapshot.sequence.info
    if info is None or info.orientation is None:
        return ()
    return (e.OrientationChosen(info.orientation, "space" if info.along == "time" else "time"),)


def _toggle_second(snapshot: Snapshot) -> Events:
    if snapshot.sequence.second is not None:
        return (e.SecondSeriesClosed(),)
    info = snapshot.sequence.info
    return (e.SecondSeriesRequested(),) if info is not None and info.may_have_others else ()


SCAN = Menu("Scan", (
    Action("scan.axial", "Axial", "Annotate from head to feet; masks come along.", Keys("F5"),
           _choose_orientation("axial"), ticked=_has_orientation("axial")),
    Action("scan.coronal", "Coronal", "Annotate from front to back; masks come along.", Keys("F6"),
           _choose_orientation("coronal"), ticked=_has_orientation("coronal")),
    Action("scan.sagittal", "Sagittal", "Annotate from side to side; masks come along.", Keys("F7"),
           _choose_orientation("sagittal"), ticked=_has_orientation("sagittal")),
    Action("scan.time", "Along time", "Annotate each slice along time, or each time point along its slices again.",
           Keys("Shift+F5"), _turn_to_time, ticked=_is_along_time),
    Action("scan.next_time", "Next time point", "Show this slice at the next time point; after the last, the first.",
           Keys("Up"), _step_time(1), repeats=True),
    Action("scan.previous_time", "Previous time point", "Show this slice at the time point before.",
           Keys("Down"), _step_time(-1), repeats=True),
    Action("scan.linked", "Linked views", "Show or hide the two other directions.",
           Keys("F8"), lambda s: (e.ViewChanged(linked=not s.view.linked),) if window_of(s) else (),
           ticked=lambda s: s.view.linked),
    Action("scan.second", "Second series…", "Show another scan or clip of the study beside the frame, or it alone.",
           Keys("Shift+F8"), _toggle_second, ticked=lambda s: s.sequence.second is not None),
    Action("scan.wheel", "Wheel steps through slices", "Let the wheel step through slices and zoom with Ctrl, or zoom.",
           Keys("Ctrl+F8"), lambda s: (e.ViewChanged(wheel_steps=not s.view.wheel_steps),) if window_of(s) else (),
           ticked=lambda s: s.view.wheel_steps),
    Action("window.soft_tissue", "Soft tissue window", "Show soft tissue: width 400, centre 40.",
           Keys("Alt+1"), _use_preset("Soft tissue")),
    Action("window.liver", "Liver window", "Show the liver: width 150, centre 30.",
           Keys("Alt+2"), _use_preset("Liver")),
    Action("window.lung", "Lung window", "Show the lungs: width 1500, centre −600.",
           Keys("Alt+3"), _use_preset("Lung")),
    Action("window.bone", "Bone window", "Show bones: width 1800, centre 400.", Keys("Alt+4"), _use_preset("Bone")),
    Action("window.brain", "Brain window", "Show the brain: width 80, centre 40.",
           Keys("Alt+5"), _use_preset("Brain")),
    Action("window.eiseg", "EISeg's window", "Show what EISeg shows: width 400, centre 0.",
           Keys("Alt+6"), _use_preset("EISeg")),
    Action("window.fit", "Automatic window", "Show what is on this slice, as suits MR.",
           Keys("Alt+7"), lambda s: (e.WindowFitted(),) if window_of(s) else ()),
    Action("window.own", "As it opened", "Show scan or picture as it opened.", Keys("Alt+0"), _use_own_window),
    Action("window.wider", "Less contrast", "Widen the intensity window of a scan, or lower a picture's contrast.",
           Keys("Alt+="), _drag_window(1, 0), repeats=True),
    Action("window.narrower", "More contrast", "Narrow the intensity window of a scan, or raise a picture's contrast.",
           Keys("Alt+-"), _drag_window(-1, 0), repeats=True),
    Action("window.brighter", "Brighter", "Lower the centre of the window, or brighten the picture.",
           Keys("Alt+."), _drag_window(0, -1), repeats=True),
    Action("window.darker", "Darker", "Raise the centre of the window, or darken the picture.",
           Keys("Alt+,"), _drag_window(0, 1), repeats=True),
    Action("picture.more_gamma", "Brighter shadows", "Raise the gamma of a picture.",
           Keys("Alt+Shift+."), _change_gamma(1.1), repeats=True),
    Action("picture.less_gamma", "Darker shadows", "Lower the gamma of a picture.",
           Keys("Alt+Shift+,"), _change_gamma(1 / 1.1), repeats=True),
    Action("picture.channel", "Next channel", "Show red, green or blue alone, or all of them.",
           Keys("Alt+C"), _next_channel),
))  # fmt: skip
