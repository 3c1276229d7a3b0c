"""Actions: id, texts, keys and function, declared together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from app.messages import events as e
from app.messages.snapshot import Snapshot

Events = tuple[e.Event, ...]
EventFactory = Callable[[Snapshot], Events]
Condition = Callable[[Snapshot], bool]
Preset = Literal["eiseg", "cvat", "labelme", "slicer", "itksnap"]
PRESETS: tuple[Preset, ...] = get_args(Preset)


@dataclass(frozen=True, slots=True)
class Keys:
    """Chords for presets, alternatives separated by spaces; an empty text means EISeg's.

    Presets that are not here have theirs in app.actions.key_presets.
    """

    eiseg: str
    cvat: str = ""
    labelme: str = ""

    def of(self, preset: str) -> str:
        """Return the chords of a preset, EISeg's for an unknown one."""
        own = {"cvat": self.cvat, "labelme": self.labelme}
        return own.get(preset, "") or self.eiseg


@dataclass(frozen=True, slots=True)
class ViewCommand:
    """A function of the views, which they bind under the action's id at the start; see bindings."""

    is_ready: Condition


@dataclass(frozen=True, slots=True)
class ForSelected:
    """A factory of events for the selected object's id, none without one."""

    make: Callable[[Snapshot, int], Events]

    def __call__(self, snapshot: Snapshot) -> Events:
        """Return the events."""
        selected = snapshot.sequence.selected
        return self.make(snapshot, selected) if snapshot.sequence.info and selected is not None else ()


SELECTED = ViewCommand(lambda snapshot: snapshot.sequence.selected is not None)


@dataclass(frozen=True, slots=True)
class Action:
    """Something an annotator can do."""

    id: str  #: as stored in settings; never changes
    title: str
    help: str  #: one sentence for the cheat sheet and the palette
    keys: Keys
    #: events to post in the present state, none where it makes no sense now
    perform: EventFactory | ViewCommand
    repeats: bool = False  #: goes on while its key is held down
    held: bool = False  #: a command with a function for the release of its key as well
    #: for a switch: whether it is on; None: the views know
    ticked: Callable[[Snapshot], bool | None] | None = None
    beside_worklist: bool = False  #: works while the worklist covers the canvas too
    menu: str = ""  #: set by the registry

    @property
    def is_command(self) -> bool:
        """Whether a function of the views carries it out."""
        return isinstance(self.perform, ViewCommand)

    def events(self, snapshot: Snapshot) -> Events:
        """Return the events to post; none for a command, or where the action makes no sense now."""
        return () if isinstance(self.perform, ViewCommand) else self.perform(snapshot)

    def is_ready(self, snapshot: Snapshot) -> bool:
        """Whether the action makes sense now."""
        if isinstance(self.perform, ViewCommand):
            return self.perform.is_ready(snapshot)
        return bool(self.perform(snapshot))

    def lacks(self, snapshot: Snapshot) -> str:
        """Return what the annotator must do before the action makes sense; "" where it is not known or nothing."""
        needs_object = isinstance(self.perform, ForSelected) or self.perform is SELECTED
        if needs_object and snapshot.sequence.info and snapshot.sequence.selected is None:
            return f"{self.title}: select an object first."
        return ""


@dataclass(frozen=True, slots=True)
class Menu:
    """Actions under one title, in order."""

    title: str
    actions: tuple[Action, ...]
    beside_worklist: bool = False  #: all of them work while the worklist covers the canvas too


ANYTIME = ViewCommand(lambda snapshot: True)
WHILE_OPEN = ViewCommand(lambda snapshot: snapshot.sequence.info is not None)


def fixed_events(*events: e.Event) -> EventFactory:
    """Return a factory of fixed events, which makes none while no sequence is open."""
    return lambda snapshot: events if snapshot.sequence.info else ()


def with_objects(make: EventFactory) -> EventFactory:
    """Return a factory that makes events only while there are objects."""
    return lambda snapshot: make(snapshot) if snapshot.sequence.info and snapshot.sequence.objects else ()


def clamp_unit(value: float) -> float:
    """Return a value within [0, 1], rounded to hundredths so that steps add up to the ends."""
    return round(min(max(value, 0.0), 1.0), 2)
