from __future__ import annotations

import numpy as np
import pytest

from app.domain.annotation import Mask, PictureRegion, PictureScale, SequenceInfo
from app.imaging import masks
from app.pipeline.services.area_measurement import measure_areas


def box(rows: int, left: int = 0) -> Mask:
    mask = np.zeros((20, 20), bool)
    mask[:rows, left : left + 5] = True
    return masks.encode(mask)


def info(**changes: object) -> SequenceInfo:
    fields = {"name": "a", "path": "a", "kind": "video", "frames": 3, "width": 20, "height": 20}
    return SequenceInfo(**(fields | changes))  # type: ignore[arg-type]


CELLS = {(2, 1): box(3), (0, 1): box(4), (1, 2): box(0), (1, 3): box(2, left=12)}


def test_curves_are_in_pixels_where_nothing_says_how_large_they_are() -> None:
    first, third = measure_areas(info(), CELLS)
    assert (first.object_id, first.frames, first.areas, first.unit) == (1, (0, 2), (20.0, 15.0), "px")
    assert (third.object_id, third.frames, third.unit) == (3, (1,), "px")


def test_curves_are_in_square_millimetres_by_region() -> None:
    regions = (
        PictureRegion(0, 0, 9, 19, 0.05, 0.05, "cm", "cm"),
        PictureRegion(10, 0, 19, 19, 0.1, 0.1, "cm/s", "cm/s"),
    )
    first, third = measure_areas(info(regions=regions), CELLS)
    assert first.areas == pytest.approx((5.0, 3.75))
    assert (first.unit, third.unit, third.areas) == ("mm²", "px", (10.0,))


def test_curves_follow_a_scale_that_changes_within_the_clip() -> None:
    scales = tuple(PictureScale((0.0, size, size)) for size in (0.5, 1.0))
    film = info(scales=scales, frame_scales=(0, 0, 1))
    first, _ = measure_areas(film, CELLS)
    assert first.areas == pytest.approx((5.0, 15.0))
    assert first.unit == "mm²"


def test_a_slice_of_a_scan_has_the_size_of_its_plane() -> None:
    scan = info(kind="volume", spacing=(3.0, 0.5, 0.4), orientation="axial")
    assert measure_areas(scan, CELLS)[0].areas == pytest.approx((4.0, 3.0))
