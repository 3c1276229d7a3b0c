"""The library: models from web servers, drives and archives. Runs in the worker process.

What comes from outside is read here, where it can do no harm to the window.
"""

from collections.abc import Callable
from pathlib import Path

from app.domain.errors import UsageError
from app.models.library.catalogue import Package, find_entry
from app.models.library.download import Download
from app.models.library.model_folder import Library
from app.pipeline.requests.library_requests import (
    DownloadModelRequest,
    ImportModelsRequest,
    TransferProgress,
    TransferReply,
)
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles

Context = JobContext[TransferProgress]


class LibraryRole(Role):
    """Brings models into the library."""

    @handles(ImportModelsRequest)
    def import_models(self, request: ImportModelsRequest, context: Context) -> TransferReply:
        done = Library(request.folder).import_models(request.path, _reporter(context))
        return TransferReply(tuple(done.names), tuple(done.problems))

    @handles(DownloadModelRequest)
    def download_model(self, request: DownloadModelRequest, context: Context) -> TransferReply:
        library, name = Library(request.folder), request.name
        wanted = find_entry(name)
        if wanted is None:
            raise UsageError("There is no such model in the catalogue.", subject=name)
        here = {model.name for model in library.models()}
        missing = [package for package in wanted.packages if package.name not in here]
        total, before = sum(package.size for package in missing), 0
        for package in missing:
            file = _fetch_package(context, library, package, request.source, (before, total))
            before += package.size
            library.import_models(file, _reporter(context), package.name)
            file.unlink()
        return TransferReply(tuple(package.name for package in wanted.packages))


def _fetch_package(
    context: Context, library: Library, package: Package, source: str, share: tuple[int, int]
) -> Path:
    """Fetch one package. share: bytes of all packages that came before it, and of all."""
    before, total = share

    def report(done: int, size: int) -> None:
        context.check_cancelled()
        every = total + (size - package.size if size else 0)
        context.progress(TransferProgress(f"downloading {package.name}", before + done, every))

    target = library.downloads / f"{package.name}.zip"
    return Download(package.url_at(source), target, package.sha256).run(report)


def _reporter(context: Context) -> Callable[[str, int, int], None]:
    def report(words: str, done: int, total: int) -> None:
        context.check_cancelled()
        context.progress(TransferProgress(words, done, total))

    return report
