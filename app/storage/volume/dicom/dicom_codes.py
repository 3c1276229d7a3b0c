"""Codes of label names: SNOMED CT by way of DICOM's lists of segmentation properties (PS3.16)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

# The list of property types that belongs to each property category.
_LISTS: Final = (
    ("AnatomicalStructure", "cid7192"),
    ("MorphologicallyAbnormalStructure", "cid7194"),
    ("Tissue", "cid7191"),
    ("PhysicalObject", "cid7193"),
    ("BodySubstance", "cid7197"),
    ("Substance", "cid7198"),
)
_SIDES: Final = ("left", "right")
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
    "fat": "adipose tissue",
    "bone": "bone tissue",
    "muscle": "muscle tissue",
}


@dataclass(frozen=True, slots=True)
class PropertyCode:
    """What a segment is, in codes."""

    category: Code
    type: Code
    side: Code | None = None  #: of the body, where the name says it


def code_of(name: str, value: int) -> PropertyCode:
    """Return the code of a label. Names that DICOM does not list get a code of our own, which keeps the name."""
    plain = " ".join(re.findall(r"[a-z0-9]+", name.lower()))
    words = _words(_SYNONYMS.get(plain, plain))
    if (found := _known().get(words)) is not None:
        return found
    side = next((word for word in _SIDES if word in words), None)
    if side is not None:
        rest = " ".join(sorted(words - {side}))
        found = _known().get(_words(_SYNONYMS.get(rest, rest)))
        if found is not None:
            return PropertyCode(found.category, found.type, getattr(codes.cid244, side.capitalize()))
    own = Code(f"L{value}", "99FRAMEWISE", name.strip()[:64] or f"Label {value}")
    return PropertyCode(codes.cid7150.Tissue, own)


@cache
def _known() -> dict[frozenset[str], PropertyCode]:
    known: dict[frozenset[str], PropertyCode] = {}
    for category, cid in _LISTS:
        listed = getattr(codes, cid)
        for keyword in listed.dir():
            words = _words(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", keyword))
            code = PropertyCode(getattr(codes.cid7150, category), getattr(listed, keyword))
            known.setdefault(words, code)
    return known


def _words(name: str) -> frozenset[str]:
    """Return the words of a name in lower case and singular, in no order."""
    return frozenset(_singular(word) for word in re.findall(r"[a-z0-9]+", name.lower()) if word != "of")


def _singular(word: str) -> str:
    if word.endswith("ae"):
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
