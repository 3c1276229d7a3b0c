"""The list of objects says in words what cannot be seen of them."""

from __future__ import annotations

from app.domain.annotation import Label, Object
from app.messages.snapshot import Snapshot
from app.views.panels.object_panel import name_with_state


def test_the_list_says_what_is_hidden_and_locked() -> None:
    objects = (Object(1, 1), Object(2, 1, "left", locked=True))
    snapshot = Snapshot(labels=(Label(1, "tool", (1, 2, 3)),), objects=objects, hidden=frozenset({2}))
    assert [name_with_state(snapshot, item) for item in objects] == ["#1 tool", "hidden · locked · #2 left"]
