"""The thumbnailer: small pictures of a film, and how much its frames differ. Runs in the worker process."""

import cv2
import numpy as np

from app.domain.errors import SequenceError, SourceOutOfReach, UsageError
from app.files.access import name_lost_drive
from app.imaging.shot_cuts import SPANS, FrameSketch, frame_difference, is_behind_dissolve, sketch_frame
from app.pipeline.requests.thumbnailer_requests import (
    CompareFramesReply,
    CompareFramesRequest,
    OpenFilmRequest,
    ReadThumbnailRequest,
)
from app.pipeline.roles.source_reading import open_spec
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles
from app.storage.source import FrameSource
from app.storage.video.video_source import VideoSource

Context = JobContext[None]


class ThumbnailerRole(Role):
    """Reads one film."""

    def __init__(self) -> None:
        self._source: FrameSource | None = None
        self._sketches: dict[int, FrameSketch | None] = {}  #: of the last frames; None where one is damaged

    def close(self) -> None:
        """Close the film."""
        source, self._source, self._sketches = self._source, None, {}
        if source is not None:
            source.close()

    @handles(OpenFilmRequest)
    def open_film(self, request: OpenFilmRequest, context: Context) -> None:
        self.close()
        self._source = open_spec(request.source)

    @handles(ReadThumbnailRequest)
    def read_thumbnail(self, request: ReadThumbnailRequest, context: Context) -> None:
        film = self._film()
        cheap = film.begin_of_segment(request.start, request.stop) if isinstance(film, VideoSource) else None
        image = film.read(request.start if cheap is None else cheap)
        context.check_cancelled()
        target = context.pool.array(request.target)
        size = (target.shape[1], target.shape[0])
        np.copyto(target, cv2.resize(image, size, interpolation=cv2.INTER_AREA))

    @handles(CompareFramesRequest)
    def compare_frames(self, request: CompareFramesRequest, context: Context) -> CompareFramesReply:
        count = request.stop - request.start
        steps, dissolves = np.zeros(count, np.float32), np.zeros(count, np.float32)
        for place, frame in enumerate(range(request.start, request.stop)):
            context.check_cancelled()
            here = self._sketch(frame)
            before = self._sketch(frame - 1)
            if here is not None and before is not None:
                steps[place] = frame_difference(before, here)
            dissolves[place] = is_behind_dissolve(frame, frame, self._sketch)
        self._sketches = {n: kept for n, kept in self._sketches.items() if n >= request.stop - SPANS[-1]}
        return CompareFramesReply(steps.tobytes(), dissolves.tobytes())

    def _sketch(self, frame: int) -> FrameSketch | None:
        """Return the sketch of a frame, None where there is no such frame or it is damaged."""
        if frame not in self._sketches:
            self._sketches[frame] = self._read_sketch(frame) if frame >= 0 else None
        return self._sketches[frame]

    def _read_sketch(self, frame: int) -> FrameSketch | None:
        try:
            return sketch_frame(self._film().read(frame))
        except SequenceError as error:
            found = name_lost_drive(error)
            if isinstance(found, SourceOutOfReach):  # or its frames would be kept as compared
                raise found from error
            return None

    def _film(self) -> FrameSource:
        if self._source is None:
            raise UsageError("No film is open.")
        return self._source
