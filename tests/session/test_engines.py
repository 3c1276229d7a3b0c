"""Which models are used for which sequences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.engine_choice import EngineChoice, ModelRow, Transfer, with_recent
from app.messages import events as ev
from app.messages import orders as od

LIVER = EngineChoice("/m/liver.pdiparams", "/m/lits/static_fusion.pdiparams")
SCAN = SequenceInfo("scan", "/scan.nii", "volume", 5, 16, 12, None)
FILM = SequenceInfo("film", "/film.mp4", "video", 5, 16, 12, 25.0)


@pytest.fixture
def scanning(desk):
    """The liver model was chosen for scans while one was open."""
    desk.say(ev.SequenceOpened(SCAN))
    desk.say(ev.EngineChosen(LIVER.click, LIVER.propagation, "volume"))
    desk.say(ev.EngineReady("liver", "CPU", LIVER, "volume"))
    return desk


def test_a_choice_holds_for_sequences_of_its_kind(scanning):
    desk = scanning
    desk.say(ev.EngineChosen("best", kind="video"))
    desk.say(ev.EngineReady("default", "cpu", EngineChoice(), "video"))
    orders = desk.say(ev.SequenceOpened(FILM))
    assert not [order for order in orders if isinstance(order, od.LoadEngine)]
    desk.say(ev.SequenceOpened(SCAN))
    assert desk.last(od.LoadEngine) == od.LoadEngine(LIVER.click, LIVER.propagation)
    assert desk.session.snapshot().models.loading.name == LIVER.click


def test_a_new_engine_looks_at_the_frame_on_the_screen(desk):
    desk.say(ev.FrameRequested(7))
    assert od.ShowFrame(7) in desk.say(ev.EngineReady("liver", "CPU", LIVER, "video"))


def test_a_sequence_of_a_kind_without_a_choice_loads_nothing(scanning):
    before = scanning.count(od.LoadEngine)
    scanning.say(ev.SequenceOpened(FILM))
    assert scanning.count(od.LoadEngine) == before


def test_what_was_used_last_comes_first_and_ten_are_kept(scanning):
    assert scanning.session.snapshot().models.recent == (LIVER.click, LIVER.propagation)
    many = tuple(f"/m/{number}.pdiparams" for number in range(12))
    assert with_recent(many, "best", "/m/3.pdiparams")[:2] == ("/m/3.pdiparams", "/m/0.pdiparams")
    assert len(with_recent(many, "/m/new.pdiparams")) == 10


def test_a_failure_says_why_and_leaves_the_one_in_use(scanning):
    scanning.say(ev.EngineChosen("/m/broken.pdiparams", kind="volume"))
    scanning.say(ev.EngineFailed("/m/broken.pdiparams", "It is cut off."))
    snapshot = scanning.session.snapshot()
    assert snapshot.models.engine == "liver"
    assert snapshot.models.choice == LIVER
    assert snapshot.toasts[-1].text == "It is cut off."
    assert "/m/broken.pdiparams" not in snapshot.models.recent


def test_loading_can_be_given_up_without_a_word(scanning):
    scanning.say(ev.EngineChosen("/m/large.pdiparams"))
    scanning.say(ev.EngineAdvanced("/m/large.pdiparams", "optimising", 0.4))
    assert scanning.session.snapshot().models.loading.share == 0.4
    assert scanning.say(ev.EngineCancelled()) == [od.CancelEngine()]
    toasts = scanning.session.snapshot().toasts
    scanning.say(ev.EngineFailed("/m/large.pdiparams", ""))
    assert scanning.session.snapshot().models.loading is None
    assert scanning.session.snapshot().toasts == toasts


def test_models_for_a_kind_that_is_not_open_wait_until_one_is(scanning):
    people = EngineChoice("/m/people.pdiparams", "best")
    before = scanning.count(od.LoadEngine)
    scanning.say(ev.ModelsChosen(people, "video"))
    assert scanning.count(od.LoadEngine) == before
    scanning.say(ev.SequenceOpened(FILM))
    assert scanning.last(od.LoadEngine) == od.LoadEngine(people.click, people.propagation)


def test_a_choice_that_cannot_be_loaded_is_not_asked_for_again(scanning):
    gone = EngineChoice("/stick/gone.pdiparams", "best")
    scanning.say(ev.ModelsChosen(gone, "video"))
    scanning.say(ev.SequenceOpened(FILM))
    scanning.say(ev.EngineFailed(gone.click, "It is gone."))
    before = scanning.count(od.LoadEngine)
    scanning.say(ev.SequenceOpened(FILM))
    assert scanning.count(od.LoadEngine) == before


def test_a_model_that_was_waited_for_is_used_when_it_is_here(scanning):
    row = ModelRow("people", "People", "portraits", "HRNet", "", "", packages=("click", "propagation"))
    scanning.say(ev.ModelsListed((row,)))
    assert scanning.say(ev.ModelDownloadRequested("people", "volume")) == [od.DownloadModel("people")]
    assert scanning.say(ev.ModelDownloadRequested("people", "volume")) == []
    scanning.say(ev.TransferAdvanced("people", "downloading", 5, 10))
    assert scanning.session.snapshot().models.transfers == (Transfer("people", "downloading", 5, 10),)
    scanning.say(ev.TransferEnded("people", ("click", "propagation")))
    here = replace(row, click="/m/people.pdiparams", propagation="/m/p/static_fusion.pdiparams", packages=())
    orders = scanning.say(ev.ModelsListed((here,)))
    assert od.LoadEngine(here.click, here.propagation, "volume") in orders
    assert scanning.say(ev.ModelsListed((here,))) == []


def test_a_download_that_was_stopped_is_not_waited_for(scanning):
    row = ModelRow("people", "People", "portraits", "HRNet", "/m/people.pdiparams", "best")
    scanning.say(ev.ModelDownloadRequested("people", "volume"))
    assert scanning.say(ev.TransferCancelled("people")) == [od.CancelTransfer("people")]
    scanning.say(ev.TransferEnded("people"))
    assert scanning.say(ev.ModelsListed((row,))) == []
    assert scanning.say(ev.TransferCancelled("people")) == []
