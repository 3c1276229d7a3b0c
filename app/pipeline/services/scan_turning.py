"""Turning of a scan that is open: its work comes along to the journal of the other direction. Blocks on the disk."""

import time
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from app.domain.annotation import Lines, SequenceInfo
from app.domain.comment import Comment, comment_to_wire, comments_from_wire, join_comments, move_comments
from app.domain.frame_order import FrameOrder, order_of
from app.domain.history import Edit
from app.domain.sign_off import SignOff, sign_offs_from_wire, sign_offs_to_wire
from app.domain.tier import TierTable, change_between
from app.domain.tier_turning import Slicing, carry_tiers
from app.domain.tier_wire import intervals_to_wire, table_from_wire, tiers_to_wire
from app.messages.events import SequenceOpened
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.journal_values import seen_from_wire, seen_to_wire
from app.pipeline.services.workspace_reading import read_workspace
from app.storage.volume.locked_lines import lines_from_wire, lines_to_wire, lock_lines
from app.storage.volume.reorient import journal_name, reorient_masks, turn_title
from app.storage.workspace.earlier_work import leave_out_strays
from app.storage.workspace.journal import Journal, JournalContents, JournalEntry
from app.storage.workspace.workspace import Workspace

# Of the journal's values: comments that came along when its direction was turned to
_CAME: Final = "comments_came"
# Of the journal's values: tiers of every direction that was turned from, along space
_ELSEWHERE: Final = "tiers_elsewhere"


def turn_scan(sequence: ActiveSequence, last: SequenceInfo, said: tuple[str, ...] = ()) -> SequenceOpened:
    """Switch to the journal of another direction, and carry the work of the last one over. said: warnings so far."""
    workspace, info = sequence.workspace, sequence.info
    found = leave_out_strays(workspace.journal.read(limit=0), last)
    kept = _Kept.of(workspace.journal)
    try:
        workspace.switch_journal(journal_name(info))
        _carry(workspace, found, last, info, kept)
        return read_workspace(sequence, (*said, *found.damage))
    except BaseException:
        workspace.switch_journal(journal_name(last))
        raise


@dataclass(frozen=True, slots=True)
class _Kept:
    """Values that are carried over when a scan is turned, besides masks."""

    window: list[float] | None
    lines: dict[tuple[int, int], Lines]
    selected: int | None
    seen: bytes
    comments: tuple[Comment, ...]
    came: tuple[Comment, ...]  #: comments that had come along to there
    tiers: TierTable
    elsewhere: dict[str, TierTable]  #: tiers by direction
    sign_offs: tuple[SignOff, ...]

    @classmethod
    def of(cls, journal: Journal) -> Self:
        return cls(
            journal.meta("window"),
            lines_from_wire(journal.meta("lines", [])),
            journal.meta("selected"),
            seen_from_wire(journal.meta("seen", b"")),
            comments_from_wire(journal.meta("comments", [])),
            comments_from_wire(journal.meta(_CAME, [])),
            table_from_wire(journal.meta("tiers"), journal.meta("intervals")),
            _tables_from_wire(journal.meta(_ELSEWHERE)),
            sign_offs_from_wire(journal.meta("sign_offs", [])),
        )


def _carry(
    workspace: Workspace, found: JournalContents, last: SequenceInfo, info: SequenceInfo, kept: _Kept
) -> None:
    journal = workspace.journal
    known = journal.read(limit=0)
    workspace.index_folder.mkdir(exist_ok=True)
    edit = reorient_masks(found, last, known, info, workspace.index_folder)
    lines = lines_to_wire(lock_lines(found, kept.lines, last, info))
    signed = sign_offs_to_wire(kept.sign_offs)
    values: dict[str, Any] = {
        "window": kept.window,
        "lines": lines,
        "selected": kept.selected,
        "sign_offs": signed,
    }
    orders, same_slices = (order_of(last), order_of(info)), last.orientation == info.orientation
    tiers = table_from_wire(journal.meta("tiers"), journal.meta("intervals"))
    slicings = (Slicing(str(one.orientation), order_of(one)) for one in (last, info))
    turned, tables = carry_tiers(kept.tiers, tiers, kept.elsewhere, *slicings)
    values[_ELSEWHERE] = {
        key: [tiers_to_wire(table.tiers), intervals_to_wire(table.intervals)] for key, table in tables.items()
    }
    change = change_between(tiers, turned)
    if change is not None:
        edit = replace(edit or Edit(known.next_edit, turn_title(last)), tiers=change)
    own = comments_from_wire(journal.meta("comments", []))
    moved, earlier = (
        move_comments(some, *orders, same_slices=same_slices) for some in (kept.comments, kept.came)
    )
    values[_CAME] = [comment_to_wire(comment) for comment in moved]
    if (comments := join_comments(moved, own, earlier)) != own:
        edit = replace(edit or Edit(known.next_edit, turn_title(last)), comments=(own, comments))
    if same_slices and len(kept.seen) == info.frames:
        values["seen"] = seen_to_wire(_reordered(kept.seen, *orders))
    journal.write([] if edit is None else [JournalEntry(edit, "done", time.time())], values)


def _tables_from_wire(wire: object) -> dict[str, TierTable]:
    """Return the tables of plain data; what is none is left out."""
    tables = {}
    for key, row in wire.items() if isinstance(wire, dict) else ():
        match key, row:
            case [str(), [tiers, intervals]]:
                tables[key] = table_from_wire(tiers, intervals)
    return tables


def _reordered(seen: bytes, before: FrameOrder, after: FrameOrder) -> bytes:
    """Return a byte for each frame in another order."""
    places = ((after.time_of(frame), after.slice_of(frame)) for frame in range(after.frames))
    return bytes(seen[before.frame(*place)] for place in places)
