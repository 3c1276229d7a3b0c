"""The window of the operating system: opening, drawing, waiting for input, closing. Main thread only."""

import logging
import operator
import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import dearpygui.dearpygui as dpg

from app.views.toolkit.graphics import Graphics, WaitingPress
from app.views.toolkit.textures import Texture, Textures
from app.views.toolkit.theme_colors import BACKGROUND
from app.views.toolkit.waker import Waker

Job = tuple[Callable[..., Any] | None, Any, Any, Any]
# Up to so many cores the workers use all of them. Measured on two; four is chosen by hand.
_FEW_CORES = 4
_log = logging.getLogger(__name__)


class Display:
    """A window with Dear PyGui in it. A context manager."""

    def __init__(
        self, title: str, size: tuple[int, int], *, fullscreen: bool = False, decorated: bool = True
    ) -> None:
        self._title = title
        self._size = size
        self._fullscreen = fullscreen
        self._decorated = decorated
        self.graphics: Graphics | None = None
        #: Called with the exception of a callback.
        self.on_error: Callable[[Exception], None] = lambda error: None
        #: Called when the window manager asks to close the window.
        self.on_close: Callable[[], None] = self.close
        self.textures: list[Texture] = []
        #: When the first key went down that the last frame read, seconds of time.monotonic.
        self.key_time = 0.0
        self._has_read_key = False
        self._presses: list[WaitingPress] = []
        self._waker = Waker()
        self.wake = self._waker.wake  #: ends a wait; any thread may call it

    def __enter__(self) -> Self:
        _draw_in_this_thread()
        dpg.create_context()
        try:
            self._open()
        except BaseException:
            dpg.destroy_context()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        dpg.destroy_context()
        self._waker.close()

    def _open(self) -> None:
        dpg.configure_app(manual_callback_management=True)
        width, height = self._size
        dpg.create_viewport(
            title=self._title,
            width=width,
            height=height,
            x_pos=0,
            y_pos=0,
            clear_color=(*BACKGROUND, 255),
            vsync=False,
            decorated=self._decorated,
            disable_close=True,
        )
        dpg.setup_dearpygui()
        dpg.set_exit_callback(lambda *_: self.on_close())
        dpg.show_viewport()
        if self._fullscreen:
            dpg.toggle_viewport_fullscreen()
        dpg.render_dearpygui_frame()
        self.graphics = Graphics.load()
        self._fit_to_screen()
        self._textures = Textures()

    def _fit_to_screen(self) -> None:
        """Make a window that is larger than the screen as large as the screen."""
        if self.graphics is not None and any(map(operator.gt, self._size, self.graphics.screen_size())):
            self.fill_screen()

    def make_textures(self, count: int) -> list[Texture]:
        """Return textures to draw with. To be called once, before the first frame that is seen."""
        return self._textures.make(count, self.graphics)

    @property
    def is_open(self) -> bool:
        """Whether the window is still there."""
        return bool(dpg.is_dearpygui_running())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing area, in pixels."""
        return dpg.get_viewport_client_width(), dpg.get_viewport_client_height()

    @property
    def items(self) -> int:
        """The number of Dear PyGui items. Drawing the same state again must not add any."""
        return len(dpg.get_all_items())

    def draw_frame(self) -> list[Job]:
        """Draw a frame and return the callbacks that it caused."""
        self._note_keys()
        dpg.render_dearpygui_frame()
        self._textures.park_uploaded()
        return dpg.get_callback_queue() or []

    def _note_keys(self) -> None:
        """Note when the keys went down that this frame reads: it may have been while the frame before was drawn.

        Of keys that come together Dear ImGui leaves some to the next frame.
        """
        keys = self.graphics.waiting_keys() if self.graphics is not None else []
        if keys or not self._has_read_key:
            self.key_time = min(keys, default=time.monotonic())
        self._has_read_key = bool(keys)

    def new_presses(self) -> list[WaitingPress]:
        """Return the mouse buttons that went down since the last call and that the next frame will read."""
        waiting = self.graphics.waiting_presses() if self.graphics is not None else []
        found = [press for press in waiting if press not in self._presses]
        self._presses = waiting
        return found

    def run_callbacks(self, jobs: list[Job]) -> None:
        """Run callbacks, all with (sender, data, user); one that fails is logged and reported, others run."""
        for callback, sender, data, user in jobs:
            if callback is None:
                continue
            try:
                callback(sender, data, user)
            except Exception as error:  # noqa: BLE001 - the edge to the annotator's hand
                _log.exception("a callback failed")
                self.on_error(error)

    def wait_for_input(self, seconds: float) -> bool:
        """Wait for input or news, at most some seconds; return whether there is input, False where that is unknown."""
        if self.graphics is None:
            self.wait_for_news(seconds)
            return False
        if self.graphics.has_input():
            return True
        ready = select.select((self.graphics, self._waker), (), (), max(seconds, 0.0))[0]
        self._waker.reset()
        return self.graphics in ready

    def wait_for_news(self, seconds: float) -> None:
        """Wait for a call of wake, at most some seconds."""
        select.select((self._waker,), (), (), max(seconds, 0.0))
        self._waker.reset()

    def close(self) -> None:
        """End the loop after this frame."""
        dpg.stop_dearpygui()

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back to a window."""
        dpg.toggle_viewport_fullscreen()

    def fill_screen(self) -> None:
        """Take the size of the screen, which another monitor or resolution may have changed."""
        if self.graphics is None:
            return
        width, height = self.graphics.screen_size()
        if (width, height) != self.size:
            dpg.set_viewport_pos((0, 0))
            dpg.set_viewport_width(width)
            dpg.set_viewport_height(height)

    def keep_awake(self) -> None:
        """Keep the screen from going dark."""
        if self.graphics is not None:
            self.graphics.keep_awake()

    def save_screenshot(self, path: Path) -> None:
        """Write what the window shows to a PNG file, with the next frame."""
        dpg.output_frame_buffer(str(path))


def _draw_in_this_thread() -> None:
    """Keep Mesa's software renderer from dividing a frame among threads.

    While the workers use every core, each of those threads waits for one, and the frame for the slowest thread:
    on two busy cores the longest frame took 50 ms with two threads and 40 ms without. With a graphics card the
    variable has no effect.
    """
    if (os.cpu_count() or 1) <= _FEW_CORES:
        os.environ.setdefault("LP_NUM_THREADS", "0")
