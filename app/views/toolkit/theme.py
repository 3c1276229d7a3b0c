"""Themes of all widgets: dark, with one accent colour.

Panels draw no background; the window's clear colour is theirs. With software rendering a rectangle over the whole
window was measured to cost four times as much as clearing and showing it.
"""

from dataclasses import dataclass
from types import MappingProxyType

import dearpygui.dearpygui as dpg

from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.theme_colors import Sizes

CLEAR = (0, 0, 0, 0)  # RGBA
FRAME_PADDING, CELL_PADDING = 5, 2  # pixels of the design, above and below a text
_COLORS = MappingProxyType({
    "Text": p.TEXT, "TextDisabled": p.FAINT, "WindowBg": CLEAR, "ChildBg": CLEAR, "PopupBg": p.RAISED,
    "Border": p.BORDER, "BorderShadow": CLEAR, "FrameBg": p.RAISED, "FrameBgHovered": p.HOVERED,
    "FrameBgActive": p.HOVERED, "TitleBg": p.PANEL, "TitleBgActive": p.PANEL, "MenuBarBg": CLEAR,
    "ScrollbarBg": CLEAR, "ScrollbarGrab": p.HOVERED, "ScrollbarGrabHovered": p.FAINT,
    "ScrollbarGrabActive": p.FAINT, "CheckMark": p.ACCENT, "SliderGrab": p.ACCENT,
    "SliderGrabActive": p.TEXT, "Button": p.RAISED, "ButtonHovered": p.HOVERED, "ButtonActive": p.ACCENT_DEEP,
    "Header": p.ACCENT_DEEP, "HeaderHovered": p.HOVERED, "HeaderActive": p.ACCENT_DEEP,
    "Separator": p.BORDER, "TextSelectedBg": p.ACCENT_DEEP, "TableBorderLight": p.BORDER,
    "TableBorderStrong": p.BORDER, "TableHeaderBg": p.PANEL, "TableRowBg": CLEAR, "TableRowBgAlt": CLEAR,
    "PlotHistogram": p.ACCENT, "NavHighlight": p.ACCENT, "DragDropTarget": p.ACCENT,
    "ModalWindowDimBg": (8, 9, 11, 150),
})  # fmt: skip


def _styles(sizes: Sizes) -> dict[str, tuple[float, ...]]:
    return {
        "WindowPadding": (sizes(10), sizes(8)),
        "SelectableTextAlign": (0.0, 0.5),
        "WindowBorderSize": (0,),
        "WindowRounding": (sizes(8),),
        "ChildRounding": (0,),
        "ChildBorderSize": (0,),
        "PopupRounding": (sizes(6),),
        "PopupBorderSize": (1,),
        "FrameRounding": (sizes(4),),
        "FramePadding": (sizes(8), sizes(FRAME_PADDING)),
        "ItemSpacing": (sizes(8), sizes(6)),
        "ItemInnerSpacing": (sizes(6), sizes(4)),
        "CellPadding": (sizes(4), sizes(CELL_PADDING)),
        "ScrollbarSize": (sizes(10),),
        "ScrollbarRounding": (sizes(5),),
        "GrabMinSize": (sizes(12),),
        "GrabRounding": (sizes(4),),
    }


@dataclass(frozen=True, slots=True)
class Themes:
    """Items of the themes, to bind to widgets."""

    base: int
    dialog: int
    flat: int
    chosen: int
    tool: int
    tool_on: int
    tool_active: int
    primary: int
    card: int
    panel: int
    quiet: int
    dense: int
    cell: int
    menu: int
    whole: int
    bar: int
    bare: int
    plain: int


def build_themes(sizes: Sizes) -> Themes:
    """Make all themes and bind the base."""
    pad = sizes(16)
    themes = Themes(
        base=_theme(dict(_COLORS), _styles(sizes)),
        dialog=_theme({"PopupBg": p.PANEL, "ChildBg": CLEAR}, {"WindowPadding": (pad, pad)}),
        flat=_theme({"Button": CLEAR, "ButtonHovered": p.HOVERED}, {"FramePadding": (sizes(6), sizes(6))}),
        chosen=_theme({"Button": p.ACCENT_DEEP, "ButtonHovered": p.ACCENT_DEEP}, {}),
        tool=_theme({"Button": CLEAR, "ButtonHovered": p.HOVERED}, {"FramePadding": (sizes(6), sizes(6))}),
        tool_on=_theme(
            {"Button": p.ACCENT_DEEP, "ButtonHovered": p.ACCENT_DEEP},
            {"FramePadding": (sizes(6), sizes(6))},
        ),
        tool_active=_theme(
            {"Button": p.ACCENT, "ButtonHovered": p.ACCENT}, {"FramePadding": (sizes(6), sizes(6))}
        ),
        primary=_theme({"Button": p.ACCENT_DEEP, "ButtonHovered": p.ACCENT, "Text": (255, 255, 255)}, {}),
        card=_theme(
            {"WindowBg": p.RAISED, "Button": p.HOVERED, "FrameBg": p.PANEL},
            {"WindowPadding": (sizes(12), sizes(9))},
        ),
        panel=_theme({}, {"WindowPadding": (sizes(12), sizes(10))}),
        bar=_theme({}, {"WindowPadding": (sizes(12), sizes(4))}),
        bare=_theme({"ChildBg": CLEAR}, {}),
        whole=_theme({}, {"WindowPadding": (0, 0)}),
        menu=_theme({}, {"WindowPadding": (sizes(10), sizes(8))}),
        cell=_theme(
            {"Button": CLEAR, "ButtonHovered": p.HOVERED}, {"FramePadding": (sizes(2), sizes(FRAME_PADDING))}
        ),
        dense=_theme({}, {"ItemSpacing": (sizes(8), sizes(2))}),
        quiet=_theme(
            {"Button": CLEAR, "ButtonHovered": p.HOVERED, "Text": p.MUTED}, {"ButtonTextAlign": (0.0, 0.5)}
        ),
        plain=_theme({"Border": CLEAR, "WindowBg": CLEAR}, {}),
    )
    dpg.bind_theme(themes.base)
    return themes


def bar_height(sizes: Sizes) -> int:
    """Return the height of the menu bar."""
    return sizes(BODY) + 2 * sizes(FRAME_PADDING)


def row_height(sizes: Sizes) -> int:
    """Return the height of a selectable whose text is level with the texts beside it."""
    return bar_height(sizes)


def table_row(sizes: Sizes) -> int:
    """Return the height of a table's row with such selectables in it."""
    return row_height(sizes) + 2 * sizes(CELL_PADDING)


def _theme(colors: dict[str, tuple[int, ...]], styles: dict[str, tuple[float, ...]]) -> int:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        for name, color in colors.items():
            dpg.add_theme_color(getattr(dpg, f"mvThemeCol_{name}"), color)
        for name, values in styles.items():
            dpg.add_theme_style(getattr(dpg, f"mvStyleVar_{name}"), *values)
    return int(theme)
