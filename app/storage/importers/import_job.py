"""The input of every importer: a file or folder of another program, looked at once for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.label_clash import LabelAnswer

if TYPE_CHECKING:  # a video never needs pydicom and SimpleITK, which take a while to import
    from app.storage.volume.volume_source import VolumeSource

LARGEST_DOCUMENT: Final = 2**30  # bytes
LARGEST_TREE: Final = 3 * 2**30  # bytes of a document in memory; COCO's own 860,000 annotations take 2.2 GB
# Bytes that Python takes for a small dict or list, and for a number with its place.
CONTAINER, VALUE = 232, 32


@dataclass(frozen=True)
class ImportJob:
    """Masks to read for one sequence."""

    path: Path
    info: SequenceInfo
    labels: Sequence[Label]  #: those that the sequence has
    fingerprint: str = ""  #: of the sequence, whose own exports are read first
    scan: Callable[[], VolumeSource] | None = None  #: opens the sequence where it is a scan
    spool: Path | None = None  #: folder for what does not fit into memory
    answer: LabelAnswer | None = None  #: what was decided about label values that mean something else here
    time: int = 0  #: time point of a scan over time that masks of one volume go to, unless they say another

    @cached_property
    def document(self) -> Any:
        """The content of a JSON file, None for any other file. Raises ImportMasksError for a damaged one."""
        if self.path.suffix.lower() != ".json" or not self.path.is_file():
            return None
        try:
            if self.path.stat().st_size > LARGEST_DOCUMENT:
                raise ImportMasksError("The file is too large.", subject=self.path, remedy="Split it.")
            content = self.path.read_bytes()
            containers, values = content.count(b"{") + content.count(b"["), content.count(b",")
            if len(content) + CONTAINER * containers + VALUE * values > LARGEST_TREE:
                raise ImportMasksError("It holds too many values.", subject=self.path, remedy="Split it.")
            return json.loads(content)
        except (OSError, ValueError, RecursionError) as error:
            raise ImportMasksError(
                f"This is no JSON that can be read ({type(error).__name__}: {error}).",
                subject=self.path,
                remedy="Export it again.",
            ) from error
