"""The command `framewise compare`: how well two works on the same sequences agree."""

import argparse
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from app.domain.errors import FramewiseError, UsageError
from app.files.parent_process import end_with_input
from app.headless.command_output import print_error, print_message
from app.headless.comparison import SequenceComparison, pair_sequences
from app.headless.comparison_report import write_report
from app.headless.comparison_run import FailedComparison, compare_pairs
from app.headless.mask_files import pair_with_files
from app.headless.operator_table import agreement_by_operator
from app.headless.proposal_comparison import compare_proposals
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.report_contents import ReportContents
from app.headless.stored_frames import ReadableSequence
from app.headless.validation import as_tolerance
from app.storage.workspace.stored_sequence import find_sequences, is_work

_NICE: Final = 10  # of a run that the window began: a person goes on with their work beside it


def main(words: Sequence[str]) -> int:
    """Compare works, print the mean of each object and the paths written; return the exit status."""
    arguments = _parse(words)
    if arguments.end_with_input:
        os.nice(_NICE)
        threading.Thread(target=end_with_input, daemon=True).start()
    try:
        contents = _compare(arguments)
        paths = write_report(contents, arguments.into, with_names=arguments.names) if arguments.into else []
    except FramewiseError as error:
        print_error(error, as_json=arguments.json)
        return 1
    if arguments.json:
        agreement = agreement_by_operator(contents.works)
        known = _fingerprints(arguments.second)
        left_out = [_words(one) for one in contents.left_out]
        told = {"paths": [str(path) for path in paths], "agreement": agreement, "known": known}
        print_message({**told, "left_out": left_out})
        return 0
    for what, compared in contents.parts.items():
        for one in compared:
            _print_objects(what, one, with_names=arguments.names)
    for title, some in contents.unpaired.items():
        keys = (one.name if arguments.names else one.fingerprint[:8] for one in some)
        print("\t".join((title, *keys)))  # noqa: T201
    for path in paths:
        print(path)  # noqa: T201 - this is what was asked for
    return 0


def _compare(arguments: argparse.Namespace) -> ReportContents:
    first = ReadableWorkspace(arguments.first)
    chosen = first.chosen(arguments.only)
    as_tolerance(arguments.tolerance)
    if arguments.second is None:
        return _look_within(first, chosen, arguments.tolerance)
    theirs: Sequence[ReadableSequence] = ()
    if is_work(arguments.second):
        second = ReadableWorkspace(arguments.second)
        pairs = pair_sequences(first, second, arguments.only)
        theirs = second.chosen(arguments.only)
        titles = "First: proposals and results", "Second: proposals and results"
    else:
        pairs = pair_with_files(chosen, arguments.second)
        titles = "Proposals and results", ""
    paired = {one.fingerprint for one, _ in pairs}
    unpaired = [[one for one in side if one.fingerprint not in paired] for side in (chosen, theirs)]
    advance = _print_progress if arguments.json else lambda done, total: None
    compared, left_out = compare_pairs(pairs, arguments.tolerance, advance)
    if left_out and not compared:
        raise left_out[0].error
    for warning in (*(warning for one in compared for warning in one.second.damage), *map(_words, left_out)):
        print(warning, file=sys.stderr)  # noqa: T201 - the shell's way to say it
    bad = {one.key for one in left_out}
    pairs = [pair for pair in pairs if pair[0].fingerprint[:8] not in bad]
    sides = [
        (title, _proposals(side, arguments.tolerance))
        for title, side in zip(titles, zip(*pairs, strict=True), strict=True)
        if title
    ]
    return ReportContents(
        compared, left_out=left_out, only_first=unpaired[0], only_second=unpaired[1], proposals=dict(sides)
    )


def _words(one: FailedComparison) -> str:
    return f"{one.name} could not be compared. {one.error}"


def _print_progress(done: int, total: int) -> None:
    print_message({"done": done, "total": total})


def _fingerprints(second: Path | None) -> list[str]:
    """Return the fingerprints of the sequences of another work; files of masks do not tell them."""
    if second is None or not is_work(second):
        return []
    return [stored.record.fingerprint for stored in find_sequences(second)]


def _look_within(
    work: ReadableWorkspace, chosen: Sequence[ReadableSequence], tolerance: float
) -> ReportContents:
    """Compare readings with repeat readings, and results with what models proposed, of one work.

    Raises UsageError where there is neither.
    """
    readings = [pair for pair in work.repeat_readings if pair[0] in chosen]
    repeats, left_out = compare_pairs(readings, tolerance, lambda done, total: None)
    proposals = _proposals(chosen, tolerance)
    if not (repeats or left_out or proposals):
        raise UsageError(
            "Nothing was read twice there, and nobody has answered what models proposed.",
            subject=work.path,
            remedy="Compare it with another work, or with a folder of masks.",
        )
    return ReportContents(repeats=repeats, left_out=left_out, proposals={"Proposals and results": proposals})


def _proposals(sequences: Iterable[ReadableSequence], tolerance: float) -> list[SequenceComparison]:
    return [found for one in sequences if (found := compare_proposals(one, tolerance)) is not None]


def _print_objects(what: str, one: SequenceComparison, *, with_names: bool) -> None:
    for item in one.objects:
        name = one.name if with_names else one.key
        words = (name, item.label, f"{len(item.frames)} frames", f"Dice {item.mean_dice:.4f}")
        print("\t".join(words if what == "works" else (*words, what)))  # noqa: T201 - this is what was asked for
    for tier in one.tiers:
        kappa = "–" if tier.kappa is None else f"kappa {tier.kappa:.4f}"
        print("\t".join((one.name if with_names else one.key, tier.tier, tier.kind, kappa)))  # noqa: T201


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise compare",
        description="Compare two annotators, one twice, one with a truth, or results with what models proposed.",
    )
    add = parser.add_argument
    add("first", type=Path, help="a workspace, or a folder of workspaces")
    add(
        "second",
        type=Path,
        nargs="?",
        help="likewise, paired by the content of sequences; or a file or folder of masks; without it first "
        "readings are compared with repeat readings, and results with what models proposed",
    )
    add("--into", type=Path, help="folder for report.html, agreement.csv and intervals.csv")
    add("--tolerance", type=float, default=1.0, help="of surfaces, in mm or pixels; 1 by default")
    add("--only", action="append", default=[], help="fingerprint of a sequence to compare; all by default")
    add("--names", action="store_true", help="names of sequences, which may name patients")
    add("--json", action="store_true", help="print progress, paths or an error, each as a line of JSON")
    add("--end-with-input", action="store_true", help="end when the standard input is closed")
    return parser.parse_args(words)
