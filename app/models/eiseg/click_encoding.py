"""Inputs of a click model: the normalised picture and maps of the clicks."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.eiseg.corner_resize import resize_array
from app.models.eiseg.zoom_in import ZoomBox
from app.models.engine import Image

Array = NDArray[np.float32]
RADIUS = 5  # Network pixels of a click's disk, as the models were trained.
_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)


def normalise_image(pixels: NDArray[np.uint8] | Array) -> Array:
    """Return float32 (1, 3, h, w) from RGB (h, w, 3) in 0..255, by the statistics of ImageNet."""
    normal = np.empty((1, len(_MEAN), *pixels.shape[:2]), np.float32)
    # Plane by plane takes a twentieth of the time of one expression over all.
    planes = zip(normal[0], cv2.split(pixels), 1 / (255 * _DEVIATION), _MEAN / _DEVIATION, strict=True)
    for plane, source, scale, offset in planes:
        np.multiply(source, scale, out=plane)
        plane -= offset
    return normal


def crop_image(image: Image, box: ZoomBox, height: int, width: int) -> Array:
    """Return a part of the picture as network input, float32 (1, 3, height, width)."""
    return normalise_image(resize_array(crop_array(image, box), height, width))


def crop_array(array: NDArray[np.generic], box: ZoomBox) -> NDArray[np.generic]:
    """Return the part of an array (h, w, ...) inside the box."""
    return array[box.rows[0] : box.rows[1] + 1, box.columns[0] : box.columns[1] + 1]


def encode_clicks(previous: Array, clicks: Sequence[Click], box: ZoomBox) -> Array:
    """Return float32 (1, 3, h, w): the previous map (h, w), disks of positive and of negative clicks.

    A click outside the box counts with the part of its disk inside.
    """
    height, width = previous.shape
    maps = np.zeros((1, 3, height, width), np.float32)
    maps[0, 0] = previous
    places = [(click_position(click, box, height, width), click.positive) for click in clicks]
    _draw_disks(maps[0, 1], (place for place, positive in places if positive))
    _draw_disks(maps[0, 2], (place for place, positive in places if not positive))
    return maps


def click_position(click: Click, box: ZoomBox, height: int, width: int) -> tuple[float, float]:
    """Return row and column of a click in a box that is resized to (height, width)."""
    row = height * (click.y - box.rows[0]) / box.height
    column = width * (click.x - box.columns[0]) / box.width
    return row, column


def _draw_disks(plane: Array, places: Iterable[tuple[float, float]]) -> None:
    for row, column in places:
        # In EISeg two negative coordinates mark an empty slot, so nothing is drawn there.
        if row < 0 and column < 0:
            continue
        rows = slice(max(0, int(row) - RADIUS), max(0, int(row) + RADIUS + 2))
        columns = slice(max(0, int(column) - RADIUS), max(0, int(column) + RADIUS + 2))
        down = np.arange(plane.shape[0], dtype=np.float32)[rows, None] - np.float32(row)
        right = np.arange(plane.shape[1], dtype=np.float32)[columns] - np.float32(column)
        plane[rows, columns][down * down + right * right <= RADIUS * RADIUS] = 1
