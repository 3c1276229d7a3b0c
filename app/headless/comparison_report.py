"""The report of a comparison: one HTML file that needs no network, and the same numbers as CSV."""

from __future__ import annotations

import base64
import csv
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.effort import Effort, LoggedEdit, make_effort_report
from app.domain.errors import ExportError, SequenceError, WorkspaceError
from app.files.atomic_file import atomic_file
from app.headless.comparison import FrameAgreement, ObjectAgreement, SequenceComparison
from app.headless.weekly_drift import WeeklyAgreement, weekly_agreement
from app.imaging import masks

_COLUMNS: Final = (
    "sequence",
    "object",
    "label",
    "frame",
    "dice",
    "hausdorff95",
    "surface_dice",
    "first",
    "second",
    "unit",
)
_WORST: Final = 6  # pictures of worst cases; chosen by hand
_APART: Final = 10  # pictures of an object are this share of a sequence apart; chosen by hand
_PICTURE: Final = 360  # pixels, the longer side of such a picture
_FIRST, _SECOND = (255, 160, 0), (0, 160, 255)  # RGB of the outlines
_PLOT: Final = (640, 120)  # pixels of a curve
_Case = tuple[SequenceComparison, ObjectAgreement, FrameAgreement]
_STYLE: Final = """
body{font:15px sans-serif;max-width:60em;margin:2em auto;color:#222}
table{border-collapse:collapse;margin:1em 0}
td,th{padding:.3em .8em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}
figure{display:inline-block;margin:.5em}
figcaption{font-size:13px;color:#555}
"""


def write_report(
    compared: Sequence[SequenceComparison], folder: Path, *, with_names: bool = False
) -> list[Path]:
    """Write report.html and agreement.csv into a folder.

    with_names: whether names of sequences, which may name patients, stand in them. Raises ExportError.
    """
    page, table = folder / "report.html", folder / "agreement.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(page) as draft:
            draft.write_text(_page(compared, with_names), encoding="utf-8")
        with atomic_file(table) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_COLUMNS)
            rows.writerows(_rows(compared, with_names))
    except OSError as error:
        raise ExportError(f"The report cannot be written ({error.strerror}).", subject=folder) from error
    return [page, table]


def _title(one: SequenceComparison, with_names: bool) -> str:
    return one.name if with_names else one.key


def _rows(compared: Iterable[SequenceComparison], with_names: bool) -> Iterable[Sequence[object]]:
    for one in compared:
        for item in one.objects:
            name = (_title(one, with_names), item.first_id or item.second_id, item.label)
            for frame in item.frames:
                yield (*name, frame.frame, *_numbers(frame), one.unit)


def _numbers(frame: FrameAgreement) -> tuple[object, ...]:
    found = frame.agreement
    distances = ("" if value is None else f"{value:.4g}" for value in (found.hausdorff95, found.surface_dice))
    return (f"{found.dice:.4f}", *distances, found.first, found.second)


def _page(compared: Sequence[SequenceComparison], with_names: bool) -> str:
    parts = ["<h1>Agreement</h1>", _summary(compared, with_names)]
    parts += [_sequence(one, with_names) for one in compared]
    parts += ["<h2>Over time</h2>", _drift(weekly_agreement(compared))]
    parts += ["<h2>Worst cases</h2>", _legend(), *_worst(compared, with_names)]
    head = f"<!doctype html><meta charset=utf-8><title>Agreement</title><style>{_STYLE}</style>"
    return head + "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{cells}</tr>{body}</table>"


def _summary(compared: Sequence[SequenceComparison], with_names: bool) -> str:
    rows = []
    for one in compared:
        efforts = [_effort(side.history()) for side in (one.first, one.second)]
        frames = [frame.agreement.dice for item in one.objects for frame in item.frames]
        mean = f"{np.mean(frames):.3f}" if frames else "–"
        rows.append((_title(one, with_names), len(one.objects), len(frames), mean, *efforts))
    return _table(("Sequence", "Objects", "Masks", "Mean Dice", "First: work", "Second: work"), rows)


def _effort(history: Iterable[LoggedEdit]) -> str:
    report = make_effort_report(history)
    efforts: list[Effort] = [effort for _, effort in report.operators]
    clicks, minutes = sum(one.clicks for one in efforts), sum(one.seconds for one in efforts) / 60
    return f"{minutes:.1f} min, {clicks} clicks"


def _sequence(one: SequenceComparison, with_names: bool) -> str:
    surface = f"Surface Dice ({one.tolerance:g} {one.unit})"
    head = ("Object", "Frames", "Mean Dice", f"HD95 ({one.unit})", surface, "Whole Dice")
    rows = [_object_row(item) for item in one.objects]
    curves = "".join(_curve(item) for item in one.objects if len(item.frames) > 1)
    return f"<h2>{html.escape(_title(one, with_names))}</h2>{_table(head, rows)}{curves}"


def _object_row(item: ObjectAgreement) -> tuple[object, ...]:
    name = f"{item.label} #{item.first_id or '–'} / #{item.second_id or '–'}"
    hausdorff = _mean(frame.agreement.hausdorff95 for frame in item.frames)
    surface = _mean(frame.agreement.surface_dice for frame in item.frames)
    whole = "–" if item.whole is None else f"{item.whole.dice:.3f}"
    return name, len(item.frames), f"{item.mean_dice:.3f}", hausdorff, surface, whole


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3g}" if known else "–"


def _curve(item: ObjectAgreement) -> str:
    """Dice over the frames, as a picture of lines."""
    width, height = _PLOT
    last = max(item.frames[-1].frame, 1)
    points = " ".join(
        f"{frame.frame / last * width:.1f},{(1 - frame.agreement.dice) * height:.1f}" for frame in item.frames
    )
    line = f'<polyline points="{points}" fill="none" stroke="#d08000" stroke-width="1.5"/>'
    border = f'<rect width="{width}" height="{height}" fill="none" stroke="#ccc"/>'
    caption = f"<figcaption>{html.escape(item.label)}: Dice (0 to 1) over frames 0 to {last}</figcaption>"
    return f'<figure><svg width="{width}" height="{height}">{border}{line}</svg>{caption}</figure>'


def _drift(weeks: Sequence[WeeklyAgreement]) -> str:
    rows = [(one.week, one.operator or "–", one.masks, f"{one.mean_dice:.3f}") for one in weeks]
    return (
        _table(("Week", "Operator", "Masks", "Mean Dice"), rows) if rows else "<p>No times are recorded.</p>"
    )


def _legend() -> str:
    colors = ("#%02x%02x%02x" % _FIRST, "#%02x%02x%02x" % _SECOND)  # noqa: UP031 - shorter than three format fields
    return f'<p><b style="color:{colors[0]}">First</b>, <b style="color:{colors[1]}">second</b></p>'


def _worst(compared: Sequence[SequenceComparison], with_names: bool) -> list[str]:
    figures = []
    for one, item, frame in _worst_cases(compared):
        coded = base64.b64encode(_picture(one, item, frame.frame)).decode()
        place = f"{_title(one, with_names)}, {item.label}, frame {frame.frame}"
        text = f"{place}: {_describe(frame)}"
        figures.append(
            f'<figure><img src="data:image/png;base64,{coded}"><figcaption>{html.escape(text)}</figcaption></figure>'
        )
    return figures


def _worst_cases(compared: Sequence[SequenceComparison]) -> list[_Case]:
    """Return the frames of lowest Dice, but no two of an object that lie close together and look the same."""
    cases = [(one, item, frame) for one in compared for item in one.objects for frame in item.frames]
    cases.sort(key=lambda case: case[2].agreement.dice)
    chosen: list[_Case] = []
    for case in cases:
        one, item, frame = case
        apart = len(one.first) // _APART
        others = (known.frame for _, shown, known in chosen if shown is item)
        if all(abs(frame.frame - other) >= apart for other in others):
            chosen.append(case)
        if len(chosen) == _WORST:
            break
    return chosen


def _describe(frame: FrameAgreement) -> str:
    found = frame.agreement
    if not found.first or not found.second:
        return f"only the {'first' if found.first else 'second'} has it"
    return f"Dice {found.dice:.3f}"


def _picture(one: SequenceComparison, item: ObjectAgreement, frame: int) -> bytes:
    """Return a PNG of a frame with both outlines; on black where the source is not there."""
    shown = _frame(one, frame)
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
