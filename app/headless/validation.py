"""Conversion and checks of what a script hands to the library. Each function raises UsageError naming the value."""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, SupportsFloat, SupportsIndex, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.annotation import Color, Label, Object, Point, SequenceInfo, Status
from app.domain.errors import SequenceError, UsageError
from app.domain.export_selection import ExportSelection
from app.domain.finding import PictureAction
from app.domain.label_clash import LabelAnswer
from app.domain.segment_code import SegmentCode
from app.headless.results import Committed, LabelLike, ObjectLike, PointLike, StatusLike
from app.storage.exporters.training.collection import SPLITS, Split


def as_path(value: str | Path) -> Path:
    """Return a path."""
    try:
        return Path(value)
    except TypeError:
        raise UsageError("A path is a text or a Path.", subject=repr(value)) from None


def as_index(value: SupportsIndex, what: str) -> int:
    """Return an integer, of Python, NumPy or anything like them."""
    try:
        return operator.index(value)
    except TypeError:
        raise UsageError(f"The {what} must be an integer.", subject=repr(value)) from None


def as_number(value: SupportsFloat | SupportsIndex, what: str) -> float:
    """Return a number, which may be infinite or not a number."""
    try:
        if not isinstance(value, (str, bytes)):
            return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(f"The {what} must be a number.", subject=repr(value))


def as_finite(value: SupportsFloat | SupportsIndex, what: str, low: float = -math.inf) -> float:
    """Return a finite number above low."""
    number = as_number(value, what)
    if not (math.isfinite(number) and number > low):
        raise UsageError(
            f"The {what} must be a number{f' above {low:g}' if low > -math.inf else ''}.", subject=value
        )
    return number


def as_tolerance(value: SupportsFloat | SupportsIndex) -> float:
    """Return a distance between surfaces that counts as none."""
    number = as_finite(value, "tolerance")
    if number < 0:
        raise UsageError("The tolerance must not be negative.", subject=value)
    return number


def as_share(value: SupportsFloat | SupportsIndex, what: str) -> float:
    """Return a number in [0, 1]."""
    number = as_number(value, what)
    if not 0 <= number <= 1:
        raise UsageError(f"This is no {what}.", subject=value, remedy="Give a number from 0 to 1.")
    return number


def as_choice(value: str, choices: Any, what: str) -> str:
    """Return one of the texts of a Literal."""
    known = get_args(choices)
    if not isinstance(value, str) or value not in known:
        remedy = f"Choose one of {', '.join(known)}."
        raise UsageError(f"There is no such {what}.", subject=value, remedy=remedy)
    return value


def as_picture_action(value: str, operator: str) -> PictureAction:
    """Return what becomes of frames with text or faces. Raises UsageError where nobody answers for them."""
    as_choice(value, PictureAction, "choice for pictures")
    if value == "allow" and not operator.strip():
        raise UsageError(
            "Somebody must answer for pictures that may name the patient.", remedy="Give the operator's name."
        )
    return cast(PictureAction, value)


def as_frame(value: SupportsIndex, info: SequenceInfo) -> int:
    """Return the index of a frame of a sequence. Raises SequenceError when it has no such frame."""
    index = as_index(value, "frame")
    if not 0 <= index < info.frames:
        raise SequenceError(f"There is no frame {index}.", remedy=f"Frames run from 0 to {info.frames - 1}.")
    return index


def as_bound(value: SupportsIndex | None, info: SequenceInfo, what: str) -> int | None:
    """Return an end of a range of frames, 0 to their count, None for none."""
    if value is None:
        return None
    index = as_index(value, what)
    if not 0 <= index <= info.frames:
        raise UsageError(
            f"There is no such {what}.", subject=index, remedy=f"Give a number from 0 to {info.frames}."
        )
    return index


def as_point(x: SupportsFloat, y: SupportsFloat, info: SequenceInfo) -> tuple[float, float]:
    """Return a point in source pixels that is on a pixel."""
    across, down = as_number(x, "x of the click"), as_number(y, "y of the click")
    if not (-0.5 <= across < info.width - 0.5 and -0.5 <= down < info.height - 0.5):
        raise UsageError(
            "The click is outside the picture.",
            subject=f"({across:g}, {down:g})",
            remedy=f"x runs from 0 to {info.width - 1}, y from 0 to {info.height - 1}.",
        )
    return across, down


def as_line(points: Iterable[PointLike], least: int) -> tuple[Point, ...]:
    """Return the corners of a line; least: how many it needs."""
    try:
        pairs = [(as_finite(x, "x"), as_finite(y, "y")) for x, y in points]
    except (TypeError, ValueError):
        raise UsageError("The points must be pairs of numbers.", subject=repr(points)) from None
    if len(pairs) < least:
        raise UsageError("There are too few points.", subject=len(pairs), remedy=f"Give {least} or more.")
    return tuple(pairs)


def as_points(points: Iterable[PointLike], info: SequenceInfo, least: int) -> tuple[Point, ...]:
    """Return the corners of a line, each moved onto the picture where it is beside it; least: how many it needs."""
    right, bottom = info.width - 1.0, info.height - 1.0
    line = as_line(points, least)
    return tuple((min(max(x, 0.0), right), min(max(y, 0.0), bottom)) for x, y in line)


def as_color(color: Sequence[SupportsIndex] | None) -> Color | None:
    """Return red, green and blue of 8 bits each, None for none."""
    if color is None:
        return None
    try:
        red, green, blue = (operator.index(part) for part in color)
    except (TypeError, ValueError):
        red = green = blue = -1
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise UsageError("This is no colour.", subject=color, remedy="Give three integers from 0 to 255.")
    return red, green, blue


def as_code(text: str | None) -> SegmentCode | None:
    """Return the code of a name or value, None for none."""
    if text is None:
        return None
    # pydicom takes a while to import, and few labels get a code by hand.
    from app.storage.volume.dicom.dicom_codes import find_code

    found = find_code(text) if isinstance(text, str) else None
    if found is None:
        raise UsageError("There is no such code.", subject=text, remedy="Give a name such as 'left kidney'.")
    return found


def as_label_value(label: LabelLike, known: Sequence[Label]) -> int:
    """Return the value of a label of the list, given itself, its value or its name."""
    if isinstance(label, str):
        values = [item.value for item in known if item.name == label]
        if len(values) > 1:
            which = ", ".join(map(str, values))
            raise UsageError(
                "Several labels have this name.", subject=label, remedy=f"Give a value: {which}."
            )
    else:
        value = label.value if isinstance(label, Label) else as_index(label, "label")
        values = [item.value for item in known if item.value == value]
    if not values:
        raise UsageError("There is no such label.", subject=label, remedy="Add it first.")
    return values[0]


def as_label_answer(
    answer: str | Mapping[int, LabelLike] | None, known: Sequence[Label]
) -> LabelAnswer | None:
    """Return what is to be done with the label values of a file."""
    if answer is None or isinstance(answer, str):
        choices = {None: None, "keep": LabelAnswer(), "ours": LabelAnswer(takes_ours=True)}
        if answer not in choices:
            raise UsageError(
                "There is no such choice of labels.", subject=answer, remedy="Choose keep or ours."
            )
        return choices[answer]
    pairs = {as_index(value, "label value"): as_label_value(label, known) for value, label in answer.items()}
    return LabelAnswer(pairs=tuple(pairs.items()))


def as_object_id(obj: ObjectLike, known: Collection[Object]) -> int:
    """Return the id of an object of the sequence, given itself, its id or what finish returned."""
    found = obj.object_id if isinstance(obj, (Object, Committed)) else obj
    object_id = as_index(found, "object")
    if object_id not in {item.object_id for item in known}:
        raise UsageError("There is no such object.", subject=object_id)
    return object_id


def as_mask(
    mask: ArrayLike, info: SequenceInfo, frame: int, threshold: float | None = None
) -> NDArray[np.bool_]:
    """Return a mask as bool (h, w): set where an array or nested lists are not 0, or above a threshold.

    A map of fractions is refused without a threshold, as it may hold probabilities.
    """
    try:
        array = np.asarray(mask)
    except ValueError:
        raise UsageError("The rows of the mask differ in length.", subject=f"frame {frame}") from None
    if array.dtype.kind not in "bui" and (array.dtype.kind != "f" or threshold is None):
        raise UsageError(
            f"The mask holds {array.dtype} values.",
            subject=f"frame {frame}",
            remedy="Give bool or integer values, or a threshold for a map of probabilities.",
        )
    if array.shape != (info.height, info.width):
        raise UsageError(
            f"The mask is {array.shape}, the frames are {(info.height, info.width)}.",
            subject=f"frame {frame}",
        )
    return array.astype(bool) if array.dtype.kind != "f" or threshold is None else array > threshold


def as_status(value: StatusLike) -> Status:
    """Return a status, given itself or its name."""
    if isinstance(value, Status):
        return value
    names = {status.name.lower(): status for status in Status}
    if not isinstance(value, str) or value.lower() not in names:
        raise UsageError(
            "There is no such status.", subject=value, remedy=f"Choose one of {', '.join(names)}."
        )
    return names[value.lower()]


def as_shares(split: Sequence[float] | Mapping[Split, float]) -> tuple[float, float, float]:
    """Return the shares of train, val and test, given in this order or by these names."""
    if isinstance(split, Mapping):
        if unknown := [name for name in split if name not in SPLITS]:
            raise UsageError(
                "There is no such side of a split.", subject=unknown[0], remedy="Give train, val and test."
            )
        split = [split.get(name, 0.0) for name in SPLITS]
    try:
        train, val, test = split
    except (TypeError, ValueError):
        raise UsageError(
            "A split has three shares.", subject=repr(split), remedy="Give train, val and test."
        ) from None
    return as_share(train, "share of train"), as_share(val, "share of val"), as_share(test, "share of test")


def as_selection(
    frames: Iterable[SupportsIndex] | None,
    status: StatusLike | Iterable[StatusLike] | None,
    info: SequenceInfo,
) -> ExportSelection:
    """Return the choice of frames for an export. Raises SequenceError for a frame that is not there."""
    chosen = None if frames is None else tuple(sorted({as_frame(frame, info) for frame in frames}))
    if chosen == ():
        raise UsageError("There is no frame to export.", remedy="Give at least one, or None for all.")
    if status is None:
        return ExportSelection(chosen)
    statuses = (status,) if isinstance(status, (str, Status)) else tuple(status)
    return ExportSelection(chosen, tuple(sorted({as_status(one) for one in statuses})))


def locked_error() -> UsageError:
    """Return the error about a mask that a person has verified."""
    return UsageError("This mask is verified and locked.", remedy="Call verify with verified=False.")
