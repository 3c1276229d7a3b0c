"""The rules of file dialogs: where they may go, and what they may not replace. Resolves links; main thread."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileAccess:
    """Permissions of file dialogs."""

    roots: tuple[Path, ...] = ()  #: folders that the dialogs do not leave; () for the whole file system
    is_private: Callable[[Path], bool] = lambda path: False  #: whether a file or folder is the program's own
    hidden: tuple[Path, ...] = ()  #: folders that the dialogs do not enter, also below a root

    def allows_path(self, path: Path) -> bool:
        """Whether a path, with its links followed, is below one of the roots and not hidden."""
        if not (self.roots or self.hidden):
            return True
        place = _resolve(path)
        if place is not None and any(place.is_relative_to(folder.resolve()) for folder in self.hidden):
            return False
        if not self.roots:
            return True
        return place is not None and any(place.is_relative_to(root.resolve()) for root in self.roots)

    def first_folder(self, wanted: Path) -> Path:
        """Return the folder to begin with: the wanted one where it is there and allowed, else a root or the home."""
        if wanted.is_dir() and self.allows_path(wanted):
            return wanted
        return next(
            (root for root in self.roots if root.is_dir()), self.roots[0] if self.roots else Path.home()
        )

    def refusal(self, path: Path, suffixes: frozenset[str] = frozenset()) -> str:
        """Return why a file or folder must not be written, "" where it may. suffixes: what it may end with."""
        place = _resolve(path)
        if place is None:
            return f"{path.name} is a link without an end."
        if self.is_private(place):
            return f"{path.name} belongs to the program. Choose another place."
        if not self.allows_path(path):
            return f"{path.name} is outside the folders that may be used here."
        if suffixes and not place.name.lower().endswith(tuple(suffixes)):
            return f"{path.name} is a link to another kind of file. Choose another name."
        return ""


def with_suffix(name: str, suffixes: frozenset[str]) -> str:
    """Return a file name that ends with one of the suffixes, the first of them where it has none."""
    if not suffixes or name.lower().endswith(tuple(suffixes)):
        return name
    return name + min(suffixes)


def expand_home(text: str) -> Path | None:
    """Return a typed path, its home folder filled in; None where there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return None


def _resolve(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return None
