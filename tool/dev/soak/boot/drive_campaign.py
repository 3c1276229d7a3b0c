"""Drives and a disc in a bare kiosk: plugged in, read by the user of the kiosk, and the drives pulled out.

It works on an installed machine (disk_image), whose window is not started: it takes minutes where the processor does
not help.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tool.dev.bench.report import row
from tool.dev.soak.boot import usb_drives
from tool.dev.soak.boot.virtual_machine import BOOT_SECONDS, VirtualMachine

PATIENCE = 300.0  # seconds for a step; six drives took 40 s without hardware on two busy processors
STEP = 3.0  # seconds between two looks
DROP = "/home/framewise/Framewise/drop"
#: Prints the mounted drives and their options.
MOUNTS = f"findmnt -rno TARGET,OPTIONS | grep '{DROP}/' || true"
#: Prints the sizes of the videos that the user of the kiosk can read on the drives, one a line.
FILMS = f'runuser -u framewise -- sh -c "cat {DROP}/*/*film.mp4 | wc -c"'
#: Prints what became of each drive.
LOG = "journalctl -b -u 'framewise-drive@*' --no-pager -o cat"
NO_WINDOW = "systemd.mask=framewise-kiosk.service"


class DriveCampaign:
    """The steps, on the machine in a folder."""

    def __init__(self, folder: Path) -> None:
        """Prepare it. folder: of the installed machine; drives are kept there."""
        self._folder, self._drives = folder, folder / "drives"
        self._machine: VirtualMachine

    def run(self) -> None:
        """Go through all of it, printing what was seen. Raises AssertionError."""
        if not self._drives.exists():
            usb_drives.write_drives(self._drives)
        began = time.monotonic()
        with VirtualMachine(self._folder, kernel_words=NO_WINDOW) as self._machine:
            self._machine.console.wait_for_login(BOOT_SECONDS)
            row("boot", f"{time.monotonic() - began:.0f} s")
            self._plug_drives()
            self._lay_in_disc()

    def _plug_drives(self) -> None:
        monitor, images = self._machine.monitor, sorted(self._drives.glob("*.raw"))
        for image in images:
            monitor.plug(image.stem, image)
        self._wait("all drives are mounted", lambda: len(self._mounts()) == len(images))
        for line in self._mounts():
            assert {"ro", "nosuid", "nodev", "noexec"} <= set(line.split()[-1].split(",")), line
        row("drives mounted read-only in the drop folder", self._listed())
        film = next((self._drives / "media").glob("*.mp4")).stat().st_size
        assert int(self._run(FILMS)) == len(images) * film
        for image in images:
            monitor.unplug(image.stem)
        self._wait("all are gone", lambda: "USB" not in self._listed())

    def _lay_in_disc(self) -> None:
        self._machine.monitor.lay_in(self._drives / "disc.iso")
        self._wait("the disc is mounted", lambda: "CD" in self._listed())
        row("disc", self._listed())
        assert int(self._run(FILMS)) > 0

    def _mounts(self) -> list[str]:
        return self._run(MOUNTS).splitlines()

    def _listed(self) -> str:
        return self._run(f"ls {DROP}").replace("\n", "; ")

    def _run(self, command: str) -> str:
        return self._machine.console.run(command, PATIENCE)

    def _wait(self, what: str, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < ends, f"not in {PATIENCE:g} s: {what}\n{self._run(LOG)}"
            time.sleep(STEP)
