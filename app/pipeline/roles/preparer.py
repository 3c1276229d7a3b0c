"""The preparer: makes model files ready to be loaded, while the model in use goes on answering."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.domain.errors import UsageError
from app.models.eiseg.engine import prepare_path
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role


class PreparerRole(Role):
    """Checks, tries and optimises models. Verbs: prepare."""

    name = "preparer"

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb != "prepare":
            raise UsageError("The preparer does not know this verb.", subject=verb)
        prepare_path(Path(body["name"]), body["device"], body["threads"], context.advance)
        return None
