"""An LRU cache of decoded pictures, within a budget of bytes."""

from collections import OrderedDict

from av.video.frame import VideoFrame


class PictureCache:
    """Keeps the latest pictures: as many as fit into the budget, and always at least one."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._pictures: OrderedDict[int, VideoFrame] = OrderedDict()
        self._bytes = 0

    def get(self, frame: int) -> VideoFrame | None:
        """Return the picture of a frame if it is still here."""
        return self._pictures.get(frame)

    def put(self, frame: int, picture: VideoFrame) -> None:
        """Add the picture of a frame as the latest one."""
        self.drop(frame)
        self._pictures[frame] = picture
        self._bytes += picture_bytes(picture)
        while self._bytes > self._budget and len(self._pictures) > 1:
            self.drop(next(iter(self._pictures)))

    def drop(self, frame: int) -> None:
        """Forget a frame."""
        picture = self._pictures.pop(frame, None)
        if picture is not None:
            self._bytes -= picture_bytes(picture)

    def clear(self) -> None:
        """Forget all frames."""
        self._pictures.clear()
        self._bytes = 0


def picture_bytes(picture: VideoFrame) -> int:
    """Return how many bytes a picture takes."""
    return sum(plane.buffer_size for plane in picture.planes)
