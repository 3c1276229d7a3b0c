"""The section of a comparison's report about what happens when, and the same numbers as rows."""

from collections.abc import Iterable, Iterator
from typing import Final

from app.headless.comparison import SequenceComparison
from app.headless.report_parts import table
from app.headless.tier_agreement import LEAST_OVERLAP, POINT_REACH, TermAgreement, TierAgreement
from app.storage.exporters.csv_table import safe_cell

TIER_COLUMNS: Final = (
    *("sequence", "tier", "kind", "kappa", "term", "frames_first", "frames_second", "iou"),
    *("count_first", "count_second", "same"),
)
_HEAD: Final = ("Phases, intervals, points", "Kappa", "First", "Second", "IoU of frames", "The same")
_NOTE: Final = (
    f"The same are intervals whose IoU is {LEAST_OVERLAP:g} or more, and points at most {POINT_REACH} frames apart; "
    "kappa is Cohen's, frame by frame."
)


def tier_section(one: SequenceComparison) -> str:
    """Return the section on a sequence as HTML; "" where not both works have a tier."""
    return f"{table(_HEAD, _rows(one.tiers, one.fps))}<p>{_NOTE}</p>" if one.tiers else ""


def _rows(found: Iterable[TierAgreement], fps: float | None) -> Iterator[tuple[object, ...]]:
    """Yield each tier, then its terms. fps: frames a second, None where time has no meaning."""
    for tier in found:
        yield tier.tier, "–" if tier.kappa is None else f"{tier.kappa:.3f}", "", "", "", ""
        for term in tier.terms:
            lengths = [_length(tier, term, side, fps) for side in (0, 1)]
            iou = "–" if tier.kind == "points" else f"{term.iou:.3f}"
            yield f"{tier.tier}: {term.term}", "", *lengths, iou, f"{term.same} of {max(term.counts)}"


def tier_rows(name: str, found: Iterable[TierAgreement]) -> Iterator[tuple[object, ...]]:
    """Yield rows of TIER_COLUMNS. name: of the sequence."""
    for tier in found:
        kappa = "" if tier.kappa is None else f"{tier.kappa:.4f}"
        for term in tier.terms:
            frames = term.first, term.second, f"{term.iou:.4f}"
            words = safe_cell(tier.tier), tier.kind, kappa, safe_cell(term.term)
            yield name, *words, *frames, *term.counts, term.same


def _length(tier: TierAgreement, term: TermAgreement, side: int, fps: float | None) -> str:
    """Return how many and how long, such as "3, 1:20 min"."""
    frames, count = (term.first, term.second)[side], term.counts[side]
    if tier.kind == "points" or not count:
        return str(count)
    if not fps:
        return f"{count}, {frames} frames"
    minutes, seconds = divmod(round(frames / fps), 60)
    return f"{count}, {minutes}:{seconds:02} min"
