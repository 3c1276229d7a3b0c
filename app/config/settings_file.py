"""Reading and writing settings.toml, a file that people can read and edit."""

import contextlib
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import platformdirs
import tomli_w

from app.config.setting_field import checked_value, default_of, info_of
from app.config.settings import APPLICATION, UNKNOWN, UNKNOWN_PIN, Settings, plain_value
from app.domain.errors import WorkspaceError
from app.files.atomic_file import atomic_file
from app.files.private import make_private_file, make_private_folder

_FAULTS: Final = (OSError, ValueError, RecursionError)


def settings_path() -> Path:
    """Return where the settings of this user are."""
    return Path(platformdirs.user_config_dir(APPLICATION)) / "settings.toml"


def load_settings(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Read settings; return them with a sentence for every value that is wrong, whose default is used.

    A missing file gives the defaults; keys that this version does not know are kept. Where the file cannot be
    read, the copy of the last one that could is used. A kiosk must not open because its settings are damaged:
    without that copy the window is locked, and a wrong value of what locks it counts as locked.
    """
    try:
        return _parse(path, path)
    except FileNotFoundError:
        return Settings(), ()
    except _FAULTS as error:
        wrong = f"{path.name} cannot be read ({error})"
    try:
        settings, problems = _parse(copy_of(path), path)
    except _FAULTS:
        locked = Settings(kiosk=True, exit_pin=UNKNOWN_PIN)
        return locked, (f"{wrong}; the defaults are used, and the window stays locked until it is mended.",)
    return settings, (f"{wrong}; the settings before are used.", *problems)


def save_settings(settings: Settings, path: Path) -> None:
    """Write settings; the file appears whole or not at all, and only its owner can read it. Raises WorkspaceError.

    A file in its place that is no TOML is kept beside it, since it may be one that a person has edited.
    """
    try:
        if not path.parent.exists():
            make_private_folder(path.parent)
        _keep_unreadable(path)
        _write(settings, path)
        _write(settings, copy_of(path))
    except OSError as error:
        raise WorkspaceError(
            f"The settings cannot be saved ({error.strerror}).", subject=path, remedy="Check the disk."
        ) from error


def save_copy(settings: Settings, path: Path) -> None:
    """Write the copy of settings that were read, since a person may have edited them; nothing where that fails."""
    with contextlib.suppress(OSError):
        _write(settings, copy_of(path))


def copy_of(path: Path) -> Path:
    """Return where the copy of the last readable settings is."""
    return path.with_name(f"{path.name}.bak")


def unreadable_of(path: Path) -> Path:
    """Return where a file that was no TOML is kept."""
    return path.with_name(f"{path.name}.unreadable")


def settings_text(settings: Settings) -> str:
    """Return settings as TOML, each with its comment; tables come last, as TOML wants it."""
    values: list[str] = []
    tables: list[str] = []
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if item.name == UNKNOWN:
            continue
        entry = f"# {info_of(item).text}\n{tomli_w.dumps({item.name: plain_value(value)})}"
        (tables if isinstance(value, dict) else values).append(entry)
    for name, value in settings.unknown.items():
        (tables if isinstance(value, dict) else values).append(tomli_w.dumps({name: value}))
    return "\n".join([*values, *tables])


def _parse(path: Path, named: Path) -> tuple[Settings, tuple[str, ...]]:
    text = path.read_text(encoding="utf-8")
    # A power cut while an editor saved leaves an empty file, which is TOML as well.
    if not text.strip() and copy_of(path).exists():
        raise ValueError("it is empty")
    found = tomllib.loads(text)
    known = {item.name: item for item in fields(Settings) if item.name != UNKNOWN}
    values: dict[str, Any] = {}
    problems = []
    for name, item in known.items():
        if name not in found:
            continue
        try:
            values[name] = checked_value(item, found[name])
        except ValueError as error:
            fallback = info_of(item).fallback
            values[name] = used = default_of(item) if fallback is None else fallback
            problems.append(f"{named.name}: {name} {error}; {used!r} is used.")
    unknown = {name: value for name, value in found.items() if name not in known}
    return Settings(**values, unknown=unknown), tuple(problems)


def _write(settings: Settings, target: Path) -> None:
    with atomic_file(target, private=True) as draft:
        draft.write_text(settings_text(settings), encoding="utf-8")


def _keep_unreadable(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        content = path.read_bytes()
        try:
            tomllib.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            kept = unreadable_of(path)
            make_private_file(kept)
            kept.write_bytes(content)
