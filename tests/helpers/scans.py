"""Scans that tests write themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from app.domain.annotation import Label
from app.headless import Annotator

PATIENT = "Prefect^Ford"
SCAN_SHAPE = (9, 20, 24)  # slices, rows, columns of a scan that tests of the whole program open
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)

GDCM_SYNTAXES = {
    "jpeg-lossless": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    "jpeg-2000": gdcm.TransferSyntax.JPEG2000Lossless,
    "jpeg-baseline": gdcm.TransferSyntax.JPEGBaselineProcess1,
    "implicit": gdcm.TransferSyntax.ImplicitVRLittleEndian,
    "big-endian": gdcm.TransferSyntax.ExplicitVRBigEndian,
}


def voxels(shape: tuple[int, int, int] = (6, 20, 24), dtype: Any = np.int16, seed: int = 0) -> NDArray[Any]:
    """Random voxels (z, y, x) of a CT-like range, on a smooth ramp so that every slice is different."""
    noise = np.random.default_rng(seed).integers(0, 40, shape)
    ramp = np.add.outer(np.add.outer(np.arange(shape[0]) * 50, np.arange(shape[1])), np.arange(shape[2]))
    return (noise + ramp).astype(dtype)


def dataset(pixels: NDArray[Any], **changes: Any) -> Dataset:
    """A CT slice as a DICOM dataset; changes: keywords to set, or to delete where None."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = CTImageStorage
    data.SOPClassUID = CTImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.PatientName, data.PatientID = PATIENT, "42"
    data.PatientBirthDate, data.PatientSex = "19780308", "O"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.5"
    data.FrameOfReferenceUID, data.PositionReferenceIndicator = "1.2.3.4.6", ""
    data.StudyDate = data.StudyTime = data.AccessionNumber = data.StudyID = ""
    data.ReferringPhysicianName = ""
    data.Modality, data.SeriesNumber, data.InstanceNumber = "CT", 3, 1
    data.Manufacturer = "Sirius Cybernetics"
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = pixels.dtype.itemsize * 8
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    data.PixelSpacing, data.SliceThickness = [0.75, 0.5], 2.5
    data.ImageOrientationPatient, data.ImagePositionPatient = list(AXIAL), [0.0, 0.0, 0.0]
    data.RescaleSlope, data.RescaleIntercept = 1, 0
    data.PixelData = pixels.tobytes()
    for name, value in changes.items():
        if value is None:
            delattr(data, name)
        else:
            setattr(data, name, value)
    return data


def multiframe(stack: NDArray[Any], positions: Sequence[Sequence[float]]) -> Dataset:
    """An enhanced CT: all slices in one dataset, each with its position in a functional group."""
    data = dataset(stack[0], NumberOfFrames=len(stack), PixelData=stack.tobytes())
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    measures, turn = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = data.PixelSpacing, data.SliceThickness
    turn.ImageOrientationPatient = data.ImageOrientationPatient
    shared = Dataset()
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [turn]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [_placed(position) for position in positions]
    for keyword in ("PixelSpacing", "SliceThickness", "ImageOrientationPatient", "ImagePositionPatient"):
        delattr(data, keyword)
    return data


def _placed(position: Sequence[float]) -> Dataset:
    place, group = Dataset(), Dataset()
    place.ImagePositionPatient = list(position)
    group.PlanePositionSequence = [place]
    return group


def write_series(
    folder: Path,
    stack: NDArray[Any],
    *,
    positions: Sequence[Sequence[float]] | None = None,
    syntax: str = "plain",
    reverse: bool = True,
    **changes: Any,
) -> list[Path]:
    """Write slices as files, by default in falling order of position, as scanners often do."""
    folder.mkdir(parents=True, exist_ok=True)
    places = positions or [(-10.0, -20.0, 30.0 + 2.5 * k) for k in range(len(stack))]
    files = []
    for k, pixels in enumerate(stack):
        number = len(stack) - k if reverse else k + 1
        path = folder / f"{number:04d}.dcm"
        fields = {"ImagePositionPatient": list(places[k]), "InstanceNumber": number, **changes}
        save(dataset(pixels, **fields), path, syntax)
        files.append(path)
    return files


def save(data: Dataset, path: Path, syntax: str = "plain") -> None:
    """Write a dataset in a transfer syntax."""
    if syntax in ("rle", "jpeg-ls"):
        data.compress(RLELossless if syntax == "rle" else JPEGLSLossless, generate_instance_uid=False)
    data.save_as(path, enforce_file_format=True)
    if syntax in GDCM_SYNTAXES:
        _transcode(path, GDCM_SYNTAXES[syntax])


def save_bare(data: Dataset, path: Path) -> Path:
    """Write a dataset as old programs did: without preamble and file meta information, in implicit VR."""
    path.parent.mkdir(parents=True, exist_ok=True)
    alone = Dataset()
    alone.update(data)
    alone.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    return path


def read_patient(path: Path) -> str:
    """The patient's name in a DICOM file."""
    return str(pydicom.dcmread(path, stop_before_pixels=True).get("PatientName", ""))


def _transcode(path: Path, syntax: int) -> None:
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()


def lesion(a: Annotator) -> Label:
    """The label of value 9; labels stay from one scan to the next."""
    known = [label for label in a.labels if label.value == 9]
    return known[0] if known else a.add_label("lesion", color=(255, 0, 0), value=9)
