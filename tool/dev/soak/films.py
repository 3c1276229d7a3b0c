"""Films by the hundred, each another sequence, with a mask on the first frame."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo


def make_films(
    folder: Path, workspace: Path, count: int, frames: int, size: tuple[int, int] = (96, 64)
) -> list[Path]:
    """Make annotated films of some frames; all show the same, a box of their own makes each another file."""
    demo = write_demo(folder / "demo", frames=frames, width=size[0], height=size[1])
    content, mask = demo.video.read_bytes(), demo.true_labels(0) == 1
    films = []
    with Annotator(workspace, device="cpu", engine="classic", threads=1) as annotator:
        for number in range(count):
            film = folder / f"film {number:03d}.mp4"
            mark = film.name.encode()
            # A free box, ISO/IEC 14496-12, which no reader looks into.
            film.write_bytes(content + struct.pack(">I4s", 8 + len(mark), b"free") + mark)
            annotator.open(film)
            annotator.set_mask(0, annotator.add_object(annotator.add_label("thing")), mask)
            films.append(film)
    return films


def break_film(film: Path, chance: random.Random) -> None:
    """Break an annotated film in one of the ways that the disk and people know."""
    content = film.read_bytes()
    ways = (b"", content[: len(content) // 3], b"no film at all", chance.randbytes(len(content)))
    film.write_bytes(chance.choice(ways))
