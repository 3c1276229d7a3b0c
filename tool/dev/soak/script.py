"""An annotator who does anything, in random order: the gestures of a session through the headless interface."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.headless import Annotator
from app.messages.events import LabelChanged

LABELS, OBJECTS = 4, 6
EXPORTED = ("png", "coco", "mp4")
SPAN = 8  # frames of a propagation at most
Gesture = Callable[[], None]


class Script:
    """Random gestures on the open sequence, each of them at most one Edit.

    propagating: called when a propagation that will not be cancelled has reached its first frame.
    exports: a folder for exports, which are imported again; None for neither.
    """

    def __init__(
        self,
        a: Annotator,
        chance: random.Random,
        propagating: Gesture = lambda: None,
        exports: Path | None = None,
    ) -> None:
        self._a, self._chance, self._propagating = a, chance, propagating
        self._exports = exports
        self._masks: Path | None = None  #: exported ones
        self._gestures: dict[Gesture, int] = {
            self.click: 6,
            self.redraw: 6,
            self.undo: 4,
            self.redo: 3,
            self.verify: 3,
            self.look: 3,
            self.propagate: 3,
            self.add_object: 1,
            self.delete_object: 1,
            self.rename_label: 2,
        }
        if exports is not None:
            self._gestures |= {self.export: 2, self.import_masks: 2}

    def step(self) -> str:
        """Make one gesture and return its name."""
        if not self._a.objects:
            self.add_object()
            return "add_object"
        (gesture,) = self._chance.choices(list(self._gestures), list(self._gestures.values()))
        gesture()
        return gesture.__name__

    # -- gestures ----------------------------------------------------------------------------------

    def click(self) -> None:
        """Click an object and finish its mask."""
        info, frame = self._a.sequence, self._frame()
        x, y = self._chance.randrange(info.width), self._chance.randrange(info.height)
        try:
            if self._a.click(frame, x, y).any():
                self._a.finish(self._chance.choice(self._a.labels))
        finally:
            self._a.clear()

    def redraw(self) -> None:
        """Replace a mask by a disc."""
        info = self._a.sequence
        rows, columns = np.mgrid[: info.height, : info.width]
        row, column = self._chance.randrange(info.height), self._chance.randrange(info.width)
        radius = self._chance.randrange(4, info.height // 3)
        disc = (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
        self._a.set_mask(self._frame(), self._object(), disc)

    def undo(self) -> None:
        """Take something back."""
        self._a.undo()

    def redo(self) -> None:
        """Bring something back."""
        self._a.redo()

    def verify(self) -> None:
        """Accept a frame, or unlock it."""
        self._a.verify(self._frame(), verified=self._chance.random() < 0.5)

    def look(self) -> None:
        """Go to another frame."""
        self._a.frame(self._frame())

    def propagate(self) -> None:
        """Carry the masks through a short span; now and then change one's mind."""
        start = self._frame()
        changes_mind = self._chance.random() < 0.2
        for step in self._a.propagate(
            start, min(start + SPAN, self._a.sequence.frames), force=True, over_cuts=True
        ):
            if changes_mind and step.done == 2:
                break
            if not changes_mind and step.done == 1:
                self._propagating()

    def add_object(self) -> None:
        """Add a label, or an object when there are labels enough."""
        if len(self._a.labels) < LABELS:
            self._a.add_label(f"label {len(self._a.labels) + 1}")
        elif len(self._a.objects) < OBJECTS:
            self._a.add_object(self._chance.choice(self._a.labels))

    def delete_object(self) -> None:
        """Delete an object with all its masks, unless it is the last one."""
        if len(self._a.objects) > 1:
            self._a.delete_object(self._object())

    def rename_label(self) -> None:
        """Give a label another name."""
        label = self._chance.choice(self._a.labels)
        self._a.client.post(LabelChanged(label.value, name=f"label {self._chance.randrange(10**6)}"))

    def export(self) -> None:
        """Export masks as pictures, as COCO or as a film."""
        assert self._exports is not None
        kind = self._chance.choice(EXPORTED)
        made = self._a.export(kind, self._exports)
        if kind == "png" and made:
            self._masks = made[0] if made[0].is_dir() else made[0].parent

    def import_masks(self) -> None:
        """Import the pictures that were exported."""
        if self._masks is not None:
            self._a.client.import_masks(self._masks)

    # -- inside ------------------------------------------------------------------------------------

    def _frame(self) -> int:
        return self._chance.randrange(self._a.sequence.frames)

    def _object(self) -> int:
        return self._chance.choice(self._a.objects).object_id
