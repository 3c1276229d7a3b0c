"""Recall of drawn text: how much of it is found, and how much of its ink is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.finding import Finding
from tool.dev.drawn_text.backgrounds import BACKGROUNDS
from tool.dev.drawn_text.texts import DrawnText, draw_text

_SIZES: Final = ((480, 640), (576, 720), (512, 512), (720, 1280), (1080, 1920))  # pixels, height and width
_HEIGHTS: Final = (12, 40)  # pixels of letters, the least and the most
_MOST_TEXTS: Final = 5  # in a picture
_FOUND: Final = 0.5  # share of a text's ink within boxes from which it counts as found
Inspect = Callable[[NDArray[np.uint8]], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class TextResult:
    """What became of one text."""

    kind: str  #: of the picture
    picture: int
    text: DrawnText
    covered: float  #: share of its ink within boxes

    @property
    def is_found(self) -> bool:
        """Whether most of it was found."""
        return self.covered >= _FOUND


def measure_recall(inspect: Inspect, pictures: int, seed: int) -> Iterator[TextResult]:
    """Yield the texts of so many pictures; the same seed draws the same ones."""
    kinds = list(BACKGROUNDS)
    for number in range(pictures):
        rng = np.random.default_rng([seed, number])
        kind = kinds[number % len(kinds)]
        image, texts = draw_picture(rng, kind)
        covered = np.zeros(image.shape[:2], bool)
        for box in inspect(image):
            covered[box.rows, box.columns] = True
        for text in texts:
            yield TextResult(kind, number, text, float(covered[text.ink].mean()))


def draw_picture(rng: np.random.Generator, kind: str) -> tuple[NDArray[np.uint8], list[DrawnText]]:
    """Return a picture uint8 (h, w, 3) RGB and the texts in it."""
    height, width = _SIZES[int(rng.integers(len(_SIZES)))]
    image = BACKGROUNDS[kind](rng, height, width)
    free = np.ones((height, width), bool)
    wanted = int(rng.integers(1, _MOST_TEXTS + 1))
    drawn = (
        draw_text(rng, image, int(rng.integers(_HEIGHTS[0], _HEIGHTS[1] + 1)), free) for _ in range(wanted)
    )
    return image, [text for text in drawn if text is not None]


def recall_table(results: list[TextResult]) -> str:
    """Return lines with the recall by kind of picture, script, font and height of letters."""
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for one in results:
        text = one.text
        for key in ("all", one.kind, text.script, text.font, f"{text.height // 8 * 8} px and more"):
            total[key] += 1
            found[key] += one.is_found
    whole = sum(one.covered >= 0.99 for one in results) / max(len(results), 1)
    rows = [
        f"{key:22} {found[key]:5} of {total[key]:5}  {found[key] / total[key]:.4f}" for key in sorted(total)
    ]
    missed = [
        f"missed: picture {one.picture}, {one.text.words!r}, {one.text.font}, {one.text.height} px, {one.kind}, "
        f"{one.covered:.2f} covered"
        for one in results
        if not one.is_found
    ]
    return "\n".join([*rows, f"99 % of the ink covered  {whole:.4f}", *missed])
