"""What is chosen on the screen is in the settings file at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.config.settings import Settings
from app.config.settings_file import load_settings
from app.domain.engine_choice import EngineChoice
from app.kiosk.settings_store import SettingsStore
from app.messages.snapshot import Snapshot, View


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(Settings(), tmp_path / "settings.toml")


def on_disk(store: SettingsStore) -> Settings:
    settings, problems = load_settings(store.path)
    assert problems == ()
    return settings


def test_keys_and_recent_sequences_are_there_again(store: SettingsStore) -> None:
    chosen = replace(store.preferences(), preset="cvat", chords={"play.toggle": "F9"}).with_recent(
        Path("/a.mp4")
    )
    store.save_preferences(chosen.with_operator("Ada"))
    again = SettingsStore(on_disk(store), store.path).preferences()
    assert (again.preset, dict(again.chords), again.recent) == (
        "cvat",
        {"play.toggle": "F9"},
        (Path("/a.mp4"),),
    )
    assert again.operators == ("Ada",)


def test_models_are_remembered_for_each_kind_of_sequences(store: SettingsStore) -> None:
    liver = EngineChoice("/m/liver.pdiparams", "/m/lits/static_fusion.pdiparams")
    best = EngineChoice("best", "best")
    chosen = replace(
        store.preferences(), models=("/m/liver.pdiparams",), choices=(("volume", liver),), kind="volume"
    )
    store.save_preferences(chosen)
    again = SettingsStore(on_disk(store), store.path).preferences()
    assert again.choices == (("video", best), ("volume", liver))
    assert (again.models, again.kind) == (("/m/liver.pdiparams",), "volume")
    assert on_disk(store).engines == {"volume": liver.click}


def test_the_newest_comes_first_and_once(store: SettingsStore) -> None:
    chosen = store.preferences()
    for name in ("a", "b", "a", *(f"x{n}" for n in range(20)), "b"):
        chosen = chosen.with_recent(Path(name))
    assert chosen.recent[0] == Path("b")
    assert len(chosen.recent) == 15
    assert len(set(chosen.recent)) == 15


def test_sliders_and_the_operator_are_remembered(store: SettingsStore) -> None:
    store.save_view(
        Snapshot(view=View(threshold=0.3, opacity=0.9, click_radius=7, prefetch=False), operator="Bo")
    )
    view = SettingsStore(on_disk(store), store.path).view_events()[0]
    assert (view.threshold, view.opacity, view.click_radius, view.prefetch) == (0.3, 0.9, 7, False)
    assert on_disk(store).operator == "Bo"


def test_a_value_out_of_bounds_is_refused_by_name_and_nothing_changes(store: SettingsStore) -> None:
    assert "click_radius" in store.change_setting("click_radius", 99)
    assert store.change_setting("click_radius", 9) == ""
    assert on_disk(store).click_radius == 9


def test_what_another_hand_wrote_meanwhile_is_kept(store: SettingsStore) -> None:
    store.change_setting("threads", 3)
    text = store.path.read_text(encoding="utf-8").replace("ui_scale = 1.0", "ui_scale = 1.5")
    store.path.write_text(text, encoding="utf-8")
    store.change_setting("fullscreen", value=True)
    assert (on_disk(store).threads, on_disk(store).ui_scale, on_disk(store).fullscreen) == (3, 1.5, True)


def test_the_list_of_settings_hides_the_pin(store: SettingsStore) -> None:
    names = {option.name for option in store.rows()}
    assert {"drop_folder", "cache_megabytes", "kiosk", "ui_scale"} <= names
    assert "exit_pin" not in names


def test_a_file_that_cannot_be_written_is_complained_of_and_the_choice_counts(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    store = SettingsStore(Settings(), tmp_path / "taken" / "settings.toml")
    heard: list[str] = []
    store.on_failure = heard.append
    store.save_preferences(replace(store.preferences(), preset="cvat"))
    assert store.settings.preset == "cvat"
    assert len(heard) == 1
    assert "settings.toml" in heard[0]


def test_a_locked_kiosk_leaves_a_file_that_it_cannot_read_to_be_mended(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("threads = = 3")
    settings, problems = load_settings(path)
    assert settings.kiosk and problems
    store = SettingsStore(settings, path)
    store.save_preferences(replace(store.preferences(), preset="cvat"))
    store.save_view(Snapshot(operator="Ada"))
    assert store.settings.preset == "cvat"
    assert path.read_text() == "threads = = 3" and list(tmp_path.iterdir()) == [path]
    path.write_text("threads = 3")
    assert load_settings(path) == (Settings(threads=3), ())
