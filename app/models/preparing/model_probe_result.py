"""Names shared by the probe process and its client, which import nothing else of each other."""

from typing import Final

REPORT: Final = "report.json"
CHECKED: Final = 0.1  # Share of a probe's progress at which the model is known to run. By hand.


def optimised_name(part: str, bf16: bool) -> str:
    """Return the file stem of an optimised part."""
    return f"{part}-{'bf16' if bf16 else 'fp32'}"
