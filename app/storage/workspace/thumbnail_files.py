"""Files of thumbnails: small pictures of sequences, which may show patients, in a private folder."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.domain.worklist.entry import WorklistEntry

_THUMBNAILS: Final = "thumbnails"


def thumbnail_path(root: Path, identity: str) -> Path:
    """Return where the thumbnail of a sequence is under the workspaces' folder."""
    return root / _THUMBNAILS / f"{identity[:24]}.jpg"


def remove_stray_thumbnails(root: Path, entries: Iterable[WorklistEntry]) -> None:
    """Delete the thumbnails of sequences that are no longer in the worklist."""
    kept = {Path(entry.thumbnail).name for entry in entries if entry.thumbnail}
    with suppress(OSError):
        for path in list((root / _THUMBNAILS).glob("*.jpg")):
            if path.name not in kept:
                path.unlink(missing_ok=True)
