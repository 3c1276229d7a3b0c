"""Cuts on the way of a propagation, found in the frames that its passes read."""

from collections import OrderedDict
from dataclasses import dataclass, field

from app.domain.errors import SequenceError
from app.imaging.shot_cuts import FrameSketch, frame_difference, is_behind_dissolve, is_cut, sketch_frame
from app.pipeline.roles.frames_ahead import Frame, ReadFrame

KEPT = 256  # Sketches, of 9 kB each: passes that take turns, and the references they start from.
LEFT = 17  # Frames: of dissolves of 50 half are seen as early as this, see shot_cuts.


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a pass goes from one shot into another."""

    frame: int  #: first one of the later shot, as far as that is known of a dissolve
    is_dissolve: bool = False  #: frames before it show both shots


@dataclass(slots=True)
class CutWatch:
    """Knows where shots begin, as the timeline does. Frames are read on one thread, questions asked on another."""

    source: ReadFrame
    frames: int  #: of the film
    crossed: frozenset[int] = frozenset()  #: first frames of shots that count as the same as the one before
    _sketches: OrderedDict[int, FrameSketch] = field(default_factory=OrderedDict)

    def read(self, frame: int) -> Frame:
        """Return a frame of the film, and remember how it looks."""
        image = self.source(frame)
        self._sketches[frame] = sketch_frame(image)
        while len(self._sketches) > KEPT:
            self._sketches.popitem(last=False)
        return image

    def cut_before(self, frame: int, direction: int, since: int, read: ReadFrame) -> Cut | None:
        """Return the cut or dissolve that a pass crosses to get to a frame, None for none.

        since: where the pass began, or has crossed the last one. read: calls this watch's read on the pass's thread.
        """
        begin = frame if direction > 0 else frame + 1
        if begin in self.crossed:
            return None
        if is_cut(begin, self.frames, lambda place: self._difference(place, read)):
            return Cut(begin)
        # A long dissolve is seen before it ends: what is left of it beyond a crossed frame is none of its own.
        reach = min([abs(frame - since), *(abs(frame - cut) - LEFT for cut in self.crossed)])
        is_dissolve = is_behind_dissolve(frame, reach, self._sketches.get, direction)
        return Cut(begin, is_dissolve=True) if is_dissolve else None

    def _difference(self, frame: int, read: ReadFrame) -> float:
        """Return the difference of a frame from the one before; 0 where one of them is damaged."""
        try:
            return frame_difference(self._sketch(frame - 1, read), self._sketch(frame, read))
        except SequenceError:
            return 0.0

    def _sketch(self, frame: int, read: ReadFrame) -> FrameSketch:
        return self._sketches.get(frame) or sketch_frame(read(frame))
