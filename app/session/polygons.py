"""Handlers of outlines: editing the polygons of the masks on the current frame."""

from collections.abc import Callable
from dataclasses import replace

from app.domain.annotation import Polygon
from app.domain.vertices import delete_vertex, insert_vertex, move_vertex
from app.messages.events import PolygonDeleted, PolygonsTraced, VertexDeleted, VertexInserted, VertexMoved
from app.messages.orders import Order, TraceOutline
from app.session import reshapes
from app.session.state import State


def toggle_outlines(state: State) -> list[Order]:
    """Show the outlines for editing, or hide them."""
    state.sequence = replace(state.sequence, mode="annotate" if state.sequence.mode == "edit" else "edit")
    return refresh_outlines(state)


def refresh_outlines(state: State) -> list[Order]:
    """Order outlines for masks without them; drop those whose mask has changed."""
    if state.sequence.mode != "edit":
        state.polygons.clear()
        return []
    shown = {object_id: cell.mask for object_id, cell in state.annotations_on(state.sequence.frame)}
    for object_id in [key for key, found in state.polygons.items() if shown.get(key) != found[0]]:
        del state.polygons[object_id]
    missing = [object_id for object_id in shown if object_id not in state.polygons]
    return [TraceOutline(state.sequence.frame, object_id, shown[object_id]) for object_id in missing]


def on_traced(state: State, event: PolygonsTraced) -> list[Order]:
    """Show the outlines, unless the mask has changed meanwhile or an edit of it is under way."""
    found = state.annotation(event.frame, event.object_id)
    wanted = state.sequence.mode == "edit" and event.frame == state.sequence.frame
    wanted = wanted and not reshapes.is_under_way(state, event.frame, event.object_id)
    if wanted and found is not None and found.mask == event.mask:
        state.polygons[event.object_id] = (event.mask, event.polygons, event.mask)
    return []


def on_vertex_moved(state: State, event: VertexMoved) -> list[Order]:
    """Move a vertex, clamped to the image."""
    info = state.sequence.info
    if info is None:
        return []
    width, height = info.width, info.height

    def moved(polygon: Polygon) -> Polygon:
        return move_vertex(polygon, event.ring, event.vertex, event.x, event.y, width, height)

    return _change(state, event, moved, "Move vertex")


def on_vertex_deleted(state: State, event: VertexDeleted) -> list[Order]:
    """Delete a vertex; an outer ring of fewer than three disappears, such a hole is filled."""
    return _change(
        state, event, lambda known: delete_vertex(known, event.ring, event.vertex), "Delete vertex"
    )


def on_vertex_inserted(state: State, event: VertexInserted) -> list[Order]:
    """Insert a vertex on an edge."""

    def wider(polygon: Polygon) -> Polygon:
        return insert_vertex(polygon, event.ring, event.edge, event.x, event.y)

    return _change(state, event, wider, "Insert vertex")


def on_polygon_deleted(state: State, event: PolygonDeleted) -> list[Order]:
    """Delete a connected piece of the mask."""
    return _reshape(state, event, None, "Delete polygon") if _polygon(state, event) else []


PolygonEvent = VertexMoved | VertexDeleted | VertexInserted | PolygonDeleted


def _polygon(state: State, event: PolygonEvent) -> Polygon | None:
    known = state.polygons.get(event.object_id)
    if known is None or event.frame != state.sequence.frame or not 0 <= event.polygon < len(known[1]):
        return None
    return known[1][event.polygon]


def _change(
    state: State, event: PolygonEvent, change: Callable[[Polygon], Polygon | None], title: str
) -> list[Order]:
    """Edit a polygon; a gesture on a vertex that no longer exists is ignored."""
    polygon = _polygon(state, event)
    if polygon is None:
        return []
    try:
        after = change(polygon)
    except (IndexError, ValueError):
        return []
    return _reshape(state, event, after, title)


def _reshape(state: State, event: PolygonEvent, after: Polygon | None, title: str) -> list[Order]:
    if state.refuses(event.frame, event.object_id):
        return []
    return reshapes.begin_reshape(state, event.frame, event.object_id, event.polygon, after, title)
