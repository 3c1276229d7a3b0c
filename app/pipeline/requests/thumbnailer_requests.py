"""Requests to the thumbnailer, which reads a film in the background for the timeline. Arrays are in the shared pool."""

from dataclasses import dataclass

from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.request import Request, WorkerKind


class ThumbnailerKind(WorkerKind):
    """Reads frames with a reader of its own, so that the one of the frame in view keeps its place in the film."""

    role = "app.pipeline.roles.thumbnailer:ThumbnailerRole"


@dataclass(frozen=True, slots=True)
class OpenFilmRequest(Request[ThumbnailerKind, None, None]):
    """Open a source in place of the one before. Raises SequenceError."""

    source: SourceSpec


@dataclass(frozen=True, slots=True)
class ReadThumbnailRequest(Request[ThumbnailerKind, None, None]):
    """Decode the frame of [start, stop) that takes least into target, uint8 (h, w, 3) RGB of any size.

    Raises SequenceError.
    """

    start: int
    stop: int
    target: ArrayRef


@dataclass(frozen=True, slots=True)
class CompareFramesReply:
    """How frames differ, float32 each, see app.imaging.shot_cuts.find_cuts; 0 for those that are damaged."""

    steps: bytes
    dissolves: bytes


@dataclass(frozen=True, slots=True)
class CompareFramesRequest(Request[ThumbnailerKind, CompareFramesReply, None]):
    """Compare frames [start, stop) with those before them."""

    start: int
    stop: int
