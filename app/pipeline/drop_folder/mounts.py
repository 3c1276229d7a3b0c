"""Type of the file system that a folder is on, and whether it reports changes made by other machines."""

import os
import re
from contextlib import suppress
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
# Changes made by another machine, or by the host of a virtual one, raise no inotify events on these.
# fmt: off
REMOTE = frozenset({
    "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "coda", "davfs",
    "glusterfs", "lustre", "beegfs", "gpfs", "orangefs", "ocfs2", "gfs2", "ncpfs", "vboxsf", "vmhgfs",
    "prl_fs", "drvfs", "wslfs", "acfs", "afpfs",
})
# fmt: on
LOCAL_FUSE = frozenset({"fuseblk", "fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.exfat", "fuse.mergerfs"})
_ESCAPE = re.compile(r"\\([0-7]{3})")


def file_system(folder: str) -> str:
    """Return the type of the file system that a folder is on, "" when it is unknown."""
    text = ""
    with suppress(OSError):
        text = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    return type_of(os.path.realpath(folder), text)


def type_of(path: str, mounts: str) -> str:
    """Return the type of the last mount with the longest mount point above a path (proc(5), mountinfo)."""
    best, found = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        words = before.split(" ")
        if len(words) < 5 or not after:
            continue
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), words[4])
        if len(point) >= best and _is_above(point, path):
            best, found = len(point), after.split(" ")[0]
    return found


def is_remote(kind: str) -> bool:
    """Return whether changes made by other machines raise no events on this type of file system."""
    return kind in REMOTE or (kind.startswith("fuse") and kind not in LOCAL_FUSE)


def _is_above(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")
