"""What a probe leaves for the program that asked for it; neither has to import what the other runs on."""

from __future__ import annotations

from typing import Final

REPORT: Final = "report.json"
CHECKED: Final = 0.1
"""Share of a probe's work that is done when the model is known to run."""


def optimised_name(part: str, bf16: bool) -> str:
    """Return the stem under which an optimised part is kept."""
    return f"{part}-{'bf16' if bf16 else 'fp32'}"
