"""Parquet tables of our own export: objects as COCO RLE, row by row."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from app.domain.errors import ImportMasksError
from app.files.odd_names import unicode_path
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
)

_COLUMNS = ("sequence", "frame", "objects")


def import_parquet(job: ImportJob) -> ImportedMasks | None:
    """Open a Parquet table with the columns sequence, frame and objects, or a folder of them."""
    paths = sorted((job.path / "data").glob("*.parquet")) if job.path.is_dir() else [job.path]
    if not paths or paths[0].suffix.lower() != ".parquet":
        return None
    # pyarrow takes a fifth of a second to import, and only this format needs it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with ExitStack() as opened:
            names = [opened.enter_context(unicode_path(path)) for path in paths]
            metadata = pq.read_schema(names[0]).metadata or {}
            rows = [row for name in names for row in pq.read_table(name, columns=list(_COLUMNS)).to_pylist()]
        labels = json.loads(metadata.get(b"framewise", b'{"labels": []}'))["labels"]
        classes = [class_label(int(x["value"]), str(x["name"]), x["color"]) for x in labels]
        wanted = [row for row in rows if row["sequence"] in (sequence_name(job.info), job.info.name)]
        pictures = [
            ForeignPicture("", partial(_masks, row, job), int(row["frame"])) for row in wanted or rows
        ]
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise ImportMasksError(
            f"This is no table of masks ({type(error).__name__}: {error}).", subject=Path(job.path)
        ) from error
    return read_foreign(job, pictures, classes)


def _masks(row: dict[str, Any], job: ImportJob) -> Iterator[ForeignMask]:
    height, width = job.info.height, job.info.width
    for item in row["objects"]:
        code = {"size": [height, width], "counts": item["rle"]}
        yield ForeignMask(
            int(item["object_id"]), int(item["label"]), decode_segmentation(code, height, width)
        )
