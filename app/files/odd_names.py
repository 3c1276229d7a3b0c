"""File names that are no Unicode: Python spells their bytes with lone surrogates, which no text file can hold."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ODD: Final = re.compile("[\ud800-\udfff]")


def spell_name(name: str) -> str:
    """Return a name as text that any file can hold, each byte that is no Unicode as in an address: %B7."""
    return _ODD.sub(lambda match: f"%{ord(match[0]) & 0xFF:02X}", name)


@contextmanager
def unicode_path(path: Path, flags: int = os.O_RDONLY) -> Iterator[str]:
    """Yield a name of a file for libraries that take Unicode alone; it holds as long as the block. Raises OSError.

    flags: of os.open, where the file's own name is no Unicode; where its folders' are, its ending is kept.
    """
    if not _ODD.search(str(path)):
        yield str(path)
        return
    is_own = _ODD.search(path.name) is not None
    handle = os.open(path, flags, 0o600) if is_own else os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}" if is_own else f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)
