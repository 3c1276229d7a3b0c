"""The state machine: events in, orders out. No I/O, no clock, no threads, no arrays."""

from dataclasses import replace

from app.domain.annotation import Color, Mask
from app.domain.object_colors import object_colors, target_color
from app.messages import events as ev
from app.messages.orders import HideView3D, Order, Record, RecordCursor, ShowFrame, ShowView3D
from app.messages.snapshot import EditsState, Snapshot
from app.session import review, sign_offs, view3d
from app.session.handlers import HANDLERS
from app.session.state import State


class Session:
    """The state machine of the open sequence and its annotations."""

    def __init__(self) -> None:
        self._state = State()
        self._revision = 0
        self._shown: object = None
        self._view3d: object = None

    def handle(self, event: ev.Event) -> list[Order]:
        """Handle an event, return the orders that follow. Raises KeyError for an unknown kind of event."""
        handler = HANDLERS[type(event)]
        orders = [] if sign_offs.refuse(self._state, event) else handler(self._state, event)
        leaving = self._state.leaving
        if leaving is not None and not self._state.is_awaiting:
            self._state.leaving = None
            orders = [*orders, *HANDLERS[type(leaving)](self._state, leaving)]
        orders = [self._completed(order) for order in orders]
        self._state.gestures += sum(isinstance(order, Record) and order.is_gesture for order in orders)
        self._revision += 1
        shown = self._visible()
        if shown != self._shown and self._state.sequence.info is not None:
            orders = [
                *orders,
                self._show_frame(),
            ]
        self._shown = shown
        return [*orders, *self._follow_view3d()]

    def _completed(self, order: Order) -> Order:
        """Return an order with what it needs of the state after the event."""
        state = self._state
        if isinstance(order, Record):
            seen = bytes(state.seen) if order.edit.cells else b""
            return replace(order, operator=state.operator, seen=seen, selected=state.sequence.selected)
        if isinstance(order, RecordCursor):
            return replace(order, seen=bytes(state.seen), selected=state.sequence.selected)
        return order

    def layers(self) -> tuple[tuple[Mask, Color], ...]:
        """Return the masks to paint on the current frame, lower ones first, with their colours."""
        state = self._state
        if not state.view.overlay_visible:
            return ()
        rows = {label.value: row for row, label in enumerate(state.labels)}
        colors = object_colors(state.labels, state.sequence.objects)
        values = {item.object_id: item.label for item in state.sequence.objects}
        pending = state.pending_here
        hidden = pending.target if pending is not None and pending.mask is not None else None
        painted = []
        for object_id, cell in state.annotations_on(state.sequence.frame):
            if object_id != hidden and object_id not in state.sequence.hidden:
                painted.append((rows.get(values[object_id], len(rows)), cell.mask, colors[object_id]))
        ordered = [(mask, color) for _, mask, color in sorted(painted, key=lambda item: item[0])]
        if pending is not None and pending.mask is not None:
            ordered.append(
                (
                    pending.mask,
                    target_color(state.labels, state.sequence.objects, pending.target, state.label),
                )
            )
        return tuple(ordered)

    def snapshot(self) -> Snapshot:
        """Return the state for the views."""
        state = self._state
        active = state.propagation
        return Snapshot(
            revision=self._revision,
            sequence=state.sequence,
            labels=state.labels,
            label=state.label,
            begins_new=state.is_finished and not state.is_chosen,
            pending=state.pending_here,
            annotations=state.annotations_on(state.sequence.frame),
            polygons=tuple((key, found[1]) for key, found in sorted(state.polygons.items())),
            tracks=tuple(state.track_of(item) for item in state.sequence.objects),
            propagation=active.state if active is not None else None,
            edits=self._edits(),
            can_resume=state.unfinished is not None,
            tasks=state.tasks,
            playback=state.playback,
            tools=state.tools,
            view=state.view,
            view3d=state.view3d,
            sheet=state.sheet,
            timeline=state.timeline,
            models=state.models,
            toasts=state.toasts,
            operator=state.operator,
            worklist=state.worklist,
            night=state.night,
        )

    def _edits(self) -> EditsState:
        state, pending = self._state, self._state.pending_here
        can_undo = (pending is not None and pending.prompts) or state.reshapes or state.waiting_edits
        return EditsState(
            can_undo=bool(can_undo or state.history.done),
            can_redo=bool((pending is not None and pending.undone) or state.history.undone),
            editing=bool(state.waiting_edits),
            saved=state.stored_gestures >= state.gestures and not (state.storage_failed or state.is_awaiting),
            unreviewed=review.count_unreviewed(state),
        )

    @property
    def state(self) -> State:
        """The state, to be read from the thread that handles events only."""
        return self._state

    def _follow_view3d(self) -> list[Order]:
        """Return the orders that bring the 3D picture up to date."""
        state, before = self._state, self._view3d
        self._view3d = view3d.visible_scene(state)
        if self._view3d is None:
            return [] if before is None else [HideView3D()]
        if self._view3d == before and not state.dirty_frames:
            return []
        frames = frozenset(state.dirty_frames)
        state.dirty_frames.clear()
        return [ShowView3D(frames)]

    def _show_frame(self) -> ShowFrame:
        state = self._state
        return ShowFrame(
            state.sequence.frame, self.layers(), state.view.window, state.drawn, state.view.adjustment
        )

    def _visible(self) -> tuple[object, ...]:
        """Return everything that decides what the current frame looks like, and whether it can be read."""
        state = self._state
        return state.sequence.info, self._show_frame(), state.is_source_missing
