"""The status bar keeps the next step in sight, however narrow the window is."""

from __future__ import annotations

from app.views.panels.status_bar import hidden_texts


def test_facts_go_before_the_next_step() -> None:
    widths = {"saved": 40, "hint": 300, "window": 100, "unverified": 100, "engine": 100}
    assert hidden_texts(widths, 800, 20) == frozenset()
    assert hidden_texts(widths, 700, 20) == {"engine"}
    assert not {"saved", "hint"} & hidden_texts(widths, 100, 20)
