"""Tiers and intervals as ELAN's annotation document (EAF 3.0)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from xml.etree import ElementTree as Xml

from app.domain.errors import ExportError
from app.domain.frame_times import frame_edges
from app.domain.tier import Interval, Tier, TierTable
from app.files.odd_names import spell_name
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file
from app.storage.workspace.stored_values import read_tiers

ELAN_SUFFIX = ".eaf"
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_LANGUAGE = "und"


def export_elan(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>.eaf: each tier with its terms as a controlled vocabulary, times in milliseconds.

    In ELAN no two annotations of a tier overlap: terms that do are tiers of their own, "tier: term". An interval that
    goes on ends with the sequence. Raises ExportError for a sequence without times, StorageFull or WorkspaceError.
    """
    edges = [round(1000 * second) for second in frame_edges(job.info)]
    if job.journal is None or not edges:
        raise ExportError("Frames of this sequence have no times, which ELAN needs.", subject=job.info.name)
    target = folder / f"{job.name}{ELAN_SUFFIX}"
    document = _document(spell_name(job.info.name), read_tiers(job.journal), edges)
    with export_file(target) as draft:
        Xml.ElementTree(document).write(draft, encoding="UTF-8", xml_declaration=True)
    return [target]


def _document(media: str, table: TierTable, edges: Sequence[int]) -> Xml.Element:
    """Return the document. edges: milliseconds at which frames begin, and the last one ends."""
    top = Xml.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": _INSTANCE,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = Xml.SubElement(top, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    place, kind = f"./{media}", guess_type(media)[0] or "unknown"
    Xml.SubElement(header, "MEDIA_DESCRIPTOR", MEDIA_URL=place, MIME_TYPE=kind, RELATIVE_MEDIA_URL=place)
    rows = [(name, tier, own) for tier in table.tiers for name, own in _rows(tier, table.on(tier.name))]
    slots = Xml.SubElement(top, "TIME_ORDER")
    number = 0
    for name, tier, intervals in rows:
        element = Xml.SubElement(top, "TIER", TIER_ID=name, LINGUISTIC_TYPE_REF=tier.name)
        for interval in intervals:
            number += 1
            _add_annotation(element, slots, interval, edges, number)
    slots[:] = sorted(slots, key=lambda slot: int(slot.get("TIME_VALUE", "0")))
    for tier in table.tiers:
        Xml.SubElement(
            top,
            "LINGUISTIC_TYPE",
            {"LINGUISTIC_TYPE_ID": tier.name, "TIME_ALIGNABLE": "true", "GRAPHIC_REFERENCES": "false"},
            CONTROLLED_VOCABULARY_REF=tier.name,
        )
    Xml.SubElement(top, "LANGUAGE", LANG_ID=_LANGUAGE, LANG_LABEL="undetermined (und)")
    for tier in table.tiers:
        _add_vocabulary(top, tier)
    return top


def _rows(tier: Tier, intervals: Sequence[Interval]) -> Iterator[tuple[str, Sequence[Interval]]]:
    """Yield ELAN's tiers of a tier with their intervals: several where terms overlap."""
    ends = [interval.start if interval.stop is None else interval.stop for interval in intervals]
    overlaps = any(
        one.is_going_on or after.start < end
        for one, end, after in zip(intervals, ends, intervals[1:], strict=False)
    )
    if not overlaps:
        yield tier.name, intervals
        return
    for term in tier.terms:
        yield f"{tier.name}: {term.name}", [one for one in intervals if one.term == term.name]


def _add_annotation(
    tier: Xml.Element, slots: Xml.Element, interval: Interval, edges: Sequence[int], number: int
) -> None:
    last = len(edges) - 1
    ends = min(interval.start, last), last if interval.stop is None else min(interval.stop, last)
    names = f"ts{2 * number - 1}", f"ts{2 * number}"
    for name, edge in zip(names, ends, strict=True):
        Xml.SubElement(slots, "TIME_SLOT", TIME_SLOT_ID=name, TIME_VALUE=str(edges[edge]))
    annotation = Xml.SubElement(Xml.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION")
    annotation.attrib = {
        "ANNOTATION_ID": f"a{number}",
        "TIME_SLOT_REF1": names[0],
        "TIME_SLOT_REF2": names[1],
    }
    Xml.SubElement(annotation, "ANNOTATION_VALUE").text = interval.term


def _add_vocabulary(top: Xml.Element, tier: Tier) -> None:
    vocabulary = Xml.SubElement(top, "CONTROLLED_VOCABULARY", CV_ID=tier.name)
    Xml.SubElement(vocabulary, "DESCRIPTION", LANG_REF=_LANGUAGE)
    for number, term in enumerate(tier.terms):
        entry = Xml.SubElement(vocabulary, "CV_ENTRY_ML", CVE_ID=f"cve{number}")
        Xml.SubElement(entry, "CVE_VALUE", DESCRIPTION="", LANG_REF=_LANGUAGE).text = term.name
