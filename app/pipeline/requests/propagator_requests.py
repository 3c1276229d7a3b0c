"""Requests to the propagator: open a sequence; begin, add masks in any number of parts, propagate."""

from dataclasses import dataclass
from typing import Literal

from app.domain.annotation import FrameAxis, Lines, Mask, Orientation, Window
from app.domain.cut_stop import CutStop
from app.domain.propagation_plan import PassPlan
from app.pipeline.requests.engine_requests import EngineKind
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.request import Request

MaskSetName = Literal["references", "kept", "earlier", "held"]
ObjectMask = tuple[int, int, Mask]  #: frame, object id, mask


class PropagatorKind(EngineKind):
    """Carries masks of reference frames onto others; reads the frames by itself."""

    role = "app.pipeline.roles.propagator:PropagatorRole"


@dataclass(frozen=True, slots=True)
class PropagatedObject:
    """One object on one frame."""

    object_id: int
    mask: Mask
    score: float  #: 0 to 1
    sources: tuple[int, int]  #: as in Annotation


@dataclass(frozen=True, slots=True)
class PropagatedFrame:
    """The masks of a frame that was just visited."""

    frame: int
    masks: tuple[PropagatedObject, ...]
    stops: tuple[CutStop, ...] = ()  #: objects that the pass leaves here
    left_out: int = 0  #: frames of the plan that it does not visit for that


@dataclass(frozen=True, slots=True)
class OpenFramesRequest(Request[PropagatorKind, None, None]):
    """Open a source in place of the present one."""

    source: SourceSpec


@dataclass(frozen=True, slots=True)
class OrientFramesRequest(Request[PropagatorKind, None, None]):
    """Slice the open scan in another direction."""

    orientation: Orientation
    along: FrameAxis = "space"


@dataclass(frozen=True, slots=True)
class FitEngineRequest(Request[PropagatorKind, None, None]):
    """Fit the networks to the size of a frame."""

    frame: int
    window: Window | None


@dataclass(frozen=True, slots=True)
class PrepareFramesRequest(Request[PropagatorKind, None, None]):
    """Work on frames in advance, the first ones first, until no more can be kept."""

    frames: tuple[int, ...]
    center: int  #: the frame that the annotator is on
    window: Window | None


@dataclass(frozen=True, slots=True)
class BeginPropagationRequest(Request[PropagatorKind, None, None]):
    """Forget the masks of the last propagation. lines: see MaskSets."""

    lines: tuple[tuple[tuple[int, int], Lines], ...] = ()


@dataclass(frozen=True, slots=True)
class AddMasksRequest(Request[PropagatorKind, None, None]):
    """Add masks to one of the sets that the propagation starts with."""

    mask_set: MaskSetName
    masks: tuple[ObjectMask, ...]


@dataclass(frozen=True, slots=True)
class PropagateRequest(Request[PropagatorKind, None, PropagatedFrame]):
    """Propagate the masks that were added; the progress is the result."""

    passes: tuple[PassPlan, ...]
    window: Window | None
    stops_at_cuts: bool = False
    crossed: tuple[int, ...] = ()  #: cuts at which it does not stop all the same
