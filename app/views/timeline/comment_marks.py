"""Marks of comments on the timeline: a bar below the frames that each one is about."""

from collections.abc import Callable, Iterable

import dearpygui.dearpygui as dpg

from app.domain.comment import Comment
from app.views.toolkit import theme_colors as p
from app.views.toolkit.theme_colors import Sizes

HEIGHT = 4  # Pixels of the design.
LEAST = 5  # Width of the mark of a single frame of a long sequence, pixels of the design.
LONGEST = 70  # Characters of a text that are shown.


class CommentMarks:
    """Drawn in a layer of the timeline."""

    def __init__(self, layer: int, sizes: Sizes) -> None:
        self._layer, self._sizes = layer, sizes

    def draw(self, comments: Iterable[Comment], edge: Callable[[int], float], top: int) -> None:
        """Draw the marks. edge: returns the left side of a frame, within the strip. top: of the marks, in pixels."""
        for comment in comments:
            if comment.start is None or comment.stop is None:
                continue
            left, right = edge(comment.start), edge(comment.stop)
            if right <= left:
                continue  # it lies beside the part that is shown
            corners = (left, top), (max(right, left + self._sizes(LEAST)), top + self._sizes(HEIGHT))
            dpg.draw_rectangle(*corners, color=p.WARNING, fill=p.WARNING, rounding=2, parent=self._layer)


def text_at(comments: Iterable[Comment], frame: int) -> str:
    """Return what the comments on a frame say, in one line, cut where it is long."""
    words = "  ".join(" ".join(comment.text.split()) for comment in comments if comment.is_on(frame))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
