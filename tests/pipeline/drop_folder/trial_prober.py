"""A prober that some files are the death of."""

from __future__ import annotations

import os
import signal
from typing import Any

from app.pipeline.roles.prober import ProberRole
from app.pipeline.workers.job_context import JobContext


class Mortal(ProberRole):
    """Dies of every file whose name says so, as a decoder library may."""

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if "killer" in body["path"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().handle(verb, body, context)
