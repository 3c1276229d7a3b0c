"""The preparer: makes model files ready to be loaded, while the model in use goes on answering."""

from pathlib import Path

from app.models.eiseg.engine import prepare_model_file
from app.pipeline.requests.engine_requests import LoadProgress, PrepareModelRequest
from app.pipeline.roles.load_reporting import report_load
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles


class PreparerRole(Role):
    """Checks, tries and optimises models. Runs in the worker process."""

    @handles(PrepareModelRequest)
    def prepare_model(self, request: PrepareModelRequest, context: JobContext[LoadProgress]) -> None:
        prepare_model_file(Path(request.name), request.device, request.threads, report_load(context))
