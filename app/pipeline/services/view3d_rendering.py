"""Putting the masks on the screen in 3D: the newest camera wins, coarse at once and fine when there is time."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final, Literal

from app.domain.errors import FramewiseError, WorkerDied, WorkerHung
from app.messages.events import ToastLevel
from app.messages.orders import HideView3D, ShowView3D
from app.messages.picture import View3DPicture
from app.messages.snapshot import Snapshot
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.preview3d import Preview3D, Viewpoint
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.workers.protocol import ArrayRef, Cancelled

# All chosen by hand.
QUIET_SECONDS: Final = 0.25  # without a change before the full picture is begun
KEPT_SECONDS: Final = 60.0  # that the renderer of a hidden view is kept, since a start takes seconds
_REST: Final = 0.5  # pause after a picture, in times of what it took, so that others get the processor
_LONG_REST: Final = 3.0  # the same during a propagation or playback
_RETRIES: Final = 2  # restarts of a lost renderer in a row
_log = logging.getLogger(__name__)


class View3DRendering(Service):
    """Draws the 3D view whenever it or its masks have changed."""

    def __init__(
        self,
        renderer: Preview3D,
        frames: FrameStore,
        publish: Callable[[View3DPicture], None],
        notice: Callable[[ToastLevel, str], None],
    ) -> None:
        self._renderer, self._frames = renderer, frames
        self._snapshot, self._changed = Snapshot(), frozenset[int]()
        self._publish, self._notice = publish, notice
        self._is_shown = False
        self._changes, self._moved = asyncio.Event(), asyncio.Event()
        self._look: object = None
        self._losses = 0
        self._cost = 0.0

    def register(self, orders: OrderTable) -> None:
        orders.add(ShowView3D, self.show_masks)
        orders.add(HideView3D, self.hide_masks)

    def show_masks(self, order: ShowView3D) -> None:
        """Draw anew, with the masks of the frames that changed."""
        self._renderer.mark_changed(order.frames)
        self._changed |= order.frames
        self._is_shown = True
        self._changes.set()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Cut a pause short when the view or the masks of the current frame have changed."""
        if self._is_shown and (snapshot.view3d != self._look or snapshot.sequence.frame in self._changed):
            self._look = snapshot.view3d
            self._moved.set()
        self._snapshot, self._changed = snapshot, frozenset()

    def hide_masks(self, _order: HideView3D) -> None:
        """Draw no more."""
        self._is_shown, self._look = False, None
        self._changes.set()
        self._moved.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await self._wait()
            self._changes.clear()
            self._moved.clear()
            if not self._is_shown:
                continue
            try:
                await self._bring_up_to_date()
            except Cancelled:
                _log.debug("a 3D picture was not wanted any more")
            except (WorkerDied, WorkerHung) as error:
                self._retry(error)
            except FramewiseError as error:
                self._fail(error)
            await self._pause()

    async def _wait(self) -> None:
        """Wait for a change; stop the renderer of a view that stays hidden."""
        if self._is_shown:
            await self._changes.wait()
            return
        try:
            async with asyncio.timeout(KEPT_SECONDS):
                await self._changes.wait()
        except TimeoutError:
            await self._renderer.stop()
            await self._changes.wait()

    async def _bring_up_to_date(self) -> None:
        """Show a coarse picture, and the full one unless something changes meanwhile."""
        is_fine = await self._draw("coarse")
        if self._renderer.is_behind:
            self._changes.set()
        if is_fine or not self._is_quiet or await _within(self._changes, QUIET_SECONDS):
            return
        fine = asyncio.create_task(self._draw("full"))
        changes = asyncio.create_task(self._changes.wait())
        try:
            await asyncio.wait((fine, changes), return_when=asyncio.FIRST_COMPLETED)
        finally:
            changes.cancel()
            if not fine.done():
                fine.cancel()
                await asyncio.wait((fine,))
        if not fine.cancelled():
            fine.result()

    async def _draw(self, quality: Literal["coarse", "full"]) -> bool:
        """Show a picture; return whether a full one would not look better."""
        state = self._snapshot
        info, solid = state.sequence.info, state.view3d
        if info is None:
            return True
        frame = state.sequence.frame if solid.slice_shown else None
        began = asyncio.get_running_loop().time()
        async with AsyncExitStack() as stack:
            image = await self._pixels(stack, frame) if info.kind == "volume" else None
            sight = Viewpoint(
                solid.size, solid.camera, solid.opacity, solid.hidden, solid.close, frame, image, quality
            )
            drawn = await self._renderer.draw(sight)
        self._losses, self._cost = 0, asyncio.get_running_loop().time() - began
        if self._is_shown:
            self._publish(View3DPicture(info.path, drawn.image, drawn.is_fine))
        return drawn.is_fine

    async def _pixels(self, stack: AsyncExitStack, frame: int | None) -> ArrayRef | None:
        """Borrow the pixels of a frame, None when it cannot be decoded: the plane then stays blank."""
        if frame is None:
            return None
        try:
            return await stack.enter_async_context(self._frames.frame(frame, self._snapshot.view.window))
        except FramewiseError as error:
            _log.info("no picture for the plane: %s", error)
            return None

    @property
    def _is_quiet(self) -> bool:
        state = self._snapshot
        return state.propagation is None and not state.playback.playing

    async def _pause(self) -> None:
        """Pause, unless the camera moves or the masks of the current frame change."""
        await _within(self._moved, self._cost * (_REST if self._is_quiet else _LONG_REST))

    def _retry(self, error: FramewiseError) -> None:
        """Draw again with a new renderer, a limited number of times in a row."""
        self._losses += 1
        if self._losses > _RETRIES:
            self._fail(error)
            return
        self._notice("warning", "The 3D view stopped and starts again.")
        self._changes.set()

    def _fail(self, error: FramewiseError) -> None:
        _log.warning("no 3D picture: %s", error)
        info = self._snapshot.sequence.info
        if info is not None:
            self._publish(View3DPicture(info.path, None, trouble=str(error)))


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Return whether an event is set within a time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
