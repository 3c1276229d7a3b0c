"""Masks as editable outlines. The mask stays the truth: an outline is a handle on it.

trace_polygons     mask to polygons          app.imaging.polygons.tracing
rasterize_polygon  polygon to mask           app.imaging.polygons.tracing
reshape_mask       edit a mask by polygon    app.imaging.polygons.mask_reshaping
Outlines           what is under the cursor  app.imaging.polygons.point_queries
"""

from app.domain.vertices import delete_vertex, insert_vertex, move_vertex
from app.imaging.polygons.components import fill_holes, largest_component, remove_small, tidy_mask
from app.imaging.polygons.mask_reshaping import reshape_mask, reshape_polygons
from app.imaging.polygons.point_queries import EdgeHit, Outlines, VertexHit
from app.imaging.polygons.tracing import rasterize_polygon, trace_polygons

__all__ = [
    "EdgeHit",
    "Outlines",
    "VertexHit",
    "delete_vertex",
    "fill_holes",
    "insert_vertex",
    "largest_component",
    "move_vertex",
    "rasterize_polygon",
    "remove_small",
    "reshape_mask",
    "reshape_polygons",
    "tidy_mask",
    "trace_polygons",
]
