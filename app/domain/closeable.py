"""Base of what holds resources until it is closed."""

from typing import Self


class Closeable:
    """A resource that a with block closes. Subclasses have close, which may be called more than once."""

    __slots__ = ()

    def close(self) -> None:
        """Release what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
