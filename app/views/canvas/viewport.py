"""The mapping between image and canvas: zoom, pan, aspect, mirroring. Pure.

Image coordinates have pixel centres at integers: pixel i covers [i - 0.5, i + 0.5). Canvas coordinates count
from the canvas's left top corner, and its pixel p covers [p, p + 1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SMALLEST, LARGEST = (
    0.02,
    50.0,
)  # Screen pixels per image pixel: an 8K frame in 160 pixels, single pixels as tiles.
FIT_MARGIN = 0.98  # Share of the canvas that a fitted image fills, so that its border is seen.
FIT_SLACK = 1e-6  # Difference up to which a view still counts as fitted: rounding errors of floats.
VISIBLE = 32.0  # Screen pixels of the image that panning leaves on the canvas, enough to drag it back.


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view of an image on a canvas of width x height screen pixels."""

    width: int
    height: int
    image_width: int
    image_height: int
    scale: float = 1.0  #: Screen pixels for the width of an image pixel.
    left: float = 0.0  #: Canvas position of the corner of the drawn image, with top.
    top: float = 0.0
    aspect: float = 1.0  #: Height of an image pixel by its width.
    flip_x: bool = False  #: The image is drawn mirrored.
    flip_y: bool = False

    @classmethod
    def fit(
        cls,
        width: int,
        height: int,
        image_width: int,
        image_height: int,
        *,
        aspect: float = 1.0,
        flip_x: bool = False,
        flip_y: bool = False,
    ) -> Viewport:
        """Return the view that shows the whole image, centred."""
        view = cls(width, height, image_width, image_height, aspect=aspect, flip_x=flip_x, flip_y=flip_y)
        return view.focused(-0.5, -0.5, image_width, image_height, FIT_MARGIN)

    @property
    def steps(self) -> tuple[float, float]:
        """Screen pixels to the right and down for a step along x and along y."""
        across, down = self.scale, self.scale * self.aspect
        return -across if self.flip_x else across, -down if self.flip_y else down

    def to_canvas(self, x: float, y: float) -> tuple[float, float]:
        """Return the canvas position of a point of the image."""
        column = self.image_width - 1 - x if self.flip_x else x
        row = self.image_height - 1 - y if self.flip_y else y
        return self.left + (column + 0.5) * self.scale, self.top + (row + 0.5) * self.scale * self.aspect

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return the image point at a canvas position."""
        column = (x - self.left) / self.scale - 0.5
        row = (y - self.top) / (self.scale * self.aspect) - 0.5
        return (
            self.image_width - 1 - column if self.flip_x else column,
            self.image_height - 1 - row if self.flip_y else row,
        )

    def point_at(self, x: int, y: int) -> tuple[float, float]:
        """Return the image point under the centre of a canvas pixel, which is what a mouse position names."""
        return self.to_image(x + 0.5, y + 0.5)

    def has(self, x: float, y: float) -> bool:
        """Return whether a point lies on the image."""
        return -0.5 <= x < self.image_width - 0.5 and -0.5 <= y < self.image_height - 0.5

    def clamped(self, x: float, y: float) -> tuple[float, float]:
        """Return the nearest point between the centres of the image's outermost pixels."""
        return min(max(x, 0.0), self.image_width - 1.0), min(max(y, 0.0), self.image_height - 1.0)

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Return the view with scale times factor; the image point at canvas position (x, y) stays."""
        scale = min(max(self.scale * factor, SMALLEST), LARGEST)
        ratio = scale / self.scale
        return replace(self, scale=scale, left=x - (x - self.left) * ratio, top=y - (y - self.top) * ratio)

    def panned(self, right: float, down: float) -> Viewport:
        """Return the view with the image moved; a part of it always stays on the canvas."""
        across, below = self.image_width * self.scale, self.image_height * self.scale * self.aspect
        left = min(max(self.left + right, VISIBLE - across), self.width - VISIBLE)
        top = min(max(self.top + down, VISIBLE - below), self.height - VISIBLE)
        return replace(self, left=left, top=top)

    def resized(self, width: int, height: int) -> Viewport:
        """Return the view for another canvas size: the whole image again, or the same point in the middle."""
        moved = replace(self, width=width, height=height)
        whole = (-0.5, -0.5, self.image_width, self.image_height, FIT_MARGIN)
        fit = self.focused(*whole)
        if (
            max(abs(self.left - fit.left), abs(self.top - fit.top), abs(self.scale / fit.scale - 1))
            < FIT_SLACK
        ):
            return moved.focused(*whole)
        return moved.panned((width - self.width) / 2, (height - self.height) / 2)

    def focused(self, x: float, y: float, width: float, height: float, share: float = 0.5) -> Viewport:
        """Return the view with a box of the image in the middle, taking a share of the canvas."""
        scale = share * min(self.width / max(width, 1e-6), self.height / max(height * self.aspect, 1e-6))
        scale = min(max(scale, SMALLEST), LARGEST)
        view = replace(self, scale=scale)
        right, down = view.to_canvas(x + width / 2, y + height / 2)
        return replace(view, left=self.left + self.width / 2 - right, top=self.top + self.height / 2 - down)

    def seen(self) -> tuple[float, float, float, float]:
        """Return the least and the largest image coordinates on the canvas, as (x0, y0, x1, y1)."""
        (x0, y0), (x1, y1) = self.to_image(0, 0), self.to_image(self.width, self.height)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
