"""An image folder that has changed since it was annotated: which masks belong to which image now. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.annotation import Annotation
from app.domain.history import CellChange, Edit
from app.storage.workspace.fingerprint import Samples
from app.storage.workspace.journal_reading import JournalContents

# The images of a folder by frame, with the beginning of a digest of each; wherever a list of them is stored.
ImageList = Sequence[Sequence[str | bytes]]

_DIGEST: Final = 12  # bytes kept of a digest
_NAMED: Final = 3  # images in a sentence; more are counted


@dataclass(frozen=True, slots=True)
class ImageMatch:
    """Matches of the images of a folder with its earlier images."""

    places: Mapping[int, int]  #: frame now by frame before
    changed: tuple[str, ...]  #: names of images that have another content now
    gone: tuple[str, ...]  #: names of images that are no longer there
    renamed: int
    added: int


def list_images(names: Sequence[str], samples: Samples) -> list[list[str | bytes]]:
    """Return the images of a folder as they are stored, in the order of their frames."""
    return [[name, samples.get(name, b"")[:_DIGEST]] for name in names]


def match_images(before: ImageList, after: ImageList) -> ImageMatch:
    """Match images by name and content, those that are left by content alone: an image may have been renamed."""
    now = {str(name): frame for frame, (name, _) in enumerate(after)}
    places = {
        frame: now[str(name)]
        for frame, (name, content) in enumerate(before)
        if str(name) in now and after[now[str(name)]][1] == content
    }
    free: dict[object, list[int]] = {}
    for frame in sorted(set(range(len(after))) - set(places.values()), reverse=True):
        free.setdefault(after[frame][1], []).append(frame)
    kept = len(places)
    for frame, (_, content) in enumerate(before):
        if frame not in places and free.get(content):
            places[frame] = free[content].pop()
    lost = [str(name) for frame, (name, _) in enumerate(before) if frame not in places]
    changed = tuple(name for name in lost if name in now and now[name] not in places.values())
    gone = tuple(name for name in lost if name not in changed)
    added = len(after) - len(places) - len(changed)
    return ImageMatch(places, changed, gone, len(places) - kept, added)


def carried_edit(found: JournalContents, carried: Iterable[tuple[int, int, Annotation]]) -> Edit:
    """Return the edit that brings labels, objects and masks of an earlier journal into an empty one.

    carried: masks by frame and object id, where they belong now; they keep all that is known of them. Its id is free in
    the earlier journal, for ids are the versions of references.
    """
    cells = [CellChange(frame, object_id, None, cell) for frame, object_id, cell in carried]
    return Edit(found.next_edit, "Carry masks over", tuple(cells), ((), found.labels), ((), found.objects))


def say_carried(match: ImageMatch, what: str, masks: int, left: int, folder: str) -> str:
    """Return what happened, for the annotator. masks, left: how many were carried over, and how many not."""
    counts = ((match.added, "added"), (len(match.gone), "removed"), (match.renamed, "renamed"))
    said = [f"{count} {word}" for count, word in counts if count]
    said += [f"{len(match.changed)} replaced ({_named(match.changed)})"] if match.changed else []
    text = f"The {what} have changed since they were annotated: {', '.join(said)}. "
    return text + count_carried(masks, left, folder)


def count_carried(masks: int, left: int, folder: str) -> str:
    """Return how many masks were carried over, and how many not, for the annotator."""
    text = f"{masks} {_masks(masks)} carried over."
    if left:
        text += f" {left} {_masks(left)} not; the work from before is kept in {folder}."
    return text


def _masks(count: int) -> str:
    return "mask was" if count == 1 else "masks were"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
