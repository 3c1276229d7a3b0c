"""Progress of loading a model, from the engine to the caller."""

from collections.abc import Callable

from app.pipeline.requests.engine_requests import LoadProgress
from app.pipeline.workers.job_context import JobContext


def report_load(context: JobContext[LoadProgress]) -> Callable[[str, float], None]:
    """Return a function that sends what is being done and its share in [0, 1]; it raises Cancelled."""

    def report(words: str, share: float) -> None:
        context.check_cancelled()
        context.progress(LoadProgress(words, share))

    return report
