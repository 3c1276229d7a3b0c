"""Learning from a site's verified masks: which frames, the trial, and the model that comes of it."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Mask, Status
from app.domain.errors import FramewiseError, UsageError
from app.domain.mask_runs import mask_area
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.stored_frames import ReadableSequence
from app.imaging import masks
from app.models.default.shipped_graphs import SHIPPED
from app.models.default.tuning.judgement import spread
from app.models.default.tuning.trial import Tell, Trial, run_trial
from app.models.default.tuning.tuned_frame import TunedFrame
from app.models.default.tuning.tuned_model import store_site_model
from app.models.library.site_model import FIRST_CLICK, SiteRecord, TuningBase
from app.pipeline.options import default_models_folder
from app.storage.source import FrameSource

HELD_OUT_EVERY: Final = 4  # sequences, of which one is judged on and not learned from; by hand
LEAST_FRAMES: Final = 8  # with verified masks to learn from, and half as many to judge on; by hand
MOST_OF_ONE: Final = 60  # frames of one sequence, so that a long one does not outweigh the others; by hand
SMALLEST: Final = 30  # pixels of a mask; less is nothing to click on
CACHED_PICTURES: Final = 32  # decoded; 80 MB at 1280x720
OPEN_SOURCES: Final = 8  # of all sequences; each holds a file and a decoder


@dataclass(frozen=True, slots=True)
class SiteLearning:
    """Outcome of a trial."""

    record: SiteRecord
    model: Path | None  #: folder of the tuned model, None where it was not better
    problem: str  #: why it was not kept, "" when it was
    skipped: tuple[str, ...]  #: names of sequences whose source cannot be read


class PackedMasks(Mapping[int, NDArray[np.bool_]]):
    """Masks by object id, bool (h, w), each decoded when it is asked for: thousands of them would fill the memory."""

    def __init__(self, packed: Mapping[int, Mask]) -> None:
        self._packed = packed

    def __getitem__(self, object_id: int) -> NDArray[np.bool_]:
        return masks.decode(self._packed[object_id])

    def __iter__(self) -> Iterator[int]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class SourcePictures:
    """Pictures of many sequences, of which few sources are open and few pictures are kept at a time."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, FrameSource] = OrderedDict()
        #: takes a sequence and a frame; returns uint8 (h, w, 3) RGB. Raises FramewiseError.
        self.read = lru_cache(CACHED_PICTURES)(self._read)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _read(self, sequence: ReadableSequence, frame: int) -> NDArray[np.uint8]:
        source = self._open.pop(sequence.fingerprint, None) or sequence.open_source()
        self._open[sequence.fingerprint] = source
        if len(self._open) > OPEN_SOURCES:
            self._open.popitem(last=False)[1].close()
        return source.read(frame)


def learn_site(
    workspace: ReadableWorkspace,
    models: Path | None = None,
    tell: Tell = lambda words, done, total: None,
    device: str = "cpu",
    threads: int = 0,
    base: TuningBase = "default",
) -> SiteLearning:
    """Tune a model that ships on verified masks; keep what comes of it if it is better.

    models: the library, None for the user's; tell: called with the step under way, done and total; base: the weights
    to begin with.
    One sequence in four is held out, whole, and the tuned weights are judged on it. Nothing leaves the machine.
    Raises UsageError where too little is verified, StorageFull.
    """
    with SourcePictures() as pictures, TemporaryDirectory() as draft:
        skipped: list[str] = []
        found = _collect(workspace, pictures, skipped)
        learned, held_out = split_sequences(found)
        weights = Path(draft)
        trial = run_trial(learned, held_out, weights, tell, device, threads, start=SHIPPED[base])
        record = _record(trial, learned, held_out, base)
        library = models or default_models_folder()
        kept = None if trial.problem else store_site_model(library, weights, record)
    return SiteLearning(record, kept, trial.problem, tuple(skipped))


def split_sequences(
    found: Mapping[str, Sequence[TunedFrame]],
) -> tuple[list[TunedFrame], list[TunedFrame]]:
    """Return the frames to learn from and those to judge on; found: by content of the sequence.

    A sequence stays on its side when others come, as far as the order of their fingerprints lets it. Raises UsageError.
    """
    names = sorted(found)
    judged = names[::HELD_OUT_EVERY] if len(names) > 1 else []
    learned = [frame for name in names if name not in judged for frame in found[name]]
    held_out = [frame for name in judged for frame in found[name]]
    if len(learned) < LEAST_FRAMES or len(held_out) < LEAST_FRAMES // 2:
        raise UsageError(
            f"There are {len(learned) + len(held_out)} frames with verified masks in {len(names)} sequences,"
            " too few to learn from.",
            remedy=f"Verify {LEAST_FRAMES + LEAST_FRAMES // 2} frames or more in two sequences at least.",
        )
    return learned, held_out


def _collect(
    workspace: ReadableWorkspace, pictures: SourcePictures, skipped: list[str]
) -> dict[str, list[TunedFrame]]:
    found: dict[str, list[TunedFrame]] = {}
    for sequence in workspace.sequences.values():
        frames = spread(_verified(sequence), MOST_OF_ONE)
        if not frames:
            continue
        try:
            pictures.read(sequence, frames[0][0])
        except FramewiseError:
            skipped.append(sequence.name)
            continue
        found[sequence.fingerprint] = [
            TunedFrame(sequence.fingerprint, index, packed, partial(pictures.read, sequence, index))
            for index, packed in frames
        ]
    return found


def _verified(sequence: ReadableSequence) -> list[tuple[int, Mapping[int, NDArray[np.bool_]]]]:
    """Return frames with their verified masks by object id, of a sequence that is signed off with all masks."""
    signed = sequence.signed_off is not None
    found: list[tuple[int, Mapping[int, NDArray[np.bool_]]]] = []
    for frame in sequence.frames(status=None if signed else Status.VERIFIED):
        held = {
            key: cell.mask
            for key, cell in frame.annotations.items()
            if (signed or cell.status is Status.VERIFIED) and mask_area(cell.mask) >= SMALLEST
        }
        if held:
            found.append((frame.index, PackedMasks(held)))
    return found


def _record(
    trial: Trial, learned: Sequence[TunedFrame], held_out: Sequence[TunedFrame], base: TuningBase
) -> SiteRecord:
    (old, new), (kept, changed) = trial.site, trial.check
    figures = {
        FIRST_CLICK: (old.first, new.first),
        "IoU after 3 clicks": (old.last, new.last),
        "IoU after 3 clicks, check pictures": (kept.last, changed.last),
    }
    if old.carried is not None and new.carried is not None:
        figures["IoU propagated"] = (old.carried, new.carried)
    sequences = len({frame.sequence for frame in learned})
    return SiteRecord(date.today().isoformat(), sequences, len(learned), len(held_out), figures, base)
