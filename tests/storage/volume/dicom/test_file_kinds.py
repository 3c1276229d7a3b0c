"""DICOM files as old scanners, archives and programs that remove identity leave them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from app.domain.errors import SequenceError
from app.storage.opening import open_source, probe_kind
from app.storage.volume.dicom.dicom_signature import begins_as_dicom
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.scans import dataset, multiframe, save, save_bare, voxels, write_series


def refusal(path: Path) -> str:
    with pytest.raises(SequenceError) as caught:
        open_source(path)
    return str(caught.value)


def rename_syntax(path: Path, old: str, new: str) -> None:
    """Change the transfer syntax that a file names, to one of the same length or shorter."""
    content = path.read_bytes()
    assert content.count(old.encode()) == 1
    path.write_bytes(content.replace(old.encode(), new.encode().ljust(len(old), b"\0")))


@pytest.mark.parametrize("suffix", ["", ".ima", ".IMA", ".DCM", ".0001"])
def test_files_without_preamble_open(tmp_path: Path, suffix: str) -> None:
    stack = voxels()
    for k, pixels in enumerate(stack):
        save_bare(dataset(pixels, ImagePositionPatient=[0, 0, 2.5 * k]), tmp_path / "scan" / f"IM{k}{suffix}")
    assert probe_kind(tmp_path / "scan") == "volume"
    with open_volume(tmp_path / "scan") as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], stack)
    with open_source(tmp_path / "scan" / f"IM3{suffix}") as alone:
        assert (alone.info.frames, alone.info.kind) == (1, "volume")


@pytest.mark.parametrize(("implicit", "little"), [(False, True), (False, False)])
def test_bare_files_of_either_byte_order_open(tmp_path: Path, implicit: bool, little: bool) -> None:
    stack = voxels()
    for k, pixels in enumerate(stack):
        data = dataset(pixels if little else pixels.astype(">i2"), ImagePositionPatient=[0, 0, 2.5 * k])
        bare = Dataset()
        bare.update(data)
        bare.save_as(tmp_path / f"{k}", implicit_vr=implicit, little_endian=little, enforce_file_format=False)
    with open_source(tmp_path) as source:
        assert isinstance(source, VolumeSource)
        assert np.array_equal([source.read_native(k) for k in range(6)], stack)


def test_a_file_that_lost_its_preamble_alone_opens(tmp_path: Path) -> None:
    save(dataset(voxels()[0]), tmp_path / "a")
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[132:])
    with open_source(tmp_path / "a") as source:
        assert source.info.frames == 1


def test_slices_without_kind_and_modality_open(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(), Modality=None, SOPClassUID=None)
    with open_volume(tmp_path) as volume:
        assert (volume.info.frames, volume.info.modality) == (6, "OT")


def test_slices_that_all_have_one_uid_are_all_there(tmp_path: Path) -> None:
    stack = voxels()
    write_series(tmp_path, stack, SOPInstanceUID="1.2.3")
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], stack)
        assert volume.info.warnings == ()


@pytest.mark.parametrize(
    "head",
    [
        bytes(400),
        b"\x02\x00\x00\x00" + bytes(400),
        b"\x08\x00\x05\x00CS\x03\x00ABC" + bytes(400),
        b"\x08\x00\x05\x00" + b"\xff" * 400,
        b"II*\0\x08\0\0\0" + bytes(400),
        b"\x08\x00",
        b"",
    ],
)
def test_what_only_begins_a_little_like_dicom_is_not(head: bytes) -> None:
    assert not begins_as_dicom(head)


def test_a_deflated_series_is_read(tmp_path: Path) -> None:
    stack = voxels()
    for k, pixels in enumerate(stack):
        data = dataset(pixels, ImagePositionPatient=[0, 0, 2.5 * k])
        data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        save(data, tmp_path / f"{k}.dcm")
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], stack)


def test_a_deflated_file_unpacks_no_further_than_its_header_says(tmp_path: Path) -> None:
    """A private element of 200 MB of zeros before the pixels, in a file of 200 KB."""
    path = tmp_path / "bomb.dcm"
    data = dataset(voxels()[0])
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    save(data, path)
    content = path.read_bytes()
    start = 144 + struct.unpack_from("<I", content, 140)[0]
    plain = zlib.decompress(content[start:], -zlib.MAX_WBITS)
    at = plain.index(b"\x28\x00\x02\x00US")  # the first element of the picture's group
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    element = struct.pack("<HH2sHI", 0x0027, 0x1010, b"OB", 0, 200 * 2**20)
    packed = packer.compress(plain[:at] + element)
    packed += b"".join(packer.compress(bytes(2**20)) for _ in range(200))
    path.write_bytes(content[:start] + packed + packer.compress(plain[at:]) + packer.flush())
    assert "unpacks to more than 64 MiB" in refusal(path)


def test_big_endian_pixels_of_ge_are_read(tmp_path: Path) -> None:
    stack = voxels()
    for k, pixels in enumerate(stack):
        data = dataset(pixels.astype(">i2"), ImagePositionPatient=[0, 0, 2.5 * k])
        data.file_meta.TransferSyntaxUID = UID("1.2.840.113619.5.2")
        data.save_as(tmp_path / f"{k}.dcm", implicit_vr=True, little_endian=True, enforce_file_format=True)
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], stack)


@pytest.mark.parametrize("named", ["1.2.3.4.5.6.7", "1.2.840.10008.1.2.1"])
@pytest.mark.parametrize(("syntax", "uid"), [("jpeg-2000", JPEG2000Lossless), ("rle", RLELossless)])
def test_pixels_tell_their_compression_where_the_header_does_not(
    tmp_path: Path, named: str, syntax: str, uid: UID
) -> None:
    stack = voxels()
    for path in write_series(tmp_path, stack, syntax=syntax):
        rename_syntax(path, uid, named)
    with open_volume(tmp_path) as volume:
        assert np.array_equal([volume.read_native(k) for k in range(6)], stack)


def test_an_unknown_compression_is_refused_by_its_name_when_opened(tmp_path: Path) -> None:
    for path in write_series(tmp_path, voxels(), syntax="rle"):
        content = path.read_bytes().replace(struct.pack("<II", 2, 64), struct.pack("<II", 99, 99))
        path.write_bytes(content)
        rename_syntax(path, RLELossless, "1.3.46.6705.1")
    said = refusal(tmp_path)
    assert "1.3.46.6705.1" in said
    assert "amaged" not in said


def test_files_without_pixels_are_refused_when_opened_and_not_called_damaged(tmp_path: Path) -> None:
    write_series(tmp_path, voxels(), PixelData=None)
    said = refusal(tmp_path)
    assert "None of the 6 DICOM files here can be shown. The file holds no pixels" in said
    assert "amaged" not in said
    assert refusal(tmp_path / "0003.dcm").count("The file holds no pixels") == 1


def test_files_without_pixels_among_slices_are_named(tmp_path: Path) -> None:
    write_series(tmp_path, voxels())
    save(dataset(voxels()[0], PixelData=None), tmp_path / "empty.dcm")
    with open_volume(tmp_path) as volume:
        assert volume.info.frames == 6
        assert "left out: empty.dcm" in " ".join(volume.info.warnings)


def test_a_header_that_is_damaged_among_slices_is_called_so(tmp_path: Path) -> None:
    files = write_series(tmp_path, voxels())
    (tmp_path / "cut.dcm").write_bytes(files[0].read_bytes()[:150])
    (tmp_path / "notes.txt").write_text("none of this is DICOM")
    with open_volume(tmp_path) as volume:
        said = " ".join(volume.info.warnings)
    assert "Not DICOM, and left out: notes.txt" in said
    assert "cut off, and left out: cut.dcm" in said


@pytest.mark.parametrize("frames", [2**31 - 1, 50_000, 300])
def test_more_frames_than_a_file_can_hold_are_refused_at_once(tmp_path: Path, frames: int) -> None:
    data = dataset(voxels((1, 8, 8))[0], NumberOfFrames=frames)
    save(data, tmp_path / "huge.dcm")
    assert f"claims {frames:,} frames" in refusal(tmp_path / "huge.dcm")


def test_a_number_of_frames_that_is_none_is_refused(tmp_path: Path) -> None:
    save(multiframe(voxels((2, 8, 8)), [(0, 0, 0), (0, 0, 1)]), tmp_path / "two.dcm")
    content = (tmp_path / "two.dcm").read_bytes()
    at = content.index(b"\x28\x00\x08\x00IS\x02\x00") + 8
    (tmp_path / "two.dcm").write_bytes(content[:at] + b"2A" + content[at + 2 :])
    assert "no sensible number of frames" in refusal(tmp_path / "two.dcm")


def test_decimal_commas_are_numbers(tmp_path: Path) -> None:
    for path in write_series(tmp_path, voxels()):
        path.write_bytes(path.read_bytes().replace(b"0.75\\0.5", b"0,75\\0,5"))
    with open_volume(tmp_path) as volume:
        assert volume.info.spacing == (2.5, 0.75, 0.5)


def test_a_document_is_named_by_its_kind(tmp_path: Path) -> None:
    data = dataset(voxels()[0], Rows=None, Columns=None, PixelData=None)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.33")
    data.Modality = "SR"
    save(data, tmp_path / "report.dcm")
    assert "holds no picture (Comprehensive SR Storage)" in refusal(tmp_path / "report.dcm")


def test_a_picture_without_size_is_no_report(tmp_path: Path) -> None:
    for n in range(2):
        save(dataset(voxels()[0], Rows=None, Columns=None, PixelData=None), tmp_path / f"{n}.dcm")
    assert "The file holds no picture: its size and its pixels were left out." in refusal(tmp_path)


def test_a_slice_that_went_away_is_not_called_damaged(tmp_path: Path) -> None:
    files = write_series(tmp_path, voxels(), reverse=False)
    with open_volume(tmp_path) as volume:
        files[5].unlink()
        with pytest.raises(SequenceError, match="not there"):
            volume.read_native(5)
