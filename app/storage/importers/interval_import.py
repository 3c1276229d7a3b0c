"""Tiers and intervals from what the exporter of intervals wrote, or from a list of tiers: JSON, or CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from app.domain.errors import ImportMasksError
from app.domain.tier import (
    KEYS,
    KINDS,
    LONGEST_NAME,
    Interval,
    Term,
    Tier,
    TierKind,
    TierTable,
    sort_intervals,
)
from app.files.odd_names import clean_text
from app.files.text_encoding import decode_legacy
from app.storage.exporters.csv_table import plain_cell
from app.storage.exporters.interval_export import HEADER
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks

LARGEST: Final = 2**24  # bytes of a table: about 200,000 intervals
MOST_INTERVALS: Final = 30_000  # of a file; each press of a week's work is fewer
_NAMED: Final = 3  # bad rows in a sentence; more are counted
_NEEDED: Final = frozenset({"tier", "term", "first_frame", "last_frame"})
_REMEDY: Final = "Give a file that the export of intervals wrote."


def import_intervals(job: ImportJob) -> ImportedMasks | None:
    """Open a table or document of intervals; rows that are none are named and left out.

    A table of something else has neither a tier nor a term. Raises ImportMasksError for one that lacks other columns,
    and where no row is an interval.
    """
    if job.path.suffix.lower() == ".csv" and job.path.is_file():
        rows = _read_table(job.path)
        return None if rows is None else imported_tiers(job.path, (), rows)
    document = job.document
    is_ours = isinstance(document, dict) and not {"images", "shapes", "videos"} & document.keys()
    if not is_ours or not isinstance(document.get("intervals", document.get("tiers")), list):
        return None
    return imported_tiers(job.path, document.get("tiers", ()), document.get("intervals", ()))


def imported_tiers(path: Path, tiers: object, rows: Iterable[object]) -> ImportedMasks:
    """Return tiers and intervals of plain rows. Raises ImportMasksError where there are rows and all are bad."""
    found, bad = [], list[str]()
    for number, row in enumerate(rows, 1):
        interval = _interval(row)
        if interval is None:
            bad.append(f"row {number} ({_shown(row)})")
        else:
            found.append((interval, row))
    if len(found) > MOST_INTERVALS:
        raise refused(path, f"it has more than {MOST_INTERVALS} intervals")
    known = {tier.name: tier for row in (tiers if isinstance(tiers, list) else ()) if (tier := _tier(row))}
    known = _with_used_terms(known, found)
    if bad and not found:
        raise refused(path, f"{bad[0]} is no interval")
    if len(known) > len(KEYS):
        raise refused(path, f"it has more than {len(KEYS)} tiers")
    table = TierTable(tuple(known.values()), sort_intervals(interval for interval, _ in found))
    return ImportedMasks((), iter(()), _warnings(path, bad), tiers=table)


def refused(path: Path, why: str, remedy: str = _REMEDY) -> ImportMasksError:
    """Return the error of a file of intervals that cannot be read."""
    return ImportMasksError(f"The intervals cannot be read: {why}.", subject=path, remedy=remedy)


def _warnings(path: Path, bad: list[str]) -> list[str]:
    if not bad:
        return []
    more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return [f"{path.name}: no intervals, and left out: {', '.join(bad[:_NAMED])}{more}."]


def _shown(row: object) -> str:
    """Return the beginning of a row, for a message."""
    if not isinstance(row, dict):
        return f"{row!r:.60}"
    return ", ".join("" if cell is None else str(cell) for cell in row.values())[:60]


def _with_used_terms(known: Mapping[str, Tier], found: Iterable[tuple[Interval, object]]) -> dict[str, Tier]:
    """Return tiers with every term that is used on them, and those that are used and not described."""
    tiers = dict(known)
    for interval, row in found:
        tier = tiers.get(interval.tier) or Tier(interval.tier, _kind(row), ())
        if interval.term not in {term.name for term in tier.terms}:
            tier = Tier(tier.name, tier.kind, (*tier.terms, Term(interval.term, "")))
        tiers[tier.name] = tier
    return tiers


def _kind(row: object) -> TierKind:
    kind = row.get("kind") if isinstance(row, Mapping) else None
    return next((one for one in KINDS if one == kind), "intervals")


def _read_table(path: Path) -> Iterator[object] | None:
    """Return the rows of a table, None for one of something else. Raises ImportMasksError."""
    try:
        if path.stat().st_size > LARGEST:
            raise refused(path, "it is too large")
        text = _decoded(path, path.read_bytes())
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = set(rows.fieldnames or ())
        if not columns & {"tier", "term"}:
            return None
        if not columns >= _NEEDED:
            raise refused(path, f"its first line must name the columns {', '.join(HEADER)}")
        return iter([_plain(row) for row in rows])
    except (OSError, ValueError, csv.Error) as error:
        raise refused(path, f"{type(error).__name__}: {error}") from error


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = decode_legacy(content)
        if found is None:
            raise refused(path, "its text is not UTF-8") from None
        return found[0]


def _plain(row: Mapping[str, str | None]) -> dict[str, object]:
    """Return a row with its frames as numbers, and texts without the mark against formulas."""
    plain: dict[str, object] = {
        key: plain_cell(text) if isinstance(text, str) else "" for key, text in row.items() if key
    }
    for key in ("first_frame", "last_frame"):
        text = str(plain[key]).strip()
        plain[key] = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text or None
    return plain


def _interval(row: object) -> Interval | None:
    match row:
        case {
            "tier": str(tier),
            "term": str(term),
            "first_frame": int(first),
            "last_frame": int() | None as last,
            **more,
        } if _name(tier) and _name(term) and 0 <= first <= (first if last is None else last):
            author = more.get("author")
            stop = None if last is None else last + 1
            name = _name(author) if isinstance(author, str) else ""
            return Interval(_name(tier), _name(term), first, stop, name)
    return None


def _tier(row: object) -> Tier | None:
    match row:
        case {"name": str(name), "kind": str(), "terms": list(terms)} if _name(name):
            return Tier(_name(name), _kind(row), tuple(_terms(terms)))
    return None


def _terms(rows: Iterable[object]) -> Iterator[Term]:
    for row in rows:
        match row:
            case {"name": str(name), "key": str(key)} if _name(name):
                yield Term(_name(name), key)


def _name(text: str) -> str:
    return clean_text(text).strip()[:LONGEST_NAME]
