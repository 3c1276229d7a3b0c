"""Handlers of imports of masks."""

from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.annotation import Annotation, Object, Status
from app.domain.history import CellChange, Edit
from app.domain.tier import TierTable, change_between
from app.files.odd_names import clean_text
from app.messages import events as ev
from app.messages.orders import CancelImport, ImportMasks, Order
from app.messages.snapshot import ImportPreview
from app.session import polygons, tiers
from app.session.state import State

# How much a mask is worth: where an object comes back, the same mask keeps the better status.
_WORTH: Final = (Status.EMPTY, Status.PROPAGATED, Status.IMPORTED, Status.EDITED, Status.VERIFIED)


def on_requested(state: State, event: ev.MasksImportRequested) -> list[Order]:
    """Read masks made elsewhere, from one place at a time."""
    if state.sequence.info is None or state.tasks.importing:
        return []
    if state.storage_failed:
        state.add_toast("error", "The last edits are not saved yet: free some space, then import the masks.")
        return []
    state.tasks = replace(state.tasks, importing=event.path, label_choice=None, import_preview=None)
    state.waiting_import = None
    return [ImportMasks(event.path, event.answer)]


def on_clashed(state: State, event: ev.LabelsClashed) -> list[Order]:
    """Let the annotator decide what the label values of a file mean."""
    state.tasks = replace(state.tasks, importing="", label_choice=event)
    return []


def on_cancelled(state: State, _event: ev.MasksImportCancelled) -> list[Order]:
    """Stop the import, or drop the one that is shown."""
    if state.waiting_import is not None:
        state.waiting_import = None
        state.tasks = replace(state.tasks, import_preview=None)
        return []
    return [CancelImport()] if state.tasks.importing else []


def on_failed(state: State, event: ev.MasksImportFailed) -> list[Order]:
    """Show why nothing was imported."""
    state.tasks = replace(state.tasks, importing="")
    state.add_toast("error", event.what)
    return []


def on_imported(state: State, event: ev.MasksImported) -> list[Order]:
    """Show what masks that were asked for would change; commit those that a program brings."""
    path = state.tasks.importing
    state.tasks = replace(state.tasks, importing="")
    if not path:
        return _commit(state, event)
    state.waiting_import = event
    state.tasks = replace(state.tasks, import_preview=_preview(state, event, path))
    return []


def on_confirmed(state: State, _event: ev.MasksImportConfirmed) -> list[Order]:
    """Commit the masks that are shown."""
    event, state.waiting_import = state.waiting_import, None
    state.tasks = replace(state.tasks, import_preview=None)
    return [] if event is None or state.sequence.info is None else _commit(state, event)


def _preview(state: State, event: ev.MasksImported, path: str) -> ImportPreview:
    """Return what an import would change: which labels, how many masks of each, what they replace."""
    merging = _Merging(state)
    for item in event.objects:
        merging.add(item)
    names = {label.value: label.name for label in (*event.labels, *state.labels)}
    known = {label.value for label in state.labels}
    lines = []
    for value in dict.fromkeys(item.label for item in event.objects):
        masks = [len(item.masks) for item in event.objects if item.label == value]
        origin = "" if value in known else "new label "
        lines.append(
            f"{origin}{names.get(value, value)}: {_counted(len(masks), 'object')}, {_counted(sum(masks), 'mask')}"
        )
    replaced = sum(change.before is not None for change in merging.cells)
    if replaced:
        lines.append(f"{_counted(replaced, 'mask')} here will be replaced.")
    if merging.kept:
        lines.append(f"{_counted(merging.kept, 'verified mask')} here will stay.")
    if merging.same:
        lines.append(f"{_counted(len(merging.same), 'object')} here already with the same masks.")
    frames = len({mask.frame for item in event.objects for mask in item.masks})
    parts = [event.title or "Masks"]
    if event.objects or not event.tiers.tiers:
        parts += [_counted(len(event.objects), "object"), _counted(frames, "frame")]
    if event.tiers.tiers:
        parts += [_counted(len(event.tiers.tiers), "tier")]
    lines += _tier_lines(state, event.tiers)
    _, notes = tiers.merge_imported(state, event.tiers)
    return ImportPreview(path, ", ".join(parts), tuple(lines), (*event.warnings, *notes))


def _tier_lines(state: State, table: TierTable) -> list[str]:
    """Return what an import brings to each tier."""
    here = state.sequence.tiers
    return [
        f"{f'tier {tier.name}' if here.tier(tier.name) else f'new tier {tier.name} ({tier.kind})'}: "
        f"{_counted(len(tier.terms), 'term')}, {_counted(len(table.on(tier.name)), 'interval')}"
        for tier in table.tiers
    ]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _commit(state: State, event: ev.MasksImported) -> list[Order]:
    """Commit imported masks in one edit: those of a person as references, with the author that the file names."""
    for warning in event.warnings:
        state.add_toast("warning", warning)
    known = {label.value for label in state.labels}
    new = [label for label in event.labels if label.value not in known]
    all_labels = state.labels + tuple(replace(label, name=clean_text(label.name)) for label in new)
    merging = _Merging(state)
    for item in event.objects:
        merging.add(item)
    objects = tuple(merging.objects)
    table, notes = tiers.merge_imported(state, event.tiers)
    for note in notes:
        state.add_toast("warning", note)
    edit = Edit(
        state.next_edit,
        "Import masks" if event.objects else "Import intervals",
        tuple(merging.cells),
        labels=(state.labels, all_labels) if all_labels != state.labels else None,
        objects=(state.sequence.objects, objects) if objects != state.sequence.objects else None,
        tiers=change_between(state.sequence.tiers, table),
    )
    if merging.kept:
        noun = "1 verified mask" if merging.kept == 1 else f"{merging.kept} verified masks"
        state.add_toast("warning", f"{noun} that the file has otherwise stayed as they were.")
    if not (edit.cells or edit.labels or edit.objects or edit.tiers):
        what = "masks" if event.objects else "intervals"
        state.add_toast("info", f"All these {what} are here already.")
        return []
    if edit.tiers is not None:
        state.add_toast("info", f"{_counted(len(edit.tiers.added), 'interval')} came with the import.")
    return state.commit(edit) + tiers.keep(state, edit) + polygons.refresh_outlines(state)


@dataclass(slots=True)
class _Merging:
    """The objects and changes of an import while it is read."""

    state: State
    objects: list[Object] = field(default_factory=list)
    cells: list[CellChange] = field(default_factory=list)
    kept: int = 0  #: verified masks that the file has otherwise
    same: set[int] = field(default_factory=set)  #: objects here that have all masks of one of the file

    def __post_init__(self) -> None:
        self.objects = list(self.state.sequence.objects)

    def add(self, item: ev.ImportedObject) -> None:
        """Add the masks of an object: to itself where it comes back or is here already, else to a new one."""
        object_id = item.own_id if self._comes_back(item) else self._same(item) or self._add_object(item)
        for mask in item.masks:
            before = self.state.annotation(mask.frame, object_id)
            after = self._annotation(mask)
            if before is None or self._is_replaced(before, after):
                self.cells.append(CellChange(mask.frame, object_id, before, after))

    def _comes_back(self, item: ev.ImportedObject) -> bool:
        """Whether an object was exported from here: id and label are the same, and one mask at least, if any meet.

        One that is locked does not change.
        """
        known = ((one.object_id, one.label) for one in self.state.sequence.objects if not one.locked)
        if (item.own_id, item.label) not in known:
            return False
        pairs = [(self.state.annotation(mask.frame, item.own_id), mask.mask) for mask in item.masks]
        met = [(cell.mask, mask) for cell, mask in pairs if cell is not None]
        return not met or any(ours == theirs for ours, theirs in met)

    def _same(self, item: ev.ImportedObject) -> int:
        """Return the object here that has all masks of one of the file, as after an import of it; 0 for none."""
        for known in self.state.sequence.objects:
            cells = ((self.state.annotation(one.frame, known.object_id), one.mask) for one in item.masks)
            is_free = known.label == item.label and known.object_id not in self.same
            if is_free and item.masks and all(cell is not None and cell.mask == mask for cell, mask in cells):
                self.same.add(known.object_id)
                return known.object_id
        return 0

    def _add_object(self, item: ev.ImportedObject) -> int:
        used = {known.object_id for known in self.objects}
        is_free = item.own_id > 0 and item.own_id not in used
        object_id = item.own_id if is_free else max([self.state.next_object, *(key + 1 for key in used)])
        self.objects.append(Object(object_id, item.label))
        return object_id

    def _is_replaced(self, before: Annotation, after: Annotation) -> bool:
        if before.mask == after.mask:
            return _WORTH.index(after.status) > _WORTH.index(before.status)
        self.kept += before.status is Status.VERIFIED
        return before.status is not Status.VERIFIED

    def _annotation(self, item: ev.ImportedMask) -> Annotation:
        is_reference = item.status.is_locked
        version = self.state.next_edit if is_reference else 0
        return Annotation(item.mask, item.status, item.score, is_reference, version, author=item.author)
