"""Folders that the file dialogs of a kiosk may show, and files that are the program's own."""

from functools import partial
from pathlib import Path

from app.config.pin_misses import misses_of
from app.config.settings import Settings
from app.config.settings_file import copy_of, unreadable_of
from app.views.dialogs.file_access import FileAccess

# Where desktops mount removable drives.
DRIVES = (Path("/media"), Path("/run/media"), Path("/mnt"))
# What makes a folder a workspace, and the folder of all workspaces.
JOURNAL, WORKLIST = "journal.sqlite3", "worklist.sqlite3"


def file_access(
    settings: Settings, settings_path: Path, private: tuple[Path, ...], hidden: tuple[Path, ...] = ()
) -> FileAccess:
    """Return the rules for these settings. private: folders of the program, such as that of its log.

    hidden: folders that no dialog enters, beside that of known truth.
    """
    roots = _roots(settings) if settings.kiosk else ()
    secret = tuple(filter(None, (settings.truth_path, *hidden)))
    return FileAccess(roots, partial(_is_private, settings_path, private), secret)


def _roots(settings: Settings) -> tuple[Path, ...]:
    """Return the folders of a kiosk's dialogs: the configured ones, else drop folder, exports and drives."""
    if settings.browsable_folders:
        return settings.browsable_folders
    return tuple(filter(None, (settings.watched_folder, settings.exports_folder, *DRIVES)))


def _is_private(settings_path: Path, private: tuple[Path, ...], path: Path) -> bool:
    """Whether a resolved path is a settings file, or in a folder of the program or a workspace."""
    own = (settings_path, copy_of(settings_path), unreadable_of(settings_path), misses_of(settings_path))
    if path in {file.resolve() for file in own}:
        return True
    if any(path.is_relative_to(folder.resolve()) for folder in private):
        return True
    return (path / WORKLIST).exists() or any((folder / JOURNAL).exists() for folder in (path, *path.parents))
