"""Record of a model that was tuned on a site's verified masks; its folder also holds all graphs of the model."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from app.domain.errors import ModelError

TuningBase = Literal["default", "free"]
"""Weights that ship, by the name of their engine."""
RECORD: Final = "site.json"
FIRST_CLICK: Final = "IoU after 1 click"  # key of the figure that lists show
REMEDY: Final = "Learn from the site's masks again, or choose the model that ships."


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """What a tuned model was made from, and its figures beside those of the weights it began with."""

    made: str  #: day, such as 2026-11-29
    sequences: int  #: that it learned from
    frames: int  #: of these
    held_out: int  #: frames of other sequences, on which it was judged
    figures: Mapping[str, tuple[float, float]]  #: before and after, by what was measured
    base: TuningBase = "default"  #: what was tuned


def is_site_model(path: Path) -> bool:
    """Whether a path is the folder of a tuned model."""
    return (path / RECORD).is_file()


def tuning_base(engines: Iterable[str]) -> TuningBase:
    """Return the weights that tuning begins with where some engines are in use, names or paths.

    "free" where any of them is, or was tuned from it: terms are kept rather than figures. Raises ModelError.
    """
    bases = (read_record(Path(name)).base if is_site_model(Path(name)) else name for name in engines)
    return "free" if "free" in bases else "default"


def read_record(folder: Path) -> SiteRecord:
    """Return the record of a tuned model; raises ModelError when it cannot be read."""
    try:
        values = json.loads((folder / RECORD).read_text())
        figures = {str(name): (float(old), float(new)) for name, (old, new) in values["figures"].items()}
        return SiteRecord(
            str(values["made"]),
            int(values["sequences"]),
            int(values["frames"]),
            int(values["held_out"]),
            figures,
            "free" if values.get("base") == "free" else "default",
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "The record of this tuned model cannot be read.", subject=folder, remedy=REMEDY
        ) from error
