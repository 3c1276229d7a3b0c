"""How long a propagation will still take follows from its steps, not from what came before or between them."""

from __future__ import annotations

import pytest

from app.pipeline.services.propagation_runner import RemainingTime


def estimates(times: list[float], total: int) -> list[float | None]:
    """Return what is said after each step. times: of the steps; total: how many there will be."""
    clock = iter(times)
    remaining = RemainingTime(lambda: next(clock))
    return [remaining.count_step(total - done) for done in range(1, len(times) + 1)]


def test_a_network_that_is_fitted_before_the_first_step_lengthens_no_other() -> None:
    assert estimates([8.0, 9.0, 10.0], 20) == [None, 18.0, 17.0]


def test_a_click_between_two_steps_lengthens_no_other() -> None:
    assert estimates([0.0, 1.0, 41.0, 42.0], 20) == [None, 18.0, 17.0, 16.0]


def test_steps_that_become_slower_are_followed() -> None:
    times = [float(n) for n in range(5)] + [4.0 + 2 * n for n in range(1, 60)]
    found = estimates(times, 100)
    assert found[-1] == pytest.approx(2 * (100 - len(times)), rel=0.02)
