from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.domain.annotation import Window
from app.imaging import windowing

WINDOWS = st.builds(Window, st.floats(1e-3, 1e5), st.floats(-1e4, 1e4))


@given(
    window=WINDOWS, dtype=st.sampled_from([np.int8, np.int16, np.uint16, np.int32, np.float32, np.float64])
)
def test_darker_never_becomes_brighter(window: Window, dtype: type[Any]) -> None:
    ends = np.finfo(dtype) if np.dtype(dtype).kind == "f" else np.iinfo(dtype)
    native: NDArray[Any] = np.linspace(max(ends.min, -1e5), min(ends.max, 1e5), 500).astype(dtype)
    gray = windowing.apply_window(native, window).astype(int)
    assert (np.diff(gray) >= 0).all()
    assert np.array_equal(windowing.apply_window(native, window, inverted=True), 255 - gray)


def test_the_window_spans_black_to_white() -> None:
    gray = windowing.apply_window(
        np.array([-161, -160, 40, 240, 241], np.int16), windowing.PRESETS["Soft tissue"]
    )
    assert gray.tolist() == [0, 0, 128, 255, 255]


def test_nan_and_infinity_are_shown() -> None:
    native = np.array([np.nan, np.inf, -np.inf, 5.0], np.float32)
    assert windowing.apply_window(native, Window(10.0, 5.0)).tolist() == [0, 255, 0, 128]


@pytest.mark.parametrize("width", [0.0, -200.0])
def test_a_window_without_width_still_divides_black_from_white(width: float) -> None:
    gray = windowing.apply_window(np.array([-1, 1], np.int16), Window(width, 0.0))
    assert gray.tolist() == [0, 255]


def test_auto_leaves_the_background_out() -> None:
    picture = np.zeros((100, 100), np.int16)
    picture[30:60, 30:60] = np.arange(900).reshape(30, 30) + 500
    window = windowing.auto_window(picture)
    assert window.center - window.width / 2 == pytest.approx(509, abs=2)
    assert window.center + window.width / 2 == pytest.approx(1395, abs=2)


@pytest.mark.parametrize("sample", [np.zeros(0), np.full(9, np.nan), np.full(9, 7.0)])
def test_auto_copes_with_nothing_to_see(sample: np.ndarray) -> None:
    window = windowing.auto_window(sample)
    assert window.width > 0
    assert np.isfinite(window.center)


def test_a_scan_opens_with_its_own_window_or_that_of_its_kind() -> None:
    sample = np.array([-1000, 0, 900], np.int16)
    assert windowing.initial_window("CT", Window(80, 40), sample) == Window(80, 40)
    assert windowing.initial_window("CT", Window(0, 40), sample) == windowing.SOFT_TISSUE
    assert windowing.initial_window("", None, sample) == windowing.SOFT_TISSUE
    assert windowing.initial_window("MR", None, np.arange(1000)).center == pytest.approx(500, abs=10)


@given(start=WINDOWS, dx=st.floats(-5000, 5000), dy=st.floats(-5000, 5000))
def test_dragging_keeps_a_window_usable(start: Window, dx: float, dy: float) -> None:
    dragged = windowing.drag_window(start, dx, dy)
    assert dragged.width > 0
    assert (dragged.width > start.width) == (dx > 0) or dragged.width == pytest.approx(start.width)


def test_a_window_of_tiny_intensities_is_dragged_in_steps_of_its_own_size() -> None:
    dragged = windowing.drag_window(Window(1e-4, 1.5e-4), 10, -10)
    assert 1e-4 < dragged.width < 2e-4
    assert 0.5e-4 < dragged.center < 1.5e-4


def test_a_window_dragged_shut_opens_again() -> None:
    shut = windowing.drag_window(Window(400.0, 40.0), -5000, 0)
    assert windowing.drag_window(shut, 256, 0).width == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(("low", "high"), [(-100, 250), (0, 0), (-1024, 3071), (40, 41)])
@pytest.mark.parametrize("inverted", [False, True])
def test_what_lies_within_limits_is_neither_black_nor_white(low: int, high: int, inverted: bool) -> None:
    values = np.arange(-2000, 4000, dtype=np.int16)
    grey = windowing.apply_window(values, windowing.window_of_limits(low, high), inverted=inverted)
    least, most = windowing.WITHIN_LIMITS
    found = values[(grey >= least) & (grey <= most)]
    assert (found.min(), found.max(), len(found)) == (low, high, high - low + 1)
