"""The actions of the menus Frame and Propagate."""

from app.actions.action import (
    WHILE_OPEN,
    Action,
    EventFactory,
    Events,
    Keys,
    Menu,
    fixed_events,
    with_objects,
)
from app.actions.background_tasks import first_to_stop
from app.domain.frame_order import order_of
from app.messages import events as e
from app.messages.snapshot import Snapshot

SPEEDS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)  # of playing, times the recorded rate


def _go_to_end(last: int) -> EventFactory:
    """Go to the first (0) or last (-1) frame of the sequence, or of what is stepped through of a scan over time."""

    def make(snapshot: Snapshot) -> Events:
        info = snapshot.sequence.info
        return (e.FrameRequested(order_of(info).run(snapshot.sequence.frame)[last]),) if info else ()

    return make


def _change_speed(direction: int) -> EventFactory:
    def make(snapshot: Snapshot) -> Events:
        beyond = [speed for speed in SPEEDS if (speed - snapshot.playback.speed) * direction > 1e-9]
        chosen = min(beyond, key=lambda speed: abs(speed - snapshot.playback.speed), default=None)
        return (e.SpeedChosen(chosen),) if snapshot.sequence.info and chosen is not None else ()

    return make


def _propagate(direction: e.PropagationDirection, force: bool = False) -> EventFactory:
    return with_objects(lambda s: (e.PropagationRequested(*s.sequence.marks, direction, force=force),))


def _go_on_over_cuts(snapshot: Snapshot) -> Events:
    sequence = snapshot.sequence
    if not sequence.stopped_at:
        return ()
    return (e.PropagationRequested(*sequence.marks, crossed=sequence.stopped_at),)


def _cancel_first_task(snapshot: Snapshot) -> Events:
    first = first_to_stop(snapshot)
    return (first,) if first is not None else ()


def _mark_start(snapshot: Snapshot) -> Events:
    stop = snapshot.sequence.marks[1]
    kept = stop if stop is not None and stop > snapshot.sequence.frame else None
    return (e.RangeMarked(snapshot.sequence.frame, kept),) if snapshot.sequence.info else ()


def _mark_stop(snapshot: Snapshot) -> Events:
    start = snapshot.sequence.marks[0]
    kept = start if start is not None and start <= snapshot.sequence.frame else None
    return (e.RangeMarked(kept, snapshot.sequence.frame + 1),) if snapshot.sequence.info else ()


FRAME = Menu("Frame", (
    Action("frame.next", "Next frame", "Go one frame on.",
           Keys("Right", cvat="F Right", labelme="D Right"), fixed_events(e.FrameStepped(1)), repeats=True),
    Action("frame.previous", "Previous frame", "Go one frame back.",
           Keys("Left", cvat="D Left", labelme="A Left"), fixed_events(e.FrameStepped(-1)), repeats=True),
    Action("frame.forward", "10 frames on", "Go ten frames on.",
           Keys("Shift+Right", cvat="V Shift+Right"), fixed_events(e.FrameStepped(10)), repeats=True),
    Action("frame.back", "10 frames back", "Go ten frames back.",
           Keys("Shift+Left", cvat="C Shift+Left"), fixed_events(e.FrameStepped(-10)), repeats=True),
    Action("frame.first", "First frame", "Go to the first frame.", Keys("Home"), _go_to_end(0)),
    Action("frame.last", "Last frame", "Go to the last frame.", Keys("End"), _go_to_end(-1)),
    Action("frame.goto", "Go to frame…", "Go to a frame by its number.", Keys("Ctrl+G", cvat="` Ctrl+G"), WHILE_OPEN),
    Action("frame.next_reference", "Next reference", "Go to the next frame whose mask a person made.",
           Keys("PageDown"), fixed_events(e.ReferenceStepped(1)), repeats=True),
    Action("frame.previous_reference", "Previous reference", "Go to the last frame that a person made.",
           Keys("PageUp"), fixed_events(e.ReferenceStepped(-1)), repeats=True),
    Action("frame.next_cut", "Next shot", "Go to the first frame of the next shot. Cuts are found in the background.",
           Keys("Ctrl+Alt+Right"), fixed_events(e.CutStepped(1)), repeats=True),
    Action("frame.previous_cut", "Previous shot", "Go to the first frame of the shot before.",
           Keys("Ctrl+Alt+Left"), fixed_events(e.CutStepped(-1)), repeats=True),
    Action("timeline.in", "Zoom timeline in", "Show a shorter time on the timeline, as the wheel over it does.",
           Keys("Alt+Z"), WHILE_OPEN, repeats=True),
    Action("timeline.out", "Zoom timeline out", "Show a longer time on the timeline.",
           Keys("Alt+Shift+Z"), WHILE_OPEN, repeats=True),
    Action("play.toggle", "Play", "Play or pause.", Keys("P", cvat="Space"), fixed_events(e.PlayToggled())),
    Action("play.faster", "Faster", "Play faster.", Keys("Shift+Up"), _change_speed(1)),
    Action("play.slower", "Slower", "Play slower.", Keys("Shift+Down"), _change_speed(-1)),
    Action("play.loop", "Loop", "Begin again at the end, or stop there.", Keys("O"), fixed_events(e.LoopToggled()),
           ticked=lambda s: s.playback.loop),
))  # fmt: skip

PROPAGATE = Menu("Propagate", (
    Action("propagate.both", "Propagate", "Carry the masks to all frames, or to the marked ones.",
           Keys("G"), _propagate("both")),
    Action("propagate.forward", "Propagate forward", "Carry the masks to later frames only.",
           Keys("Alt+Right"), _propagate("forward")),
    Action("propagate.backward", "Propagate backward", "Carry the masks to earlier frames only.",
           Keys("Alt+Left"), _propagate("backward")),
    Action("propagate.again", "Propagate again", "Compute again what was propagated already.",
           Keys("Shift+G"), _propagate("both", force=True)),
    Action("propagate.over_cuts", "Go on over the cut",
           "Carry the masks into the shot beyond the cut where propagation has stopped.",
           Keys("Ctrl+Shift+G"), _go_on_over_cuts),
    Action("propagate.cancel", "Stop", "Stop what goes on, the first in Activity; what is done stays.",
           Keys("Shift+Escape"), _cancel_first_task, beside_worklist=True),
    Action("marks.start", "Range starts here", "Mark this frame as the first of the range.", Keys("["), _mark_start),
    Action("marks.stop", "Range ends here", "Mark this frame as the last of the range.", Keys("]"), _mark_stop),
    Action("marks.clear", "Forget the range", "Take the range marks away.",
           Keys("\\"), lambda s: (e.RangeMarked(None, None),) if s.sequence.marks != (None, None) else ()),
    Action("prefetch.toggle", "Propagate by itself", "Start propagation by itself after each finished mask.",
           Keys("Shift+P"), lambda s: (e.ViewChanged(prefetch=not s.view.prefetch),),
           ticked=lambda s: s.view.prefetch),
    Action("cuts.toggle", "Stop at cuts", "Carry masks over a cut of a film only where the object is found again.",
           Keys("Ctrl+Alt+G"), lambda s: (e.ViewChanged(stop_at_cuts=not s.view.stop_at_cuts),),
           ticked=lambda s: s.view.stop_at_cuts),
))  # fmt: skip
