"""Plan of a data set: its sequences, and the side of the split of each. Pure."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.errors import UsageError
from app.domain.export_selection import ANNOTATED
from app.domain.finding import PictureAction
from app.storage.exporters.training.collection import SPLITS, Split

SplitBy = Literal["patient", "source", "folder"]
Unsure = Literal["void", "leave out"]
DEFAULT_SHARES: Final = (0.8, 0.1, 0.1)  # of train, val and test; usual, and chosen by hand


@dataclass(frozen=True, slots=True)
class DataSetPlan:
    """Settings of one export of a data set; the same settings and sequences give the same bytes."""

    kind: str  #: of a registered format of data sets
    name: str = "dataset"  #: of the folder
    shares: tuple[float, float, float] = DEFAULT_SHARES  #: of frames in train, val and test; they add up to 1
    #: what never lies on two sides; a source without a patient is one of its own
    split_by: SplitBy = "patient"
    seed: int = 0  #: of the split
    #: our label names by the class that they become, None to leave a label out; empty: labels stay as they are
    classes: tuple[tuple[str, str | None], ...] = ()
    statuses: tuple[Status, ...] = ANNOTATED  #: of masks to learn from
    least_score: float = 0.0  #: of masks to learn from that no person made
    unsure: Unsure = "void"  #: what becomes of other masks: void pixels, or the frame is left out
    step: int = 1  #: every n-th frame
    pictures: PictureAction = "refuse"  #: what becomes of frames that show text or faces
    operator: str = ""  #: who said so

    def __post_init__(self) -> None:
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise UsageError("The shares of a split must add up to 1.", subject=self.shares)
        if self.step < 1:
            raise UsageError("Every n-th frame needs an n of 1 at least.", subject=self.step)
        if not 0 <= self.least_score <= 1:
            raise UsageError(
                "This is no minimum score.", subject=self.least_score, remedy="Give a number from 0 to 1."
            )

    def key(self, fingerprints: Iterable[str]) -> str:
        """Return a digest that is the same for the same settings and sequences."""
        text = json.dumps([asdict(self), sorted(fingerprints)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_sure(self, cell: Annotation) -> bool:
        """Whether a mask is good enough to learn from."""
        made_by_hand = cell.status in (Status.EDITED, Status.VERIFIED)
        return cell.status in self.statuses and (made_by_hand or cell.score >= self.least_score)

    def frames(self, annotations: Callable[[int], Mapping[int, Annotation]], count: int) -> tuple[int, ...]:
        """Return the frames to write: every n-th one that has a mask to learn from, or none that is left out."""
        chosen = []
        for frame in range(0, count, self.step):
            sure = [self.is_sure(cell) for cell in annotations(frame).values()]
            if any(sure) and (self.unsure == "void" or all(sure)):
                chosen.append(frame)
        return tuple(chosen)


@dataclass(frozen=True, slots=True)
class SplitMember:
    """A sequence as the split sees it."""

    key: str  #: the same for all that must lie on one side
    frames: int  #: to be written


def assign_splits(plan: DataSetPlan, candidates: Sequence[SplitMember]) -> list[Split]:
    """Return the side of each sequence: groups in an order that the seed shuffles, each to the side that lacks most."""
    sizes: dict[str, int] = {}
    for item in candidates:
        sizes[item.key] = sizes.get(item.key, 0) + item.frames
    total = max(sum(sizes.values()), 1)
    written = dict.fromkeys(SPLITS, 0)
    side: dict[str, Split] = {}
    order = sorted(sizes, key=lambda key: hashlib.sha256(f"{plan.seed} {key}".encode()).digest())
    for key in order:
        lacking = {
            split: share * total - written[split] for split, share in zip(SPLITS, plan.shares, strict=True)
        }
        side[key] = max(SPLITS, key=lambda split: lacking[split])
        written[side[key]] += sizes[key]
    return [side[item.key] for item in candidates]


def class_list(plan: DataSetPlan, labels: Iterable[Sequence[Label]]) -> tuple[Label, ...]:
    """Return the classes with values from 1: those of the class map, or every label name in order of appearance."""
    wanted = dict(plan.classes)
    found: dict[str, Label] = {}
    for label in (label for listed in labels for label in listed):
        name = wanted.get(label.name) if plan.classes else label.name
        if name is not None:
            found.setdefault(name, label)
    order = (
        [name for name in dict.fromkeys(wanted.values()) if name in found] if plan.classes else list(found)
    )
    return tuple(
        replace(found[name], value=value, name=name) for value, name in enumerate(filter(None, order), 1)
    )


def map_objects(
    plan: DataSetPlan, objects: Iterable[Object], labels: Iterable[Label], classes: Sequence[Label]
) -> tuple[Object, ...]:
    """Return the objects with their classes; those whose label is left out are not among them."""
    values = {item.name: item.value for item in classes}
    names = {label.value: label.name for label in labels}
    wanted = dict(plan.classes)
    kept = []
    for item in objects:
        name: str | None = names.get(item.label, f"label {item.label}")
        name = wanted.get(name or "") if plan.classes else name
        if name in values:
            kept.append(replace(item, label=values[name]))
    return tuple(kept)
