"""Names that are no Unicode are opened by libraries that take Unicode alone, and spelled for files of text."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.files.odd_names import clean_text, spell_name, unicode_path


@pytest.mark.parametrize("folder", [b"plain", b"m\xfcller"])
@pytest.mark.parametrize("name", [b"clip.bin", b"cl\xffp.bin", "肝.bin".encode()])
def test_a_file_is_read_and_written_under_a_name_of_unicode(
    tmp_path: Path, folder: bytes, name: bytes
) -> None:
    path = tmp_path / os.fsdecode(folder) / os.fsdecode(name)
    path.parent.mkdir()
    with unicode_path(path, os.O_RDWR | os.O_CREAT) as text:
        text.encode()
        Path(text).write_bytes(b"content")
    with unicode_path(path) as text:
        assert Path(text).read_bytes() == path.read_bytes() == b"content"


def test_odd_names_are_spelled_apart() -> None:
    names = [os.fsdecode(name) for name in (b"\xb7.png", b"\xb8.png", "é.png".encode())]
    assert [spell_name(name) for name in names] == ["%B7.png", "%B8.png", "é.png"]


def test_a_cleaned_text_can_be_written_as_utf8_and_xml() -> None:
    odd = "a\udcff\x00b\x1b\uffff\n\tΩ 手術"
    made = clean_text(odd)
    assert made == "a%FF b  \n\tΩ 手術"
    assert ElementTree.fromstring(f"<a>{made}</a>".encode()).text == made
