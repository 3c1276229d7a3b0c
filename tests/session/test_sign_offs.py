"""A sequence that is signed off is locked, undo included, until it is reopened with a reason."""

from __future__ import annotations

import pytest

from app.domain.annotation import Object
from app.domain.history import CellChange, Edit
from app.domain.sign_off import SignOff
from app.domain.tier import Term, Tier
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events import worklist as we
from app.messages.events.sign_offs import SequenceSignedOff, SignOffWithdrawn
from tests.session.harness import SessionHarness, mask

SIGNED = SequenceSignedOff("Ada", 10.0)


@pytest.fixture
def signed(harness: SessionHarness) -> SessionHarness:
    """A sequence with a mask, an undone edit and a comment, which is signed off."""
    harness.annotate(1)
    harness.handle(ev.CommentAdded("good", 0, 1))
    harness.handle(ev.ObjectAdded(1))
    harness.handle(ev.Undone())
    harness.handle(SIGNED)
    return harness


def work(harness: SessionHarness) -> object:
    state = harness.state
    return dict(state.cells), state.labels, state.sequence.objects, state.sequence.comments


@pytest.mark.parametrize(
    "event",
    [
        *(
            ev.ClickAdded(0, 2, 2, True),
            ev.MaskSet(0, 1, mask(3)),
            ev.MaskDeleted(0, 1),
            ev.Undone(),
            ev.Redone(),
        ),
        *(ev.LabelAdded("x"), ev.LabelChanged(1, name="x"), ev.LabelDeleted(1), ev.LabelMoved(1, 1)),
        *(ev.LabelsReplaced(()), ev.ObjectAdded(1), ev.ObjectDeleted(1), ev.ObjectRelabelled(1, 2)),
        *(ev.ObjectDescribed(1, name="x"), ev.CommentAdded("x"), ev.CommentChanged(1, ""), ev.SeenVerified()),
        *(ev.FramesVerified(0, 1), ev.FramesVerified(0, 1, verified=False), ev.PropagationRequested()),
        *(ev.MasksImportRequested("/x.png"), ev.MasksImported((), ()), we.SequenceFinished(accept=True)),
        ev.TierAdded(Tier("phase", "phases", (Term("cut", ""),))),
        we.SequenceReopened(),
    ],
    ids=lambda event: type(event).__name__,
)
def test_nothing_changes_a_signed_sequence(signed: SessionHarness, event: ev.Event) -> None:
    before = work(signed)
    assert signed.handle(event) == []
    assert work(signed) == before
    assert "Signed off by Ada" in signed.toast


def test_no_edit_is_committed_to_a_signed_sequence_whatever_began_it(signed: SessionHarness) -> None:
    before = work(signed)
    edit = Edit(
        signed.state.next_edit, "Any", (CellChange(0, 1, None, None),), labels=(signed.state.labels, ())
    )
    assert signed.state.commit(edit) == []
    assert work(signed) == before


def test_a_signed_sequence_can_be_looked_at_and_exported(signed: SessionHarness) -> None:
    signed.handle(ev.FrameRequested(5))
    assert signed.state.sequence.frame == 5
    signed.handle(ev.ExportRequested(("png",), "/out"))
    assert signed.last(od.Export)


def test_signing_is_recorded_and_stops_the_propagation(harness: SessionHarness) -> None:
    harness.annotate(1)
    harness.handle(ev.PropagationRequested())
    job = harness.last(od.Propagate).job
    harness.handle(SIGNED)
    assert harness.last(od.CancelPropagation).job == job
    assert harness.last(od.RecordSignOffs).records == (SignOff("Ada", 10.0),)
    before = work(harness)
    harness.handle(ev.FramePropagated(job, 1, ((1, mask(2), 0.9, (0, 0)),), 1, 10))
    assert work(harness) == before


def test_what_is_not_a_mask_yet_is_finished_first(harness: SessionHarness) -> None:
    harness.click()
    harness.handle(SIGNED)
    assert harness.snapshot().sequence.signed_off is None
    assert "not finished yet" in harness.toast


def test_reopening_needs_a_name_and_a_reason_and_both_stay_known(signed: SessionHarness) -> None:
    for event in (SignOffWithdrawn("Bo", 20.0, "  "), SignOffWithdrawn("", 20.0, "why")):
        signed.handle(event)
        assert signed.snapshot().sequence.signed_off == SignOff("Ada", 10.0)
    signed.handle(SignOffWithdrawn("Bo", 20.0, " the rim is wrong "))
    assert signed.snapshot().sequence.sign_offs == (
        SignOff("Ada", 10.0),
        SignOff("Bo", 20.0, "the rim is wrong"),
    )
    signed.handle(ev.Redone())
    assert Object(2, 1) in signed.state.sequence.objects


def test_a_signed_sequence_opens_locked_and_takes_no_labels_of_another(harness: SessionHarness) -> None:
    records = harness.count(od.Record)
    harness.handle(ev.SequenceOpened(harness.info, sign_offs=(SignOff("Ada", 10.0),)))
    harness.handle(ev.ClickAdded(0, 2, 2, True))
    assert harness.state.pending is None
    assert harness.count(od.Record) == records
