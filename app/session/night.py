"""Handlers of the jobs that are done while nobody works."""

from dataclasses import replace

from app.messages import night_orders as no
from app.messages.events import night as ne
from app.messages.orders import Order
from app.session.state import State


def on_queued(state: State, event: ne.JobsQueued) -> list[Order]:
    """Add jobs; they stop at cuts where the annotator's own propagations do."""
    over_cuts = not state.view.stop_at_cuts
    jobs = tuple(replace(job, over_cuts=over_cuts) for job in event.jobs)
    return [no.QueueJobs(jobs)] if jobs else []


def on_removed(_state: State, event: ne.JobsRemoved) -> list[Order]:
    """Remove jobs."""
    return [no.RemoveJobs(event.job_ids)]


def on_moved(_state: State, event: ne.JobMoved) -> list[Order]:
    """Change the order of the jobs."""
    return [no.MoveJob(event.job_id, event.step)]


def on_pictures(state: State, event: ne.JobPicturesDecided) -> list[Order]:
    """Export refused pictures as somebody says."""
    if event.action == "allow" and not state.operator:
        state.add_toast("warning", "Say who works first, for it is noted who lets these pictures out.")
        return []
    return [no.DecideJobPictures(event.job_id, event.action, state.operator)]


def on_hours(_state: State, event: ne.NightHoursChosen) -> list[Order]:
    """Use other hours."""
    return [no.SetNightHours(event.hours, event.idle_minutes)]


def on_person(_state: State, _event: ne.PersonSeen) -> list[Order]:
    """Give the machine to the person."""
    return [no.YieldToPerson()]


def on_changed(state: State, event: ne.NightQueueChanged) -> list[Order]:
    """Show the changed queue."""
    state.night = event.queue
    return []
