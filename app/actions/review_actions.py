"""The actions of the menu Review: the contact sheet, the next frame to look at, verifying, done."""

from app.actions.action import (
    WHILE_OPEN,
    Action,
    EventFactory,
    Events,
    ForSelected,
    Keys,
    Menu,
    fixed_events,
    with_objects,
)
from app.actions.finding_actions import FINDINGS
from app.actions.sign_off_actions import SIGN_OFF
from app.domain.worklist.entry import EntryState
from app.messages import events as e
from app.messages.events import worklist as we
from app.messages.snapshot import Snapshot

TILE_HEIGHTS = (72, 108, 160, 240, 360)  # of the contact sheet, pixels of the design; each half as high again


def _verify_frame(snapshot: Snapshot) -> Events:
    if snapshot.can_resume:
        return (e.PropagationResumed(True),)
    if not snapshot.sequence.objects or snapshot.sequence.info is None:
        return ()
    if snapshot.sheet.marked:
        return (e.FramesVerified(0, snapshot.sequence.info.frames, only=snapshot.sheet.marked),)
    return e.FramesVerified(snapshot.sequence.frame, snapshot.sequence.frame + 1), e.WorstFrameRequested()


def _verify_object(snapshot: Snapshot, selected: int) -> Events:
    return (e.FramesVerified(snapshot.sequence.frame, snapshot.sequence.frame + 1, (selected,)),)


def _verify_range(snapshot: Snapshot) -> Events:
    start, stop = snapshot.sequence.marks
    if not snapshot.sequence.objects or snapshot.sequence.info is None or (start, stop) == (None, None):
        return ()
    return (e.FramesVerified(start or 0, snapshot.sequence.info.frames if stop is None else stop),)


def _change_order(snapshot: Snapshot) -> Events:
    return (e.ViewChanged(review_order="doubt" if snapshot.view.review_order == "time" else "time"),)


def _mark_frame(snapshot: Snapshot) -> Events:
    sheet, frame = snapshot.sheet, snapshot.sequence.frame
    return (e.FramesMarked(sheet.marked ^ {frame}),) if sheet.shown else ()


def _mark_all(snapshot: Snapshot) -> Events:
    if not snapshot.sheet.shown or snapshot.sequence.info is None:
        return ()
    everything = frozenset(snapshot.sheet.order or range(snapshot.sequence.info.frames))
    return (e.FramesMarked(frozenset() if snapshot.sheet.marked == everything else everything),)


def _is_by_doubt(snapshot: Snapshot) -> bool:
    return bool(snapshot.sheet.order) and snapshot.sheet.term is None


def _change_tiles(direction: int) -> EventFactory:
    def make(snapshot: Snapshot) -> Events:
        beyond = [size for size in TILE_HEIGHTS if (size - snapshot.view.tile_height) * direction > 0]
        chosen = min(beyond, key=lambda size: abs(size - snapshot.view.tile_height), default=None)
        return (e.ViewChanged(tile_height=chosen),) if snapshot.sheet.shown and chosen is not None else ()

    return make


def _reopen_sequence(snapshot: Snapshot) -> Events:
    entry = snapshot.entry
    return (we.SequenceReopened(),) if entry is not None and entry.state is EntryState.DONE else ()


REVIEW = Menu("Review", (
    Action("sheet.toggle", "Contact sheet", "Show all frames with their masks, or the frame again.",
           Keys("F4"), fixed_events(e.SheetToggled()), ticked=lambda s: s.sheet.shown),
    Action("sheet.mark", "Mark on the sheet", "Mark this frame on the contact sheet, or take the mark away.",
           Keys("M"), _mark_frame),
    Action("sheet.mark_all", "Mark all on the sheet", "Mark every frame on the contact sheet, or none.",
           Keys("Shift+M"), _mark_all),
    Action("sheet.order", "Sheet in order of doubt", "Put the frames that most need a look first on the sheet.",
           Keys("Shift+F4"), lambda s: (e.SheetOrdered(not _is_by_doubt(s)),) if s.sheet.shown else (),
           ticked=_is_by_doubt),
    Action("sheet.larger", "Larger tiles", "Show fewer and larger frames on the contact sheet.",
           Keys("Alt+Shift+="), _change_tiles(1)),
    Action("sheet.smaller", "Smaller tiles", "Show more and smaller frames on the contact sheet.",
           Keys("Alt+Shift+-"), _change_tiles(-1)),
    Action("review.worst", "Next frame to fix", "Go to the frame that most needs a look, to those made by hand last.",
           Keys("W"), with_objects(lambda s: (e.WorstFrameRequested(),))),
    Action("review.best", "Best frame to correct", "Go to the frame whose correction betters most others.",
           Keys("Alt+W"), with_objects(lambda s: (e.BestFrameRequested(),))),
    Action("review.order", "In order of time", "Look at frames one after the other, not the most doubtful first.",
           Keys("Alt+Shift+W"), _change_order, ticked=lambda s: s.view.review_order == "time"),
    Action("review.accept", "Verify and go on",
           "Accept this frame's masks and go to the next one to fix, or accept the marked frames.",
           Keys("V Enter", cvat="Enter"), _verify_frame),
    Action("review.object", "Verify the object", "Accept the selected object's mask on this frame.",
           Keys("Alt+V"), ForSelected(_verify_object)),
    Action("review.range", "Verify the range", "Accept all masks in the marked range.",
           Keys("Shift+V"), _verify_range),
    Action("review.seen", "Verify all looked at", "Accept the masks of all frames that you looked at.",
           Keys("Ctrl+Shift+V"), with_objects(lambda s: (e.SeenVerified(),))),
    Action("review.unlock", "Unlock", "Take the verification of this frame back.",
           Keys("U"),
           with_objects(lambda s: (e.FramesVerified(s.sequence.frame, s.sequence.frame + 1, verified=False),))),
    Action("review.unseen", "Next unseen frame", "Go to the next frame that was not looked at or accepted yet.",
           Keys("Shift+W"), fixed_events(we.UnseenRequested())),
    Action("review.play", "Play unseen frames",
           "Show the frames not looked at yet, five a second; again: stop, a moment back.",
           Keys("Shift+Space"), fixed_events(e.UnseenPlayed()),
           ticked=lambda s: s.playback.playing and s.playback.unseen),
    Action("review.done", "Done", "Call the sequence done, once all frames were looked at or accepted.",
           Keys("Ctrl+Enter"), WHILE_OPEN),
    Action("review.reopen", "Not done after all", "Take back that the sequence is done.",
           Keys("Ctrl+Shift+Enter"), _reopen_sequence),
    *SIGN_OFF,
    *FINDINGS,
))  # fmt: skip
