"""Pictures of sequences that left the worklist do not stay on the disk."""

from __future__ import annotations

from pathlib import Path

from app.domain.worklist.entry import WorklistEntry
from app.storage.workspace.thumbnail_files import remove_stray_thumbnails, thumbnail_path


def test_thumbnails_of_sequences_that_are_gone_are_deleted(tmp_path: Path) -> None:
    kept, stray = (thumbnail_path(tmp_path, name * 40) for name in "ab")
    kept.parent.mkdir()
    kept.write_bytes(b"picture")
    stray.write_bytes(b"picture")
    remove_stray_thumbnails(tmp_path, [WorklistEntry("1", "/a", "a", 0.0, thumbnail=str(kept))])
    assert kept.exists() and not stray.exists()
    remove_stray_thumbnails(tmp_path / "none", [])
