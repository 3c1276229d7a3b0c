"""The demo's film is drawn once, and again where a new version of the program draws it otherwise."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from app.kiosk import demo_film
from app.storage.demo.demo_sequence import write_demo


def test_the_film_of_an_earlier_drawing_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_film, "write_demo", partial(write_demo, frames=2, width=160, height=96))
    film = demo_film.make_demo(tmp_path)
    drawn = film.read_bytes()
    film.write_bytes(b"kept")
    assert demo_film.make_demo(tmp_path).read_bytes() == b"kept"
    monkeypatch.setattr(demo_film, "demo_drawing", lambda: "another")
    assert demo_film.make_demo(tmp_path).read_bytes() == drawn
