"""The workbench: all views, arranged in the window. Built and called by the loop, main thread only."""

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.actions.context_menus import Place
from app.actions.key_chords import parse_all
from app.messages.events import Event
from app.messages.snapshot import Snapshot
from app.messages.view_update import ViewUpdate
from app.views.canvas.canvas import Canvas
from app.views.canvas.compass import Compass, sides_of
from app.views.canvas.frame_caption import FrameCaption
from app.views.canvas.linked_views import LinkedView, LinkedViews
from app.views.canvas.overlays import ResumePrompt, WelcomePanel, first_chord
from app.views.canvas.second_view import SecondView
from app.views.dialogs.dialogs import Dialogs
from app.views.panels.activity_panel import ActivityPanel
from app.views.panels.context_menu import ContextMenu
from app.views.panels.menus import Menus
from app.views.panels.side_column import SideColumn
from app.views.panels.status_bar import StatusBar, suggest_next_step
from app.views.panels.toasts import Toasts
from app.views.panels.tool_bar import WIDTH as TOOL_WIDTH
from app.views.panels.tool_bar import ToolBar
from app.views.sheet.sheet_view import SheetView
from app.views.timeline.timeline import Timeline
from app.views.timeline.transport import Transport
from app.views.toolkit import fonts, icons, theme
from app.views.toolkit.borders import Borders
from app.views.toolkit.display import Display
from app.views.toolkit.layout import Layout
from app.views.toolkit.shown_frames import ShownFrames
from app.views.toolkit.splitters import Splitters
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import add_pane, bind_theme, set_bounds
from app.views.view3d.view3d_pane import View3DPane
from app.views.worklist.worklist_view import WorklistView


class Workbench:
    """Builds all views, passes each Snapshot to them, and arranges them.

    act: carries out an action by its id. post: sends an event to the Session.
    """

    def __init__(
        self,
        display: Display,
        actions: Mapping[str, Action],
        act: Callable[[str], None],
        post: Callable[[Event], None],
        scale: float = 1.0,
    ) -> None:
        self.actions, self.act, self.post = actions, act, post
        self.sizes = sizes = Sizes(scale)
        self._display = display
        self.fonts = fonts.load_fonts(sizes)
        self.themes = themes = theme.build_themes(sizes)
        self.icons = shapes = icons.load_icons()
        self.fields, self.dialogs = TextFields(), Dialogs(sizes)
        self.snapshot = Snapshot()
        self.keys: dict[str, str] = {}
        self.shown = ShownFrames()
        self._arranged: object = None
        self._cover: WorklistView | SheetView | None = None
        frame, overlay, strip, pictures, view3d, tiles, second, small, *others = display.make_textures(10)
        self.window = self._add_window()
        self._borders = Borders()
        self.menus = Menus(self.window, themes.menu, actions, act)
        self.tools = ToolBar(self.window, shapes, sizes, themes, actions, act)
        self._canvas_pane = add_pane(self.window, themes.bare)
        self.canvas = Canvas(self._canvas_pane, frame, overlay, sizes, post)
        self.sheet = SheetView(add_pane(self.window, themes.bare), tiles, sizes, post)
        self.second = SecondView(add_pane(self.window, themes.bare), second, self.canvas, sizes, post)
        self.caption = FrameCaption(self.canvas.item, sizes)
        self.compass = Compass(self.canvas.item, sizes)
        views = [LinkedView(add_pane(self.window, themes.bare), texture, sizes) for texture in others]
        self.linked_views = LinkedViews(views, post)
        self.view3d = View3DPane(self.window, view3d, shapes, sizes, themes, act, post)
        self._timeline_pane = add_pane(self.window, themes.bare)
        self.timeline = Timeline(self._timeline_pane, strip, small, sizes, post)
        self._transport_pane = add_pane(self.window, themes.bar)
        self.transport = Transport(self._transport_pane, shapes, sizes, themes, self.fields, act, post)
        self.side = SideColumn(
            self.window, shapes, sizes, themes, self.fonts, self.fields, self.dialogs, act, post
        )
        self._status_pane = add_pane(self.window, themes.bar)
        self.status = StatusBar(self._status_pane, sizes)
        self._build_overlays(pictures)
        self.splitters = Splitters(self.window, themes.whole, sizes)

    @property
    def frame_at_key(self) -> int | None:
        """The frame that was on the screen when the last key went down; pictures were drawn since."""
        return self.shown.frame_at(self._display.key_time)

    def place_under_mouse(self) -> Place | None:
        """Return the place beside the canvas whose menu the right mouse button opens; a row is chosen by it."""
        if self.sheet.is_under_mouse():
            return "sheet"
        if self.timeline.is_under_mouse():
            return "timeline"
        if self.side.objects.choose_under_mouse():
            return "object"
        return "label" if self.side.labels.choose_under_mouse() else None

    def show_keys(self, chords: Mapping[str, str]) -> None:
        """Show the keys of these chords in all views."""
        self.keys = {identity: first_chord(chords, identity) for identity in self.actions}
        self.menus.show_keys(chords)
        self.welcome.show_keys(self.keys)
        self.worklist.show_keys(self.keys)
        self.activity.show_keys(self.keys)
        self.toasts.show_keys(
            {name: f"{self.keys[name]}: {action.title}" for name, action in self.actions.items()}
        )
        self.side.objects.show_keys(self.keys)
        hints = {identity: describe_action(action, chords) for identity, action in self.actions.items()}
        self.tools.set_tooltips(hints)
        self.transport.set_tooltips(hints)
        self.view3d.set_tooltips(hints)

    def refresh(self, update: ViewUpdate, now: float) -> None:
        """Accept a ViewUpdate. now: seconds of a monotonic clock."""
        snapshot = update.snapshot
        if snapshot is not None:
            self.snapshot = snapshot
            for view in (
                self.menus,
                self.tools,
                self.transport,
                self.side,
                self.worklist,
                self.resume_prompt,
                self.activity,
            ):
                view.refresh(snapshot)
            self.status.refresh(
                snapshot,
                "" if self.worklist.is_shown else suggest_next_step(snapshot, self.keys, self.actions),
            )
            self.toasts.refresh(snapshot, now)
        if snapshot is not None or update.thumbnails is not None:
            self.timeline.refresh(self.snapshot, update.thumbnails)
        if snapshot is not None or update.linked is not None:
            self.linked_views.refresh(self.snapshot, update.linked)
        if snapshot is not None or update.second is not None:
            self.second.refresh(self.snapshot, update.second)
        if snapshot is not None or update.view3d is not None:
            self.view3d.refresh(self.snapshot, update.view3d)
        if snapshot is not None or update.tiles is not None:
            self.sheet.refresh(self.snapshot, update.tiles)
        if snapshot is not None or update.picture is not None:
            self.canvas.refresh(self.snapshot, update.picture)

    def draw(self, x: int, y: int, now: float) -> None:
        """Draw all views. x, y: the mouse, in window pixels. now: seconds of a monotonic clock."""
        self.splitters.move(x, y)
        self._arrange()
        self.canvas.move(x, y)
        self.linked_views.move(x, y)
        self.second.move(x, y)
        self.timeline.move(x, y)
        self.side.labels.refresh(self.snapshot)
        self.view3d.move(x, y)
        self.canvas.draw()
        self.linked_views.draw()
        self.second.draw(x, y)
        self.view3d.draw()
        self.caption.draw(self.snapshot, self.canvas.frame, self.canvas.interaction.view)
        self.compass.draw(
            self.canvas.interaction.view, sides_of(self.snapshot.sequence.info), self.caption.corner
        )
        self.timeline.draw(self.canvas.frame)
        self.sheet.draw()
        self._show_cover()
        self.worklist.draw()
        self.welcome.refresh(self.snapshot, is_covered=self.worklist.is_shown)
        self.toasts.expire(now)
        self.status.point_at(self.canvas.pointer_text)
        self.splitters.draw()
        self.status.tick(now)
        self.dialogs.tick()

    def _arrange(self) -> None:
        width, height = self._display.size
        is_alone = self._cover is not None
        bar, linked = theme.bar_height(self.sizes), 0 if is_alone else self.linked_views.count
        solid, second = self.view3d.is_shown and not is_alone, self.second.is_shown and not is_alone
        wanted = self.splitters.wanted
        tools = self._tool_width(Layout.arrange(width, height, bar, wanted, self.sizes).canvas[3])
        layout = Layout.arrange(
            width,
            height,
            bar,
            wanted,
            self.sizes,
            linked,
            second=second,
            solid=solid,
            tools=tools,
            settings=self.side.settings_height,
        )
        if layout != self._arranged:
            self._arranged = layout
            self.tools.resize(layout.tools)
            self.canvas.resize(*layout.canvas)
            self.sheet.resize(layout.canvas)
            self.second.arrange(layout.second)
            self.linked_views.arrange(layout.panes)
            self.view3d.resize(layout.solid)
            self.timeline.resize(*layout.timeline)
            self.transport.resize(layout.transport[2])
            set_bounds(self._canvas_pane, *layout.canvas)
            set_bounds(self._timeline_pane, *layout.timeline)
            self.side.arrange(layout.side, layout.settings)
            set_bounds(self._transport_pane, *layout.transport)
            set_bounds(self._status_pane, *layout.status)
            self.status.resize(layout.status[2])
            self.splitters.arrange(layout, are_shown=not self._is_covered)
            lines = (*self.tools.lines, self.side.line)
            self._borders.draw(layout, lines, is_covered=self._is_covered)
            top = layout.side[1]
            self.worklist.resize(0, top, width, layout.side[3])
        x, y, across, down = layout.canvas
        self.welcome.center_in(x, y, across, down)
        self.resume_prompt.center_in(x, y, across)
        right, bottom = (width, layout.status[1]) if self._is_covered else (x + across, y + down)
        above = self.activity.anchor_to(right, bottom)
        if self.dialogs.current is not None:
            self.toasts.stack_from(width, height, self.dialogs.bottom)
        else:
            self.toasts.stack_from(right, above)

    def _tool_width(self, height: int) -> int:
        return self.tools.columns(height) * self.sizes(TOOL_WIDTH)

    def _show_cover(self) -> None:
        """Hide what the worklist or the contact sheet covers: all below the menus, or only the frame."""
        cover = self.worklist if self.worklist.is_shown else self.sheet if self.sheet.is_shown else None
        if cover is not self._cover:
            self._cover = cover
            dpg.configure_item(self._canvas_pane, show=cover is None)
            for item in (self.tools.pane, self._timeline_pane, self._transport_pane):
                dpg.configure_item(item, show=not self._is_covered)
            self.side.show(is_shown=not self._is_covered)
            self._arranged = None

    @property
    def _is_covered(self) -> bool:
        return self._cover is self.worklist

    def _build_overlays(self, pictures: Texture) -> None:
        sizes, themes, shapes, act, post = self.sizes, self.themes, self.icons, self.act, self.post
        self.welcome = WelcomePanel(sizes, self.fonts, themes, act)
        self.resume_prompt = ResumePrompt(sizes, themes, post)
        self.worklist = WorklistView(self.window, sizes, self.fonts, themes, self.fields, pictures, act)
        self.activity = ActivityPanel(sizes, self.fonts, themes, shapes["close"], post)
        self.context_menu = ContextMenu(themes.menu, self.actions, act)
        self.toasts = Toasts(sizes, themes, shapes["close"], post)
        self.canvas.sees_through = self.sheet.sees_through = self.toasts.let_mouse_through

    def _add_window(self) -> int:
        window = int(dpg.add_window(menubar=True))
        dpg.set_primary_window(bind_theme(window, self.themes.whole), True)
        # Only now, since a primary window forgets what it was told before.
        dpg.configure_item(window, no_background=True, no_scrollbar=True, no_scroll_with_mouse=True)
        return window


def describe_action(action: Action, chords: Mapping[str, str]) -> str:
    """Return the text of a tooltip: title and keys, and what the action does."""
    keys = " or ".join(str(chord) for chord in parse_all(chords[action.id]))
    return f"{action.title.rstrip('…')}   {keys}\n{action.help}"
