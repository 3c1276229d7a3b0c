"""Readers of the program's own files: journals, worklist, night queue, settings, models."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgpack

from app.config.settings import UNKNOWN_PIN
from app.config.settings_file import load_settings, save_settings
from app.domain.comment import comments_from_wire
from app.domain.tier_wire import table_from_wire
from app.imaging import masks
from app.imaging.voxel_sample import find_offset
from app.models.formats.static_model import check_files, click_files
from app.pipeline.services.journal_values import request_from_wire, seen_from_wire, window_from_wire
from app.storage.exporters.tier_list import read_kept_tiers
from app.storage.volume.locked_lines import lines_from_wire
from app.storage.workspace import journal_tables
from app.storage.workspace.batch_list import BatchList
from app.storage.workspace.journal import Journal
from app.storage.workspace.source_record import ABOUT, SourceRecord
from app.storage.workspace.voxel_sample_file import read_sample
from app.storage.workspace.worklist_store import NAME, Worklist
from tool.conversion.checkpoint import read_checkpoint
from tool.dev.fuzz.case import Case
from tool.dev.fuzz.mutations import mutate, mutate_document

# Payloads of a journal: table, key columns, column, checksum of a row.
_PAYLOADS: Final = (
    ("meta", "key", "value", journal_tables.META_CRC),
    ("cells", "frame, object_id", "annotation", journal_tables.CELL_CRC),
    ("changes", "rowid", "after", journal_tables.CHANGE_CRC),
    ("comment_changes", "edit_id", "after", journal_tables.SIDES_CRC),
    ("tier_changes", "edit_id", "after", journal_tables.SIDES_CRC),
    ("edits", "edit_id", "objects", journal_tables.EDIT_CRC),
)


def _journal(case: Case) -> None:
    source = case.sample("work", "journal.sqlite3")
    path = case.folder / "journal.sqlite3"
    path.write_bytes(source.read_bytes())
    if case.chance.random() < 0.3:
        path.write_bytes(mutate(source.read_bytes(), case.chance))
    else:
        _mutate_row(path, case)
    with Journal(path) as journal:
        _read_journal(journal)


def _read_journal(journal: Journal) -> None:
    """Read what is read when a sequence is opened."""
    contents = journal.read()
    for _, _, annotation in contents.cells:
        masks.box(annotation.mask)
        masks.decode(annotation.mask)
    request_from_wire(journal.meta("propagation"))
    window_from_wire(journal.meta("window"))
    seen_from_wire(journal.meta("seen", b""))
    lines_from_wire(journal.meta("lines", []))
    comments_from_wire(journal.meta("comments", []))
    table_from_wire(journal.meta("tiers"), journal.meta("intervals"))


def _mutate_row(path: Path, case: Case) -> None:
    """Change the values of a row; in half of the tries its checksum fits them, as after a fault of a program."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        journal_tables.prepare_connection(db)
        table, keys, column, crc = case.chance.choice(_PAYLOADS)
        rows = db.execute(f"SELECT {keys}, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
        if not rows:
            return
        *places, payload = case.chance.choice(rows)
        document = mutate_document(msgpack.unpackb(payload, strict_map_key=False), case.chance)
        where = " AND ".join(f"{key} IS ?" for key in keys.split(", "))
        changed = msgpack.packb(document, default=repr)
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (changed, *places))
        if case.chance.random() < 0.5:
            db.execute(f"UPDATE {table} SET crc = {crc} WHERE {where}", places)


def _worklist(case: Case) -> None:
    with Worklist(case.mutated(case.samples / "programs" / NAME)) as worklist:
        for entry in worklist.entries:
            worklist.find_by_path(entry.path)


def _night_queue(case: Case) -> None:
    entries = BatchList(case.mutated(case.sample("programs", ".json"))).read()
    if any(not entry.job.source for entry in entries):
        raise AssertionError("a job without a source")


def _source_record(case: Case) -> None:
    case.mutated(case.sample("work", ABOUT), ABOUT)
    SourceRecord.read(case.folder)


def _kept_tiers(case: Case) -> None:
    read_kept_tiers(case.mutated(case.samples / "kept_tiers" / "tiers.json"))


def _voxel_sample(case: Case) -> None:
    case.mutated(case.sample("programs", ".msgpack"))
    good, found = read_sample(case.samples / "programs"), read_sample(case.folder)
    if good is not None and found is not None:
        find_offset(good, found)


def _settings(case: Case) -> None:
    path = case.mutated(case.sample("settings"))
    settings, _ = load_settings(path)
    save_settings(settings, path)
    again, problems = load_settings(path)
    # A PIN that could not be read keeps a kiosk locked, and that is said at each start.
    is_locked = settings.exit_pin == UNKNOWN_PIN
    if again != settings or len(problems) != is_locked:
        raise AssertionError(f"settings changed on the way through their file: {problems}")


def _checkpoint(case: Case) -> None:
    read_checkpoint(case.mutated(case.sample("checkpoint")))


def _model(case: Case) -> None:
    folder = case.folder / "model"
    shutil.copytree(case.samples / "model", folder)
    victim = case.chance.choice(sorted(folder.iterdir()))
    victim.write_bytes(mutate(victim.read_bytes(), case.chance))
    check_files(click_files(next(folder.glob("*.pdiparams"), folder)), "click")


PROGRAM_FILES: Final[dict[str, Callable[[Case], None]]] = {
    "journal": _journal,
    "worklist": _worklist,
    "night_queue": _night_queue,
    "source_record": _source_record,
    "kept_tiers": _kept_tiers,
    "voxel_sample": _voxel_sample,
    "settings": _settings,
    "checkpoint": _checkpoint,
    "model": _model,
}
