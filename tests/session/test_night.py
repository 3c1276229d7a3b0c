"""The night queue: what is asked of it, and what is shown of it."""

from __future__ import annotations

import pytest

from app.domain.batch_jobs import BatchJob, NightQueue
from app.messages import night_orders as no
from app.messages.events import Event, OperatorChosen
from app.messages.events import night as ne
from app.messages.orders import Order
from tests.session.harness import SessionHarness

JOB = BatchJob("/clip.mp4")


@pytest.mark.parametrize(
    ("event", "order"),
    [
        (ne.JobsQueued((JOB,)), no.QueueJobs((JOB,))),
        (ne.JobsRemoved(("a",)), no.RemoveJobs(("a",))),
        (ne.JobMoved("a", -1), no.MoveJob("a", -1)),
        (ne.JobPicturesDecided("a", "mask"), no.DecideJobPictures("a", "mask", "")),
        (ne.NightHoursChosen(None, 5.0), no.SetNightHours(None, 5.0)),
        (ne.PersonSeen(), no.YieldToPerson()),
    ],
)
def test_a_wish_about_the_queue_is_ordered(harness: SessionHarness, event: Event, order: Order) -> None:
    assert harness.handle(event) == [order]


def test_pictures_leave_as_they_are_under_a_name_only(harness: SessionHarness) -> None:
    event = ne.JobPicturesDecided("a", "allow")
    assert harness.handle(event) == [] and "Say who works first" in harness.snapshot().toasts[-1].text
    harness.handle(OperatorChosen("Ada"))
    assert harness.handle(event) == [no.DecideJobPictures("a", "allow", "Ada")]


def test_without_a_job_nothing_is_queued_and_a_changed_queue_is_shown(harness: SessionHarness) -> None:
    assert harness.handle(ne.JobsQueued(())) == []
    queue = NightQueue(idle_minutes=7.0)
    harness.handle(ne.NightQueueChanged(queue))
    assert harness.snapshot().night == queue
