"""The result of every importer of masks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, SequenceInfo, Status
from app.domain.errors import ImportMasksError
from app.domain.label_clash import LabelClash
from app.domain.tier import TierTable

# Statuses that a file of ours may give a mask, by the words in it.
STATUSES = {status.name.lower(): status for status in Status if status is not Status.EMPTY}
LONGEST_NAME = 200  # characters of an author's name
LARGEST_ID = 2**31 - 1  # of an object
Key = int | str
Layer = tuple[int, NDArray[np.bool_]]
FoundMasks = Mapping[int, Layer] | Mapping[Key, Layer]


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """Data of a file about a mask."""

    status: Status = Status.IMPORTED  #: another one only in our own exports
    score: float = 1.0  #: in [0, 1]
    author: str = ""  #: "" where it is not known
    own_id: int = 0  #: of the object that one of our own exports was written from


@dataclass(slots=True)
class ImportedMasks:
    """Masks to take over, read frame by frame. Labels and warnings grow while frames are read."""

    labels: tuple[Label, ...]  #: those that the masks need and that the sequence may lack
    source: Iterator[tuple[int, FoundMasks]]
    warnings: list[str] = field(default_factory=list)  #: for the annotator
    title: str = ""  #: of the format, for the annotator
    clashes: list[LabelClash] = field(default_factory=list)  #: label values that mean something else here
    facts: dict[tuple[int, Key], MaskFacts] = field(
        default_factory=dict
    )  #: by (frame, object key), as far as read
    tiers: TierTable = TierTable()  #: what happens when, beside the masks

    def frames(self) -> Iterator[tuple[int, FoundMasks]]:
        """Yield (frame, {object key: (label value, bool (h, w))}). Raises ImportMasksError for a bad file."""
        return self.source


def require_size(path: Path, shape: tuple[int, ...], info: SequenceInfo) -> None:
    """Refuse a mask, (h, w), that does not fit the sequence. Raises ImportMasksError."""
    if shape != (info.height, info.width):
        raise ImportMasksError(
            f"The mask is {shape[1]}x{shape[0]}, the sequence {info.width}x{info.height}.",
            subject=path,
            remedy="Choose the masks of this sequence.",
        )
