"""What holds after any story whatsoever."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.annotation import SequenceInfo, Status
from app.messages import events as ev
from app.messages import orders as od
from app.session.state import State
from tests.session.harness import FRAMES, HEIGHT, WIDTH, SessionHarness, mask

FRAME = st.integers(0, FRAMES - 1)
SEED = st.integers(0, 5)
OBJECT = st.integers(1, 4)
LABEL = st.integers(1, 4)


def substance(state: State) -> object:
    """What an annotator would call the work."""
    return dict(state.cells), state.labels, state.sequence.objects


class Story(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.harness = SessionHarness()
        info = SequenceInfo("clip", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)
        self.harness.handle(ev.SequenceOpened(info))
        self.start = substance(self.harness.state)

    @rule(frame=FRAME)
    def go(self, frame: int) -> None:
        self.harness.handle(ev.FrameRequested(frame))

    @rule(x=st.floats(-3, WIDTH + 3), y=st.floats(-3, HEIGHT + 3), positive=st.booleans())
    def click(self, x: float, y: float, positive: bool) -> None:
        self.harness.handle(ev.ClickAdded(self.harness.state.sequence.frame, x, y, positive))

    @precondition(lambda self: self.harness.count(od.Segment) > 0)
    @rule(seed=SEED, late=st.booleans())
    def answer(self, seed: int, late: bool) -> None:
        self.harness.handle(ev.PendingSegmented(self.harness.last(od.Segment).job - late, mask(seed)))

    @rule(label=st.none() | LABEL)
    def finish(self, label: int | None) -> None:
        self.harness.handle(ev.MaskFinished(label))

    @rule(event=st.sampled_from([ev.Undone(), ev.Redone(), ev.ClicksCleared(), ev.PropagationCancelled()]))
    def take_back(self, event: ev.Event) -> None:
        self.harness.handle(event)

    @rule(
        event=st.builds(ev.LabelAdded, st.just("name"), st.integers(0, 4))
        | st.builds(ev.LabelDeleted, LABEL)
        | st.builds(ev.LabelMoved, LABEL, st.integers(0, 4))
        | st.builds(ev.LabelChosen, LABEL)
        | st.builds(ev.ObjectAdded, st.none() | LABEL)
        | st.builds(ev.ObjectChosen, st.none() | OBJECT)
        | st.builds(ev.ObjectDeleted, OBJECT)
        | st.builds(ev.ObjectRelabelled, OBJECT, LABEL)
        | st.builds(ev.MaskDeleted, FRAME, OBJECT)
    )
    def manage(self, event: ev.Event) -> None:
        self.harness.handle(event)

    @precondition(lambda self: bool(self.harness.state.sequence.objects))
    @rule(frame=FRAME, seed=SEED, data=st.data())
    def set_mask(self, frame: int, seed: int, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.harness.state.sequence.objects))
        self.harness.handle(ev.MaskSet(frame, item.object_id, mask(seed)))

    @rule(start=FRAME, length=st.integers(0, 9), verified=st.booleans())
    def verify(self, start: int, length: int, verified: bool) -> None:
        self.harness.handle(ev.FramesVerified(start, start + length, verified=verified))

    @rule(direction=st.sampled_from(["forward", "backward", "both"]), force=st.booleans())
    def propagate(self, direction: ev.PropagationDirection, force: bool) -> None:
        self.harness.handle(ev.PropagationRequested(direction=direction, force=force))

    @precondition(lambda self: self.harness.count(od.Propagate) > 0)
    @rule(frame=FRAME, seed=SEED, score=st.floats(0, 1), late=st.booleans(), data=st.data())
    def result(self, frame: int, seed: int, score: float, late: bool, data: st.DataObject) -> None:
        order = self.harness.last(od.Propagate)
        span = data.draw(st.sampled_from([span for run in order.passes for span in run.spans]))
        before = self.harness.state.annotation(frame, span.object_id)
        results = ((span.object_id, mask(seed), score, (span.near, 0)),)
        self.harness.handle(ev.FramePropagated(order.job - late, frame, results, 1, 10))
        if before is not None and before.status.is_locked:
            assert self.harness.state.annotation(frame, span.object_id) == before

    @invariant()
    def the_parts_agree(self) -> None:
        state = self.harness.state
        known = {item.object_id for item in state.sequence.objects}
        assert {object_id for _, object_id in state.cells} <= known
        for object_id, frames in state.references.items():
            marked = [
                frame for (frame, key), cell in state.cells.items() if key == object_id and cell.reference
            ]
            assert frames == sorted(marked)
        for track in self.harness.snapshot().tracks:
            for frame in range(FRAMES):
                cell = state.annotation(frame, track.object_id)
                assert track.statuses[frame] == (cell.status if cell is not None else Status.EMPTY)

    @invariant()
    def labels_are_unique_and_objects_have_one(self) -> None:
        state = self.harness.state
        values = [label.value for label in state.labels]
        assert len(set(values)) == len(values)
        assert {item.label for item in state.sequence.objects} <= set(values)

    def teardown(self) -> None:
        """Undo everything, then redo everything."""
        if not hasattr(self, "harness"):
            return
        self.harness.handle(ev.ClicksCleared())
        while self.harness.state.history.undone:
            self.harness.handle(ev.Redone())
        end = substance(self.harness.state)
        while self.harness.state.history.done:
            self.harness.handle(ev.Undone())
        assert substance(self.harness.state) == self.start
        while self.harness.state.history.undone:
            self.harness.handle(ev.Redone())
        assert substance(self.harness.state) == end


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=60, stateful_step_count=40)
