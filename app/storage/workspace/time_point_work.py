"""Work on single time points of a scan, from when each of them was a workspace of its own."""

import time as clock
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.domain.annotation import ELSEWHERE, Annotation, SequenceInfo, Status
from app.domain.errors import WorkspaceError
from app.domain.frame_order import FrameOrder, TimeChoice, one_time, order_of, split_time
from app.domain.history import CellChange
from app.domain.journal_merging import Work, merge_work
from app.domain.sign_off import sign_off_in_force, sign_offs_from_wire
from app.imaging.volume_geometry import geometry_of
from app.storage.volume.reorient import reorient_masks
from app.storage.workspace.fingerprint import Samples
from app.storage.workspace.identity import identity_of
from app.storage.workspace.journal import JournalContents, JournalEntry
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.stored_sequence import StoredSequence
from app.storage.workspace.workspace import Workspace, is_workspace

_TAKEN_OVER = "time_points"  # of the journal's values: folders whose work is in it
Cells = dict[tuple[int, int], Annotation]


def find_time_point_work(root: Path, samples: Samples, series: str | None) -> tuple[Path, ...]:
    """Return the workspaces under a root of single time points of a source, the first one first.

    samples: of its files. series: which one of several, None for the only one.
    """
    found: list[tuple[bool, int, Path]] = []
    with suppress(OSError):
        for folder in root.iterdir():
            record = SourceRecord.read(folder)
            base, choice = split_time(record.series if record is not None else None)
            if record is None or choice is None or series not in (base, None):
                continue
            if record.fingerprint == identity_of(samples, record.series) and is_workspace(folder):
                found.append((choice == "all", 0 if choice == "all" else choice, folder))
    return tuple(folder for *_, folder in sorted(found))


def take_over_time_points(
    workspace: Workspace, info: SequenceInfo, folders: Sequence[Path], spool: Path
) -> tuple[str, ...]:
    """Add the work of single time points to that of the whole scan, each folder once; masks that are there stay.

    info: the scan as its open journal has it. spool: folder for what does not fit into memory.
    A scan that is signed off stays as it is. Returns sentences for the annotator.
    Raises WorkspaceError or StorageFull when the journal cannot be written.
    """
    done = list(workspace.journal.meta(_TAKEN_OVER, []))
    new = [folder for folder in folders if folder.name not in done]
    if not new or info.time_points < 2:
        return ()
    if (
        signed := sign_off_in_force(sign_offs_from_wire(workspace.journal.meta("sign_offs", [])))
    ) is not None:
        return (
            f"{signed.refusal} Work on its single time points stays in workspaces of its own until then.",
        )
    said: list[str] = []
    carried = 0
    spool.mkdir(exist_ok=True)
    for folder in new:
        try:
            carried += _take_over(workspace, info, folder, spool)
        except WorkspaceError as error:
            said.append(f"Work on a time point of this scan cannot be read: {error}")
    workspace.journal.write([], {_TAKEN_OVER: [*done, *(folder.name for folder in new)]})
    if carried:
        masks = "1 mask" if carried == 1 else f"{carried} masks"
        said.append(f"{masks} of single time points, which were sequences of their own, came along.")
    return tuple(said)


def _take_over(workspace: Workspace, info: SequenceInfo, folder: Path, spool: Path) -> int:
    """Return how many masks came along."""
    record = SourceRecord.read(folder)
    if record is None:
        return 0
    found, _ = StoredSequence(folder, record).read()
    if not found.cells:
        return 0
    known = workspace.journal.read(limit=0)
    cells = _placed(found, record, info, known.next_edit, spool)
    ours = Work(known.labels, known.objects, {(frame, key): cell for frame, key, cell in known.cells})
    merged = merge_work(ours, Work(found.labels, found.objects, cells), known.next_edit, "label", "keep")
    edit = replace(merged, title="Carry masks over")
    workspace.journal.write([JournalEntry(edit, "done", clock.time())])
    return len(edit.cells)


def _placed(
    found: JournalContents, record: SourceRecord, info: SequenceInfo, edit_id: int, spool: Path
) -> Cells:
    """Return the masks of a workspace by frame of the whole scan and object id."""
    _, choice = split_time(record.series)
    there, order = _view_of(record, choice, info), order_of(info)
    cells = dict(_in_scan(found.cells, choice, order_of(there)))
    if there.orientation == info.orientation:
        return {
            (order.frame(*place), key): _as_carried(cell, edit_id) for (place, key), cell in cells.items()
        }
    # Turned alone, then put in its place: only a single time point was ever sliced in another direction.
    empty = JournalContents((), found.objects, (), (), (), edit_id, found.next_object)
    edit = reorient_masks(found, there, empty, one_time(info), spool)
    time = choice if isinstance(choice, int) else 0
    changes: tuple[CellChange, ...] = () if edit is None else edit.cells
    return {
        (order.frame(time, change.frame), change.object_id): change.after
        for change in changes
        if change.after is not None
    }


def _in_scan(
    cells: Sequence[tuple[int, int, Annotation]], choice: TimeChoice, order: FrameOrder
) -> Iterator[tuple[tuple[tuple[int, int], int], Annotation]]:
    """Yield ((time point, slice), object id) and mask of each cell; what lies outside of the scan is left out."""
    for frame, object_id, cell in cells:
        if frame < order.frames:
            time = choice if isinstance(choice, int) else order.time_of(frame)
            yield ((time, order.slice_of(frame)), object_id), cell


def _view_of(record: SourceRecord, choice: TimeChoice, info: SequenceInfo) -> SequenceInfo:
    """Return the description of the scan as a workspace has it: one time point, or each place over time."""
    stored = geometry_of(info).stored_orientation
    if choice == "all":
        plane = geometry_of(info).plane(stored)
        return replace(info, frames=plane.frames * info.time_points, along="time", orientation=stored)
    plane = geometry_of(info).plane(record.orientation or stored)
    return replace(
        one_time(info),
        frames=plane.frames,
        width=plane.width,
        height=plane.height,
        orientation=plane.orientation,
    )


def _as_carried(cell: Annotation, edit_id: int) -> Annotation:
    """A propagated mask came from references that have one version now, that of the edit that carries them."""
    if cell.status != Status.PROPAGATED or cell.sources == ELSEWHERE:
        return cell
    before, after = cell.sources
    return replace(cell, sources=(edit_id if before else 0, edit_id if after else 0))
