"""Ruler and angle measure in millimetres where pixels have a size; the pointer tells the value under it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.domain.tool import Tool
from app.imaging.picture_scale import calibrate
from app.messages.picture import Picture
from app.views.canvas.measuring import Measuring
from app.views.canvas.pointer_text import pointer_text

CLIP = SequenceInfo("clip", "/clip.mp4", "video", 3, 400, 200)
SCAN = SequenceInfo(
    "ct",
    "/ct",
    "volume",
    30,
    400,
    200,
    spacing=(5.0, 2.0, 0.5),
    origin=(-10.0, 20.0, 100.0),
    direction=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    orientation="axial",
    modality="CT",
    unit="HU",
)


def measured(tool: Tool, *points: tuple[float, float]) -> Measuring:
    """Click these points."""
    made = Measuring(tool, 0)
    for point in points:
        made.press(point, point)
        made.release(point, point)
        made.move((999.0, 999.0))
    return made


def test_a_length_is_in_pixels_or_in_millimetres_of_both_directions() -> None:
    length = measured(Tool.RULER, (10, 10), (40, 50))
    assert length.is_done
    assert length.text(CLIP) == "50.0 px"
    assert length.text(SCAN) == "81.4 mm"  # 15 mm across and 80 mm down


def test_a_drag_measures_as_two_clicks_do() -> None:
    drag = Measuring(Tool.RULER, 0)
    drag.press((0, 0), (0, 0))
    drag.move((30, 40))
    drag.release((30, 40), (60, 80))
    assert drag.is_done and drag.text(CLIP) == "50.0 px"


@pytest.mark.parametrize(("info", "degrees"), [(CLIP, "90.0°"), (SCAN, "90.0°")])
def test_a_right_angle_is_one_at_any_spacing(info: SequenceInfo, degrees: str) -> None:
    angle = measured(Tool.ANGLE, (50, 10), (10, 10), (10, 40))
    assert angle.is_done and angle.text(info) == degrees


def test_an_angle_is_that_of_the_true_shape() -> None:
    assert measured(Tool.ANGLE, (50, 10), (10, 10), (50, 20)).text(SCAN) == "45.0°"


def test_the_pointer_tells_the_value_and_the_place_in_the_patient() -> None:
    image = np.full((200, 400, 4), 7, np.uint8)
    native = np.full((200, 400), -1000.0, np.float32)
    native[20, 40] = 43.0
    picture = Picture("/ct", 2, image, None, "axial", native=native)
    assert pointer_text(SCAN, picture, (40.4, 19.6)) == "x 40  y 20   L 10.0 P 60.0 H 110.0 mm   43 HU"
    assert pointer_text(SCAN, picture, (0, 0)).endswith("−1000 HU")
    assert pointer_text(SCAN, replace(picture, native=None), (0, 0)).endswith("mm")
    assert pointer_text(SCAN, picture, (400, 5)) == ""


def test_on_a_film_the_pointer_tells_the_colour() -> None:
    image = np.full((200, 400, 4), 7, np.uint8)
    image[5, 6] = (1, 2, 3, 255)
    picture = Picture("/clip.mp4", 0, image, None)
    assert pointer_text(CLIP, picture, (6, 5)) == "x 6  y 5   RGB 1 2 3"
    assert pointer_text(CLIP, picture, (7, 5)) == "x 7  y 5   value 7"


@pytest.mark.parametrize(("end", "widths"), [((50, 10), 40.0), ((10, 50), 30.0), ((50, 50), 50.0)])
def test_a_line_of_known_length_holds_in_every_direction_of_oblong_pixels(
    end: tuple[int, int], widths: float
) -> None:
    oblong = replace(CLIP, sample_aspect=(4, 3))
    ruler = measured(Tool.RULER, (10, 10), end)
    assert ruler.widths(oblong) == pytest.approx(widths)
    known = calibrate(oblong, 20.0 / ruler.widths(oblong))
    assert ruler.text(known) == "20.0 mm"
    assert measured(Tool.RULER, (0, 0), (0, 40)).text(known) == f"{20.0 / widths * 30:.1f} mm"
