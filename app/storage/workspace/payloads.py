"""Annotations, labels and objects as msgpack, for the journal."""

from __future__ import annotations

from typing import Any

import msgpack

from app.domain.annotation import Annotation, Label, Mask, Object, Status


def pack(value: Any) -> bytes:
    """Return plain data as msgpack."""
    return bytes(msgpack.packb(value))


def unpack(payload: bytes) -> Any:
    """Return plain data from msgpack; lists come back as lists."""
    return msgpack.unpackb(payload)


def pack_annotation(annotation: Annotation | None) -> bytes | None:
    """Return an annotation as msgpack, None for none."""
    if annotation is None:
        return None
    mask = annotation.mask
    return pack(
        [
            mask.height,
            mask.width,
            mask.counts,
            int(annotation.status),
            annotation.score,
            annotation.reference,
            annotation.version,
            annotation.sources,
        ]
    )


def unpack_annotation(payload: bytes | None) -> Annotation | None:
    """Return the annotation of a payload, None for none."""
    if payload is None:
        return None
    height, width, counts, status, score, reference, version, sources = unpack(payload)
    before, after = sources
    mask = Mask(height, width, counts)
    return Annotation(mask, Status(status), score, reference, version, (before, after))


def pack_labels(labels: tuple[Label, ...]) -> bytes:
    """Return a label list as msgpack."""
    return pack([[label.value, label.name, label.color] for label in labels])


def unpack_labels(payload: bytes) -> tuple[Label, ...]:
    """Return the label list of a payload."""
    return tuple(Label(value, name, (r, g, b)) for value, name, (r, g, b) in unpack(payload))


def pack_objects(objects: tuple[Object, ...]) -> bytes:
    """Return objects as msgpack."""
    return pack([[item.object_id, item.label] for item in objects])


def unpack_objects(payload: bytes) -> tuple[Object, ...]:
    """Return the objects of a payload."""
    return tuple(Object(object_id, label) for object_id, label in unpack(payload))
