"""The manifest and the data card of a data set.

Neither holds the time of the export, a path of this machine or a patient.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app import __version__
from app.domain.annotation import Label
from app.domain.sign_off import SignOff
from app.storage.exporters.dataset.data_set_plan import DataSetPlan
from app.storage.exporters.dataset.interval_table import INTERVALS
from app.storage.exporters.training.collection import SPLITS, Split

MANIFEST: Final = "manifest.json"
Counts = Mapping[tuple[Split, int], int]


@dataclass(frozen=True, slots=True)
class SequenceRow:
    """A sequence of the data set."""

    name: str
    split: Split
    fingerprint: str  #: of the source's content
    frames: int
    intervals: int  #: phases, intervals and points in the table of them
    signed_off_by: str  #: "" where nobody has
    signed_off_at: str  #: in UTC, by ISO 8601


def sign_off_words(signed: SignOff | None) -> tuple[str, str]:
    """Return who signed a sequence off and when, as in SequenceRow."""
    if signed is None:
        return "", ""
    return signed.by, datetime.fromtimestamp(signed.at, UTC).isoformat(timespec="seconds")


def write_manifest(
    root: Path,
    plan: DataSetPlan,
    classes: Sequence[Label],
    rows: Sequence[SequenceRow],
    masks: Counts,
    flagged: int,
    progress: Callable[[int, int], None],
    check: Callable[[], None],
    but: str,
) -> None:
    """Write settings, classes, sequences, counts, and the SHA-256 of every other file.

    progress: called with files (done, total). check: called before each file. but: the name of one without a sum.
    """
    files = {}
    paths = sorted(one for one in root.rglob("*") if one.is_file() and one.name not in (MANIFEST, but))
    for done, path in enumerate(paths, 1):
        check()
        with path.open("rb") as file:
            files[path.relative_to(root).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
        progress(done, len(paths))
    document = {
        "program": f"Framewise {__version__}",
        "settings": {**asdict(plan), "statuses": [status.name.lower() for status in plan.statuses]},
        "classes": [{"value": label.value, "name": label.name, "color": label.color} for label in classes],
        "sequences": [asdict(row) for row in rows],
        "frames": {split: _frames(rows, split) for split in SPLITS},
        "masks": {
            split: {label.name: masks.get((split, label.value), 0) for label in classes} for split in SPLITS
        },
        "frames_with_text_or_faces": flagged,
        "files": files,
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (root / MANIFEST).write_text(text + "\n", encoding="utf-8")


def has_manifest(folder: Path) -> bool:
    """Whether a folder is a data set that was written here."""
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and {"program", "settings", "files"} <= document.keys()


def write_card(
    path: Path,
    plan: DataSetPlan,
    classes: Sequence[Label],
    rows: Sequence[SequenceRow],
    masks: Counts,
    flagged: int,
) -> None:
    """Write what a person should know before training on it, in Markdown."""
    wanted = ", ".join(status.name.lower() for status in plan.statuses)
    lines = [
        f"# {plan.name}",
        "",
        f"{len(rows)} sequences and {sum(row.frames for row in rows)} frames in the format `{plan.kind}`, exported by "
        f"Framewise {__version__}. `{MANIFEST}` holds the settings and the SHA-256 of every file; "
        "`contact_sheet.jpg` shows some frames with their masks.",
        "",
        "| split | sequences | frames |",
        "|---|---|---|",
        *(
            f"| {split} | {sum(row.split == split for row in rows)} | {_frames(rows, split)} |"
            for split in SPLITS
        ),
        "",
        f"The split is by {plan.split_by}: no {plan.split_by} is on two sides.",
        "",
        "| class | " + " | ".join(f"masks in {split}" for split in SPLITS) + " |",
        "|---|---|---|---|",
        *(
            f"| {label.name} | "
            + " | ".join(str(masks.get((split, label.value), 0)) for split in SPLITS)
            + " |"
            for label in classes
        ),
        "",
        f"Masks of these statuses count: {wanted}; those that no person made from a score of {plan.least_score:g} on. "
        + ("The pixels of others are void." if plan.unsure == "void" else "Frames with others are left out."),
        f"Of every {plan.step} frames one was taken."
        if plan.step > 1
        else "Every annotated frame was taken.",
        "",
        *_interval_lines(sum(row.intervals for row in rows)),
        f"Signed off are {sum(bool(row.signed_off_by) for row in rows)} of the {len(rows)} sequences; "
        f"`{MANIFEST}` says by whom and when.",
        "",
        *_picture_lines(plan, flagged),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def _interval_lines(count: int) -> list[str]:
    return [f"Phases, intervals and points stand in `{INTERVALS}`, {count} in all.", ""] if count else []


def _frames(rows: Sequence[SequenceRow], split: Split) -> int:
    return sum(row.frames for row in rows if row.split == split)


def _picture_lines(plan: DataSetPlan, flagged: int) -> list[str]:
    """Return what became of frames with text or faces, nothing where there were none."""
    if not flagged:
        return []
    done = {"mask": "painted over", "leave-out": "left out", "allow": "kept as they are"}[plan.pictures]
    said = f", as {plan.operator} said" if plan.operator else ""
    return [f"{flagged} frames show text or faces; they were {done}{said}.", ""]
