"""Key chords such as "Ctrl+Shift+S": their text, and the key numbers that the window reports. Pure.

The numbers are those of Dear ImGui's ImGuiKey (1.92), written out here because several of Dear PyGui's
own constants do not match them on Linux.
"""

from dataclasses import dataclass

from app.domain.errors import UsageError

MODIFIERS = ("Ctrl", "Alt", "Shift")

_NAMED = {
    "Tab": 512,
    "Left": 513,
    "Right": 514,
    "Up": 515,
    "Down": 516,
    "PageUp": 517,
    "PageDown": 518,
    "Home": 519,
    "End": 520,
    "Insert": 521,
    "Delete": 522,
    "Backspace": 523,
    "Space": 524,
    "Enter": 525,
    "Escape": 526,
    "Menu": 535,
    "'": 596,
    ",": 597,
    "-": 598,
    ".": 599,
    "/": 600,
    ";": 601,
    "=": 602,
    "[": 603,
    "\\": 604,
    "]": 605,
    "`": 606,
    "Pause": 611,
}
_DIGITS = {str(digit): 536 + digit for digit in range(10)}
_LETTERS = {chr(ord("A") + n): 546 + n for n in range(26)}
_FUNCTIONS = {f"F{n + 1}": 572 + n for n in range(24)}
_KEYPAD = {
    **{612 + digit: 536 + digit for digit in range(10)},
    622: _NAMED["."],
    623: _NAMED["/"],
    625: _NAMED["-"],
    626: _NAMED["="],
    627: _NAMED["Enter"],
    628: _NAMED["="],
}
_ALIASES = {
    "esc": "Escape",
    "return": "Enter",
    "del": "Delete",
    "pgup": "PageUp",
    "pgdn": "PageDown",
    "?": "/",
}
# The keys at the left and at the right of the keyboard.
MODIFIER_NAMES = {527: "Ctrl", 528: "Shift", 529: "Alt", 531: "Ctrl", 532: "Shift", 533: "Alt"}
_MODIFIER_KEYS = frozenset((*range(527, 535), *range(663, 667)))

KEYS: dict[str, int] = {**_NAMED, **_DIGITS, **_LETTERS, **_FUNCTIONS}
_NAMES = {number: name for name, number in KEYS.items()}


@dataclass(frozen=True, slots=True)
class Chord:
    """A key with the modifiers that must be down, and no others."""

    key: int
    modifiers: frozenset[str] = frozenset()

    def __str__(self) -> str:
        parts = [name for name in MODIFIERS if name in self.modifiers]
        return "+".join([*parts, _NAMES.get(self.key, f"Key{self.key}")])


def is_modifier(key: int) -> bool:
    """Whether a key number is that of Ctrl, Shift, Alt or Super."""
    return key in _MODIFIER_KEYS


def chord_of_key(key: int, modifiers: frozenset[str]) -> Chord:
    """Return the chord of a reported key; the keypad counts as the keys it stands for."""
    return Chord(_KEYPAD.get(key, key), modifiers)


def parse_chord(text: str) -> Chord:
    """Return the chord that text names, such as "Ctrl+Shift+S" or "Ctrl++" ("=" is the key of "+").

    Raises UsageError for a key or a modifier that does not exist.
    """
    *names, key = _split(text.strip())
    modifiers = {_modifier(name, text) for name in names}
    if key == "?":
        modifiers.add("Shift")
    key = _ALIASES.get(key.lower(), key)
    number = next((n for name, n in KEYS.items() if name.lower() == key.lower()), None)
    if number is None:
        raise UsageError(f"There is no key named {key!r}.", subject=text, remedy="Write like Ctrl+Shift+S.")
    return Chord(number, frozenset(modifiers))


def parse_all(text: str) -> tuple[Chord, ...]:
    """Return the chords of an action: alternatives separated by spaces, or none."""
    return tuple(parse_chord(word) for word in text.split())


def _split(text: str) -> list[str]:
    if text.endswith("++") or text == "+":
        return [*(part for part in text[:-1].split("+") if part), "="]
    return [part.strip() for part in text.split("+")]


def _modifier(name: str, text: str) -> str:
    known = {"control": "Ctrl", **{item.lower(): item for item in MODIFIERS}}
    modifier = known.get(name.lower())
    if modifier is None:
        raise UsageError(f"No modifier is named {name!r}.", subject=text, remedy="Use Ctrl, Alt or Shift.")
    return modifier
