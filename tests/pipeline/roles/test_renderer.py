"""The preview: in this process, and in a real worker."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.domain.errors import UsageError
from app.imaging.masks import encode
from app.pipeline.requests.renderer_requests import (
    FrameLayers,
    OpenPreviewRequest,
    PlaneSpec,
    RendererKind,
    RenderRequest,
    SetColorsRequest,
    SetMasksRequest,
)
from app.pipeline.roles.render.grid import (
    SLAB,
    LabelGrid,
    Level,
    Reduction,
    reduce_to,
    shrink_labels,
    solid_spacing,
)
from app.pipeline.roles.render.scene import Preview, SlicePlace
from app.pipeline.roles.render.surfaces import slab_mesh, surface_nets
from app.pipeline.workers.protocol import ArrayRef, Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle

COLORS = {1: (220, 40, 40), 2: (40, 200, 60), 5: (60, 90, 240)}
SIZE = (320, 240)


def two_balls(shape: tuple[int, int, int] = (40, 48, 64)) -> np.ndarray:
    """Label 1 on the low-x side and label 5, which touches it, on the high-x side."""
    z, y, x = np.indices(shape)
    depth, height, width = (n / 2 for n in shape)
    labels = np.zeros(shape, np.uint8)
    labels[(z - depth) ** 2 + (y - height) ** 2 + (x - width * 0.65) ** 2 < (width * 0.4) ** 2] = 1
    labels[(z - depth) ** 2 + (y - height) ** 2 + (x - width * 1.45) ** 2 < (width * 0.4) ** 2] = 5
    return labels


def scene(labels: np.ndarray, **changes: Any) -> Preview:
    preview = Preview(labels.shape, (1.0, 1.0, 1.0), colors=COLORS, **changes)
    preview.set_slices(0, labels)
    return preview


def like(picture: np.ndarray, value: int) -> np.ndarray:
    """Where a picture has the hue of a label."""
    color = np.array(COLORS[value], float)
    pixels = picture[..., :3].astype(float)
    shade = pixels.sum(axis=-1) / color.sum()
    result: np.ndarray = (shade > 0.2) & (
        np.abs(pixels - shade[..., None] * color).sum(axis=-1) < 0.35 * pixels.sum(axis=-1)
    )
    return result


def middle(mask: np.ndarray) -> tuple[float, float]:
    """Mean x and y."""
    ys, xs = np.nonzero(mask)
    return xs.mean(), ys.mean()


# -- surfaces ------------------------------------------------------------------------------------------


def faces(points: np.ndarray, triangles: np.ndarray) -> Counter:
    """Triangles by their middle, whatever the order."""
    middles = points[triangles].mean(axis=1)
    return Counter(map(tuple, np.round(middles * 6).astype(int).tolist()))


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 3 * SLAB), density=st.sampled_from([0.02, 0.3, 0.9]))
def test_slabs_hold_every_triangle_once(seed: int, depth: int, density: float) -> None:
    random = np.random.default_rng(seed)
    level = Level((depth, 9, 11), (1.0, 1.0, 1.0))
    level.voxels[...] = (random.random(level.voxels.shape) < density) * random.integers(
        1, 4, level.voxels.shape
    )
    level.voxels[: depth // 4] = 0
    slabs = [slab_mesh(level, number, 0) for number in range(level.slabs)]
    together = sum((faces(mesh.points, mesh.triangles) for mesh in slabs if mesh is not None), Counter())
    padded = Level((depth + 2, 11, 13), (1.0, 1.0, 1.0))
    padded.voxels[1:-1, 1:-1, 1:-1] = level.voxels
    if not padded.voxels.any():
        assert not together
        return
    whole = surface_nets(padded.voxels, padded.spacing, 0)
    points = vtk_to_numpy(whole.GetPoints().GetData()) - 1
    triangles = vtk_to_numpy(whole.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    assert together == faces(points, triangles)


def test_smoothed_slabs_meet_without_a_seam() -> None:
    labels = np.pad(two_balls((62, 38, 58)), 1)
    level = Level(labels.shape, (1.0, 1.0, 1.0))
    level.voxels[...] = labels
    whole = vtk_to_numpy(surface_nets(labels, level.spacing, 8).GetPoints().GetData())
    meshes = [mesh for number in range(level.slabs) if (mesh := slab_mesh(level, number)) is not None]
    points = np.concatenate([mesh.points[np.unique(mesh.triangles)] for mesh in meshes])
    seam = points[np.abs(points[:, 2] % SLAB - SLAB / 2) > SLAB / 2 - 2]
    assert len(seam) > 100
    gaps = np.linalg.norm(seam[:, None] - whole[None], axis=-1).min(axis=1)
    assert gaps.max() < 0.02


# -- the grid ------------------------------------------------------------------------------------------


@given(
    shape=st.tuples(st.integers(1, 6000), st.integers(1, 2000), st.integers(1, 4000)),
    budget=st.integers(1000, 10**8),
)
def test_whatever_comes_fits_the_budget(shape: tuple[int, int, int], budget: int) -> None:
    reduction = reduce_to(shape, budget)
    assert math.prod(reduction.shape(shape)) <= budget
    if (reduction.frames, reduction.pixels) != (1, 1):
        finer = [
            Reduction(reduction.frames - 1, reduction.pixels),
            Reduction(reduction.frames, reduction.pixels - 1),
        ]
        possible = [r for r in finer if r.frames and r.pixels]
        assert any(math.prod(r.shape(shape)) > budget for r in possible)


@given(
    picture=arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)),
    factor=st.integers(1, 4),
)
def test_shrinking_loses_no_label(picture: np.ndarray, factor: int) -> None:
    small = shrink_labels(picture, factor)
    for y, x in np.argwhere(picture):
        assert small[y // factor, x // factor] >= picture[y, x]
    assert set(np.unique(small)) <= {0, *np.unique(picture)}


def test_only_slabs_that_changed_are_stale() -> None:
    grid = LabelGrid((6 * SLAB, 20, 20), (1.0, 1.0, 1.0))
    picture = np.zeros((1, 20, 20), np.uint8)
    assert not grid.set_slices(3 * SLAB, picture)
    assert grid.full.stale == set()
    picture[0, 5:9, 5:9] = 1
    assert grid.set_slices(3 * SLAB + SLAB // 2, picture)
    assert grid.full.stale == {3}
    assert grid.set_slices(3 * SLAB, picture)
    assert grid.full.stale == {2, 3}


def test_a_long_video_is_sampled_in_time_and_keeps_its_last_frame() -> None:
    grid = LabelGrid((5000, 108, 192), None, budget=2**20)
    step = grid.reduction.frames
    assert step > 1
    wanted = [frame for frame in range(5000) if grid.is_frame_shown(frame)]
    assert len(wanted) == grid.full.voxels.shape[0]
    assert max(np.diff(wanted)) <= 2 * step


@pytest.mark.parametrize(("frames", "thick"), [(5000, 0.384), (100, 8.0), (960, 2.0), (1, 8.0)])
def test_a_video_is_about_as_deep_as_wide(frames: int, thick: float) -> None:
    assert solid_spacing((frames, 1080, 1920)) == (thick, 1.0, 1.0)


# -- pictures ------------------------------------------------------------------------------------------


def test_labels_are_drawn_in_their_colours_where_they_are() -> None:
    with scene(two_balls()) as preview:
        front = preview.render(SIZE)
        assert front.shape == (240, 320, 4)
        assert front.dtype == np.uint8
        assert middle(like(front, 1))[0] < 160 < middle(like(front, 5))[0]
        back = preview.render(SIZE, azimuth=180)
        assert middle(like(back, 5))[0] < 160 < middle(like(back, 1))[0]
        left = preview.render(SIZE, azimuth=90)
        assert like(left, 5).sum() > 20 * like(left, 1).sum()


def test_the_head_is_up_and_direction_is_obeyed() -> None:
    labels = np.zeros((30, 30, 30), np.uint8)
    labels[20:28, 10:20, 10:20] = 1
    with (
        scene(labels) as upright,
        Preview(labels.shape, (1.0, 1.0, 1.0), (1, 0, 0, 0, 1, 0, 0, 0, -1)) as turned,
    ):
        assert middle(like(upright.render(SIZE), 1))[1] < 110
        turned.set_colors(COLORS)
        turned.set_slices(0, labels)
        assert middle(like(turned.render(SIZE), 1))[1] > 130


def test_spacing_is_true() -> None:
    labels = np.zeros((10, 40, 40), np.uint8)
    labels[2:8, 10:30, 10:30] = 1
    with Preview(labels.shape, (4.0, 1.0, 1.0), colors=COLORS) as preview:
        preview.set_slices(0, labels)
        ys, xs = np.nonzero(like(preview.render((300, 300)), 1))
        assert np.ptp(ys) / np.ptp(xs) == pytest.approx(24 / 20, abs=0.12)


def test_zoom_elevation_and_focus_change_the_view() -> None:
    with scene(two_balls()) as preview:
        plain = preview.render(SIZE)
        assert like(preview.render(SIZE, zoom=1.5), 1).sum() > 1.5 * like(plain, 1).sum()
        assert not np.array_equal(preview.render(SIZE, elevation=60), plain)
        assert np.array_equal(preview.render(SIZE), plain)
        small = np.zeros((40, 48, 64), np.uint8)
        small[3:8, 3:8, 3:8] = 1
        preview.set_slices(0, small)
        close = preview.render(SIZE, focus="labels")
        assert like(close, 1).sum() > 10 * like(preview.render(SIZE), 1).sum()


def test_a_hidden_label_is_gone_and_comes_back() -> None:
    with scene(two_balls()) as preview:
        plain = preview.render(SIZE)
        alone = preview.render(SIZE, hidden=[5])
        assert like(alone, 5).sum() == 0
        assert like(alone, 1).sum() >= like(plain, 1).sum()
        assert np.array_equal(preview.render(SIZE), plain)


def test_one_shows_through_the_other() -> None:
    labels = np.zeros((30, 30, 30), np.uint8)
    labels[5:25, 5:25, 5:25] = 1
    labels[10:20, 10:20, 10:20] = 5
    with scene(labels) as preview:
        solid, clear = preview.render(SIZE), preview.render(SIZE, opacity=0.4)
        assert like(solid, 1)[120, 160]
        assert clear[120, 160, 2] > solid[120, 160, 2] + 20


def test_colours_can_change() -> None:
    with scene(two_balls()) as preview:
        preview.set_colors({1: COLORS[2], 5: COLORS[2]})
        picture = preview.render(SIZE)
        assert like(picture, 1).sum() == like(picture, 5).sum() == 0
        assert like(picture, 2).sum() > 1000


def test_the_current_slice_is_a_plane_with_its_picture() -> None:
    with scene(np.zeros((30, 30, 30), np.uint8)) as preview:
        empty = preview.render(SIZE)
        plane = preview.render(SIZE, plane=(1, 10))
        assert (plane != empty).any(axis=-1).sum() > 5000
        image = np.zeros((30, 30, 3), np.uint8)
        image[:15] = (250, 200, 0)
        textured = preview.render(SIZE, plane=SlicePlace.of(1, 10, image))
        yellow = (textured[..., 0] > 200) & (textured[..., 2] < 60)
        assert yellow.sum() > 1000
        # Row 0 of a coronal slice is the one nearest to the feet.
        assert middle(yellow)[1] > 130


def test_an_edit_shows_at_once_and_the_rest_stays() -> None:
    labels = two_balls((40, 48, 64))
    with scene(labels) as preview:
        before = preview.render(SIZE)
        edited = labels[10:30].copy()
        edited[edited == 5] = 2
        assert preview.set_slices(10, edited)
        assert not preview.set_slices(10, edited)
        after = preview.render(SIZE, quality="coarse")
        assert like(after, 2).sum() > 1000
        labels[10:30] = edited
    with scene(labels) as fresh:
        assert np.array_equal(preview_full(fresh), after)
    assert not np.array_equal(before, after)


def preview_full(preview: Preview) -> np.ndarray:
    return preview.render(SIZE, quality="full")


def test_a_large_volume_has_a_coarse_and_a_full_look() -> None:
    labels = np.zeros((80, 340, 340), np.uint8)
    labels[20:60, 100:240, 100:240] = 1
    with scene(labels) as preview:
        assert not preview.is_fine
        coarse = preview.render(SIZE, quality="coarse")
        few = preview.triangles
        assert not preview.is_fine
        full = preview.render(SIZE)
        assert preview.is_fine
        assert preview.triangles > 2 * few
        assert np.abs(coarse.astype(int) - full).mean() < 4


def test_a_long_hd_video_becomes_a_solid() -> None:
    preview = Preview((5000, 1080, 1920), colors=COLORS)
    with preview:
        frame = np.zeros((1, 1080, 1920), np.uint8)
        frame[0, 300:700, 300:900] = 1
        for index in range(0, 5000, 25):
            preview.set_slices(index, frame)
        picture = preview.render(SIZE, quality="coarse")
        x, y = middle(like(picture, 1))
        assert x < 160
        assert y < 125


def test_what_makes_no_sense_is_refused() -> None:
    with scene(two_balls()) as preview:
        for first, shape in ((39, (2, 48, 64)), (-1, (1, 48, 64)), (0, (1, 48, 65))):
            with pytest.raises(UsageError):
                preview.set_slices(first, np.zeros(shape, np.uint8))
        with pytest.raises(UsageError):
            preview.render((0, 10))
    with pytest.raises(UsageError):
        Preview((0, 10, 10))


# -- the role ------------------------------------------------------------------------------------------


def put(pool: SharedPool, array: np.ndarray) -> ArrayRef:
    slot = pool.allocate(array.nbytes)
    assert slot is not None
    ref = ArrayRef.of(slot, array.shape, "uint8")
    pool.array(ref)[...] = array
    return ref


def layers(labels: np.ndarray) -> tuple[FrameLayers, ...]:
    """The frames of a label volume as the renderer takes them."""
    values = [int(value) for value in np.unique(labels) if value]
    return tuple(
        (frame, tuple((value, encode(picture == value)) for value in values))
        for frame, picture in enumerate(labels)
    )


def test_the_worker_draws_into_shared_memory() -> None:
    labels = two_balls()

    async def story() -> None:
        with SharedPool.create(2**26) as pool:
            target = put(pool, np.zeros((240, 320, 4), np.uint8))
            image = put(pool, np.full((48, 64, 3), 90, np.uint8))
            async with WorkerHandle(RendererKind, pool) as worker:
                with pytest.raises(UsageError, match="No preview is open"):
                    await worker.call(RenderRequest(target))
                await worker.call(OpenPreviewRequest(labels.shape, spacing=(1.0, 1.0, 1.0)))
                await worker.call(SetColorsRequest(COLORS))
                assert (await worker.call(SetMasksRequest(layers(labels)))).is_changed
                plane = PlaneSpec(3, image=image)
                answer = await worker.call(RenderRequest(target, azimuth=180.0, hidden=(5,), plane=plane))
                assert answer.is_fine
                picture = pool.array(target).copy()
        assert like(picture, 1).sum() > 1000
        assert like(picture, 5).sum() == 0

    asyncio.run(story())


def test_a_full_picture_gives_way_when_cancelled() -> None:
    labels = np.zeros((160, 256, 256), np.uint8)
    labels[8:152, 8:248, 8:248] = np.random.default_rng(0).integers(0, 2, (144, 240, 240), np.uint8)

    async def story() -> None:
        with SharedPool.create(2**27) as pool:
            target = put(pool, np.zeros((240, 320, 4), np.uint8))
            async with WorkerHandle(RendererKind, pool) as worker:
                await worker.call(OpenPreviewRequest(labels.shape, spacing=(1.0, 1.0, 1.0)))
                await worker.call(SetMasksRequest(layers(labels)))
                job = worker.submit(RenderRequest(target, quality="full"))
                job.cancel()
                with pytest.raises(Cancelled):
                    await job.result
                assert not pool.array(target).any()

    asyncio.run(story())
