"""Work on an earlier state of a source: carried over where it belongs, named where it does not."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from app.domain.annotation import Annotation, SequenceInfo
from app.domain.comment import Comment, comments_from_wire, place_comments
from app.domain.errors import WorkspaceError
from app.domain.frame_order import order_of
from app.domain.tier import TierTable, change_between
from app.domain.tier_turning import place_tiers
from app.domain.tier_wire import table_from_wire
from app.imaging import masks
from app.imaging.volume_geometry import plane_of
from app.imaging.voxel_sample import VoxelSample, find_offset
from app.storage.workspace.fingerprint import Samples
from app.storage.workspace.image_changes import (
    ImageList,
    carried_edit,
    count_carried,
    list_images,
    match_images,
    say_carried,
)
from app.storage.workspace.journal import Journal, JournalContents, JournalEntry
from app.storage.workspace.slice_changes import (
    carry_by_offset,
    carry_slices,
    frame_by_offset,
    list_slices,
    place_frames,
)
from app.storage.workspace.source_record import SourceRecord
from app.storage.workspace.voxel_sample_file import read_sample
from app.storage.workspace.workspace import JOURNALS, Workspace

_IMAGES = "images"  # of the journal's values: the images that the frames of its masks are


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a journal holds beside the masks, and goes with the frames too."""

    tiers: TierTable
    comments: tuple[Comment, ...]
    frame: int  #: the cursor

    @classmethod
    def of(cls, journal: Journal) -> Self:
        tiers = table_from_wire(journal.meta("tiers"), journal.meta("intervals"))
        return cls(tiers, comments_from_wire(journal.meta("comments", [])), journal.meta("frame", 0))

    def placed(self, places: Mapping[int, int], frames: int) -> _Beside:
        """Return it where frames have other places. places: by frame; frames: there were."""
        tiers, comments = place_tiers(self.tiers, places, frames), place_comments(self.comments, places)
        return _Beside(tiers, comments, places.get(self.frame, 0))


def take_over_work(
    workspace: Workspace,
    info: SequenceInfo,
    samples: Samples,
    earlier: Sequence[Path],
    voxels: VoxelSample | None = None,
) -> tuple[str, ...]:
    """Carry masks of an earlier state of a source into an empty journal, and note which images or slices it has now.

    That is done for folders of images, DICOM series, and other parts of the same scan. samples: of the files of the
    source. earlier: workspaces of what lay at the same path before, the newest first. voxels: of a scan.
    Returns sentences for the annotator. Raises WorkspaceError or StorageFull when the journal cannot be written.
    """
    images: ImageList = list_images(info.frame_names, samples) or list_slices(info.slice_ids)
    said: tuple[str, ...] = ()
    if workspace.journal.is_empty:
        tries = (_take_over(workspace, info, images, voxels, folder) for folder in earlier)
        said = next(filter(None, tries), ())
    if images and workspace.journal.meta(_IMAGES) != images:
        workspace.journal.write([], {_IMAGES: images})
    return said


def _take_over(
    workspace: Workspace, info: SequenceInfo, images: ImageList, voxels: VoxelSample | None, folder: Path
) -> tuple[str, ...]:
    """Return sentences about an earlier workspace, none where it holds no work."""
    try:
        if all(_is_untouched(path) for path in folder.glob(JOURNALS)):
            return ()
        # A scan is open in the direction in which it was annotated last.
        with Journal(folder / workspace.journal.path.name) as journal:
            before = journal.meta(_IMAGES)
            found = journal.read(limit=0)
            beside = _Beside.of(journal)
    except WorkspaceError as error:
        return (f"Work on an earlier state of this source cannot be read: {error}",)
    match = match_images(before, images) if images and before else None
    if match is None or not match.places:
        said = _take_over_part(workspace, info, voxels, found, beside, folder)
        if said:
            return said
    if match is None:
        text = "The source has changed since it was annotated: the work from before is kept in {}, not shown here."
        return (text.format(folder.name),)
    is_scan = info.kind == "volume"
    cells = (
        carry_slices(found.cells, match.places, info) if is_scan else place_frames(found.cells, match.places)
    )
    across = is_scan and plane_of(info).axis != 0  # its frames cross the slices, and are as many as before
    placed = beside if across else beside.placed(match.places, len(before))
    carried, left = _write(workspace, found, cells, placed)
    what = "slices of this scan" if is_scan else "images of this folder"
    return (say_carried(match, what, carried, left, folder.name), *found.damage)


def _take_over_part(
    workspace: Workspace,
    info: SequenceInfo,
    voxels: VoxelSample | None,
    found: JournalContents,
    beside: _Beside,
    folder: Path,
) -> tuple[str, ...]:
    """Carry masks of another part of the same scan over; return sentences, none where it is none."""
    before = read_sample(folder) if voxels is not None else None
    if before is None or voxels is None or (offset := find_offset(before, voxels)) is None:
        return ()
    cells = tuple(carry_by_offset(found.cells, before.shape, offset, info))
    frames = before.shape[plane_of(info).axis] * info.time_points
    moved = {old: frame_by_offset(old, before.shape, offset, info) for old in range(frames)}
    places = {old: new for old, new in moved.items() if new is not None}
    carried, left = _write(workspace, found, cells, beside.placed(places, frames))
    sizes = ["x".join(map(str, sample.shape[::-1])) for sample in (voxels, before)]
    text = f"This is another part of the scan that was annotated, {sizes[0]} voxels, before {sizes[1]}. "
    text += count_carried(carried, left, folder.name)
    if not left and _pixels(cells) < _pixels(found.cells):
        text += f" They are cut at its border; the work from before is kept in {folder.name}."
    return (text, *found.damage)


def _pixels(cells: Iterable[tuple[int, int, Annotation]]) -> int:
    return sum(masks.area(cell.mask) for *_, cell in cells)


def _write(
    workspace: Workspace,
    found: JournalContents,
    cells: Iterable[tuple[int, int, Annotation]],
    beside: _Beside,
) -> tuple[int, int]:
    """Write all of it at its new places; return how many masks were carried over, and how many not."""
    edit = replace(
        carried_edit(found, cells),
        tiers=change_between(TierTable(), beside.tiers),
        comments=((), beside.comments) if beside.comments else None,
    )
    workspace.journal.write([JournalEntry(edit, "done", time.time())], {"frame": beside.frame})
    return len(edit.cells), len(found.cells) - len(edit.cells)


def _is_untouched(path: Path) -> bool:
    with Journal(path) as journal:
        return journal.is_empty


def set_unplaced_work_aside(workspace: Workspace, last: SequenceInfo) -> tuple[str, ...]:
    """Begin afresh where a scan has other slices than when it was annotated: none of its masks has a place then.

    That is so after an update that reads a folder of mixed acquisitions in another way. last: the scan, sliced as it
    was annotated last. Returns sentences for the annotator.
    """
    record = SourceRecord.read(workspace.folder)
    if record is None or last.kind != "volume" or not record.frames or record.orientation != last.orientation:
        return ()
    # Before time points were frames of one sequence, the first of them was the scan.
    slices = order_of(last).slices
    size = record.frames // record.time_points, record.width, record.height
    if size == (slices, last.width, last.height):
        return ()
    if all(_is_untouched(path) for path in workspace.folder.glob(JOURNALS)):
        return ()
    aside = workspace.set_journals_aside()
    return (
        f"This scan is read as {slices} slices of {last.width}x{last.height} now, as {size[0]} of "
        f"{size[1]}x{size[2]} when it was annotated: the masks of then have no place here and are kept in "
        f"{workspace.folder.name}/{aside.name}.",
    )


def leave_out_strays(found: JournalContents, info: SequenceInfo) -> JournalContents:
    """Return the contents without masks of frames or sizes that the sequence does not have, and say so."""
    cells = tuple(
        cell
        for cell in found.cells
        if cell[0] < info.frames and (cell[2].mask.width, cell[2].mask.height) == (info.width, info.height)
    )
    lost = len(found.cells) - len(cells)
    if not lost:
        return found
    text = (
        f"{lost} of {len(found.cells)} masks do not fit this sequence of {info.frames} frames, {info.width}x"
    )
    text += f"{info.height}: they are kept in the journal, and left out here."
    # An edit that is undone would bring them back.
    return replace(found, cells=cells, history=(), undone=(), damage=(*found.damage, text))
