"""The settings of a user. Stored in settings.toml; see settings_file."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, get_args

import platformdirs

from app.config.pin import is_pin_hash
from app.config.setting_field import check_path, checked_value, setting
from app.domain.annotation import Orientation
from app.domain.batch_jobs import TimeWindow
from app.domain.dicom_node import DicomNode, check_title, parse_node
from app.domain.engine_choice import BUILT_IN, ENGINES, EngineChoice, ModelKind
from app.domain.errors import UsageError
from app.domain.worklist.repeat_readings import Reader, RepeatRule
from app.files.entry_points import names_of

APPLICATION: Final = "framewise"
UNKNOWN: Final = "unknown"
DROP: Final = "Framewise/drop"
NO_FOLDER: Final = "none"
# In place of a hash that cannot be read: no PIN fits it.
UNKNOWN_PIN: Final = "unknown"


def _check_pin_hash(stored: str) -> None:
    if stored and not is_pin_hash(stored):
        raise ValueError("is no hash of a PIN")


def _check_hours(text: str) -> None:
    try:
        if text:
            TimeWindow.parse(text)
    except ValueError as error:
        raise ValueError(f"is {text!r}, which is no time such as 22:00-06:00") from error


def _check_node(text: str) -> None:
    try:
        if text:
            parse_node(text)
    except UsageError as error:
        raise ValueError(f"is no DICOM node. {error.remedy}") from error


def _check_caller(text: str) -> None:
    try:
        check_title(text)
    except UsageError as error:
        raise ValueError(f"is no AE title. {error.remedy}") from error


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default. An empty text means that the program chooses."""

    workspace: str = setting(
        "", "Folder that holds one workspace a sequence; empty: the user's data folder.", check=check_path
    )
    drop_folder: str = setting(
        "",
        "Folder that is watched for new videos and scans; empty: Framewise/drop in the home folder; none: no folder.",
        check=check_path,
        applies="at once",
    )
    cache_megabytes: int = setting(512, "Memory for decoded frames, in MB.", 32, 1 << 20)
    engine: str = setting(
        "best",
        "Engine: best, default, free (weights for commercial use too), classic, or the path of a model.",
    )
    engines: dict[str, str] = setting(
        {},
        'Engines for some kinds of sequences only, such as "volume" = "classic"; video, folder, image, volume.',
    )
    propagations: dict[str, str] = setting(
        {}, "What carries masks beside these engines, by kind: best, free, classic or the path of a model."
    )
    last_kind: str = setting(
        "video",
        "Kind of the sequence worked on last; its engine is loaded at the start: video or volume.",
        choices=("video", "volume"),
        applies="elsewhere",
    )
    models_folder: str = setting(
        "", "Folder of downloaded and imported models; empty: the user's data folder.", check=check_path
    )
    models_source: str = setting(
        "", "Web server to download models from in place of their makers', such as http://mirror/models."
    )
    device: str = setting(
        "auto",
        "Where networks run: auto, cpu or gpu; cpu:fp32 and cpu:bf16 choose how exactly.",
        choices=("auto", "cpu", "gpu", "cpu:fp32", "cpu:bf16"),
    )
    threads: int = setting(0, "Threads of each worker; 0: one a core.", 0, 1024)
    prefetch: bool = setting(
        True, "Whether masks are propagated by themselves after each finished one.", applies="elsewhere"
    )
    stop_at_cuts: bool = setting(
        True,
        "Whether propagation stops at a cut of a film beyond which an object is not found again.",
        applies="elsewhere",
    )
    tidy: bool = setting(
        True, "Whether small holes of a new mask are filled and small pieces dropped.", applies="elsewhere"
    )
    tile_height: int = setting(
        160, "Height of the contact sheet's tiles, in pixels at ui_scale 1.", 40, 1000, applies="elsewhere"
    )
    review_order: str = setting(
        "doubt",
        "Order of the frames to look at: doubt or time.",
        choices=("doubt", "time"),
        applies="elsewhere",
    )
    wheel_steps: bool = setting(
        True,
        "Whether the wheel steps through the slices of a scan, and zooms with Ctrl.",
        applies="elsewhere",
    )
    autosave: bool = setting(False, "Whether a sequence is exported when it is left.", applies="elsewhere")
    autosave_kinds: tuple[str, ...] = setting(("png",), "What is exported then: png, overlay, mp4, coco.")
    export_folder: str = setting(
        "",
        'Where exports go; empty: a folder "label" beside the source.',
        check=check_path,
        applies="elsewhere",
    )
    orientation: str = setting(
        "recorded",
        "Direction in which a scan opens the first time: recorded, axial, coronal or sagittal.",
        choices=("recorded", *get_args(Orientation)),
    )
    check_pictures: bool = setting(
        True,
        "Whether exported pictures are looked over for text and faces, which leave only by somebody's word; off only "
        "where no picture can name a patient.",
    )
    identify: bool = setting(
        False, "Whether exports of a scan may name the patient and the time; leave off for training data."
    )
    threshold: float = setting(
        0.5, "Probability above which a pixel belongs to the mask.", 0.0, 1.0, applies="elsewhere"
    )
    opacity: float = setting(0.6, "Opacity of masks.", 0.0, 1.0, applies="elsewhere")
    solid_shown: bool = setting(
        False, "Whether the masks are shown in 3D beside the frame.", applies="elsewhere"
    )
    solid_opacity: float = setting(1.0, "Opacity of masks in 3D.", 0.1, 1.0, applies="elsewhere")
    click_radius: int = setting(4, "Radius of click marks in screen pixels.", 0, 10, applies="elsewhere")
    side_width: float = setting(
        320.0, "Width of the lists at the right, in pixels at ui_scale 1.", 0, 10000, applies="elsewhere"
    )
    timeline_height: float = setting(
        128.0, "Height of the timeline, in pixels at ui_scale 1.", 0, 10000, applies="elsewhere"
    )
    beside_share: float = setting(
        0.4, "Share of linked views and the 3D view beside the frame.", 0.0, 1.0, applies="elsewhere"
    )
    settings_height: float = setting(
        0.0,
        "Height of the settings below the lists, in pixels at ui_scale 1; 0: what they need.",
        0,
        10000,
        applies="elsewhere",
    )
    second_share: float = setting(
        0.5, "Share of the second series beside the frame.", 0.0, 1.0, applies="elsewhere"
    )
    labels_file: str = setting(
        "", "Label list that is loaded at the next start; empty: the labels used last.", check=check_path
    )
    preset: str = setting(
        "eiseg",
        "Keys: eiseg, cvat, labelme, slicer or itksnap.",
        choices=("eiseg", "cvat", "labelme", "slicer", "itksnap"),
        applies="elsewhere",
    )
    chords: dict[str, str] = setting({}, 'Keys that differ from the preset, such as "frame.next" = "Right".')
    ui_scale: float = setting(
        1.0, "Size of everything but the frame; 1 suits a 24-inch full-HD screen.", 0.5, 4.0
    )
    fullscreen: bool = setting(False, "Whether the window fills the screen.")
    kiosk: bool = setting(
        False,
        "Whether only an operator can leave: full screen, no title bar, a key to be held.",
        fallback=True,
    )
    kiosk_folders: tuple[str, ...] = setting(
        (),
        "Folders that file dialogs do not leave in a kiosk; none: drop folder, exports, removable drives.",
        check=check_path,
    )
    exit_pin: str = setting(
        "",
        "Hash of the PIN for leaving, set in the program; empty: none.",
        check=_check_pin_hash,
        applies="elsewhere",
        fallback=UNKNOWN_PIN,
    )
    receiver: str = setting(
        "",
        "Where scanners send studies to: our AE title, address and port, such as FRAMEWISE@10.0.0.5:11112; "
        "empty: nowhere.",
        check=_check_node,
    )
    receiver_callers: tuple[str, ...] = setting(
        (), 'AE titles that may send studies; "*" for any.', check=_check_caller
    )
    receiver_gigabytes: int = setting(50, "Largest study that is taken, in GB.", 1, 10_000)
    archive: str = setting(
        "",
        "Archive that takes masks as DICOM SEG, such as PACS@10.0.0.9:104; empty: none.",
        check=_check_node,
    )
    night_hours: str = setting(
        "22:00-06:00",
        "Hours in which queued sequences are propagated; empty: at any hour.",
        check=_check_hours,
        applies="at once",
    )
    night_idle_minutes: int = setting(
        10, "Minutes without a key or the mouse before that begins.", 1, 24 * 60, applies="at once"
    )
    night_learns: bool = setting(
        False, "Whether the model that ships is tuned on verified masks once the queue is done."
    )
    night_scheduler: str = setting(
        "",
        "Scheduler of Dask whose workers do queued sequences, such as tls://head:8786; empty: this machine.",
    )
    night_insecure: bool = setting(False, "Whether that scheduler may be on another machine without TLS.")
    night_share: bool = setting(False, "Whether its workers see the sources under the same paths.")
    repeat_every: int = setting(
        0,
        "Every how many finished sequences one is to be read again without the first masks; 0: none.",
        0,
        1000,
    )
    repeat_days: int = setting(7, "Days until it is to be read again.", 0, 3650)
    repeat_reader: str = setting(
        "any",
        "Who reads it again: any, same (who finished it) or other (anybody else).",
        choices=("any", "same", "other"),
    )
    truth_folder: str = setting(
        "",
        "Folder of known truth, workspaces or masks, of sequences in the worklist; named in the program; empty: none.",
        check=check_path,
        applies="elsewhere",
    )
    worklist_order: str = setting(
        "arrival", "Order of the worklist: arrival or name.", choices=("arrival", "name"), applies="elsewhere"
    )
    operator: str = setting("", "Name that edits are recorded under.", applies="elsewhere")
    ask_operator: bool = setting(False, "Whether the program asks at each start who works.")
    operators: tuple[str, ...] = setting((), "Names to choose from at the start of a shift.")
    recent: tuple[str, ...] = setting((), "Sequences opened last, newest first.")
    models: tuple[str, ...] = setting((), "Models used last, newest first.")
    unknown: dict[str, Any] = field(default_factory=dict)  #: keys of a later version, kept

    @property
    def workspace_folder(self) -> Path:
        return _path(self.workspace) or Path(platformdirs.user_data_dir(APPLICATION))

    @property
    def library_folder(self) -> Path:
        """Return the folder of models."""
        return _path(self.models_folder) or Path(platformdirs.user_data_dir(APPLICATION)) / "models"

    @property
    def receiver_node(self) -> DicomNode | None:
        """Return where scanners send to, None for nowhere."""
        return parse_node(self.receiver) if self.receiver else None

    @property
    def archive_node(self) -> DicomNode | None:
        """Return the archive that takes masks, None for none."""
        return parse_node(self.archive) if self.archive else None

    @property
    def scan_orientation(self) -> Orientation | None:
        """Return the direction in which scans open, None for the way they were recorded."""
        return next((name for name in get_args(Orientation) if name == self.orientation), None)

    @property
    def watched_folder(self) -> Path | None:
        """Return the drop folder, None for none."""
        return None if self.drop_folder == NO_FOLDER else _path(self.drop_folder) or Path.home() / DROP

    @property
    def exports_folder(self) -> Path | None:
        """Return where exports go, None for a folder beside the source."""
        return _path(self.export_folder)

    @property
    def browsable_folders(self) -> tuple[Path, ...]:
        """Return the folders that file dialogs of a kiosk are confined to, as far as they are configured."""
        return tuple(Path(folder).expanduser() for folder in self.kiosk_folders if folder)

    @property
    def labels_path(self) -> Path | None:
        """Return the label list to begin with, None for the labels used last."""
        return _path(self.labels_file)

    @property
    def queue_hours(self) -> TimeWindow | None:
        """Return the hours of the night queue, None for any."""
        return TimeWindow.parse(self.night_hours) if self.night_hours else None

    @property
    def truth_path(self) -> Path | None:
        """Return the folder of known truth, None for none."""
        return _path(self.truth_folder)

    @property
    def repeat_rule(self) -> RepeatRule:
        """Return which finished sequences are read again."""
        readers: tuple[Reader, ...] = ("any", "same", "other")
        reader: Reader = next((name for name in readers if name == self.repeat_reader), "any")
        return RepeatRule(self.repeat_every, self.repeat_days, reader)

    def engine_for(self, kind: str) -> str:
        """Return the engine for a kind of sequence."""
        return self.engines.get(kind, self.engine)

    @property
    def model_kind(self) -> ModelKind:
        """Return the kind of the sequence worked on last."""
        return "volume" if self.last_kind == "volume" else "video"

    @property
    def choices(self) -> tuple[tuple[ModelKind, EngineChoice], ...]:
        """Return the models for each kind of sequences."""
        kinds: tuple[ModelKind, ...] = ("video", "volume")
        return tuple((kind, self._choice(kind)) for kind in kinds)

    def _choice(self, kind: ModelKind) -> EngineChoice:
        click = self.engine_for(kind)
        # An engine that has a name propagates too; the path of a model is that of a model for clicks.
        is_named = click in BUILT_IN or click in names_of(ENGINES)
        return EngineChoice(click, self.propagations.get(kind, click if is_named else "best"))

    def replace(self, **changes: Any) -> Settings:
        """Return settings with some changed. Raises UsageError naming a setting that is unknown or wrong."""
        known = {item.name: item for item in fields(Settings) if item.name != UNKNOWN}
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise UsageError("There is no such setting.", subject=name)
            try:
                values[name] = checked_value(known[name], plain_value(value))
            except ValueError as error:
                raise UsageError(f"The value {error}.", subject=name) from error
        return replace(self, **values)


def plain_value(value: Any) -> Any:
    """Return a value as TOML can hold it. TOML cannot hold a path whose name is not Unicode."""
    if isinstance(value, tuple):
        return [part for part in value if plain_value(part) == part]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
