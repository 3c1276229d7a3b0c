"""Pictures with text or faces are exported only after a question, and who answered is noted."""

from __future__ import annotations

import pytest

from app.domain.finding import Finding, PictureDecision
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events.pictures import (
    FindingsCalledHarmless,
    FindingsFound,
    PicturesRefused,
    PicturesReleased,
)
from app.messages.picture_orders import RecordPictureDecisions
from tests.session.harness import SessionHarness

REQUEST = ev.ExportRequested(("overlay",), "/out")


def test_a_refused_export_asks_and_the_answer_exports_again(harness: SessionHarness) -> None:
    [begun] = harness.handle(REQUEST)
    assert isinstance(begun, od.Export) and begun.pictures == "refuse"
    refused = PicturesRefused(begun.job, REQUEST, (1, 2), ("face", "text"))
    assert harness.handle(refused) == []
    assert harness.state.tasks.export is None and harness.state.tasks.picture_choice == refused
    assert refused.title == "2 frames show faces and text"
    [again] = harness.handle(ev.ExportRequested(("overlay",), "/out", pictures="mask"))
    assert isinstance(again, od.Export) and again.pictures == "mask"
    assert harness.state.tasks.picture_choice is None


def test_nobody_lets_pictures_out_without_a_name(harness: SessionHarness) -> None:
    allow = ev.ExportRequested(("overlay",), "/out", pictures="allow")
    assert harness.handle(allow) == []
    assert "Say who works" in harness.toast
    harness.handle(ev.OperatorChosen("Ada"))
    assert len(harness.handle(allow)) == 1


def test_who_let_pictures_out_is_noted_and_undo_keeps_it(harness: SessionHarness) -> None:
    harness.handle(ev.OperatorChosen("Ada"))
    orders = harness.handle(PicturesReleased("allow", 12, 5.0))
    noted = (PictureDecision("Ada", 5.0, "allow", 12),)
    assert orders == [RecordPictureDecisions(noted)]
    harness.handle(ev.Undone())
    assert harness.state.sequence.picture_decisions == noted


BOX, FAR = Finding(10, 10, 40, 12), Finding(10, 90, 40, 12)


@pytest.fixture
def found(harness: SessionHarness) -> SessionHarness:
    """A sequence of which three frames were looked at; two are flagged."""
    path = harness.state.sequence.info.path
    harness.handle(FindingsFound(path, ((3, (BOX, FAR)), (1, (BOX,)), (2, ()))))
    harness.handle(FindingsFound("/another.mp4", ((0, (BOX,)),)))
    return harness


def test_flagged_frames_are_those_of_the_open_sequence_in_order(found: SessionHarness) -> None:
    assert list(found.state.sequence.findings.items()) == [(1, (BOX,)), (3, (BOX, FAR))]


def test_what_is_called_harmless_is_so_on_every_frame_and_under_a_name(found: SessionHarness) -> None:
    assert found.handle(FindingsCalledHarmless(1, 2.0)) == []
    assert "Say who works" in found.toast
    found.handle(ev.OperatorChosen("Ada"))
    noted = (PictureDecision("Ada", 2.0, "harmless", 0, (BOX,)),)
    assert found.handle(FindingsCalledHarmless(1, 2.0)) == [RecordPictureDecisions(noted)]
    assert found.state.sequence.findings == {3: (FAR,)}
    found.handle(FindingsFound(found.state.sequence.info.path, ((4, (BOX,)),)))
    assert list(found.state.sequence.findings) == [3]
