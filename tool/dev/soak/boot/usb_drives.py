"""Images of USB drives and discs, good and bad ones.

Needs root, and dosfstools, mtools, e2fsprogs, ntfs-3g, exfatprogs, exfat-fuse and xorriso.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from app.storage.demo.demo_sequence import write_demo

DRIVE_BYTES = 64 << 20
FRAMES, WIDTH, HEIGHT = 20, 320, 240
IMAGES = 5


def write_drives(folder: Path) -> None:
    """Write one drive of each kind (.raw), and a disc (.iso)."""
    media = folder / "media"
    write_media(media)
    fat_drive(folder / "fat.raw", media, "MY STICK")
    fat_drive(folder / "twin.raw", media, "MY STICK")
    exfat_drive(folder / "exfat.raw", media, "Große Dat")
    ext4_drive(folder / "linux.raw", media, "linux")
    ntfs_drive(folder / "windows.raw", media, "Windows Ü")
    hostile_drive(folder / "hostile.raw", media)
    disc(folder / "disc.iso", media, "PACS")


def write_media(folder: Path) -> None:
    """Write a video and a folder of images, with names that are not English."""
    folder.mkdir(parents=True)
    film = write_demo(folder / "draft", FRAMES, WIDTH, HEIGHT).video
    film.rename(folder / f"Ärztefilm{film.suffix}")
    shutil.rmtree(folder / "draft")
    (folder / "Bilder Möller").mkdir()
    for index in range(IMAGES):
        picture = np.full((HEIGHT, WIDTH), 40 * index, np.uint8)
        Image.fromarray(picture).save(folder / "Bilder Möller" / f"{index:03}.png")


def fat_drive(image: Path, media: Path, label: str) -> None:
    """Make a FAT drive, as cameras and shops have them. label: at most 11 characters."""
    _empty(image)
    _run("mkfs.vfat", "-n", label, str(image))
    _run("mcopy", "-s", "-i", str(image), *map(str, sorted(media.iterdir())), "::")


def exfat_drive(image: Path, media: Path, label: str) -> None:
    """Make an exFAT drive, as large sticks have them. label: at most 11 characters."""
    _empty(image)
    _run("mkfs.exfat", str(image))
    _run("exfatlabel", str(image), label)
    loop = _run("losetup", "--find", "--show", str(image)).strip()
    try:
        with tempfile.TemporaryDirectory() as place:
            _run("mount.exfat-fuse", loop, place)
            try:
                shutil.copytree(media, place, dirs_exist_ok=True)
            finally:
                _run("umount", place)
    finally:
        _run("losetup", "--detach", loop)


def disc(image: Path, media: Path, label: str) -> None:
    """Make a disc whose files only the one who burned it may read."""
    with tempfile.TemporaryDirectory() as place:
        folder = shutil.copytree(media, Path(place) / "disc")
        for path in folder.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o400)
        _run("xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-V", label, "-o", str(image), str(folder))


def ntfs_drive(image: Path, media: Path, label: str) -> None:
    """Make an NTFS drive with the films of a folder, without its folders."""
    _empty(image)
    _run("mkntfs", "-q", "-F", "-L", label, str(image))
    for file in media.iterdir():
        if file.is_file():
            _run("ntfscp", "-f", str(image), str(file), file.name)


def ext4_drive(image: Path, media: Path, label: str) -> None:
    """Make an ext4 drive, as Linux has them."""
    _empty(image)
    _run("mkfs.ext4", "-q", "-L", label, "-d", str(media), str(image))


def hostile_drive(image: Path, media: Path) -> None:
    """Make a drive that tries to lead out of the drop folder and to harm who reads it.

    It has the label of a shell's command, links to the password file and the root folder, a pipe without a writer,
    a program with its owner's rights, and names with line breaks.
    """
    folder = image.with_suffix(".files")
    shutil.copytree(media, folder)
    (folder / "passwords.mp4").symlink_to("/etc/passwd")
    (folder / "everything").symlink_to("/")
    (folder / "up").symlink_to("../../../../etc")
    os.mkfifo(folder / "pipe.mp4")
    program = folder / "run-me.mp4"
    program.write_bytes(b"#!/bin/sh\nreboot\n")
    program.chmod(0o4755)
    (folder / "two\nlines $(reboot).png").write_bytes(b"not a picture")
    ext4_drive(image, folder, "$(reboot)/..")
    shutil.rmtree(folder)


def _empty(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(DRIVE_BYTES)


def _run(*words: str) -> str:
    env = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C.UTF-8"}
    return subprocess.run(words, check=True, capture_output=True, env=env, text=True).stdout
