"""The modifier keys that are held, by their press and release events. Pure."""

from collections.abc import Callable

from app.actions.key_chords import MODIFIER_NAMES


class HeldModifiers:
    """Tracks Ctrl, Alt and Shift.

    A chord that is typed quickly begins and ends within one slow frame. When its letter is handled, the keyboard
    no longer has the modifier down, but the modifier's release event has not been handled yet.
    """

    def __init__(self) -> None:
        self._keys: dict[int, int] = {}

    @property
    def names(self) -> frozenset[str]:
        """The modifiers that are held."""
        return frozenset(MODIFIER_NAMES[key] for key in self._keys)

    def press_key(self, key: int) -> None:
        """Take in that a key went down."""
        if key in MODIFIER_NAMES:
            self._keys[key] = 0

    def release_key(self, key: int) -> None:
        """Take in that a key came up."""
        self._keys.pop(key, None)

    def release_lost_keys(self, is_down: Callable[[int], bool]) -> None:
        """Drop keys whose release never came, as when the window loses focus; called after every frame."""
        looks = {key: 0 if is_down(key) else count + 1 for key, count in self._keys.items()}
        self._keys = {key: count for key, count in looks.items() if count < 2}
