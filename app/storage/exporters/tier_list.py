"""Lists of tiers with their terms, as JSON: one to give to others, and those last used for each kind of sequences."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from app.domain.tier import Tier
from app.domain.tier_wire import tiers_from_wire, tiers_to_wire
from app.files.atomic_file import write_file
from app.storage.exporters.export_job import translate_write_errors

TIER_LIST_SUFFIX: Final = ".json"
_LARGEST: Final = 2**20  # bytes of the lists of all kinds; one with every key in use has 4 KiB


def write_tier_list(path: Path, tiers: Iterable[Tier]) -> None:
    """Write tiers without their intervals; the import of intervals reads them. Raises ExportError or StorageFull."""
    _write(path, {"tiers": [tier_fields(tier) for tier in tiers]})


def tier_fields(tier: Tier) -> dict[str, object]:
    """Return a tier as fields of a JSON document."""
    terms = [{"name": term.name, "key": term.key} for term in tier.terms]
    return {"name": tier.name, "kind": tier.kind, "terms": terms}


def write_kept_tiers(path: Path, by_kind: Mapping[str, tuple[Tier, ...]]) -> None:
    """Write the tiers last used for each kind of sequences. Raises ExportError or StorageFull."""
    _write(path, {kind: tiers_to_wire(tiers) for kind, tiers in by_kind.items()})


def read_kept_tiers(path: Path) -> dict[str, tuple[Tier, ...]]:
    """Return the tiers last used for each kind of sequences; none where the file is not there or damaged."""
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return (
        {kind: tiers_from_wire(wire) for kind, wire in document.items()} if isinstance(document, dict) else {}
    )


def _write(path: Path, document: Mapping[str, object]) -> None:
    with translate_write_errors(path):
        write_file(path, json.dumps(document, ensure_ascii=False, indent=1).encode())
