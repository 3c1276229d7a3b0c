"""Limits of a pickle before it is loaded: a few hundred bytes could otherwise take gigabytes or hours.

A memo index makes the unpickler allocate as many slots, and a tuple of references to tuples of references is hashed as
often as it is referred to. Neither shows in the file's size.
"""

from __future__ import annotations

import pickle
import pickletools
from typing import BinaryIO

# Checkpoints of the known networks have under 100,000; so many take two seconds, nine under a tracer.
MOST_OPERATIONS = 500_000
MOST_ITEMS = 20_000_000  # Of a value with all its references followed.
_GETS = frozenset({"GET", "BINGET", "LONG_BINGET"})
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})


def check_pickle(file: BinaryIO) -> None:
    """Check the next pickle of a file without loading it; the file's position stays.

    Raises pickle.UnpicklingError when it has too many operations, memo slots or repeated items.
    """
    start = file.tell()
    sizes = _Sizes()
    for count, (operation, argument, _) in enumerate(pickletools.genops(file)):
        if count >= MOST_OPERATIONS:
            raise pickle.UnpicklingError("too many operations")
        sizes.apply(operation, argument)
    file.seek(start)


class _Sizes:
    """The unpickler's stack and memo, with the number of items of each value instead of the value; None is a mark."""

    def __init__(self) -> None:
        self._stack: list[int | None] = []
        self._memo: dict[int, int] = {}

    def apply(self, operation: pickletools.OpcodeInfo, argument: object) -> None:
        """Apply one operation."""
        if operation.name == "MARK":
            self._stack.append(None)
        elif operation.name in _GETS and isinstance(argument, int):
            self._stack.append(self._memo.get(argument, 1))
        elif operation.name == "MEMOIZE":
            self._memo[len(self._memo)] = self._top()
        elif operation.name in _PUTS and isinstance(argument, int):
            if argument > MOST_OPERATIONS:
                raise pickle.UnpicklingError("a memo index out of all proportion")
            self._memo[argument] = self._top()
        else:
            self._combine(operation)

    def _combine(self, operation: pickletools.OpcodeInfo) -> None:
        """Pop the operation's arguments and push its results, which hold the items of all arguments."""
        size = 1
        before = list(operation.stack_before)
        if pickletools.markobject in before:
            while self._stack and (top := self._stack.pop()) is not None:
                size += top
            before = before[: before.index(pickletools.markobject)]
        for _ in before:
            size += self._stack.pop() or 0 if self._stack else 0
        if size > MOST_ITEMS:
            raise pickle.UnpicklingError("a value refers to others too often")
        self._stack += [size] * len(operation.stack_after)

    def _top(self) -> int:
        return self._stack[-1] or 1 if self._stack else 1
