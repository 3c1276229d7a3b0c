"""Which models are used for which sequences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.engine_choice import SITE_LEARNING, EngineChoice, ModelRow, Transfer, with_recent
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import SessionHarness

LIVER = EngineChoice("/m/liver.pdiparams", "/m/lits/static_fusion.pdiparams")
SCAN = SequenceInfo("scan", "/scan.nii", "volume", 5, 16, 12, None)
FILM = SequenceInfo("film", "/film.mp4", "video", 5, 16, 12, 25.0)


@pytest.fixture
def scanning(harness: SessionHarness) -> SessionHarness:
    """The liver model was chosen for scans while one was open."""
    harness.handle(ev.SequenceOpened(SCAN))
    harness.handle(ev.EngineChosen(LIVER.click, LIVER.propagation, "volume"))
    harness.handle(ev.EngineReady("liver", "CPU", LIVER, "volume"))
    return harness


def test_a_choice_holds_for_sequences_of_its_kind(scanning: SessionHarness) -> None:
    harness = scanning
    harness.handle(ev.EngineChosen("best", kind="video"))
    harness.handle(ev.EngineReady("default", "cpu", EngineChoice(), "video"))
    orders = harness.handle(ev.SequenceOpened(FILM))
    assert not [order for order in orders if isinstance(order, od.LoadEngine)]
    harness.handle(ev.SequenceOpened(SCAN))
    assert harness.last(od.LoadEngine) == od.LoadEngine(LIVER.click, LIVER.propagation)
    assert harness.loading.name == LIVER.click


def test_a_sequence_of_a_kind_without_a_choice_loads_nothing(scanning: SessionHarness) -> None:
    before = scanning.count(od.LoadEngine)
    scanning.handle(ev.SequenceOpened(FILM))
    assert scanning.count(od.LoadEngine) == before


def test_what_was_used_last_comes_first_and_ten_are_kept(scanning: SessionHarness) -> None:
    assert scanning.snapshot().models.recent == (LIVER.click, LIVER.propagation)
    many = tuple(f"/m/{number}.pdiparams" for number in range(12))
    assert with_recent(many, "best", "/m/3.pdiparams")[:2] == ("/m/3.pdiparams", "/m/0.pdiparams")
    assert len(with_recent(many, "/m/new.pdiparams")) == 10


def test_a_failure_says_why_and_leaves_the_one_in_use(scanning: SessionHarness) -> None:
    scanning.handle(ev.EngineChosen("/m/broken.pdiparams", kind="volume"))
    scanning.handle(ev.EngineFailed("/m/broken.pdiparams", "It is cut off."))
    snapshot = scanning.snapshot()
    assert snapshot.models.engine == "liver"
    assert snapshot.models.choice == LIVER
    assert snapshot.toasts[-1].text == "It is cut off."
    assert "/m/broken.pdiparams" not in snapshot.models.recent


def test_loading_can_be_given_up_without_a_word(scanning: SessionHarness) -> None:
    scanning.handle(ev.EngineChosen("/m/large.pdiparams"))
    scanning.handle(ev.EngineAdvanced("/m/large.pdiparams", "optimising", 0.4))
    assert scanning.loading.share == 0.4
    assert scanning.handle(ev.EngineCancelled()) == [od.CancelEngine()]
    toasts = scanning.snapshot().toasts
    scanning.handle(ev.EngineFailed("/m/large.pdiparams", ""))
    assert scanning.snapshot().models.loading is None
    assert scanning.snapshot().toasts == toasts


def test_models_for_a_kind_that_is_not_open_wait_until_one_is(scanning: SessionHarness) -> None:
    people = EngineChoice("/m/people.pdiparams", "best")
    before = scanning.count(od.LoadEngine)
    scanning.handle(ev.ModelsChosen(people, "video"))
    assert scanning.count(od.LoadEngine) == before
    scanning.handle(ev.SequenceOpened(FILM))
    assert scanning.last(od.LoadEngine) == od.LoadEngine(people.click, people.propagation)


def test_a_choice_that_cannot_be_loaded_is_not_asked_for_again(scanning: SessionHarness) -> None:
    gone = EngineChoice("/stick/gone.pdiparams", "best")
    scanning.handle(ev.ModelsChosen(gone, "video"))
    scanning.handle(ev.SequenceOpened(FILM))
    scanning.handle(ev.EngineFailed(gone.click, "It is gone."))
    before = scanning.count(od.LoadEngine)
    scanning.handle(ev.SequenceOpened(FILM))
    assert scanning.count(od.LoadEngine) == before


def test_a_model_that_was_waited_for_is_used_when_it_is_here(scanning: SessionHarness) -> None:
    row = ModelRow("people", "People", "portraits", "HRNet", "", "", packages=("click", "propagation"))
    scanning.handle(ev.ModelsListed((row,)))
    assert scanning.handle(ev.ModelDownloadRequested("people", "volume")) == [od.DownloadModel("people")]
    assert scanning.handle(ev.ModelDownloadRequested("people", "volume")) == []
    scanning.handle(ev.TransferAdvanced("people", "downloading", 5, 10))
    assert scanning.snapshot().models.transfers == (Transfer("people", "downloading", 5, 10),)
    scanning.handle(ev.TransferEnded("people", ("click", "propagation")))
    here = replace(row, click="/m/people.pdiparams", propagation="/m/p/static_fusion.pdiparams", packages=())
    orders = scanning.handle(ev.ModelsListed((here,)))
    assert od.LoadEngine(here.click, here.propagation, "volume") in orders
    assert scanning.handle(ev.ModelsListed((here,))) == []


def test_a_download_that_was_stopped_is_not_waited_for(scanning: SessionHarness) -> None:
    row = ModelRow("people", "People", "portraits", "HRNet", "/m/people.pdiparams", "best")
    scanning.handle(ev.ModelDownloadRequested("people", "volume"))
    assert scanning.handle(ev.TransferCancelled("people")) == [od.CancelTransfer("people")]
    scanning.handle(ev.TransferEnded("people"))
    assert scanning.handle(ev.ModelsListed((row,))) == []
    assert scanning.handle(ev.TransferCancelled("people")) == []


def test_choices_of_before_are_known_at_the_start(harness: SessionHarness) -> None:
    harness.handle(ev.EnginesRemembered((("volume", LIVER), ("video", EngineChoice())), (LIVER.click,)))
    assert dict(harness.snapshot().models.choices)["volume"] == LIVER
    harness.handle(ev.SequenceOpened(SCAN))
    assert harness.last(od.LoadEngine) == od.LoadEngine(LIVER.click, LIVER.propagation)
    assert harness.handle(ev.ModelsRequested()) == [od.ListModels((LIVER.click,))]


def test_progress_of_another_engine_is_not_shown(scanning: SessionHarness) -> None:
    scanning.handle(ev.EngineChosen("best"))
    scanning.handle(ev.EngineAdvanced("classic", "reading", 0.9))
    loading = scanning.snapshot().models.loading
    assert loading is not None and (loading.name, loading.share) == ("best", 0.0)


def test_an_import_of_models_says_what_is_here_and_what_is_not(harness: SessionHarness) -> None:
    assert harness.handle(ev.ModelsImportRequested("/stick")) == [od.ImportModels("/stick")]
    harness.handle(ev.TransferEnded("/stick", ("liver",), ("lung: no weights.",)))
    assert [toast.text for toast in harness.snapshot().toasts] == ["Now here: liver.", "lung: no weights."]
    harness.handle(ev.ModelsImportRequested("/empty"))
    harness.handle(ev.TransferEnded("/empty", error="There is no model."))
    assert harness.toast == "There is no model."
    assert harness.snapshot().models.transfers == ()


def test_a_model_whose_packages_are_not_all_here_is_still_waited_for(harness: SessionHarness) -> None:
    row = ModelRow("people", "People", "portraits", "HRNet", "/m/people.pdiparams", "", packages=("more",))
    harness.handle(ev.ModelDownloadRequested("people", "video"))
    assert harness.handle(ev.ModelsListed((row,))) == []
    here = replace(row, packages=())
    assert od.LoadEngine(here.click, "best", "video") in harness.handle(ev.ModelsListed((here,)))


def test_a_tuned_model_is_used_once_it_is_listed(harness: SessionHarness) -> None:
    harness.handle(ev.SequenceOpened(FILM))
    harness.handle(ev.SiteLearningRequested("video"))
    assert harness.last(od.LearnSite) is not None
    harness.handle(ev.TransferEnded(SITE_LEARNING, ("site-2026-11-29",)))
    row = ModelRow("site-2026-11-29", "This site", "", "", "/m/site-2026-11-29", "/m/site-2026-11-29")
    harness.handle(ev.ModelsListed((row,)))
    assert harness.last(od.LoadEngine) == od.LoadEngine(row.click, row.propagation, "video")


def test_tuning_begins_with_the_weights_in_use(harness: SessionHarness) -> None:
    harness.handle(ev.SequenceOpened(FILM))
    harness.handle(ev.EngineReady("free", "cpu", EngineChoice("free", "free"), "video"))
    harness.handle(ev.SiteLearningRequested("video"))
    assert harness.last(od.LearnSite) == od.LearnSite("free")


def test_weights_that_are_not_better_change_nothing(harness: SessionHarness) -> None:
    harness.handle(ev.SiteLearningRequested("video"))
    harness.handle(ev.TransferEnded(SITE_LEARNING))
    before = harness.count(od.LoadEngine)
    harness.handle(ev.ModelsListed((ModelRow("best", "Framewise", "", "", "best", "best"),)))
    assert harness.count(od.LoadEngine) == before
