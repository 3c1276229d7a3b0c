"""A QEMU machine without a network: two processors, a disk, a screen of 1280x800, keyboard, tablet and USB."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tool.dev.soak.boot.qemu_monitor import QemuMonitor
from tool.dev.soak.boot.serial_console import SerialConsole

QEMU = "qemu-system-x86_64"
# Hardware runs a machine in a machine only where the processor says so; else QEMU computes every instruction, which is
# some 20 times slower. /dev/kvm alone says little: some of them run kernels only that were made for them.
HAS_HARDWARE = (
    bool(re.search(r"\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text())) and Path("/dev/kvm").exists()
)
ACCELERATOR = "kvm" if HAS_HARDWARE else "tcg,thread=multi,tb-size=1024"
SIZE = (1280, 800)
BOOT_SECONDS = 900.0  # the slowest boot seen took 200 s, without hardware on two busy processors


def missing() -> str:
    """Return what this machine lacks for a virtual one, "" for nothing."""
    return "" if shutil.which(QEMU) else f"no {QEMU}"


class VirtualMachine:
    """A machine that runs from entering to leaving; leaving pulls its power plug."""

    def __init__(self, folder: Path, megabytes: int = 4096, options: Sequence[str] = ()) -> None:
        """Prepare it. folder: has disk.raw, kernel and initrd; options: more of QEMU's, such as ("-rtc", "base=…")."""
        self._folder, self._megabytes, self._options = folder, megabytes, options
        self._stack = ExitStack()
        self.monitor: QemuMonitor
        self.console: SerialConsole

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            sockets = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            process = subprocess.Popen(self._words(sockets))
            stack.callback(process.wait)
            stack.callback(process.kill)
            self.monitor = stack.enter_context(QemuMonitor(sockets / "monitor", SIZE))
            self.console = SerialConsole(sockets / "serial")
            stack.callback(self.console.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait_for_boot(self) -> None:
        """Wait until root is logged in on the serial line."""
        self.console.wait_for_login(BOOT_SECONDS)

    def _words(self, sockets: Path) -> list[str]:
        disk = f"file={self._folder / 'disk.raw'},format=raw,if=virtio,cache=none"
        # fmt: off
        return [
            QEMU, "-accel", ACCELERATOR, "-cpu", "max", "-smp", "2", "-m", str(self._megabytes), "-nic", "none",
            "-display", "none", "-vga", "none", "-device", f"virtio-vga,xres={SIZE[0]},yres={SIZE[1]}",
            "-device", "qemu-xhci,id=usb", "-device", "usb-tablet", "-device", "usb-kbd", "-drive", disk,
            "-kernel", str(self._folder / "kernel"), "-initrd", str(self._folder / "initrd"),
            "-append", "root=/dev/vda rw quiet console=tty0 no_timer_check",  # a busy host is late with its ticks
            "-qmp", f"unix:{sockets / 'monitor'},server=on,wait=off",
            "-serial", f"unix:{sockets / 'serial'},server=on,wait=off", *self._options,
        ]
        # fmt: on
