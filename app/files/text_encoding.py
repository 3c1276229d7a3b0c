"""Texts of before UTF-8: the one encoding in which a file reads as words, or none. Pure."""

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Final

# First bytes of Hangul in EUC-KR end here, of common characters in Big5 two before; of those in GB2312 about half are
# beyond. So many syllables in a row that are not are no chance (1 in 250).
_LAST_COMMON_LEAD: Final = 0xC8
_FIRST_TRAIL: Final = 0xA1  # least second byte of EUC-KR and GB2312
_ENOUGH_SYLLABLES: Final = 8
_LONGEST_RUN: Final = 2  # accented letters side by side in a western word, as in Zoë or Île-à-vache
_BESIDE_SMALL: Final = re.compile(r"[a-z][^\x00-\x7f]|[^\x00-\x7f][a-z]")
_BESIDE_LETTER: Final = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")
_WESTERN_SIGNS: Final = frozenset("°µ²³·–—‘’“”…«»")


def decode_legacy(content: bytes) -> tuple[str, str] | None:
    """Return a text that is not UTF-8, and the name of its encoding; None where none fits or several do.

    One fits when every byte is a character of it and the characters make words: of one script, no case within a
    word that changes back, and for the alphabets of western Europe only single letters beyond ASCII.
    """
    fitting: dict[str, str] = {}
    for codec, (name, is_plausible) in _ENCODINGS.items():
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if is_plausible("".join(sign if sign > "\x7f" else " " for sign in text), text):
            fitting.setdefault(text, name)
    return next(iter(fitting.items())) if len(fitting) == 1 else None


def _is_japanese(foreign: str, text: str) -> bool:
    return _is_far_eastern(foreign, text, _KANA, _HAN)


def _has_kana(foreign: str, text: str) -> bool:
    return _is_far_eastern(foreign, text, _KANA, _HAN) and any(_is_of(sign, _KANA) for sign in foreign)


def _is_korean(foreign: str, text: str) -> bool:
    return _is_far_eastern(foreign, text, _HANGUL) and len(foreign.replace(" ", "")) >= _ENOUGH_SYLLABLES


def _is_chinese(foreign: str, text: str) -> bool:
    """Whether the signs are Chinese, and some begin with a byte that common Korean and traditional ones never have."""
    return _is_far_eastern(foreign, text, _HAN) and any(
        sign.encode("gb2312")[0] > _LAST_COMMON_LEAD for sign in foreign if sign != " "
    )


def _is_traditional(foreign: str, text: str) -> bool:
    """Whether the signs are Chinese, and some end with a byte that simplified and Korean ones never have."""
    return _is_far_eastern(foreign, text, _HAN) and any(
        sign.encode("big5")[1] < _FIRST_TRAIL for sign in foreign if sign != " "
    )


def _is_cyrillic(foreign: str, text: str) -> bool:
    return _are_of(foreign, _CYRILLIC) and _has_steady_case(text) and _BESIDE_LETTER.search(text) is None


def _is_greek(foreign: str, text: str) -> bool:
    return _are_of(foreign, _GREEK) and _has_steady_case(text) and _BESIDE_LETTER.search(text) is None


def _is_western(foreign: str, text: str) -> bool:
    letters = all(
        unicodedata.category(sign)[0] == "L" for sign in foreign if sign not in " " + "".join(_WESTERN_SIGNS)
    )
    return letters and max(map(len, foreign.split()), default=0) <= _LONGEST_RUN and _has_steady_case(text)


def _is_far_eastern(foreign: str, text: str, *scripts: tuple[int, int]) -> bool:
    """Whether the signs are of these scripts, and none stands at a small letter, as a half of an accented one would."""
    return _are_of(foreign, *scripts, _WIDE) and _BESIDE_SMALL.search(text) is None


def _has_steady_case(text: str) -> bool:
    """Whether no small letter is followed by a capital one beyond ASCII, or the other way round within a word."""
    return not any(
        one.islower() and other.isupper() and (one > "\x7f" or other > "\x7f")
        for one, other in pairwise(text)
    )


def _are_of(signs: str, *ranges: tuple[int, int]) -> bool:
    return all(sign == " " or any(_is_of(sign, one) for one in ranges) for sign in signs)


def _is_of(sign: str, span: tuple[int, int]) -> bool:
    return span[0] <= ord(sign) <= span[1]


# Blocks of Unicode, first and last character.
_KANA: Final = (0x3041, 0x30FF)
_HAN: Final = (0x4E00, 0x9FFF)
_HANGUL: Final = (0xAC00, 0xD7A3)
_WIDE: Final = (0xFF01, 0xFF5E)
_CYRILLIC: Final = (0x0400, 0x045F)
_GREEK: Final = (0x0384, 0x03CE)
_ENCODINGS: Final[dict[str, tuple[str, Callable[[str, str], bool]]]] = {
    "cp932": ("Shift-JIS", _is_japanese),
    "euc_jp": ("EUC-JP", _has_kana),
    "euc_kr": ("EUC-KR", _is_korean),
    "gb2312": ("GB2312", _is_chinese),
    "big5": ("Big5", _is_traditional),
    "cp1251": ("Windows-1251", _is_cyrillic),
    "koi8_r": ("KOI8-R", _is_cyrillic),
    "cp1253": ("Windows-1253", _is_greek),
    "cp1252": ("Windows-1252", _is_western),
}
