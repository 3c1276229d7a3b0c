"""Parquet tables that Hugging Face `datasets` loads with pictures (huggingface.co/docs/datasets, image_dataset)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.files.odd_names import unicode_path
from app.imaging import masks
from app.storage.exporters.image_export import OVERLAY_OPTIONS, palette_of
from app.storage.exporters.training.collection import Collection, Part, Split
from app.storage.images.palette_png import palette_png

_ROWS: Final = 32  # of a row group; bounds memory to about 100 MB of 1080p pictures
_PICTURE: Final = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_OBJECT: Final = pa.struct([
    ("object_id", pa.int32()), ("label", pa.int32()), ("status", pa.string()), ("score", pa.float32()),
    ("bbox", pa.list_(pa.int32())), ("rle", pa.string()),
])  # fmt: skip
_SCHEMA: Final = pa.schema([
    ("sequence", pa.string()), ("frame", pa.int32()), ("image", _PICTURE), ("mask", _PICTURE),
    ("objects", pa.list_(_OBJECT)),
])  # fmt: skip


def export_parquet(data: Collection, root: Path) -> None:
    """Write data/<split>-00000-of-00001.parquet: image and label map as PNG, and each object's own mask as COCO RLE.

    The label map holds label values, void 255; the names of labels are in the table's metadata.
    """
    schema = _SCHEMA.with_metadata(_metadata(data))
    folder = root / "data"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        tables: dict[Split, pq.ParquetWriter] = {}
        for part in data.parts():
            if part.split not in tables:
                path = folder / f"{part.split}-00000-of-00001.parquet"
                name = opened.enter_context(unicode_path(path))
                tables[part.split] = opened.enter_context(pq.ParquetWriter(name, schema))
            rows: list[dict[str, Any]] = []
            for row in _rows(data, part):
                rows.append(row)
                if len(rows) == _ROWS:
                    tables[part.split].write_table(pa.Table.from_pylist(rows, schema))
                    rows = []
            if rows:
                tables[part.split].write_table(pa.Table.from_pylist(rows, schema))


def _rows(data: Collection, part: Part) -> Iterator[dict[str, Any]]:
    values = {label.value: label.value for label in data.labels}
    palette, names = palette_of(data.labels), part.job.frame_names()
    for frame in part.watched():
        _, content = cv2.imencode(".png", part.job.image(frame)[..., ::-1], OVERLAY_OPTIONS)
        label_map = palette_png(part.paint(frame, values).astype(np.uint8), palette)
        name = f"{part.name}/{names[frame]}.png"
        yield {
            "sequence": part.name,
            "frame": frame,
            "image": {"bytes": content.tobytes(), "path": name},
            "mask": {"bytes": label_map, "path": name},
            "objects": [
                {
                    "object_id": item.object_id,
                    "label": item.label,
                    "status": cell.status.name.lower(),
                    "score": cell.score,
                    "bbox": list(masks.box(cell.mask)),
                    "rle": cell.mask.counts.decode("ascii"),
                }
                for item, cell in part.sure(frame)
            ],
        }


def _metadata(data: Collection) -> dict[str, str]:
    """Return the table's metadata: the features that `datasets` goes by, and our labels."""

    def value(dtype: str) -> dict[str, str]:
        return {"dtype": dtype, "_type": "Value"}

    item = {
        "object_id": value("int32"), "label": value("int32"), "status": value("string"), "score": value("float32"),
        "bbox": {"feature": value("int32"), "_type": "List"}, "rle": value("string"),
    }  # fmt: skip
    features = {
        "sequence": value("string"), "frame": value("int32"), "image": {"_type": "Image"}, "mask": {"_type": "Image"},
        "objects": {"feature": item, "_type": "List"},
    }  # fmt: skip
    labels = [{"value": label.value, "name": label.name, "color": list(label.color)} for label in data.labels]
    return {
        "huggingface": json.dumps({"info": {"features": features}}),
        "framewise": json.dumps({"labels": labels}, ensure_ascii=False),
    }
