"""File names that are no Unicode: Python spells their bytes with lone surrogates, which no text file can hold.

Control characters have no place in XML either.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ODD: Final = re.compile("[\ud800-\udfff]")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def spell_name(name: str) -> str:
    """Return a name as text that any file can hold, each byte that is no Unicode as in an address: %B7."""
    return _ODD.sub(lambda match: f"%{ord(match[0]) & 0xFF:02X}", name)


def clean_text(text: str) -> str:
    """Return a text that any file can hold: spelled as names are, blanks for what XML 1.0 forbids (section 2.2)."""
    return _UNWRITABLE.sub(" ", spell_name(text))


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
