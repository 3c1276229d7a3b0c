"""One setting: what it is for, what it may be, and when a change counts."""

from collections.abc import Callable
from dataclasses import Field, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")
Applies = Literal["at the next start", "at once", "elsewhere"]
INFO = "info"


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """The metadata of a field of Settings."""

    text: str  #: stands above the value in the file, and in the list of settings
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[str], None] | None = None  #: raises ValueError that says what is wrong with a text
    #: "elsewhere": changed where it is used, not in the list of settings
    applies: Applies = "at the next start"
    fallback: object = None  #: in place of a wrong value in the file; None: the default


def setting(
    default: T,
    text: str,
    low: float | None = None,
    high: float | None = None,
    *,
    choices: tuple[str, ...] = (),
    check: Callable[[str], None] | None = None,
    applies: Applies = "at the next start",
    fallback: T | None = None,
) -> T:
    """Declare a field of Settings."""
    metadata = {INFO: SettingInfo(text, low, high, choices, check, applies, fallback)}
    if isinstance(default, dict):
        return cast(T, field(default_factory=dict, metadata=metadata))
    return field(default=default, metadata=metadata)


def info_of(item: Field[Any]) -> SettingInfo:
    """Return the metadata of a field that `setting` declared."""
    return cast(SettingInfo, item.metadata[INFO])


def default_of(item: Field[Any]) -> Any:
    return item.default_factory() if callable(item.default_factory) else item.default


def checked_value(item: Field[Any], value: Any) -> Any:
    """Return a value of the field's type and within its bounds. Raises ValueError that says what is wrong."""
    default, info = default_of(item), info_of(item)
    if (
        isinstance(default, tuple)
        and isinstance(value, list)
        and all(isinstance(part, str) for part in value)
    ):
        for part in value:
            _check_text(info, part)
        return tuple(value)
    if isinstance(default, dict) and isinstance(value, dict):
        if not all(isinstance(part, str) for part in value.values()):
            raise ValueError(f"is {value!r}, in which not everything is a text")
        return value
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise ValueError(f"is {value!r}, which is no {type(default).__name__}")
    if info.low is not None and info.high is not None and not info.low <= value <= info.high:
        raise ValueError(f"is {value}, which is not between {info.low:g} and {info.high:g}")
    if info.choices and value not in info.choices:
        raise ValueError(f"is {value!r}, which is none of {', '.join(info.choices)}")
    _check_text(info, value)
    return value


def _check_text(info: SettingInfo, value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise ValueError("holds a null character")
    if info.check is not None:
        info.check(value)


def check_path(text: str) -> None:
    """Raise ValueError for a path that begins with the home folder of an unknown user."""
    try:
        Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(f"is {text!r}, which begins with the home folder of an unknown user") from error
