"""Whether the last run was left or ended."""

from __future__ import annotations

from pathlib import Path

from app.kiosk import running_mark
from app.kiosk.running_mark import MOST_ENDS, RunningMark


def crash(settings: Path) -> RunningMark:
    """Begin a run and let it end without being left: its lock goes, its file stays."""
    mark = RunningMark(settings)
    left = settings.with_name(f"{settings.name}.running").read_bytes()
    mark.clear()
    settings.with_name(f"{settings.name}.running").write_bytes(left)
    return mark


def test_a_first_start_and_one_after_leaving_follow_no_crash(tmp_path: Path) -> None:
    for _ in range(2):
        mark = RunningMark(tmp_path / "settings.toml")
        assert not mark.is_after_crash
        mark.clear()


def test_a_run_that_was_not_left_is_seen_until_it_seems_to_be_the_sequence(tmp_path: Path) -> None:
    seen = [crash(tmp_path / "settings.toml").is_after_crash for _ in range(MOST_ENDS + 2)]
    assert seen == [False, *[True] * (MOST_ENDS - 1), False, False]


def test_ends_long_ago_are_forgiven(tmp_path: Path, monkeypatch) -> None:
    settings = tmp_path / "settings.toml"
    for _ in range(MOST_ENDS):
        crash(settings)
    monkeypatch.setattr(running_mark, "FORGIVEN_SECONDS", 0.0)
    mark = RunningMark(settings)
    mark.forgive()
    left = settings.with_name("settings.toml.running").read_bytes()
    mark.clear()
    settings.with_name("settings.toml.running").write_bytes(left)
    assert RunningMark(settings).is_after_crash


def test_a_second_program_of_the_settings_takes_the_first_for_no_crash(tmp_path: Path) -> None:
    first = RunningMark(tmp_path / "settings.toml")
    second = RunningMark(tmp_path / "settings.toml")
    assert not second.is_after_crash
    second.clear()
    assert (tmp_path / "settings.toml.running").exists()
    first.clear()


def test_without_a_place_to_write_the_program_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    mark = RunningMark(tmp_path / "file" / "settings.toml")
    assert not mark.is_after_crash
    mark.clear()
