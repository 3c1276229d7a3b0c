"""Sequential reading of frames from an entry of a video."""

from collections import deque
from typing import Self

from av.video.frame import VideoFrame

from app.storage.video.video_decoder import VideoDecoder


class SequentialReader:
    """Gives frames from an entry on, and notes where something is wrong.

    A frame is held back until all pictures that were decoded before it have come out, so that damage in
    a picture that is shown later but was needed for it is known before it is given.
    position: the last frame given, None when it must start anew. entry: the packet it started at. damage:
    the frames and the packet between which something went wrong since the last start, or None.
    """

    def __init__(self, decoder: VideoDecoder) -> None:
        self.decoder = decoder
        self.position: int | None = None
        self.entry = -1
        self.damage: tuple[int, int, int] | None = None
        self._held: deque[tuple[int, VideoFrame]] = deque()
        self._seen = -1
        self._floor = 0
        self._wanted = 0
        self._heard = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.clear()
        self.decoder.close()

    def start(self, entry: int, floor: int, wanted: int) -> None:
        """Begin at an entry, whose first good frame is floor; frames before wanted may be left out."""
        self.reset()
        self.decoder.start(entry, wanted)
        self.entry, self._floor, self._wanted = entry, floor, wanted
        self._heard = self.decoder.errors
        self.position = self._seen = floor - 1

    def continue_to(self, wanted: int) -> None:
        """Go on from the position; frames before wanted may be left out."""
        self._wanted = wanted
        self.decoder.skip_before(wanted)

    def reset(self) -> None:
        """Drop the pictures held; the next read needs start."""
        self.position = self.damage = None
        self._held.clear()

    def next_frame(self) -> tuple[int, VideoFrame] | None:
        """Return the next frame and its picture; None after the last one, when it must start anew."""
        while not self._held or self.decoder.index.depends_on[self._held[0][0]] > self._seen:
            decoded = self.decoder.next_picture()
            if decoded is None:
                break
            frame = int(self.decoder.index.frame_of[decoded.packet])
            if frame >= self._floor:
                self._hold_picture(frame, decoded.picture)
        if not self._held:
            self.reset()
            return None
        self.position, picture = self._held.popleft()
        return self.position, picture

    def _hold_picture(self, frame: int, picture: VideoFrame) -> None:
        expected = max(self._seen + 1, self._wanted)
        complained = self.decoder.errors > self._heard
        self._heard = self.decoder.errors
        if complained or picture.is_corrupt or frame > expected:
            first, last, _ = self.damage or (frame, frame, 0)
            self.damage = min(first, frame, self._seen + 1), max(last, frame), self.decoder.position - 1
        self._held.append((frame, picture))
        self._seen = max(self._seen, frame)
