"""Label lists on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import Label
from app.domain.errors import LabelFileError
from app.domain.segment_code import CodedTerm, SegmentCode
from app.storage.exporters.label_list import parse, read_labels, write_labels

# Any text at all, with more of what could break a line, and of what looks as if it had been mended.
NAMES = st.one_of(
    st.text(max_size=20), st.text(' "\\n\n\r\t\ud800\u2028é', max_size=8), st.text().map(json.dumps)
)
BYTE = st.integers(0, 255)
LISTS = st.lists(
    st.builds(Label, st.integers(1, 255), NAMES, st.tuples(BYTE, BYTE, BYTE)),
    unique_by=lambda label: label.value,
)


def test_the_file_is_eisegs_to_the_byte(tmp_path: Path) -> None:
    labels = (Label(1, "liver", (244, 108, 59)), Label(12, "left ventricle", (0, 0, 255)))
    write_labels(tmp_path / "labels.txt", labels)
    assert (tmp_path / "labels.txt").read_bytes() == b"1 liver 244 108 59 \n12 left ventricle 0 0 255 \n"


def test_codes_stand_in_a_file_beside_the_list_and_come_back(tmp_path: Path) -> None:
    code = SegmentCode(
        CodedTerm("123037004", "SCT", "Anatomical Structure"), CodedTerm("10200004", "SCT", "Liver")
    )
    labels = (Label(1, "Leber", (1, 2, 3), code), Label(2, "tool", (4, 5, 6)))
    write_labels(tmp_path / "labels.txt", labels)
    assert (tmp_path / "labels.txt").read_bytes() == b"1 Leber 1 2 3 \n2 tool 4 5 6 \n"
    assert read_labels(tmp_path / "labels.txt") == (labels, ())
    (tmp_path / "labels.codes.json").write_text('{"Leber": 3}')
    read, notes = read_labels(tmp_path / "labels.txt")
    assert read[0].code is None and "labels.codes.json" in notes[0]
    write_labels(tmp_path / "labels.txt", labels[1:])
    assert [path.name for path in tmp_path.iterdir()] == ["labels.txt"]


@pytest.mark.parametrize("name", ["", " ", "  left  ventricle ", "5 6 7", "肝臓", '"polyp"', "a\tb\x85c"])
def test_a_name_that_a_line_can_hold_is_written_as_eiseg_writes_it(tmp_path: Path, name: str) -> None:
    write_labels(tmp_path / "l.txt", [Label(1, name, (1, 2, 3))])
    assert (tmp_path / "l.txt").read_bytes() == f"1 {name} 1 2 3 \n".encode()
    assert read_labels(tmp_path / "l.txt") == ((Label(1, name, (1, 2, 3)),), ())


def test_a_name_of_two_lines_stays_on_one_line(tmp_path: Path) -> None:
    write_labels(tmp_path / "l.txt", [Label(1, "left\nventricle", (1, 2, 3))])
    assert (tmp_path / "l.txt").read_bytes() == b'1 "left\\nventricle" 1 2 3 \n'


@given(labels=LISTS)
def test_any_list_comes_back_without_loss(
    tmp_path_factory: pytest.TempPathFactory, labels: list[Label]
) -> None:
    path = tmp_path_factory.getbasetemp() / "labels.txt"
    write_labels(path, labels)
    assert read_labels(path) == (tuple(labels), ())


@pytest.mark.parametrize(
    "text", ["1 a b 1 2 3", "1 a b 1 2 3 \r\n", "\ufeff1 a b 1 2 3 \n\n", "  1 a b 1 2 3   \n \n"]
)
def test_other_line_ends_and_a_byte_order_mark_are_tolerated(tmp_path: Path, text: str) -> None:
    (tmp_path / "l.txt").write_bytes(text.encode())
    assert read_labels(tmp_path / "l.txt")[0] == (Label(1, "a b", (1, 2, 3)),)


def test_each_bad_line_is_named_and_the_good_ones_are_kept() -> None:
    labels, problems = parse(
        ["1 a 1 2 3", "x b 1 2 3", "300 c 1 2 3", "4 d 1 2 999", "5 e", "1 twice 4 5 6", ""]
    )
    assert [label.name for label in labels] == ["a"]
    assert [problem.partition(":")[0] for problem in problems] == [f"Line {n}" for n in (2, 3, 4, 5, 6)]


def test_a_line_that_is_not_utf8_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_bytes("1 a 1 2 3 \n2 é 1 2 3 \n".encode() + "3 é 1 2 3 \n".encode("latin-1"))
    labels, problems = read_labels(tmp_path / "l.txt")
    assert [label.name for label in labels] == ["a", "é"]
    assert problems == ("Line 3: the text is not UTF-8.",)


def test_a_list_that_cannot_be_written_keeps_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LabelFileError, match="cannot be written"):
        write_labels(tmp_path / "file" / "l.txt", [])


def test_a_file_without_any_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("this is a shopping list\n")
    with pytest.raises(LabelFileError, match="Line 1"):
        read_labels(tmp_path / "l.txt")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", b"1 a 1 2 3\n" * 500_000, None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "l.txt").write_bytes(content)
    with pytest.raises(LabelFileError, match=r"l\.txt"):
        read_labels(tmp_path / "l.txt")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("table.ctbl", "# Color table file x\n# 2 values\n0 Background 0 0 0 0\n1 liver 221 130 101 255\n"),
        ("table.ctbl", "1 liver 221 130 101 255\n"),
        ("LUT.txt", "#No. Label Name:  R   G   B   A\n0 Unknown 0 0 0 0\n\n1   liver   221 130 101 0\r\n"),
        (
            "snap.txt",
            '# ITK-SnAP\n  0  0  0  0  0  0  0  "Clear Label"\n  1  221  130  101  1  1  1  "liver"\n',
        ),
        ("snap.label", '1 221 130 101 0.5 1 0 "liver"\n'),
        ("mac.txt", "1 liver 221 130 101 \r"),
        ("CAPITALS.CTBL", "1 liver 221 130 101 255\r\n"),
    ],
)
def test_lists_of_other_programs_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode())
    assert read_labels(tmp_path / name) == ((Label(1, "liver", (221, 130, 101)),), ())


def test_rows_of_a_colour_table_that_are_no_labels_are_named(tmp_path: Path) -> None:
    rows = "# Color table\n1 liver 1 2 3 255\n1 twice 1 2 3 255\n1035 far 1 2 3 255\n2 x 1 2 999 255\n"
    (tmp_path / "a.ctbl").write_text(rows)
    labels, problems = read_labels(tmp_path / "a.ctbl")
    assert [label.name for label in labels] == ["liver"]
    assert [problem.partition(":")[0] for problem in problems] == ["Line 3", "Line 4", "Line 5"]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_names_in_any_script_come_from_files_that_say_their_encoding(tmp_path: Path, coding: str) -> None:
    (tmp_path / "l.txt").write_bytes("1 肝臓 1 2 3 \n2 Läsion 4 5 6 \n".encode(coding))
    labels, problems = read_labels(tmp_path / "l.txt")
    assert [label.name for label in labels] == ["肝臓", "Läsion"] and not problems


def test_a_file_of_old_windows_is_read_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_bytes("1 Läsion 1 2 3 \r\n2 Gefäß 4 5 6 \r\n".encode("cp1252"))
    labels, problems = read_labels(tmp_path / "l.txt")
    assert [label.name for label in labels] == ["Läsion", "Gefäß"]
    assert problems == ("The text is not UTF-8; it was read as Windows-1252.",)
