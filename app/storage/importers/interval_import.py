"""Reading of tiers and intervals from what the exporter of intervals wrote: JSON, or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

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
from app.storage.exporters.interval_export import HEADER

LARGEST = 2**22  # bytes: about 30,000 intervals
SUFFIXES = frozenset({".csv", ".json"})


def read_intervals(path: Path) -> TierTable:
    """Return the tiers of a file; those that it does not describe have the terms that are used on them.

    Raises ImportMasksError naming the file, and the row that is none.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise _refused(path, "it is too large")
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text) if path.suffix.lower() == ".json" else _from_csv(path, text)
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise _refused(path, f"{type(error).__name__}: {error}") from error
    match document:
        case {"intervals": list(rows), **more}:
            pass
        case _:
            raise _refused(path, "it has no list of intervals")
    tiers = more.get("tiers")
    known = {tier.name: tier for row in (tiers if isinstance(tiers, list) else []) if (tier := _tier(row))}
    terms: dict[tuple[str, TierKind], dict[str, None]] = {}
    found = []
    for number, row in enumerate(rows, 1):
        interval = _interval(row)
        if interval is None:
            raise _refused(path, f"row {number} is no interval: {row!r:.100}")
        found.append(interval)
        if interval.tier not in known:
            kind: TierKind = next((one for one in KINDS if one == row.get("kind")), "intervals")
            terms.setdefault((interval.tier, kind), {})[interval.term] = None
    for (name, kind), used in terms.items():
        known.setdefault(name, Tier(name, kind, tuple(Term(term, "") for term in used)))
    if len(known) > len(KEYS):
        raise _refused(path, f"it has more than {len(KEYS)} tiers")
    return TierTable(tuple(known.values()), sort_intervals(found))


def _from_csv(path: Path, text: str) -> dict[str, object]:
    rows = csv.DictReader(text.splitlines())
    if not {"tier", "term", "first_frame", "last_frame"} <= set(rows.fieldnames or ()):
        raise _refused(path, f"its first line must name the columns {', '.join(HEADER)}")
    return {"intervals": [_plain(row) for row in rows]}


def _plain(row: Mapping[str, str | None]) -> dict[str, object]:
    """Return a row with its numbers as numbers, and texts without the mark against formulas."""
    texts = {key: (text or "").removeprefix("'") for key, text in row.items() if isinstance(text, str | None)}
    frames = {key: int(texts[key]) if texts.get(key) else None for key in ("first_frame", "last_frame")}
    return {**texts, **frames}


def _interval(row: object) -> Interval | None:
    match row:
        case {
            "tier": str(tier),
            "term": str(term),
            "first_frame": int(first),
            "last_frame": last,
            **more,
        } if tier.strip() and term.strip() and first >= 0:
            if last is not None and not (isinstance(last, int) and last >= first):
                return None
            stop = None if last is None else last + 1
            author = more.get("author")
            return Interval(_name(tier), _name(term), first, stop, author if isinstance(author, str) else "")
    return None


def _tier(row: object) -> Tier | None:
    match row:
        case {"name": str(name), "kind": str(kind), "terms": list(terms)} if kind in KINDS and name.strip():
            return Tier(_name(name), next(one for one in KINDS if one == kind), tuple(_terms(terms)))
    return None


def _terms(rows: Iterable[object]) -> Iterable[Term]:
    for row in rows:
        match row:
            case {"name": str(name), "key": str(key)} if name.strip():
                yield Term(_name(name), key)


def _name(text: str) -> str:
    return text.strip()[:LONGEST_NAME]


def _refused(path: Path, why: str) -> ImportMasksError:
    return ImportMasksError(
        f"The intervals cannot be read: {why}.",
        subject=path,
        remedy="Give a file that the export of intervals wrote.",
    )
