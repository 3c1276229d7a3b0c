"""What a person made in one direction of a scan is safe while masks travel in another one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Status
from app.headless import Annotator
from tests.helpers.scans import SCAN_SHAPE, lesion

DRAWN = (1, 4, 7)


def drawn_with_gaps(a: Annotator) -> int:
    """A square of another size on every third slice."""
    thing = a.add_object(lesion(a))
    for frame in DRAWN:
        a.set_mask(frame, thing, square(a, 2 + frame, 12))
    return thing


def square(a: Annotator, low: int, high: int) -> NDArray[np.bool_]:
    mask = np.zeros((a.sequence.height, a.sequence.width), bool)
    mask[low:high, low:high] = True
    return mask


def propagated_coronally(a: Annotator, thing: int) -> None:
    a.turn("coronal")
    mask = a.mask(10, thing)
    mask[:, 3:20] = True
    mask[list(DRAWN)] = a.mask(10, thing)[list(DRAWN)]
    a.set_mask(10, thing, mask)
    assert list(a.propagate())


def test_slices_drawn_in_one_direction_outlive_propagation_in_another(annotator: Annotator) -> None:
    thing = drawn_with_gaps(annotator)
    before = annotator.volume_labels()
    propagated_coronally(annotator, thing)
    after = annotator.volume_labels()
    assert np.array_equal(after[list(DRAWN)], before[list(DRAWN)])
    assert after[2].sum() > before[2].sum() == 0
    annotator.turn("axial")
    assert [annotator.status(frame, thing) for frame in DRAWN] == [Status.EDITED] * 3


def test_slices_drawn_in_two_directions_outlive_propagation_in_the_third(annotator: Annotator) -> None:
    thing = drawn_with_gaps(annotator)
    annotator.turn("coronal")
    annotator.set_mask(10, thing, ~annotator.mask(10, thing))
    before = annotator.volume_labels()
    annotator.turn("sagittal")
    annotator.set_mask(8, thing, np.ones((SCAN_SHAPE[0], SCAN_SHAPE[1]), bool))
    assert list(annotator.propagate(force=True))
    after = annotator.volume_labels()
    others = np.arange(SCAN_SHAPE[2]) != 8
    assert np.array_equal(after[list(DRAWN)][..., others], before[list(DRAWN)][..., others])
    assert np.array_equal(after[:, 10, others], before[:, 10, others])
    assert after[3, :10, 9].any()


def test_a_slice_that_was_verified_empty_stays_empty(annotator: Annotator) -> None:
    thing = drawn_with_gaps(annotator)
    annotator.verify(2, thing)
    propagated_coronally(annotator, thing)
    assert not np.delete(annotator.volume_labels()[2], 10, axis=0).any()
    assert annotator.volume_labels()[3].any()


def test_what_is_pinned_is_known_after_a_restart(tmp_path: Path, scan: Path) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(scan)
        thing = drawn_with_gaps(a)
        before = a.volume_labels()
        a.turn("coronal")
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(scan)
        a.set_mask(10, thing, a.mask(10, thing))
        assert list(a.propagate(force=True))
        assert np.array_equal(a.volume_labels()[list(DRAWN)], before[list(DRAWN)])


def test_a_hand_may_change_a_slice_from_another_side_and_take_it_back(annotator: Annotator) -> None:
    thing = drawn_with_gaps(annotator)
    annotator.verify(4, thing)
    before = annotator.mask(4, thing)
    annotator.turn("coronal")
    annotator.set_mask(10, thing, np.zeros((SCAN_SHAPE[0], SCAN_SHAPE[2]), bool))
    annotator.turn("axial")
    assert not annotator.mask(4, thing)[10].any()
    assert np.array_equal(np.delete(annotator.mask(4, thing), 10, axis=0), np.delete(before, 10, axis=0))
    assert annotator.status(4, thing) is Status.EDITED
    annotator.undo()
    assert np.array_equal(annotator.mask(4, thing), before)
    assert annotator.status(4, thing) is Status.VERIFIED


def test_unlocking_a_mask_from_another_direction_keeps_it(annotator: Annotator) -> None:
    thing = drawn_with_gaps(annotator)
    for frame in range(SCAN_SHAPE[0]):
        annotator.verify(frame, thing)
    annotator.turn("coronal")
    mask = annotator.mask(10, thing)
    assert mask.any() and annotator.status(10, thing) is Status.VERIFIED
    annotator.verify(10, thing, verified=False)
    assert np.array_equal(annotator.mask(10, thing), mask)
    assert annotator.status(10, thing) is Status.PROPAGATED
