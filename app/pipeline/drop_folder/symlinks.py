"""Symbolic links in the drop folder: which are followed, and why others are not."""

from __future__ import annotations

import os

OUTSIDE = "The link leads out of the drop folder. Copy the file itself here."
NOWHERE = "The link leads nowhere. Copy the file itself here."


class Symlinks:
    """The links of one drop folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def relative_name(self, path: str) -> str:
        """A path as seen from the drop folder."""
        return os.path.relpath(path, self._folder)

    def obstacle(self, entry: os.DirEntry[str]) -> str | None:
        """Return "" for what is no link or a good one, why a link is not followed, None for one to pass over.

        A link to a folder inside the drop folder is passed over: what is in it is found there anyway.
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
