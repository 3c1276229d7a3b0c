"""Tables as CSV (RFC 4180)."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from app.files.atomic_file import atomic_file

# A spreadsheet takes text that begins with these for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table in UTF-8, whole or not at all, with its folder if there is none. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def safe_cell(value: str) -> str:
    """Return a text as a spreadsheet shows it: one that begins like a formula gets an apostrophe before it.

    So does one that begins like that after apostrophes of its own, for plain_cell to tell them apart.
    """
    return f"'{value}" if value.lstrip("'").startswith(_FORMULA) else value


def plain_cell(text: str) -> str:
    """Return the text that safe_cell was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text
