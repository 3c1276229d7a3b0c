"""Requests to the segmenter."""

from dataclasses import dataclass
from typing import ClassVar

from app.domain.annotation import Mask, Orientation, Window
from app.domain.model_prompts import Prompt
from app.pipeline.requests.engine_requests import EngineKind
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.request import Request


class SegmenterKind(EngineKind):
    """Answers prompts with masks."""

    role = "app.pipeline.roles.segmenter:SegmenterRole"


@dataclass(frozen=True, slots=True)
class FeatureKey:
    """Key of the features of a frame. Two equal keys stand for the same pixels."""

    sequence: str  #: the decoder's key of the source
    orientation: Orientation | None
    frame: int
    window: Window | None


@dataclass(frozen=True, slots=True)
class SegmentReply:
    """The answer to a list of prompts."""

    mask: Mask


@dataclass(frozen=True, slots=True)
class EncodeRequest(Request[SegmenterKind, None, None]):
    """Encode a frame before it is clicked on. image: uint8 (h, w, 3) RGB."""

    still_limit: ClassVar[float] = 3.0
    key: FeatureKey
    image: ArrayRef
    is_ahead: bool = False  #: of a sequence that is opened later; outlives the frames of the present one


@dataclass(frozen=True, slots=True)
class ShownReference:
    """A frame that tells of the object. image: uint8 (h, w, 3) RGB."""

    frame: int
    image: ArrayRef
    mask: Mask


@dataclass(frozen=True, slots=True)
class SegmentRequest(Request[SegmenterKind, SegmentReply, None]):
    """Answer prompts on a frame. image: uint8 (h, w, 3) RGB."""

    still_limit: ClassVar[float] = 3.0
    key: FeatureKey
    image: ArrayRef
    prompts: tuple[Prompt, ...]
    initial: Mask | None  #: the mask to correct
    threshold: float  #: probability from which a pixel is in the mask
    largest_component: bool
    tidy: bool = False  #: fill small holes and drop small pieces that no click marks
    references: tuple[ShownReference, ...] = ()  #: where there is no mask to correct, nearest first


@dataclass(frozen=True, slots=True)
class AnswerAheadRequest(Request[SegmenterKind, None, None]):
    """Keep the answer to prompts that may come, on a frame that is encoded. Fields as in SegmentRequest."""

    still_limit: ClassVar[float] = 3.0
    key: FeatureKey
    prompts: tuple[Prompt, ...]
    initial: Mask | None
    told: tuple[tuple[int, Mask], ...]  #: frames and masks of the references


@dataclass(frozen=True, slots=True)
class ExpectClickRequest(Request[SegmenterKind, None, None]):
    """Prepare for the prompt after these; for the first one where there are none."""

    still_limit: ClassVar[float] = 3.0
    key: FeatureKey
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class ExpectCorrectionRequest(Request[SegmenterKind, None, None]):
    """Prepare for the first prompt on a mask, on a frame that is encoded. image: uint8 (h, w, 3) RGB."""

    still_limit: ClassVar[float] = 3.0
    key: FeatureKey
    image: ArrayRef
    mask: Mask | None  #: None where references tell what it begins with
    references: tuple[ShownReference, ...] = ()
