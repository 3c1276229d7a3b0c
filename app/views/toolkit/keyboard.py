"""Maps key presses to actions: bindings, repeats, held keys, and typing, which comes first. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.actions.action import Action
from app.actions.key_chords import Chord, chord_of_key, is_modifier, parse_all
from app.domain.errors import UsageError

Modifiers = frozenset[str]


@dataclass(slots=True)
class Keyboard:
    """The keys that are down and the actions that are held with them."""

    actions: Mapping[str, Action]
    bindings: dict[Chord, str] = field(default_factory=dict)  #: action id by chord
    _down: dict[int, str | None] = field(default_factory=dict)

    def bind(self, chords: Mapping[str, str]) -> list[str]:
        """Replace all bindings. chords: by action id. Return a sentence for each that cannot be read."""
        self.bindings.clear()
        wrong = []
        for identity, text in chords.items():
            try:
                wanted = parse_all(text)
            except UsageError as error:
                wrong.append(str(error))
                continue
            if identity in self.actions:
                self.bindings.update(dict.fromkeys(wanted, identity))
        return wrong

    def press_key(self, key: int, modifiers: Modifiers, *, typing: bool = False) -> str | None:
        """Return the action of a press, None when the key belongs to a text field or may not repeat."""
        if is_modifier(key):
            return None
        repeated = key in self._down
        if not repeated:
            self._down[key] = None
        identity = self.bindings.get(chord_of_key(key, modifiers))
        if typing or identity is None:
            return None
        action = self.actions[identity]
        if repeated and not action.repeats:
            return None
        if action.held:
            self._down[key] = identity
        return identity

    def is_held(self, key: int) -> bool:
        """Whether a key is down already, so that its next press is a repetition."""
        return key in self._down

    def release_key(self, key: int) -> str | None:
        """Return the action that was held with a key, if any."""
        return self._down.pop(key, None)

    def release_lost_keys(self, is_down: Callable[[int], bool]) -> list[str]:
        """Drop keys whose release never came, as when the window loses focus; return their held actions."""
        lost = [key for key in self._down if not is_down(key)]
        return [identity for key in lost if (identity := self._down.pop(key)) is not None]


def conflicts(chords: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the ids of the actions that share a chord, by chord."""
    users: dict[str, list[str]] = {}
    for identity, text in chords.items():
        for chord in parse_all(text):
            users.setdefault(str(chord), []).append(identity)
    return {chord: tuple(ids) for chord, ids in users.items() if len(ids) > 1}
