"""Object, status, score and author of each mask, as text beside the pixels of a label map.

A record holds the checksum of its label map, so that a map that another program changed is taken as it is.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob

KEY: Final = "Framewise masks"  # of the text in a file
# Where a DICOM file holds a record (PS3.5 7.8.1).
PRIVATE_GROUP, PRIVATE_CREATOR, PRIVATE_ELEMENT = 0x0063, "FRAMEWISE", 0x01
LabelMap = NDArray[np.uint8]
Record = dict[str, Any]


def record_frame(job: ExportJob, frame: int, label_map: LabelMap, *, with_authors: bool = True) -> Record:
    """Return the record of a frame, in painting order. label_map: uint8 (h, w), as it is exported."""
    rows = {label.value: row for row, label in enumerate(job.all_labels)}
    cells = sorted(job.cells(frame), key=lambda pair: rows[pair[0].label])
    listed = []
    for item, cell in cells:
        entry: Record = {"object": item.object_id, "label": item.label, "status": cell.status.name.lower()}
        entry["score"] = round(cell.score, 4)
        author = job.author(frame, item, cell) if with_authors else ""
        entry |= {"author": author} if author else {}
        # Pixels tell a mask that no other one covers and no other one of its label is beside.
        if cell.mask != masks.encode(label_map == item.label):
            entry["counts"] = cell.mask.counts.decode("ascii")
        listed.append(entry)
    return {"crc": zlib.crc32(label_map.tobytes()), "masks": listed}


def record_volume(job: ExportJob, *, with_authors: bool = True) -> str:
    """Return the records of all frames of a scan as one line of ASCII."""
    return to_text(volume_record(job, with_authors=with_authors))


def volume_record(job: ExportJob, *, with_authors: bool = True) -> Record:
    """Return the records of all frames of a scan, or of a time point, with the direction that they are cut in."""
    scan = job.scan()
    frames = {
        frame: record_frame(job, frame, scan.label_map(frame), with_authors=with_authors)
        for frame in job.selected().chosen
        if job.annotations(frame)
    }
    time = {} if job.time is None else {"time": job.time}
    return {"orientation": scan.source.plane.orientation, **time, "frames": frames}


def to_text(record: Record) -> str:
    """Return a record as one line of ASCII."""
    return json.dumps(record, separators=(",", ":"))


def from_text(text: str) -> Record:
    """Return the record of a text, {} for what is none."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def masks_of(
    record: Mapping[str, Any], label_map: LabelMap
) -> list[tuple[Mapping[str, Any], NDArray[np.bool_]]]:
    """Return the entries of a record with their masks, bool (h, w); nothing where the map was changed since.

    Raises KeyError, TypeError or ValueError for a damaged record.
    """
    if record.get("crc") != zlib.crc32(np.ascontiguousarray(label_map).tobytes()):
        return []
    height, width = label_map.shape
    found = []
    for entry in record["masks"]:
        if "counts" in entry:
            mask = Mask(height, width, str(entry["counts"]).encode("ascii"))
            if not masks.are_valid([mask])[0]:
                raise ValueError("the mask of a record is no mask")
            found.append((entry, masks.decode(mask)))
        else:
            found.append((entry, label_map == int(entry["label"])))
    return found
