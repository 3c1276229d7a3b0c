"""File dialogs stay in their folders, and what they save replaces nothing of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.views.dialogs.file_access import FileAccess, expand_home, with_suffix


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "inner").mkdir(parents=True)
    return folder


def test_without_folders_everything_is_allowed(tmp_path: Path) -> None:
    access = FileAccess()
    assert access.allows_path(tmp_path) and access.allows_path(Path("/"))
    assert access.first_folder(tmp_path / "gone") == Path.home()


def test_dialogs_do_not_leave_their_folders(tmp_path: Path, media: Path) -> None:
    access = FileAccess((media,))
    assert access.allows_path(media / "inner" / "clip.mp4")
    assert not access.allows_path(tmp_path) and not access.allows_path(media / ".." / "other")
    assert not access.allows_path(tmp_path / "media2")
    assert access.first_folder(tmp_path) == media
    assert access.first_folder(media / "inner") == media / "inner"


def test_a_hidden_folder_is_not_entered_also_by_a_link_or_below_a_root(tmp_path: Path, media: Path) -> None:
    (tmp_path / "link").symlink_to(media / "inner")
    for access in (FileAccess(hidden=(media / "inner",)), FileAccess((media,), hidden=(media / "inner",))):
        assert access.allows_path(media)
        assert not access.allows_path(media / "inner" / "clip.json")
        assert not access.allows_path(tmp_path / "link")
        assert access.refusal(media / "inner" / "labels.txt")


def test_a_link_does_not_lead_out_of_the_folders(tmp_path: Path, media: Path) -> None:
    (media / "out").symlink_to(tmp_path)
    (media / "loop").symlink_to(media / "loop")
    access = FileAccess((media,))
    assert not access.allows_path(media / "out")
    assert not access.allows_path(media / "out" / "clip.mp4")
    assert access.refusal(media / "out" / "labels.txt")
    assert not access.allows_path(media / "loop") and access.refusal(media / "loop")


def test_a_folder_that_is_a_link_itself_is_a_root_like_any_other(tmp_path: Path, media: Path) -> None:
    (tmp_path / "link").symlink_to(media)
    assert FileAccess((tmp_path / "link",)).allows_path(tmp_path / "link" / "inner")


def test_what_belongs_to_the_program_is_not_written(media: Path) -> None:
    own = media / "settings.toml"
    (media / "labels.txt").symlink_to(own)
    access = FileAccess(is_private=lambda path: path == own)
    assert "belongs to the program" in access.refusal(own)
    assert "belongs to the program" in access.refusal(media / "labels.txt")
    assert access.refusal(media / "new.txt") == ""


def test_a_link_to_another_kind_of_file_is_not_written(media: Path) -> None:
    (media / "clip.mp4").write_bytes(b"film")
    (media / "labels.txt").symlink_to(media / "clip.mp4")
    assert FileAccess().refusal(media / "labels.txt", frozenset({".txt"}))
    assert FileAccess().refusal(media / "other.txt", frozenset({".txt"})) == ""


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ("labels", "labels.txt"),
        ("labels.txt", "labels.txt"),
        ("LABELS.TXT", "LABELS.TXT"),
        ("settings.toml", "settings.toml.txt"),
        ("clip.mp4", "clip.mp4.txt"),
    ],
)
def test_a_saved_name_ends_as_its_kind_does(typed: str, saved: str) -> None:
    assert with_suffix(typed, frozenset({".txt"})) == saved


def test_a_typed_home_folder_of_an_unknown_user_is_no_path() -> None:
    assert expand_home("~nobody-of-this-name/") is None
    assert expand_home("~/") == Path.home()
