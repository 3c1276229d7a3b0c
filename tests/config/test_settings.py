"""Settings that people can read, and that survive people."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trial
from hypothesis import strategies as st

from app.config.pin import check_pin, hash_pin
from app.config.settings import Settings, load, save, text_of
from app.domain.errors import UsageError, WorkspaceError

TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
SETTINGS = st.builds(
    Settings,
    workspace=TEXT,
    cache_megabytes=st.integers(32, 1 << 20),
    autosave_kinds=st.lists(TEXT, max_size=3).map(tuple),
    threshold=st.floats(0, 1),
    chords=st.dictionaries(TEXT, TEXT, max_size=3),
    prefetch=st.booleans(),
    unknown=st.dictionaries(st.just("of_the_future"), st.integers(0, 9) | TEXT | st.just({"a": 1})),
)


@trial(deadline=None)
@given(settings=SETTINGS)
def test_whatever_is_saved_is_loaded_again(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    path = tmp_path_factory.getbasetemp() / "settings.toml"
    save(settings, path)
    assert load(path) == (settings, ())


def test_every_key_has_a_comment_and_the_file_is_toml() -> None:
    text = text_of(Settings())
    tomllib.loads(text)
    lines = [line for line in text.splitlines() if line]
    assert all(
        lines[n - 1].startswith("#") for n, line in enumerate(lines) if " = " in line and line[0] != "#"
    )


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == (Settings(), ())


@pytest.mark.parametrize(
    "line", ['cache_megabytes = "much"', "cache_megabytes = 1", "chords = 3", "recent = [1]"]
)
def test_a_wrong_value_is_named_and_only_it_falls_back(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'operator = "Ada"\n{line}\n')
    settings, problems = load(path)
    assert settings == replace(Settings(), operator="Ada")
    assert len(problems) == 1 and line.split(" ")[0] in problems[0]


def test_a_file_that_is_no_toml_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("= = =")
    settings, problems = load(path)
    assert settings == Settings() and "settings.toml" in problems[0]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be saved"):
        save(Settings(), tmp_path / "file" / "settings.toml")


@pytest.mark.parametrize(
    "line",
    [
        'preset = "emacs"',
        'device = "tpu"',
        "threshold = nan",
        'exit_pin = "1234"',
        'worklist_order = "size"',
        'chords = { "frame.next" = 3 }',
        'operators = "Ana"',
        "kiosk = 1",
    ],
)
def test_a_value_that_is_none_of_the_choices_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(line)
    settings, problems = load(path)
    assert settings == Settings()
    assert len(problems) == 1 and line.split(" ")[0] in problems[0]


def test_a_slip_of_the_pen_is_kept_when_the_program_saves(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("threshold = 0,4")
    save(Settings(), path)
    assert load(path) == (Settings(), ())
    assert (tmp_path / "settings.toml.unreadable").read_text() == "threshold = 0,4"


def test_changes_are_checked_by_name() -> None:
    changed = Settings().replace(opacity=1, operators=("Ana", "Bo"), chords={"frame.next": "Right"})
    assert (changed.opacity, changed.operators) == (1, ("Ana", "Bo"))
    with pytest.raises(UsageError, match="opacity"):
        Settings().replace(opacity=2.0)
    with pytest.raises(UsageError, match="opasity"):
        Settings().replace(opasity=0.5)


def test_a_path_that_is_not_unicode_does_not_keep_the_rest_from_being_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(Settings(recent=("/drop/m\udcfcller.mp4", "/drop/clip.mp4"), drop_folder="/dr\udcfcp"), path)
    settings, problems = load(path)
    assert (settings.recent, settings.drop_folder, problems) == (("/drop/clip.mp4",), "/dr?p", ())


def test_nesting_without_end_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("x = " + "[" * 100_000)
    assert load(path)[0] == Settings() and load(path)[1]


def test_engines_may_differ_by_kind() -> None:
    settings = Settings(engine="best", engines={"volume": "classic"})
    assert (settings.engine_for("volume"), settings.engine_for("video")) == ("classic", "best")


def test_a_pin_opens_only_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(Settings().replace(exit_pin=hash_pin("2468")), path)
    stored = load(path)[0].exit_pin
    assert "2468" not in path.read_text()
    assert check_pin("2468", stored) and not check_pin("2469", stored) and not check_pin("", stored)
    assert hash_pin("2468") != stored
    assert check_pin("anything", "")
    assert not check_pin("2468", "scrypt$999999999$8$1$00$00")
