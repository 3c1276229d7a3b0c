"""One error tree.

FramewiseError
├── SequenceError        a video, image folder or scan that cannot be read
│   ├── SeveralSeries    a folder of scans of which one must be chosen
│   └── SourceOutOfReach a source that the system does not give at present
├── LabelFileError       a label list with bad lines
├── ModelError           a model file that cannot be used
├── WorkspaceError       a workspace that cannot be opened or written
│   ├── WorkspaceBusy    another instance holds it
│   ├── WorkspaceNewer   a newer version of the program wrote it
│   └── EditLost         an edit that no journal can hold
├── StorageFull          no space left where something must be written
├── ExportError          a file for others that could not be made
│   └── IdentifyingPictures  pictures with text or faces that nobody let out
├── ImportMasksError     masks from elsewhere that do not fit
│   └── LabelsClash      label values that mean something else here, of which one must decide
├── WorkerError          a worker process that failed a job
│   ├── WorkerDied       the process ended
│   └── WorkerHung       the process stopped answering
└── UsageError           a call that makes no sense in the present state
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Self

from app.domain.annotation import SeriesInfo
from app.domain.finding import describe_kinds
from app.domain.label_clash import LabelClash

NAMED_CLASHES = 5  # in a message


class FramewiseError(Exception):
    """An error that a person can act on."""

    def __init__(self, what: str, *, subject: object = "", remedy: str = "") -> None:
        self.what = what  #: what happened, one sentence
        self.subject = str(subject)  #: the file or value it happened to
        self.remedy = remedy  #: what to do about it, one sentence
        super().__init__(what, self.subject, remedy)

    def __str__(self) -> str:
        head = f"{self.subject}: {self.what}" if self.subject else self.what
        return f"{head} {self.remedy}".strip()

    def to_wire(self) -> dict[str, Any]:
        """Return the error as plain data for another process; one with more fields adds them here."""
        return {
            "type": type(self).__name__,
            "what": self.what,
            "subject": self.subject,
            "remedy": self.remedy,
        }

    @classmethod
    def rebuild(cls, wire: Mapping[str, Any]) -> Self:
        """Make the error that to_wire described; one with more fields reads them here."""
        return cls(wire["what"], subject=wire["subject"], remedy=wire["remedy"])


class SequenceError(FramewiseError):
    """A video, image folder or scan cannot be read."""


class SeveralSeries(SequenceError):
    """A folder holds several series. series: those to choose from, the largest first."""

    def __init__(self, series: Sequence[SeriesInfo], path: object) -> None:
        self.series = tuple(series)
        listed = "; ".join(str(info) for info in self.series)
        what = f"There are several series here: {listed}."
        super().__init__(what, subject=path, remedy="Choose one by its UID or number.")

    def to_wire(self) -> dict[str, Any]:
        return super().to_wire() | {"series": [asdict(info) for info in self.series]}

    @classmethod
    def rebuild(cls, wire: Mapping[str, Any]) -> Self:
        return cls([SeriesInfo(**info) for info in wire["series"]], wire["subject"])


class SourceOutOfReach(SequenceError):
    """The system does not give a file, as when its drive is away. It may be whole: reading it later may work."""


class LabelFileError(FramewiseError):
    """A label list has lines that cannot be understood."""


class ModelError(FramewiseError):
    """A model file is missing, damaged or of the wrong kind."""


class WorkspaceError(FramewiseError):
    """A workspace cannot be opened or written."""


class WorkspaceBusy(WorkspaceError):
    """Another instance of the program holds the workspace."""


class WorkspaceNewer(WorkspaceError):
    """A newer version of the program wrote the workspace."""


class EditLost(WorkspaceError):
    """An edit or value can never be stored; it is dropped."""


class StorageFull(FramewiseError):
    """No space is left where something must be written."""


class ExportError(FramewiseError):
    """A file for others could not be made."""


class IdentifyingPictures(ExportError):
    """Pictures of an export show text or faces, and nobody said what to do with them.

    frames: which ones. kinds: what they show, each a FindingKind. refused: kinds of the export that were not written.
    """

    def __init__(
        self, frames: Sequence[int], kinds: Sequence[str], subject: object, refused: Sequence[str] = ()
    ) -> None:
        self.frames, self.kinds, self.refused = tuple(frames), tuple(kinds), tuple(refused)
        count = "1 frame shows" if len(self.frames) == 1 else f"{len(self.frames)} frames show"
        super().__init__(
            f"{count} {describe_kinds(self.kinds)}, which may name the patient; no picture was written.",
            subject=subject,
            remedy="Paint over it, leave those frames out, or let somebody answer for exporting them as they are.",
        )

    def to_wire(self) -> dict[str, Any]:
        fields = {"frames": self.frames, "kinds": self.kinds, "refused": self.refused}
        return {**super().to_wire(), **fields}

    @classmethod
    def rebuild(cls, wire: Mapping[str, Any]) -> Self:
        return cls(wire["frames"], wire["kinds"], wire["subject"], wire["refused"])


class ImportMasksError(FramewiseError):
    """Masks made elsewhere do not fit this sequence."""


class LabelsClash(ImportMasksError):
    """Label values of a file mean something else here. clashes: what they are, for a person to decide."""

    def __init__(self, clashes: Sequence[LabelClash], path: object) -> None:
        self.clashes = tuple(clashes)
        listed = "; ".join(str(clash) for clash in self.clashes[:NAMED_CLASHES])
        more = " and others" if len(self.clashes) > NAMED_CLASHES else ""
        super().__init__(
            f"Label values mean something else here: {listed}{more}.",
            subject=path,
            remedy='Say labels="keep" for labels of their own, "ours" where they are the same, or which is which.',
        )

    def to_wire(self) -> dict[str, Any]:
        return super().to_wire() | {"clashes": [asdict(clash) for clash in self.clashes]}

    @classmethod
    def rebuild(cls, wire: Mapping[str, Any]) -> Self:
        return cls([LabelClash(**clash) for clash in wire["clashes"]], wire["subject"])


class WorkerError(FramewiseError):
    """A worker process failed a job."""


class WorkerDied(WorkerError):
    """A worker process ended while it had work."""


class WorkerHung(WorkerError):
    """A worker process stopped answering."""


class UsageError(FramewiseError):
    """A call makes no sense in the present state."""


def from_wire(wire: Mapping[str, Any]) -> FramewiseError:
    """Rebuild an error of another process; one of an unknown type or with missing fields becomes WorkerError."""
    kinds = {kind.__name__: kind for kind in error_classes()}
    kind = kinds.get(str(wire.get("type")), WorkerError)
    try:
        return kind.rebuild(wire)
    except (KeyError, TypeError):
        return WorkerError(str(wire.get("what", "Unknown error.")), subject=wire.get("subject", ""))


def error_classes(root: type[FramewiseError] = FramewiseError) -> list[type[FramewiseError]]:
    """Return a class and all classes derived from it."""
    return [root, *(kind for child in root.__subclasses__() for kind in error_classes(child))]
