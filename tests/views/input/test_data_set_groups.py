"""What of a worklist is offered for a data set."""

from __future__ import annotations

from app.domain.worklist.entry import EntryState, WorklistEntry
from app.views.input.data_set_commands import group_entries


def entry(name: str, state: EntryState) -> WorklistEntry:
    return WorklistEntry(name, f"/{name}.mp4", name, 0.0, state, fingerprint=f"hash {name}")


EVERY = [
    entry("a", EntryState.DONE),
    entry("b", EntryState.IN_WORK),
    entry("c", EntryState.READY),
    entry("d", EntryState.FAILED),
]


def test_all_annotated_sequences_are_the_usual_choice_and_the_only_one_without_a_worklist() -> None:
    assert group_entries([], [], ()) == {"All annotated sequences": None}
    assert list(group_entries(EVERY, EVERY, ())) == ["All annotated sequences"]


def test_what_is_marked_comes_first_and_what_the_filter_leaves_last() -> None:
    groups = group_entries(EVERY, EVERY[:1], {"a", "c"})
    assert groups == {
        "The marked ones (1)": EVERY[:1],
        "All annotated sequences": None,
        "Those that the worklist shows (1)": EVERY[:1],
    }
