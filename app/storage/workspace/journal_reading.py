"""Reading of a journal: every row is checked, the rest stays usable, and the damage is named."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, Final

from app.domain.annotation import Annotation, Label, Object
from app.domain.comment import Comment
from app.domain.history import CellChange, Edit
from app.domain.sign_off import SignOff
from app.domain.tier import TierChange
from app.domain.tier_wire import change_from_wire
from app.imaging import masks
from app.storage.workspace import journal_tables as tables
from app.storage.workspace import payloads

_NAMED: Final = 5  # frames in a sentence; more are counted
# How rows are found that are read by their key: those of a damaged page or schema are there and cannot be found by it.
_ROWS: Final = {
    "meta": "meta AS listed CROSS JOIN meta ON meta.key = listed.key",
    "comment_changes": "edits CROSS JOIN comment_changes USING (edit_id)",
    "tier_changes": "edits CROSS JOIN tier_changes USING (edit_id)",
}
# What a damaged value means for the annotator; of labels and objects earlier lists are used.
_LOST: Final = {
    "sign_offs": "who signed this sequence off can no longer be read, so that it can be changed; sign it off again",
    "comments": "the comments were lost",
    "tiers": "the tiers were lost",
    "intervals": "the intervals were lost",
    "picture_decisions": "what was decided about text in pictures was lost",
    "seen": "which frames were looked at was lost",
    "pixel_size": "the pixel size that was measured was lost",
    "propagation": "where a propagation stopped was lost",
}


@dataclass(frozen=True, slots=True)
class JournalContents:
    """Everything that a journal holds."""

    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    cells: tuple[tuple[int, int, Annotation], ...]
    history: tuple[Edit, ...]  #: the newest edits to undo, oldest first, as History keeps them
    undone: tuple[Edit, ...]  #: the newest edits to redo
    next_edit: int
    next_object: int
    damage: tuple[str, ...] = ()  #: sentences on what could not be read, for the annotator
    sign_offs: tuple[SignOff, ...] = ()  #: approvals and reopenings, oldest first


class JournalReading:
    """One reading of a whole journal."""

    def __init__(self, db: sqlite3.Connection, limit: int) -> None:
        """limit: how many edits to undo, and to redo, are read."""
        self._db, self._limit = db, limit
        self._damage: list[str] = []
        self._sound: dict[bytes, Annotation] = {}

    def contents(self, next_object: int) -> JournalContents:
        """Return what is there. Raises sqlite3.Error where the file itself is damaged."""
        cells = self._cells()
        labels = self._labels()
        objects = self._objects(labels, cells)
        done = self._edits("undone = 0 ORDER BY edit_id DESC")
        undone = self._edits("undone > 0 ORDER BY undone ASC")
        self._check_totals()
        (last,) = self._db.execute("SELECT coalesce(max(edit_id), 0) FROM edits").fetchone()
        known = next_object if isinstance(next_object, int) else 1
        free = max([known, *(item.object_id + 1 for item in objects)])
        return JournalContents(
            labels, objects, cells, done[::-1], undone, last + 1, free, tuple(dict.fromkeys(self._damage))
        )

    def _cells(self) -> tuple[tuple[int, int, Annotation], ...]:
        found: list[tuple[int, int, Annotation]] = []
        bad: list[object] = []
        query = f"SELECT frame, object_id, annotation, crc = {tables.CELL_CRC} FROM cells"
        for frame, object_id, payload, is_sound in self._db.execute(query):
            annotation = _annotation(payload) if is_sound else None
            if annotation is None:
                bad.append(frame)
            else:
                found.append((frame, object_id, annotation))
                self._sound[payload] = annotation
        valid = masks.are_valid([cell[2].mask for cell in found])
        bad += [cell[0] for cell, is_valid in zip(found, valid, strict=True) if not is_valid]
        if bad:
            self._sound.clear()
            frames = ", ".join(str(frame) for frame in bad[:_NAMED]) + (" …" if len(bad) > _NAMED else "")
            noun = "1 mask is" if len(bad) == 1 else f"{len(bad)} masks are"
            self._damage.append(f"The journal is damaged: {noun} left out (frames {frames}).")
        return tuple(cell for cell, is_valid in zip(found, valid, strict=True) if is_valid)

    def _labels(self) -> tuple[Label, ...]:
        for payload in self._lists("labels"):
            try:
                return payloads.unpack_labels(payload)
            except (ValueError, TypeError):
                self._damage.append("The journal is damaged: an earlier list of labels is used.")
        return ()

    def _objects(
        self, labels: Sequence[Label], cells: Iterable[tuple[int, int, Annotation]]
    ) -> tuple[Object, ...]:
        """Return the objects; after damage those that have masks are there, with the first label."""
        for payload in self._lists("objects"):
            try:
                found = payloads.unpack_objects(payload)
                break
            except (ValueError, TypeError):
                self._damage.append("The journal is damaged: an earlier list of objects is used.")
        else:
            found = ()
        if not self._damage:
            return found
        lost = {object_id for _, object_id, _ in cells} - {item.object_id for item in found}
        first = labels[0].value if labels else 1
        return (*found, *(Object(object_id, first) for object_id in sorted(lost)))

    def _lists(self, name: str) -> Iterator[bytes]:
        """Yield a list as it is now, then as earlier edits left it; damaged ones as nothing that unpacks."""
        query = f"SELECT value, {tables.META_IS_SOUND} FROM meta WHERE key = ?1"
        row = self._db.execute(query, (name,)).fetchone()
        if row is not None:
            yield row[0] if row[1] else b""
        query = f"SELECT {name}, crc = {tables.EDIT_CRC} FROM edits WHERE {name} IS NOT NULL AND undone = 0"
        for payload, is_sound in self._db.execute(f"{query} ORDER BY edit_id DESC"):
            if is_sound:
                yield payloads.unpack_data(payload)[1]

    def _edits(self, condition: str) -> tuple[Edit, ...]:
        """Return edits in order up to the first damaged one: those beyond it cannot be reached."""
        rows = self._db.execute(
            f"SELECT edit_id, title, labels, objects, clicks, changes, crc = {tables.EDIT_CRC} "
            f"FROM edits WHERE {condition} LIMIT ?",
            (self._limit,),
        ).fetchall()
        found = tuple(takewhile(bool, (self._edit(*row) for row in rows)))
        if len(found) < len(rows):
            self._damage.append("The journal is damaged: some edits can no longer be undone or redone.")
        return tuple(edit for edit in found if edit is not None)

    def _edit(
        self,
        edit_id: int,
        title: str,
        labels: bytes | None,
        objects: bytes | None,
        clicks: int,
        changes: int,
        is_sound: bool,
    ) -> Edit | None:
        query = "SELECT frame, object_id, before, after, crc FROM changes WHERE edit_id = ? ORDER BY rowid"
        cells, total = [], 0
        try:
            for *values, crc in self._db.execute(query, (edit_id,)):
                frame, object_id, before, after = values
                cells.append(CellChange(frame, object_id, *map(self._side, (before, after))))
                total += crc
                is_sound = is_sound and crc == tables.row_crc(edit_id, *values)
            if not is_sound or total & tables.SUM != changes or not isinstance(title, str):
                return None
            lists = (_pair(labels, payloads.unpack_labels), _pair(objects, payloads.unpack_objects))
            return Edit(
                edit_id, title, tuple(cells), *lists, clicks, self._comments(edit_id), self._tiers(edit_id)
            )
        except (ValueError, TypeError):
            return None

    def _comments(self, edit_id: int) -> tuple[tuple[Comment, ...], tuple[Comment, ...]] | None:
        """Return the comments before and after an edit, None where it changed none. Raises ValueError or TypeError."""
        sides = self._sides("comment_changes", edit_id)
        return sides and (payloads.unpack_comments(sides[0]), payloads.unpack_comments(sides[1]))

    def _tiers(self, edit_id: int) -> TierChange | None:
        """Return what an edit changed of the tiers, None for nothing. Raises ValueError or TypeError."""
        sides = self._sides("tier_changes", edit_id)
        return sides and change_from_wire(*map(payloads.unpack_data, sides))

    def _sides(self, table: str, edit_id: int) -> tuple[bytes, bytes] | None:
        """Return the row of an edit in a table, None where there is none. Raises ValueError for a damaged one."""
        query = f"SELECT before, after, crc = {tables.SIDES_CRC} FROM {table} WHERE edit_id = ?"
        row = self._db.execute(query, (edit_id,)).fetchone()
        if row is None:
            return None
        before, after, is_sound = row
        if not is_sound:
            raise ValueError(f"the {table} of an edit are damaged")
        return before, after

    def _side(self, payload: bytes | None) -> Annotation | None:
        """Return the annotation of a payload; that of an equal cell is shared. Raises ValueError or TypeError."""
        known = self._sound.get(payload) if isinstance(payload, bytes) else None
        if known is not None or payload is None:
            return known
        annotation = payloads.unpack_annotation(payload)
        if annotation is not None and not masks.are_valid([annotation.mask])[0]:
            raise ValueError("the mask of an edit is no mask")
        return annotation

    def _check_totals(self) -> None:
        """Name rows that are gone or strange, where no other damage was found."""
        totals = {
            name: (rows, crc) for name, rows, crc in self._db.execute("SELECT name, rows, crc FROM totals")
        }
        for name, words in tables.COUNTED.items():
            rows = _ROWS.get(name, name)
            query = f"SELECT count(*), coalesce(sum({name}.crc), 0) & {tables.SUM} FROM {rows}"
            if self._db.execute(query).fetchone() != totals.get(name):
                self._damage.append(f"The journal is damaged: {words} are missing or changed.")
        query = f"SELECT CAST(key AS TEXT) FROM meta WHERE crc IS NOT {tables.META_CRC} OR typeof(key) IS NOT 'text'"
        for (key,) in self._db.execute(query).fetchall():
            # A letter of the name may be what is damaged: four of five are the same then.
            known = get_close_matches(str(key), _LOST, 1, cutoff=0.8)
            lost = _LOST[known[0]] if known else "some settings of the sequence were lost"
            self._damage.append(f"The journal is damaged: {lost}.")
        # An edit whose mark is damaged is in neither of the lists that were read.
        query = f"SELECT count(*) FROM edits WHERE undone IS NOT 0 AND crc <> {tables.EDIT_CRC}"
        if self._db.execute(query).fetchone() != (0,):
            self._damage.append("The journal is damaged: some edits can no longer be undone or redone.")


def _annotation(payload: Any) -> Annotation | None:
    try:
        return payloads.unpack_annotation(payload)
    except (ValueError, TypeError):
        return None


def _pair(payload: bytes | None, unpack: Any) -> tuple[Any, Any] | None:
    if payload is None:
        return None
    before, after = (unpack(side) for side in payloads.unpack_data(payload))
    return before, after
