"""Work on a sequence, with the frames that another work on the same sequence has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from app.domain.annotation import Annotation, FrameAxis, Orientation, SequenceInfo
from app.domain.errors import WorkspaceError
from app.domain.frame_order import FrameOrder
from app.domain.tier import TierTable
from app.domain.tier_turning import turn_tiers
from app.imaging.volume_geometry import geometry_of, slice_scan
from app.storage.opening import open_source
from app.storage.volume.reorient import reorient_masks
from app.storage.workspace.earlier_work import leave_out_strays
from app.storage.workspace.journal_reading import JournalContents
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_sequence import StoredSequence
from app.storage.workspace.workspace import find_source

Authors = dict[tuple[int, int], str]  #: by (frame, object id)


def read_in_view(stored: StoredSequence, view: StoredSequence) -> tuple[JournalContents, Authors]:
    """Return what a journal holds, and the author of each mask, in the direction that another work was made in.

    The author of a mask that was made in another direction is known where the object has one alone. Raises
    WorkspaceError as StoredSequence.read does, and where the scan is needed for it and not there.
    """
    found, authors = stored.read()
    record, wanted = stored.record, view.record
    if is_turned(stored, view):
        before = _info(stored, view)
        after = slice_scan(before, *_direction(wanted, before))
        return _turned(found, authors, slice_scan(before, *_direction(record, before)), after)
    if record.along != wanted.along:
        return _reordered(found, authors, order_of_record(record), order_of_record(wanted))
    return found, authors


def is_turned(stored: StoredSequence, view: StoredSequence) -> bool:
    """Whether two works on a scan were made in different directions, so that only the scan says what is where."""
    return stored.record.orientation != view.record.orientation


def require_source(stored: StoredSequence, view: StoredSequence) -> Path:
    """Return the scan that two works in different directions were made on.

    Raises WorkspaceError where it is not there.
    """
    for one in (stored, view):
        try:
            return find_source(one.folder)
        except WorkspaceError:
            continue
    names = [one.record.orientation or "recorded" for one in (stored, view)]
    raise WorkspaceError(
        f"One work on {stored.record.name} was made in {names[0]} slices, the other in {names[1]} ones, and the scan "
        "that says where they meet is not there.",
        subject=stored.folder,
        remedy="Put the scan back, or turn one of them to the direction of the other in the window.",
    )


def tiers_in_view(stored: StoredSequence, view: StoredSequence) -> TierTable:
    """Return what happens when as frames of the direction of another work. Raises WorkspaceError."""
    found, own, wanted = stored.read_tiers(), stored.record, view.record
    same_slices = own.orientation == wanted.orientation
    if same_slices and own.along == wanted.along:
        return found
    orders = order_of_record(own), order_of_record(wanted)
    return turn_tiers(found, TierTable(), *orders, same_slices=same_slices)


def order_of_record(record: SourceRecord) -> FrameOrder:
    """Return which slice of which time point each frame is; of everything but a scan over time a slice of one."""
    return FrameOrder(record.frames // record.time_points, record.time_points, record.along)


def _info(stored: StoredSequence, view: StoredSequence) -> SequenceInfo:
    with open_source(require_source(stored, view), series=stored.record.series) as source:
        return source.info


def _direction(record: SourceRecord, info: SequenceInfo) -> tuple[Orientation, FrameAxis]:
    return record.orientation or geometry_of(info).stored_orientation, record.along


def _turned(
    found: JournalContents, authors: Mapping[tuple[int, int], str], before: SequenceInfo, after: SequenceInfo
) -> tuple[JournalContents, Authors]:
    found = leave_out_strays(found, before)
    known = JournalContents(found.labels, found.objects, (), (), (), found.next_edit, found.next_object)
    with TemporaryDirectory() as folder:
        edit = reorient_masks(found, before, known, after, Path(folder))
    changes = () if edit is None else edit.cells
    cells = tuple((one.frame, one.object_id, one.after) for one in changes if one.after is not None)
    alone = _only_authors(found.cells, authors)
    names = {(frame, key): alone[key] for frame, key, _ in cells if key in alone}
    return replace(found, cells=cells, history=(), undone=()), names


def _only_authors(
    cells: Sequence[tuple[int, int, Annotation]], authors: Mapping[tuple[int, int], str]
) -> dict[int, str]:
    """Return the author of each object that has one alone."""
    names: dict[int, set[str]] = {}
    for frame, key, cell in cells:
        names.setdefault(key, set()).add(
            authors.get((frame, key), "") if cell.author is None else cell.author
        )
    return {key: found.pop() for key, found in names.items() if len(found) == 1}


def _reordered(
    found: JournalContents, authors: Mapping[tuple[int, int], str], before: FrameOrder, after: FrameOrder
) -> tuple[JournalContents, Authors]:
    """Return it in another order of the same slices."""
    places = [after.frame(before.time_of(n), before.slice_of(n)) for n in range(before.frames)]
    cells = tuple((places[n], key, cell) for n, key, cell in found.cells if n < before.frames)
    names = {(places[n], key): name for (n, key), name in authors.items() if n < before.frames}
    return replace(found, cells=cells, history=(), undone=()), names
