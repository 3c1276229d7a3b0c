"""What a bare kiosk goes through: a killed program, escapes by keys, drives, a full disk, cut power and wrong clocks.

It works on an installed machine (disk_image). Each step asserts what the machine's own records say; what the screen
shows is kept as pictures, which a person looks at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tool.dev.bench.report import row
from tool.dev.soak.boot import usb_drives
from tool.dev.soak.boot.virtual_machine import HAS_HARDWARE, VirtualMachine

PATIENCE = 900.0  # seconds for a step; a start took 150 s without hardware on two busy processors
STEP = 3.0  # seconds between two looks
# Seconds that a key or button is held: several frames of the window, which took 2 s each without hardware.
HELD = 0.3 if HAS_HARDWARE else 6.0
DROP = "/home/framewise/Framewise/drop"
WORK = "/home/framewise/.local/share/framewise"
PROGRAM = "pgrep -f 'main.py --fullscreen' | head -1"
#: Prints the journal that the program has open.
OPEN = f"ls -l /proc/$({PROGRAM})/fd 2>/dev/null | grep -o '[^/]*/journal.sqlite3$' || true"
#: Prints frame and number of edits of each journal, one a line.
HOLDINGS = (
    f"""python3 -c "import glob,sqlite3; [print(p.split('/')[-2], *sqlite3.connect(f'file:{{p}}?mode=ro',uri=True)"""
    """.execute('select hex(value), (select count(*) from edits) from meta where key=\\'frame\\'').fetchone() or [])"""
    f""" for p in sorted(glob.glob('{WORK}/*/journal.sqlite3'))]" """
)
#: Takes all room of the disk: at once, then what is left of it.
FILL = (
    "fallocate -l $(($(df --output=avail -B1 . | tail -1) - 400000)) filler; "
    "dd if=/dev/zero of=rest bs=4k 2>/dev/null; true"
)
#: Keys that lead to another console, a shell, a restart or out of the X server elsewhere.
ESCAPES = (
    ("ctrl", "alt", "f2"), ("alt", "f2"), ("ctrl", "alt", "f1"), ("ctrl", "alt", "delete"),
    ("ctrl", "alt", "backspace"), ("alt", "sysrq", "r"), ("alt", "sysrq", "k"), ("alt", "sysrq", "b"),
    ("alt", "f4"), ("ctrl", "q"),
    ("meta_l",),
)  # fmt: skip
CLOCKS = ("2001-01-01T00:00:00", "2037-06-01T00:00:00")


class KioskCampaign:
    """The steps, on the machine in a folder."""

    def __init__(self, folder: Path, pictures: Path) -> None:
        """Prepare it. folder: of the installed machine; pictures: gets those of its screen."""
        self._folder, self._pictures = folder, pictures
        pictures.mkdir(parents=True, exist_ok=True)
        self._drives = folder / "drives"
        self._machine: VirtualMachine

    def run(self) -> None:
        """Go through all of it, printing what was seen. Raises AssertionError where something was lost."""
        self._make_drives()
        with self._booted() as self._machine:
            self._work()
            self._kill_program()
            self._press_escapes()
            self._plug_drives()
            self._fill_disk()
            holdings = self._holdings()
        for clock in CLOCKS:
            with self._booted("-rtc", f"base={clock}") as self._machine:
                self._machine.wait_for_boot()
                self._wait("the sequence is open again", lambda: bool(self._run(OPEN)))
                assert self._holdings() == holdings, (self._holdings(), holdings)
                row(f"power cut, then a start at {clock[:4]}", f"same frame and edits; {self._run('date')}")
                self._picture(f"start {clock[:4]}")

    def _make_drives(self) -> None:
        if self._drives.exists():
            return
        media = self._drives / "media"
        usb_drives.write_media(media)
        usb_drives.fat_drive(self._drives / "fat.raw", media, "MY STICK")
        usb_drives.fat_drive(self._drives / "twin.raw", media, "MY STICK")
        usb_drives.ext4_drive(self._drives / "linux.raw", media, "linux")
        usb_drives.ntfs_drive(self._drives / "windows.raw", media, "Windows Ü")
        usb_drives.hostile_drive(self._drives / "hostile.raw", media)

    def _booted(self, *options: str) -> VirtualMachine:
        return VirtualMachine(self._folder, options=options)

    def _work(self) -> None:
        """Open the demo, go to a frame, and paint there."""
        began = time.monotonic()
        self._machine.wait_for_boot()
        self._wait("the program runs", lambda: bool(self._run(PROGRAM)))
        row("boot until the program runs", f"{time.monotonic() - began:.0f} s")
        self._wait("its workers run", lambda: int(self._run("pgrep -fc worker_main || true")) > 1)
        self._wait("the demo is open", self._open_demo)
        for _ in range(3):
            self._machine.monitor.press("right", seconds=HELD)
        self._draw(500, 300)
        self._picture("work")

    def _open_demo(self) -> bool:
        """Press its key, which a window that is still being made does not hear; return whether it is open."""
        self._machine.monitor.press("f2", seconds=HELD)
        time.sleep(10 * HELD)
        return bool(self._holdings())

    def _draw(self, x: int, y: int) -> None:
        """Paint a dot with the brush, and wait until it is saved."""
        before = self._edits()
        self._paint(x, y)
        self._wait("the edit is saved", lambda: self._edits() > before)

    def _paint(self, x: int, y: int) -> None:
        self._machine.monitor.press("b", seconds=HELD)
        self._machine.monitor.click(x, y, HELD)

    def _kill_program(self) -> None:
        before, process = self._holdings(), self._run(PROGRAM)
        self._run(f"kill -9 {process}")
        self._wait("it runs again", lambda: self._run(PROGRAM) not in ("", process))
        self._wait("the sequence is open again", lambda: bool(self._run(OPEN)))
        assert self._holdings() == before
        row("program killed", "it came back with its sequence, nothing lost")
        self._picture("after kill")

    def _press_escapes(self) -> None:
        boot = self._run("cat /proc/sys/kernel/random/boot_id")
        server = self._run("pgrep Xorg")
        for keys in ESCAPES:
            self._machine.monitor.press(*keys)
            time.sleep(STEP)
            assert self._run("cat /sys/class/tty/tty0/active") == "tty1", keys
        assert self._run("cat /proc/sys/kernel/random/boot_id") == boot
        assert self._run("pgrep Xorg") == server
        assert not self._run("pgrep -a agetty | grep -v ttyS0 || true")
        row("keys that lead out elsewhere", f"{len(ESCAPES)} tried; no other console, login or restart")
        self._picture("after escapes")

    def _plug_drives(self) -> None:
        for image in sorted(self._drives.glob("*.raw")):
            self._machine.monitor.plug(image.stem, image)
        count = len(list(self._drives.glob("*.raw")))
        self._wait("all drives are mounted", lambda: len(self._drive_mounts()) == count)
        for line in self._drive_mounts():
            assert {"ro", "nosuid", "nodev", "noexec"} <= set(line.split()[-1].split(",")), line
        row("drives mounted read-only in the drop folder", self._run(f"ls {DROP}").replace("\n", "; "))
        self._picture("drives")
        for image in sorted(self._drives.glob("*.raw")):
            self._machine.monitor.unplug(image.stem)
        self._wait("all are gone", lambda: not self._drive_mounts())
        self._wait("their folders too", lambda: "USB" not in self._run(f"ls {DROP}"))
        self._picture("unplugged")

    def _fill_disk(self) -> None:
        before = self._edits()
        self._run(f"cd {WORK}; runuser -u framewise -- sh -c '{FILL}'")
        self._paint(600, 300)
        time.sleep(10 * HELD)
        self._picture("full disk")
        assert self._edits() == before, "the disk was not full"
        self._run(f"rm {WORK}/filler {WORK}/rest")
        self._wait("the edit is saved once there is room", lambda: self._edits() > before)
        row("disk full", "the edit was kept, and saved once there was room")

    def _holdings(self) -> str:
        return self._run(HOLDINGS)

    def _edits(self) -> int:
        return sum(int(line.split()[-1]) for line in self._holdings().splitlines() if len(line.split()) > 2)

    def _drive_mounts(self) -> Sequence[str]:
        return self._run(f"findmnt -rno TARGET,OPTIONS | grep {DROP}/USB || true").splitlines()

    def _run(self, command: str, seconds: float = PATIENCE) -> str:
        return self._machine.console.run(command, seconds)

    def _wait(self, what: str, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < ends, f"not in {PATIENCE:g} s: {what}"
            time.sleep(STEP)

    def _picture(self, name: str) -> None:
        self._machine.monitor.picture(self._pictures / f"{name}.png")
