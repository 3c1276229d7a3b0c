"""What reads a mutated file of each kind, as the program does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tool.dev.fuzz.case import Case
from tool.dev.fuzz.mask_readers import MASKS
from tool.dev.fuzz.program_file_readers import PROGRAM_FILES
from tool.dev.fuzz.sequence_readers import SEQUENCES

READERS: Final[dict[str, Callable[[Case], None]]] = {**SEQUENCES, **MASKS, **PROGRAM_FILES}
