"""Pictures and clips for training on what the program asks: sources in fixed shares, whatever their size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.models.default.tuning.drawn_pictures import draw_pictures
from app.models.engine import BoolMask
from tool.dev.evaluation.held_out import SMALLEST, largest_target
from tool.dev.train import targets
from tool.dev.train.archive import Archive
from tool.dev.train.augment import recolor_image
from tool.dev.train.scene import Scene

SHARES = {"davis10": 3.0, "coco128": 2.0, "antillia_minis": 1.5, "bsds500": 0.4, "polyp_cvc_clinicdb": 0.6}
"""How often a source is drawn, 1 where it is not named; by hand: things in everyday scenes have few sources."""
SCANS, DRAWN = 2.5, 0.75  # shares of slices of scans and of drawn pictures, likewise
LARGEST = 0.55  # share of targets that are the largest of their picture at least; by hand
OTHERS = 3  # targets of a picture besides
CLIPS, SCAN_CLIPS = {"davis10": 0.3, "bagls_glottis": 0.22, "polyp_cvc_clinicdb": 0.22}, 0.26
LENGTH = 4  # frames of a clip
CROPPED = 0.3  # share of pictures of which a part is seen; by hand


class SceneSource:
    """Draws pictures with their targets, and clips; what is drawn depends on the generator alone."""

    def __init__(self, file: Path) -> None:
        self.archive = Archive(file)
        self._pictures = [source for source in self.archive.sources if source.form != "volumes"]
        scans = SCANS if any(source.form == "volumes" for source in self.archive.sources) else 0.0
        self._shares = _normalised([*(SHARES.get(s.name, 1.0) for s in self._pictures), scans, DRAWN])
        clips = {name: share for name, share in CLIPS.items() if self.archive.has_source(name)}
        self._clips = clips | ({"scans": SCAN_CLIPS} if scans else {})

    def draw_picture(self, rng: Generator) -> tuple[str, Scene]:
        """Return the name of a source, and a picture of it with targets, the largest first where sizes tell."""
        while True:
            choice = int(rng.choice(len(self._shares), p=self._shares))
            name, scene = self._draw(choice, rng)
            if scene.masks and rng.random() < CROPPED:
                scene = _crop(scene, rng)
            masks = [mask for mask in scene.masks if np.count_nonzero(mask) >= SMALLEST]
            if masks:
                return name, _vary(Scene(scene.image, masks, scene.kind), rng)

    def draw_clip(self, rng: Generator) -> tuple[str, list[Scene]]:
        """Return the name of a source, and frames of a clip of it with their targets."""
        name = str(rng.choice(list(self._clips), p=_normalised(list(self._clips.values()))))
        archive = self.archive
        scenes = archive.draw_stack(rng, LENGTH) if name == "scans" else archive.draw_clip(name, rng, LENGTH)
        if rng.random() < 0.5:
            scenes = [_flip(scene) for scene in scenes]
        return name, scenes

    def _draw(self, choice: int, rng: Generator) -> tuple[str, Scene]:
        if choice == len(self._pictures):
            return "scans", self.archive.draw_scan(rng)
        if choice > len(self._pictures):
            frame = next(draw_pictures(int(rng.integers(2**31)), 1))
            return "drawn", Scene(frame.read(), [frame.masks[1].astype(np.uint8)])
        source = self._pictures[choice]
        image, mask = self.archive.draw_pair(source, rng)
        kind = source.kinds[int(rng.integers(len(source.kinds)))]
        masks = targets.draw_targets(mask, source, kind, rng)[:OTHERS]
        if source.kinds != ("stuff",):
            masks.insert(0, largest_target(mask, source).astype(np.uint8))
        return source.name, Scene(image, masks, kind)


def _normalised(shares: Sequence[float]) -> NDArray[np.float64]:
    """Return shares as probabilities."""
    return np.array(shares) / sum(shares)


def choose_target(scene: Scene, rng: Generator) -> BoolMask:
    """Return one of the targets, the first one more often."""
    place = 0 if rng.random() < LARGEST else int(rng.integers(len(scene.masks)))
    return np.asarray(scene.masks[place] > 0)


def _crop(scene: Scene, rng: Generator) -> Scene:
    """See a part of the picture that holds the middle of the target."""
    height, width = scene.image.shape[:2]
    x, y, w, h = cv2.boundingRect(scene.masks[0])
    tall, wide = (max(64, int(side * rng.uniform(0.5, 0.95))) for side in (height, width))
    top = int(
        np.clip(rng.normal(y + h / 2, h / 4 + 1) - tall * rng.uniform(0.3, 0.7), 0, max(height - tall, 0))
    )
    left = int(
        np.clip(rng.normal(x + w / 2, w / 4 + 1) - wide * rng.uniform(0.3, 0.7), 0, max(width - wide, 0))
    )
    place = np.s_[top : top + tall, left : left + wide]
    return Scene(scene.image[place], [mask[place] for mask in scene.masks], scene.kind)


def _vary(scene: Scene, rng: Generator) -> Scene:
    scene = _flip(scene) if rng.random() < 0.5 else scene
    image = recolor_image(scene.image, rng, 0.6) if rng.random() < 0.5 else scene.image
    return Scene(np.ascontiguousarray(image), [np.ascontiguousarray(m) for m in scene.masks], scene.kind)


def _flip(scene: Scene) -> Scene:
    return Scene(
        np.ascontiguousarray(scene.image[:, ::-1]),
        [np.ascontiguousarray(mask[:, ::-1]) for mask in scene.masks],
        scene.kind,
    )
