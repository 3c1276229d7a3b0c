"""Drives in the drop folder: their folders' names, and how they are mounted, by stubs of udevadm and mount."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tool"
LIMIT_SECONDS = 150


class Machine:
    """A drop folder and commands that answer for the kernel."""

    def __init__(self, root: Path) -> None:
        self.root, self.drop, self.commands = root, root / "drop", root / "bin"
        self.drop.mkdir()
        self.commands.mkdir()
        self.command("udevadm", f'cat "{root}/${{3#--name=/dev/}}.facts"')
        self.command("findmnt", "exit 1")
        self.command("mount", f'printf "%s\\n" "$*" >> "{root}/mounts"')
        self.command("umount", "true")

    def command(self, name: str, script: str) -> None:
        (self.commands / name).write_text(f"#!/bin/bash\n{script}\n")
        (self.commands / name).chmod(0o755)

    def run(self, request: str, drive: str, **facts: str) -> int:
        """Mount or unmount a drive. facts: what udev knows of it."""
        if facts:
            lines = "".join(f"{key}={value}\n" for key, value in facts.items())
            (self.root / f"{drive}.facts").write_text(lines)
        (self.root / drive).mkdir(exist_ok=True)
        env = {"PATH": f"{self.commands}:/usr/bin:/bin", "RUNTIME_DIRECTORY": str(self.root / drive)}
        words = ["bash", str(TOOL / "mount_drive.sh"), request, f"/dev/{drive}", str(self.drop)]
        return subprocess.run(words, env=env, check=False, timeout=LIMIT_SECONDS).returncode

    @property
    def folders(self) -> set[str]:
        return {path.name for path in self.drop.iterdir()}

    @property
    def mounts(self) -> list[str]:
        return (self.root / "mounts").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("KLINIK", "USB KLINIK"),
        (r"MY\x20STICK", "USB MY STICK"),
        (r"..\x2f..\x2fetc", "USB .._.._etc"),
        (r"\x24\x28reboot\x29\x60", "USB $(reboot)`"),
        (r"\x22a\x27b\x0ac\x5cx2f", "USB \"a'b_c\\x2f"),
        ("内視鏡", "USB 内視鏡"),
        ("", "USB AB-12"),
    ],
)
def test_a_drive_has_the_folder_of_its_label_and_no_other(machine: Machine, label: str, folder: str) -> None:
    assert machine.run("mount", "sda1", ID_FS_TYPE="vfat", ID_FS_LABEL_ENC=label, ID_FS_UUID_ENC="AB-12") == 0
    assert machine.folders == {folder}
    assert machine.mounts == [f"-t vfat -o ro,nosuid,nodev,noexec,utf8 /dev/sda1 {machine.drop}/{folder}"]
    machine.run("unmount", "sda1")
    assert not machine.folders


def test_two_drives_of_one_label_are_two_folders(machine: Machine) -> None:
    for drive, uuid in (("sda1", "AA-11"), ("sdb1", "BB-22"), ("sdc1", "BB-22")):
        (machine.root / drive).mkdir()
        facts = {"ID_FS_TYPE": "exfat", "ID_FS_LABEL_ENC": "USB", "ID_FS_UUID_ENC": uuid}
        assert machine.run("mount", drive, **facts) == 0
        # What a mounted drive holds keeps its folder from being taken for a leftover.
        sorted(machine.drop.iterdir(), key=lambda path: path.stat().st_mtime_ns)[-1].joinpath("film").touch()
    assert machine.folders == {"USB USB", "USB USB BB-22", "USB USB sdc1"}


def test_nothing_is_written_to_a_drive_of_linux_or_windows(machine: Machine) -> None:
    machine.run("mount", "sda1", ID_FS_TYPE="ext4", ID_FS_LABEL_ENC="a")
    machine.run("mount", "sdb1", ID_FS_TYPE="ntfs", ID_FS_LABEL_ENC="b")
    assert [line.split(" /dev")[0] for line in machine.mounts] == [
        "-t ext4 -o ro,nosuid,nodev,noexec,noload",
        "-t ntfs-3g -o ro,nosuid,nodev,noexec,norecover",
    ]


@pytest.mark.parametrize(
    ("drive", "facts", "folder", "mounted"),
    [
        ("sr0", {"ID_FS_TYPE": "iso9660", "ID_CDROM": "1"}, "CD PACS",
         "iso9660 -o ro,nosuid,nodev,noexec,iocharset=utf8,overriderockperm,mode=0444,dmode=0555"),
        ("sr0", {"ID_FS_TYPE": "udf", "ID_CDROM": "1"}, "CD PACS",
         "udf -o ro,nosuid,nodev,noexec,iocharset=utf8,mode=0444,dmode=0555"),
        ("sda", {"ID_FS_TYPE": "iso9660"}, "USB PACS",
         "iso9660 -o ro,nosuid,nodev,noexec,iocharset=utf8,overriderockperm,mode=0444,dmode=0555"),
        ("sda1", {"ID_FS_TYPE": "exfat"}, "USB PACS", "exfat -o ro,nosuid,nodev,noexec,iocharset=utf8"),
    ],
)  # fmt: skip
def test_discs_and_large_sticks_are_read_with_all_names_by_anybody(
    machine: Machine, drive: str, facts: dict[str, str], folder: str, mounted: str
) -> None:
    assert machine.run("mount", drive, ID_FS_LABEL_ENC="PACS", **facts) == 0
    assert machine.mounts == [f"-t {mounted} /dev/{drive} {machine.drop}/{folder}"]
    machine.run("unmount", drive)
    assert not machine.folders


def test_a_drive_whose_driver_is_a_process_keeps_no_other_out(machine: Machine) -> None:
    machine.command("mount", f'sleep 600 & echo $! >> "{machine.root}/drivers"')
    try:
        assert machine.run("mount", "sda1", ID_FS_TYPE="ntfs", ID_FS_LABEL_ENC="a") == 0
        assert machine.run("mount", "sdb1", ID_FS_TYPE="vfat", ID_FS_LABEL_ENC="b") == 0
    finally:
        for number in (machine.root / "drivers").read_text().split():
            os.kill(int(number), signal.SIGKILL)


def test_what_cannot_be_mounted_leaves_no_folder(machine: Machine) -> None:
    machine.run("mount", "sda1", ID_FS_TYPE="crypto_LUKS", ID_FS_LABEL_ENC="secret")
    machine.command("mount", "exit 32")
    assert machine.run("mount", "sdb1", ID_FS_TYPE="vfat", ID_FS_LABEL_ENC="broken") == 1
    machine.command("findmnt", "exit 0")  # a part of the machine's own disk
    machine.run("mount", "sdc1", ID_FS_TYPE="ext4", ID_FS_LABEL_ENC="root")
    assert not machine.folders


def test_the_script_has_no_known_fault() -> None:
    words = [str(Path(sys.executable).parent / "shellcheck"), "-x", "tool/mount_drive.sh"]
    done = subprocess.run(words, cwd=TOOL.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_folder_that_a_power_cut_left_goes_with_the_next_drive(machine: Machine) -> None:
    for name in ("USB of yesterday", "CD of yesterday"):
        (machine.drop / name).mkdir()
    (machine.drop / "study").mkdir()
    machine.run("mount", "sda1", ID_FS_TYPE="vfat", ID_FS_LABEL_ENC="NEW")
    assert machine.folders == {"USB NEW", "study"}
