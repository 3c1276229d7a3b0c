"""The library: models from web servers, sticks and archives, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.domain.errors import UsageError
from app.models.library.catalogue import Package, entry
from app.models.library.download import Download
from app.models.library.model_folder import Library
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role


class LibraryRole(Role):
    """Brings models into the library. Verbs: download, import.

    What comes from outside is read here, where it can do no harm to the window.
    """

    name = "library"

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        library = Library(Path(body["folder"]))
        if verb == "download":
            return self._download(context, library, body["name"], body["source"])
        if verb == "import":
            done = library.take(Path(body["path"]), _told(context))
            return {"models": done.names, "problems": done.problems}
        raise UsageError("The library does not know this verb.", subject=verb)

    def _download(self, context: JobContext, library: Library, name: str, source: str) -> dict[str, Any]:
        wanted = entry(name)
        if wanted is None:
            raise UsageError("There is no such model in the catalogue.", subject=name)
        here = {model.name for model in library.models()}
        missing = [package for package in wanted.packages if package.name not in here]
        total, before = sum(package.size for package in missing), 0
        for package in missing:
            file = self._fetch(context, library, package, source, (before, total))
            before += package.size
            library.take(file, _told(context), package.name)
            file.unlink()
        return {"models": [package.name for package in wanted.packages], "problems": []}

    def _fetch(
        self, context: JobContext, library: Library, package: Package, source: str, share: tuple[int, int]
    ) -> Path:
        """Fetch one package. share: bytes of all packages that came before it, and of all."""
        before, total = share

        def tell(done: int, size: int) -> None:
            context.check_cancelled()
            every = total + (size - package.size if size else 0)
            context.progress(words=f"downloading {package.name}", done=before + done, total=every)

        target = library.downloads / f"{package.name}.zip"
        return Download(package.at(source), target, package.sha256).run(tell)


def _told(context: JobContext) -> Any:
    def tell(words: str, done: int, total: int) -> None:
        context.check_cancelled()
        context.progress(words=words, done=done, total=total)

    return tell
