"""Pictures with text or faces are exported only after a question, and who answered is noted."""

from __future__ import annotations

from app.domain.finding import PictureDecision
from app.messages import events as ev
from app.messages import orders as od
from app.messages.events.pictures import PictureChoiceDismissed, PicturesRefused, PicturesReleased
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


def test_the_question_can_be_left(harness: SessionHarness) -> None:
    [begun] = harness.handle(REQUEST)
    assert isinstance(begun, od.Export)
    harness.handle(PicturesRefused(begun.job, REQUEST, (1,), ("text",)))
    assert harness.handle(PictureChoiceDismissed()) == []
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
