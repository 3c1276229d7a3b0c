"""Mutations of values in files whose structure stays sound: JSON, XML, DICOM. Mutated bytes mostly break it."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from tool.dev.fuzz.mutations import EDGES, mutate_document

ODD_TEXTS: Final = (
    "", "x", "0", "-1", "1e308", "nan", "inf", "0.1", "99999999999999999999", "9" * 5000, "../../x", "1,2;3", "1\\2\\3",
    "\u202e\u00df", "=1+1",
)  # fmt: skip
_NUMBERS: Final = {
    "US": "<H",
    "SS": "<h",
    "UL": "<I",
    "SL": "<i",
    "FL": "<f",
    "FD": "<d",
}  # by VR, PS3.5 section 6.2
_REALS: Final = (0.0, -1.0, 1e-300, 1e308, float("inf"), float("nan"))


def mutate_structure(source: Path, path: Path, chance: random.Random) -> bool:
    """Write a copy of a file with other values to path; return False for a kind of file that is not known here."""
    match source.suffix:
        case ".json":
            document = mutate_document(json.loads(source.read_text(encoding="utf-8")), chance)
            path.write_text(json.dumps(document, default=repr), encoding="utf-8")
        case ".xml" | ".eaf":
            top = ElementTree.fromstring(source.read_bytes())
            for _ in range(chance.randint(1, 3)):
                _mutate_element(top, chance)
            path.write_bytes(ElementTree.tostring(top))
        case ".dcm":
            data = dcmread(source)
            # Chosen before any is changed: pydicom converts what it iterates over.
            for within, tag in chance.sample(list(_elements(data)), chance.randint(1, 3)):
                _mutate_value(within, tag, chance)
            try:
                data.save_as(path)
            except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
                return False  # nothing that can be written
        case _:
            return False
    return True


def _mutate_element(top: ElementTree.Element, chance: random.Random) -> None:
    element = chance.choice(list(top.iter()))
    children, names = list(element), list(element.attrib)
    what = chance.choice(("attribute", "attribute", "attribute", "gone", "text", "remove", "repeat"))
    if what == "attribute" and names:
        element.set(chance.choice(names), chance.choice(ODD_TEXTS))
    elif what == "gone" and names:
        del element.attrib[chance.choice(names)]
    elif what == "remove" and children:
        element.remove(chance.choice(children))
    elif what == "repeat" and children:
        element.append(chance.choice(children))
    else:
        element.text = chance.choice(ODD_TEXTS)


def _mutate_value(within: Dataset, tag: BaseTag, chance: random.Random) -> None:
    element = within[tag]
    if chance.random() < 0.25:
        del within[tag]
    elif element.VR == "SQ":
        items = list(element.value)
        element.value = items[: chance.randrange(len(items) + 1)] if chance.random() < 0.5 else items * 2
    else:
        content = _odd_bytes(element.VR, chance)
        within[tag] = RawDataElement(tag, element.VR, len(content), content, 0, False, True)


def _elements(data: Dataset) -> Iterator[tuple[Dataset, BaseTag]]:
    """Yield every element with the data set that it is in."""
    for element in data:
        yield data, element.tag
        for item in element.value if element.VR == "SQ" else ():
            yield from _elements(item)


def _odd_bytes(vr: str, chance: random.Random) -> bytes:
    layout = _NUMBERS.get(vr)
    if layout is None:
        content = chance.choice(ODD_TEXTS).encode()
    elif vr in ("FL", "FD"):
        content = struct.pack(layout, chance.choice(_REALS[:3] if vr == "FL" else _REALS))
    else:
        size = struct.calcsize(layout)
        content = (chance.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little")
    return content + b" " * (len(content) % 2)
