"""A prober that some files are the death of."""

from __future__ import annotations

import os
import signal

from app.pipeline.requests.prober_requests import ProbeReply, ProbeRequest, ProberKind
from app.pipeline.roles.prober import ProberRole
from app.pipeline.workers.job_context import JobContext


class MortalKind(ProberKind):
    role = "tests.pipeline.drop_folder.trial_prober:Mortal"


class Mortal(ProberRole):
    """Dies of every file whose name says so, as a decoder library may."""

    def probe_source(self, request: ProbeRequest, context: JobContext[None]) -> ProbeReply:
        if "killer" in request.path.name:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().probe_source(request, context)
