"""Comparison of two works on the same sequences: two annotators, one twice, or one with a truth."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError, UsageError, WorkspaceError
from app.headless.stored_frames import ReadableSequence
from app.headless.tier_agreement import TierAgreement, compare_tiers
from app.imaging import masks
from app.imaging.agreement import Agreement, compare_masks
from app.imaging.volume_geometry import plane_of

if TYPE_CHECKING:  # which compares itself
    from app.headless.readable_workspace import ReadableWorkspace

Spacing = tuple[float, ...]
_Authors = Mapping[tuple[int, int], tuple[str, float]]  # operator and time by frame and object id
_PIXELS: Final = ((1.0, 1.0, 1.0), "px")


@dataclass(frozen=True, slots=True)
class FrameAgreement:
    """Agreement about one object on one frame."""

    frame: int
    agreement: Agreement
    operator: str  #: who made the first mask, "" where it is not known
    made_at: float  #: seconds since 1970, not a number where it is unknown
    other: str = ""  #: who made the second mask


@dataclass(frozen=True, slots=True)
class ObjectAgreement:
    """Agreement about one object of a sequence."""

    first_id: int | None  #: object in the first work, None where only the second has it
    second_id: int | None
    label: str
    frames: tuple[FrameAgreement, ...]
    whole: Agreement | None  #: of a scan, all slices at once

    @property
    def mean_dice(self) -> float:
        """Mean over the frames that any of both has."""
        return float(np.mean([frame.agreement.dice for frame in self.frames])) if self.frames else 1.0


@dataclass(frozen=True, slots=True)
class SequenceComparison:
    """Comparison of one sequence. Its name may name a patient; key does not."""

    key: str  #: digits of its content
    name: str
    unit: str  #: of distances, "mm" or "px"
    tolerance: float  #: of surfaces, in that unit
    first: ReadableSequence
    second: ReadableSequence
    objects: tuple[ObjectAgreement, ...]
    tiers: tuple[TierAgreement, ...] = ()
    fps: float | None = None  #: frames a second of a film with tiers whose source is there


def pair_sequences(
    first: ReadableWorkspace, second: ReadableWorkspace, fingerprints: Collection[str] = ()
) -> list[tuple[ReadableSequence, ReadableSequence]]:
    """Return each sequence that both hold, from both; sequences are the same where their content is.

    fingerprints: of those to compare, or how these begin; none for all. Raises UsageError when they have none in
    common.
    """
    theirs = {item.fingerprint: item for item in second.sequences.values()}
    pairs = [
        (item, theirs[item.fingerprint])
        for item in first.sequences.values()
        if item.fingerprint in theirs and item.fingerprint.startswith(tuple(fingerprints) or "")
    ]
    if not pairs:
        raise UsageError(
            "The two have no sequence in common.",
            subject=f"{first.path}, {second.path}",
            remedy="Compare workspaces of the same films or scans.",
        )
    return pairs


def compare_sequences(
    first: ReadableSequence, second: ReadableSequence, tolerance: float
) -> SequenceComparison:
    """Compare two works on one sequence, object by object, in the direction that the first was made in.

    tolerance: of surfaces, in millimetres where pixels have a size, in pixels else. Raises WorkspaceError where they
    were made in different directions and the scan is not there.
    """
    spacing, unit = spacing_of(first)
    readers: Mapping[tuple[int, int], str] = {key: by for key, (by, _) in latest_edits(second).items()}
    if (turned := second.in_view_of(first)) is not second:
        second, readers = turned, turned.authors
    authors = latest_edits(first), readers
    objects = (
        _compare_objects((first, one), (second, other), label, spacing, tolerance, authors)
        for one, other, label in _pair_objects(first, second)
    )
    # An object without any mask in both is none that they could agree about.
    found = tuple(item for item in objects if item.frames)
    have_both = first.tiers.tiers and second.tiers.tiers
    tiers = compare_tiers(first.tiers, second.tiers, len(first)) if have_both else ()
    named = first.fingerprint[:8], first.name, unit, tolerance
    return SequenceComparison(*named, first, second, found, tiers, _fps(first) if tiers else None)


def _compare_objects(
    first: tuple[ReadableSequence, int | None],
    second: tuple[ReadableSequence, int | None],
    label: str,
    spacing: Spacing,
    tolerance: float,
    authors: tuple[_Authors, Mapping[tuple[int, int], str]],
) -> ObjectAgreement:
    found: list[FrameAgreement] = []
    slices: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []
    for frame in range(len(first[0])):
        one, other = _mask(*first, frame), _mask(*second, frame)
        # The slices of several time points are no volume whose surface could be measured.
        if first[0].kind == "volume" and first[0].order.times == 1:
            slices.append((one, other))
        if one.any() or other.any():
            operator, at = authors[0].get((frame, first[1] or 0), ("", math.nan))
            reader = authors[1].get((frame, second[1] or 0), "")
            agreement = compare_masks(one, other, spacing[1:], tolerance)
            found.append(FrameAgreement(frame, agreement, operator, at, reader))
    whole = None
    if slices:
        ours, theirs = (np.stack(side) for side in zip(*slices, strict=True))
        whole = compare_masks(ours, theirs, spacing, tolerance)
    return ObjectAgreement(first[1], second[1], label, tuple(found), whole)


def _mask(sequence: ReadableSequence, object_id: int | None, frame: int) -> NDArray[np.bool_]:
    cell = None if object_id is None else sequence.annotations(frame).get(object_id)
    return np.zeros((sequence.height, sequence.width), bool) if cell is None else masks.decode(cell.mask)


def _pair_objects(
    first: ReadableSequence, second: ReadableSequence
) -> list[tuple[int | None, int | None, str]]:
    """Pair objects of one label name by how much they overlap; what is left over stands alone."""
    ours, theirs = _named_objects(first), _named_objects(second)
    overlaps = sorted(
        (
            (_overlap(first, one, second, other), one, other)
            for one, label in ours.items()
            for other, name in theirs.items()
            if label == name
        ),
        key=lambda found: (-found[0], found[1], found[2]),
    )
    pairs: list[tuple[int | None, int | None, str]] = []
    for overlap, one, other in overlaps:
        if overlap and one in ours and other in theirs:
            pairs.append((one, other, ours.pop(one)))
            del theirs[other]
    pairs += [(one, None, label) for one, label in ours.items()]
    pairs += [(None, other, label) for other, label in theirs.items()]
    return pairs


def _named_objects(sequence: ReadableSequence) -> dict[int, str]:
    names = {label.value: label.name for label in sequence.labels}
    return {item.object_id: names.get(item.label, f"label {item.label}") for item in sequence.objects}


def _overlap(first: ReadableSequence, one: int, second: ReadableSequence, other: int) -> int:
    total = 0
    for frame in range(len(first)):
        mine, yours = first.annotations(frame).get(one), second.annotations(frame).get(other)
        if mine is not None and yours is not None:
            total += int(np.count_nonzero(masks.decode(mine.mask) & masks.decode(yours.mask)))
    return total


def spacing_of(sequence: ReadableSequence) -> tuple[Spacing, str]:
    """Return the size of pixels (frame, row, column) and its unit, as far as the source is there to say it."""
    try:
        with sequence.open_source() as source:
            info = source.info
    except (SequenceError, WorkspaceError):
        return _PIXELS
    if info.spacing is None:
        return _PIXELS
    plane = plane_of(info) if info.kind == "volume" else None
    axes = (0, 1, 2) if plane is None else (plane.axis, plane.row_axis, plane.column_axis)
    spacing = tuple(info.spacing[axis] or 1.0 for axis in axes)  # a picture has no step to the next one
    return spacing, "mm"


def _fps(sequence: ReadableSequence) -> float | None:
    try:
        with sequence.open_source() as source:
            return source.info.fps
    except (SequenceError, WorkspaceError):
        return None


def latest_edits(sequence: ReadableSequence) -> dict[tuple[int, int], tuple[str, float]]:
    """Return who changed each mask by (frame, object id) last by hand, and when in seconds since 1970."""
    found: dict[tuple[int, int], tuple[str, float]] = {}
    for edit in sequence.history():
        if not edit.is_undone:
            found.update({(cell.frame, cell.object_id): (edit.operator, edit.at) for cell in edit.by_hand})
    return found
