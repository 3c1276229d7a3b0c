"""One walk of the tracker away from a reference frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_clusters import ColorPalette
from app.models.classic.confidence import LOST, is_gone, judge, keep_trust, signs
from app.models.classic.frame_features import FrameFeatures, FrameRegion, part_around, take
from app.models.classic.guided_filter import fit_lines, redraw
from app.models.classic.lab_color import scale_lab
from app.models.classic.propagate_step import PropagatedMask, follow
from app.models.classic.redetection import search
from app.models.classic.tracked_object import TrackedObject, look_of
from app.models.engine import BoolMask, Image, Prediction, Probability
from app.models.working_size import WorkingSize

Plane = NDArray[np.float32]
RADIUS, TOLERANCE = 4, 3.0


class ClassicPass:
    """One walk; it holds the frame before at working size and nothing older."""

    def __init__(
        self, size: WorkingSize, palette: ColorPalette, image: Image, targets: Mapping[int, TrackedObject]
    ) -> None:
        """image: the reference frame at working size. targets: where the objects are on it."""
        self._size = size
        self._palette = palette
        self._before = take(image, palette)
        self._targets = dict(targets)

    def step(
        self, index: int, image: Image, objects: Sequence[int], kept: Mapping[int, BoolMask] | None = None
    ) -> Mapping[int, Prediction]:
        """Find the objects on the next frame; one that was never drawn is nowhere, with score 0."""
        held = kept or {}
        shot = take(self._size.shrink(image), self._palette)
        wanted = [number for number in objects if number not in held]
        known = {number: self._targets[number] for number in wanted if number in self._targets}
        answers = self._advance(image, shot, known)
        nothing = Prediction(np.zeros(image.shape[:2], np.float32), 0.0)
        kept_targets = {number: self._held(number, mask, shot) for number, mask in held.items()}
        self._targets = known | kept_targets
        self._before = shot
        return {number: answers.get(number, nothing) for number in wanted}

    def _advance(
        self, image: Image, shot: FrameFeatures, targets: Mapping[int, TrackedObject]
    ) -> dict[int, Prediction]:
        """Move the targets to this frame and return what is found of them."""
        answers: dict[int, Prediction] = {}
        seen = {number: target for number, target in targets.items() if not target.is_lost}
        part = part_around([target.inside for target in seen.values()])
        if part is not None:
            moved, found = follow(self._before, shot, part, seen, self._palette)
            for number, each in found.items():
                answers[number] = self._settle(image, shot, part, seen[number], each)
        for number in targets.keys() - seen.keys():
            answers[number] = self._look_for(image, shot, number, targets)
        return answers

    def _settle(
        self,
        image: Image,
        shot: FrameFeatures,
        part: FrameRegion,
        target: TrackedObject,
        found: PropagatedMask,
    ) -> Prediction:
        """Take up what was found of a target and say how sure it is."""
        marks = signs(found.carried, found.inside, target.look.area)
        target.inside = np.zeros(target.inside.shape, np.float32)
        if is_gone(marks):
            return Prediction(np.zeros(image.shape[:2], np.float32), LOST)
        target.inside[part.slices] = found.inside
        target.trust = keep_trust(target.trust, marks)
        return Prediction(self._enlarge(image, shot, part, found.inside), judge(marks, target.trust))

    def _look_for(
        self, image: Image, shot: FrameFeatures, number: int, targets: Mapping[int, TrackedObject]
    ) -> Prediction:
        """Search the whole frame for a target that was lost."""
        target = targets[number]
        others = [other.inside > 0.5 for key, other in targets.items() if key != number]
        taken = np.any(others, axis=0) if others else np.zeros(shot.colors.shape, bool)
        inside = search(shot.colors, target.look, self._palette.size, taken)
        if inside is None:
            return Prediction(np.zeros(image.shape[:2], np.float32), LOST)
        target.inside, target.trust = inside, LOST
        height, width = inside.shape
        return Prediction(self._enlarge(image, shot, FrameRegion(0, 0, width, height), inside), LOST)

    def _held(self, number: int, mask: BoolMask, shot: FrameFeatures) -> TrackedObject:
        """Return the target of a mask that a person made on this frame."""
        inside = self._size.shrink_mask(mask)
        look = look_of(self._palette, shot.colors, inside)
        known = self._targets.get(number)
        return TrackedObject(inside, look if known is None else look.mixed(known.look))

    def _enlarge(self, image: Image, shot: FrameFeatures, part: FrameRegion, inside: Plane) -> Probability:
        """Return a part at working size as a picture at source size, drawn along the source's edges."""
        whole = np.zeros(image.shape[:2], np.float32)
        if whole.shape == shot.colors.shape:
            whole[part.slices] = inside
            return whole
        lines = fit_lines(scale_lab(shot.lab[part.slices]), inside, RADIUS, TOLERANCE)
        redraw(image, self._size, lines, (part.left, part.top), whole)
        return whole
