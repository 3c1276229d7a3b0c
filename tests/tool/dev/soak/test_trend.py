"""Whether something grows is told from what comes and goes."""

from __future__ import annotations

import pytest

from tool.dev.soak.trend import trend

HOURS = [n / 20 for n in range(160)]


def test_a_leak_is_seen_through_what_comes_and_goes() -> None:
    leak = [100 + 3 * hour + (40 if n % 3 else 0) for n, hour in enumerate(HOURS)]
    found = trend(HOURS, leak)
    assert found.slope == pytest.approx(3, abs=0.2)
    assert found.is_above(2) and not found.is_above(4)


def test_more_work_in_flight_at_the_end_is_no_leak() -> None:
    busy = [100 + (40 * hour if n % 3 else 0) for n, hour in enumerate(HOURS)]
    assert not trend(HOURS, busy).is_above(0.1)


def test_too_little_is_no_verdict() -> None:
    assert not trend([0.0, 0.1], [1.0, 9.0]).is_above(0)
