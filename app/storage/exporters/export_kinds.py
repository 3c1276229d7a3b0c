"""The exporters by kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.storage.exporters.coco_export import export_coco
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.image_export import export_label_maps, export_overlays
from app.storage.exporters.movie_export import export_movie

Exporter = Callable[[ExportJob, Path], list[Path]]

EXPORTERS: dict[str, Exporter] = {
    "png": export_label_maps,
    "overlay": export_overlays,
    "mp4": export_movie,
    "coco": export_coco,
}
