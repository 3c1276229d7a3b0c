"""What the operator chose, in a file that people can read: settings.toml."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import platformdirs
import tomli_w

from app.config.pin import is_pin_hash
from app.domain.annotation import Orientation
from app.domain.engine_choice import BUILT_IN, EngineChoice, ModelKind
from app.domain.errors import UsageError, WorkspaceError
from app.files.atomic_file import atomic_file

APPLICATION: Final = "framewise"
UNKNOWN: Final = "unknown"
DROP: Final = "Framewise/drop"
NO_FOLDER: Final = "none"
#: in the list of settings, in force at the next start or at once; or elsewhere in the window, where it is used
Edited = Literal["at restart", "at once", "elsewhere"]


def _told(
    default: Any,
    text: str,
    low: float | None = None,
    high: float | None = None,
    *,
    choices: tuple[str, ...] = (),
    is_good: Callable[[str], bool] | None = None,
    edited: Edited = "at restart",
) -> Any:
    """A field with the comment that stands above it in the file, what it may be, and where it is changed."""
    about = {"text": text, "low": low, "high": high, "choices": choices, "is_good": is_good, "edited": edited}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=about)
    return field(default=default, metadata=about)


def _is_pin(stored: str) -> bool:
    return not stored or is_pin_hash(stored)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default. Empty texts mean that the program chooses."""

    workspace: str = _told("", "Folder that holds one workspace a sequence; empty: the user's data folder.")
    drop_folder: str = _told(
        "",
        "Folder that is watched for new videos and scans; empty: Framewise/drop in the home folder; none: no folder.",
        edited="at once",
    )
    cache_megabytes: int = _told(512, "Memory for decoded frames, in MB.", 32, 1 << 20)
    engine: str = _told("best", "Engine: best, classic, default, or the path of a model.")
    engines: dict[str, str] = _told(
        {},
        'Engines for some kinds of sequences only, such as "volume" = "classic"; video, folder, image, volume.',
    )
    propagations: dict[str, str] = _told(
        {}, "What carries masks beside these engines, by kind: best, classic or the path of a model."
    )
    last_kind: str = _told(
        "video",
        "Kind of the sequence worked on last; its engine is loaded at the start: video or volume.",
        choices=("video", "volume"),
        edited="elsewhere",
    )
    models_folder: str = _told("", "Folder of downloaded and imported models; empty: the user's data folder.")
    models_source: str = _told(
        "", "Web server to download models from in place of their makers', such as http://mirror/models."
    )
    device: str = _told(
        "auto",
        "Where networks run: auto, cpu or gpu; cpu:fp32 and cpu:bf16 choose how exactly.",
        choices=("auto", "cpu", "gpu", "cpu:fp32", "cpu:bf16"),
    )
    threads: int = _told(0, "Threads of each worker; 0: one a core.", 0, 1024)
    prefetch: bool = _told(
        True, "Whether masks are propagated by themselves after each finished one.", edited="elsewhere"
    )
    autosave: bool = _told(False, "Whether a sequence is exported when it is left.", edited="elsewhere")
    autosave_kinds: tuple[str, ...] = _told(("png",), "What is exported then: png, overlay, mp4, coco.")
    export_folder: str = _told(
        "", 'Where exports go; empty: a folder "label" beside the source.', edited="elsewhere"
    )
    orientation: str = _told(
        "recorded",
        "Direction in which a scan opens the first time: recorded, axial, coronal or sagittal.",
        choices=("recorded", *get_args(Orientation)),
    )
    identify: bool = _told(
        False, "Whether exports of a scan may name the patient and the time; leave off for training data."
    )
    threshold: float = _told(
        0.5, "Probability above which a pixel belongs to the mask.", 0.0, 1.0, edited="elsewhere"
    )
    opacity: float = _told(0.6, "Opacity of masks.", 0.0, 1.0, edited="elsewhere")
    solid_shown: bool = _told(
        False, "Whether the masks are shown in 3D beside the frame.", edited="elsewhere"
    )
    solid_opacity: float = _told(1.0, "Opacity of masks in 3D.", 0.1, 1.0, edited="elsewhere")
    click_radius: int = _told(4, "Radius of click marks in screen pixels.", 0, 10, edited="elsewhere")
    labels_file: str = _told("", "Label list that is loaded at the next start; empty: the labels used last.")
    preset: str = _told(
        "eiseg", "Keys: eiseg, cvat or labelme.", choices=("eiseg", "cvat", "labelme"), edited="elsewhere"
    )
    chords: dict[str, str] = _told({}, 'Keys that differ from the preset, such as "frame.next" = "Right".')
    ui_scale: float = _told(
        1.0, "Size of everything but the frame; 1 suits a 24-inch full-HD screen.", 0.5, 4.0
    )
    fullscreen: bool = _told(False, "Whether the window fills the screen.")
    kiosk: bool = _told(
        False, "Whether only an operator can leave: full screen, no title bar, a key to be held."
    )
    exit_pin: str = _told(
        "",
        "Hash of the PIN for leaving, set in the program; empty: none.",
        is_good=_is_pin,
        edited="elsewhere",
    )
    worklist_order: str = _told(
        "arrival", "Order of the worklist: arrival or name.", choices=("arrival", "name"), edited="elsewhere"
    )
    operator: str = _told("", "Name that edits are recorded under.", edited="elsewhere")
    ask_operator: bool = _told(False, "Whether the program asks at each start who works.")
    operators: tuple[str, ...] = _told((), "Names to choose from at the start of a shift.")
    recent: tuple[str, ...] = _told((), "Sequences opened last, newest first.")
    models: tuple[str, ...] = _told((), "Models used last, newest first.")
    unknown: dict[str, Any] = _told({}, "")

    @property
    def workspace_folder(self) -> Path:
        """The folder of workspaces."""
        return _folder(self.workspace) or Path(platformdirs.user_data_dir(APPLICATION))

    @property
    def library_folder(self) -> Path:
        """The folder of models."""
        return _folder(self.models_folder) or Path(platformdirs.user_data_dir(APPLICATION)) / "models"

    @property
    def scan_orientation(self) -> Orientation | None:
        """The direction in which scans open, None for the way they were recorded."""
        return next((name for name in get_args(Orientation) if name == self.orientation), None)

    @property
    def watched_folder(self) -> Path | None:
        """The drop folder, None for none."""
        return None if self.drop_folder == NO_FOLDER else _folder(self.drop_folder) or Path.home() / DROP

    def engine_for(self, kind: str) -> str:
        """The engine for a kind of sequence."""
        return self.engines.get(kind, self.engine)

    @property
    def model_kind(self) -> ModelKind:
        """The kind of the sequence worked on last."""
        return "volume" if self.last_kind == "volume" else "video"

    @property
    def choices(self) -> tuple[tuple[ModelKind, EngineChoice], ...]:
        """The models for each kind of sequences."""
        kinds: tuple[ModelKind, ...] = ("video", "volume")
        return tuple((kind, self._choice(kind)) for kind in kinds)

    def _choice(self, kind: ModelKind) -> EngineChoice:
        click = self.engine_for(kind)
        return EngineChoice(click, self.propagations.get(kind, click if click in BUILT_IN else "best"))

    def replace(self, **changes: Any) -> Settings:
        """Return these with some changed. Raises UsageError naming a setting that is unknown or wrong."""
        known = {item.name: item for item in fields(Settings)}
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise UsageError("There is no such setting.", subject=name)
            try:
                checked[name] = _checked(known[name], _plain(value))
            except ValueError as error:
                raise UsageError(f"The value {error}.", subject=name) from error
        return replace(self, **checked)


def settings_file() -> Path:
    """Where the settings of this user are."""
    return Path(platformdirs.user_config_dir(APPLICATION)) / "settings.toml"


def load(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """Read settings; return them with a sentence for every value that is wrong, whose default is used.

    A missing file gives the defaults. Keys that this version does not know are kept.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), ()
    except (OSError, ValueError, RecursionError) as error:
        return Settings(), (f"{path.name} cannot be read ({error}); the defaults are used.",)
    known = {item.name: item for item in fields(Settings) if item.name != UNKNOWN}
    values: dict[str, Any] = {}
    problems = []
    for name, value in found.items():
        if name not in known:
            continue
        try:
            values[name] = _checked(known[name], value)
        except ValueError as error:
            problems.append(f"{path.name}: {name} {error}; the default {_default(known[name])!r} is used.")
    unknown = {name: value for name, value in found.items() if name not in known}
    return Settings(**values, unknown=unknown), tuple(problems)


def save(settings: Settings, path: Path) -> None:
    """Write settings; the file appears whole or not at all. Raises WorkspaceError.

    A file in its place that is no TOML is kept beside it, for it may be a slip of somebody's pen.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _keep_unreadable(path)
        with atomic_file(path) as draft:
            draft.write_text(text_of(settings), encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"The settings cannot be saved ({error.strerror}).", subject=path, remedy="Check the disk."
        ) from error


def text_of(settings: Settings) -> str:
    """The settings as TOML, each with its comment; tables come last, as TOML wants it."""
    plain: list[str] = []
    tables: list[str] = []
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if item.name == UNKNOWN:
            continue
        entry = f"# {item.metadata['text']}\n{tomli_w.dumps({item.name: _plain(value)})}"
        (tables if isinstance(value, dict) else plain).append(entry)
    for name, value in settings.unknown.items():
        (tables if isinstance(value, dict) else plain).append(tomli_w.dumps({name: value}))
    return "\n".join([*plain, *tables])


def _checked(item: Field[Any], value: Any) -> Any:
    """A value of the field's kind and within its bounds. Raises ValueError saying what is wrong."""
    default = _default(item)
    if (
        isinstance(default, tuple)
        and isinstance(value, list)
        and all(isinstance(part, str) for part in value)
    ):
        return tuple(value)
    if item.name == UNKNOWN:
        return value
    if isinstance(default, dict) and isinstance(value, dict):
        if not all(isinstance(part, str) for part in value.values()):
            raise ValueError(f"is {value!r}, in which not everything is a text")
        return value
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise ValueError(f"is {value!r}, which is no {type(default).__name__}")
    low, high = item.metadata["low"], item.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ValueError(f"is {value}, which is not between {low} and {high}")
    choices, is_good = item.metadata["choices"], item.metadata["is_good"]
    if choices and value not in choices:
        raise ValueError(f"is {value!r}, which is none of {', '.join(choices)}")
    if is_good is not None and not is_good(value):
        raise ValueError("is not what it should be")
    return value


def _keep_unreadable(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        content = path.read_bytes()
        try:
            tomllib.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            path.with_name(f"{path.name}.unreadable").write_bytes(content)


def _folder(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _default(item: Field[Any]) -> Any:
    return item.default_factory() if callable(item.default_factory) else item.default


def _plain(value: Any) -> Any:
    """A value as TOML can hold it. A path whose name is not Unicode cannot lie in a TOML file."""
    if isinstance(value, tuple):
        return [part for part in value if _plain(part) == part]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
