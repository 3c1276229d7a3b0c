"""The workspace of a sequence: one folder with its journal, which can be copied to another machine."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Self, get_args

from app.domain.annotation import Orientation, SequenceInfo
from app.domain.errors import StorageFull, WorkspaceBusy, WorkspaceError
from app.files.private import make_private_file, make_private_folder
from app.storage.workspace.journal import Journal

JOURNAL = "journal.sqlite3"
JOURNALS = "journal*.sqlite3"
ABOUT = "sequence.json"
LOCK = "lock"
UNSAFE = re.compile(r"[^\w.-]+")
NAME_LENGTH = 80  # characters of the source's name in the folder's; enough to know it by


class Workspace:
    """An open workspace; holds a lock so that a second instance is refused."""

    def __init__(self, folder: Path) -> None:
        """Open a workspace folder, or make one.

        Raises WorkspaceBusy when another instance holds it, WorkspaceError when it cannot be written.
        """
        self.folder = folder
        with _errors(folder):
            make_private_folder(folder)
            self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._acquire_lock()
            self.journal = Journal(folder / JOURNAL)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the journal and the lock."""
        self.journal.close()
        os.close(self._lock)

    @property
    def index_folder(self) -> Path:
        """Where readers keep what they learnt of the source."""
        return self.folder / "index"

    def switch_journal(self, journal: str) -> None:
        """Use another of the journals in this folder."""
        if self.journal.path.name != journal:
            opened = Journal(self.folder / journal)
            self.journal.close()
            self.journal = opened

    def describe(self, info: SequenceInfo, fingerprint: str, series: str | None = None) -> None:
        """Write down which source the workspace belongs to, readable by people and other machines."""
        about = {
            "name": info.name,
            "path": info.path,
            "fingerprint": fingerprint,
            "kind": info.kind,
            "frames": info.frames,
            "size": [info.width, info.height],
            "series": series,
            "orientation": info.orientation,
        }
        target = self.folder / ABOUT
        draft = target.with_suffix(".tmp")
        with _errors(target):
            make_private_file(draft)
            draft.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            os.replace(draft, target)

    def _acquire_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusy(
                "Another instance of the program has this sequence open.",
                subject=self.folder,
                remedy="Close it there first.",
            ) from error


def folder_for(root: Path, name: str, fingerprint: str) -> Path:
    """Return the workspace folder of a source: the one with its fingerprint, also under another name."""
    tail = f"-{fingerprint[:12]}"
    with contextlib.suppress(OSError):
        found = sorted(path for path in root.iterdir() if path.name.endswith(tail))
        if found:
            return found[0]
    return root / f"{UNSAFE.sub('_', name)[:NAME_LENGTH]}{tail}"


def last_view(folder: Path) -> tuple[str | None, Orientation | None]:
    """Return the series and orientation that a workspace folder was used with last, None: unknown."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        series, orientation = about.get("series"), about.get("orientation")
    except (OSError, ValueError, AttributeError):
        return None, None
    is_known = orientation in get_args(Orientation)
    return (series if isinstance(series, str) else None), (orientation if is_known else None)


def find_source(folder: Path) -> Path:
    """Return the source that a workspace folder was made for, looked for where it was and beside the folder.

    Raises WorkspaceError when it is in neither place.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        recorded = Path(str(about["path"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(
            "This folder is no workspace.", subject=folder, remedy=f"Choose a folder that holds {ABOUT}."
        ) from error
    places = (
        recorded,
        folder / recorded.name,
        folder.parent / recorded.name,
        folder.parent.parent / recorded.name,
    )
    for place in places:
        if place.exists():
            return place
    raise WorkspaceError(
        f"The source of this workspace is not here: {recorded.name}.",
        subject=folder,
        remedy="Copy the source beside the workspace folder, or open the source itself.",
    )


def is_workspace(path: Path) -> bool:
    """Whether a folder is a workspace."""
    return (path / ABOUT).is_file() and (path / JOURNAL).is_file()


@contextlib.contextmanager
def _errors(subject: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full.", subject=subject, remedy="Free some space.") from error
        raise WorkspaceError(
            f"The workspace cannot be written ({error.strerror}).",
            subject=subject,
            remedy="Choose another workspace folder or check its permissions.",
        ) from error
