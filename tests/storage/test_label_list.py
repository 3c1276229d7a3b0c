"""Label lists on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.annotation import Label
from app.errors import LabelFileError
from app.storage.label_list import parse, read_labels, write_labels

NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
BYTE = st.integers(0, 255)
LISTS = st.lists(
    st.builds(Label, st.integers(1, 255), NAMES, st.tuples(BYTE, BYTE, BYTE)),
    unique_by=lambda label: label.value,
)


def test_the_file_is_eisegs_to_the_byte(tmp_path: Path) -> None:
    labels = (Label(1, "liver", (244, 108, 59)), Label(12, "left ventricle", (0, 0, 255)))
    write_labels(tmp_path / "labels.txt", labels)
    assert (tmp_path / "labels.txt").read_bytes() == b"1 liver 244 108 59 \n12 left ventricle 0 0 255 \n"


@given(labels=LISTS)
def test_any_list_comes_back_without_loss(
    tmp_path_factory: pytest.TempPathFactory, labels: list[Label]
) -> None:
    path = tmp_path_factory.getbasetemp() / "labels.txt"
    write_labels(path, labels)
    assert read_labels(path) == (tuple(labels), ())


@pytest.mark.parametrize("text", ["1 a b 1 2 3", "1 a b 1 2 3 \r\n", "\ufeff1 a b 1 2 3 \n\n"])
def test_other_line_ends_and_a_byte_order_mark_are_tolerated(tmp_path: Path, text: str) -> None:
    (tmp_path / "l.txt").write_bytes(text.encode())
    assert read_labels(tmp_path / "l.txt")[0] == (Label(1, "a b", (1, 2, 3)),)


def test_each_bad_line_is_named_and_the_good_ones_are_kept() -> None:
    labels, problems = parse(
        ["1 a 1 2 3", "x b 1 2 3", "300 c 1 2 3", "4 d 1 2 999", "5 e", "1 twice 4 5 6", ""]
    )
    assert [label.name for label in labels] == ["a"]
    assert [problem.partition(":")[0] for problem in problems] == [f"Line {n}" for n in (2, 3, 4, 5, 6)]


def test_a_file_without_any_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("this is a shopping list\n")
    with pytest.raises(LabelFileError, match="Line 1"):
        read_labels(tmp_path / "l.txt")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "l.txt").write_bytes(content)
    with pytest.raises(LabelFileError, match=r"l\.txt"):
        read_labels(tmp_path / "l.txt")
