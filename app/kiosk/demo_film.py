"""The film that the program draws for itself."""

from contextlib import suppress
from pathlib import Path

from app.storage.demo.demo_sequence import demo_drawing, write_demo
from app.storage.exporters.export_job import translate_write_errors


def make_demo(folder: Path) -> Path:
    """Return the path of the demo sequence, drawn on the first call, and again where the drawing has changed."""
    film, drawn_by = folder / "demo.mp4", folder / "demo.drawing"
    with suppress(OSError):
        if film.exists() and drawn_by.read_text(encoding="ascii") == demo_drawing():
            return film
    film = write_demo(folder).video
    with translate_write_errors(drawn_by):
        drawn_by.write_text(demo_drawing(), encoding="ascii")
    return film
