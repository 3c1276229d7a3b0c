"""Matching of foreign labels to those of the sequence."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.annotation import Color, Label
from app.domain.errors import ImportMasksError
from app.domain.label_clash import LabelAnswer, LabelClash
from app.domain.label_colors import free_color
from app.domain.segment_code import SegmentCode


class LabelMatch:
    """Gives each foreign label one of ours: the one of its value and name, else of its name, else a new one.

    A foreign value that another label of ours holds moves to a free one, so that no mask is taken for what it
    is not; no two foreign labels become one. made: the new labels, in the order in which they came up.
    clashes: the values that moved. warnings: the same, for the annotator.
    """

    def __init__(
        self, known: Sequence[Label], foreign: Sequence[Label] = (), answer: LabelAnswer | None = None
    ) -> None:
        """foreign: the labels that come with the masks; their values may be any numbers. answer: what was decided."""
        self.made: list[Label] = []
        self.warnings: list[str] = []
        self.clashes: list[LabelClash] = []
        self._answer = answer or LabelAnswer()
        self._known = {label.value: label for label in known}
        self._values = self._decided(known)
        self.colors: dict[Color, int] = {}
        self.add(foreign)

    def add(self, foreign: Sequence[Label]) -> None:
        """Match labels that come with masks. Raises ImportMasksError when all 255 values are taken."""
        rest = [
            label for label in foreign if label.value not in self._values and not self._match_known(label)
        ]
        taken = [label for label in rest if not self._keeps_its_value(label)]
        for label in taken:
            self._assign_free_value(label)
        self.colors = {label.color: label.value for label in reversed(self._known.values())}
        self.colors |= {label.color: self._values[label.value] for label in reversed(foreign)}

    def has(self, foreign: int) -> bool:
        """Whether a foreign value is a label's."""
        return foreign in self._values or foreign in self._known

    def value(self, foreign: int, where: str) -> int:
        """Return our value of a foreign one; a value that came without a label gets one.

        where: the file it was found in. Raises ImportMasksError when all 255 values are taken.
        """
        if foreign not in self._values:
            ours = self._known.get(foreign)
            label = ours or Label(foreign, f"label {foreign}", self._free_color())
            if ours is not None and ours not in self.made:
                self._assume(foreign, ours)
            if ours is None:
                self.warnings.append(f"{where}: the value {foreign} is in no label list; it is a new label.")
            if not (self._match_known(label) or self._keeps_its_value(label)):
                self._assign_free_value(label)
        return self._values[foreign]

    def take_named(self, name: str, code: SegmentCode | None = None) -> int:
        """Return our value for masks that have a name and no value of their own: that of the name, or a free one."""
        named = next((one for one in self._known.values() if one.name.casefold() == name.casefold()), None)
        if named is not None:
            return named.value
        free = self._free_value(name)
        return self._add_label(Label(free, name, self._free_color(), code), free)

    def value_of_black_and_white(self, where: str) -> int:
        """Return our value for a mask that names no label: that of the first label, or of a new one."""
        if not self._known:
            self._add_label(Label(1, "object", self._free_color()), 1)
        first = next(iter(self._known.values()))
        self.warn_once("black and white", f"{where} is black and white: it is taken for {first.name!r}")
        return first.value

    def warn_once(self, kind: str, text: str) -> None:
        """Warn of the first file of a kind. kind: words in text, which has no full stop."""
        if not any(kind in warning for warning in self.warnings):
            self.warnings.append(f"{text}, and others like it too.")

    def _match_known(self, label: Label) -> bool:
        held = self._known.get(label.value)
        is_same = held is not None and (not label.name or not held.name or label.name == held.name)
        if held is not None and held.name and not label.name:
            self._assume(label.value, held)
        if held is not None and (is_same or self._answer.takes_ours):
            return self._claim_value(label, held.value)
        return bool(label.name) and self._match_named(label)

    def _match_named(self, label: Label) -> bool:
        """Take our label of the same name, if there is one that is free."""
        named = next((other for other in self._known.values() if other.name == label.name), None)
        return named is not None and self._claim_value(label, named.value)

    def _assume(self, foreign: int, ours: Label) -> None:
        """Say that a value without a name is taken for our label of the same value."""
        text = f"The value {foreign} has no name in the file: it is taken for {ours.name!r}"
        self.warn_once("has no name in the file", text)

    def _claim_value(self, label: Label, value: int) -> bool:
        if value in self._values.values():
            return False
        self._values[label.value] = value
        return True

    def _keeps_its_value(self, label: Label) -> bool:
        if not 1 <= label.value <= 255 or label.value in self._known:
            return False
        self._values[label.value] = self._add_label(label, label.value)
        return True

    def _assign_free_value(self, label: Label) -> None:
        # Without a name, it is found by the one that it gets here when the file comes again.
        label = replace(label, name=label.name or f"label {label.value}")
        if self._match_named(label):
            return
        free, held = self._free_value(label.name), self._known.get(label.value)
        self.clashes.append(LabelClash(label.value, label.name, held.name if held else "", free))
        self._values[label.value] = self._add_label(label, free)
        self.warnings.append(f"The label {label.name!r} has the value {free} here, not {label.value}.")

    def _free_value(self, name: str) -> int:
        free = next((value for value in range(1, 256) if value not in self._known), None)
        if free is None:
            raise ImportMasksError(
                "There is no label value left.", subject=name, remedy="Delete labels that are not used."
            )
        return free

    def _decided(self, known: Sequence[Label]) -> dict[int, int]:
        """Return our value of each foreign one that was decided on. Raises ImportMasksError for one we have not."""
        decided = dict(self._answer.pairs)
        missing = sorted(set(decided.values()) - {label.value for label in known})
        if missing:
            raise ImportMasksError("There is no such label.", subject=missing[0], remedy="Add it first.")
        return decided

    def _add_label(self, label: Label, value: int) -> int:
        added = replace(label, value=value)
        self._known[value] = added
        self.made.append(added)
        return value

    def _free_color(self) -> Color:
        return free_color({label.color for label in self._known.values()})
