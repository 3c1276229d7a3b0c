"""The functions of the views behind the actions of tools, masks and objects."""

import math
from collections.abc import Callable

from app.actions.bindings import Command
from app.actions.object_actions import selected_object
from app.domain.annotation import Object
from app.domain.mask_operations import KeepPiece
from app.messages import events as ev
from app.views.dialogs.prompts import LinePrompt
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench


class ToolCommands:
    """What tools and masks need of the mouse or of a question."""

    def __init__(self, bench: Workbench, quick_pick: QuickPick, line: LinePrompt) -> None:
        self._bench, self._quick_pick, self._line, self._post = bench, quick_pick, line, bench.post

    def commands(self) -> dict[str, Command]:
        """Return the commands by action id."""
        return {
            "mask.keep_piece": self._keep_piece,
            "measure.calibrate": self._calibrate,
            "tool.limits": self._toggle_limits,
            "object.merge": self._merge,
            "object.name": self._name,
            "object.note": self._note,
        }

    def _keep_piece(self) -> None:
        point = self._bench.canvas.point_under_mouse()
        if point is not None:
            self._post(ev.MaskEditRequested(self._bench.snapshot.sequence.frame, KeepPiece(*point)))

    def _calibrate(self) -> None:
        """Ask how long the ruler is."""
        ruler, info = self._bench.canvas.interaction.measuring, self._bench.snapshot.sequence.info
        widths = ruler.widths(info) if ruler is not None and info is not None else 0.0
        if not widths:
            self._post(ev.Noticed("info", "Draw a line of known length with the ruler (;) first."))
            return
        self._line.ask_for_text(
            "How long is the line, in mm?", "", lambda text: self._take_length(text, widths)
        )

    def _take_length(self, text: str, widths: float) -> None:
        try:
            length = float(text.replace(",", ".").removesuffix("mm"))
        except ValueError:
            length = 0.0
        if math.isfinite(length) and length > 0:
            self._post(ev.PixelSizeGiven(length / widths))
        else:
            self._post(
                ev.Noticed("warning", f"{text} is no length in millimetres. Type a number, such as 10.")
            )

    def _toggle_limits(self) -> None:
        is_limited = self._bench.snapshot.tools.limits is not None
        self._post(ev.LimitsChanged(None if is_limited else self._bench.canvas.limits_under_mouse()))

    def _name(self) -> None:
        self._describe(
            "Name of", lambda item: item.name, lambda key, text: ev.ObjectDescribed(key, name=text)
        )

    def _note(self) -> None:
        self._describe(
            "Note on", lambda item: item.note, lambda key, text: ev.ObjectDescribed(key, note=text)
        )

    def _describe(
        self, title: str, known: Callable[[Object], str], make: Callable[[int, str], ev.Event]
    ) -> None:
        """Ask for a text about the selected object."""
        item = selected_object(self._bench.snapshot)
        if item is not None:
            key = item.object_id
            self._line.ask_for_text(
                f"{title} #{key}", known(item), lambda text: self._post(make(key, text)), may_be_empty=True
            )

    def _merge(self) -> None:
        """Ask for the object to merge into the selected one, which may be another one by the time of the answer."""
        snapshot = self._bench.snapshot
        selected = snapshot.sequence.selected
        if selected is None:
            return
        labels = {item.object_id: snapshot.label_of(item.object_id) for item in snapshot.sequence.objects}
        rows = [
            Row((label.name if label is not None else "", f"#{object_id}"), object_id)
            for object_id, label in labels.items()
            if object_id != selected
        ]
        title = f"Merge #{selected} with"
        self._quick_pick.ask_for_choice(
            title, "Part of its name", rows, lambda other: self._post(ev.ObjectsMerged(selected, other))
        )
