"""A part of a picture at a size fit to work at, and the graph of its regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.classic.click_inference import ClickSeed, RegionPrior
from app.models.classic.guided_filter import apply_lines, fit_lines, redraw
from app.models.classic.lab_color import lab
from app.models.classic.region_graph import build_regions
from app.models.engine import Image, Probability
from app.models.working_size import WorkingSize, working_size

Pixel = TypeVar("Pixel", bound=np.generic)
Rect = tuple[int, int, int, int]
RADIUS = 3
TOLERANCE = 4.0
STEEPER = 1.5
NOTHING = 0.1
ROOM = 8


@dataclass(frozen=True)
class WorkingView:
    """A part of a picture. box: x, y, width, height in source pixels; small: the part at working size."""

    box: Rect
    size: WorkingSize
    small: Image
    scene: RegionPrior

    def seed(self, click: Click) -> ClickSeed:
        """Return where a click falls, at the rim if it lies outside."""
        x, y = self.size.place(click.x - self.box[0], click.y - self.box[1])
        side = self.scene.graph.short_side
        return ClickSeed(int(self.scene.graph.labels[y, x]), x / side, y / side, click.positive)

    def seeds(self, clicks: Sequence[Click]) -> list[ClickSeed]:
        """Return the clicks inside the box as seeds."""
        x, y, width, height = self.box
        inside = (c for c in clicks if x <= round(c.x) < x + width and y <= round(c.y) < y + height)
        return [self.seed(click) for click in inside]

    def cut(self, picture: NDArray[Pixel]) -> NDArray[Pixel]:
        """Return the part of a source picture that the view shows."""
        x, y, width, height = self.box
        return picture[y : y + height, x : x + width]

    def gather(self, picture: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the mean of a source picture float32 (h, w) over each region."""
        size = (self.size.width, self.size.height)
        small = cv2.resize(self.cut(picture), size, interpolation=cv2.INTER_AREA)
        return self.scene.graph.mean(np.asarray(small, np.float32))

    def paint(self, belief: NDArray[np.float64]) -> Probability:
        """Return beliefs in regions as a picture at working size."""
        return belief.astype(np.float32)[self.scene.graph.labels]

    def draw(self, belief: NDArray[np.float64], image: Image, out: Probability) -> None:
        """Write beliefs, drawn along the edges of the source image, where the view lies.

        image, out: of the whole source. Nothing is written where nothing is believed.
        """
        values = self.paint(belief)
        corner, part = _where_believed(values)
        colors, values = lab(self.small[part]), values[part]
        values = apply_lines(fit_lines(colors, values, RADIUS, TOLERANCE), colors)
        values = ((values - 0.5) * STEEPER + 0.5).clip(0, 1).astype(np.float32)
        lines = fit_lines(colors, values, RADIUS, TOLERANCE)
        redraw(self.cut(image), self.size, lines, corner, self.cut(out))


def look(image: Image, box: Rect, short_side: float, regions: int) -> WorkingView:
    """Return the view of a box of an image uint8 (h, w, 3) RGB."""
    x, y, width, height = box
    size = working_size(height, width, short_side)
    small = size.shrink(image[y : y + height, x : x + width])
    return WorkingView(box, size, small, RegionPrior(build_regions(small, regions)))


def _where_believed(values: Probability) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """Return the upper left pixel (x, y) and the slices of a box around what is worth drawing."""
    x, y, width, height = cv2.boundingRect((values > NOTHING).astype(np.uint8))
    left, top = max(x - ROOM, 0), max(y - ROOM, 0)
    return (left, top), (slice(top, y + height + ROOM), slice(left, x + width + ROOM))
