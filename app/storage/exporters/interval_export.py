"""What happens when, beside the masks: intervals on tiers as CSV (RFC 4180) and JSON."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.domain.annotation import SequenceInfo
from app.domain.errors import ExportError
from app.domain.frame_order import order_of
from app.domain.frame_times import frame_time
from app.domain.tier import Interval, TierTable
from app.files.atomic_file import write_file
from app.storage.exporters.csv_table import safe_cell, write_csv
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.tier_list import tier_fields
from app.storage.workspace.stored_values import read_tiers

Cell = str | int | float | None
HEADER = (
    *("tier", "kind", "term", "first_frame", "last_frame", "first_second", "last_second"),
    *("first_time_point", "last_time_point", "author"),
)


def export_intervals(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_intervals.csv, one row an interval, and <name>_intervals.json, with the tiers' terms too.

    Frames count from 0, the last one belongs to the interval; seconds are those at which frames appear, time
    points those of a scan over time. An interval that goes on has no last frame.
    Raises ExportError, StorageFull or WorkspaceError.
    """
    if job.journal is None:
        raise ExportError("There is no journal, so no interval is known.", subject=job.info.name)
    table = read_tiers(job.journal)
    rows = [interval_row(job.info, table, interval) for interval in table.intervals]
    tables = folder / f"{job.name}_intervals.csv", folder / f"{job.name}_intervals.json"
    with translate_write_errors(tables[0]):
        write_csv(tables[0], HEADER, map(safe_row, rows))
        document = {
            "sequence": job.info.name,
            "frames": job.info.frames,
            "tiers": [tier_fields(tier) for tier in table.tiers],
            "intervals": [dict(zip(HEADER, row, strict=True)) for row in rows],
        }
        write_file(tables[1], json.dumps(document, ensure_ascii=False, indent=1).encode())
    return list(tables)


def interval_fields(interval: Interval) -> dict[str, Any]:
    """Return an interval as fields of a JSON document: frames from 0, the last one within, None while it goes on."""
    last = None if interval.stop is None else interval.stop - 1
    fields = {"tier": interval.tier, "term": interval.term, "first_frame": interval.start, "last_frame": last}
    return {**fields, "author": interval.author}


def safe_row(row: Iterable[Cell]) -> list[Cell]:
    """Return a row in which texts that a spreadsheet would take for formulas are marked."""
    return [safe_cell(cell) if isinstance(cell, str) else cell for cell in row]


def interval_row(info: SequenceInfo, table: TierTable, interval: Interval) -> tuple[Cell, ...]:
    """Return an interval as a row with the columns of HEADER."""
    tier, last = table.tier(interval.tier), None if interval.stop is None else interval.stop - 1
    ends = interval.start, last
    seconds = [None if frame is None else frame_time(info, frame) for frame in ends]
    order = order_of(info)
    times = [None if frame is None or order.times < 2 else order.time_of(frame) for frame in ends]
    kind = "" if tier is None else tier.kind
    return interval.tier, kind, interval.term, *ends, *seconds, *times, interval.author
