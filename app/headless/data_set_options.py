"""Settings of data sets and of queued sequences, as a script gives them."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypedDict

from app.domain.errors import UsageError
from app.domain.export_selection import ANNOTATED
from app.domain.finding import PictureAction
from app.headless.results import StatusLike
from app.headless.validation import as_choice, as_index, as_picture_action, as_share, as_shares, as_status
from app.storage.exporters.dataset.data_set_plan import DEFAULT_SHARES, DataSetPlan, SplitBy, Unsure
from app.storage.exporters.training.collection import Split


class DataSetOptions(TypedDict, total=False):
    """Settings of an export of a data set."""

    name: str  #: of the folder, "dataset" by default
    sequences: str | Iterable[str]  #: names; all by default
    #: shares of frames in train, val and test, 0.8, 0.1 and 0.1 by default; or by these names, 0 where one is missing
    split: tuple[float, float, float] | Mapping[Split, float]
    by: SplitBy  #: what never lies on two sides: "patient" by default, "source" or "folder"
    seed: int  #: of the split
    classes: Mapping[
        str, str | None
    ]  #: the class of each label name, None leaves it out, as do those not named
    status: StatusLike | Iterable[StatusLike]  #: of masks to learn from; all by default
    least_score: float  #: of masks to learn from that no person made
    unsure: Unsure  #: what becomes of other masks: "void" pixels by default, or "leave out" the frame
    step: int  #: every n-th frame
    overwrite: bool  #: an earlier data set of that name
    pictures: PictureAction  #: what becomes of frames that show text or faces; see Annotator.export
    operator: str  #: under whose name "allow" is noted
    check_pictures: bool  #: whether to look for text and faces at all, True by default
    progress: Callable[[int, int], None]  #: called with frames (done, total), then with files of a data set


class JobOptions(TypedDict, total=False):
    """Settings of the propagation of a queued sequence."""

    engine: str  #: name or path of a model; that of the window or the run by default
    exports: tuple[str, ...]  #: kinds to write when it is done
    into: str  #: folder of the exports; "label" beside the source by default
    objects: tuple[int, ...]  #: ids of those to propagate; all by default
    start: int  #: frames [start, stop); all by default
    stop: int
    over_cuts: bool  #: also beyond cuts where an object is not found again
    any_hour: bool  #: outside the hours of the night too


def check_names(given: Mapping[str, object], settings: type) -> None:
    """Raise UsageError for a setting that there is not. settings: the TypedDict that names them."""
    known = settings.__annotations__
    for name in given:
        if name not in known:
            raise UsageError(
                "There is no such setting.", subject=name, remedy=f"There are: {', '.join(known)}."
            )


def plan_data_set(kind: str, options: DataSetOptions) -> DataSetPlan:
    """Return the plan of a data set. Raises UsageError naming the setting that makes no sense."""
    check_names(options, DataSetOptions)
    given = options.get("status")
    statuses = [given] if isinstance(given, (str, int)) else given
    by, unsure = options.get("by", "patient"), options.get("unsure", "void")
    as_choice(by, SplitBy, "split")
    as_choice(unsure, Unsure, "choice")
    classes = options.get("classes", {})
    if not isinstance(classes, Mapping):
        raise UsageError(
            "Classes are named by label.", subject=repr(classes), remedy='Give {"polyp": "lesion"}.'
        )
    return DataSetPlan(
        kind,
        options.get("name", "dataset"),
        as_shares(options.get("split", DEFAULT_SHARES)),
        by,
        as_index(options.get("seed", 0), "seed"),
        tuple(classes.items()),
        ANNOTATED if statuses is None else tuple(as_status(one) for one in statuses),
        as_share(options.get("least_score", 0.0), "minimum score"),
        unsure,
        as_index(options.get("step", 1), "step"),
        as_picture_action(options.get("pictures", "refuse"), options.get("operator", "")),
        options.get("operator", ""),
    )
