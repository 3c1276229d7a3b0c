"""Kinds of media by file name suffix."""

from pathlib import Path

IMAGES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff", ".webp"})
SLICES = frozenset({".dcm", ".dicom", ".dic", ".ima"})
SCANS = SLICES | frozenset({".nii", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd", ".mgh", ".mgz"})
PACKED_SCANS = (".nii.gz", ".hdr.gz", ".img.gz")
# Archives that may hold a study.
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".dcm.gz")
# fmt: off
VIDEOS = frozenset({
    ".mp4", ".m4v", ".mov", ".qt", ".avi", ".mkv", ".webm", ".wmv", ".asf", ".flv", ".f4v", ".3gp",
    ".3g2", ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".vob", ".dat", ".ts", ".m2ts", ".mts", ".mxf",
    ".ogv", ".ogm", ".rm", ".rmvb", ".dv", ".gif", ".h264", ".264", ".avc", ".h265", ".265", ".hevc",
    ".ivf", ".y4m", ".mjpeg", ".mjpg", ".nut", ".divx", ".wtv",
})
# fmt: on


def is_image(path: Path) -> bool:
    """Whether the suffix is an image's."""
    return path.suffix.lower() in IMAGES


def is_scan(path: Path) -> bool:
    """Whether the suffix is a scan's; packed ones count."""
    return path.suffix.lower() in SCANS or path.name.lower().endswith(PACKED_SCANS)


def is_video(path: Path) -> bool:
    """Whether the suffix is a video's."""
    return path.suffix.lower() in VIDEOS
