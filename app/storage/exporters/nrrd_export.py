"""Label volumes as NRRD (teem.sourceforge.net/nrrd/format.html)."""

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from app.domain.annotation import Label
from app.imaging.label_volume import LabelMap
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.mask_record import KEY, record_volume
from app.storage.exporters.volume_export_file import export_file, require_even

_LEVEL = 5  # of gzip, as for NIfTI


def export_nrrd(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>_labels.nrrd. Raises as write_nrrd."""
    scan = job.scan()
    path = folder / f"{job.name}_labels.nrrd"
    texts = [*segment_texts(job.all_labels), (KEY, record_volume(job))]
    write_nrrd(path, scan.watched(scan.voxels()), scan.source.geometry, texts)
    return [path]


def segment_texts(labels: Sequence[Label]) -> list[tuple[str, str]]:
    """Return names and colours as 3D Slicer writes them into a .seg.nrrd."""
    found = []
    for number, label in enumerate(labels):
        name = " ".join(label.name.split())
        color = " ".join(f"{part / 255:.4f}" for part in label.color)
        fields = {"ID": f"Segment_{label.value}", "Name": name, "LabelValue": str(label.value)}
        fields |= {"Color": color, "Layer": "0"}
        found += [(f"Segment{number}_{key}", text) for key, text in fields.items()]
    return found


def write_nrrd(
    path: Path,
    slices: Iterable[LabelMap],
    geometry: VolumeGeometry,
    texts: Sequence[tuple[str, str]] = (),
) -> None:
    """Write slices uint8 (y, x) of a volume, in the patient coordinates of DICOM (left, posterior, superior).

    texts: keys and values that the header holds besides.

    Raises ExportError where NRRD cannot say how the slices lie, StorageFull when there is no room.
    """
    require_even(geometry, path)
    with export_file(path) as draft, open(draft, "wb") as file:
        lines = [*_header(geometry), *(f"{key}:={text}" for key, text in texts)]
        file.write("\n".join([*lines, "", ""]).encode())
        with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
            for picture in slices:
                packed.write(np.ascontiguousarray(picture).data)


def _header(geometry: VolumeGeometry) -> list[str]:
    depth, height, width = geometry.shape
    lines = ["NRRD0004", "type: uint8", "dimension: 3", f"sizes: {width} {height} {depth}"]
    matrix = geometry.matrix
    if matrix is not None:
        # The space must come before what is said in it.
        lines.insert(3, "space: left-posterior-superior")
        directions = " ".join(_vector(matrix[:3, axis]) for axis in range(3))
        lines += [f"space directions: {directions}", f"space origin: {_vector(matrix[:3, 3])}"]
    elif geometry.full_spacing is not None:
        lines.append("spacings: " + " ".join(repr(size) for size in reversed(geometry.full_spacing)))
    return [*lines, "kinds: domain domain domain", "endian: little", "encoding: gzip"]


def _vector(numbers: np.ndarray) -> str:
    return "({})".format(",".join(repr(float(number)) for number in numbers))
