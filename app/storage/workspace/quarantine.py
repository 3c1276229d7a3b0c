"""Notes on sources that cannot be opened: a text file each, for people, in the workspace folder."""

import errno
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from app.domain.errors import StorageFull, WorkspaceError
from app.domain.worklist.entry import WorklistEntry, display_name
from app.files.atomic_file import atomic_file
from app.files.private import make_private_folder

UNSAFE = re.compile(r"[^\w.-]+")
NAME_LENGTH = 40  # characters of a worker's or source's name in a report's file name


class Quarantine:
    """A folder of notes. The sources themselves are never touched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._notes: dict[str, str] = {}

    def write_notes(self, failed: Iterable[WorklistEntry]) -> None:
        """Write a note on each of these entries and remove all other notes.

        Raises StorageFull or WorkspaceError when the folder cannot be written.
        """
        wanted = {_file_name(entry): _note(entry) for entry in failed}
        if wanted == self._notes:
            return
        try:
            self._write(wanted)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        self._notes = wanted

    def _write(self, wanted: dict[str, str]) -> None:
        if wanted:
            make_private_folder(self._folder)
        with suppress(FileNotFoundError):
            for note in list(self._folder.glob("*.txt")):
                if note.name not in wanted:
                    note.unlink(missing_ok=True)
        for name, text in wanted.items():
            if self._notes.get(name) != text:
                with atomic_file(self._folder / name, private=True) as draft:
                    draft.write_text(text, encoding="utf-8")


def _file_name(entry: WorklistEntry) -> str:
    return f"{UNSAFE.sub('_', entry.name)[-NAME_LENGTH:]}-{entry.entry_id}.txt"


def _note(entry: WorklistEntry) -> str:
    when = datetime.fromtimestamp(entry.arrived, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{display_name(entry.path)}\n\n{entry.reason}\n\n"
        f"Seen since {when}. The file was not changed. When it is replaced by a good one, "
        "it is taken by itself and this note goes away.\n"
    )


def _unwritable(folder: Path, error: OSError) -> StorageFull | WorkspaceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull("The disk is full.", subject=folder, remedy="Free some space.")
    return WorkspaceError(
        f"The notes on bad files cannot be written ({error.strerror}).",
        subject=folder,
        remedy="Check the permissions of the workspace folder.",
    )
