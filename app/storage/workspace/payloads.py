"""Annotations, labels and objects as msgpack, for the journal."""

from dataclasses import replace
from operator import index
from typing import Any

import msgpack

from app.domain.annotation import Annotation, Label, Mask, Object, Status
from app.domain.comment import Comment, comment_to_wire, comments_from_wire
from app.domain.segment_code import code_from_wire, code_to_wire
from app.files.odd_names import spell_name

# A file name need not be UTF-8; Python then spells it with surrogates, which must come back.
_ODD_NAMES = "surrogatepass"


def pack_data(value: Any) -> bytes:
    """Return plain data as msgpack."""
    return bytes(msgpack.packb(value, unicode_errors=_ODD_NAMES))


def unpack_data(payload: bytes) -> Any:
    """Return plain data from msgpack; lists come back as lists. Raises ValueError or TypeError for others."""
    return msgpack.unpackb(payload, unicode_errors=_ODD_NAMES)


def pack_annotation(annotation: Annotation | None) -> bytes | None:
    """Return an annotation as msgpack, None for none."""
    if annotation is None:
        return None
    mask = annotation.mask
    fields = [
        index(mask.height),
        index(mask.width),
        bytes(mask.counts),
        int(annotation.status),
        float(annotation.score),
        bool(annotation.reference),
        index(annotation.version),
        [index(source) for source in annotation.sources],
    ]
    return pack_data(fields if annotation.author is None else [*fields, annotation.author])


def unpack_annotation(payload: bytes | None) -> Annotation | None:
    """Return the annotation of a payload, None for none; masks.are_valid tells whether its mask can be decoded.

    Raises ValueError or TypeError for a damaged one.
    """
    if payload is None:
        return None
    height, width, counts, status, score, reference, version, (before, after), *author = unpack_data(payload)
    mask = Mask(height, width, counts)
    # Without a call for each: a journal holds tens of thousands of annotations.
    if not type(version) is type(before) is type(after) is int or type(reference) is not bool:
        raise TypeError(f"{(version, before, after, reference)} are not three numbers and a truth value")
    if not 0 <= float(score) <= 1:
        raise ValueError(f"a score of {score}")
    _require_types(str, *author)
    return Annotation(mask, Status(status), float(score), reference, version, (before, after), *author)


def pack_labels(labels: tuple[Label, ...]) -> bytes:
    """Return a label list as msgpack."""
    return pack_data([_label_fields(label) for label in labels])


def unpack_labels(payload: bytes) -> tuple[Label, ...]:
    """Return the label list of a payload. Raises ValueError or TypeError for a damaged one."""
    labels = tuple(
        Label(value, name, (r, g, b), *map(code_from_wire, code))
        for value, name, (r, g, b), *code in unpack_data(payload)
    )
    _require_types(str, *(label.name for label in labels))
    labels = tuple(replace(label, name=spell_name(label.name)) for label in labels)
    _require_range(255, *(number for label in labels for number in (label.value, *label.color)))
    return labels


def _label_fields(label: Label) -> list[object]:
    """Return the fields of a label; the short form, which earlier versions wrote, where it has no code."""
    code = [] if label.code is None else [code_to_wire(label.code)]
    return [label.value, label.name, label.color, *code]


def pack_objects(objects: tuple[Object, ...]) -> bytes:
    """Return objects as msgpack."""
    return pack_data([_object_fields(item) for item in objects])


def unpack_objects(payload: bytes) -> tuple[Object, ...]:
    """Return the objects of a payload. Raises ValueError or TypeError for a damaged one."""
    objects = tuple(Object(object_id, label, *more) for object_id, label, *more in unpack_data(payload))
    _require_types(int, *(item.object_id for item in objects))
    _require_types(str, *(text for item in objects for text in (item.name, item.note)))
    _require_types(bool, *(item.locked for item in objects))
    _require_range(255, *(item.label for item in objects))
    return objects


def pack_comments(comments: tuple[Comment, ...]) -> bytes:
    """Return comments as msgpack."""
    return pack_data([comment_to_wire(comment) for comment in comments])


def unpack_comments(payload: bytes) -> tuple[Comment, ...]:
    """Return the comments of a payload. Raises ValueError or TypeError for a damaged one."""
    return comments_from_wire(unpack_data(payload))


def _object_fields(item: Object) -> list[int | str | bool]:
    """Return the fields of an object; the short form, which earlier versions wrote, where that is all."""
    number, label = index(item.object_id), index(item.label)
    if item == Object(item.object_id, item.label):
        return [number, label]
    return [number, label, str(item.name), str(item.note), bool(item.locked)]


def _require_types(kind: type, *values: object) -> None:
    if any(type(value) is not kind for value in values):
        raise TypeError(f"{values} are not all {kind.__name__}")


def _require_range(most: int, *values: object) -> None:
    _require_types(int, *values)
    if any(not 0 <= value <= most for value in values if isinstance(value, int)):
        raise ValueError(f"{values} are not all 0 to {most}")
