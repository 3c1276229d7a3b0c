"""Writes one kind of file of the program again and again, to be killed: settings, worklist, models, a journal.

    python -m tool.dev.soak.writer KIND FOLDER SEED

Says "saved N" on standard output when turn N is durable. check_writer looks at what a kill left behind.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.config.settings import Settings
from app.config.settings_file import load_settings, save_settings
from app.domain.annotation import Label
from app.domain.worklist.entry import EntryState, WorklistEntry
from app.models.formats.static_model import check_files, click_files
from app.models.library.model_folder import Library
from app.storage.exporters.label_list import read_labels, write_labels
from app.storage.workspace.journal import Journal
from app.storage.workspace.worklist_store import Worklist
from tests.models import made_programs

_FILL: Final = 20_000  # bytes of a value: some turns fill the pages after which SQLite makes a checkpoint
Turn = Callable[[int], None]


def write_settings(folder: Path, _chance: random.Random) -> Turn:
    """Settings of some kilobytes, so that they could be half written."""
    people = tuple(f"person {number}" for number in range(300))
    return lambda turn: save_settings(
        Settings(operator=str(turn), operators=people), folder / "settings.toml"
    )


def write_worklist(folder: Path, _chance: random.Random) -> Turn:
    """One entry more, then done."""
    worklist = Worklist(folder / "worklist.sqlite3")

    def turn(number: int) -> None:
        entry = WorklistEntry(f"e{number}", f"/clip{number}.mp4", "", float(number), EntryState.READY)
        worklist.put(entry)
        worklist.save()
        worklist.put(replace(entry, state=EntryState.DONE))
        worklist.save()

    return turn


def write_models(folder: Path, _chance: random.Random) -> Turn:
    """Another model is imported under a new name."""
    source = folder / "source"
    library = Library(folder / "models")

    def turn(number: int) -> None:
        made_programs.write_model(source, "click", number=float(number))
        library.import_models(source, lambda *_: None, f"model{number}")

    return turn


def write_journal(folder: Path, chance: random.Random) -> Turn:
    """Values and checkpoints of every kind."""
    path = folder / "journal.sqlite3"
    journal = Journal(path)
    other = sqlite3.connect(path, isolation_level=None)

    def turn(number: int) -> None:
        journal.write([], {"turn": number, "filling": chance.randbytes(_FILL)})
        if chance.random() < 0.5:
            kind = chance.choice(("PASSIVE", "FULL", "RESTART", "TRUNCATE"))
            other.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()

    return turn


def write_label_list(folder: Path, _chance: random.Random) -> Turn:
    """A full list in a file for others."""

    def turn(number: int) -> None:
        labels = [Label(value, f"{number}", (1, 2, 3)) for value in range(1, 256)]
        write_labels(folder / "labels.txt", labels)

    return turn


def _settings_turn(folder: Path) -> int:
    settings, problems = load_settings(folder / "settings.toml")
    assert not problems, problems
    return int(settings.operator or 0)


def _worklist_turn(folder: Path) -> int:
    with Worklist(folder / "worklist.sqlite3") as worklist:
        assert worklist.damaged is None, worklist.damaged
        return sum(entry.state is EntryState.DONE for entry in worklist.entries)


def _models_turn(folder: Path) -> int:
    found = Library(folder / "models").models()
    for model in found:
        check_files(click_files(model.path), "click")
    return len(found)


def _journal_turn(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "journal.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Journal(folder / "journal.sqlite3") as journal:
        assert not journal.read().damage
        return int(journal.meta("turn", 0))


def _label_list_turn(folder: Path) -> int:
    if not (folder / "labels.txt").exists():
        return 0
    labels, problems = read_labels(folder / "labels.txt")
    assert not problems, problems
    (turn,) = {label.name for label in labels}
    return int(turn)


WRITERS: Final = {
    "settings": (write_settings, _settings_turn),
    "worklist": (write_worklist, _worklist_turn),
    "models": (write_models, _models_turn),
    "journal": (write_journal, _journal_turn),
    "label list": (write_label_list, _label_list_turn),
}


def found_turn(kind: str, folder: Path) -> int:
    """Return the last turn that is whole on the disk. Raises AssertionError or FramewiseError for damage."""
    return WRITERS[kind][1](folder)


def main(kind: str, folder: Path, seed: int) -> None:
    """Write until killed."""
    number = found_turn(kind, folder)
    print("opened", number, flush=True)
    turn = WRITERS[kind][0](folder, random.Random(seed))
    while True:
        number += 1
        turn(number)
        print("saved", number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
