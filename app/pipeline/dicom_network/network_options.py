"""Options of the network process, readable where pynetdicom is not installed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.dicom_node import DicomNode

QUIET_SECONDS: Final = 15.0  # scanners that open an association for each series pause less; chosen by hand
NETWORK_FOLDER: Final = "dicom-network"  # in the folder of all work, of what is on its way
CUT_SECONDS: Final = 600.0  # scanners try again after minutes; chosen by hand


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """What the network process does."""

    folder: Path  #: of staging and outbox, the program's own
    listen_at: DicomNode | None = None  #: None receives nothing
    callers: tuple[str, ...] = ()  #: AE titles that may send, "*" for any
    drop_folder: Path | None = None  #: of received studies
    study_limit: int = 50 << 30  #: bytes of one study
    archive: DicomNode | None = None  #: None sends nothing
    quiet_seconds: float = QUIET_SECONDS  #: without an instance, after which a study is complete
    cut_seconds: float = CUT_SECONDS  #: the same after a cut connection


def outbox_of(folder: Path) -> Path:
    """Return the outbox in the folder of a network process."""
    return folder / "outbox"
