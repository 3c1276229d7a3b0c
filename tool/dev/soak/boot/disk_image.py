"""The disk of a virtual machine: Debian without a desktop, and a root shell on its serial line."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
# What a machine has that was installed from Debian's medium with nothing chosen but the standard system.
PACKAGES = (
    "linux-image-amd64", "systemd-sysv", "udev", "dbus", "libpam-systemd", "kmod", "python3", "ca-certificates",
    "login", "passwd", "procps", "iproute2", "less",
)  # fmt: skip
DISK_BYTES = 20 << 30  # sparse; the program takes 6 GB, and its bundle 3 GB while it is unpacked
AUTOLOGIN = """[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --keep-baud 115200 %I vt220
"""


def make_disk(folder: Path, release: str = "bookworm") -> None:
    """Make disk.raw, kernel and initrd in a folder. Needs root, a network and debootstrap."""
    system = folder / "system"
    packages = f"--include={','.join(PACKAGES)}"
    _run("debootstrap", "--variant=minbase", packages, release, str(system), MIRROR)
    prepare_system(system)
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy((system / name).resolve(), folder / {"vmlinuz": "kernel"}.get(name, "initrd"))
    disk = folder / "disk.raw"
    with disk.open("wb") as file:
        file.truncate(DISK_BYTES)
    _run("mkfs.ext4", "-q", "-d", str(system), str(disk))
    shutil.rmtree(system)


def prepare_system(system: Path) -> None:
    """Log root in on the serial line, which only these tests do."""
    (system / "etc/hostname").write_text("kiosk\n")
    (system / "etc/fstab").write_text("/dev/vda / ext4 errors=remount-ro 0 1\n")
    drop_in = system / "etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf"
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text(AUTOLOGIN)
    _run("chroot", str(system), "systemctl", "enable", "serial-getty@ttyS0.service")


def make_stick(image: Path, files: Sequence[Path]) -> None:
    """Make a USB stick's ext4 image with copies of files."""
    folder = image.with_suffix(".files")
    folder.mkdir()
    for file in files:
        (folder / file.name).hardlink_to(file)
    size = sum(file.stat().st_size for file in files)
    with image.open("wb") as stick:
        stick.truncate(size * 11 // 10 + (64 << 20))
    _run("mkfs.ext4", "-q", "-d", str(folder), str(image))
    shutil.rmtree(folder)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
