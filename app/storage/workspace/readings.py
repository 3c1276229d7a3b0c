"""Workspaces of repeat readings: <root>/readings/<number>/<workspace>, number 2 for the second reading of a sequence.

Each <root>/readings/<number> is a folder of workspaces like the root, which holds the first readings.
"""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from app.domain.errors import WorkspaceError
from app.domain.history import Edit
from app.files.private import make_private_folder
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_sequence import StoredSequence, find_sequences
from app.storage.workspace.workspace import Workspace, folder_for

READINGS: Final = "readings"
WITHDRAWN: Final = "withdrawn"
_FIRST: Final = 2  # number of the first repeat reading
_KEPT: Final = ("pixel_size",)  # of the journal's values: what is known of the sequence, not of its masks


def is_repeat(folder: Path) -> bool:
    """Whether a workspace folder is that of a repeat reading."""
    return folder.parent.parent.name == READINGS


def begin_reading(root: Path, name: str, fingerprint: str, at: float) -> Path:
    """Make the workspace of another reading of a sequence, with its labels and no masks; return its folder.

    name, fingerprint: of the source. at: seconds since 1970.
    Raises WorkspaceError where the first reading is not there, or StorageFull.
    """
    folder = folder_for(root, name, fingerprint)
    record = SourceRecord.read(folder)
    if record is None:
        raise WorkspaceError("There is no first reading of this sequence.", subject=folder)
    first = StoredSequence(folder, record)
    labels = first.read()[0].labels
    places = (root / READINGS / str(number) / folder.name for number in count(_FIRST))
    target = next(place for place in places if not place.exists())
    try:
        make_private_folder(target.parent)
    except OSError as error:
        raise WorkspaceError(f"No reading can be begun ({error.strerror}).", subject=target) from error
    values = first.values(*_KEPT)
    with Workspace(target) as made:
        made.switch_journal(first.journal.name)
        edit = Edit(1, "Labels", labels=((), labels))
        made.journal.write(
            [JournalEntry(edit, "done", at)], {key: value for key, value in values.items() if value}
        )
        record.write(target)
    return target


def withdraw_reading(folder: Path) -> Path:
    """Move the workspace of a repeat reading aside, where no report finds it; return where it is kept.

    Raises WorkspaceError where it is open or cannot be moved.
    """
    with Workspace(folder):
        aside = folder.parent.parent / WITHDRAWN
        names = (folder.name if number == 1 else f"{number} {folder.name}" for number in count(1))
        target = next(place for name in names if not (place := aside / name).exists())
        try:
            make_private_folder(aside)
            os.rename(folder, target)
        except OSError as error:
            raise WorkspaceError(f"It cannot be moved ({error.strerror}).", subject=folder) from error
    return target


def find_readings(root: Path) -> Iterator[StoredSequence]:
    """Yield the repeat readings under a root, those with lower numbers first; none are fine."""
    folder = root / READINGS
    numbers = (
        sorted(int(place.name) for place in folder.iterdir() if place.name.isdecimal())
        if folder.is_dir()
        else []
    )
    for number in numbers:
        yield from find_sequences(folder / str(number))
