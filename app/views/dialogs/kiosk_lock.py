"""Guards the way out of the kiosk: a key that has to be held, and a PIN."""

import math
import time
from collections.abc import Callable

from app.config.pin import check_pin, hash_pin
from app.config.pin_misses import PinMisses
from app.messages.events import Event, Noticed
from app.views.dialogs.prompts import LinePrompt
from app.views.toolkit.background_threads import BackgroundThreads
from app.views.toolkit.preferences import PreferenceStore

HOLD_SECONDS = 2.0  # chosen by hand: too long for a slip, short for who knows; the hint in quit names it
SHORTEST_PIN = 4  # digits


class KioskLock:
    """Lets only an operator leave the program or change what is protected.

    leave: ends the program. is_on: whether the program runs as a kiosk; if not, nothing is protected.
    """

    def __init__(
        self,
        preferences: PreferenceStore,
        prompt: LinePrompt,
        background: BackgroundThreads,
        leave: Callable[[], None],
        post: Callable[[Event], None],
        misses: PinMisses,
        *,
        is_on: bool,
    ) -> None:
        self._preferences, self._prompt, self._background = preferences, prompt, background
        self._leave, self._post = leave, post
        self.is_on = is_on
        self._since: float | None = None
        self._misses = misses
        self._is_checking = False
        #: Whether something is kept from operators: then the PIN is asked for before it is changed, in no kiosk too.
        self.keeps_secret: Callable[[], bool] = lambda: False

    def quit(self, key: str) -> None:
        """Leave at once where that is allowed, else say how. key: chord of the action that leaves."""
        if self.is_on:
            self._post(Noticed("info", f"To leave, hold {key} for two seconds."))
        else:
            self._leave()

    def start_hold(self) -> None:
        """Take in that the key for leaving went down."""
        self._since = time.monotonic()

    def end_hold(self) -> None:
        """Take in that the key for leaving came up."""
        self._since = None

    def tick(self) -> None:
        """Leave once the key has been held long enough; called in every frame."""
        if self._since is not None and time.monotonic() - self._since >= HOLD_SECONDS:
            self._since = None
            self.require_pin(self._leave)

    def require_pin(self, then: Callable[[], None]) -> None:
        """Call `then`, after asking for the PIN where the kiosk has one."""
        if self.is_on and self._preferences.current.pin:
            self._ask(then)
        else:
            then()

    def require_own_pin(self, then: Callable[[], None]) -> None:
        """Call `then` after asking for the PIN, also outside of a kiosk; without one nobody gets there."""
        if self._preferences.current.pin:
            self._ask(then)
        else:
            self._post(Noticed("info", "Set a PIN first: without one everybody could look at this."))

    def _ask(self, then: Callable[[], None]) -> None:
        stored, wait = self._preferences.current.pin, self._misses.wait_seconds
        if wait > 0:
            self._post(Noticed("warning", f"Too many wrong PINs. Wait {math.ceil(wait)} s."))
        elif not self._is_checking:
            self._prompt.ask_for_text("PIN", "", lambda pin: self._check(pin, stored, then))

    def change_pin(self) -> None:
        """Let an operator set another PIN."""
        if self.keeps_secret() and self._preferences.current.pin:
            self._ask(self._ask_new)
        else:
            self.require_pin(self._ask_new)

    def _ask_new(self) -> None:
        title = f"The new PIN, {SHORTEST_PIN} digits or more; nothing for none"
        self._prompt.ask_for_text(title, "", self._ask_again, may_be_empty=True)

    def _ask_again(self, pin: str) -> None:
        if not pin:
            self._set(pin, pin)
        elif not (pin.isascii() and pin.isdigit() and len(pin) >= SHORTEST_PIN):
            self._post(Noticed("warning", f"A PIN has {SHORTEST_PIN} digits or more. It was not changed."))
        else:
            self._prompt.ask_for_text(
                "The same PIN again", "", lambda again: self._set(pin, again), may_be_empty=True
            )

    def _set(self, pin: str, again: str) -> None:
        def keep(hashed: str) -> None:
            self._preferences.update(pin=hashed)
            self._post(Noticed("info", "The PIN is set." if hashed else "No PIN is asked for any more."))

        if pin != again:
            self._post(Noticed("warning", "These were two different PINs. It was not changed."))
        else:
            self._background.run(lambda: hash_pin(pin) if pin else "", keep)

    def _check(self, pin: str, stored: str, then: Callable[[], None]) -> None:
        # Checking takes a noticeable time by design, so it is done in the background.
        def answer(is_right: bool) -> None:
            self._is_checking = False
            if is_right:
                self._misses.clear()
                then()
            else:
                self._misses.add()
                self._post(Noticed("warning", "That is not the PIN."))

        self._is_checking = True
        self._background.run(lambda: check_pin(pin, stored), answer)
