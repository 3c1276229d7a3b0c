"""Files of a DICOM folder that are left out, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.uid import UID

from app.domain.errors import SequenceError
from app.files.access import access_error
from app.storage.volume.dicom.dicom_headers import DAMAGE, pydicom_silenced
from app.storage.volume.dicom.dicom_signature import is_dicom_file

_NAMES_SHOWN: Final = 3  # file names in a message; more are counted


@dataclass(slots=True)
class LeftOut:
    """Files that held nothing to show."""

    documents: list[Path] = field(default_factory=list)  #: DICOM that is no picture, such as reports
    others: list[Path] = field(default_factory=list)  #: no DICOM
    damaged: list[Path] = field(default_factory=list)  #: DICOM whose header cannot be understood
    refused: dict[Path, SequenceError] = field(default_factory=dict)  #: pictures that cannot be shown

    def add_unreadable(self, file: Path, error: Exception) -> None:
        """Note a file whose header could not be read."""
        if isinstance(error, OSError) and error.errno is not None:
            self.refused[file] = access_error(file, error)
        elif is_dicom_file(file):
            self.damaged.append(file)
        else:
            self.others.append(file)

    def warnings(self) -> list[str]:
        """Return a sentence for each reason; documents beside pictures are no loss."""
        reasons: dict[str, list[Path]] = {}
        for file, error in self.refused.items():
            reasons.setdefault(error.what.rstrip("."), []).append(file)
        if self.damaged:
            reasons["Damaged"] = self.damaged
        if self.others:
            reasons["Not DICOM"] = self.others
        return [f"{reason}, and left out: {name_some(files)}." for reason, files in reasons.items()]

    def error(self, path: Path) -> SequenceError:
        """Return why nothing can be opened."""
        count = len(self.refused) + len(self.damaged) + len(self.documents)
        if count == 1:
            return self._error_of_one()
        if self.refused:
            first = next(iter(self.refused.values()))
            what = f"None of the {count} DICOM files here can be shown. {first.what}"
            return SequenceError(what, subject=path, remedy=first.remedy)
        if count:
            kinds = " and ".join(
                part
                for part in (self.damaged and "damaged files", self.documents and "reports or plans")
                if part
            )
            return SequenceError(f"There is no DICOM picture here, only {kinds}.", subject=path)
        what = "There is no DICOM picture here." if path.is_dir() else "This is not a DICOM picture."
        return SequenceError(what, subject=path)

    def _error_of_one(self) -> SequenceError:
        if self.refused:
            return next(iter(self.refused.values()))
        if self.damaged:
            remedy = "Copy the file again from where it came."
            return SequenceError("The DICOM header is damaged.", subject=self.damaged[0], remedy=remedy)
        file = self.documents[0]
        kind, is_segmentation = _document_kind(file)
        remedy = "Open its scan, and import this file there." if is_segmentation else ""
        return SequenceError(f"This DICOM file holds no picture ({kind}).", subject=file, remedy=remedy)


def name_some(paths: Sequence[Path]) -> str:
    """Return the first few file names, and how many more there are."""
    names = ", ".join(path.name for path in paths[:_NAMES_SHOWN])
    more = len(paths) - _NAMES_SHOWN
    return f"{names} and {more} more" if more > 0 else names


def _document_kind(file: Path) -> tuple[str, bool]:
    """Return the name of a file's kind, and whether it is a segmentation."""
    try:
        with pydicom_silenced():
            tags = ["SOPClassUID", "Modality"]
            dataset = dcmread(file, stop_before_pixels=True, specific_tags=tags, force=True)
            name = UID(str(dataset.get("SOPClassUID") or "")).name
            return name or "unknown kind", dataset.get("Modality") == "SEG"
    except DAMAGE:
        return "unknown kind", False
