"""Fonts of the system: Noto CJK, and for the glyphs that it lacks DejaVu."""

import logging
from dataclasses import dataclass
from pathlib import Path

import dearpygui.dearpygui as dpg

from app.views.toolkit import glyphs
from app.views.toolkit.theme_colors import Sizes

_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
_ALL_LETTERS, _ALL_LETTERS_BOLD = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"
_REGULAR = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", _ALL_LETTERS)
_BOLD = ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", _ALL_LETTERS_BOLD)
# DejaVu's small letters are as high as Noto's when it is this much smaller: x-heights by the fonts' own tables.
_PROPORTION = 0.8
BODY, SMALL, TITLE, HERO = 17, 14, 22, 34  # heights in pixels of the design; see Sizes
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fonts:
    """Dear PyGui fonts by role; 0 is Dear PyGui's own."""

    body: int = 0
    small: int = 0
    strong: int = 0
    title: int = 0
    hero: int = 0


def load_fonts(sizes: Sizes) -> Fonts:
    """Load the fonts and make the body font the default. Without any of them, Dear PyGui's own is used."""
    regular, bold = find_font(_REGULAR), find_font(_BOLD)
    if regular is None:
        _log.warning("none of %s is installed: only Latin text can be shown", ", ".join(_REGULAR))
        return Fonts()
    heavy = bold or regular
    with dpg.font_registry():
        fonts = Fonts(
            body=dpg.add_font(str(regular), sizes(BODY)),
            small=dpg.add_font(str(regular), sizes(SMALL)),
            strong=dpg.add_font(str(heavy), sizes(BODY)),
            title=dpg.add_font(str(heavy), sizes(TITLE)),
            hero=dpg.add_font(str(heavy), sizes(HERO)),
        )
    dpg.bind_font(fonts.body)
    light_letters, heavy_letters = find_font((_ALL_LETTERS,)), find_font((_ALL_LETTERS_BOLD, _ALL_LETTERS))
    if light_letters is not None and heavy_letters is not None and regular != light_letters:
        # Fonts are loaded with the next frame. A glyph that was missed once is not looked up again.
        dpg.render_dearpygui_frame()
        light, thick = (light_letters, _PROPORTION), (heavy_letters, _PROPORTION)
        glyphs.add_missing_glyphs((light, light, thick, thick, thick))
    return fonts


def find_font(names: tuple[str, ...]) -> Path | None:
    """Return the first of the font files that is installed."""
    installed: dict[str, Path] = {}
    for folder in _FOLDERS:
        if folder.is_dir():
            installed.update((path.name, path) for path in sorted(folder.rglob("*.[to]t[fc]")))
    return next((installed[name] for name in names if name in installed), None)
