"""Names of people, files and things as they are drawn: right-to-left scripts joined and in order, cut to a width."""

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cache

from app.views.toolkit.fonts import BODY
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import text_width

# Hebrew to Arabic Extended-A, and the presentation forms: Dear ImGui draws letters one by one from left to right.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


def shape_text(text: str) -> str:
    """Return a text in the order and with the letter forms in which it is drawn; most texts as they are."""
    if not _RIGHT_TO_LEFT.search(text):
        return text
    return "\n".join(map(_shaper(), text.split("\n")))


def fit_name(text: str, width: float, sizes: Sizes) -> str:
    """Return a name to be drawn in the body font within a width in pixels, cut with an ellipsis if need be."""
    body = sizes(BODY)
    if text_width(shape_text(text), body, body) <= width:
        return shape_text(text)
    room = width - text_width("…", body, body)
    kept = bisect_right(range(1, len(text) + 1), room, key=lambda count: text_width(text[:count], body, body))
    return shape_text(f"{text[:kept].rstrip()}…")


@cache
def _shaper() -> Callable[[str], str]:
    """Return the function that shapes a line; what it needs is loaded with the first name of such a script."""
    from arabic_reshaper import ArabicReshaper
    from bidi.algorithm import get_display

    reshaper = ArabicReshaper(configuration={"delete_harakat": False, "support_ligatures": True})
    return lambda line: str(get_display(reshaper.reshape(line)))
