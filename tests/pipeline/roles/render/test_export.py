"""Surfaces for files."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.pipeline.roles.render.export import extract_surface
from app.pipeline.workers.protocol import Cancelled
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import export_volume, job_of
from tests.helpers.scans import voxels, write_series


def signed_volume(points: np.ndarray, triangles: np.ndarray) -> float:
    a, b, c = points[triangles].astype(float).transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


@settings(max_examples=25)
@given(labels=arrays(np.uint8, (5, 7, 6), elements=st.sampled_from([0, 0, 0, 3, 9])))
def test_an_exported_surface_is_closed_and_faces_outward(labels: np.ndarray) -> None:
    points, triangles = extract_surface(labels, 3)
    if not (labels == 3).any():
        assert len(points) == len(triangles) == 0
        return
    edges = Counter(edge for a, b, c in triangles.tolist() for edge in ((a, b), (b, c), (c, a)))
    assert all(edges[b, a] == count for (a, b), count in edges.items())
    assert signed_volume(points, triangles) > 0
    places = np.argwhere(labels == 3)[:, ::-1]
    assert len(np.unique(triangles)) == len(points)
    assert (points.min(axis=0) >= places.min(axis=0) - 1).all()
    assert (points.max(axis=0) <= places.max(axis=0) + 1).all()


def ball() -> np.ndarray:
    places = np.moveaxis(np.indices((20, 48, 64)), 0, -1) - (10, 24, 32)
    labels = np.zeros((20, 48, 64), np.uint8)
    labels[np.linalg.norm(places * (2.5, 0.75, 0.5), axis=-1) < 14] = 3
    return labels


def test_an_exported_ball_has_its_volume() -> None:
    labels = ball()
    points, triangles = extract_surface(labels, 3)
    assert signed_volume(points, triangles) == pytest.approx((labels == 3).sum(), rel=0.01)


def test_a_surface_that_nobody_wants_any_more_is_left_while_it_is_smoothed() -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        extract_surface(ball(), 3, check)
    assert len(calls) == 5


def test_an_stl_has_the_size_and_place_of_the_object_in_the_patient(tmp_path: Path) -> None:
    labels = ball()
    write_series(tmp_path / "study", voxels(labels.shape))
    with open_volume(tmp_path / "study") as source:
        job = job_of(source, labels, surface=extract_surface)
        [path] = export_volume("stl", job, tmp_path)
        middle = source.geometry.to_patient(np.array([[32.0, 24.0, 10.0]]))[0]
    data = path.read_bytes()
    count = struct.unpack("<I", data[80:84])[0]
    kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
    corners = np.frombuffer(data, kind, count, 84)["corners"].reshape(-1, 3)
    size = signed_volume(corners, np.arange(len(corners)).reshape(-1, 3))
    assert size == pytest.approx((labels == 3).sum() * 2.5 * 0.75 * 0.5, rel=0.01)
    assert corners.min(axis=0) == pytest.approx(middle - 14, abs=2.5)
    assert corners.max(axis=0) == pytest.approx(middle + 14, abs=2.5)
