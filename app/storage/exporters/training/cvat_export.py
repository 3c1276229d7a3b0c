"""CVAT's own XML 1.1 (docs.cvat.ai, XML annotation format): tracks of a video, or masks of images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np

from app.domain.annotation import Label, Mask
from app.imaging import masks
from app.imaging.polygons.outlines import join_rings, outlines
from app.storage.exporters.training.collection import Collection, Part
from app.storage.exporters.training.frame_pictures import write_picture

_FROM: Final = "Framewise"


def export_cvat_video(data: Collection, root: Path) -> None:
    """Write <split>/<sequence>.xml and images/<sequence>/00000.jpg: a track of polygons for each object.

    A polygon runs along pixel edges. Pieces of one mask and its holes are joined to one ring by lines that enclose
    nothing, since a track has one shape a frame.
    """
    for part in data.parts():
        with _XmlFile(root / part.split / f"{part.name}.xml") as xml:
            _write_head(xml, part, data.labels, "interpolation")
            tracks: dict[int, list[tuple[int, Mask]]] = {}
            for frame in part.watched():
                write_picture(part.job, frame, root / part.split / "images" / part.name / f"{frame:05d}.jpg")
                for item, cell in part.sure(frame):
                    tracks.setdefault(item.object_id, []).append((frame, cell.mask))
            names = _names(part, data.labels)
            for number, (object_id, shapes) in enumerate(sorted(tracks.items())):
                track = {"id": number, "label": names[object_id], "source": _FROM, "group_id": object_id}
                with xml.inside("track", track):
                    _write_shapes(xml, shapes, part.frames, part.job.info.frames)


def export_cvat_images(data: Collection, root: Path) -> None:
    """Write <split>/<sequence>.xml and images/<sequence>/<frame>.jpg: masks as CVAT's run lengths, with object ids."""
    for part in data.parts():
        with _XmlFile(root / part.split / f"{part.name}.xml") as xml:
            _write_head(xml, part, data.labels, "annotation")
            names, stems = _names(part, data.labels), part.job.frame_names()
            for place, frame in enumerate(part.watched()):
                name = f"{part.name}/{stems[frame]}.jpg"
                write_picture(part.job, frame, root / part.split / "images" / name)
                size = {"width": part.job.info.width, "height": part.job.info.height}
                with xml.inside("image", {"id": place, "name": name, **size}):
                    for item, cell in part.sure(frame):
                        _write_mask(xml, cell.mask, names[item.object_id], item.object_id)


def _write_shapes(xml: _XmlFile, shapes: list[tuple[int, Mask]], frames: tuple[int, ...], count: int) -> None:
    """Write a key frame for each mask, and one that is outside where masks end; count: frames of the sequence."""
    known, points = dict(shapes), ""
    after = frames[-1] + 1
    for frame in (*frames, after) if after < count else frames:
        mask = known.get(frame)
        if mask is not None:
            ring = reduce(join_rings, outlines(masks.decode(mask)))
            points = ";".join(f"{x}.0,{y}.0" for x, y in ring.tolist())
        if points:
            about = {"frame": frame, "outside": int(mask is None), "occluded": 0, "keyframe": 1}
            xml.leaf("polygon", {**about, "points": points, "z_order": 0})
        if mask is None:
            points = ""


def _write_mask(xml: _XmlFile, mask: Mask, label: str, object_id: int) -> None:
    x, y, width, height = masks.box(mask)
    flat = masks.decode(mask)[y : y + height, x : x + width].ravel()
    # Run lengths by row from the box's corner, background first.
    edges = np.flatnonzero(np.diff(flat, prepend=False))
    runs = np.diff(np.concatenate([[0], edges, [flat.size]]))
    about = {"label": label, "source": _FROM, "occluded": 0, "rle": ", ".join(map(str, runs.tolist()))}
    place = {"left": x, "top": y, "width": width, "height": height}
    xml.leaf("mask", {**about, **place, "z_order": 0, "group_id": object_id})


def _names(part: Part, labels: Iterable[Label]) -> dict[int, str]:
    names = {label.value: label.name for label in labels}
    return {item.object_id: names[item.label] for item in part.job.objects}


def _write_head(xml: _XmlFile, part: Part, labels: Iterable[Label], mode: str) -> None:
    info = part.job.info
    xml.text("version", "1.1")
    with xml.inside("meta"), xml.inside("task"):
        for key, text in (("name", part.name), ("size", str(info.frames)), ("mode", mode)):
            xml.text(key, text)
        xml.text("start_frame", "0")
        xml.text("stop_frame", str(info.frames - 1))
        with xml.inside("labels"):
            for label in labels:
                with xml.inside("label"):
                    xml.text("name", label.name)
                    xml.text("color", "#{:02x}{:02x}{:02x}".format(*label.color))
                    xml.text("type", "any")
                    xml.leaf("attributes", {})
        with xml.inside("original_size"):
            xml.text("width", str(info.width))
            xml.text("height", str(info.height))


class _XmlFile:
    """An XML file that is written as it is made: a document of 30,000 frames does not fit into memory."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._xml = XMLGenerator(self._file, "utf-8", short_empty_elements=True)

    def __enter__(self) -> Self:
        self._xml.startDocument()
        self._begin("annotations", {})
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._xml.endElement("annotations")
            self._xml.endDocument()
        self._file.close()

    @contextmanager
    def inside(self, tag: str, attributes: Mapping[str, object] = MappingProxyType({})) -> Iterator[None]:
        """Write what follows into an element."""
        self._begin(tag, attributes)
        yield
        self._xml.endElement(tag)
        self._xml.ignorableWhitespace("\n")

    def leaf(self, tag: str, attributes: Mapping[str, object]) -> None:
        """Write an element without content."""
        with self.inside(tag, attributes):
            pass

    def text(self, tag: str, text: str) -> None:
        """Write an element with a text."""
        with self.inside(tag):
            self._xml.characters(text)

    def _begin(self, tag: str, attributes: Mapping[str, object]) -> None:
        self._xml.startElement(tag, AttributesImpl({key: str(value) for key, value in attributes.items()}))
