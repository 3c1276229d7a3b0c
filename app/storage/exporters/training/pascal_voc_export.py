"""Pascal VOC 2012 (host.robots.ox.ac.uk/pascal/VOC): class maps, object maps and boxes in XML."""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

from app.imaging import masks
from app.storage.exporters.training.collection import Collection, Part, Split
from app.storage.exporters.training.frame_pictures import write_map, write_picture

_BITS: Final = 8  # of a colour, from which the palette of the VOC devkit takes three at a time


def export_pascal_voc(data: Collection, root: Path) -> None:
    """Write JPEGImages/, SegmentationClass/ and -Object/, Annotations/, ImageSets/Segmentation/ and labelmap.txt.

    Classes and the objects of a picture are numbered from 1, void is 255; colours are those of VOC's own palette.
    """
    classes, palette = data.class_numbers(), voc_palette()
    listed: dict[Split, list[str]] = {}
    for part in data.parts():
        names = part.job.frame_names()
        for frame in part.watched():
            stem = f"{part.name}_{names[frame]}"
            listed.setdefault(part.split, []).append(stem)
            write_picture(part.job, frame, root / "JPEGImages" / f"{stem}.jpg")
            write_map(root / "SegmentationClass" / f"{stem}.png", part.paint(frame, classes), palette)
            numbers = {item.object_id: number for number, (item, _) in enumerate(part.sure(frame), 1)}
            objects = part.paint(frame, numbers, by_object=True)
            write_map(root / "SegmentationObject" / f"{stem}.png", objects, palette)
            _write_boxes(
                root / "Annotations" / f"{stem}.xml", part, frame, {x.value: x.name for x in data.labels}
            )
    folder = root / "ImageSets/Segmentation"
    folder.mkdir(parents=True, exist_ok=True)
    for split, stems in listed.items():
        (folder / f"{split}.txt").write_text("".join(f"{stem}\n" for stem in stems), encoding="utf-8")
    rows = ["background", *(label.name for label in data.labels)]
    colors = [",".join(map(str, palette[3 * n : 3 * n + 3])) for n in range(len(rows))]
    lines = [f"{name}:{color}::\n" for name, color in zip(rows, colors, strict=True)]
    (root / "labelmap.txt").write_text("# label:color_rgb:parts:actions\n" + "".join(lines), encoding="utf-8")


def voc_palette() -> bytes:
    """Return the 256 RGB entries of VOC's devkit: the bits of a value dealt out to red, green and blue in turn."""
    table = bytearray()
    for value in range(256):
        for channel in range(3):
            bits = (value >> (3 * place + channel) & 1 for place in range(3))
            table.append(sum(bit << (_BITS - 1 - place) for place, bit in enumerate(bits)))
    return bytes(table)


def _write_boxes(path: Path, part: Part, frame: int, names: dict[int, str]) -> None:
    info = part.job.info
    top = Xml.Element("annotation")
    values = {"folder": "VOC2012", "filename": f"{path.stem}.jpg", "segmented": "1"}
    for key, text in values.items():
        Xml.SubElement(top, key).text = text
    size = Xml.SubElement(top, "size")
    for key, number in (("width", info.width), ("height", info.height), ("depth", 3)):
        Xml.SubElement(size, key).text = str(number)
    for item, cell in part.sure(frame):
        x, y, width, height = masks.box(cell.mask)
        found = Xml.SubElement(top, "object")
        for key, text in (
            ("name", names[item.label]),
            ("pose", "Unspecified"),
            ("truncated", "0"),
            ("difficult", "0"),
        ):
            Xml.SubElement(found, key).text = text
        box = Xml.SubElement(found, "bndbox")
        # VOC counts pixels from 1, and a box ends on its last pixel.
        for key, number in (("xmin", x + 1), ("ymin", y + 1), ("xmax", x + width), ("ymax", y + height)):
            Xml.SubElement(box, key).text = str(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    Xml.indent(top)
    Xml.ElementTree(top).write(path, encoding="utf-8")
