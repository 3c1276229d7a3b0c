"""What the headless interface offers for scans: window, label volume, measures, 3D pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Orientation, SequenceInfo
from app.domain.camera import OrbitCamera
from app.domain.errors import UsageError
from app.imaging.measures import Measure
from app.messages import events as ev
from app.pipeline.client import Client
from app.pipeline.options import Options
from app.pipeline.services.preview3d import Viewpoint
from app.session.state import State
from app.storage.exporters.volume_export import VolumeJob
from app.storage.opening import open_source
from app.storage.volume.volume_source import VolumeSource


class ScanAnnotator:
    """The part of an Annotator that only makes sense for scans, and the client that all of it uses."""

    def __init__(self, options: Options) -> None:
        self._client = Client(options)

    def turn(self, orientation: Orientation) -> SequenceInfo:
        """Annotate the open scan in another direction, with all masks; return what it is now."""
        self._client.turn(orientation)
        self._client.settle()
        info = self._client.ask(lambda state: state.sequence)
        if info is None or info.orientation != orientation:
            raise UsageError("The open sequence is no scan.", remedy="Open a scan first.")
        return info

    def window(self, width: float, center: float) -> None:
        """Choose the intensity window, in native units, that the annotator and the networks see; width > 0."""
        if not width > 0:
            raise UsageError("The width of a window must be above 0.", subject=width)
        self._client.post(ev.WindowChanged(width, center))

    def volume_labels(self) -> NDArray[np.uint8]:
        """Return the label volume, uint8 (z, y, x), stored as the scan is; lower rows over upper ones."""
        with self._job() as job:
            return job.voxels()

    def measure(self) -> Mapping[int, Measure]:
        """Return the measures of every object that has a mask, by object id."""
        with self._job() as job:
            return job.measures()

    def preview(
        self,
        size: tuple[int, int] = (960, 720),
        azimuth: float = 30.0,
        elevation: float = 20.0,
        zoom: float = 1.0,
        opacity: float = 1.0,
    ) -> NDArray[np.uint8]:
        """Return all labels as surfaces with true spacing, uint8 (h, w, 4) RGBA.

        size: width and height. azimuth, elevation: degrees. For a video it is the solid that the masks
        make in space and time.
        """
        viewpoint = Viewpoint(size, OrbitCamera(azimuth, elevation, zoom), opacity)
        return self._client.render(viewpoint)

    def import_labels(self, path: str | Path) -> tuple[str, ...]:
        """Read a NIfTI, NRRD or DICOM segmentation as starting masks; return warnings, also of resampling.

        Raises ImportMasksError.
        """
        return self._client.import_masks(Path(path))

    @contextmanager
    def _job(self) -> Iterator[VolumeJob]:
        state = self._client.ask(_copy)
        if state.sequence is None or state.sequence.kind != "volume":
            raise UsageError("The open sequence is no scan.", remedy="Open a scan first.")
        by_frame: dict[int, dict[int, Annotation]] = {}
        for (frame, object_id), cell in state.cells.items():
            by_frame.setdefault(frame, {})[object_id] = cell
        spec = self._client.source()
        with open_source(
            spec.path, series=spec.series, index_folder=spec.index_folder, orientation=spec.orientation
        ) as source:
            assert isinstance(source, VolumeSource)
            yield VolumeJob(
                source,
                state.labels,
                state.objects,
                lambda frame: by_frame.get(frame, {}),
                spool=spec.index_folder,
            )


def _copy(state: State) -> State:
    """What a job reads, so that the session may go on meanwhile."""
    return State(sequence=state.sequence, labels=state.labels, objects=state.objects, cells=dict(state.cells))
