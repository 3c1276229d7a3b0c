"""The window for models: downloads, imports, choices for kinds of sequences."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config.settings_file import load_settings
from app.domain.engine_choice import EngineChoice
from app.models.default.shipped_graphs import SHIPPED
from app.models.default.tuning.tuned_model import store_site_model
from app.models.library.site_model import FIRST_CLICK, SiteRecord, TuningBase
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.models_dialog import ModelsDialog
from tests.gui.pilot import Pilot
from tests.gui.shop import Shop, make_model, pack

NAME = "static_hrnet18s_ocr48_cocolvis"


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a click model in it."""
    folder = tmp_path_factory.mktemp("stick") / "mine"
    make_model(folder / "own_model")
    return folder


@pytest.fixture(scope="module")
def shop(stick: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    pack(stick / "own_model", folder / f"{NAME}.zip")
    with Shop(folder) as shop:
        thread = threading.Thread(target=shop.serve_forever)
        thread.start()
        yield shop
        shop.gate.set()
        shop.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def models_source(shop: Shop) -> str:
    return shop.url


def window(pilot: Pilot) -> ModelsDialog:
    current = pilot.bench.dialogs.current
    assert isinstance(current, ModelsDialog)
    return current


def wait_for_folder(pilot: Pilot, folder: Path) -> None:
    browser = pilot.dialog(FileBrowser)
    pilot.until(lambda: browser.folder == folder, f"for {folder}")
    pilot.frames(10)


def choose(pilot: Pilot, name: str) -> None:
    """Go to a row with the arrow keys."""
    pilot.key("Home")
    for _ in range(30):
        row = window(pilot).row
        if row is not None and row.name == name:
            return
        pilot.key("Down")
    raise AssertionError(f"there is no row {name}")


def test_the_window_lists_the_catalogue(pilot: Pilot) -> None:
    pilot.key("ctrl+m")
    pilot.dialog(ModelsDialog)
    pilot.until(lambda: len(pilot.snapshot.models.rows) == 10, "for the list")
    pilot.frames(10)
    pilot.shot("models")
    chosen = window(pilot).row
    assert chosen is not None
    assert chosen.name == "classic"


def test_a_download_is_stopped_and_goes_on(pilot: Pilot, shop: Shop) -> None:
    choose(pilot, "general-light")
    pilot.key("Return")
    pilot.until(lambda: any(item.done > 1_000_000 for item in pilot.snapshot.models.transfers), "for bytes")
    pilot.frames(4)
    pilot.shot("models-downloading")
    pilot.key("x")
    pilot.until(lambda: not pilot.snapshot.models.transfers, "for the end")
    shop.gate.set()
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.models.transfers)
    pilot.until(lambda: not pilot.snapshot.models.transfers, "for the file")
    assert shop.ranges[0] == ""
    assert int(shop.ranges[-1].removeprefix("bytes=").removesuffix("-")) > 1_000_000
    pilot.until(lambda: "404" in pilot.snapshot.toasts[-1].text, "for what the server lacks")
    pilot.frames(6)
    pilot.shot("models-error")
    row = next(row for row in pilot.snapshot.models.rows if row.name == "general-light")
    assert row.is_ready
    assert row.packages == ("static_propagation",)


def test_a_model_is_used_and_kept_for_the_next_start(pilot: Pilot, settings_path: Path) -> None:
    choose(pilot, "general-light")
    pilot.key("Return")
    pilot.until(lambda: (load := pilot.snapshot.models.loading) and load.share > 0, "for progress")
    pilot.shot("models-loading")
    pilot.until(lambda: pilot.snapshot.models.loading is None, "for the engine")
    pilot.frames(6)
    pilot.shot("models-used")
    assert pilot.snapshot.models.choice.click.endswith(f"{NAME}/own_model.pdiparams")
    kept, _ = load_settings(settings_path)
    assert dict(kept.choices)["video"] == pilot.snapshot.models.choice
    assert kept.models[0] == pilot.snapshot.models.choice.click


def test_models_for_scans_are_chosen_beside(pilot: Pilot, opened: Pilot) -> None:
    pilot.key("ctrl+m")
    choose(pilot, "classic")
    in_use = pilot.snapshot.models.choice
    pilot.key("Tab", "Return")
    pilot.until(
        lambda: dict(pilot.snapshot.models.choices).get("volume") == EngineChoice("classic", "classic")
    )
    assert pilot.snapshot.models.choice == in_use
    pilot.frames(4)
    pilot.shot("models-scans")


def test_a_stick_is_imported(pilot: Pilot, stick: Path) -> None:
    pilot.key("i")
    pilot.frames(6)
    pilot.write(f"{stick.parent}/")
    wait_for_folder(pilot, stick.parent)
    pilot.shot("models-import")
    pilot.key("ctrl+Return")
    pilot.until(lambda: any(row.name == "own_model" for row in pilot.snapshot.models.rows), "for the import")
    pilot.frames(6)
    pilot.shot("models-imported")


def use_tuned(pilot: Pilot, made: str, base: TuningBase) -> None:
    """Store a model that was tuned on a day, and use it from the list."""
    own = next(row for row in pilot.snapshot.models.rows if row.name == "own_model")
    record = SiteRecord(made, 6, 180, 40, {FIRST_CLICK: (0.52, 0.71)}, base)
    store_site_model(Path(own.click).parents[1], SHIPPED[base], record)
    pilot.key("Escape", "ctrl+m")
    name = f"site-{made}"
    pilot.until(lambda: any(row.name == name for row in pilot.snapshot.models.rows), "for the list")
    choose(pilot, name)
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.models.choice.click.endswith(name), "for the engine")


def test_too_little_to_learn_from_is_said_and_a_tuned_model_is_used_and_left_again(pilot: Pilot) -> None:
    pilot.key("l")
    pilot.until(
        lambda: any("too few to learn" in toast.text for toast in pilot.snapshot.toasts), "for the reason"
    )
    assert not pilot.snapshot.models.transfers
    use_tuned(pilot, "2026-11-29", "default")
    assert pilot.snapshot.models.choice.propagation == pilot.snapshot.models.choice.click
    pilot.frames(6)
    pilot.shot("models-tuned")
    pilot.key("b")
    pilot.until(lambda: pilot.snapshot.models.choice == EngineChoice(), "for the model that ships")


def test_weights_for_commercial_use_are_told_and_come_back_from_what_was_tuned_from_them(
    pilot: Pilot,
) -> None:
    use_tuned(pilot, "2026-11-30", "free")
    pilot.key("b")
    pilot.until(lambda: pilot.snapshot.models.choice == EngineChoice("free", "free"), "for the free weights")
    choose(pilot, "free")
    pilot.frames(6)
    pilot.shot("models-free")
    choose(pilot, "best")
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.models.choice == EngineChoice(), "for the model that ships")


def test_a_damaged_file_is_refused_and_the_one_in_use_stays(pilot: Pilot, stick: Path) -> None:
    in_use = pilot.snapshot.models.choice
    file = stick / "own_model.pdiparams"
    file.write_bytes(file.read_bytes()[:100_000])
    pilot.key("o")
    pilot.frames(6)
    pilot.write(f"{stick}/")
    wait_for_folder(pilot, stick)
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.models.loading is not None)
    pilot.until(lambda: pilot.snapshot.models.loading is None, "for the refusal")
    assert "own_model.pdiparams" in pilot.snapshot.toasts[-1].text
    assert pilot.snapshot.models.choice == in_use
    pilot.frames(6)
    pilot.shot("models-refused")
