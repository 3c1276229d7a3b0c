"""Typing a part of a name finds it, the likeliest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.actions.registry import registry
from app.views.dialogs.fuzzy import best_matches, score
from app.views.dialogs.settings_editor import SettingRow, matching_rows
from app.views.toolkit.virtual_list import VisibleRows

TITLES = [action.title for action in registry().values()]


def test_the_beginnings_of_words_find_an_action() -> None:
    assert best_matches("pf", TITLES, str)[0] in {"Propagate forward", "Previous frame"}
    assert best_matches("prop back", TITLES, str)[0] == "Propagate backward"
    assert best_matches("undo", TITLES, str)[0] == "Undo"
    assert best_matches("UNDO", TITLES, str)[0] == "Undo"


def test_what_does_not_match_is_left_out_and_nothing_typed_leaves_all() -> None:
    assert best_matches("qqqq", TITLES, str) == []
    assert best_matches(" ", TITLES, str) == TITLES


@given(st.text(min_size=1, max_size=30))
def test_every_name_matches_itself(name: str) -> None:
    assert not name.split() or score(name, name) is not None


@given(
    st.integers(1, 20),
    st.integers(0, 100),
    st.lists(st.tuples(st.sampled_from(["choose_row", "scroll"]), st.integers(-120, 120)), max_size=8),
)
def test_a_list_always_shows_existing_rows(visible: int, count: int, moves: list[tuple[str, int]]) -> None:
    window = VisibleRows(visible)
    window.set_count(count)
    for kind, amount in moves:
        getattr(window, kind)(amount)
        assert 0 <= window.first <= max(count - visible, 0)
        assert 0 <= window.chosen < max(count, 1)
        if kind == "choose_row":
            assert window.first <= window.chosen < window.first + visible


def test_a_setting_is_found_by_its_name_or_by_whole_words_of_what_it_is_for() -> None:
    drop = SettingRow("drop_folder", "Folder that is watched for new videos and scans.", "")
    cache = SettingRow("cache_megabytes", "Memory for decoded frames, in MB.", 512)
    assert matching_rows("drf", [cache, drop]) == [drop]
    assert matching_rows("decoded frames", [drop, cache]) == [cache]
    named = SettingRow("cache_megabytes", "Memory.", 512, label="Memory for frames", group="Machine")
    assert matching_rows("megabytes", [drop, named]) == [named]
    assert matching_rows("dvs", [drop, cache]) == []
    assert matching_rows("", [drop, cache]) == [drop, cache]
