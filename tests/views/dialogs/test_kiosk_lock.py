"""The PIN: long enough, typed twice, and slow to guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import pin_misses
from app.config.pin import check_pin, hash_pin
from app.config.pin_misses import PinMisses
from app.messages.events import Event, Noticed
from app.views.dialogs import kiosk_lock
from app.views.dialogs.kiosk_lock import KioskLock
from app.views.toolkit.background_threads import BackgroundThreads
from app.views.toolkit.preferences import Preferences, PreferenceStore

SECONDS = 120.0


class Prompt:
    """Stands for the dialog that a person types into."""

    def __init__(self) -> None:
        self.take: Callable[[str], None] | None = None
        self.titles: list[str] = []

    def ask_for_text(
        self, title: str, text: str, take: Callable[[str], None], *, may_be_empty: bool = False
    ) -> None:
        self.take = take
        self.titles.append(title)


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def time(self) -> float:
        return self.now


class Workstation:
    """A lock with its prompt, and what it led to."""

    def __init__(self, pin: str, misses: Path | None = None) -> None:
        self.store = PreferenceStore(Preferences(pin=hash_pin(pin) if pin else ""), lambda chosen: None)
        self.prompt, self.posted, self.opened = Prompt(), list[Event](), 0
        self._failures: list[Exception] = []
        self._threads = BackgroundThreads(self._failures.append)
        self.lock = KioskLock(
            self.store,
            self.prompt,  # type: ignore[arg-type]
            self._threads,
            self._open,
            self.posted.append,
            PinMisses(misses),
            is_on=True,
        )

    def ask(self) -> None:
        self.lock.require_pin(self._open)

    def type(self, text: str) -> None:
        """Answer the prompt; as with the dialog, once."""
        take, self.prompt.take = self.prompt.take, None
        assert take is not None, "nothing was asked"
        take(text)

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not until():
            assert time.monotonic() < end and not self._failures
            self._threads.tick()
            time.sleep(0.005)

    def miss(self) -> None:
        said = len(self.posted)
        self.ask()
        self.type("0000")
        self.wait(lambda: len(self.posted) > said)

    @property
    def said(self) -> str:
        last = self.posted[-1]
        assert isinstance(last, Noticed)
        return last.text

    def _open(self) -> None:
        self.opened += 1


def test_the_right_pin_opens_and_a_wrong_one_does_not() -> None:
    station = Workstation("4711")
    station.miss()
    assert station.opened == 0 and "not the PIN" in station.said
    station.ask()
    station.type("4711")
    station.wait(lambda: station.opened == 1)


def test_after_misses_in_a_row_the_next_has_to_wait() -> None:
    station = Workstation("4711")
    for _ in range(pin_misses.FREE_MISSES):
        station.miss()
    station.ask()
    assert station.prompt.take is None and "Wait 5 s" in station.said


def test_a_restart_forgives_no_miss(tmp_path: Path) -> None:
    first = Workstation("4711", tmp_path / "settings.toml.pin")
    for _ in range(pin_misses.FREE_MISSES):
        first.miss()
    again = Workstation("4711", tmp_path / "settings.toml.pin")
    again.ask()
    assert again.prompt.take is None and "Wait" in again.said
    assert (tmp_path / "settings.toml.pin").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"misses": "x", "until": 1}', '{"misses": 5, "until": 1e300}']
)
def test_a_damaged_record_of_misses_locks_nobody_out_for_long(tmp_path: Path, content: str) -> None:
    (tmp_path / "misses").write_text(content)
    assert PinMisses(tmp_path / "misses").wait_seconds <= pin_misses.LONGEST_DELAY_SECONDS


def test_waits_grow_and_end_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosk_lock, "check_pin", lambda pin, stored: False)
    clock = Clock()
    monkeypatch.setattr(pin_misses, "time", clock)
    station, waits = Workstation("4711"), list[float]()
    for _ in range(13):
        station.miss()
        before = clock.now
        station.ask()
        while station.prompt.take is None:
            clock.now += 1.0
            station.ask()
        waits.append(clock.now - before)
        station.prompt.take = None
    assert waits[:6] == [0, 0, 5, 10, 20, 40] and waits[-1] == waits[-2] == 900


@pytest.mark.parametrize("pin", ["1", "123", "12a4", "abcd", "１２３４"])
def test_a_new_pin_has_four_digits_or_more(pin: str) -> None:
    station = Workstation("")
    station.lock.change_pin()
    station.type(pin)
    assert station.prompt.take is None and "4 digits" in station.said
    assert station.store.current.pin == ""


def test_a_new_pin_is_typed_twice() -> None:
    station = Workstation("")
    station.lock.change_pin()
    station.type("4711")
    station.type("4712")
    assert station.store.current.pin == "" and "different" in station.said
    station.lock.change_pin()
    station.type("4711")
    station.type("4711")
    station.wait(lambda: bool(station.store.current.pin))
    assert check_pin("4711", station.store.current.pin)


def test_the_pin_is_changed_and_taken_away_only_with_the_old_one() -> None:
    station = Workstation("4711")
    station.lock.change_pin()
    assert station.prompt.titles == ["PIN"]
    station.type("4711")
    station.wait(lambda: station.prompt.take is not None)
    station.type("")
    station.wait(lambda: station.store.current.pin == "")


def test_a_pin_whose_hash_cannot_be_read_opens_nothing() -> None:
    station = Workstation("")
    station.store.update(pin="unknown")
    for pin in ("", "unknown"):
        station.ask()
        said = len(station.posted)
        station.type(pin)
        station.wait(lambda said=said: len(station.posted) > said)  # type: ignore[misc]
    assert station.opened == 0


def test_what_only_the_lead_sees_needs_a_pin_outside_of_a_kiosk_too() -> None:
    station = Workstation("")
    station.lock.is_on = False
    reached: list[str] = []
    station.lock.require_own_pin(lambda: reached.append("truth"))
    assert "Set a PIN first" in station.said and station.prompt.take is None
    station = Workstation("4711")
    station.lock.is_on = False
    station.lock.require_own_pin(lambda: reached.append("truth"))
    assert station.prompt.titles == ["PIN"] and not reached
    station.type("4711")
    station.wait(lambda: reached == ["truth"])


def test_the_pin_of_a_secret_is_not_changed_without_it() -> None:
    station = Workstation("4711")
    station.lock.is_on = False
    station.lock.keeps_secret = lambda: True
    station.lock.change_pin()
    assert station.prompt.titles == ["PIN"]
