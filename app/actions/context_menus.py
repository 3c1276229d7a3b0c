"""The menus of the right mouse button: which actions they hold, in order; "" is a line between groups."""

from typing import Literal

Place = Literal["canvas", "object", "label", "timeline", "sheet"]

_OBJECT = (
    "object.relabel",
    "object.name",
    "object.note",
    "",
    "object.hide",
    "object.solo",
    "object.show_all",
    "object.lock",
    "",
)
CONTEXT_MENUS: dict[Place, tuple[str, ...]] = {
    "canvas": (
        *_OBJECT,
        "mask.fill_holes",
        "mask.drop_islands",
        "mask.smooth",
        "mask.copy",
        "mask.paste",
        "mask.delete",
        "",
        "view.zoom_object",
        "review.object",
        "object.delete",
    ),
    "object": (*_OBJECT, "mask.copy", "mask.interpolate", "review.object", "object.merge", "object.delete"),
    "label": ("label.rename", "label.up", "label.down", "object.new", "", "label.add"),
    "timeline": (
        "tier.mark",
        "interval.relabel",
        "interval.start",
        "interval.stop",
        "interval.delete",
        "",
        "marks.start",
        "marks.stop",
        "marks.clear",
        "",
        "propagate.both",
        "mask.interpolate",
        "mask.clear_range",
        "",
        "review.range",
        "review.accept",
        "review.unlock",
    ),
    "sheet": (
        "sheet.mark",
        "sheet.mark_all",
        "",
        "review.accept",
        "review.seen",
        "review.unlock",
        "",
        "sheet.order",
        "interval.sheet",
        "sheet.toggle",
    ),
}
