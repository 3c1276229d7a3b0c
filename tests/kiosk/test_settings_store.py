"""What is chosen on the screen lies in the settings file at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.config.settings import Settings, load
from app.domain.engine_choice import EngineChoice
from app.kiosk.settings_store import SettingsStore
from app.messages.snapshot import Snapshot, View


@pytest.fixture
def book(tmp_path: Path) -> SettingsStore:
    return SettingsStore(Settings(), tmp_path / "settings.toml")


def on_disk(book: SettingsStore) -> Settings:
    settings, problems = load(book._path)
    assert problems == ()
    return settings


def test_keys_and_recent_sequences_are_there_again(book: SettingsStore) -> None:
    chosen = replace(book.preferences(), preset="cvat", chords={"play.toggle": "F9"}).with_recent(
        Path("/a.mp4")
    )
    book.keep(chosen.with_operator("Ada"))
    again = SettingsStore(on_disk(book), book._path).preferences()
    assert (again.preset, dict(again.chords), again.recent) == (
        "cvat",
        {"play.toggle": "F9"},
        (Path("/a.mp4"),),
    )
    assert again.operators == ("Ada",)


def test_models_are_remembered_for_each_kind_of_sequences(book: SettingsStore) -> None:
    liver = EngineChoice("/m/liver.pdiparams", "/m/lits/static_fusion.pdiparams")
    best = EngineChoice("best", "best")
    chosen = replace(
        book.preferences(), models=("/m/liver.pdiparams",), choices=(("volume", liver),), kind="volume"
    )
    book.keep(chosen)
    again = SettingsStore(on_disk(book), book._path).preferences()
    assert again.choices == (("video", best), ("volume", liver))
    assert (again.models, again.kind) == (("/m/liver.pdiparams",), "volume")
    assert on_disk(book).engines == {"volume": liver.click}


def test_the_newest_comes_first_and_once(book: SettingsStore) -> None:
    chosen = book.preferences()
    for name in ("a", "b", "a", *(f"x{n}" for n in range(20)), "b"):
        chosen = chosen.with_recent(Path(name))
    assert chosen.recent[0] == Path("b")
    assert len(chosen.recent) == 15
    assert len(set(chosen.recent)) == 15


def test_sliders_and_the_operator_are_remembered(book: SettingsStore) -> None:
    book.remember(
        Snapshot(view=View(threshold=0.3, opacity=0.9, click_radius=7, prefetch=False), operator="Bo")
    )
    view = SettingsStore(on_disk(book), book._path).view()
    assert (view.threshold, view.opacity, view.click_radius, view.prefetch) == (0.3, 0.9, 7, False)
    assert on_disk(book).operator == "Bo"


def test_a_value_out_of_bounds_is_refused_by_name_and_nothing_changes(book: SettingsStore) -> None:
    assert "click_radius" in book.change("click_radius", 99)
    assert book.change("click_radius", 9) == ""
    assert on_disk(book).click_radius == 9


def test_what_another_hand_wrote_meanwhile_is_kept(book: SettingsStore) -> None:
    book.change("threads", 3)
    text = book._path.read_text(encoding="utf-8").replace("ui_scale = 1.0", "ui_scale = 1.5")
    book._path.write_text(text, encoding="utf-8")
    book.change("fullscreen", value=True)
    assert (on_disk(book).threads, on_disk(book).ui_scale, on_disk(book).fullscreen) == (3, 1.5, True)


def test_the_list_of_settings_hides_the_pin(book: SettingsStore) -> None:
    names = {option.name for option in book.options()}
    assert {"drop_folder", "cache_megabytes", "kiosk", "ui_scale"} <= names
    assert "exit_pin" not in names


def test_a_file_that_cannot_be_written_is_complained_of_and_the_choice_counts(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    book = SettingsStore(Settings(), tmp_path / "taken" / "settings.toml")
    heard: list[str] = []
    book.complain = heard.append
    book.keep(replace(book.preferences(), preset="cvat"))
    assert book.settings.preset == "cvat"
    assert len(heard) == 1
    assert "settings.toml" in heard[0]
