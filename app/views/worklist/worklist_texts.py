"""Texts of the worklist. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.annotation import Color
from app.domain.batch_jobs import BatchEntry, NightQueue
from app.domain.worklist.entry import DropFolder, EntryState, WorklistEntry
from app.views.toolkit import theme_colors as p

MINUTE, HOUR = 60.0, 3600.0  # seconds
PATH_LETTERS = 40  # Characters of a path that are shown.
STATE_COLORS: Mapping[EntryState, Color] = {
    EntryState.ARRIVING: p.FAINT,
    EntryState.CHECKING: p.FAINT,
    EntryState.READY: p.ACCENT,
    EntryState.IN_WORK: p.WARNING,
    EntryState.PROPAGATING: p.WARNING,
    EntryState.DONE: p.GOOD,
    EntryState.FAILED: p.ERROR,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of entries by state; without states it shows all."""

    name: str
    states: tuple[EntryState, ...] = ()
    is_night: bool = False  #: only what is queued for the night, or was done then

    def count_entries(self, found: Mapping[EntryState, int]) -> int:
        """Return how many entries it shows, given how many are in each state."""
        return sum(count for state, count in found.items() if not self.states or state in self.states)


FILTERS = (
    Filter("All"),
    Filter("Arriving", (EntryState.ARRIVING, EntryState.CHECKING)),
    Filter("Ready", (EntryState.READY,)),
    Filter("In work", (EntryState.IN_WORK, EntryState.PROPAGATING)),
    Filter("Done", (EntryState.DONE,)),
    Filter("Night", is_night=True),
    Filter("Failed", (EntryState.FAILED,)),
)


def describe_contents(entry: WorklistEntry) -> str:
    """Return kind, length and size of a sequence, or what it waits for."""
    if not entry.frames:
        return entry.reason
    kinds = {"video": "Video", "folder": "Images", "image": "Image", "volume": entry.modality or "Scan"}
    parts = [kinds.get(entry.kind or "", "")]
    if entry.kind == "volume":
        parts.append(f"{entry.frames // entry.time_points} slices")
        parts += [f"{entry.time_points} time points"] if entry.time_points > 1 else []
    elif entry.frames > 1:
        parts.append(f"{entry.frames} frames")
    if entry.seconds:
        parts.append(format_duration(entry.seconds))
    parts.append(f"{entry.width} × {entry.height}")
    parts += [f"{100 * entry.inspected:.0f} % looked over"] if 0 < entry.inspected < 1 else []
    return "  ·  ".join(part for part in parts if part)


def shown_job(entry: WorklistEntry, queue: NightQueue) -> BatchEntry | None:
    """Return what the row of an entry tells of the night, None once a person has worked on it since.

    Pictures that wait for a person's word are told until that is given, also of what is done.
    """
    job = queue.entry_of(entry.path, entry.series)
    if job is None or (entry.state is EntryState.DONE and not job.refused):
        return None
    is_seen = job.is_over and not job.refused and (entry.touched or 0.0) > job.ended
    return None if is_seen else job


def order_by_need(entries: Iterable[WorklistEntry], queue: NightQueue) -> tuple[WorklistEntry, ...]:
    """Return the entries with jobs of the night: failed ones first, then the most doubtful."""
    jobs = [(job, entry) for entry in entries if (job := shown_job(entry, queue)) is not None]
    urgency = {"failed": 0, "done": 1, "running": 2, "waiting": 3}
    ordered = sorted(jobs, key=lambda pair: (urgency[pair[0].status], pair[0].lowest_score))
    return tuple(entry for _, entry in ordered)


def describe_job(job: BatchEntry) -> tuple[str, Color]:
    """Return what the night has made of a job, in a few words with their colour."""
    if job.status == "waiting":
        return "queued for the night" if job.job.propagates else "waits to be exported", p.ACCENT
    if job.status == "running":
        return f"propagating {100 * job.share:.0f} %" if job.job.propagates else "exporting", p.WARNING
    if job.status == "failed":
        return "failed at night", p.ERROR
    if job.refused:
        return f"needs a look: {job.picture_words}", p.WARNING
    if job.stopped_at:
        return job.stop_words, p.WARNING
    return (
        (f"needs a look: {100 * job.lowest_score:.0f} %", p.WARNING)
        if job.needs_look
        else ("propagated" if job.job.propagates else "exported", p.GOOD)
    )


def second_line(entry: WorklistEntry, job: BatchEntry | None = None) -> tuple[str, Color]:
    """Return the second line of a row with its colour: why an entry or its job failed or waits, or its contents."""
    if job is not None and job.problem:
        return job.problem, p.ERROR if job.status == "failed" else p.WARNING
    if entry.state is EntryState.FAILED:
        return entry.reason, p.ERROR
    if entry.reason:
        return entry.reason, p.WARNING
    if entry.flagged:
        return f"{describe_flags(entry.flagged)} · {describe_contents(entry)}", p.WARNING
    return describe_contents(entry), p.MUTED


def describe_flags(flagged: int) -> str:
    """Return in words that frames show what may name the patient."""
    return "text or people on 1 frame" if flagged == 1 else f"text or people on {flagged} frames"


def format_duration(seconds: float) -> str:
    """Return a duration as 0:07, 12:30 or 1:02:30."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def format_time_ago(then: float, now: float) -> str:
    """Return how long ago a time was (both in seconds since 1970), or its date; a time ahead of now keeps its own."""
    spent = now - then
    if abs(spent) < MINUTE:
        return "just now"
    if 0 <= spent < HOUR:
        return f"{int(spent // MINUTE)} min ago"
    day, today = datetime.fromtimestamp(then), datetime.fromtimestamp(now)
    if day.date() == today.date():
        return f"today {day:%H:%M}"
    return f"{day:%d %b %H:%M}" if day.year == today.year else f"{day:%d %b %Y}"


def format_last_touched(entry: WorklistEntry, now: float) -> str:
    """Return when an entry was finished, or else worked on, or else arrived."""
    if entry.state is EntryState.DONE and entry.finished_at is not None:
        return format_time_ago(entry.finished_at, now)
    if entry.touched is not None:
        return format_time_ago(entry.touched, now)
    return f"came {format_time_ago(entry.arrived, now)}"


def bar_fraction(entry: WorklistEntry, job: BatchEntry | None = None) -> float | None:
    """Return the filled fraction of the progress bar in [0, 1], None without a bar."""
    if job is not None and job.status == "running":
        return job.share
    if entry.state is EntryState.PROPAGATING:
        return entry.propagation
    if entry.state is EntryState.DONE:
        return 1.0
    return entry.progress if entry.state is EntryState.IN_WORK else None


def describe_drop_folder(folder: DropFolder) -> tuple[str, Color]:
    """Return a line about the drop folder with its colour; a long path is cut to its end."""
    path = folder.path if len(folder.path) <= PATH_LETTERS else f"…{folder.path[-PATH_LETTERS:]}"
    if not path:
        return "No drop folder is watched.", p.WARNING
    if folder.problem:
        return f"{path}: {folder.problem}", p.ERROR
    return f"Copy videos, scans or DICOM folders into {path}", p.MUTED


def shorten_text(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Return a text cut to a width in pixels, with an ellipsis. measure: returns the width of a text."""
    if measure(text) <= width:
        return text
    room = width - measure("…")
    kept = bisect_right(range(1, len(text) + 1), room, key=lambda count: measure(text[:count]))
    return f"{text[:kept].rstrip()}…"


def filter_titles(filters: Sequence[Filter], found: Mapping[EntryState, int], night: int) -> tuple[str, ...]:
    """Return the name of each filter with the number of entries that it shows. night: how many have jobs."""
    counts = (night if item.is_night else item.count_entries(found) for item in filters)
    return tuple(f"{item.name}  {count}" for item, count in zip(filters, counts, strict=True))
