"""One file of an export."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import ExportError
from app.files.atomic_file import atomic_file
from app.imaging.volume_geometry import VolumeGeometry
from app.storage.exporters.export_job import translate_write_errors


@contextmanager
def export_file(target: Path) -> Iterator[Path]:
    """Give a draft to write, which then takes target's place. Raises ExportError or StorageFull."""
    with translate_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as draft:
            yield draft


def require_even(geometry: VolumeGeometry, target: Path) -> None:
    """Refuse to write one spacing over slices that have several: that would move them in the patient."""
    if not geometry.is_even:
        raise ExportError(
            "The slices are unevenly spaced, which this format cannot say.",
            subject=target,
            remedy="Export a DICOM segmentation, which keeps every slice's place, or complete the series.",
        )
