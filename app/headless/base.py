"""Base of the parts of an Annotator: its client, its lock, and the resolution of arguments."""

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Concatenate, Literal, NoReturn, ParamSpec, SupportsIndex, TypeVar

from app.domain.annotation import Annotation, Label, Object, SequenceInfo
from app.domain.closeable import Closeable
from app.domain.errors import UsageError
from app.headless.results import Committed, LabelLike, ObjectLike
from app.headless.validation import as_frame, as_label_answer, as_object_id, as_path
from app.imaging import masks
from app.imaging.polygons import trace_polygons
from app.pipeline.client import Client
from app.pipeline.options import Options

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A", bound="BaseAnnotator")


def serialized(method: Callable[Concatenate[A, P], T]) -> Callable[Concatenate[A, P], T]:
    """Let one thread at a time call a method of an Annotator, so that each gets its own answer."""

    @wraps(method)
    def call(annotator: A, /, *arguments: P.args, **options: P.kwargs) -> T:
        annotator.client.check_usable()
        with annotator.lock:
            return method(annotator, *arguments, **options)

    return call


class BaseAnnotator(Closeable):
    """Client of a pipeline with one sequence at a time. Any thread of the process that made it may call it."""

    def __init__(self, options: Options) -> None:
        self.client = Client(options)
        self.lock = threading.RLock()
        self._workspace = options.workspace
        self._operator, self._checks_pictures = options.operator, options.check_pictures

    def __repr__(self) -> str:
        if self.client.is_closed:
            return f"<Annotator {self._workspace}: closed>"
        snapshot = self.client.newest
        name = snapshot.sequence.info.path if snapshot.sequence.info is not None else "no sequence open"
        return f"<Annotator {self._workspace}: {name}, engine {snapshot.models.engine}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An Annotator cannot be pickled: make one in each process.")

    def close(self) -> None:
        """Leave the sequence and stop the workers. A second call does nothing."""
        self.client.close()

    @property
    def engine(self) -> str:
        """Name of the engine in use."""
        return self.client.newest.models.engine

    @property
    def device(self) -> str:
        """Device that the engine runs on."""
        return self.client.newest.models.device

    @property
    def sequence(self) -> SequenceInfo:
        """The open sequence. Raises UsageError when none is open."""
        info = self.client.read_state(lambda state: state.sequence.info)
        if info is None:
            raise UsageError("No sequence is open.", remedy="Call open first.")
        return info

    @property
    def labels(self) -> tuple[Label, ...]:
        """The label list, in painting order."""
        return self.client.read_state(lambda state: state.labels)

    @property
    def objects(self) -> tuple[Object, ...]:
        """All objects."""
        return self.client.read_state(lambda state: state.sequence.objects)

    def import_masks(
        self, path: str | Path, labels: Literal["keep", "ours"] | Mapping[int, LabelLike] | None = None
    ) -> tuple[str, ...]:
        """Read masks that were exported before, or made elsewhere, as edits; return warnings.

        A scan takes a NIfTI, NRRD or DICOM segmentation too, resampled where it has to be. labels: what a label
        value of the file means that is another label here: "keep" adds a label for it, "ours" takes ours; or ours
        by value of the file. Raises ImportMasksError; LabelsClash, with its clashes, where that is not said.
        """
        _ = self.sequence
        return self.client.import_masks(as_path(path), as_label_answer(labels, self.labels))

    def _annotation(self, frame: SupportsIndex, obj: ObjectLike) -> Annotation | None:
        index = as_frame(frame, self.sequence)
        object_id = as_object_id(obj, self.objects)
        return self.client.read_state(lambda state: state.annotation(index, object_id))

    def _committed(self, frame: int, object_id: int) -> Committed:
        """Return an object as it is on a frame."""
        item = next(item for item in self.objects if item.object_id == object_id)
        label = next(label for label in self.labels if label.value == item.label)
        found = self._annotation(frame, object_id)
        return Committed(
            object_id, label, frame, () if found is None else trace_polygons(masks.decode(found.mask))
        )
