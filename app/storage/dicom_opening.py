"""Opening of DICOM: a volume, a clip, an encapsulated video or stills, told by their headers."""

import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.domain.annotation import FrameAxis, Orientation, SequenceInfo
from app.domain.errors import SequenceError
from app.storage.cine.cine_source import CineSource, OpenedCine
from app.storage.cine.cine_spacing import with_scales
from app.storage.source import FrameSource
from app.storage.video.video_source import VideoSource
from app.storage.volume.archive.unpacked_study import UnpackedStudy, is_archive
from app.storage.volume.dicom.dicom_folder import DicomFolder, choose_series, scan_folder
from app.storage.volume.dicom.slice_header import VIDEO_SYNTAXES, SliceHeader
from app.storage.volume.volume_opening import name_series, open_stack
from app.storage.volume.volume_source import VolumeSource


def open_dicom(
    path: Path,
    series: str | None,
    orientation: Orientation | None,
    folder: Path | None,
    time: int | None = None,
    along: FrameAxis = "space",
) -> FrameSource:
    """Open a DICOM file or folder, or a study in an archive.

    series: UID or number, where there are several. folder: for decoded slices and the list of a video's frames.
    time: which of several volumes in the same places, None for all. along: which of their frames follow each other.
    Raises SequenceError when it cannot be read, SeveralSeries when one must be chosen, StorageFull.
    """
    if not is_archive(path):
        return _open(scan_folder(path), path, series, orientation, folder, time, along)
    study = UnpackedStudy(path)
    try:
        source = _open(scan_folder(study.folder), path, series, orientation, folder, time, along)
    except BaseException:
        study.close()
        raise
    # A source reads its files until it is dropped, whichever of the readers it is.
    weakref.finalize(source, study.close)
    return source


def _open(
    found: DicomFolder,
    path: Path,
    series: str | None,
    orientation: Orientation | None,
    folder: Path | None,
    time: int | None,
    along: FrameAxis,
) -> FrameSource:
    headers = choose_series(found, series, path)
    if not headers[0].is_cine:
        return VolumeSource(open_stack(found, headers, path, series, time), orientation, folder, along)
    if time:
        raise SequenceError("There are no time points to choose from: every frame is one.", subject=path)
    headers = sorted(headers, key=lambda header: (*header.order, str(header.path)))
    name, notes = name_series(found, headers[0], path, series), found.warnings
    if headers[0].transfer_syntax in VIDEO_SYNTAXES:
        return _open_video(headers, path, name, notes, folder)
    return CineSource(OpenedCine(name, path, tuple(headers), notes))


def _open_video(
    headers: Sequence[SliceHeader], path: Path, name: str, notes: tuple[str, ...], folder: Path | None
) -> VideoSource:
    """Open the video in a file; its own stream says when its frames are shown."""
    source = VideoSource(headers[0].path, folder)
    info: SequenceInfo = source.info
    warnings = (*notes, *info.warnings)
    named = replace(info, name=name, path=str(path), modality=headers[0].modality, warnings=warnings)
    source.info = with_scales(named, headers)
    return source
