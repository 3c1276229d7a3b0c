"""Which handler answers which event.

A handler is a function on_…(state, event) that returns the orders that follow, in one of the modules here; the
annotation of its event says which events it is for.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import cast, get_args, get_type_hints

from app.messages import events as ev
from app.messages.orders import Order
from app.session import (
    clicks,
    comments,
    engines,
    expected_clicks,
    exporting,
    files,
    importing,
    labels,
    mask_copies,
    mask_edits,
    models,
    navigation,
    night,
    objects,
    pictures,
    polygons,
    propagation,
    reshapes,
    review,
    scans,
    second_series,
    sheet,
    shots,
    sign_offs,
    tiers,
    tools,
    undoing,
    unseen_playback,
    view3d,
    worklist,
)
from app.session.state import State

Handler = Callable[[State, ev.Event], list[Order]]
_MODULES = (
    clicks, comments, engines, expected_clicks, exporting, files, importing, labels, mask_copies,
    mask_edits, models, navigation, night, objects, pictures, polygons, propagation, reshapes, review,
    scans, second_series, sheet, shots, sign_offs, tiers, tools, undoing, unseen_playback, view3d, worklist,
)  # fmt: skip


def _take_answer(state: State, event: ev.PendingSegmented) -> list[Order]:
    """Take the answer to prompts; edits that waited for its finish go on."""
    return clicks.on_segmented(state, event) + mask_edits.proceed(state)


def _take_failure(state: State, event: ev.SegmentationFailed) -> list[Order]:
    """Take the failure of a segmentation; edits that waited for it go on."""
    return clicks.on_segmentation_failed(state, event) + mask_edits.proceed(state)


def _add_propagated(state: State, event: ev.FramePropagated) -> list[Order]:
    """Add the results of one frame; outlines that are edited there follow the masks."""
    orders = propagation.on_propagated(state, event)
    return orders + polygons.refresh_outlines(state) if event.frame == state.sequence.frame else orders


def _handlers_of(module: ModuleType) -> Iterator[tuple[type[ev.Event], Handler]]:
    for name, function in vars(module).items():
        if name.startswith("on_") and function.__module__ == module.__name__:
            _, event, _ = get_type_hints(function).values()
            for kind in get_args(event) or (event,):
                yield kind, function


def _collect_handlers() -> dict[type[ev.Event], Handler]:
    """Return the handlers by event. Raises ValueError for an event with two."""
    found: dict[type[ev.Event], Handler] = {}
    for module in _MODULES:
        for kind, handler in _handlers_of(module):
            if kind in found:
                raise ValueError(f"{kind.__name__} has two handlers")
            found[kind] = handler
    # What reaches several modules.
    found[ev.PendingSegmented] = cast(Handler, _take_answer)
    found[ev.SegmentationFailed] = cast(Handler, _take_failure)
    found[ev.FramePropagated] = cast(Handler, _add_propagated)
    return found


HANDLERS = _collect_handlers()
