"""The inspector: looks over frames for text and faces. Runs in the worker process."""

from app.models.inspecting.picture_inspector import PictureInspector
from app.pipeline.requests.inspector_requests import InspectProgress, InspectRequest
from app.pipeline.roles.source_reading import open_spec
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles
from app.storage.workspace.frame_inspection import FrameInspection


class InspectorRole(Role):
    """Computes on one core: nobody waits for it."""

    @handles(InspectRequest)
    def inspect_frames(self, request: InspectRequest, context: JobContext[InspectProgress]) -> None:
        with open_spec(request.source) as source:
            inspect = PictureInspector(1)
            inspection = FrameInspection(request.journal, source, inspect, None, inspect.find_faces)
            try:
                # A damaged frame is refused when it is exported.
                for frame, found in inspection.look(request.frames, exact=False, skip_damaged=True):
                    context.check_cancelled()
                    context.progress(InspectProgress(frame, found))
            finally:
                inspection.save()
