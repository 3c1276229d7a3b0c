"""Clips and stills of DICOM that tests write themselves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests.helpers.scans import dataset, save

ULTRASOUND_CLIP = UID("1.2.840.10008.5.1.4.1.1.3.1")
ENDOSCOPY_VIDEO = UID("1.2.840.10008.5.1.4.1.1.77.1.1.1")
H264 = UID("1.2.840.10008.1.2.4.102")
HEVC = UID("1.2.840.10008.1.2.4.107")
MPEG2 = UID("1.2.840.10008.1.2.4.100")
PLACES, TIMES = 3, 4  # of write_cine
_NO_PLACE = {"ImageOrientationPatient": None, "ImagePositionPatient": None, "SliceThickness": None}


def colors(frames: int = 5, height: int = 20, width: int = 24) -> NDArray[np.uint8]:
    """Random colours, (frames, height, width, 3)."""
    return np.random.default_rng(frames).integers(0, 256, (frames, height, width, 3), np.uint8)


def clip(pixels: NDArray[Any], **changes: Any) -> Dataset:
    """A clip of an ultrasound: pixels (t, h, w) grey or (t, h, w, 3) RGB; changes as for dataset."""
    is_colored = pixels.ndim == 4
    fields: dict[str, Any] = {
        **_NO_PLACE,
        "PixelSpacing": None,
        "Modality": "US",
        "SOPClassUID": ULTRASOUND_CLIP,
        "NumberOfFrames": len(pixels),
        "PixelData": pixels.tobytes() + b"\0" * (pixels.nbytes % 2),
    }
    if is_colored:
        fields |= {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    data = dataset(pixels[0, ..., 0] if is_colored else pixels[0], **(fields | changes))
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    return data


def video_clip(
    frames: NDArray[np.uint8], codec: str, container: str, syntax: UID, fragments: int = 1
) -> Dataset:
    """A clip of an endoscopy with an encapsulated video. frames: (t, h, w, 3) RGB."""
    stream = io.BytesIO()
    with av.open(stream, "w", format=container) as film:
        track = cast(VideoStream, film.add_stream(codec, rate=25))
        track.height, track.width, track.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        for picture in frames:
            film.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(track.encode(None))
    data = clip(frames, SOPClassUID=ENDOSCOPY_VIDEO, Modality="ES")
    data.PhotometricInterpretation = "YBR_PARTIAL_420"
    data.file_meta.TransferSyntaxUID = syntax
    coded = stream.getvalue()
    data.PixelData = encapsulate([coded], fragments_per_frame=fragments)
    data["PixelData"].VR = "OB"
    data["PixelData"].is_undefined_length = True
    return data


def write(data: Dataset, path: Path) -> Path:
    """Write a dataset as a DICOM file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path


def write_cine(folder: Path, places: int = PLACES, times: int = TIMES, **changes: Any) -> NDArray[np.int16]:
    """Write an MR over time, scanned place after place; return its voxels (t, z, y, x)."""
    shape = (times, places, 20, 24)
    voxels = np.random.default_rng(places).integers(0, 500, shape).astype(np.int16)
    voxels += np.arange(times, dtype=np.int16)[:, None, None, None] * 100
    folder.mkdir(exist_ok=True)
    for z in range(places):
        for t in range(times):
            number = z * times + t + 1
            data = dataset(
                voxels[t, z],
                Modality="MR",
                InstanceNumber=number,
                TriggerTime=40.0 * t,
                ImagePositionPatient=[0.0, 0.0, 5.0 * z],
                **changes,
            )
            save(data, folder / f"{number:03d}.dcm")
    return voxels
