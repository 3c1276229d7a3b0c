"""The outbox: finished DICOM objects that wait until an archive has taken them (C-STORE, PS3.4 annex B)."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pynetdicom import AE

from app.domain.dicom_node import DicomNode
from app.domain.errors import ExportError
from app.files.private import make_private_folder

TITLE: Final = "FRAMEWISE"  # our own AE title where none is set
_SECONDS: Final = 30.0  # for each answer of the archive; chosen by hand
_WARNINGS: Final = range(0xB000, 0xC000)  # status of what was stored all the same (PS3.4 table B.2-1)
_NO_ROOM: Final = range(0xA700, 0xA800)  # out of resources for now (same table)
_RETRY_SECONDS: Final = (10.0, 60.0, 600.0)  # between tries, the last one for ever; chosen by hand
REFUSED: Final = "refused"  # folder of what the archive does not want


class ArchiveUnreachable(ExportError):
    """The archive does not answer; another try may succeed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one file of the outbox."""

    file: str
    problem: str = ""  #: why the archive refused it, "" where it took it


def send_file(file: Path, node: DicomNode, title: str = TITLE) -> None:
    """Send one object.

    Raises ArchiveUnreachable where another try may succeed, ExportError where the archive's answer is final or the
    file is no DICOM file.
    """
    try:
        dataset = dcmread(file)
        syntax = dataset.file_meta.TransferSyntaxUID
    except (InvalidDicomError, AttributeError, OSError) as error:
        raise ExportError("This cannot be sent: it is no DICOM file.", subject=file) from error
    entity = AE(ae_title=title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = _SECONDS
    entity.add_requested_context(dataset.SOPClassUID, syntax)
    association = entity.associate(node.host, node.port, ae_title=node.title)
    if not association.is_established:
        raise _refusal(association.is_rejected, node)
    try:
        if not association.accepted_contexts:
            raise ExportError(f"{node.title} does not take objects of this kind.", subject=file)
        status = association.send_c_store(dataset).get("Status")
    finally:
        association.release()
    if status is None or status in _NO_ROOM:
        what = "hung up" if status is None else "has no room"
        raise ArchiveUnreachable(f"The archive {what}.", subject=node)
    if status and status not in _WARNINGS:
        raise ExportError(f"{node.title} refused it with status {status:04X}.", subject=file)


def _refusal(is_rejected: bool, node: DicomNode) -> ExportError:
    if is_rejected:
        what = "The archive refuses the association."
        return ArchiveUnreachable(
            what, subject=node, remedy="Have our AE title entered there, and check its own."
        )
    return ArchiveUnreachable(
        "The archive does not answer.", subject=node, remedy="Check address, port and cable."
    )


class Outbox:
    """Folder of files to be sent. What is in it survives any end of the program."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, made where it is missing."""
        self._folder = folder
        make_private_folder(folder)
        self._tries = 0
        self._next = 0.0

    @property
    def waiting(self) -> Sequence[Path]:
        """Files that wait, the oldest first."""
        files = [file for file in self._folder.glob("*.dcm") if not file.name.startswith(".")]
        return sorted(files, key=lambda file: file.stat().st_mtime_ns)

    def send_waiting(self, node: DicomNode, title: str, now: float) -> list[Sent]:
        """Send what waits, unless the last failure was too short ago. Raises ArchiveUnreachable; all then stays.

        now: seconds on a monotonic clock. What the archive refuses for good moves to the folder "refused".
        """
        sent: list[Sent] = []
        files = self.waiting if now >= self._next else ()
        for file in files:
            try:
                send_file(file, node, title)
            except ArchiveUnreachable:
                self._next = now + _RETRY_SECONDS[min(self._tries, len(_RETRY_SECONDS) - 1)]
                self._tries += 1
                raise
            except ExportError as error:
                self._refuse(file)
                sent.append(Sent(file.name, str(error)))
            else:
                file.unlink()
                sent.append(Sent(file.name))
            self._tries, self._next = 0, 0.0
        return sent

    def _refuse(self, file: Path) -> None:
        make_private_folder(self._folder / REFUSED)
        shutil.move(file, self._folder / REFUSED / file.name)
