"""Kills the program at random moments, again and again, and looks whether anything that was saved is gone."""

from __future__ import annotations

import queue
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.domain.errors import FramewiseError
from app.files.process_activity import ProcessActivity
from app.storage.workspace.journal import Journal
from tool.dev.soak.digest import digests_around
from tool.dev.soak.exported_files import check_exported_files
from tool.dev.soak.journey import Journey
from tool.dev.soak.processes import describe, strike, workers
from tool.dev.soak.writer import found_turn

Blow = Literal["host", "all", "decoder", "segmenter", "propagator", "exchange", "window"]
ROOT = Path(__file__).parents[3]
# Seconds that the program had for itself, or stood still, until a loss counts as never repaired; a start takes 5.
PATIENCE = 120.0
GLANCE = 5.0  # seconds between two looks at what it does
LONGEST = 1.2  # seconds of work before a kill
WRITING = 0.3  # seconds of writing before a kill
EXPORTS = "exports"  # folder of the lives' exports, in the workspaces' folder
ENDING: tuple[Blow, ...] = ("host", "all", "window")


class Loss(AssertionError):
    """Something that was saved is gone, or the program did not go on."""


@dataclass
class Toll:
    """What a series of kills has shown. blows: how many of each kind."""

    blows: Counter[str] = field(default_factory=Counter)
    gestures: int = 0
    refused: int = 0
    cut_off: int = 0
    offered: int = 0
    in_flight: int = 0
    files: int = 0  #: exported files that were found whole


class Victim:
    """A life of the program, and what it has said."""

    def __init__(self, command: Sequence[str]) -> None:
        self.name = command[2]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.saved = ""
        self.offer = False
        self.journey: Journey | None = None
        self.gestures = self.refused = 0

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def listen(self, seconds: float) -> None:
        """Take in what is said within a time."""
        ends = time.monotonic() + seconds
        with suppress(queue.Empty):
            while (left := ends - time.monotonic()) > 0:
                if not self._take(self._lines.get(timeout=left)):
                    return

    def until_next(self) -> None:
        """Wait until another gesture is saved. Raises Loss when none is in good time."""
        before, worked, activity = self.gestures, 0.0, ProcessActivity(self.pid)
        while self.gestures == before:
            try:
                if not self._take(self._lines.get(timeout=GLANCE)):
                    raise Loss("The program ended by itself.")
            except queue.Empty as error:
                worked += activity.sample(GLANCE).working_time(GLANCE)
                if worked > PATIENCE:
                    found = describe(self.pid)
                    strike(self.pid, signal.SIGUSR1)
                    time.sleep(1.0)
                    raise Loss(f"The program did not go on: {found}.") from error

    def end(self) -> None:
        """Take in the last words of a process that was killed."""
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while self._take(self._lines.get()):
            pass
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._lines.put(line.strip())
        self._lines.put(None)

    def _take(self, line: str | None) -> bool:
        if line is None:
            return False
        kind, _, rest = line.partition(" ")
        if kind == "opened":
            self.saved, _, offer = rest.partition(" ")
            self.offer = offer == "1"
            self.gestures += 1
        elif kind == "saved":
            self.saved = rest
            self.gestures += 1
        elif kind in ("travelling", "arrived"):
            self.journey = Journey.read(rest) if kind == "travelling" else None
        elif kind == "refused":
            self.refused += 1
        return True


class WriterKiller:
    """Kills processes that write one kind of file; see tool.dev.soak.writer. folder: for their files."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        self.blows: Counter[str] = Counter()
        self.turns: Counter[str] = Counter()

    def life(self, kind: str) -> None:
        """Start a writer, kill it, and look at what is left. Raises Loss."""
        folder = self._folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        words = (kind, str(folder), str(self._chance.randrange(2**31)))
        command = (sys.executable, "-m", "tool.dev.soak.writer", *words)
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            said = [victim.stdout.readline()]
            time.sleep(self._chance.uniform(0.0, WRITING))
            strike(victim.pid)
            said += victim.stdout.readlines()
        turns = [int(line.split()[1]) for line in said if line.endswith("\n")]
        self.blows[kind] += 1
        self.turns[kind] += len(turns) - 1
        try:
            found = found_turn(kind, folder)
        except (AssertionError, FramewiseError) as error:
            raise Loss(f"{kind} cannot be read after a kill: {error}") from error
        if not turns or found not in (turns[-1], turns[-1] + 1):
            raise Loss(f"{kind}: turn {turns[-1:]} was saved, {found} is on the disk.")


class Killer:
    """Kills lives of the program on one workspace. frames: length of the video."""

    def __init__(self, workspace: Path, video: Path, frames: int, chance: random.Random) -> None:
        self._workspace, self._video, self._frames, self._chance = workspace, video, frames, chance
        self._before: tuple[str, bool] | None = None
        self.toll = Toll()

    def life(self, blows: Sequence[Blow]) -> None:
        """Start the program, deal some blows, the last of which ends it, and look at what is left.

        Raises Loss.
        """
        module = "tool.dev.soak.window" if blows[-1] == "window" else "tool.dev.soak.life"
        words = (str(self._workspace), str(self._video), str(self._chance.randrange(2**31)))
        victim = Victim((sys.executable, "-m", module, *words))
        try:
            victim.until_next()
            self._compare(victim)
            for blow in blows:
                victim.listen(self._chance.uniform(0.0, LONGEST))
                self._deal(victim, blow)
        finally:
            strike(victim.pid)
            victim.end()
        self.toll.gestures += victim.gestures
        self.toll.refused += victim.refused
        self._look(victim)

    def _deal(self, victim: Victim, blow: Blow) -> None:
        self.toll.blows[blow] += 1
        found = workers(victim.pid)
        if blow not in ENDING:
            if blow in found:
                strike(found[blow])
            victim.until_next()
            victim.until_next()
            return
        pids = [victim.pid, *found.values()] if blow == "all" else [victim.pid]
        self._chance.shuffle(pids)
        for pid in pids:
            strike(pid, signal.SIGKILL)

    def _compare(self, victim: Victim) -> None:
        """A new life begins with exactly what the last one left."""
        if self._before is None:
            return
        digest, is_offered = self._before
        if victim.saved != digest:
            raise Loss("The program does not show what is in the journal.")
        if victim.offer != is_offered:
            raise Loss("A propagation that was cut off is not offered to go on, or one that was not is.")
        self.toll.offered += is_offered

    def _look(self, victim: Victim) -> None:
        """The journal is intact and holds all that was called saved, and one gesture more at most."""
        (path,) = self._workspace.glob("*/journal*.sqlite3")
        with closing(sqlite3.connect(path)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise Loss(f"The journal is damaged: {verdict}")
        try:
            self.toll.files += check_exported_files(self._workspace / EXPORTS)
        except (AssertionError, OSError, ValueError) as error:
            raise Loss(f"An exported file is not whole: {error}") from error
        with Journal(path) as journal:
            contents = journal.read()
            is_offered = journal.meta("propagation") is not None
        around = digests_around(contents)
        if victim.saved not in around:
            raise Loss(f"{victim.name} said that {victim.saved} was saved, the journal holds {around[0]}.")
        journey = victim.journey
        if journey is not None and not is_offered and not journey.is_over(contents, self._frames):
            raise Loss("A propagation was cut off, and the journal does not know.")
        self.toll.cut_off += journey is not None and is_offered
        self.toll.in_flight += victim.saved != around[0]
        self._before = around[0], is_offered
