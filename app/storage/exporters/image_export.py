"""Exports as one image a frame: label maps and overlays."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.domain.annotation import Label
from app.domain.errors import ExportError
from app.files.atomic_folder import atomic_folder
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.label_list import write_labels
from app.storage.exporters.mask_record import KEY, record_frame, to_text

# Measured on 1080p: runs of equal pixels are a third of the size of zlib's usual ones in the same time, and rows
# as differences from the row above are written in half the time.
MAP_OPTIONS: dict[str, Any] = {"compress_level": 1, "compress_type": zlib.Z_RLE}
VOID_NOTE = "Framewise void"  # a text in a label map: the value of pixels about which nothing is said
LONGEST_NOTE = 2**20  # characters of a text in a PNG that Pillow reads
OVERLAY_OPTIONS = (
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_UP,
)


def export_label_maps(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>/mask/00000.png: 8-bit palette PNG, pixel = label value; and <name>/labels.txt.

    A frame without annotations is 255 all over, which trainers take for void; the highest free value where 255 is
    a label's. It has no picture where frames were chosen by status.
    """
    target = folder / job.name / "mask"
    palette = palette_of(job.all_labels)
    names, selected = job.frame_names(), job.selected()
    void, value = frozenset(selected.void), void_value(job.all_labels)
    nothing = np.full((job.info.height, job.info.width), value, np.uint8)
    with translate_write_errors(target), atomic_folder(target) as draft:
        for frame in job.watch(selected.shown):
            notes = PngInfo()
            label_map = nothing if frame in void else job.label_map(frame)
            if frame in void:
                notes.add_text(VOID_NOTE, str(value))
            elif len(text := to_text(record_frame(job, frame, label_map))) <= LONGEST_NOTE:
                notes.add_text(KEY, text, zip=True)
            picture = Image.fromarray(label_map, "P")
            picture.putpalette(palette)
            picture.save(draft / f"{names[frame]}.png", pnginfo=notes, **MAP_OPTIONS)
    listed = target.parent / "labels.txt"
    write_labels(listed, job.all_labels, ExportError)
    return [target, listed]


def export_overlays(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>/overlay/00000.png: the frame with its masks over it."""
    target = folder / job.name / "overlay"
    labels, names = job.all_labels, job.frame_names()
    with translate_write_errors(target), atomic_folder(target) as draft:
        for frame in job.watch(job.selected().shown):
            blended = blend(job.image(frame), job.label_map(frame), labels, job.opacity)
            _, content = cv2.imencode(".png", blended[..., ::-1], OVERLAY_OPTIONS)
            (draft / f"{names[frame]}.png").write_bytes(content.tobytes())
    return [target]


def void_value(labels: Sequence[Label]) -> int:
    """Return the value of pixels about which nothing is said: 255, as in Pascal VOC, or the highest free one."""
    return max(set(range(256)) - {label.value for label in labels})


def palette_of(labels: Sequence[Label]) -> bytes:
    """256 RGB entries; the entry of a label's value is its colour, the others are black."""
    colors = np.zeros((256, 3), np.uint8)
    for label in labels:
        colors[label.value] = label.color
    return colors.tobytes()


def blend(
    image: NDArray[np.uint8], label_map: NDArray[np.uint8], labels: Sequence[Label], opacity: float
) -> NDArray[np.uint8]:
    """Lay the colours of a label map over an image, uint8 (h, w, 3); a new array where there are any."""
    left, top, width, height = cv2.boundingRect(label_map)
    if not width:
        return image
    result = image.copy()
    part, values = (
        result[top : top + height, left : left + width],
        label_map[top : top + height, left : left + width],
    )
    table = np.frombuffer(palette_of(labels), np.uint8).reshape(1, 256, 3)
    colors = cv2.LUT(cv2.merge((values, values, values)), table)
    part[...] = cv2.copyTo(cv2.addWeighted(part, 1 - opacity, colors, opacity, 0), values, part.copy())
    return result
