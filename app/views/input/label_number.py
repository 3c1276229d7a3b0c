"""The two digits of a label's number, typed after the key that asks for them. Pure."""

from dataclasses import dataclass

DIGITS = 2  # enough for 99 labels


@dataclass(slots=True)
class LabelNumber:
    """What was typed so far, None while nothing is asked for."""

    typed: str | None = None

    def begin(self) -> None:
        """Wait for digits."""
        self.typed = ""

    def take_key(self, key: str) -> tuple[bool, int | None]:
        """Take a key; return whether it was a digit that was waited for, and the number once it is complete."""
        if self.typed is None:
            return False, None
        if len(key) != 1 or not key.isdigit():
            self.typed = None
            return False, None
        self.typed += key
        if len(self.typed) < DIGITS:
            return True, None
        number, self.typed = int(self.typed), None
        return True, number
