"""Outlines of masks, computed on threads beside the event loop."""

import asyncio
from collections.abc import Callable

from app.domain.annotation import Mask, Polygon
from app.imaging import masks
from app.imaging.polygons import reshape_polygons, trace_polygons
from app.messages.events import Event, MaskReshaped, PolygonsTraced, ReshapeFailed
from app.messages.orders import Reshape, TraceOutline
from app.pipeline.services.service import OrderTable, Service


class OutlineTracer(Service):
    """Computes outlines of masks, and masks of edited outlines."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post

    def register(self, orders: OrderTable) -> None:
        orders.add(TraceOutline, lambda order: trace_outline(order, self._post))
        orders.add(Reshape, lambda order: reshape_mask(order, self._post))


async def trace_outline(order: TraceOutline, post: Callable[[Event], None]) -> None:
    """Answer a TraceOutline order with PolygonsTraced."""
    polygons = await asyncio.to_thread(lambda: trace_polygons(masks.decode(order.mask)))
    post(PolygonsTraced(order.frame, order.object_id, order.mask, polygons))


async def reshape_mask(order: Reshape, post: Callable[[Event], None]) -> None:
    """Answer a Reshape order with MaskReshaped, or with ReshapeFailed before raising."""
    try:
        after, polygons = await asyncio.to_thread(_reshaped, order)
    except Exception:
        post(ReshapeFailed(order.frame, order.object_id))
        raise
    post(MaskReshaped(order.frame, order.object_id, order.mask, after, polygons, order.title))


def _reshaped(order: Reshape) -> tuple[Mask, tuple[Polygon, ...]]:
    mask, polygons = reshape_polygons(
        masks.decode(order.mask), order.polygons, order.index, order.after, traced=masks.decode(order.traced)
    )
    return masks.encode(mask), polygons
