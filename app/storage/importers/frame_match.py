"""Matching of the names of masks to the frames of a sequence."""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TypeVar

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.files.odd_names import spell_name
from app.storage.exporters.export_names import frame_names, sequence_name

LISTED = 5  # names in a message; more are counted
MOST_WORDS = 12  # of a name, chosen by hand: bounds the parts of a name that are looked up to 78
H = TypeVar("H", bound=Hashable)
K = TypeVar("K", bound=Hashable)
NUMBER = re.compile(r"[0-9]{1,18}")
# What Roboflow adds to a name: its suffix once more, and a hash, whose digits are no number of a frame.
ROBOFLOW = re.compile(r"(_(png|jpe?g|bmp|tiff?|webp))?\.rf\.[0-9A-Za-z]+(?=\.\w+$)", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
Frames = dict[str, int]  # by name


def match_frames(
    names: Mapping[K, str], info: SequenceInfo, subject: Path, stated: Mapping[K, int] | None = None
) -> tuple[dict[K, int], list[str]]:
    """Return the frame of each key whose name, with or without folders of any system, fits one; and warnings.

    Names fit by the name of a frame or, where none does, by number. Numbers count from one where they run from
    1 to the number of frames. Of different names of one frame none is taken. subject: the file or folder with
    the masks. stated: numbers to go by rather than those in names. Raises ImportMasksError where no name fits
    or the numbers can be read in several ways.
    """
    plain = {
        name: ROBOFLOW.sub("", spell_name(name).replace("\\", "/").rpartition("/")[2])
        for name in names.values()
    }
    warnings: list[str] = []
    by_name = _by_name(plain, info) or _by_part(plain, info)
    if not by_name and stated is not None:
        by_name = frames_of_numbers({names[key]: number for key, number in stated.items()}, info.frames)
    elif not by_name and info.frames == 1:
        by_name = dict.fromkeys(plain, 0) if len(plain) == 1 else {}
    elif not by_name:
        by_name = _by_number(plain, info, subject, warnings)
    times = Counter(by_name.values())
    doubled = [name for name, frame in by_name.items() if times[frame] > 1]
    left = [name for name in plain if name not in by_name]
    if doubled:
        warnings.append(f"Several pictures of one frame were left out ({len(doubled)}): {few(doubled)}.")
    if left:
        warnings.append(f"Pictures of no frame were left out ({len(left)}): {few(left)}.")
    found = {key: by_name[name] for key, name in names.items() if times[by_name.get(name, -1)] == 1}
    if not found and names:
        raise ImportMasksError(
            " ".join(["No picture has the name or number of a frame of its own.", *warnings]),
            subject=subject,
            remedy="Name them like the frames, one each, or 00000.png and so on.",
        )
    return found, warnings


def few(names: Sequence[str]) -> str:
    """Return the first names, separated by commas."""
    return ", ".join(names[:LISTED]) + (" …" if len(names) > LISTED else "")


def _own_names(info: SequenceInfo) -> tuple[str, ...]:
    """Return the file name of each frame; nothing where frames have no names but their numbers."""
    names = (info.path,) if info.kind == "image" else info.frame_names
    return tuple(spell_name(PurePath(name).name) for name in names) if len(names) == info.frames else ()


def _by_name(plain: Mapping[str, str], info: SequenceInfo) -> Frames:
    own = _own_names(info)
    if not own:
        return {}
    exact = [_unique(own), _unique(frame_names(info)), _unique(PurePath(name).stem for name in own)]
    tables = [*exact, _unique(map(_fold, own)), _unique(_fold(PurePath(name).stem) for name in own)]
    found: Frames = {}
    for name, base in plain.items():
        spellings = (base, PurePath(base).stem)
        keys = (*spellings, *map(_fold, spellings))
        hits = (table[key] for table in tables for key in keys if key in table)
        frame = next(hits, None)
        if frame is not None:
            found[name] = frame
    return found


def _by_part(plain: Mapping[str, str], info: SequenceInfo) -> Frames:
    """Match names that hold the name of a frame between other words, such as "mask_NAME" or "NAME_mask"."""
    stems = _unique(_fold(PurePath(name).stem) for name in _own_names(info))
    found: Frames = {}
    for name, base in plain.items():
        stem = _fold(PurePath(base).stem)
        words = list(WORD.finditer(stem))[:MOST_WORDS]
        parts = {stem[a.start() : b.end()] for n, a in enumerate(words) for b in words[n:]}
        held = sorted(parts & stems.keys(), key=len, reverse=True)
        if held and all(part in held[0] for part in held):
            found[name] = stems[held[0]]
    return found


def _by_number(plain: Mapping[str, str], info: SequenceInfo, subject: Path, warnings: list[str]) -> Frames:
    own, readings = _own_names(info), list[Frames]()
    read = _numbers(plain, sequence_name(info))
    for places in _numbers({name: name for name in own}, ""):
        frames = _unique(places.get(name, -1) for name in own)
        readings += [{name: frames[n] for name, n in row.items() if n in frames} for row in read]
    if not any(readings):
        readings = [frames_of_numbers(row, info.frames) for row in read]
    scores = [list(Counter(reading.values()).values()).count(1) for reading in readings]
    best = [reading for reading, score in zip(readings, scores, strict=True) if score == max(scores)]
    if any(reading != best[0] for reading in best):
        raise ImportMasksError(
            f"Which number is that of the frame cannot be told from the names: {few(list(plain))}.",
            subject=subject,
            remedy="Name them like the frames, or 00000.png and so on.",
        )
    found = best[0] if best else {}
    ours = set(frame_names(info))
    is_foreign = any(PurePath(plain[name]).stem not in ours for name in found)
    if is_foreign and not own and 0 not in found.values():
        warnings.append("The numbers in the names are taken to count from 0: none is that of frame 0.")
    return found


def frames_of_numbers(numbers: Mapping[str, int], frames: int) -> Frames:
    """Return the frame of each number, less 1 where numbers run from 1 to the number of frames."""
    from_one = 0 not in numbers.values() and frames in numbers.values()
    return {name: number - from_one for name, number in numbers.items() if 0 <= number - from_one < frames}


def _numbers(plain: Mapping[str, str], prefix: str) -> list[dict[str, int]]:
    """Return the numbers in names at each place at which they differ, counted from the end of the name."""
    digits = {name: NUMBER.findall(PurePath(base).stem.removeprefix(prefix)) for name, base in plain.items()}
    found = []
    for place in range(1, max(map(len, digits.values()), default=0) + 1):
        numbers = {name: int(row[-place]) for name, row in digits.items() if len(row) >= place}
        if len(plain) == 1 or len(set(numbers.values())) > 1:
            found.append(numbers)
    return found


def _unique(names: Iterable[H]) -> dict[H, int]:
    """Return the frame of each name that only one frame has."""
    listed = list(names)
    times = Counter(listed)
    return {name: frame for frame, name in enumerate(listed) if times[name] == 1}


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
