"""Frames beside masks: a folder of pictures, one of label maps, one of object maps."""

from pathlib import Path

from app.domain.errors import ExportError
from app.storage.exporters.image_export import palette_of
from app.storage.exporters.label_list import write_labels
from app.storage.exporters.training.collection import Collection
from app.storage.exporters.training.frame_pictures import source_file, write_map, write_picture


def export_frames(data: Collection, root: Path) -> None:
    """Write <split>/images/<sequence>/, masks/ and objects/ with one PNG a frame each, and labels.txt.

    A mask is 8-bit, pixel = label value, void 255; an object map is 16-bit, pixel = object id. Void is 0 there.
    """
    _write(data, root, keep=False)


def export_original_frames(data: Collection, root: Path) -> None:
    """Write as export_frames does, but copy pictures that are files of their own as they are."""
    _write(data, root, keep=True)


def _write(data: Collection, root: Path, *, keep: bool) -> None:
    palette = palette_of(data.labels)
    values = {label.value: label.value for label in data.labels}
    for part in data.parts():
        names = part.job.frame_names()
        objects = {item.object_id: item.object_id for item in part.job.objects}
        base = root / part.split
        for frame in part.watched():
            source = source_file(part.job, frame, is_deep=True) if keep else None
            suffix = ".png" if source is None else source.suffix
            picture = base / "images" / part.name / f"{names[frame]}{suffix}"
            write_picture(part.job, frame, picture, keep=keep, is_deep=True)
            name = f"{part.name}/{names[frame]}.png"
            write_map(base / "masks" / name, part.paint(frame, values), palette)
            write_map(base / "objects" / name, part.paint(frame, objects, by_object=True, void=0))
    write_labels(root / "labels.txt", data.labels, ExportError)
