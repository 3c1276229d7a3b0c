"""A QEMU machine without network and screen: two processors, a disk, USB and a drive for discs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
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
# Without the check of the timer, which fails where a busy host is late with its ticks.
KERNEL_WORDS = "root=/dev/vda rw quiet console=tty0 no_timer_check"
BOOT_SECONDS = 900.0  # the slowest boot seen took 200 s, without hardware on two busy processors


def missing() -> str:
    """Return what this machine lacks for a virtual one, "" for nothing."""
    return "" if shutil.which(QEMU) else f"no {QEMU}"


class VirtualMachine:
    """A machine that runs from entering to leaving; leaving pulls its power plug."""

    def __init__(self, folder: Path, megabytes: int = 1024, kernel_words: str = "") -> None:
        """Prepare it. folder: has disk.raw, kernel and initrd; kernel_words: more of the kernel's command line."""
        self._folder, self._megabytes, self._kernel_words = folder, megabytes, kernel_words
        self._stack = ExitStack()
        self.monitor: QemuMonitor
        self.console: SerialConsole

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            sockets = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            process = subprocess.Popen(self._words(sockets))
            stack.callback(process.wait)
            stack.callback(process.kill)
            self.monitor = stack.enter_context(QemuMonitor(sockets / "monitor"))
            self.console = SerialConsole(sockets / "serial")
            stack.callback(self.console.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _words(self, sockets: Path) -> list[str]:
        disk = f"file={self._folder / 'disk.raw'},format=raw,if=virtio,cache=none"
        # fmt: off
        return [
            QEMU, "-accel", ACCELERATOR, "-cpu", "max", "-smp", "2", "-m", str(self._megabytes), "-nic", "none",
            "-display", "none", "-vga", "none", "-device", "qemu-xhci,id=usb", "-drive", disk,
            "-kernel", str(self._folder / "kernel"), "-initrd", str(self._folder / "initrd"),
            "-append", f"{KERNEL_WORDS} {self._kernel_words}",
            "-qmp", f"unix:{sockets / 'monitor'},server=on,wait=off",
            "-serial", f"unix:{sockets / 'serial'},server=on,wait=off",
        ]
        # fmt: on
