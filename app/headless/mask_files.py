"""Masks in files of other programs, read as if they were a work on a sequence: a known truth to compare with."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from app.domain.annotation import Annotation, Object, Status
from app.domain.effort import LoggedEdit
from app.domain.errors import ImportMasksError, UsageError
from app.domain.tier import TierTable
from app.headless.stored_frames import ReadableSequence
from app.imaging import masks
from app.storage.exporters.export_names import safe_name
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks
from app.storage.source import FrameSource
from app.storage.workspace.journal_reading import JournalContents

_BETWEEN = (".", "_")  # what follows the name of a sequence in that of a file with its masks


class FileMasks(ReadableSequence):
    """A sequence with the masks of a file or folder in place of those of its workspace. Its source has to be there.

    Raises ImportMasksError for masks that do not fit, SequenceError or WorkspaceError without the source.
    """

    def __init__(self, sequence: ReadableSequence, path: Path) -> None:
        super().__init__(sequence.stored)
        self._masks, self._labels = path, sequence.labels

    def history(self) -> tuple[LoggedEdit, ...]:
        """Return nothing: the files do not say who made their masks, nor when."""
        return ()

    @cached_property
    def tiers(self) -> TierTable:
        """What happens when, as far as the files say it."""
        return self._found[1]

    @cached_property
    def _contents(self) -> JournalContents:
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[JournalContents, TierTable]:
        with self.open_source() as source, TemporaryDirectory() as spool:
            found = self._read(source, Path(spool))
            cells, objects = _cells(found)
        known = {label.value for label in self._labels}
        labels = (*self._labels, *(label for label in found.labels if label.value not in known))
        read = JournalContents(labels, objects, cells, (), (), 1, len(objects) + 1, tuple(found.warnings))
        return read, found.tiers

    def _read(self, source: FrameSource, spool: Path) -> ImportedMasks:
        # A video never needs SimpleITK, which takes a while to import.
        if source.info.kind != "volume":
            return read_masks(self._masks, source.info, self._labels, self.fingerprint, spool=spool)
        from app.storage.volume.volume_source import VolumeSource

        assert isinstance(source, VolumeSource)
        scan = source
        return read_masks(self._masks, scan.info, self._labels, self.fingerprint, lambda: scan, spool)


def _cells(found: ImportedMasks) -> tuple[tuple[tuple[int, int, Annotation], ...], tuple[Object, ...]]:
    objects: dict[str, Object] = {}
    cells = []
    for frame, layers in found.frames():
        for key, (value, mask) in layers.items():
            item = objects.setdefault(str(key), Object(len(objects) + 1, value))
            cells.append((frame, item.object_id, Annotation(masks.encode(mask), Status.IMPORTED)))
    return tuple(cells), tuple(objects.values())


def pair_with_files(
    sequences: Sequence[ReadableSequence], path: Path
) -> list[tuple[ReadableSequence, ReadableSequence]]:
    """Return the sequences that a file or folder of masks is for, each with those masks.

    In a folder the files and folders of a sequence begin with its name; a single sequence takes a folder without such
    names, or a file, as it is. Raises ImportMasksError where there is nothing, UsageError where nothing fits.
    """
    if not path.exists():
        raise ImportMasksError("There is no such file or folder.", subject=path)
    entries = sorted(path.iterdir()) if path.is_dir() else []
    own = _own_entries(sequences, entries)
    pairs: list[tuple[ReadableSequence, ReadableSequence]] = []
    for item in sequences:
        if found := own.get(item.fingerprint):
            pairs.append((item, FileMasks(item, found)))
    if not pairs and len(sequences) == 1:
        pairs.append((sequences[0], FileMasks(sequences[0], path)))
    if not pairs:
        raise UsageError(
            "No file of masks there has the name of a sequence.",
            subject=path,
            remedy="Name each file or folder like its sequence, or choose one sequence.",
        )
    return pairs


def _own_entries(sequences: Sequence[ReadableSequence], entries: Sequence[Path]) -> Mapping[str, Path]:
    """Return the file or folder of each sequence by fingerprint: what has its name, before what begins with it."""
    names = {item.fingerprint: _file_stem(item) for item in sequences}
    found: dict[str, Path] = {}
    for entry in sorted(entries, key=lambda entry: (len(entry.name), entry.name)):
        fitting = [
            (len(name), key)
            for key, name in names.items()
            if any(entry.name.startswith(f"{name}{mark}") for mark in _BETWEEN) or entry.name == name
        ]
        if fitting:
            # Of clip_1 and clip_1_b the longer name says whose clip_1_b.json is.
            found.setdefault(max(fitting)[1], entry)
    return found


def _file_stem(item: ReadableSequence) -> str:
    """Return the name that our own exports of a sequence begin with."""
    return safe_name(PurePath(item.path).stem if item.kind in ("video", "image") else item.stored.record.name)
