"""The functions of the views behind the actions of comments."""

from app.actions.bindings import Command
from app.domain.comment import Comment
from app.messages.events import CommentAdded, CommentChanged, FrameRequested
from app.views.dialogs.prompts import LinePrompt
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench


class CommentCommands:
    """Asks for comments and lists them."""

    def __init__(self, bench: Workbench, quick_pick: QuickPick, line: LinePrompt) -> None:
        self._bench, self._quick_pick, self._line, self._post = bench, quick_pick, line, bench.post

    def commands(self) -> dict[str, Command]:
        """Return the commands by action id."""
        return {
            "comment.frame": self._on_frame,
            "comment.range": self._on_range,
            "comment.sequence": lambda: self._ask_for_text(None, None),
            "comment.list": self._list,
        }

    def _on_frame(self) -> None:
        frame = self._bench.snapshot.sequence.frame
        self._ask_for_text(frame, frame + 1)

    def _on_range(self) -> None:
        info, (start, stop) = self._bench.snapshot.sequence.info, self._bench.snapshot.sequence.marks
        if info is not None:
            self._ask_for_text(start or 0, info.frames if stop is None else stop)

    def _ask_for_text(self, start: int | None, stop: int | None) -> None:
        """Ask for a comment on frames [start, stop); the one that is there already is changed."""
        known = [
            found
            for found in self._bench.snapshot.sequence.comments
            if (found.start, found.stop) == (start, stop)
        ]
        wanted = known[-1] if known else Comment(0, "", start, stop)

        def take(text: str) -> None:
            changed = CommentChanged(wanted.comment_id, text)
            self._post(changed if known else CommentAdded(text, start, stop))

        self._line.ask_for_text(f"Comment on {wanted.place}", wanted.text, take, may_be_empty=bool(known))

    def _list(self) -> None:
        """List all comments; the chosen one's frame is shown."""
        rows = [
            Row((found.text, found.place, found.author), found)
            for found in self._bench.snapshot.sequence.comments
        ]
        self._quick_pick.ask_for_choice(
            "Comments", "Part of a comment, or a tag such as #blurred", rows, self._show
        )

    def _show(self, comment: Comment) -> None:
        if comment.start is not None:
            self._post(FrameRequested(comment.start))
