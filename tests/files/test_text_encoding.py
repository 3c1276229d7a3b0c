"""Texts that are not UTF-8 are read in the encoding in which they are words, or not at all."""

from __future__ import annotations

import pytest

from app.files.text_encoding import decode_legacy

LISTS = {
    "cp932": ("肝臓 脾臓 腎臓", "ポリープ 粘膜", "大腸のポリープ", "胃"),
    "euc_kr": ("간세포 비장 신장 용종", "대장 용종 점막하층"),
    "gb2312": ("肝脏 脾脏 肾脏", "息肉 黏膜 血管"),
    "big5": ("肝臟 脾臟 腎臟", "息肉 黏膜 血管"),
    "euc_jp": ("ポリープ 粘膜", "大腸のポリープ"),
    "cp1251": ("Печень селезёнка почка", "печень"),
    "koi8_r": ("Печень почка", "Полип слизистая"),
    "cp1253": ("Ήπαρ σπλήνα", "νεφρός ήπαρ"),
    "cp1252": ("Läsion Gefäß", "Gefäß", "lésion à gauche", "Läsion", "Íleon", "riñón 37 °C"),
}


@pytest.mark.parametrize(
    ("codec", "text"), [(codec, text) for codec, texts in LISTS.items() for text in texts]
)
def test_words_are_read_in_their_own_encoding_or_refused(codec: str, text: str) -> None:
    """Never as other words: what reads in two ways is refused."""
    lines = "".join(f"{number} {name} 10 200 30\n" for number, name in enumerate(text.split(), 1))
    found = decode_legacy(lines.encode(codec))
    assert found is None or found[0] == lines


@pytest.mark.parametrize("codec", sorted(LISTS))
def test_a_list_of_usual_length_is_read(codec: str) -> None:
    names = " ".join(LISTS[codec]).split()
    lines = "".join(f"{number} {name} 10 200 30\n" for number, name in enumerate(names, 1))
    found = decode_legacy(lines.encode(codec))
    assert found is not None and found[0] == lines


@pytest.mark.parametrize(
    "content", ["간".encode("euc_kr"), bytes(range(128, 256)), "ПЕЧЕНЬ".encode("cp1251")]
)
def test_what_fits_several_encodings_or_none_is_not_guessed(content: bytes) -> None:
    assert decode_legacy(b"1 " + content + b" 1 2 3\n") is None
