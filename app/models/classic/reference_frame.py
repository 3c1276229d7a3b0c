"""A reference frame, whose masks a person made, in compressed form."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask
from app.imaging import masks
from app.models.engine import BoolMask, Image
from app.models.working_size import WorkingSize, working_size

SHORT_SIDE = 480  # Pixels, the largest working size.
QUALITY = 95  # Of the JPEG: no visible loss at a tenth of the memory or less.


@dataclass(frozen=True, slots=True)
class ReferenceFrame:
    """A frame and its masks by object id."""

    size: WorkingSize
    picture: NDArray[np.uint8]  #: JPEG of the frame at the largest working size
    masks: Mapping[int, Mask]  #: run lengths at source resolution

    def image(self) -> Image:
        """Return the frame at the reference's working size, uint8 (h, w, 3) RGB."""
        return np.asarray(cv2.imdecode(self.picture, cv2.IMREAD_COLOR_RGB), np.uint8)

    def mask(self, object_id: int) -> BoolMask:
        """Return the mask of an object, bool (h, w) at source resolution; raises KeyError if it has none."""
        return masks.decode(self.masks[object_id])


def make_reference(image: Image, found: Mapping[int, BoolMask]) -> ReferenceFrame:
    """Return the reference of a source image uint8 (h, w, 3) RGB and its masks bool (h, w)."""
    size = working_size(image.shape[0], image.shape[1], SHORT_SIDE)
    small = cv2.cvtColor(size.shrink(image), cv2.COLOR_RGB2BGR)
    _, picture = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    codes = {object_id: masks.encode(mask) for object_id, mask in found.items()}
    return ReferenceFrame(size, np.asarray(picture, np.uint8), codes)
