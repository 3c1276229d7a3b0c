"""The library for scans: window, orientation, label volume, measures, 3D pictures."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Literal, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, FrameAxis, Orientation, SequenceInfo
from app.domain.camera import OrbitCamera
from app.domain.errors import UsageError
from app.domain.frame_order import order_of
from app.headless.base import BaseAnnotator, serialized
from app.headless.results import LabelLike
from app.headless.validation import as_choice, as_finite, as_index, as_share
from app.imaging import masks
from app.imaging.measures import Measure
from app.imaging.picture_scale import measure_pictures
from app.messages import events as ev
from app.pipeline.roles.source_reading import open_spec
from app.pipeline.services.preview3d import Viewpoint
from app.session.state import State
from app.storage.exporters.volume_job import VolumeJob
from app.storage.volume.volume_source import VolumeSource


class ScanAnnotator(BaseAnnotator):
    """The part of an Annotator that only makes sense for scans."""

    @serialized
    def turn(self, orientation: Orientation | None = None, along: FrameAxis = "space") -> SequenceInfo:
        """Annotate the open scan in another direction, with all masks; return its properties then.

        orientation: None for the one it has. along: "time" lets the time points of each slice follow each other, in
        the orientation that was recorded; "space" the slices of each time point.
        """
        if orientation is not None:
            as_choice(orientation, Orientation, "orientation")
        info = self._scan()
        chosen = orientation or info.orientation or "axial"
        if as_choice(along, FrameAxis, "axis") == "time" and info.time_points < 2:
            raise UsageError("This scan has one time point.", subject=info.path)
        self.client.set_orientation(chosen, along)
        return self.sequence

    def frame_at(self, time: SupportsIndex, index: SupportsIndex) -> int:
        """Return the frame of a slice at a time point of the open scan, both from 0."""
        order = order_of(self._scan())
        at, place = as_index(time, "time point"), as_index(index, "slice")
        if not (0 <= at < order.times and 0 <= place < order.slices):
            there = f"{order.times} time points of {order.slices} slices"
            raise UsageError(
                "There is no such slice.", subject=f"{at}, {place}", remedy=f"There are {there}."
            )
        return order.frame(at, place)

    @serialized
    def window(self, width: float, center: float) -> None:
        """Choose the intensity window, in native units, that the annotator and the networks see; width > 0."""
        window = as_finite(width, "width of a window", 0.0), as_finite(center, "center of a window")
        self._scan()
        self.client.post(ev.WindowChanged(*window))

    def volume_labels(self, time: SupportsIndex | None = None) -> NDArray[np.uint8]:
        """Return the label volume, uint8 (z, y, x), stored as the scan is; lower rows over upper ones.

        time: which time point of a scan over time, from 0; None for the one that the sequence is at.
        """
        with self._job(time) as job:
            return job.voxels()

    def measure(self, time: SupportsIndex | None = None) -> Mapping[int, Measure]:
        """Return the measures of every object that has a mask, by object id; frames of a scan are its slices.

        Of what is no scan: the area on each frame, in square millimetres where a pixel has a size. time: as above.
        """
        if self.sequence.kind != "volume":
            state = self.client.read_state(_copy)
            return measure_pictures(self.sequence, _decoded_masks(state))
        with self._job(time) as job:
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
        _ = self.sequence
        width, height = (as_index(side, "side of the picture") for side in size)
        if min(width, height) < 1:
            raise UsageError("A picture needs at least one pixel.", subject=size)
        angles = as_finite(azimuth, "azimuth"), as_finite(elevation, "elevation")
        camera = OrbitCamera(*angles, as_finite(zoom, "zoom", 0.0))
        return self.client.render(Viewpoint((width, height), camera, as_share(opacity, "opacity")))

    def import_labels(
        self, path: str | Path, labels: Literal["keep", "ours"] | Mapping[int, LabelLike] | None = None
    ) -> tuple[str, ...]:
        """Read a segmentation of a scan as starting masks; see import_masks."""
        return self.import_masks(path, labels)

    def _scan(self) -> SequenceInfo:
        info = self.sequence
        if info.kind != "volume":
            raise UsageError("The open sequence is no scan.", subject=info.path, remedy="Open a scan first.")
        return info

    @contextmanager
    def _job(self, time: SupportsIndex | None) -> Iterator[VolumeJob]:
        order = order_of(self._scan())
        state = self.client.read_state(_copy)
        at = order.time_of(state.sequence.frame) if time is None else as_index(time, "time point")
        if not 0 <= at < order.times:
            raise UsageError("There is no such time point.", subject=at, remedy=f"There are {order.times}.")
        frames = order.frames_at(at)
        by_frame: dict[int, dict[int, Annotation]] = {}
        for (frame, object_id), cell in state.cells.items():
            by_frame.setdefault(frame, {})[object_id] = cell
        spec = self.client.source()
        with open_spec(spec) as source:
            assert isinstance(source, VolumeSource)
            source.show_time(at)
            yield VolumeJob(
                source,
                state.labels,
                state.sequence.objects,
                lambda index: by_frame.get(frames[index], {}),
                spool=spec.index_folder,
            )


def _decoded_masks(state: State) -> Iterator[tuple[int, dict[int, NDArray[np.bool_]]]]:
    for frame, cells in groupby(sorted(state.cells.items()), key=lambda item: item[0][0]):
        yield frame, {object_id: masks.decode(cell.mask) for (_, object_id), cell in cells}


def _copy(state: State) -> State:
    """Return a copy of what a job reads, so that the session may go on meanwhile."""
    return State(sequence=state.sequence, labels=state.labels, cells=dict(state.cells))
