"""The column at the window's side: lists of labels, objects and measures, and below them the settings."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.messages.events import Event
from app.messages.snapshot import Snapshot
from app.views.dialogs.color_picker import ColorDialog
from app.views.dialogs.dialogs import Dialogs
from app.views.panels.label_panel import LabelPanel
from app.views.panels.mask_settings import MaskSettingsPanel
from app.views.panels.measure_panel import MeasurePanel
from app.views.panels.object_panel import ObjectPanel
from app.views.panels.picture_settings import PictureSettingsPanel
from app.views.toolkit.fonts import Fonts
from app.views.toolkit.layout import Area
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, Sizes
from app.views.toolkit.widgets import bind_theme, set_bounds


class SideColumn:
    """The settings keep their place however long the lists above them are. act: carries out an action by its id."""

    def __init__(
        self,
        window: int,
        icons: dict[str, int],
        sizes: Sizes,
        themes: Themes,
        fonts: Fonts,
        fields: TextFields,
        dialogs: Dialogs,
        act: Callable[[str], None],
        post: Callable[[Event], None],
    ) -> None:
        self._sizes, self._theme, self._title_font = sizes, themes.panel, fonts.small
        self._lists, self._settings = self._add_column(window), self._add_column(window)
        self.colors = ColorDialog(dialogs, sizes, themes, fields)
        self._add_title("Labels", self._lists)
        self.labels = LabelPanel(self._lists, icons, sizes, themes, fields, self.colors, post)
        self._add_title("Objects", self._lists)
        self.objects = ObjectPanel(self._lists, icons, sizes, themes, act, post)
        self._add_title("Measures", self._lists)
        self._measures = MeasurePanel(self._lists, sizes, fonts.small)
        self._body = int(dpg.add_group(parent=self._settings))
        self._add_title("Masks", self._body)
        self._mask_settings = MaskSettingsPanel(self._body, sizes, post)
        self._picture_body = int(dpg.add_group(parent=self._body))
        self._add_title("Picture", self._picture_body)
        self._picture_settings = PictureSettingsPanel(self._picture_body, sizes, post)
        self.line = ((0, 0), (0, 0))  #: the border above the settings, window pixels

    @property
    def settings_height(self) -> int:
        """Height that the settings take, which changes with what they show, in pixels."""
        return int(dpg.get_item_rect_size(self._body)[1]) + self._sizes(24)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the lists and settings of a Snapshot."""
        for panel in (
            self.labels,
            self.objects,
            self._measures,
            self._mask_settings,
            self._picture_settings,
        ):
            panel.refresh(snapshot)
        is_scan = snapshot.sequence.info is not None and snapshot.sequence.info.kind == "volume"
        dpg.configure_item(self._picture_body, show=not is_scan)

    def arrange(self, area: Area, settings: Area) -> None:
        """Set the area of the column, and that of the settings at its bottom."""
        x, y, width, _ = area
        upper = settings[1] - y
        set_bounds(self._lists, x, y, width, upper)
        set_bounds(self._settings, *settings)
        for panel in (self.labels, self.objects, self._measures):
            panel.box.set_column_height(upper)
        for fitting in (self.labels, self.objects, self._mask_settings, self._picture_settings):
            fitting.fit_width(width)
        self.line = ((x, settings[1]), (x + width, settings[1]))

    def show(self, *, is_shown: bool) -> None:
        """Show the column, or hide it."""
        for column in (self._lists, self._settings):
            dpg.configure_item(column, show=is_shown)

    def _add_column(self, window: int) -> int:
        item = dpg.add_child_window(parent=window, border=False, always_use_window_padding=True)
        return bind_theme(int(item), self._theme)

    def _add_title(self, text: str, parent: int) -> None:
        if dpg.get_item_children(parent, 1):
            dpg.add_spacer(height=self._sizes(6), parent=parent)
            dpg.add_separator(parent=parent)
            dpg.add_spacer(height=self._sizes(2), parent=parent)
        item = dpg.add_text(text.upper(), parent=parent, color=MUTED)
        if self._title_font:
            dpg.bind_item_font(item, self._title_font)
