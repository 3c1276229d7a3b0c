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
from app.config.settings import Settings
from app.config.settings_file import load_settings, save_copy, save_settings, settings_text
from app.domain.errors import UsageError, WorkspaceError
from app.domain.worklist.repeat_readings import RepeatRule

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FOLDER = TEXT.filter(lambda text: not text.startswith("~"))
SETTINGS = st.builds(
    Settings,
    workspace=FOLDER,
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
    save_settings(settings, path)
    assert load_settings(path) == (settings, ())


def test_every_key_has_a_comment_and_the_file_is_toml() -> None:
    text = settings_text(Settings())
    tomllib.loads(text)
    lines = [line for line in text.splitlines() if line]
    assert all(
        lines[n - 1].startswith("#") for n, line in enumerate(lines) if " = " in line and line[0] != "#"
    )


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == (Settings(), ())


@pytest.mark.parametrize(
    "line", ['cache_megabytes = "much"', "cache_megabytes = 1", "chords = 3", "recent = [1]"]
)
def test_a_wrong_value_is_named_and_only_it_falls_back(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'operator = "Ada"\n{line}\n')
    settings, problems = load_settings(path)
    assert settings == replace(Settings(), operator="Ada")
    assert len(problems) == 1 and line.split(" ")[0] in problems[0]


@pytest.mark.parametrize("content", [b"= = =", b"\xff\xfe", b"x = " + b"[" * 100_000])
def test_a_file_that_cannot_be_read_is_reported_and_locks_the_window(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    settings, problems = load_settings(path)
    assert replace(settings, kiosk=False, exit_pin="") == Settings() and "settings.toml" in problems[0]
    assert settings.kiosk and settings.exit_pin and not check_pin("", settings.exit_pin)


@pytest.mark.parametrize("content", ["1 instrument 255 0 0", "", "\n\n"])
def test_a_kiosk_whose_file_was_overwritten_starts_as_it_was(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.toml"
    kiosk = Settings(kiosk=True, exit_pin=hash_pin("2468"), operator="Ana")
    save_settings(kiosk, path)
    path.write_text(content)
    settings, problems = load_settings(path)
    assert settings == kiosk and len(problems) == 1
    save_settings(settings, path)
    assert load_settings(path) == (kiosk, ())


def test_settings_that_a_person_wrote_are_copied_before_they_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("kiosk = true\nfuture = 3\n")
    settings, _ = load_settings(path)
    save_copy(settings, path)
    assert path.read_text() == "kiosk = true\nfuture = 3\n"
    path.write_text("kiosk = = true")
    assert load_settings(path)[0] == settings
    save_copy(settings, tmp_path / "gone" / "settings.toml")
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("line", ["kiosk = 1", 'kiosk = "yes"', 'exit_pin = "1234"', "exit_pin = 1234"])
def test_a_wrong_value_of_what_locks_the_window_counts_as_locked(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"kiosk = true\n{line}\n" if "pin" in line else line)
    settings, problems = load_settings(path)
    assert settings.kiosk and len(problems) == 1
    assert not check_pin("1234", settings.exit_pin) or "pin" not in line


def test_only_the_owner_can_read_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.toml"
    save_settings(Settings(), path)
    path.write_text("= = =")
    save_settings(Settings(), path)
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("settings.toml", "settings.toml.bak", "settings.toml.unreadable"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be saved"):
        save_settings(Settings(), tmp_path / "file" / "settings.toml")


@pytest.mark.parametrize(
    "line",
    [
        'preset = "emacs"',
        'device = "tpu"',
        "threshold = nan",
        'worklist_order = "size"',
        'chords = { "frame.next" = 3 }',
        'operators = "Ana"',
        'workspace = "~nobody-of-this-name/work"',
        'labels_file = "~nobody-of-this-name/labels.txt"',
        'drop_folder = "/drop\\u0000"',
        'engine = "\\u0000"',
        'kiosk_folders = ["/media", "~nobody-of-this-name"]',
    ],
)
def test_a_value_that_is_none_of_the_choices_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(line)
    settings, problems = load_settings(path)
    assert settings == Settings()
    assert len(problems) == 1 and line.split(" ")[0] in problems[0]


def test_a_slip_of_the_pen_is_kept_when_the_program_saves(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("threshold = 0,4")
    save_settings(Settings(), path)
    assert load_settings(path) == (Settings(), ())
    assert (tmp_path / "settings.toml.unreadable").read_text() == "threshold = 0,4"


def test_changes_are_checked_by_name() -> None:
    changed = Settings().replace(opacity=1, operators=("Ana", "Bo"), chords={"frame.next": "Right"})
    assert (changed.opacity, changed.operators) == (1, ("Ana", "Bo"))
    with pytest.raises(UsageError, match="opacity"):
        Settings().replace(opacity=2.0)
    with pytest.raises(UsageError, match="opasity"):
        Settings().replace(opasity=0.5)
    with pytest.raises(UsageError, match="home folder of an unknown user"):
        Settings().replace(drop_folder="~nobody-of-this-name/drop")


def test_a_path_that_is_not_unicode_does_not_keep_the_rest_from_being_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save_settings(
        Settings(recent=("/drop/m\udcfcller.mp4", "/drop/clip.mp4"), drop_folder="/dr\udcfcp"), path
    )
    settings, problems = load_settings(path)
    assert (settings.recent, settings.drop_folder, problems) == (("/drop/clip.mp4",), "/dr?p", ())


def test_engines_may_differ_by_kind() -> None:
    settings = Settings(engine="best", engines={"volume": "classic"})
    assert (settings.engine_for("volume"), settings.engine_for("video")) == ("classic", "best")


def test_the_rule_of_repeat_readings_is_what_the_settings_say() -> None:
    assert Settings(repeat_every=5, repeat_days=2, repeat_reader="other").repeat_rule == RepeatRule(
        5, 2, "other"
    )
    assert not Settings().repeat_rule.every


def test_a_pin_opens_only_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save_settings(Settings().replace(exit_pin=hash_pin("24681357")), path)
    stored = load_settings(path)[0].exit_pin
    assert "24681357" not in path.read_text()
    assert check_pin("24681357", stored) and not check_pin("24681358", stored) and not check_pin("", stored)
    assert hash_pin("24681357") != stored
    assert check_pin("anything", "")
    assert not check_pin("24681357", "scrypt$999999999$8$1$00$00")
