"""Order, search and neighbours of worklist entries. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from app.domain.worklist.entry import EntryState, Sorting, WorklistEntry

# Names whose sort keys are cached: the list is sorted with every change and hardly any name changes.
REMEMBERED = 8192
_NUMBER = re.compile(r"(\d+)")


def sort_entries(entries: Iterable[WorklistEntry], by: Sorting = "arrival") -> tuple[WorklistEntry, ...]:
    """Return entries by time of arrival, oldest first, or by name as people sort: clip 2 before clip 10."""
    if by == "name":
        return tuple(sorted(entries, key=lambda entry: (natural_key(entry.name), entry.entry_id)))
    return tuple(sorted(entries, key=lambda entry: (entry.arrived, natural_key(entry.name), entry.entry_id)))


@lru_cache(REMEMBERED)
def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which runs of digits count as numbers and case and accents hardly count."""
    parts = _NUMBER.split(_plain(name))
    numbers = ((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part)
    return (*numbers, (2, 0, name))


def filter_entries(
    entries: Iterable[WorklistEntry], text: str = "", states: Collection[EntryState] = ()
) -> tuple[WorklistEntry, ...]:
    """Return the entries that are in one of the states (none given: any) and hold every word of the text.

    Words are looked for in name, status, reason, labels, phases without masks, modality and operator; case and
    accents are ignored.
    """
    words = _plain(text).split()
    chosen = (entry for entry in entries if not states or entry.state in states)
    return tuple(entry for entry in chosen if _holds(entry, words))


def neighbour_entry(shown: Sequence[WorklistEntry], entry_id: str, step: int) -> WorklistEntry | None:
    """Return the openable entry step places after (or before) one, None beyond the ends.

    An entry that is not shown counts as standing before the first one.
    """
    place = next((at for at, entry in enumerate(shown) if entry.entry_id == entry_id), -1)
    beyond = shown[place + 1 :] if step > 0 else shown[: max(place, 0)][::-1]
    found = [entry for entry in beyond if entry.can_open]
    return found[abs(step) - 1] if 0 < abs(step) <= len(found) else None


def upcoming_entries(shown: Sequence[WorklistEntry], entry_id: str, count: int) -> tuple[WorklistEntry, ...]:
    """Return up to count entries after one that are not done: those to keep warm."""
    place = next((at for at, entry in enumerate(shown) if entry.entry_id == entry_id), -1)
    open_ones = [
        entry for entry in shown[place + 1 :] if entry.can_open and entry.state is not EntryState.DONE
    ]
    return tuple(open_ones[:count])


def count_by_state(entries: Iterable[WorklistEntry]) -> dict[EntryState, int]:
    """Return how many entries are in each state, empty states left out."""
    counts = Counter(entry.state for entry in entries)
    return {state: counts[state] for state in EntryState if counts[state]}


def _holds(entry: WorklistEntry, words: Sequence[str]) -> bool:
    if not words:
        return True
    parts = (
        entry.name,
        entry.status,
        entry.reason,
        *entry.labels,
        *entry.unmasked,
        entry.modality,
        entry.finished_by,
    )
    text = _plain("\n".join(parts))
    return all(word in text for word in words)


@lru_cache(REMEMBERED)
def _plain(text: str) -> str:
    """Return a text for comparison: case folded and accents dropped, in every script."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))
