"""Workspaces without a pipeline: `from framewise import Workspace`.

ws = Workspace("work")
for name, seq in ws.sequences.items():
    for frame in seq.frames(status="verified"):
        train(frame.instance_map)
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase as fnmatch
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Unpack

from app.domain.annotation import Mask
from app.domain.batch_jobs import BatchEntry, BatchJob
from app.domain.errors import UsageError, WorkspaceError
from app.domain.history import Edit
from app.domain.journal_merging import Conflict, Matching, merge_work
from app.domain.sign_off import merge_sign_offs, sign_offs_to_wire
from app.domain.tier import change_between
from app.domain.tier_merging import merge_tiers
from app.domain.tier_wire import table_from_wire
from app.headless.comparison import SequenceComparison, compare_sequences, pair_sequences
from app.headless.data_set_options import DataSetOptions, JobOptions, check_names, plan_data_set
from app.headless.mask_files import pair_with_files
from app.headless.stored_frames import ReadableSequence
from app.headless.validation import as_choice, as_path, as_tolerance
from app.models.inspecting.picture_inspector import PictureInspector
from app.models.library.site_model import TuningBase
from app.storage.exporters.dataset.data_set_export import DataSetReport, export_data_set
from app.storage.exporters.export_registry import export_format
from app.storage.exporters.picture_gate import PictureGate
from app.storage.workspace.batch_list import NAME, BatchList
from app.storage.workspace.journal import JournalContents, JournalEntry
from app.storage.workspace.readings import find_readings
from app.storage.workspace.stored_sequence import StoredSequence, find_sequences, is_work, work_of
from app.storage.workspace.turned_work import is_turned, read_in_view, require_source, tiers_in_view
from app.storage.workspace.workspace import Workspace

Mode = Literal["r", "a"]

if TYPE_CHECKING:
    from app.headless.site_learning import SiteLearning


@dataclass(frozen=True, slots=True)
class MergeReport:
    """Changes of a merge."""

    sequences: int  #: that both have and that got masks
    added: tuple[str, ...]  #: names of sequences that were copied whole
    masks: int
    locked: tuple[str, ...] = ()  #: names of sequences that are signed off here and so were left as they are


class ReadableWorkspace:
    """A folder of workspaces, or one. Reading needs no engine, no worker, no lock and no source."""

    def __init__(self, path: str | Path, mode: Mode = "r") -> None:
        """mode: "r" to read, "a" to merge into it too. Raises WorkspaceError where there is no such folder."""
        as_choice(mode, Mode, "mode")
        self.path, self.mode = as_path(path), mode
        find_sequences(self.path)

    def __repr__(self) -> str:
        return f"<Workspace {self.path}: {len(self.sequences)} sequences>"

    def __len__(self) -> int:
        return len(self.sequences)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, as a mapping does."""
        return iter(self.sequences)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._named(name))

    def __getitem__(self, name: str) -> ReadableSequence:
        """Return the sequence of a name, or of the file of that name. Raises UsageError naming those that there are."""
        found = self._named(name)
        if len(found) != 1:
            known = ", ".join(found or self.sequences) or "none"
            what = "Several sequences have this name." if found else "There is no such sequence."
            raise UsageError(what, subject=name, remedy=f"There are: {known}.")
        return self.sequences[found[0]]

    def find(self, pattern: str) -> tuple[ReadableSequence, ...]:
        """Return the sequences whose name, or whose file's name, fits a pattern such as "*.mp4"."""
        found = self.sequences.items()
        return tuple(
            item for name, item in found if fnmatch(name, pattern) or fnmatch(item.file_name, pattern)
        )

    def _named(self, name: str) -> list[str]:
        """Return the names of the sequences that a name or the name of a file fits."""
        if name in self.sequences:
            return [name]
        return [key for key, item in self.sequences.items() if item.file_name == name]

    @cached_property
    def sequences(self) -> Mapping[str, ReadableSequence]:
        """All sequences by name; of several of one name each is followed by digits of its content."""
        found = [ReadableSequence(stored) for stored in find_sequences(self.path)]
        names = [item.name for item in found]
        unique = [
            item.name if names.count(item.name) == 1 else f"{item.name} {item.fingerprint[:8]}"
            for item in found
        ]
        return MappingProxyType(dict(zip(unique, found, strict=True)))

    def chosen(self, fingerprints: Collection[str] = ()) -> tuple[ReadableSequence, ...]:
        """Return the sequences of these contents, or whose fingerprints begin so; all without any.

        Raises UsageError where none of them is there.
        """
        wanted = tuple(fingerprints)
        found = tuple(item for item in self.sequences.values() if item.fingerprint.startswith(wanted or ""))
        if wanted and not found:
            raise UsageError(
                "No sequence of this content was annotated here.",
                subject=", ".join(one[:8] for one in wanted),
                remedy="The report and the command print the first digits of each sequence.",
            )
        return found

    def compare(
        self, other: str | Path | ReadableWorkspace, tolerance: float = 1.0
    ) -> tuple[SequenceComparison, ...]:
        """Compare the work with another one, or with a file or folder of masks, sequence by sequence.

        tolerance: of surfaces, in millimetres where pixels have a size, in pixels else.
        Raises UsageError where the two have no sequence in common, ImportMasksError for masks that do not fit.
        """
        if isinstance(other, (str, Path)) and not is_work(Path(other)):
            pairs = pair_with_files(self.chosen(), Path(other))
        else:
            there = other if isinstance(other, ReadableWorkspace) else ReadableWorkspace(other)
            pairs = pair_sequences(self, there)
        distance = as_tolerance(tolerance)
        return tuple(compare_sequences(*pair, distance) for pair in pairs)

    @property
    def repeat_readings(self) -> tuple[tuple[ReadableSequence, ReadableSequence], ...]:
        """The first and the repeated reading of each sequence that was read again."""
        first = {item.fingerprint: item for item in self.sequences.values()}
        found = [ReadableSequence(stored) for stored in find_readings(self.path)]
        return tuple((first[item.fingerprint], item) for item in found if item.fingerprint in first)

    def export_dataset(
        self, kind: str, folder: str | Path, **options: Unpack[DataSetOptions]
    ) -> DataSetReport:
        """Write many sequences as one data set, <folder>/<name>; see DataSetOptions and docs/LIBRARY.md.

        kind: a format of data sets, such as "davis" or "coco-polygons". A call that was cut off is gone on with by the
        same call. Raises UsageError, ExportError, IdentifyingPictures or StorageFull.
        """
        plan = plan_data_set(kind, options)
        stored = [item.stored for item in self._of_names(options.get("sequences"))]
        progress = options.get("progress", lambda done, total: None)
        overwrite = options.get("overwrite", False)
        inspect = PictureInspector()
        gate = (
            PictureGate(inspect, plan.pictures, inspect.find_faces)
            if options.get("check_pictures", True)
            else None
        )
        return export_data_set(plan, stored, as_path(folder), progress, overwrite=overwrite, gate=gate)

    def queue_propagation(
        self, names: str | Iterable[str] | None = None, **options: Unpack[JobOptions]
    ) -> tuple[BatchEntry, ...]:
        """Queue sequences, all without names, to be propagated when nobody works; return the whole queue.

        The window on this workspace does them, or `framewise batch`; the queue itself tells what became of them.
        Raises UsageError for an unknown sequence or kind of export, or for a workspace that is only read.
        """
        if self.mode != "a":
            raise UsageError("This workspace is only read.", remedy='Open it with mode="a".')
        check_names(options, JobOptions)
        exports = options.get("exports", ())
        options["exports"] = (exports,) if isinstance(exports, str) else tuple(exports)
        for kind in options["exports"]:
            export_format(kind)
        if "into" in options:
            options["into"] = str(Path(options["into"]).absolute())
        records = [item.stored.record for item in self._of_names(names)]
        jobs = [BatchJob(record.path, record.series, **options) for record in records]
        return BatchList(self.path / NAME).add(jobs)

    def learn_model(
        self,
        models: Path | None = None,
        progress: Callable[[str, int, int], None] | None = None,
        base: TuningBase = "default",
    ) -> SiteLearning:
        """Tune a model that ships on the verified masks here, which takes minutes; see learn_site.

        models: folder of the model library, the user's by default. progress: called with the step, done and total.
        Raises UsageError for an unknown base.
        """
        as_choice(base, TuningBase, "base")
        # Only here, since it loads Paddle.
        from app.headless.site_learning import learn_site

        return learn_site(self, models, progress or (lambda words, done, total: None), base=base)

    def merge(
        self,
        other: str | Path | ReadableWorkspace,
        match: Matching = "track",
        on_conflict: Conflict = "keep",
    ) -> MergeReport:
        """Add the work of another workspace: masks with status, score and author, and tiers with intervals.

        Sequences are the same where their content is; those that only the other has are copied. match, on_conflict:
        see merge_work. Each sequence changes in one edit, which undo takes back; one that is signed off does not.
        Sign-offs come along; one stays in force where the merged work is what was approved.
        Masks of a scan that was sliced in another direction there are turned into the one here, voxel by voxel.
        Raises UsageError for a workspace that is only read, WorkspaceBusy while a sequence is open elsewhere,
        and WorkspaceError, before anything changes, where masks must be turned and their scan is not there.
        """
        as_choice(match, Matching, "match")
        as_choice(on_conflict, Conflict, "choice")
        if self.mode != "a":
            raise UsageError("This workspace is only read.", remedy='Open it with mode="a".')
        if not isinstance(other, ReadableWorkspace):
            other = ReadableWorkspace(other)
        ours = {item.fingerprint: item for item in self.sequences.values()}
        for theirs in other.sequences.values():
            known = ours.get(theirs.fingerprint)
            if known is not None and is_turned(theirs.stored, known.stored):
                require_source(theirs.stored, known.stored)
        added, changed, masks, locked = [], 0, 0, []
        for theirs in other.sequences.values():
            known = ours.get(theirs.fingerprint)
            if known is None:
                self._copy(theirs.stored)
                added.append(theirs.name)
                continue
            if known.signed_off is not None:
                locked.append(known.name)
                continue
            edit = _merge_into(known.stored, theirs.stored, match, on_conflict)
            changed, masks = changed + bool(edit.cells or edit.tiers), masks + len(edit.cells)
        del self.sequences
        return MergeReport(changed, tuple(added), masks, tuple(locked))

    def _of_names(self, names: str | Iterable[str] | None) -> list[ReadableSequence]:
        """Return the sequences of names, all for None."""
        given = [names] if isinstance(names, str) else self.sequences if names is None else names
        return [self[name] for name in given]

    def _copy(self, stored: StoredSequence) -> None:
        target = self.path / stored.folder.name
        try:
            shutil.copytree(stored.folder, target, ignore=shutil.ignore_patterns("index", "lock"))
        except OSError as error:
            raise WorkspaceError(f"The workspace cannot be copied ({error}).", subject=target) from error


def _merge_into(ours: StoredSequence, theirs: StoredSequence, match: Matching, conflict: Conflict) -> Edit:
    """Merge one sequence in one edit, and return that. Raises UsageError for more labels or terms than there can be."""
    found, authors = read_in_view(theirs, ours)
    with Workspace(ours.folder) as workspace:
        workspace.switch_journal(ours.journal.name)
        known = workspace.journal.read(limit=0)
        edit = merge_work(work_of(known), work_of(found, authors), known.next_edit, match, conflict)
        tiers = table_from_wire(workspace.journal.meta("tiers"), workspace.journal.meta("intervals"))
        said = tiers_in_view(theirs, ours)
        try:
            table, _ = merge_tiers(tiers, said, ours.record.frames, conflict)
        except ValueError as error:
            raise UsageError(f"The tiers cannot be merged: {error}.", subject=ours.record.name) from error
        edit = replace(edit, tiers=change_between(tiers, table))
        if edit.cells or edit.labels or edit.objects or edit.tiers:
            workspace.journal.write([JournalEntry(edit, "done", time.time())])
        merged = workspace.journal.read(limit=0)
        is_theirs = _named_masks(merged) == _named_masks(found) and table.intervals == said.intervals
        signed = merge_sign_offs(known.sign_offs, found.sign_offs, time.time(), is_as_approved=is_theirs)
        if signed != known.sign_offs:
            workspace.journal.write([], {"sign_offs": sign_offs_to_wire(signed)})
    return edit


def _named_masks(contents: JournalContents) -> Counter[tuple[int, str, Mask]]:
    """Return the masks by frame and name of the label: ids and values may differ between two works."""
    names = {label.value: label.name for label in contents.labels}
    labels = {item.object_id: names.get(item.label, "") for item in contents.objects}
    return Counter((frame, labels.get(key, ""), cell.mask) for frame, key, cell in contents.cells)
