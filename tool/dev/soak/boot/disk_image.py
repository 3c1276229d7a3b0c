"""The disk of a virtual machine: Debian without a desktop, and a root shell on its serial line."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

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
INSTALLATION = """[Unit]
Requires=basic.target dbus.socket
After=basic.target dbus.socket
SuccessAction=poweroff
FailureAction=poweroff

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'bash /srv/bundle.run --bare-kiosk && touch /srv/installed'
Environment=HOME=%h
StandardOutput=file:/srv/install.log
StandardError=inherit
TimeoutStartSec=infinity
"""


def make_disk(folder: Path, release: str = "bookworm") -> None:
    """Make disk.raw, kernel and initrd in a folder. Needs root, a network and debootstrap."""
    system = folder / "system"
    packages = f"--include={','.join(PACKAGES)}"
    _run("debootstrap", "--variant=minbase", packages, release, str(system))
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


def install(folder: Path, bundle: Path) -> None:
    """Boot the disk as a container without a network (systemd-nspawn), and set the bare kiosk up from a bundle there.

    A virtual machine does the same, but takes an hour for it where the processor does not help.
    """
    with tempfile.TemporaryDirectory() as place:
        _run("mount", "-o", "loop", str(folder / "disk.raw"), place)
        try:
            shutil.copy(bundle, Path(place) / "srv/bundle.run")
            unit = Path(place) / "etc/systemd/system/install-kiosk.service"
            unit.write_text(INSTALLATION)
            words = (
                "systemd-nspawn",
                "--quiet",
                "--private-network",
                "--register=no",
                "--keep-unit",
                "--console=pipe",
            )
            _run(*words, "-D", place, "--boot", "systemd.unit=install-kiosk.service")
            unit.unlink()
            (Path(place) / "srv/bundle.run").unlink()
            if not (Path(place) / "srv/installed").exists():
                raise RuntimeError((Path(place) / "srv/install.log").read_text())
        finally:
            _run("umount", place)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


if __name__ == "__main__":  # python -m tool.dev.soak.boot.disk_image FOLDER BUNDLE
    machine = Path(sys.argv[1])
    machine.mkdir(parents=True, exist_ok=True)
    make_disk(machine)
    install(machine, Path(sys.argv[2]))
