"""Part of an Annotator: its label list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import SupportsIndex

from app.domain.annotation import Label
from app.domain.errors import LabelFileError, UsageError
from app.headless.base import BaseAnnotator, serialized
from app.headless.results import LabelLike
from app.headless.validation import as_code, as_color, as_index, as_label_value, as_path
from app.messages import events as ev
from app.storage.exporters.label_list import read_labels


class LabelAnnotator(BaseAnnotator):
    """Adds, changes and deletes labels, and reads and writes their list."""

    @serialized
    def add_label(
        self,
        name: str,
        color: Sequence[SupportsIndex] | None = None,
        value: SupportsIndex = 0,
        code: str | None = None,
    ) -> Label:
        """Add a label; value 0 takes the next free one.

        code: what it stands for in DICOM exports, as a name or value of the table such as "left kidney" or "64033007";
        None to find it by the label's name. Raises UsageError for a taken value, no colour or no code.
        """
        _check_name(name)
        wanted, before = as_index(value, "label value"), {label.value for label in self.labels}
        if wanted in before or not 0 <= wanted <= 255:
            raise UsageError(
                "This label value cannot be used.", subject=wanted, remedy="Choose a free one, 1 to 255."
            )
        self.client.post(ev.LabelAdded(name, wanted, as_color(color), as_code(code)))
        made = [label for label in self.labels if label.value not in before]
        if not made:
            raise UsageError("The label list is full.", subject=name, remedy="Delete a label first.")
        return made[0]

    @serialized
    def load_labels(self, path: str | Path) -> tuple[Label, ...]:
        """Load a label list. Raises LabelFileError naming the bad lines."""
        self.client.load_labels(as_path(path))
        return self.labels

    def save_labels(self, path: str | Path) -> None:
        """Save the label list. Raises UsageError where another file than such a list has the name."""
        given = as_path(path)
        try:
            if given.exists():
                read_labels(given)
        except LabelFileError as error:
            raise UsageError(
                "This file holds no labels, so it is not replaced.",
                subject=given,
                remedy="Choose another name.",
            ) from error
        self.client.save_labels(given)

    @serialized
    def rename_label(
        self, label: LabelLike, name: str | None = None, color: Sequence[SupportsIndex] | None = None
    ) -> Label:
        """Give a label another name or colour; objects keep it. Raises UsageError where there is no such label."""
        value = as_label_value(label, self.labels)
        if name is not None:
            _check_name(name)
        self.client.post(ev.LabelChanged(value, name, as_color(color)))
        return next(item for item in self.labels if item.value == value)

    @serialized
    def delete_label(self, label: LabelLike) -> None:
        """Delete a label. Raises UsageError while objects have it."""
        value = as_label_value(label, self.labels)
        users = [item.object_id for item in self.objects if item.label == value]
        if users:
            raise UsageError(
                "Objects have this label.", subject=label, remedy=f"Delete objects {users} first."
            )
        self.client.post(ev.LabelDeleted(value))


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.strip():
        raise UsageError("The name of a label must be a text.", subject=repr(name))
