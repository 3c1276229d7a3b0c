"""Codes of segments: the terms of DICOM's lists of segmentation properties (PS3.16), most of them of SNOMED CT."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from app.domain.annotation import Label
from app.domain.segment_code import LONGEST_MEANING, CodedTerm, SegmentCode, code_from_wire

_OWN_SCHEME: Final = "99FRAMEWISE"
# The lists of property types that belong to each property category.
_LISTS: Final = (
    ("AnatomicalStructure", ("cid7192",)),
    ("MorphologicallyAbnormalStructure", ("cid7194",)),
    ("Tissue", ("cid7191",)),
    ("PhysicalObject", ("cid7193", "cid4051", "cid3429")),
    ("BodySubstance", ("cid7197",)),
    ("Substance", ("cid7198",)),
)
# Instruments that DICOM's lists lack, of SNOMED CT as in the device kinds of HL7 FHIR R4.
_INSTRUMENTS: Final = {
    "57134006": "Surgical instrument",
    "29319002": "Forceps",
    "46364009": "Clamp",
    "64973003": "Scissors",
    "102308008": "Scalpel",
    "17472008": "Knife",
    "53535004": "Retractor",
    "59746007": "Needle holder",
    "25005004": "Snare",
    "118418003": "Trocar",
    "12150006": "Cannula",
    "7402007": "Probe",
    "14519003": "Aspirator",
    "58253008": "Suction catheter",
    "16470007": "Electrode",
    "1579007": "Surgical drill",
    "994005": "Brush",
    "37270008": "Endoscope",
    "86174004": "Laparoscope",
    "13219008": "Gastroscope",
}
_SYNONYMS: Final = {
    "tumor": "neoplasm",
    "tumour": "neoplasm",
    "oesophagus": "esophagus",
    "adrenal": "adrenal gland",
    "ivc": "inferior vena cava",
    "svc": "superior vena cava",
    "bowel": "intestine",
    "small bowel": "small intestine",
    "gall bladder": "gallbladder",
    "urinary bladder": "bladder",
    "heart myocardium": "heart",
    "tool": "surgical instrument",
    "instrument": "surgical instrument",
    "grasper": "forceps",
    "needle driver": "needle holder",
    "fat": "adipose tissue",
    "bone": "bone tissue",
    "muscle": "muscle tissue",
}


def code_of(label: Label) -> SegmentCode:
    """Return what a label stands for: its own code, or that of its name.

    Names that DICOM does not list get a code of our own, which keeps the name.
    """
    found = label.code or find_code(label.name)
    if found is not None:
        return found
    name = label.name.strip()[:LONGEST_MEANING] or f"Label {label.value}"
    return SegmentCode(_term(codes.cid7150.Tissue), CodedTerm(f"L{label.value}", _OWN_SCHEME, name))


def find_code(text: str) -> SegmentCode | None:
    """Return the code of a name, with or without a side of the body, or of a code's value; None for others."""
    plain = " ".join(re.findall(r"[a-z0-9]+", text.lower()))
    words = _words(_SYNONYMS.get(plain, plain))
    found = _by_words().get(words) or _by_value().get(plain)
    if found is not None:
        return found
    side = next((side for side in sides() if side in words), None)
    if side is None:
        return None
    rest = " ".join(word for word in plain.split() if word != side)
    found = _by_words().get(_words(_SYNONYMS.get(rest, rest))) or _by_value().get(rest)
    return None if found is None else SegmentCode(found.category, found.type, sides()[side])


@cache
def listed_codes() -> tuple[SegmentCode, ...]:
    """Return all codes that a label can have, without sides, by name."""
    unique = {(code.type.value, code.type.scheme): code for code in reversed([code for _, code in _listed()])}
    return tuple(sorted(unique.values(), key=lambda code: code.type.meaning.lower()))


@cache
def sides() -> Mapping[str, CodedTerm]:
    """Return the sides of the body by their names in lower case."""
    return {term.meaning.lower(): term for term in (_term(code) for code in _side_codes())}


def code_of_segment(segment: Dataset, name: str) -> SegmentCode | None:
    """Return the code of a segment of a file, None where it has none, or only the one that its name has anyway.

    segment: a data set with category and type as in PS3.3 C.8.20.4 or C.8.8.8.
    """
    try:
        category, kind = segment.SegmentedPropertyCategoryCodeSequence[0], _type_item(segment)
        modifiers = kind.get("SegmentedPropertyTypeModifierCodeSequence") or []
        terms = [_read(item) for item in (category, kind, *modifiers[:1])]
        found = None if terms[1][1] == _OWN_SCHEME else code_from_wire(terms)
        return None if found == find_code(name) else found
    except (AttributeError, IndexError, KeyError, ValueError, TypeError):
        return None


def _type_item(segment: Dataset) -> Dataset:
    keyword = "SegmentedPropertyTypeCodeSequence"
    name = keyword if keyword in segment else "RTROIIdentificationCodeSequence"
    item: Dataset = segment[name][0]
    return item


def _read(item: Dataset) -> list[str]:
    value = item.get("CodeValue") or item.get("LongCodeValue", "")
    return [str(value), str(item.CodingSchemeDesignator), str(item.CodeMeaning)]


def _listed() -> Iterator[tuple[str, SegmentCode]]:
    """Yield a name of each code, and the code; better lists come first."""
    for category, lists in _LISTS:
        term = _term(getattr(codes.cid7150, category))
        for cid in lists:
            listed = getattr(codes, cid)
            for keyword in listed.dir():
                name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", keyword)
                yield name, SegmentCode(term, _term(getattr(listed, keyword)))
    objects = _term(codes.cid7150.PhysicalObject)
    for value, meaning in _INSTRUMENTS.items():
        yield meaning, SegmentCode(objects, CodedTerm(value, "SCT", meaning))


@cache
def _by_words() -> Mapping[frozenset[str], SegmentCode]:
    return {_words(name): code for name, code in reversed(list(_listed()))}


@cache
def _by_value() -> Mapping[str, SegmentCode]:
    return {code.type.value.lower(): code for code in reversed(listed_codes())}


def _side_codes() -> tuple[Code, ...]:
    return codes.cid244.Left, codes.cid244.Right, codes.cid244.Bilateral


def _term(code: Code) -> CodedTerm:
    return CodedTerm(code.value, code.scheme_designator, code.meaning[:LONGEST_MEANING])


def _words(name: str) -> frozenset[str]:
    """Return the words of a name in lower case and singular, in no order."""
    return frozenset(_singular(word) for word in re.findall(r"[a-z0-9]+", name.lower()) if word != "of")


def _singular(word: str) -> str:
    if word.endswith("ae"):
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
