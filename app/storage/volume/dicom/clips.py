"""Clips and stills of one DICOM series, told apart: an ultrasound study has dozens of them in a series."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.storage.volume.dicom.slice_header import SliceHeader


def split_clips(series: Mapping[str, list[SliceHeader]]) -> dict[str, list[SliceHeader]]:
    """Make each clip of a series a part of its own; the key of a part is "UID/instance".

    A clip is a file whose frames follow in time. Single pictures in colour stay together, apart from grey slices.
    """
    parts: dict[str, list[SliceHeader]] = {}
    for uid, headers in series.items():
        clips: dict[Path, list[SliceHeader]] = {}
        for header in headers:
            if header.is_cine:
                clips.setdefault(header.path if header.is_clip else Path(), []).append(header)
        rest = [header for header in headers if not header.is_cine]
        if len(clips) + bool(rest) == 1:
            parts[uid] = headers
            continue
        if rest:
            parts[uid] = rest
        for number, clip in enumerate(sorted(clips.values(), key=lambda clip: clip[0].order), 1):
            name = f"{clip[0].series_number} clip {number}".strip()
            key = f"{uid}/{clip[0].sop_uid or number}"
            parts[key] = [replace(header, series_number=name) for header in clip]
    return parts
