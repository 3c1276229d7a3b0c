"""Comparison of what models proposed with what a person made of it."""

import math
from collections.abc import Mapping

import numpy as np

from app.domain.annotation import Annotation
from app.headless.comparison import (
    FrameAgreement,
    ObjectAgreement,
    SequenceComparison,
    latest_edits,
    spacing_of,
)
from app.headless.stored_frames import ReadableSequence
from app.imaging import masks
from app.imaging.agreement import compare_masks


class ProposedMasks(ReadableSequence):
    """A sequence whose masks are those that models proposed last, where a person then changed or verified them."""

    def annotations(self, frame: int) -> Mapping[int, Annotation]:
        found = self.proposals(frame).items()
        return {key: proposal.annotation for key, proposal in found if proposal.is_answered}


def compare_proposals(result: ReadableSequence, tolerance: float) -> SequenceComparison | None:
    """Compare the masks of a sequence with the proposals that they were made of; None where there were none.

    The result is the first of both, and frames that no person answered are left out, as are objects that are gone.
    tolerance: of surfaces, as compare_sequences takes it.
    """
    proposed = ProposedMasks(result.stored)
    cells = [(key, frame) for frame in range(len(result)) for key in proposed.annotations(frame)]
    if not cells:
        return None
    spacing, unit = spacing_of(result)
    edits = latest_edits(result)
    labels = {label.value: label.name for label in result.labels}
    objects = []
    for item in result.objects:
        frames = []
        for frame in (frame for key, frame in cells if key == item.object_id):
            before = masks.decode(proposed.annotations(frame)[item.object_id].mask)
            cell = result.annotations(frame).get(item.object_id)
            after = np.zeros_like(before) if cell is None else masks.decode(cell.mask)
            operator, at = edits.get((frame, item.object_id), ("", math.nan))
            found = compare_masks(after, before, spacing[1:], tolerance)
            frames.append(FrameAgreement(frame, found, operator, at))
        if frames:
            label = labels.get(item.label, f"label {item.label}")
            objects.append(ObjectAgreement(item.object_id, item.object_id, label, tuple(frames), None))
    if not objects:
        return None
    return SequenceComparison(
        result.fingerprint[:8], result.name, unit, tolerance, result, proposed, tuple(objects)
    )
