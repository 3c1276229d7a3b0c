"""Encodings on disk come back as they were, within their limit, and a failing disk only means encoding again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.models.default.encoding_store import SLOT_BYTES, EncodedFrame, EncodingStore
from app.models.default.working_pixels import SourceBox, WorkingFrame

FRAME = WorkingFrame(SourceBox(0, 0, 64, 32), 32, 64)


def encoding(number: int, channels: int = 2) -> EncodedFrame:
    rng = np.random.default_rng(number)
    f4, f8, f16, f32, embedding, key = (
        rng.random((1, channels, 32 // stride, 64 // stride), np.float32) for stride in (4, 8, 16, 32, 8, 16)
    )
    return EncodedFrame(FRAME, (f4, f8, f16, f32), embedding, key)


def arrays(encoded: EncodedFrame) -> list[np.ndarray]:
    return [*encoded.features, encoded.embedding, encoded.key]


def is_same(found: EncodedFrame | None, number: int) -> bool:
    return found is not None and all(
        np.array_equal(a, b) for a, b in zip(arrays(found), arrays(encoding(number)), strict=True)
    )


@pytest.fixture
def store(tmp_path: Path) -> EncodingStore:
    return EncodingStore(tmp_path, 4 * SLOT_BYTES)


def test_encodings_come_back_exactly(store: EncodingStore) -> None:
    for number in range(4):
        store.put(bytes([number]), encoding(number))
    assert all(is_same(store.get(bytes([number]), FRAME), number) for number in range(4))
    assert store.get(b"other", FRAME) is None


def test_a_full_store_keeps_the_newest_and_mixes_nothing_up(store: EncodingStore) -> None:
    for number in range(9):
        store.put(bytes([number]), encoding(number))
        assert is_same(store.get(bytes([number]), FRAME), number)
    held = [number for number in range(9) if store.get(bytes([number]), FRAME) is not None]
    assert len(held) == 4
    assert all(is_same(store.get(bytes([number]), FRAME), number) for number in held)


def test_what_is_larger_than_a_slot_is_not_kept(store: EncodingStore) -> None:
    store.put(b"large", encoding(0, channels=SLOT_BYTES // 512))
    assert store.get(b"large", FRAME) is None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = EncodingStore(tmp_path / "file")
    for number in range(3):
        store.put(bytes([number]), encoding(number))
        assert store.get(bytes([number]), FRAME) is None
