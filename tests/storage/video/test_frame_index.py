"""The list of packets and what is worked out from it, without any video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.storage.video.frame_index import UNKNOWN, PacketInfo, PacketTable, index_by_order, index_by_time


def table(times: Sequence[int | None], keys: Sequence[int] = (0,), hidden: Sequence[int] = ()) -> PacketTable:
    return PacketTable.of(
        PacketInfo(100 * n, 10, UNKNOWN if time is None else time, n, n in keys, n not in hidden)
        for n, time in enumerate(times)
    )


@st.composite
def streams(draw: st.DrawFn) -> tuple[PacketTable, list[int]]:
    """A stream of groups with reordered pictures, some shown before the keyframe that they follow in the file."""
    order: list[int] = []
    keys = []
    for _ in range(draw(st.integers(1, 6))):
        begin, length = len(order), draw(st.integers(1, 9))
        leading = draw(st.integers(0, min(3, length - 1))) if begin else 0
        key_place = begin + leading
        rest = [place for place in range(begin, begin + length) if place != key_place]
        early = [place for place in rest if place < key_place]
        late = [place for place in rest if place > key_place]
        keys.append(len(order))
        order += [key_place, *draw(st.permutations(early)), *draw(st.permutations(late))]
    step = draw(st.integers(1, 1000))
    return table([place * step + 77 for place in order], keys), order


@given(streams())
def test_frames_are_in_the_order_of_their_times(stream: tuple[PacketTable, list[int]]) -> None:
    packets, order = stream
    index = index_by_time(packets, reorders=True)
    assert index is not None
    assert [order[packet] for packet in index.frames] == list(range(len(order)))
    assert (index.frame_of[index.frames] == np.arange(len(order))).all()


@given(streams())
def test_every_frame_is_decoded_from_a_key_before_it_in_the_file_and_on_screen(
    stream: tuple[PacketTable, list[int]],
) -> None:
    packets, _ = stream
    index = index_by_time(packets, reorders=True)
    assert index is not None
    for frame, packet in enumerate(index.frames):
        segment = index.segment(frame)
        assert packets.key[index.entries[segment]]
        assert index.entries[segment] <= packet
        assert index.starts[segment] <= frame < index.segment_end(segment)


@given(streams())
def test_a_frame_leans_on_all_that_are_decoded_before_it(stream: tuple[PacketTable, list[int]]) -> None:
    packets, _ = stream
    index = index_by_time(packets, reorders=True)
    assert index is not None
    for frame, packet in enumerate(index.frames):
        assert index.depends_on[frame] == index.frame_of[: packet + 1].max()


@given(streams(), st.data())
def test_a_part_is_numbered_from_0(stream: tuple[PacketTable, list[int]], data: st.DataObject) -> None:
    index = index_by_time(stream[0], reorders=True)
    assert index is not None
    first = data.draw(st.integers(0, len(index.frames) - 1))
    last = data.draw(st.integers(first, len(index.frames) - 1))
    part = index.between(first, last)
    assert part.frames.tolist() == index.frames[first : last + 1].tolist()
    assert len(part.packets) == part.frames.max() + 1
    for frame in range(len(part.frames)):
        assert part.entries[part.segment(frame)] <= part.frames[frame]
        assert part.entries[part.segment(frame)] in index.entries


@given(streams(), st.data())
def test_without_an_entry_its_frames_come_from_the_one_before(
    stream: tuple[PacketTable, list[int]], data: st.DataObject
) -> None:
    index = index_by_time(stream[0], reorders=True)
    assert index is not None
    if len(index.entries) > 1:
        gone = data.draw(st.integers(1, len(index.entries) - 1))
        less = index.without_entry(gone)
        for frame in range(len(index.frames)):
            segment = index.segment(frame)
            expected = gone - 1 if segment == gone else segment
            assert less.entries[less.segment(frame)] == index.entries[expected]


def test_times_that_cannot_be_right_are_not_relied_on() -> None:
    assert index_by_time(table([0, None, 20]), reorders=True) is None
    assert index_by_time(table([0, 20, 20]), reorders=True) is None
    restarted = [*range(200), *range(200)]
    assert index_by_time(table(restarted), reorders=True) is None
    assert index_by_time(table([1000, *range(100)]), reorders=True) is None


def test_a_stream_that_does_not_reorder_needs_no_times() -> None:
    for times in ([0, None, 20], [0, 20, 20], [None, None, None]):
        index = index_by_time(table(times), reorders=False)
        assert index is not None and index.frames.tolist() == [0, 1, 2]


def test_hidden_packets_give_no_frame_but_are_decoded() -> None:
    index = index_by_time(table([0, 35, 40, 80, 120], keys=[0, 3], hidden=[1]), reorders=False)
    assert index is not None
    assert index.frames.tolist() == [0, 2, 3, 4]
    assert index.frame_of.tolist() == [0, -1, 1, 2, 3]
    assert index.starts.tolist() == [0, 2]


def test_a_hidden_keyframe_is_an_entry_for_what_is_due_after_it() -> None:
    index = index_by_time(table([-40, -20, 0, 20, 40], keys=[0], hidden=[0, 1]), reorders=True)
    assert index is not None
    assert index.entries.tolist() == [0] and index.starts.tolist() == [0]
    assert index.frames.tolist() == [2, 3, 4]


def test_a_stream_without_keyframes_is_decoded_from_its_first_packet() -> None:
    index = index_by_order(table([0, 1, 2], keys=[]), np.arange(3))
    assert index.entries.tolist() == [0] and index.segment(2) == 0
