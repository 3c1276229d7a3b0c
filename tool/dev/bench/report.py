"""How measurements are printed."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Sequence


def heading(text: str) -> None:
    """Print the subject of the rows that follow."""
    print(f"\n## {text}", flush=True)


def row(name: str, value: str) -> None:
    """Print one measurement."""
    print(f"{name:<58} {value}", flush=True)


def milliseconds(seconds: Sequence[float]) -> str:
    """Median and 95th percentile of times."""
    median, late = 1000 * statistics.median(seconds), 1000 * percentile(seconds, 95)
    return f"median {median:.1f} ms, p95 {late:.1f} ms (n={len(seconds)})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which share percent of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share / 100 * (len(ordered) - 1)))]


def machine() -> str:
    """The processor, in words."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    name = names[0] if names else platform.processor()
    return f"{len(names) or '?'} x {name}, Python {platform.python_version()}"
