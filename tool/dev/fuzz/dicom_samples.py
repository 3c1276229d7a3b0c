"""Good DICOM files of rarer kinds, discs and archives, made of the slices of a series."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless, RLELossless


def write_dicom_samples(series: Path, folder: Path) -> None:
    """Write single files, a disc with its index, and archives of a series."""
    slices = sorted(series.iterdir())
    (folder / "dicom_file").mkdir()
    (folder / "archive").mkdir()
    _write_files(slices[0], folder / "dicom_file")
    _write_disc(slices, folder / "disc")
    with zipfile.ZipFile(folder / "archive" / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in slices:
            packed.write(path, path.name)
    for name in ("a.tar", "a.tgz"):
        with tarfile.open(folder / "archive" / name, "w:gz" if name.endswith("gz") else "w") as stream:
            stream.add(series, "study")


def _write_files(source: Path, folder: Path) -> None:
    bare = Dataset()
    bare.update(dcmread(source))
    bare.save_as(folder / "bare", implicit_vr=True, little_endian=True, enforce_file_format=False)
    deflated = dcmread(source)
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    deflated.save_as(folder / "deflated.dcm")
    for name, syntax in (("rle.dcm", RLELossless), ("ls.dcm", JPEGLSLossless)):
        compressed = dcmread(source)
        compressed.compress(syntax)
        compressed.save_as(folder / name)
    frames = dcmread(source)
    frames.NumberOfFrames, frames.PixelData = 3, frames.PixelData * 3
    frames.save_as(folder / "frames.dcm")


def _write_disc(slices: list[Path], folder: Path) -> None:
    disc = FileSet()
    for path in slices:
        data = dcmread(path)
        data.StudyDate, data.StudyTime, data.StudyID = "20200101", "101010", "1"
        data.PatientID, data.PatientName, data.AccessionNumber, data.SeriesNumber = "1", "A", "1", 1
        disc.add(data)
    disc.write(folder)
