"""The exporters by kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.storage.export_coco import export_coco
from app.storage.export_images import export_label_maps, export_overlays
from app.storage.export_job import ExportJob
from app.storage.export_movie import export_movie

Exporter = Callable[[ExportJob, Path], list[Path]]

EXPORTERS: dict[str, Exporter] = {
    "png": export_label_maps,
    "overlay": export_overlays,
    "mp4": export_movie,
    "coco": export_coco,
}
