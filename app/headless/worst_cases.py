"""Pictures of the worst cases of a comparison, with the outlines of both masks."""

import base64
import html
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.errors import SequenceError, WorkspaceError
from app.headless.comparison import FrameAgreement, ObjectAgreement, SequenceComparison
from app.headless.report_parts import title_of
from app.imaging import masks
from app.models.inspecting.picture_inspector import PictureInspector
from app.storage.exporters.hidden_pictures import paint_over
from app.storage.workspace.frame_inspection import Inspect

_WORST: Final = 6  # pictures of worst cases; chosen by hand
_APART: Final = 10  # pictures of an object are this share of a sequence apart; chosen by hand
_PICTURE: Final = 360  # pixels, the longer side of such a picture
_FIRST, _SECOND = (255, 160, 0), (0, 160, 255)  # RGB of the outlines
_Case = tuple[SequenceComparison, ObjectAgreement, FrameAgreement]


def worst_cases(
    compared: Sequence[SequenceComparison],
    with_names: bool,
    sides: tuple[str, str] = ("first", "second"),
) -> str:
    """Return a legend and pictures of the frames of lowest Dice as HTML. sides: what the two masks are called."""
    figures, inspect = [], PictureInspector()
    for one, item, frame in _choose(compared):
        coded = base64.b64encode(_picture(one, item, frame.frame, inspect)).decode()
        place = f"{title_of(one, with_names)}, {item.label}, frame {frame.frame}"
        text = f"{place}: {_describe(frame, sides)}"
        figures.append(
            f'<figure><img src="data:image/png;base64,{coded}"><figcaption>{html.escape(text)}</figcaption></figure>'
        )
    return "\n".join([_legend(sides), *figures])


def _legend(sides: tuple[str, str]) -> str:
    colors = ("#%02x%02x%02x" % _FIRST, "#%02x%02x%02x" % _SECOND)  # noqa: UP031 - shorter than three format fields
    first, second = (
        f'<b style="color:{color}">{side}</b>' for color, side in zip(colors, sides, strict=True)
    )
    return f"<p>Outlines: {first}, {second}</p>"


def _choose(compared: Sequence[SequenceComparison]) -> list[_Case]:
    """Return the frames of lowest Dice, but no two of an object that lie close together and look the same."""
    cases = [(one, item, frame) for one in compared for item in one.objects for frame in item.frames]
    cases.sort(key=lambda case: case[2].agreement.dice)
    chosen: list[_Case] = []
    for case in cases:
        one, item, frame = case
        apart = len(one.first) // _APART
        others = (known.frame for _, shown, known in chosen if shown is item)
        if frame.agreement.dice < 1.0 and all(abs(frame.frame - other) >= apart for other in others):
            chosen.append(case)
        if len(chosen) == _WORST:
            break
    return chosen


def _describe(frame: FrameAgreement, sides: tuple[str, str]) -> str:
    found = frame.agreement
    if not found.first or not found.second:
        return f"only the {sides[0] if found.first else sides[1]} has it"
    return f"Dice {found.dice:.3f}"


def _picture(one: SequenceComparison, item: ObjectAgreement, frame: int, inspect: Inspect) -> bytes:
    """Return a PNG of a frame with both outlines; on black where the source is not there or shows text or a face."""
    shown = _frame(one, frame)
    shown = paint_over(shown, inspect(shown))
    for sequence, object_id, color in (
        (one.first, item.first_id, _FIRST),
        (one.second, item.second_id, _SECOND),
    ):
        cell = None if object_id is None else sequence.annotations(frame).get(object_id)
        if cell is not None:
            outlines, _ = cv2.findContours(
                masks.decode(cell.mask).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
            )
            cv2.drawContours(shown, outlines, -1, color, max(1, round(max(shown.shape) / _PICTURE)))
    scale = min(1.0, _PICTURE / max(shown.shape))
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1].tobytes())


def _frame(one: SequenceComparison, frame: int) -> NDArray[np.uint8]:
    try:
        with one.first.open_source() as source:
            return source.read(frame).copy()
    except (SequenceError, WorkspaceError):
        return np.zeros((one.first.height, one.first.width, 3), np.uint8)
