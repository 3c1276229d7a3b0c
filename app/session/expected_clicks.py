"""Handler of clicks that may come: their answer is ordered before the button is pressed."""

from copy import copy

from app.domain.annotation import Click
from app.domain.mask_runs import mask_has
from app.messages import events as ev
from app.messages.click_orders import AnswerAhead
from app.messages.orders import Order, Segment
from app.session import clicks, sign_offs
from app.session.state import State


def on_expected(state: State, event: ev.ClickExpected) -> list[Order]:
    """Order the answer to a click as the click itself would, where nothing else is to be computed.

    Nothing of the state changes.
    """
    is_busy = state.propagation is not None or state.playback.playing or not state.models.engine
    if is_busy or event.frame != state.sequence.frame or sign_offs.refusal(state, ev.ClickAdded):
        return []
    pending = state.pending
    if pending is not None and (pending.awaiting or _is_last(pending.prompts[-1:], event)):
        return []
    positive = not _is_masked(state, event) if event.positive is None else event.positive
    trial = copy(state)
    trial.polygons = {}  # which a click clears
    orders = clicks.on_click(trial, ev.ClickAdded(event.frame, event.x, event.y, positive))
    return [AnswerAhead(order) for order in orders if isinstance(order, Segment)]


def _is_last(prompts: tuple[object, ...], event: ev.ClickExpected) -> bool:
    """Whether the last prompt is a click at the same place, where the pointer still rests."""
    return any(isinstance(prompt, Click) and (prompt.x, prompt.y) == (event.x, event.y) for prompt in prompts)


def _is_masked(state: State, event: ev.ClickExpected) -> bool:
    """Whether the mask that a click would change has its place, so that the click rather takes away."""
    pending = state.pending_here
    if pending is None:
        return clicks.object_at(state, event.frame, event.x, event.y) is not None
    return pending.mask is not None and mask_has(pending.mask, event.x, event.y)
