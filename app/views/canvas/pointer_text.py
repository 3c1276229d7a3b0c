"""Position and value under the mouse, in the units of a scan. Pure."""

import numpy as np

from app.domain.annotation import Point, SequenceInfo
from app.imaging.volume_geometry import geometry_of, place_of
from app.messages.picture import Picture


def pointer_text(info: SequenceInfo, picture: Picture, point: Point) -> str:
    """Return pixel and value at an image point; of a scan the place in the patient (L, P, H) too. "" beside it."""
    column, row = round(point[0]), round(point[1])
    height, width = picture.image.shape[:2]
    if not (0 <= column < width and 0 <= row < height):
        return ""
    words = [
        f"x {column}  y {row}",
        _place(info, picture.frame, (column, row)),
        _value(info, picture, column, row),
    ]
    return "   ".join(word for word in words if word)


def _place(info: SequenceInfo, frame: int, point: Point) -> str:
    if info.kind != "volume" or info.spacing is None or info.direction is None:
        return ""
    depth, row, column = place_of(info, frame, point)
    place = geometry_of(info).to_patient(np.array([[column, row, depth]]))[0]
    # DICOM's axes: to the left, to the back and to the head of the patient.
    sides = (("L", "R"), ("P", "A"), ("H", "F"))
    return (
        " ".join(f"{side[int(at < 0)]} {abs(at):.1f}" for side, at in zip(sides, place, strict=True)) + " mm"
    )


def _value(info: SequenceInfo, picture: Picture, column: int, row: int) -> str:
    if info.kind == "volume":
        if picture.native is None:
            return ""
        unit = f" {info.unit}" if info.unit else ""
        return f"{picture.native[row, column]:.6g}{unit}".replace("-", "−")
    red, green, blue = (int(part) for part in picture.image[row, column, :3])
    return f"value {red}" if red == green == blue else f"RGB {red} {green} {blue}"
