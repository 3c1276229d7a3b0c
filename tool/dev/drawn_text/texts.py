"""Texts as machines burn them into pictures, drawn in several scripts and fonts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

HERSHEY: Final = {
    "Hershey simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "Hershey duplex": cv2.FONT_HERSHEY_DUPLEX,
    "Hershey triplex": cv2.FONT_HERSHEY_TRIPLEX,
    "Hershey plain": cv2.FONT_HERSHEY_PLAIN,
}
_DEJAVU, _NOTO = "/usr/share/fonts/truetype/dejavu/", "/usr/share/fonts/opentype/noto/"
OUTLINES: Final = {
    "DejaVu Sans": f"{_DEJAVU}DejaVuSans.ttf",
    "DejaVu Sans Bold": f"{_DEJAVU}DejaVuSans-Bold.ttf",
    "DejaVu Mono": f"{_DEJAVU}DejaVuSansMono.ttf",
    "DejaVu Serif": f"{_DEJAVU}DejaVuSerif.ttf",
    "Noto Sans CJK": f"{_NOTO}NotoSansCJK-Regular.ttc",
}
TEXTS: Final = {
    "Latin": (
        *("Mustermann, Erika", "DOE^JANE", "*12.08.1964", "ID 4711-0815", "St. Anna Hospital", "F 58Y"),
        *("2026-03-14 09:26", "Krankenhaus Süd", "Dr. Peña", "MRN: 00238841", "Nowak Jan", "14:07:33"),
    ),
    "Cyrillic": ("Иванова Мария", "ПЕТРОВ А.С.", "Городская больница", "род. 03.05.1971", "Шевченко Олена"),
    "CJK": ("山田太郎", "王小明 男 45岁", "北京协和医院", "김민준 1980", "東京大学病院", "患者番号 48211"),
}


@dataclass(frozen=True, slots=True)
class DrawnText:
    """A text in a picture."""

    words: str
    script: str
    font: str
    height: int  #: pixels of a capital letter with its descender, about
    ink: NDArray[np.bool_]  #: (h, w), the pixels of its letters


def draw_text(
    rng: np.random.Generator, image: NDArray[np.uint8], height: int, free: NDArray[np.bool_]
) -> DrawnText | None:
    """Draw a text of a height in pixels into an image, light or dark, where nothing was drawn; None without room."""
    script = str(rng.choice(list(TEXTS)))
    font = str(rng.choice([*HERSHEY, *OUTLINES]))
    if script == "CJK":
        font = "Noto Sans CJK"
    elif script == "Cyrillic" and font in HERSHEY:
        font = "DejaVu Sans"
    words = str(rng.choice(TEXTS[script]))
    if font in HERSHEY:
        words = words.encode("ascii", "ignore").decode()
    cover = _hershey(words, font, height) if font in HERSHEY else _outline(words, OUTLINES[font], height)
    rows, columns = cover.shape
    room = image.shape[0] - rows - 8, image.shape[1] - columns - 8
    for _ in range(40):
        if min(room) < 1:
            return None
        y, x = int(rng.integers(4, room[0] + 4)), int(rng.integers(4, room[1] + 4))
        if free[max(y - 10, 0) : y + rows + 10, max(x - 20, 0) : x + columns + 20].all():
            break
    else:
        return None
    place = slice(y, y + rows), slice(x, x + columns)
    _paint(rng, image[place], cover)
    free[place] = False
    ink = np.zeros(free.shape, bool)
    ink[place] = cover > 0.5
    return DrawnText(words, script, font, height, ink)


def _paint(rng: np.random.Generator, under: NDArray[np.uint8], cover: NDArray[np.float32]) -> None:
    """Paint letters light on dark or dark on light; with a plate below where the contrast would be too low to read."""
    level = float(under.mean())
    ink = rng.uniform(190, 255) if level < 128 else rng.uniform(0, 50)
    color = np.array([ink, ink, ink * (0.4 if rng.random() < 0.2 and ink > 128 else 1)])
    spread = float(under.std())
    if abs(ink - level) < 90 + spread:
        under[...] = 0 if ink > 128 else 255
    under[...] = np.clip(under * (1 - cover[..., None]) + color * cover[..., None], 0, 255)


def _hershey(words: str, font: str, height: int) -> NDArray[np.float32]:
    thickness = 1 if height < 24 else 2
    (_, base), below = cv2.getTextSize(words, HERSHEY[font], 1, thickness)
    scale = height / (base + below)
    (width, above), below = cv2.getTextSize(words, HERSHEY[font], scale, thickness)
    canvas = np.zeros((above + below + 4, width + 4), np.uint8)
    cv2.putText(canvas, words, (2, above + 2), HERSHEY[font], scale, 255, thickness, cv2.LINE_AA)
    return _cut(canvas)


def _outline(words: str, path: str, height: int) -> NDArray[np.float32]:
    font = _font(path, height)
    left, top, right, bottom = font.getbbox(words)
    canvas = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), words, 255, font)
    return _cut(np.asarray(canvas))


@cache
def _font(path: str, height: int) -> ImageFont.FreeTypeFont:
    """Return a font whose capital with descender is so high."""
    for size in range(height // 2, height * 2):
        font = ImageFont.truetype(path, size)
        _, top, _, bottom = font.getbbox("Hg")
        if bottom - top >= height:
            return font
    raise ValueError(path)


def _cut(canvas: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the part of a canvas with ink, in [0, 1]."""
    x, y, w, h = cv2.boundingRect(canvas)
    return (canvas[y : y + h, x : x + w] / 255).astype(np.float32)
