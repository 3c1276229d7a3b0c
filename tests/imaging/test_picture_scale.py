from __future__ import annotations

import numpy as np
import pytest

from app.domain.annotation import PictureRegion, PictureScale, SequenceInfo
from app.imaging.picture_scale import calibrate, measure_pictures, pixel_size, pixel_size_at

LEFT = PictureRegion(0, 0, 9, 19, 0.05, 0.1, "cm", "cm")
RIGHT = PictureRegion(10, 0, 19, 19, 0.2, 0.2, "cm", "cm")
TRACE = PictureRegion(2, 12, 7, 19, 0.01, 0.5, "s", "cm/s")


def info(**changes: object) -> SequenceInfo:
    fields = {"name": "a", "path": "a", "kind": "video", "frames": 3, "width": 20, "height": 20}
    return SequenceInfo(**(fields | changes))  # type: ignore[arg-type]


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros((20, 20), bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize(
    ("mask", "size"),
    [
        (box(0, 5, 0, 5), (1.0, 0.5)),
        (box(0, 5, 12, 18), (2.0, 2.0)),
        (box(0, 5, 8, 12), None),
        (box(13, 16, 3, 6), None),
        (box(10, 16, 3, 6), None),
    ],
)
def test_a_mask_has_the_scale_of_the_region_it_lies_in(mask: np.ndarray, size: object) -> None:
    assert pixel_size(info(regions=(LEFT, RIGHT, TRACE)), 0, mask) == size


def test_a_mask_outside_all_regions_has_no_scale() -> None:
    assert pixel_size(info(regions=(LEFT,)), 0, box(0, 5, 12, 18)) is None


def test_areas_over_time_in_square_millimetres() -> None:
    frames = [(0, {1: box(0, 4, 0, 5)}), (2, {1: box(0, 2, 0, 5), 2: box(0, 0, 0, 0)})]
    found = measure_pictures(info(spacing=(0.0, 0.5, 0.2)), frames)
    assert list(found) == [1]
    assert [(area.frame, area.pixels) for area in found[1].areas] == [(0, 20), (2, 10)]
    assert [area.area for area in found[1].areas] == pytest.approx([2.0, 1.0])
    assert measure_pictures(info(), frames)[1].areas[0].area is None


def test_the_scale_of_a_mask_is_that_of_its_frame() -> None:
    near, far = PictureScale((0.0, 0.5, 0.5)), PictureScale(regions=(LEFT,))
    film = info(scales=(near, far), frame_scales=(0, 1))
    mask = box(0, 2, 0, 5)
    found = measure_pictures(film, [(frame, {1: mask}) for frame in range(3)])
    assert [area.area for area in found[1].areas] == [pytest.approx(2.5), pytest.approx(5.0), None]
    ends = [(0.0, 0.0), (4.0, 4.0)]
    assert [pixel_size_at(film, frame, ends) for frame in range(3)] == [(0.5, 0.5), (1.0, 0.5), None]
    known = calibrate(film, 0.1)
    assert pixel_size(known, 1, mask) == pixel_size(known, 2, mask) == (0.1, 0.1)
