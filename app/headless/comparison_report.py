"""The report of a comparison: one HTML file that needs no network, and the same numbers as CSV."""

import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from app.domain.effort import Effort, LoggedEdit, make_effort_report
from app.domain.errors import ExportError
from app.files.atomic_file import atomic_file
from app.headless.comparison import FrameAgreement, ObjectAgreement, SequenceComparison
from app.headless.comparison_run import FailedComparison
from app.headless.operator_table import operator_table
from app.headless.proposal_section import proposal_section
from app.headless.repeat_section import repeat_section
from app.headless.report_contents import ReportContents
from app.headless.report_parts import STYLE, dice_curve, table, title_of, weekly_table
from app.headless.tier_section import TIER_COLUMNS, tier_rows, tier_section
from app.headless.weekly_drift import weekly_agreement
from app.headless.worst_cases import worst_cases
from app.storage.exporters.csv_table import safe_cell, write_csv

_COLUMNS: Final = (
    *(
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
    ),
    *("compared", "first_operator", "second_operator"),
)
_MOST_NAMES: Final = 20  # of sequences that one work alone has; chosen by hand, a line or two


def write_report(contents: ReportContents, folder: Path, *, with_names: bool = False) -> list[Path]:
    """Write report.html and agreement.csv into a folder, and intervals.csv where there are tiers.

    with_names: whether names of sequences, which may name patients, stand in them. Raises ExportError.
    """
    page, numbers = folder / "report.html", folder / "agreement.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(page) as draft:
            draft.write_text(_page(contents, with_names), encoding="utf-8")
        parts = contents.parts.items()
        write_csv(numbers, _COLUMNS, (row for what, some in parts for row in _rows(some, what, with_names)))
        paths = [page, numbers]
        if any(one.tiers for one in contents.works):
            paths.append(folder / "intervals.csv")
            rows = (row for one in contents.works for row in tier_rows(title_of(one, with_names), one.tiers))
            write_csv(paths[-1], TIER_COLUMNS, rows)
    except OSError as error:
        raise ExportError(f"The report cannot be written ({error.strerror}).", subject=folder) from error
    return paths


def _rows(compared: Iterable[SequenceComparison], what: str, with_names: bool) -> Iterable[Sequence[object]]:
    for one in compared:
        for item in one.objects:
            name = (title_of(one, with_names), item.first_id or item.second_id, item.label)
            for frame in item.frames:
                operators = (safe_cell(frame.operator), safe_cell(frame.other))
                yield (*name, frame.frame, *_numbers(frame), one.unit, what, *operators)


def _numbers(frame: FrameAgreement) -> tuple[object, ...]:
    found = frame.agreement
    distances = ("" if value is None else f"{value:.4g}" for value in (found.hausdorff95, found.surface_dice))
    return (f"{found.dice:.4f}", *distances, found.first, found.second)


def _page(contents: ReportContents, with_names: bool) -> str:
    parts = ["<h1>Agreement</h1>", _left_out(contents.left_out, with_names), _unpaired(contents, with_names)]
    if contents.works:
        parts += _works(contents.works, with_names)
    parts += [repeat_section(contents.repeats, with_names)]
    for title, compared in contents.proposals.items():
        parts += [proposal_section(compared, title, with_names)]
    head = f"<!doctype html><meta charset=utf-8><title>Agreement</title><style>{STYLE}</style>"
    return head + "\n".join(filter(None, parts))


def _left_out(left_out: Sequence[FailedComparison], with_names: bool) -> str:
    """Return what could not be compared, "" for nothing. An error may name a patient by a path."""
    if not left_out:
        return ""
    rows = [
        (one.name, one.error) if with_names else (one.key, "see the command's messages") for one in left_out
    ]
    return table(("Could not be compared", "Why"), rows)


def _unpaired(contents: ReportContents, with_names: bool) -> str:
    """Return what one of two works alone has, "" for nothing."""
    lines = []
    for title, some in contents.unpaired.items():
        names = [one.name if with_names else one.fingerprint[:8] for one in some[:_MOST_NAMES]]
        names += [f"{len(some) - _MOST_NAMES} more"] * (len(some) > _MOST_NAMES)
        lines.append(f"<p>{title} {html.escape(', '.join(names))}</p>")
    return "".join(lines)


def _works(compared: Sequence[SequenceComparison], with_names: bool) -> list[str]:
    """Return the sections on two works."""
    return [
        _summary(compared, with_names),
        *("<h2>By operator</h2>", operator_table(compared)),
        *(_sequence(one, with_names) for one in compared),
        *("<h2>Over time</h2>", weekly_table(weekly_agreement(compared))),
        *("<h2>Worst cases</h2>", worst_cases(compared, with_names)),
    ]


def _summary(compared: Sequence[SequenceComparison], with_names: bool) -> str:
    rows = []
    for one in compared:
        efforts = [_effort(side.history()) for side in (one.first, one.second)]
        frames = [frame.agreement.dice for item in one.objects for frame in item.frames]
        mean = f"{np.mean(frames):.3f}" if frames else "–"
        rows.append((title_of(one, with_names), len(one.objects), len(frames), mean, *efforts))
    return table(("Sequence", "Objects", "Masks", "Mean Dice", "First: work", "Second: work"), rows)


def _effort(history: Iterable[LoggedEdit]) -> str:
    report = make_effort_report(history)
    if not report.operators:
        return "–"
    efforts: list[Effort] = [effort for _, effort in report.operators]
    clicks, minutes = sum(one.clicks for one in efforts), sum(one.seconds for one in efforts) / 60
    touched = sum(one.frames_made + one.frames_corrected + one.frames_verified for one in efforts)
    return f"{minutes:.1f} min, {clicks} clicks, {touched} masks touched"


def _sequence(one: SequenceComparison, with_names: bool) -> str:
    surface = f"Surface Dice ({one.tolerance:g} {one.unit})"
    head = ("Object", "Frames", "Mean Dice", f"HD95 ({one.unit})", surface, "Whole Dice")
    rows = [_object_row(item) for item in one.objects]
    curves = "".join(dice_curve(item, item.label) for item in one.objects)
    masks = table(head, rows) if rows else ""
    return f"<h2>{html.escape(title_of(one, with_names))}</h2>{masks}{curves}{tier_section(one)}"


def _object_row(item: ObjectAgreement) -> tuple[object, ...]:
    name = f"{item.label} #{item.first_id or '–'} / #{item.second_id or '–'}"
    hausdorff = _mean(frame.agreement.hausdorff95 for frame in item.frames)
    surface = _mean(frame.agreement.surface_dice for frame in item.frames)
    whole = "–" if item.whole is None else f"{item.whole.dice:.3f}"
    return name, len(item.frames), f"{item.mean_dice:.3f}", hausdorff, surface, whole


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3g}" if known else "–"
