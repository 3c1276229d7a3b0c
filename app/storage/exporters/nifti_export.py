"""Label volumes as NIfTI-1 or NIfTI-2."""

import gzip
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.imaging.label_volume import LabelMap
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.mask_record import KEY, record_volume
from app.storage.exporters.volume_export_file import export_file, require_even
from app.storage.volume.nifti import CARET, COMMENT, UINT8, NiftiHeader, blank_header

_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT
_MILLIMETRES = 2  # NIFTI_UNITS_MM
_LARGEST_SIDE = 2**15 - 1  # dim is int16 in NIfTI-1
_LEVEL = 5  # of gzip; label volumes hardly shrink further above it, and take longer


def export_nifti(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_labels.nii.gz. Raises as write_nifti."""
    scan = job.scan()
    path = folder / f"{job.name}_labels.nii.gz"
    extensions = ((CARET, name_table(job.all_labels)), (COMMENT, f"{KEY}: {record_volume(job)}".encode()))
    slices = scan.watched(scan.voxels())
    write_nifti(path, slices, scan.source.geometry, scan.source.origin.nifti, extensions)
    return [path]


def name_table(labels: Sequence[Label]) -> bytes:
    """Return names and colours as the XML that Connectome Workbench and TotalSegmentator write."""
    rows = []
    for label in labels:
        red, green, blue = (f"{part / 255:.4f}" for part in label.color)
        name = html.escape(label.name)
        rows.append(
            f'<Label Key="{label.value}" Red="{red}" Green="{green}" Blue="{blue}" Alpha="1">{name}</Label>'
        )
    table = f'<VolumeInformation Index="0"><LabelTable>{"".join(rows)}</LabelTable></VolumeInformation>'
    return f'<?xml version="1.0" encoding="UTF-8"?><CaretExtension>{table}</CaretExtension>'.encode()


def write_nifti(
    path: Path,
    slices: Iterable[LabelMap],
    geometry: VolumeGeometry,
    source: NiftiHeader | None,
    extensions: Sequence[tuple[int, bytes]] = (),
) -> None:
    """Write slices uint8 (y, x) of a volume as .nii.gz, with extensions (code, content).

    source: the header of the scan, where that is NIfTI: sform, qform and their codes are kept bit for bit.
    Raises ExportError where NIfTI cannot say how the slices lie, StorageFull when there is no room.
    """
    require_even(geometry, path)
    header = source if source is not None else _header(geometry, path)
    packed_extensions = b"".join(_extension(header, code, content) for code, content in extensions)
    # No name and no time in the gzip header: the same labels give the same bytes.
    with (
        export_file(path) as draft,
        open(draft, "wb") as file,
        gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed,
    ):
        packed.write(header.for_labels(len(packed_extensions)))
        packed.write(bytes((bool(packed_extensions), 0, 0, 0)) + packed_extensions)
        for picture in slices:
            packed.write(np.ascontiguousarray(picture).data)


def _extension(header: NiftiHeader, code: int, content: bytes) -> bytes:
    size = -(-(len(content) + 8) // 16) * 16
    return np.array((size, code), f"{header.order}i4").tobytes() + content.ljust(size - 8, b"\0")


def _header(geometry: VolumeGeometry, path: Path) -> NiftiHeader:
    if max(geometry.shape) > _LARGEST_SIDE:
        raise ExportError("NIfTI-1 cannot hold a volume this large.", subject=path, remedy="Use NRRD.")
    fields = blank_header()
    head = fields[0]
    depth, height, width = geometry.shape
    head["dim"] = (3, width, height, depth, 1, 1, 1, 1)
    head["datatype"], head["bitpix"] = UINT8, 8
    sizes = (1.0, 1.0, 1.0) if geometry.full_spacing is None else geometry.full_spacing[::-1]
    head["pixdim"] = (1.0, *sizes, 0.0, 0.0, 0.0, 0.0)
    head["xyzt_units"] = 0 if geometry.full_spacing is None else _MILLIMETRES
    if (matrix := geometry.matrix) is not None:
        _place(head, np.diag([-1.0, -1.0, 1.0, 1.0]) @ matrix, is_straight=not geometry.tilt)
    return NiftiHeader(fields.tobytes(), 1, "<")


def _place(head: np.void, ras: NDArray[np.float64], *, is_straight: bool) -> None:
    """Say where the volume lies, as sform and, where no slice is sheared, as qform too."""
    head["sform_code"], head["srow"] = _SCANNER, ras[:3].reshape(-1)
    if not is_straight:
        return
    turn = ras[:3, :3] / np.linalg.norm(ras[:3, :3], axis=0)
    left, _, right = np.linalg.svd(turn)
    turn = left @ right
    mirror = float(np.sign(np.linalg.det(turn)))
    turn[:, 2] *= mirror
    head["qform_code"], head["quatern"], head["qoffset"] = _SCANNER, _quaternion(turn), ras[:3, 3]
    head["pixdim"][0] = mirror


def _quaternion(turn: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the b, c, d of a rotation, with a >= 0 (nifti1.h)."""
    symmetric = np.array(
        [
            [turn[0, 0] - turn[1, 1] - turn[2, 2], 0, 0, 0],
            [turn[0, 1] + turn[1, 0], turn[1, 1] - turn[0, 0] - turn[2, 2], 0, 0],
            [turn[0, 2] + turn[2, 0], turn[1, 2] + turn[2, 1], turn[2, 2] - turn[0, 0] - turn[1, 1], 0],
            [turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1], np.trace(turn)],
        ]
    )
    # The quaternion is the eigenvector of the largest eigenvalue (Bar-Itzhack, 2000), stable for every angle.
    vectors: NDArray[Any] = np.linalg.eigh(symmetric, UPLO="L")[1]
    b, c, d, a = (float(n) for n in vectors[:, 3])
    return (b, c, d) if a >= 0 else (-b, -c, -d)
