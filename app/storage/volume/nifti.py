"""NIfTI files (nifti.nimh.nih.gov): the header byte for byte, for exports, and lazy slices.

nibabel was measured for this: as fast and as lazy with its files kept open, headers and affines the same, but only
the parsing of headers could go (100 lines; NRRD and MetaImage need the readers too), and it takes 0.3 s to import
and refuses quaternions longer than 1, which ITK and this module read.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.volume.file_kinds import not_a
from app.storage.volume.nifti_pair import HEADER_SUFFIXES, find_pair, is_packed, read_head
from app.storage.volume.slice_readers import RawSlices, Rescale, SliceReader, StreamSlices, select_times

Order = Literal["<", ">"]

ORDERS: Final[tuple[Order, ...]] = ("<", ">")
UINT8: Final = 2  # NIFTI_TYPE_UINT8
# NIFTI_ECODE_CARET: XML with a table of labels, as Connectome Workbench and TotalSegmentator write
CARET: Final = 30
COMMENT: Final = 6  # NIFTI_ECODE_COMMENT
_SIZES: Final = {1: 348, 2: 540}  # bytes of the header, by version
_MILLIMETRES: Final = {1: 1000.0, 3: 0.001}  # in a unit, by NIFTI_UNITS code: metre, micrometre
_SECONDS: Final = {8: 1.0, 16: 1e-3, 24: 1e-6}  # in a unit of time, by NIFTI_UNITS code
_KINDS: Final = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
_COLORS: Final = (128, 2304)  # NIFTI_TYPE_RGB24, NIFTI_TYPE_RGBA32
_MAGIC: Final = (b"n+1", b"ni1", b"n+2", b"ni2")
_LARGEST_FILE: Final = 2**48  # bytes, 256 TiB: beyond it an offset is damage
# Name: (format, offset) of what is used here; old is what NIfTI-1 inherited from Analyze and never reads.
_VERSION_1: Final = {
    "old": ("S35", 4),
    "dim": ("8i2", 40),
    "datatype": ("i2", 70),
    "bitpix": ("i2", 72),
    "pixdim": ("8f4", 76),
    "vox_offset": ("f4", 108),
    "scl_slope": ("f4", 112),
    "scl_inter": ("f4", 116),
    "xyzt_units": ("u1", 123),
    "cal_max": ("f4", 124),
    "cal_min": ("f4", 128),
    "descrip": ("S80", 148),
    "aux_file": ("S24", 228),
    "qform_code": ("i2", 252),
    "sform_code": ("i2", 254),
    "quatern": ("3f4", 256),
    "qoffset": ("3f4", 268),
    "srow": ("12f4", 280),
    "intent_name": ("S16", 328),
    "magic": ("S4", 344),
}
_VERSION_2: Final = {
    "magic": ("S8", 4),
    "datatype": ("i2", 12),
    "bitpix": ("i2", 14),
    "dim": ("8i8", 16),
    "pixdim": ("8f8", 104),
    "vox_offset": ("i8", 168),
    "scl_slope": ("f8", 176),
    "scl_inter": ("f8", 184),
    "cal_max": ("f8", 192),
    "cal_min": ("f8", 200),
    "descrip": ("S80", 240),
    "aux_file": ("S24", 320),
    "qform_code": ("i4", 344),
    "sform_code": ("i4", 348),
    "quatern": ("3f8", 352),
    "qoffset": ("3f8", 376),
    "srow": ("12f8", 400),
    "xyzt_units": ("i4", 500),
    "intent_name": ("S16", 508),
    "old": ("S15", 525),
}


@dataclass(frozen=True, slots=True)
class NiftiHeader:
    """The fixed part of a NIfTI header."""

    raw: bytes  #: its 348 (NIfTI-1) or 540 (NIfTI-2) bytes
    version: int
    order: Order  #: byte order

    @property
    def is_analyze(self) -> bool:
        """Whether it is one of Analyze 7.5, which has the same size and says nothing of places and directions."""
        return bytes(self.fields[0]["magic"])[:3] not in _MAGIC

    @property
    def fields(self) -> NDArray[np.void]:
        """The header as a structured scalar array; a copy, writable."""
        return np.frombuffer(bytearray(self.raw), _layout(self.version, self.order))

    @property
    def affine(self) -> NDArray[np.float64] | None:
        """Voxel (i, j, k, 1) to RAS millimetres, (4, 4): sform, else qform, else None."""
        head = self.fields[0]
        if self.is_analyze:
            return None
        if head["sform_code"] > 0:
            matrix = np.vstack([head["srow"].reshape(3, 4).astype(np.float64), (0, 0, 0, 1)])
        elif head["qform_code"] > 0:
            matrix = _from_quaternion(head)
        else:
            return None
        matrix[:3] *= self.unit
        return matrix

    @property
    def unit(self) -> float:
        """Millimetres that a unit of length stands for."""
        if self.is_analyze:
            return 1.0
        return _MILLIMETRES.get(int(self.fields[0]["xyzt_units"]) & 7, 1.0)

    @property
    def step(self) -> float | None:
        """Seconds from one time point to the next, None where the header gives no unit or no time."""
        head = self.fields[0]
        unit = None if self.is_analyze else _SECONDS.get(int(head["xyzt_units"]) & 0x38)
        step = float(head["pixdim"][4])
        return step * unit if unit is not None and 0 < step < math.inf else None

    def for_labels(self, extensions: int = 0) -> bytes:
        """Return the header of a uint8 volume (z, y, x) on the same grid, without text that may name a patient.

        extensions: bytes of those between header and voxels.
        """
        fields = self.fields
        head = fields[0]
        dim = head["dim"]
        dim[0] = min(int(dim[0]), 3)
        dim[4:] = 1
        head["datatype"], head["bitpix"] = UINT8, 8
        head["scl_slope"], head["scl_inter"] = 1, 0
        head["cal_max"] = head["cal_min"] = 0
        head["vox_offset"] = vox_offset(self.version) + extensions
        head["magic"] = b"n+1\0" if self.version == 1 else b"n+2\0\r\n\x1a\n"
        for name in ("descrip", "aux_file", "intent_name", "old"):
            head[name] = b""
        return fields.tobytes()


def vox_offset(version: int) -> int:
    """Offset of the voxels of a single file without extensions."""
    return _SIZES[version] + 4


def blank_header() -> NDArray[np.void]:
    """Return a NIfTI-1 header with nothing in it, (1,), to be filled in."""
    fields = np.zeros(1, _layout(1, "<"))
    fields.view(np.uint8)[:4] = np.frombuffer(np.int32(_SIZES[1]).tobytes(), np.uint8)
    return fields


def read_header(path: Path) -> NiftiHeader:
    """Read the header of a .nii or .hdr file, packed or not. Raises SequenceError when there is none."""
    raw = read_head(path, _SIZES[2])
    for version, size in _SIZES.items():
        for order in ORDERS:
            if len(raw) >= size and int(np.frombuffer(raw, f"{order}i4", 1)[0]) == size:
                return _checked(NiftiHeader(raw[:size], version, order), path)
    raise not_a("a NIfTI file", path)


def open_nifti(path: Path, time: int | None) -> tuple[SliceReader, VolumeGeometry, NiftiHeader, int]:
    """Open a time point of a NIfTI volume, or all (None): slices, grid, header, how many time points there are.

    Raises SequenceError for what is no scan: colours, complex numbers, five dimensions, zero spacing.
    """
    data_path, header_path = find_pair(path)
    header = read_header(header_path)
    head = header.fields[0]
    shape, times = _shape(head, path)
    wanted, before = select_times(shape, times, time, path)
    stored = _stored(head, header.order, path)
    rescale = _rescale(head, stored)
    start = _voxels_at(head, path)
    start += before * math.prod(shape[1:]) * stored.itemsize
    geometry = _geometry(header, shape, path)
    reader: SliceReader
    if is_packed(data_path):
        reader = StreamSlices(data_path, "gzip", 0, start, wanted, stored, rescale)
    else:
        reader = RawSlices(data_path, start, wanted, stored, rescale)
    return reader, geometry, header, times


def _checked(header: NiftiHeader, path: Path) -> NiftiHeader:
    """Refuse what is neither NIfTI nor, beside a file of voxels, Analyze."""
    if header.is_analyze and (header.version != 1 or not path.name.lower().endswith(HEADER_SUFFIXES)):
        raise not_a("a NIfTI file", path)
    return header


def _shape(head: np.void, path: Path) -> tuple[tuple[int, int, int], int]:
    count = int(head["dim"][0])
    sizes = [int(n) for n in head["dim"][1 : count + 1]]
    if not 2 <= count <= 7 or min(sizes) < 1:
        raise SequenceError(f"The header claims an impossible size, {sizes}.", subject=path)
    sizes += [1] * (7 - count)
    if math.prod(sizes[4:]) > 1:
        raise SequenceError(
            f"This volume has more than four dimensions, {'x'.join(map(str, sizes[:count]))}.",
            subject=path,
            remedy="Split it into volumes of three dimensions, or four with time.",
        )
    return (sizes[2], sizes[1], sizes[0]), sizes[3]


def _voxels_at(head: np.void, path: Path) -> int:
    offset = float(head["vox_offset"])
    if not 0 <= offset < _LARGEST_FILE:
        raise SequenceError("The header does not say where its voxels are.", subject=path)
    return int(offset)


def _stored(head: np.void, order: str, path: Path) -> np.dtype[Any]:
    code = int(head["datatype"])
    if code in _COLORS:
        raise SequenceError("This volume is in colour, so it has no intensities.", subject=path)
    if code not in _KINDS:
        raise SequenceError(f"Voxels of NIfTI type {code} cannot be shown.", subject=path)
    return np.dtype(order + _KINDS[code])


def _rescale(head: np.void, stored: np.dtype[Any]) -> Rescale:
    slope, intercept = float(head["scl_slope"]), float(head["scl_inter"])
    if slope == 0 or not math.isfinite(slope) or not math.isfinite(intercept):
        return Rescale(stored)
    return Rescale(stored, slope, intercept)


def _geometry(header: NiftiHeader, shape: tuple[int, int, int], path: Path) -> VolumeGeometry:
    # A damaged header may hold any number; what cannot be is refused below.
    with np.errstate(all="ignore"):
        affine = header.affine
        if affine is None:
            sizes = np.abs(header.fields[0]["pixdim"][1:4].astype(np.float64)) * header.unit
        else:
            sizes = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(sizes).all() or not np.isfinite(affine if affine is not None else 0).all():
        raise SequenceError("The geometry in the header is not finite.", subject=path)
    if sizes.min() <= 0:
        raise SequenceError(
            "The header gives a voxel size of zero.", subject=path, remedy="Have the header corrected."
        )
    if affine is None:
        return VolumeGeometry(shape, (float(sizes[2]), float(sizes[1]), float(sizes[0])))
    return geometry_of_affine(shape, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)


def geometry_of_affine(shape: tuple[int, int, int], lps: NDArray[np.float64]) -> VolumeGeometry:
    """Return the grid of an affine (4, 4) to the patient; sheared slices are as far apart as their planes."""
    sizes = np.linalg.norm(lps[:3, :3], axis=0)
    tilt = shear(lps)
    spacing = (float(sizes[2]) * math.cos(math.radians(tilt)), float(sizes[1]), float(sizes[0]))
    return VolumeGeometry(shape, spacing, tuple(tuple(map(float, row)) for row in lps[:3]), (), tilt)


def shear(affine: NDArray[np.float64]) -> float:
    """Return the degrees between the third axis of an affine and the normal of the first two, 0 below a tenth."""
    normal = np.cross(affine[:3, 0], affine[:3, 1])
    third = affine[:3, 2]
    cosine = abs(normal @ third) / (np.linalg.norm(normal) * np.linalg.norm(third))
    angle = math.degrees(math.acos(min(1.0, float(cosine))))
    return angle if angle >= 0.1 else 0.0


def _from_quaternion(head: np.void) -> NDArray[np.float64]:
    """Return the qform as a matrix (nifti1.h, method 2)."""
    b, c, d = (float(n) for n in head["quatern"])
    a = math.sqrt(max(0.0, 1.0 - b * b - c * c - d * d))
    turn = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    sizes = head["pixdim"][1:4].astype(np.float64)
    sizes[2] *= -1.0 if head["pixdim"][0] < 0 else 1.0
    matrix = np.eye(4)
    matrix[:3, :3] = turn * sizes
    matrix[:3, 3] = head["qoffset"].astype(np.float64)
    return matrix


def _layout(version: int, order: Order) -> np.dtype[Any]:
    fields = _VERSION_1 if version == 1 else _VERSION_2
    formats, offsets = zip(*fields.values(), strict=True)
    size = _SIZES[version]
    layout = np.dtype({"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": size})
    return layout.newbyteorder(order)
