"""One pass of the classic tracker away from a reference frame."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette
from app.models.classic.color_model import fit_color_model
from app.models.classic.confidence import LOST, decay_trust, expected_overlap, is_gone, measure_cues
from app.models.classic.frame_features import FrameFeatures, FrameRegion, extract_features, region_around
from app.models.classic.guided_filter import fit_lines, redraw_image
from app.models.classic.lab_color import scale_lab
from app.models.classic.propagate_step import PropagatedMask, propagate_objects
from app.models.classic.redetection import redetect_object
from app.models.classic.tracked_object import TrackedObject
from app.models.engine import BoolMask, Image, Prediction, Probability
from app.models.working_size import WorkingSize

Plane = NDArray[np.float32]
RADIUS, TOLERANCE = (
    4,
    3.0,
)  # Guided filter when upsampling: working pixels; CIELAB units that count as flat. By hand.


class ClassicPass:
    """See TrackerPass; holds the frame before at working size and nothing older."""

    def __init__(
        self, size: WorkingSize, palette: ColorPalette, image: Image, objects: Mapping[int, TrackedObject]
    ) -> None:
        """image: the reference frame at working size. objects: as they are on it."""
        self._working_size = size
        self._palette = palette
        self._before = extract_features(image, palette)
        self._tracked = dict(objects)

    def step(
        self, index: int, image: Image, objects: Sequence[int], kept: Mapping[int, BoolMask] | None = None
    ) -> Mapping[int, Prediction]:
        """Find the objects on the next frame; one without a reference gets an empty mask of score 0."""
        locked = kept or {}
        features = extract_features(self._working_size.shrink(image), self._palette)
        wanted = [number for number in objects if number not in locked]
        known = {number: self._tracked[number] for number in wanted if number in self._tracked}
        answers = self._advance(image, features, known)
        nothing = Prediction(np.zeros(image.shape[:2], np.float32), 0.0)
        self._tracked = known | {n: self._locked_object(n, mask, features) for n, mask in locked.items()}
        self._before = features
        return {number: answers.get(number, nothing) for number in wanted}

    def _advance(
        self, image: Image, features: FrameFeatures, objects: Mapping[int, TrackedObject]
    ) -> dict[int, Prediction]:
        """Move the objects to this frame and return their predictions."""
        answers: dict[int, Prediction] = {}
        visible = {number: tracked for number, tracked in objects.items() if not tracked.is_lost}
        region = region_around([tracked.inside for tracked in visible.values()])
        if region is not None:
            found = propagate_objects(self._before, features, region, visible, self._palette)
            for number, mask in found.items():
                answers[number] = self._accept_found(image, features, region, visible[number], mask)
        for number in objects.keys() - visible.keys():
            answers[number] = self._redetect(image, features, number, objects)
        return answers

    def _accept_found(
        self,
        image: Image,
        features: FrameFeatures,
        region: FrameRegion,
        tracked: TrackedObject,
        found: PropagatedMask,
    ) -> Prediction:
        """Update an object from its propagated mask and return its prediction."""
        cues = measure_cues(found.carried, found.inside, tracked.model.area)
        tracked.inside = np.zeros(tracked.inside.shape, np.float32)
        if is_gone(cues):
            return Prediction(np.zeros(image.shape[:2], np.float32), LOST)
        tracked.inside[region.slices] = found.inside
        tracked.trust = decay_trust(tracked.trust, cues)
        return Prediction(
            self._enlarge(image, features, region, found.inside), expected_overlap(cues, tracked.trust)
        )

    def _redetect(
        self, image: Image, features: FrameFeatures, number: int, objects: Mapping[int, TrackedObject]
    ) -> Prediction:
        """Search the whole frame for an object that was lost."""
        tracked = objects[number]
        others = [other.inside > 0.5 for key, other in objects.items() if key != number]
        taken = np.any(others, axis=0) if others else np.zeros(features.colors.shape, bool)
        inside = redetect_object(features.colors, tracked.model, self._palette.size, taken)
        if inside is None:
            return Prediction(np.zeros(image.shape[:2], np.float32), LOST)
        tracked.inside, tracked.trust = inside, LOST
        height, width = inside.shape
        return Prediction(self._enlarge(image, features, FrameRegion(0, 0, width, height), inside), LOST)

    def _locked_object(self, number: int, mask: BoolMask, features: FrameFeatures) -> TrackedObject:
        """Return the object of a mask that a person made on this frame."""
        inside = self._working_size.shrink_mask(mask)
        model = fit_color_model(self._palette, features.colors, inside)
        known = self._tracked.get(number)
        return TrackedObject(inside, model if known is None else model.averaged_with(known.model))

    def _enlarge(
        self, image: Image, features: FrameFeatures, region: FrameRegion, inside: Plane
    ) -> Probability:
        """Return a region at working size as a map at source size, upsampled along the source's edges."""
        whole = np.zeros(image.shape[:2], np.float32)
        if whole.shape == features.colors.shape:
            whole[region.slices] = inside
            return whole
        lines = fit_lines(scale_lab(features.lab[region.slices]), inside, RADIUS, TOLERANCE)
        redraw_image(image, self._working_size, lines, (region.left, region.top), whole)
        return whole
