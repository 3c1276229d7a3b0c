"""One sequence that goes into a data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import Annotation, Label, Object, Window
from app.domain.errors import FramewiseError
from app.domain.sign_off import SignOff, sign_off_in_force
from app.domain.tier import TierTable
from app.storage.exporters.dataset.data_set_plan import SplitBy
from app.storage.workspace.journal_reading import JournalContents
from app.storage.workspace.stored_sequence import StoredSequence
from app.storage.workspace.workspace import find_source


@dataclass(frozen=True, slots=True)
class DataSetMember:
    """A sequence with its masks; its source is opened only when its frames are written."""

    stored: StoredSequence
    source: Path
    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    by_frame: Mapping[int, Mapping[int, Annotation]]
    window: Window | None = None
    signed_off: SignOff | None = None
    tiers: TierTable = TierTable()

    @classmethod
    def read(cls, stored: StoredSequence) -> DataSetMember:
        """Read the masks of a sequence. Raises WorkspaceError where its journal or its source is not there."""
        contents, _ = stored.read()
        by_frame: dict[int, dict[int, Annotation]] = {}
        for frame, object_id, cell in contents.cells:
            by_frame.setdefault(frame, {})[object_id] = cell
        labels = _all_labels(contents)
        signed = sign_off_in_force(contents.sign_offs)
        source, tiers = find_source(stored.folder), stored.read_tiers()
        return cls(stored, source, labels, contents.objects, by_frame, signed_off=signed, tiers=tiers)

    def annotations(self, frame: int) -> Mapping[int, Annotation]:
        """Return the annotations of a frame, by object id."""
        return self.by_frame.get(frame, {})

    def group(self, by: SplitBy) -> str:
        """Return what this sequence shares with those that must lie on its side of the split."""
        if by == "folder":
            return str(self.source.parent)
        patient = _patient(self.source) if by == "patient" and self.stored.record.kind == "volume" else ""
        return (
            f"patient {patient}"
            if patient
            else self.stored.record.fingerprint.split(" ")[0] or str(self.source)
        )


def _all_labels(contents: JournalContents) -> tuple[Label, ...]:
    """Return the labels, and one for each value that objects have but the list lacks."""
    known = {label.value for label in contents.labels}
    lost = sorted({item.label for item in contents.objects} - known)
    return (*contents.labels, *(Label(value, f"label {value}", (128, 128, 128)) for value in lost))


def _patient(source: Path) -> str:
    """Return the patient's id in a DICOM source, "" where there is none or no DICOM."""
    # pydicom takes a while to import, and a video never needs it.
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    for path in files[:64]:
        try:
            header = dcmread(path, stop_before_pixels=True, specific_tags=["PatientID", "IssuerOfPatientID"])
        except (InvalidDicomError, OSError, ValueError, FramewiseError):
            continue
        if header.get("PatientID"):
            return f"{header.PatientID} {header.get('IssuerOfPatientID', '')}".strip()
    return ""
