"""A part of a picture at working size with its region graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.classic.click_inference import ClickSeed, RegionPrior
from app.models.classic.guided_filter import apply_lines, fit_lines, redraw_image
from app.models.classic.lab_color import lab
from app.models.classic.region_graph import build_regions
from app.models.engine import Image, Probability
from app.models.working_size import WorkingSize, working_size

Pixel = TypeVar("Pixel", bound=np.generic)
Rect = tuple[int, int, int, int]
# Chosen by hand; the history keeps no measurement.
RADIUS = 3  # Working pixels of the guided filter: larger reaches edges farther off and loses thin parts.
TOLERANCE = 4.0  # CIELAB difference that counts as flat: higher smooths outlines.
CONTRAST = 1.5  # Slope of the probability around one half after filtering, which softens outlines.
FOREGROUND = 0.1  # Probability above which a region is rendered at all.
PADDING = 8  # Working pixels around these, more than twice the filter's radius.


@dataclass(frozen=True)
class WorkingView:
    """A part of a picture, its region graph, and the mapping between both."""

    box: Rect  #: x, y, width, height in source pixels
    size: WorkingSize
    small: Image  #: the part at working size
    prior: RegionPrior

    def locate_click(self, click: Click) -> ClickSeed:
        """Return the region that a click falls in, at the border if it lies outside."""
        x, y = self.size.working_pixel(click.x - self.box[0], click.y - self.box[1])
        side = self.prior.graph.short_side
        return ClickSeed(int(self.prior.graph.labels[y, x]), x / side, y / side, click.positive)

    def locate_clicks(self, clicks: Sequence[Click]) -> list[ClickSeed]:
        """Return the clicks inside the box as seeds."""
        x, y, width, height = self.box
        inside = (c for c in clicks if x <= round(c.x) < x + width and y <= round(c.y) < y + height)
        return [self.locate_click(click) for click in inside]

    def crop(self, picture: NDArray[Pixel]) -> NDArray[Pixel]:
        """Return the part of a source picture that the view covers."""
        x, y, width, height = self.box
        return picture[y : y + height, x : x + width]

    def average_by_region(self, picture: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the mean of a source picture float32 (h, w) over each region."""
        size = (self.size.width, self.size.height)
        small = cv2.resize(self.crop(picture), size, interpolation=cv2.INTER_AREA)
        return self.prior.graph.average_by_region(np.asarray(small, np.float32))

    def render(self, posterior: NDArray[np.float64]) -> Probability:
        """Return the probabilities of regions as a map at working size, float32 (h, w)."""
        return posterior.astype(np.float32)[self.prior.graph.labels]

    def render_along_edges(self, posterior: NDArray[np.float64], image: Image, out: Probability) -> None:
        """Write the probabilities, upsampled along the edges of the source image, into the view's part of out.

        image, out: of the whole source. Nothing is written where all probabilities are low.
        """
        values = self.render(posterior)
        corner, part = _foreground_box(values)
        colors, values = lab(self.small[part]), values[part]
        values = apply_lines(fit_lines(colors, values, RADIUS, TOLERANCE), colors)
        values = ((values - 0.5) * CONTRAST + 0.5).clip(0, 1).astype(np.float32)
        lines = fit_lines(colors, values, RADIUS, TOLERANCE)
        redraw_image(self.crop(image), self.size, lines, corner, self.crop(out))


def open_view(image: Image, box: Rect, short_side: float, regions: int) -> WorkingView:
    """Return the view of a box of an image uint8 (h, w, 3) RGB. regions: about how many superpixels."""
    x, y, width, height = box
    size = working_size(height, width, short_side)
    small = size.shrink(image[y : y + height, x : x + width])
    return WorkingView(box, size, small, RegionPrior(build_regions(small, regions)))


def _foreground_box(values: Probability) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """Return the upper left pixel (x, y) and the slices of a padded box around the foreground."""
    x, y, width, height = cv2.boundingRect((values > FOREGROUND).astype(np.uint8))
    left, top = max(x - PADDING, 0), max(y - PADDING, 0)
    return (left, top), (slice(top, y + height + PADDING), slice(left, x + width + PADDING))
