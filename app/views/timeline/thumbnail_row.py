"""The row of small pictures on the timeline. Which frames they are of does not change while it is scrolled."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg
import numpy as np

from app.domain.annotation import SequenceInfo
from app.imaging.picture_scale import pixel_aspect
from app.messages.events import Event, ThumbnailsWanted
from app.messages.picture import ThumbnailPictures
from app.views.timeline.time_range import TimeRange
from app.views.toolkit.textures import Pixels, Texture
from app.views.toolkit.widgets import ChangeTracker

GAP = 2  # Pixels between two pictures.
WIDEST = 3.0  # Of a picture, times the height of the row: a panorama is less high.
Stretch = tuple[int, int]


class ThumbnailRow:
    """Pictures in one texture, drawn in a layer of the timeline."""

    def __init__(self, layer: int, texture: Texture, post: Callable[[Event], None]) -> None:
        self._layer, self._texture, self._post = layer, texture, post
        self._pictures: ThumbnailPictures | None = None
        self._changes = ChangeTracker()

    @property
    def shown(self) -> int:
        """How many pictures are there."""
        return len(self._pictures.pictures) if self._pictures is not None else 0

    def refresh(self, pictures: ThumbnailPictures | None) -> None:
        """Accept pictures if there are new ones."""
        self._pictures = pictures or self._pictures

    def draw(self, info: SequenceInfo | None, shown: TimeRange, area: tuple[int, int, int, int]) -> None:
        """Redraw what has changed. area: x, y, width and height in the timeline; without height there is no row."""
        left, top, width, height = area
        if info is None or not has_pictures(info) or height <= 0:
            if self._changes.is_new("page", None):
                dpg.delete_item(self._layer, children_only=True)
            return
        size = picture_size(info, height)
        stretches = visible_stretches(shown, width, size[0] + GAP)
        if self._changes.is_new("wanted", (info, stretches, size)):
            self._post(ThumbnailsWanted(stretches, *size))
        key = (info, shown, area, None if self._pictures is None else id(self._pictures))
        if self._changes.is_new("page", key):
            self._texture.write(self._page(info, stretches, shown, (width, height)))
            dpg.delete_item(self._layer, children_only=True)
            dpg.draw_image(self._texture.item, (left, top), (left + width, top + height), parent=self._layer)

    def _page(
        self, info: SequenceInfo, stretches: tuple[Stretch, ...], shown: TimeRange, size: tuple[int, int]
    ) -> Pixels:
        """Return all pictures in their places, uint8 (h, w, 4)."""
        width, height = size
        page = np.zeros((height, width, 4), np.uint8)
        found = self._pictures
        known = {}
        if found is not None and found.sequence == info.path:
            known = {tile.frame: tile.image for tile in found.pictures}
        for start, stop in stretches:
            image = known.get(start)
            if image is not None:
                edges = [round((frame - shown.first) * width / shown.count) for frame in (start, stop)]
                _paste(page, image[:height], edges[0], edges[1] - GAP)
        return page


def has_pictures(info: SequenceInfo) -> bool:
    """Return whether there are small pictures of a sequence: slices of a scan are alike, and one image is in view."""
    return info.kind in ("video", "folder") and info.frames > 1


def picture_size(info: SequenceInfo, height: int) -> tuple[int, int]:
    """Return width and height of a picture at most."""
    aspect = info.width / (info.height * pixel_aspect(info))
    return max(round(height * min(aspect, WIDEST)), 1), height


def visible_stretches(shown: TimeRange, width: int, least: int) -> tuple[Stretch, ...]:
    """Return frames [start, stop) of each picture that fits; a stretch has the same frames wherever it is scrolled to.

    width: of the row, least: of a picture, in pixels.
    """
    step = max(-(-shown.count * least // width), 1)
    first = shown.first // step * step
    return tuple((start, min(start + step, shown.frames)) for start in range(first, shown.stop, step))


def _paste(page: Pixels, image: Pixels, left: int, right: int) -> None:
    """Put a picture into the middle of columns [left, right), of which some may be beside the page."""
    across = min(image.shape[1], right - left)
    skip = (image.shape[1] - across) // 2
    x = left + (right - left - across) // 2
    first, last = max(-x, 0), min(across, page.shape[1] - x)
    if first < last:
        page[: len(image), x + first : x + last] = image[:, skip + first : skip + last]
