"""Symbolic links in the drop folder: those that lead to files inside it are followed, others refused."""

import os

OUTSIDE = "The link leads out of the drop folder. Copy the file itself here."
HOLDS_OUTSIDE = "A link in it leads out of the drop folder: {}. Copy the file itself here."
NOWHERE = "The link leads nowhere. Copy the file itself here."


class Symlinks:
    """Link policy of one drop folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def relative_name(self, path: str) -> str:
        """Return a path relative to the drop folder."""
        return os.path.relpath(path, self._folder)

    def leads_outside(self, path: str) -> bool:
        """Return whether a path is, or passes through, a link to something outside the drop folder."""
        top = os.path.realpath(self._folder)
        return os.path.commonpath([top, os.path.realpath(path)]) != top

    def obstacle(self, entry: os.DirEntry[str]) -> str | None:
        """Return "" for no link or a good one, the reason why a link is refused, None for one to skip.

        A link to a folder inside the drop folder is skipped, since its files are found there anyway.
        """
        if not entry.is_symlink():
            return ""
        try:
            target = os.path.realpath(entry.path, strict=True)
            top = os.path.realpath(self._folder)
        except OSError:
            return NOWHERE
        if os.path.commonpath([top, target]) != top:
            return OUTSIDE
        return None if os.path.isdir(target) else ""
