"""Redaction of names of files, people and studies in logs: each is replaced by a short id."""

import os
import re
import sysconfig
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from app.domain.worklist.entry import display_name
from app.files.suffixes import IMAGES, SCANS, VIDEOS
from app.storage.workspace.workspace import NAME_LENGTH, UNSAFE

ID_DIGITS: Final = 8  # hexadecimal; 10,000 names collide with a chance of 1 %
SHORTEST: Final = 3  # characters; shorter names are part of too many words
UNNAMED: Final = "<>"
_ROOT = Path(__file__).parents[3]
# A path in a message has no sure end: it goes on to a quote, to the colon behind a subject, or to the line's end.
_PATH = re.compile(r"(?<![\w.])(?:~|\.{1,2})?/(?!\s)(?:(?!: )[^'\"\n\r])+")
_FILE = re.compile(
    rf"[^\s/'\"]+(?:{'|'.join(re.escape(suffix) for suffix in sorted(IMAGES | SCANS | VIDEOS))})\b", re.I
)
# Names of studies, series and instances lead to the patient (DICOM PS3.5, 9).
_UID = re.compile(r"\b[0-2](?:\.\d+){4,}\b")
_LETTER = r"[^\W_]"


class Redactor:
    """Hides names. The id of a name is always the same on one machine, and no other machine can guess it."""

    def __init__(self, salt: bytes) -> None:
        """salt: up to 64 secret bytes of this machine."""
        self._salt = salt
        self._ids: dict[str, str] = {}
        self._forms: dict[str, set[str]] = {}
        self._starts: dict[str, set[str]] = {}
        self._known: set[str] = set()
        self._own = re.compile(rf"(?:{'|'.join(re.escape(folder) for folder in _own_folders())})[\w./-]*")

    def short_id(self, name: str) -> str:
        """Return what stands for a name, such as <3f9a02c1>."""
        plain = unicodedata.normalize("NFC", name).encode("utf-8", "surrogatepass")
        return f"<{blake2b(plain, key=self._salt, digest_size=ID_DIGITS // 2).hexdigest()}>"

    def add_name(self, path: str | Path, below: str | Path = "") -> None:
        """Hide the name of a file or folder from now on, and those of the folders between it and below."""
        text = os.fspath(path)
        if text in self._known:
            return
        self._known.add(text)
        inside = os.path.relpath(text, below) if below else os.pardir
        parts = (os.path.basename(text),) if inside.startswith(os.pardir) else Path(inside).parts
        for part in parts:
            for form in _forms(part):
                self._ids.setdefault(form.lower(), self.short_id(part))
                self._forms.setdefault(form.lower(), set()).update((form, form.lower()))
                self._starts.setdefault(form.lower()[:SHORTEST], set()).add(form.lower())

    def redact(self, text: str, subjects: Iterable[str] = ()) -> str:
        """Return a text without the names learnt, and without any path, media file name or DICOM identifier.

        subjects: paths that are known to be in the text, so that it is known where they end.
        """
        for subject in sorted(subjects, key=len, reverse=True):
            if not self._own.match(subject):
                for form in (subject, repr(subject)[1:-1]):
                    text = text.replace(form, self.short_id(subject))
        place, hidden = 0, []
        for match in self._own.finditer(text):
            hidden += [self._redact(text[place : match.start()]), match[0]]
            place = match.end()
        return "".join([*hidden, self._redact(text[place:])])

    def _redact(self, text: str) -> str:
        text = self._redact_known(text)
        for pattern in (_PATH, _FILE, _UID):
            text = pattern.sub(lambda match: self.short_id(match[0]), text)
        return text

    def _redact_known(self, text: str) -> str:
        lower = text.lower()
        found = {form for key in self._known_names_in(lower) for form in self._forms[key]}
        if not found:
            return text
        names = "|".join(re.escape(form) for form in sorted(found, key=len, reverse=True))
        pattern = re.compile(rf"(?<!{_LETTER})(?:{names})(?!{_LETTER})", re.IGNORECASE)
        return pattern.sub(lambda match: self._ids.get(match[0].lower(), UNNAMED), text)

    def _known_names_in(self, lower: str) -> set[str]:
        """Return the names that are in a text, both in lower case; quick however many there are."""
        found = set()
        for place in range(len(lower) - SHORTEST + 1):
            for form in self._starts.get(lower[place : place + SHORTEST], ()):
                if lower.startswith(form, place):
                    found.add(form)
        return found


def _forms(name: str) -> set[str]:
    """Return the spellings of a name: as it is, without suffix, as a folder name, escaped, decomposed."""
    wholes = {name, Path(name).stem, name.split(".")[0]}
    forms = wholes | {display_name(whole) for whole in wholes}
    forms |= {UNSAFE.sub("_", whole)[:length] for whole in wholes for length in (NAME_LENGTH, None)}
    forms |= {whole.encode("unicode_escape").decode() for whole in wholes} | {
        repr(whole)[1:-1] for whole in wholes
    }
    forms |= {unicodedata.normalize("NFC", form) for form in forms}
    forms |= {unicodedata.normalize("NFD", form) for form in forms}
    return {form for form in forms if len(form) >= SHORTEST and not form.isspace()}


def _own_folders() -> tuple[str, ...]:
    """Folders of code: their paths say where an error is, and nothing else."""
    libraries = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    own = (str(_ROOT / name) for name in ("app", "tool"))
    return tuple(f"{folder}{os.sep}" for folder in (*own, *libraries) if folder)
