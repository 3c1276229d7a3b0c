"""Studies that arrive instance by instance: staged, and moved to the drop folder when they are complete."""

import errno
import filecmp
import hashlib
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydicom import dcmread

from app.domain.errors import SequenceError, StorageFull
from app.files.atomic_file import atomic_file
from app.files.atomic_folder import atomic_folder
from app.files.private import make_private_folder
from app.files.temporary_sibling import sync_path
from app.storage.volume.dicom.dicom_headers import DAMAGE, open_dataset

_UID = re.compile(r"(?=.{1,64}$)[0-9]+(\.[0-9]+)*")  # PS3.5 section 9.1
_TAGS: Final = ["StudyInstanceUID", "StudyDate", "SOPInstanceUID"]
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
    open_at_cut: set[int] = field(
        default_factory=set
    )  #: associations whose release does not make up for that
    differing: int = 0  #: instances that came again with other content


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
            if files := list(folder.glob("*.dcm")):
                self._studies[folder.name] = _recover(files, clock())
            else:
                shutil.rmtree(folder, ignore_errors=True)

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
        self.check_room()
        sync_path(file)
        place = self._staging / study / f"{instance}.dcm"
        with self._lock:  # the folder of a study that is delivered leaves its place under the same lock
            self._studies[study] = arrival
            place.parent.mkdir(mode=0o700, exist_ok=True)
            is_new = _link(file, place)
            arrival.size += size if is_new else 0
        if is_new:
            sync_path(place.parent)
        elif not filecmp.cmp(file, place, shallow=False):
            with self._lock:
                arrival.differing += 1

    def check_room(self) -> None:
        """Raise StorageFull where the disk has no more room than masks may need."""
        if shutil.disk_usage(self._staging).free < FREE_BYTES:
            raise StorageFull("The disk is nearly full.", subject=self._staging, remedy="Free some space.")

    def end_association(self, association: int, is_cut: bool) -> None:
        """Note that an association ended: by its release, or because the connection was cut."""
        with self._lock:
            for arrival in self._studies.values():
                if association in arrival.open_by:
                    arrival.open_by.discard(association)
                    arrival.changed = self._clock()
                    if is_cut:
                        arrival.is_cut, arrival.open_at_cut = True, set(arrival.open_by)
                    elif association not in arrival.open_at_cut:
                        arrival.is_cut = False
                    arrival.open_at_cut.discard(association)

    def deliver_complete(self) -> Iterator[DeliveredStudy]:
        """Move the studies that are complete to the drop folder, and give each.

        Raises OSError as the system does, after all that could be moved; the others stay, to be tried again.
        """
        with self._lock:
            due = [study for study, arrival in self._studies.items() if self._is_complete(arrival)]
        failure: OSError | None = None
        for study in due:
            try:
                delivered = self._deliver(study)
            except OSError as error:
                failure = error
            else:
                if delivered is not None:
                    yield delivered
        if failure is not None:
            raise failure

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
            if not staged.is_dir():  # nothing of it could be stored
                del self._studies[study]
                return None
            if staged.suffix != _LEAVING:  # what comes from now on begins a new folder
                staged = staged.rename(staged.with_name(f"{study}.{secrets.token_hex(4)}{_LEAVING}"))
                self._studies[staged.name] = self._studies.pop(study)
            arrival = self._studies[staged.name]
        delivered = self._hand_over(staged, arrival)
        shutil.rmtree(staged, ignore_errors=True)
        with self._lock:
            del self._studies[staged.name]
        return delivered

    def _hand_over(self, staged: Path, arrival: _StagedStudy) -> DeliveredStudy | None:
        files = sorted(staged.glob("*.dcm"))
        if not files:
            return None
        self._drop_folder.mkdir(parents=True, exist_ok=True)
        target, differing = _target(self._drop_folder, arrival.name), arrival.differing
        if target.exists():
            differing += _merge(files, target)
        else:
            _move_folder(staged, target)
        return DeliveredStudy(target, len(files), arrival.is_cut, differing)


def _identify(file: Path) -> tuple[str, str, str]:
    """Return the UIDs of study and instance, and the date of the study as far as it has one."""
    try:
        with open_dataset(file) as opened:
            header = dcmread(opened, stop_before_pixels=True, specific_tags=_TAGS)
        study, instance = str(header.get("StudyInstanceUID", "")), str(header.get("SOPInstanceUID", ""))
        date = str(header.get("StudyDate", ""))
    except OSError:  # it may be sound
        raise
    except DAMAGE as error:
        raise SequenceError(f"An instance was refused, since it is no DICOM: {error}.") from error
    if not _UID.fullmatch(study) or not _UID.fullmatch(instance):
        raise SequenceError("An instance was refused: the UIDs of study and instance are missing or wrong.")
    return study, instance, date


def _folder_name(study: str, date: str) -> str:
    """Return a name that says nothing of the patient and is the same each time the study comes."""
    day = f"{date[:4]}-{date[4:6]}-{date[6:]}" if re.fullmatch(r"\d{8}", date) else "undated"
    return f"study_{day}_{hashlib.sha256(study.encode()).hexdigest()[:10]}"


def _target(drop_folder: Path, name: str) -> Path:
    """Return the folder of a study: the one it has, also where that came with another date or none."""
    return next(drop_folder.glob(f"study_*_{name.rpartition('_')[2]}"), drop_folder / name)


def _recover(files: list[Path], now: float) -> _StagedStudy:
    study, date = files[0].parent.name, ""
    with suppress(SequenceError):
        study, _, date = _identify(files[0])
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
            for file in staged.glob(
                "*.dcm"
            ):  # copytree would tell all errors at once, and go on after a full disk
                shutil.copyfile(file, draft / file.name)
    sync_path(target.parent)
