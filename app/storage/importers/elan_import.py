"""Tiers and intervals from ELAN's annotation document (EAF)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as Xml

from app.domain.frame_times import frame_edges
from app.storage.exporters.elan_export import ELAN_SUFFIX
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.interval_import import LARGEST, imported_tiers, refused

_REMEDY = "Give an annotation document of ELAN that belongs to this film."


def import_elan(job: ImportJob) -> ImportedMasks | None:
    """Open an annotation document; a time becomes the frame that begins nearest to it.

    Annotations that refer to others have no times of their own, and are left out with a warning.
    Raises ImportMasksError for a damaged file, and for a sequence without times.
    """
    path = job.path
    if path.suffix.lower() != ELAN_SUFFIX or not path.is_file():
        return None
    edges = frame_edges(job.info)
    if not edges:
        raise refused(path, "frames of this sequence have no times", "Import intervals by frame, as CSV.")
    try:
        if path.stat().st_size > LARGEST:
            raise refused(path, "it is too large", _REMEDY)
        top = Xml.parse(path).getroot()  # noqa: S314 - expat bounds expansion itself, and reads no other file
    except (OSError, ValueError, LookupError, Xml.ParseError) as error:
        raise refused(path, f"{type(error).__name__}: {error}", _REMEDY) from error
    if top.tag != "ANNOTATION_DOCUMENT":
        raise refused(path, "it is no annotation document of ELAN", _REMEDY)
    found = imported_tiers(path, [_tier(top, tier) for tier in top.iterfind("TIER")], list(_rows(top, edges)))
    hanging = sum(1 for _ in top.iterfind("TIER/ANNOTATION/REF_ANNOTATION"))
    if hanging:
        found.warnings.append(f"{path.name}: annotations that refer to others were left out ({hanging}).")
    return found


def _tier(top: Xml.Element, tier: Xml.Element) -> dict[str, object]:
    """Return a tier as a row, with the terms of its controlled vocabulary."""
    types = {kind.get("LINGUISTIC_TYPE_ID"): kind for kind in top.iterfind("LINGUISTIC_TYPE")}
    kind = types.get(tier.get("LINGUISTIC_TYPE_REF"))
    vocabulary = kind.get("CONTROLLED_VOCABULARY_REF") if kind is not None else None
    terms = [
        str(text)
        for one in top.iterfind("CONTROLLED_VOCABULARY")
        if vocabulary is not None and one.get("CV_ID") == vocabulary
        for entry in one
        if (text := entry.findtext("CVE_VALUE") or (entry.text if entry.tag == "CV_ENTRY" else None))
    ]
    rows = [{"name": term, "key": ""} for term in terms]
    return {"name": tier.get("TIER_ID", ""), "kind": "intervals", "terms": rows}


def _rows(top: Xml.Element, edges: Sequence[float]) -> Iterator[dict[str, object]]:
    """Yield the annotations as rows; frames that cannot be told are words, so that the row is named."""
    times = {
        slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in top.iterfind("TIME_ORDER/TIME_SLOT")
    }
    for tier in top.iterfind("TIER"):
        for one in tier.iterfind("ANNOTATION/ALIGNABLE_ANNOTATION"):
            first, stop = (
                _edge(times.get(one.get(name)), edges) for name in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")
            )
            last: object = "no time"
            if first is not None and stop is not None:
                last = max(stop - 1, first)
            yield {
                "tier": tier.get("TIER_ID", ""),
                "term": (one.findtext("ANNOTATION_VALUE") or "").strip() or tier.get("TIER_ID", ""),
                "first_frame": "no time" if first is None else first,
                "last_frame": last,
                "author": tier.get("ANNOTATOR", ""),
            }


def _edge(text: str | None, edges: Sequence[float]) -> int | None:
    """Return which edge between frames is nearest to a time in milliseconds; there are some beyond the last one."""
    if text is None or not (text.isascii() and text.isdecimal() and len(text) < 12):
        return None
    second = int(text) / 1000
    place = bisect_left(edges, second)
    if place == 0:
        return 0
    if place == len(edges):
        length = edges[-1] - edges[-2]
        return place - 1 + round((second - edges[-1]) / length) if length > 0 else place - 1
    return place if edges[place] - second < second - edges[place - 1] else place - 1
