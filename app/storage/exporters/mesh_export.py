"""Surfaces as STL and OBJ, in millimetres of DICOM's patient coordinates (LPS)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TextIO

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.volume_export_file import export_file

_STL_FACE: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
_ROWS_AT_ONCE: Final = 100_000  # triangles; about 12 MB in memory, chosen by hand


@dataclass(frozen=True, slots=True)
class Surface:
    """The surface of a label."""

    label: Label
    points: NDArray[np.float64]  #: float64 (n, 3), LPS millimetres
    triangles: NDArray[Any]  #: int (m, 3), wound outward

    @classmethod
    def placed(
        cls, label: Label, points: NDArray[Any], triangles: NDArray[Any], geometry: VolumeGeometry
    ) -> Self:
        """Place a surface found in voxels (i, j, k) in the patient."""
        matrix = geometry.matrix
        is_mirrored = matrix is not None and np.linalg.det(matrix[:3, :3]) < 0
        return cls(label, geometry.to_patient(points), triangles[:, ::-1] if is_mirrored else triangles)


def export_stl(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_<value>_<label>.stl for each label. Raises ExportError or StorageFull."""
    paths = []
    for surface in _surfaces(job):
        path = folder / f"{job.name}_{surface.label.value}_{_file_name_part(surface.label.name)}.stl"
        write_stl(path, surface)
        paths.append(path)
    return paths


def export_obj(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_labels.obj and .mtl. Raises ExportError or StorageFull."""
    return [*write_obj(folder / f"{job.name}_labels.obj", list(_surfaces(job)))]


def write_stl(path: Path, surface: Surface) -> None:
    """Write a binary STL; its comment says which coordinates it is in, the way 3D Slicer reads it.

    Raises ExportError or StorageFull.
    """
    comment = b"SPACE=LPS; UNIT=mm".ljust(80)
    with export_file(path) as draft, open(draft, "wb") as file:
        file.write(comment + np.uint32(len(surface.triangles)).tobytes())
        for first in range(0, len(surface.triangles), _ROWS_AT_ONCE):
            corners = surface.points[surface.triangles[first : first + _ROWS_AT_ONCE]]
            faces = np.zeros(len(corners), _STL_FACE)
            faces["corners"], faces["normal"] = corners, _normals(corners)
            file.write(faces.tobytes())


def write_obj(path: Path, surfaces: Sequence[Surface]) -> tuple[Path, Path]:
    """Write all surfaces into one OBJ, a group each, with their colours beside it in an MTL; return both.

    Raises ExportError or StorageFull.
    """
    colors = path.with_suffix(".mtl")
    with export_file(colors) as draft:
        draft.write_text("".join(_material(surface.label) for surface in surfaces), "utf-8")
    with export_file(path) as draft, open(draft, "w", encoding="utf-8") as file:
        file.write(f"# SPACE=LPS; UNIT=mm\nmtllib {colors.name}\n")
        before = 1
        for surface in surfaces:
            _write_group(file, surface, before)
            before += len(surface.points)
    return path, colors


def _write_group(file: TextIO, surface: Surface, before: int) -> None:
    name = _word(surface.label)
    file.write(f"g {name}\nusemtl {name}\n")
    np.savetxt(file, surface.points, "v %.4f %.4f %.4f")
    np.savetxt(file, surface.triangles + before, "f %d %d %d")


def _material(label: Label) -> str:
    red, green, blue = (channel / 255 for channel in label.color)
    return f"newmtl {_word(label)}\nKd {red:.4f} {green:.4f} {blue:.4f}\n\n"


def _word(label: Label) -> str:
    """Return the label as one word: a group's name ends at the first blank."""
    return "_".join([str(label.value), *label.name.split()])


def _normals(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: NDArray[np.float64] = normals / np.where(lengths > 0, lengths, 1.0)
    return unit


def _surfaces(job: ExportJob) -> Iterator[Surface]:
    scan = job.scan()
    geometry = scan.source.geometry
    if scan.surface is None or geometry.full_spacing is None:
        raise ExportError(
            "The scan does not say how large its voxels are, so its surfaces have no size.",
            subject=job.info.path,
            remedy="Export it as NIfTI or NRRD.",
        )
    voxels = scan.voxels()
    for label in scan.used():
        scan.check_cancelled()
        points, triangles = scan.surface(voxels, label.value)
        if len(triangles):
            yield Surface.placed(label, points, triangles, geometry)


def _file_name_part(name: str) -> str:
    """Return a label's name as part of a file name."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in name)[:60]
