"""Search in the table of codes that labels can have. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.segment_code import CodedTerm, SegmentCode
from app.views.dialogs import fuzzy
from app.views.toolkit.virtual_list import Row


def find_code_rows(
    text: str, codes: Sequence[SegmentCode], sides: Mapping[str, CodedTerm]
) -> list[Row[SegmentCode]]:
    """Return the codes whose name or value matches, best first, as rows.

    sides: by the words for them; such a word in the text gives its side to what is found.
    """
    words = text.lower().split()
    side = next((term for name, term in sides.items() if name in words), None)
    rest = " ".join(word for word in words if word not in sides)
    found = fuzzy.best_matches(rest, codes, lambda code: f"{code.type.meaning} {code.type.value}")
    return [_row(code if side is None else replace(code, side=side)) for code in found]


def _row(code: SegmentCode) -> Row[SegmentCode]:
    return Row((code.meaning, str(code.type), code.category.meaning), code)
