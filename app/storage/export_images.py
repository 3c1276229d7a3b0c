"""Exports as one image a frame: label maps and overlays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.annotation import Label
from app.storage.export_job import ExportJob, writing
from app.storage.label_list import write_labels
from app.storage.whole_folder import whole_folder

FAST = 1


def export_label_maps(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>/mask/00000.png: 8-bit palette PNG, pixel = label value; and <name>/labels.txt."""
    target = folder / job.name / "mask"
    palette = palette_of(job.labels)
    names = job.frame_names()
    with writing(target):
        with whole_folder(target) as draft:
            for frame in job.frames():
                picture = Image.fromarray(job.label_map(frame), "P")
                picture.putpalette(palette)
                picture.save(draft / f"{names[frame]}.png", compress_level=FAST)
        listed = target.parent / "labels.txt"
        write_labels(listed, job.labels)
    return [target, listed]


def export_overlays(job: ExportJob, folder: Path) -> list[Path]:
    """Write <name>/overlay/00000.png: the frame with its masks over it."""
    target = folder / job.name / "overlay"
    names = job.frame_names()
    with writing(target), whole_folder(target) as draft:
        for frame in job.frames():
            blended = blend(job.image(frame), job.label_map(frame), job.labels, job.opacity)
            Image.fromarray(blended).save(draft / f"{names[frame]}.png", compress_level=FAST)
    return [target]


def palette_of(labels: Sequence[Label]) -> bytes:
    """256 RGB entries; the entry of a label's value is its colour, the others are black."""
    colors = np.zeros((256, 3), np.uint8)
    for label in labels:
        colors[label.value] = label.color
    return colors.tobytes()


def blend(
    image: NDArray[np.uint8], label_map: NDArray[np.uint8], labels: Sequence[Label], opacity: float
) -> NDArray[np.uint8]:
    """Lay the colours of a label map over an image, uint8 (h, w, 3)."""
    if not label_map.any():
        return image
    table = np.frombuffer(palette_of(labels), np.uint8).reshape(256, 3)
    mixed = cv2.addWeighted(image, 1 - opacity, table[label_map], opacity, 0)
    return np.where((label_map > 0)[..., None], mixed, image).astype(np.uint8, copy=False)
