"""Codes of a label list, in a file beside it: the list itself is in EISeg's format, which has no room for them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.domain.annotation import Label
from app.domain.segment_code import code_from_wire, code_to_wire
from app.files.atomic_file import write_file

_LARGEST_FILE: Final = 2**20  # bytes; codes of 255 labels take a tenth of it


def codes_file(path: Path) -> Path:
    """Return the file with the codes of a label list."""
    return path.with_name(f"{path.stem}.codes.json")


def write_codes(path: Path, labels: Sequence[Label]) -> None:
    """Write the codes of the labels of a list, by label name; no file where none has one."""
    by_name = {label.name: code_to_wire(label.code) for label in labels if label.code is not None}
    beside = codes_file(path)
    if by_name:
        write_file(beside, json.dumps(by_name, indent=1).encode())
    else:
        beside.unlink(missing_ok=True)


def read_codes(path: Path, labels: Sequence[Label]) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Return the labels of a list with their codes, and a sentence where these cannot be read."""
    beside = codes_file(path)
    if not beside.is_file():
        return tuple(labels), ()
    try:
        if beside.stat().st_size > _LARGEST_FILE:
            raise ValueError("the file is too large")
        by_name = {name: code_from_wire(wire) for name, wire in json.loads(beside.read_bytes()).items()}
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        return tuple(labels), (f"{beside.name} was left out: {error}.",)
    return tuple(replace(label, code=by_name.get(label.name)) for label in labels), ()
