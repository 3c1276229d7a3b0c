"""Which models are used for which sequences."""

from __future__ import annotations

import pytest

from app import events as ev
from app import orders as od
from app.annotation import SequenceInfo
from app.engines import EngineChoice, with_recent

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
    assert desk.session.snapshot().engine_loading.name == LIVER.click


def test_a_sequence_of_a_kind_without_a_choice_loads_nothing(scanning):
    before = scanning.count(od.LoadEngine)
    scanning.say(ev.SequenceOpened(FILM))
    assert scanning.count(od.LoadEngine) == before


def test_what_was_used_last_comes_first_and_ten_are_kept(scanning):
    assert scanning.session.snapshot().recent_models == (LIVER.click, LIVER.propagation)
    many = tuple(f"/m/{number}.pdiparams" for number in range(12))
    assert with_recent(many, "best", "/m/3.pdiparams")[:2] == ("/m/3.pdiparams", "/m/0.pdiparams")
    assert len(with_recent(many, "/m/new.pdiparams")) == 10


def test_a_failure_says_why_and_leaves_the_one_in_use(scanning):
    scanning.say(ev.EngineChosen("/m/broken.pdiparams", kind="volume"))
    scanning.say(ev.EngineFailed("/m/broken.pdiparams", "It is cut off."))
    snapshot = scanning.session.snapshot()
    assert snapshot.engine == "liver"
    assert snapshot.choice == LIVER
    assert snapshot.toasts[-1].text == "It is cut off."
    assert "/m/broken.pdiparams" not in snapshot.recent_models


def test_loading_can_be_given_up_without_a_word(scanning):
    scanning.say(ev.EngineChosen("/m/large.pdiparams"))
    scanning.say(ev.EngineAdvanced("/m/large.pdiparams", "optimising", 0.4))
    assert scanning.session.snapshot().engine_loading.share == 0.4
    assert scanning.say(ev.EngineCancelled()) == [od.CancelEngine()]
    toasts = scanning.session.snapshot().toasts
    scanning.say(ev.EngineFailed("/m/large.pdiparams", ""))
    assert scanning.session.snapshot().engine_loading is None
    assert scanning.session.snapshot().toasts == toasts
