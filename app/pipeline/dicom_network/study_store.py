"""Studies that arrive instance by instance: staged, and moved to the drop folder when they are complete."""

from __future__ import annotations

import errno
import filecmp
import hashlib
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from app.domain.errors import SequenceError, StorageFull
from app.files.atomic_file import atomic_file
from app.files.atomic_folder import atomic_folder
from app.files.private import make_private_folder
from app.files.temporary_sibling import sync_path

_UID = re.compile(r"[0-9.]{1,64}")  # PS3.5 section 9.1
_TAGS: Final = ["StudyInstanceUID", "StudyDate", "SOPInstanceUID", "SOPClassUID"]
# Bytes that stay free on the disk, so that masks can still be saved; chosen by hand.
FREE_BYTES: Final = 2 << 30
_LEAVING: Final = ".leaving"  # suffix of a folder on its way to the drop folder


@dataclass(slots=True)
class _StagedStudy:
    """What is known of one staged study."""

    name: str  #: of its folder in the drop folder
    changed: float  #: when the last instance came, on the store's clock
    size: int = 0  #: bytes
    open_by: set[int] = field(default_factory=set)  #: associations that may send more
    is_cut: bool = False  #: a connection ended before its association did


@dataclass(frozen=True, slots=True)
class DeliveredStudy:
    """A study that has moved to the drop folder."""

    folder: Path
    instances: int
    is_cut: bool  #: the connection was cut, and the rest never came
    differing: int = 0  #: instances left out, since the study had others of their UIDs


class StudyStore:
    """The staging folder. Its methods may be called from any thread."""

    def __init__(
        self,
        staging: Path,
        drop_folder: Path,
        clock: Callable[[], float],
        study_limit: int,
        quiet_seconds: float,
        cut_seconds: float,
    ) -> None:
        """Take up what an earlier run left; it counts as cut.

        study_limit: bytes of one study; quiet_seconds: without an instance, after which a study is complete;
        cut_seconds: the same where a connection was cut, in which the peer may send the rest.
        """
        self._staging, self._drop_folder, self._clock = staging, drop_folder, clock
        self._limit, self._quiet, self._cut = study_limit, quiet_seconds, cut_seconds
        self._lock = threading.Lock()
        self._studies: dict[str, _StagedStudy] = {}
        make_private_folder(staging)
        for folder in staging.iterdir():
            if folder.suffix == _LEAVING or _UID.fullmatch(folder.name):
                self._studies[folder.name] = _recover(folder, clock())

    def add(self, file: Path, association: int) -> None:
        """Stage an instance; it is durable on return. One that is there already is left as it is.

        Raises SequenceError where the file is no instance, StorageFull where the study or the disk has no room.
        """
        study, instance, date = _identify(file)
        size = file.stat().st_size
        with self._lock:
            arrival = self._studies.setdefault(study, _StagedStudy(_folder_name(study, date), self._clock()))
            arrival.changed = self._clock()
            arrival.open_by.add(association)
        if arrival.size + size > self._limit:
            raise StorageFull("The study is larger than is taken.", remedy="Raise receiver_gigabytes.")
        if shutil.disk_usage(self._staging).free - size < FREE_BYTES:
            raise StorageFull("The disk is nearly full.", subject=self._staging, remedy="Free some space.")
        sync_path(file)
        folder = self._staging / study
        with self._lock:  # the folder of a study that is delivered leaves its place under the same lock
            self._studies[study] = arrival
            folder.mkdir(mode=0o700, exist_ok=True)
            if not _link(file, folder / f"{instance}.dcm"):
                return
            arrival.size += size
        sync_path(folder)

    def end_association(self, association: int, is_cut: bool) -> None:
        """Note that an association ended: by its release, or because the connection was cut."""
        with self._lock:
            for arrival in self._studies.values():
                if association in arrival.open_by:
                    arrival.open_by.discard(association)
                    arrival.is_cut = is_cut
                    arrival.changed = self._clock()

    def deliver_complete(self) -> list[DeliveredStudy]:
        """Move the studies that are complete to the drop folder. Raises OSError as the system does; then they stay."""
        with self._lock:
            due = [study for study, arrival in self._studies.items() if self._is_complete(arrival)]
        found = (self._deliver(study) for study in due)
        return [study for study in found if study is not None]

    @property
    def waiting(self) -> int:
        """Number of studies that are not complete yet."""
        return len(self._studies)

    def _is_complete(self, arrival: _StagedStudy) -> bool:
        wait = self._cut if arrival.is_cut else self._quiet
        return not arrival.open_by and self._clock() - arrival.changed >= wait

    def _deliver(self, study: str) -> DeliveredStudy | None:
        staged = self._staging / study
        with self._lock:
            arrival = self._studies.pop(study)
            if staged.suffix != _LEAVING and staged.is_dir():
                staged = staged.rename(staged.with_name(f"{study}.{secrets.token_hex(4)}{_LEAVING}"))
                self._studies[staged.name] = arrival  # until it has arrived
        files = sorted(staged.glob("*.dcm"))
        if not files:
            return None
        target, differing = self._drop_folder / arrival.name, 0
        self._drop_folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            differing = _merge(files, target)
        else:
            _move_folder(staged, target)
        shutil.rmtree(staged, ignore_errors=True)
        with self._lock:
            self._studies.pop(staged.name, None)
        return DeliveredStudy(target, len(files), arrival.is_cut, differing)


def _identify(file: Path) -> tuple[str, str, str]:
    """Return the UIDs of study and instance, and the date of the study as far as it has one."""
    try:
        header = dcmread(file, stop_before_pixels=True, specific_tags=_TAGS)
        study, instance = str(header.get("StudyInstanceUID", "")), str(header.get("SOPInstanceUID", ""))
        date = str(header.get("StudyDate", ""))
    except (InvalidDicomError, EOFError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SequenceError(f"This is no DICOM instance: {error}.", subject=file.name) from error
    if not _UID.fullmatch(study) or not _UID.fullmatch(instance) or ".." in study + instance:
        raise SequenceError("The UIDs of study and instance are missing or wrong.", subject=file.name)
    return study, instance, date


def _folder_name(study: str, date: str) -> str:
    """Return a name that says nothing of the patient and is the same each time the study comes."""
    day = f"{date[:4]}-{date[4:6]}-{date[6:]}" if re.fullmatch(r"\d{8}", date) else "undated"
    return f"study_{day}_{hashlib.sha256(study.encode()).hexdigest()[:10]}"


def _recover(folder: Path, now: float) -> _StagedStudy:
    files = list(folder.glob("*.dcm"))
    study, date = folder.name, ""
    for file in files[:1]:
        with suppress(SequenceError):
            study, _, date = _identify(file)
    size = sum(file.stat().st_size for file in files)
    return _StagedStudy(_folder_name(study, date), now, size, is_cut=True)


def _link(file: Path, target: Path) -> bool:
    """Give a file its place unless the place is taken; return whether it was free."""
    try:
        os.link(file, target)
    except FileExistsError:
        return False
    return True


def _merge(files: Iterable[Path], target: Path) -> int:
    """Add to a study that was delivered before what it lacks, each file whole; return how many differ from what it has.

    Those are left out: an instance of one UID never changes (PS3.3 annex C.12.1.1.1), and masks may lie on it.
    """
    differing = 0
    for file in files:
        place = target / file.name
        if place.exists():
            differing += not filecmp.cmp(file, place, shallow=False)
            continue
        with atomic_file(place) as draft:
            shutil.copyfile(file, draft)
    return differing


def _move_folder(staged: Path, target: Path) -> None:
    """Move a folder; where its place is on another disk it is copied."""
    try:
        staged.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with atomic_folder(target) as draft:
            shutil.copytree(staged, draft, dirs_exist_ok=True)
    sync_path(target.parent)
