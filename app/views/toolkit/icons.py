"""Icons, drawn by the program itself so that no font or file is needed."""

import cv2
import dearpygui.dearpygui as dpg
import numpy as np
from numpy.typing import NDArray

from app.views.toolkit.icon_shapes import FILLED, LINES, NAMES, SIDE, Shape

PIXELS = 2 * SIDE  # a side, sharp at ui_scale 2
_FINE = 4  # drawn so many times larger, then averaged, for smooth edges
_UNIT = PIXELS // SIDE * _FINE


def draw_icon(name: str) -> NDArray[np.float32]:
    """Return an icon, float32 (48, 48, 4): white, its shape in alpha."""
    fine = np.zeros((PIXELS * _FINE, PIXELS * _FINE), np.uint8)
    for shape in FILLED.get(name, ()):
        cv2.fillPoly(fine, [_points(shape)], 255)
    for shape in LINES.get(name, ()):
        cv2.polylines(fine, [_points(shape)], False, 255, 2 * _UNIT)
    alpha = cv2.resize(fine, (PIXELS, PIXELS), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    icon = np.ones((PIXELS, PIXELS, 4), np.float32)
    icon[..., 3] = alpha
    return icon


def load_icons() -> dict[str, int]:
    """Make a texture of each icon and return their items by name."""
    with dpg.texture_registry():
        return {
            name: int(dpg.add_static_texture(PIXELS, PIXELS, draw_icon(name).ravel().tolist()))
            for name in NAMES
        }


def _points(shape: Shape) -> NDArray[np.int32]:
    return np.array([(x * _UNIT, y * _UNIT) for x, y in shape], np.int32)
