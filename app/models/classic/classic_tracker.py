"""The classic tracker: reference frames, and passes that begin at them."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.errors import UsageError
from app.models.classic.classic_pass import ClassicPass
from app.models.classic.color_clusters import Lab8, build_palette
from app.models.classic.color_model import fit_color_model, surroundings_of
from app.models.classic.frame_features import extract_features
from app.models.classic.mask_fusion import fuse_masks
from app.models.classic.reference_frame import ReferenceFrame, make_reference
from app.models.classic.tracked_object import TrackedObject
from app.models.engine import BoolMask, Direction, Image, Probability
from app.models.working_size import WorkingSize, working_size

LARGEST, SMALLEST = 480, 240  # Limits of the short side of the working size, pixels: detail against time.
# Working pixels that an object should have, as far as the limits allow: more costs time. Halved and doubled, J on DAVIS
# changes by -0.003 and +0.011.
OBJECT_AREA = 12000


class ClassicTracker:
    """See Tracker; holds the reference frames of one sequence, small and compressed."""

    def __init__(self) -> None:
        self._references: dict[int, ReferenceFrame] = {}

    def add_reference(self, index: int, image: Image, masks: Mapping[int, BoolMask]) -> None:
        """Keep the masks of a reference frame; the same frame again replaces what it held."""
        self._references[index] = make_reference(image, masks)

    def start(self, index: int, direction: Direction) -> ClassicPass:
        """Begin a pass at a reference frame; raises UsageError if it was not remembered."""
        if index not in self._references:
            raise UsageError("No mask is remembered on this frame.", subject=index, remedy="Draw one first.")
        reference = self._references[index]
        masks = {number: reference.mask(number) for number in reference.masks}
        size = _working_size(reference.size, masks)
        inside = {number: size.shrink_mask(mask) for number, mask in masks.items()}
        image = size.shrink(reference.image())
        palette = build_palette(_nearby_pixels(image, inside))
        colors = extract_features(image, palette).colors
        tracked = {
            n: TrackedObject(plane, fit_color_model(palette, colors, plane)) for n, plane in inside.items()
        }
        return ClassicPass(size, palette, image, tracked)

    def fuse(
        self, index: int, image: Image, earlier: Probability, newer: Probability, weight: float
    ) -> Probability:
        """Fuse two results for one object; see app.models.classic.mask_fusion."""
        return fuse_masks(earlier, newer, weight)


def _working_size(largest: WorkingSize, masks: Mapping[int, BoolMask]) -> WorkingSize:
    """Return the working size at which the objects have about OBJECT_AREA pixels each."""
    height, width = largest.source_height, largest.source_width
    covered = sum(int(np.count_nonzero(mask)) for mask in masks.values())
    scale = np.sqrt(OBJECT_AREA * len(masks) / max(covered, 1))
    return working_size(height, width, min(max(SMALLEST, scale * min(height, width)), LARGEST))


def _nearby_pixels(image: Image, found: Mapping[int, NDArray[np.float32]]) -> Lab8:
    """Return the 8-bit CIELAB pixels (n, 3) of the objects and their surroundings."""
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.uint8)
    near = [surroundings_of(inside) for inside in found.values()]
    return lab[np.any(near, axis=0)] if near else lab.reshape(-1, 3)
