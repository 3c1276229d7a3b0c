"""Studies that arrive instance by instance, without a network."""

from __future__ import annotations

import os
import resource
import struct
import tracemalloc
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from app.domain.errors import SequenceError
from app.pipeline.dicom_network.study_store import DeliveredStudy, StudyStore
from tests.pipeline.dicom_network.conftest import write_instance

STUDY = "1.2.3.4"
FIRST, SECOND = 1, 2  # associations
CUT_SECONDS = 600.0


class Site:
    """A store with a clock of its own, and scanners that send to it."""

    def __init__(self, root: Path) -> None:
        self.root, self.drop, self.now = root, root / "drop", 0.0
        self.store = self.started()

    def started(self) -> StudyStore:
        return StudyStore(self.root / "staging", self.drop, lambda: self.now, 1 << 30, 1.0, CUT_SECONDS)

    def send(
        self, numbers: Sequence[int], study: str = STUDY, association: int = FIRST, **changes: str
    ) -> None:
        """Send instances; changes: of their attributes."""
        for number in numbers:
            self.store.add(self.instance(number, study, **changes), association)

    def instance(self, number: int, study: str = STUDY, **changes: str) -> Path:
        folder = self.root / f"sent-{len(list(self.root.iterdir()))}"
        folder.mkdir()
        file = write_instance(folder, STUDY, number)
        data = dcmread(file)
        data.file_meta.ImplementationClassUID = UID("1.2.3")  # the receiver's own, the same for all
        for name, value in {"StudyInstanceUID": study, **changes}.items():
            setattr(data, name, value)
        data.save_as(file)
        return file

    def end(self, association: int = FIRST, is_cut: bool = False, wait: float = 2.0) -> None:
        self.store.end_association(association, is_cut)
        self.now += wait

    def delivered(self) -> list[DeliveredStudy]:
        return list(self.store.deliver_complete())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.filterwarnings("ignore:.*allowed values for each VR")
@pytest.mark.parametrize("uid", [".", "..", ".1", "1.", "1..2", "", "../../x", "1/2", "1" * 65])
def test_a_uid_that_is_none_is_refused_and_what_is_staged_stays(site: Site, uid: str) -> None:
    site.send([1, 2])
    with pytest.raises(SequenceError, match="UIDs"):
        site.send([3], study=uid)
    with pytest.raises(SequenceError, match="UIDs"):
        site.send([3], SOPInstanceUID=uid)
    site.end()
    assert [study.instances for study in site.delivered()] == [2]
    site.send([4])
    site.end()
    assert [study.instances for study in site.delivered()] == [1]


def test_a_study_waits_as_long_as_the_drop_folder_cannot_be_written(site: Site) -> None:
    site.drop.write_text("in the way")
    site.send([1, 2, 3])
    site.end()
    for _ in range(4):
        with pytest.raises(OSError):
            site.delivered()
    site.store = site.started()
    site.now += CUT_SECONDS
    with pytest.raises(OSError):
        site.delivered()
    site.drop.unlink()
    assert [study.instances for study in site.delivered()] == [3]
    assert not site.delivered()


def test_one_study_that_cannot_move_holds_no_other_up(site: Site) -> None:
    site.send([1])
    site.end()
    (first,) = site.delivered()
    for file in first.folder.iterdir():
        file.unlink()
    first.folder.rmdir()
    first.folder.write_text("in the way")
    site.send([1])
    site.send([1, 2], study="1.2.3.5")
    site.end()
    told = []
    with pytest.raises(OSError):
        for study in site.store.deliver_complete():
            told.append(study.instances)
    assert told == [2]
    first.folder.unlink()
    assert [study.folder for study in site.delivered()] == [first.folder]


def test_an_image_that_comes_again_with_other_content_is_left_out_and_told(site: Site) -> None:
    site.send([1, 2])
    site.send([1])
    site.send([2], PatientName="Other^Name")
    site.end()
    (study,) = site.delivered()
    assert (study.instances, study.differing) == (2, 1)
    kept = [dcmread(file).PatientName for file in study.folder.iterdir()]
    assert kept == ["Planted^Name", "Planted^Name"]


@pytest.mark.parametrize("date", ["", "20261130"])
def test_a_later_part_joins_its_study_also_with_another_date(site: Site, date: str) -> None:
    site.send([1, 2])
    site.end()
    (first,) = site.delivered()
    site.end(wait=3600.0)
    site.send([3], association=SECOND, StudyDate=date)
    site.end(SECOND)
    (second,) = site.delivered()
    assert second.folder == first.folder
    assert len(list(first.folder.iterdir())) == 3


def test_one_association_does_not_complete_what_another_was_cut_off_from(site: Site) -> None:
    site.send([1, 2], association=FIRST)
    site.send([5, 6], association=SECOND)
    site.end(FIRST, is_cut=True)
    site.end(SECOND)
    assert not site.delivered()
    site.send([1, 2, 3], association=FIRST)  # a number may come again
    site.end(FIRST)
    (study,) = site.delivered()
    assert (study.instances, study.is_cut) == (5, False)


def test_a_deflated_instance_is_not_inflated_whole(site: Site) -> None:
    file = site.instance(1)
    data = dcmread(file)
    del data.PixelData
    data.file_meta = FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dcmwrite(file, data, enforce_file_format=True)
    head, packed = file.read_bytes(), zlib.compressobj(wbits=-zlib.MAX_WBITS)
    meta = 144 + int.from_bytes(head[140:144], "little")
    plain = zlib.decompress(head[meta:], -zlib.MAX_WBITS)
    pixels = 64 << 20
    body = packed.compress(plain + struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, pixels))
    body += b"".join(packed.compress(bytes(1 << 20)) for _ in range(pixels >> 20)) + packed.flush()
    file.write_bytes(head[:meta] + body)
    tracemalloc.start()
    try:
        site.store.add(file, FIRST)
        assert tracemalloc.get_traced_memory()[1] < pixels / 2
    finally:
        tracemalloc.stop()
    site.end()
    assert [study.instances for study in site.delivered()] == [1]


def test_a_study_waits_where_the_disk_of_the_drop_folder_is_full(site: Site) -> None:
    with TemporaryDirectory(dir="/dev/shm") as other:
        if os.stat(other).st_dev == site.root.stat().st_dev:
            pytest.skip("here is one disk only")
        site.drop = Path(other, "drop")
        site.store = site.started()
        site.send([1, 2])
        site.end()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, limits[1]))
        try:
            with pytest.raises(OSError, match="too large") as told:
                site.delivered()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert told.value.strerror, "one error, which a person can read"
        assert not list(site.drop.iterdir())
        (delivered,) = site.delivered()
        assert len(list(delivered.folder.iterdir())) == delivered.instances == 2
