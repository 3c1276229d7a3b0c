"""Files for and from others, in a process of their own so that nothing waits for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app import masks
from app.annotation import Annotation, Label
from app.errors import UsageError
from app.pipeline.context import JobContext
from app.pipeline.role import Role
from app.pipeline.wire import info_from_wire, mask_to_wire, window_from_wire
from app.storage.export import EXPORTERS, ExportJob
from app.storage.import_masks import read_masks
from app.storage.journal import Contents, Journal
from app.storage.opening import open_source
from app.storage.workspace import JOURNAL

MASKS_A_MESSAGE = 200


class Exchange(Role):
    """Reads what is to be exported from the journal, where every edit is. Verbs: export, import."""

    name = "exchange"

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "export":
            return self._export(context, **body)
        if verb == "import":
            return self._import(context, **body)
        raise UsageError("The exchange does not know this verb.", subject=verb)

    def _export(
        self,
        context: JobContext,
        workspace: str,
        reader: dict[str, Any],
        window: list[float] | None,
        kinds: list[str],
        folder: str,
        opacity: float,
    ) -> dict[str, Any]:
        with Journal(Path(workspace) / JOURNAL) as journal:
            contents = journal.read(limit=0)
        index = Path(reader["index_folder"])
        with open_source(Path(reader["path"]), series=reader["series"], index_folder=index) as source:
            chosen = window_from_wire(window)
            by_frame = _by_frame(contents)
            paths: list[str] = []
            for kind in kinds:
                job = ExportJob(
                    info=source.info,
                    labels=contents.labels,
                    objects=contents.objects,
                    annotations=lambda frame: by_frame.get(frame, {}),
                    image=lambda frame: source.read(frame, chosen),
                    opacity=opacity,
                    progress=_progress(context, kind),
                    check=context.check_cancelled,
                )
                paths += [str(path) for path in EXPORTERS[kind](job, Path(folder))]
        return {"paths": paths}

    def _import(
        self, context: JobContext, path: str, info: dict[str, Any], labels: list[Any]
    ) -> dict[str, Any]:
        known = tuple(Label(value, name, (r, g, b)) for value, name, (r, g, b) in labels)
        found = read_masks(Path(path), info_from_wire(info), known)
        waiting: list[Any] = []
        for frame, objects in found.frames():
            context.check_cancelled()
            for key, (value, mask) in objects.items():
                waiting.append([frame, str(key), value, mask_to_wire(masks.encode(mask))])
            if len(waiting) >= MASKS_A_MESSAGE:
                context.progress(masks=waiting)
                waiting = []
        made = [[label.value, label.name, label.color] for label in found.labels]
        return {"masks": waiting, "labels": made, "warnings": list(found.warnings)}


def _by_frame(contents: Contents) -> dict[int, dict[int, Annotation]]:
    known = {item.object_id for item in contents.objects}
    frames: dict[int, dict[int, Annotation]] = {}
    for frame, object_id, annotation in contents.cells:
        if object_id in known:
            frames.setdefault(frame, {})[object_id] = annotation
    return frames


def _progress(context: JobContext, kind: str) -> Any:
    return lambda done, total: context.progress(kind=kind, done=done, total=total)
