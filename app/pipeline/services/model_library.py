"""List of the model library, downloads, imports, and the tuning of the model that ships."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.domain.engine_choice import SITE_LEARNING
from app.domain.errors import FramewiseError
from app.messages import events as ev
from app.messages import orders as od
from app.models.library import model_listing
from app.models.library.model_folder import Library
from app.pipeline.options import Options
from app.pipeline.requests.library_requests import (
    DownloadModelRequest,
    ImportModelsRequest,
    LibraryKind,
    TransferProgress,
)
from app.pipeline.services.service import OrderTable, Service
from app.pipeline.services.site_learning_process import run_site_learning
from app.pipeline.workers import priorities
from app.pipeline.workers.lazy_worker import LazyWorker
from app.pipeline.workers.protocol import Cancelled
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle


class ModelTransfers(Service):
    """Brings models into the library, one after the other; its worker runs while there is work."""

    def __init__(self, options: Options, pool: SharedPool, post: Callable[[ev.Event], None]) -> None:
        self._options, self._post = options, post
        self._library = Library(options.models_folder)
        nice, env = priorities.BACKGROUND, options.environment
        self._worker = LazyWorker(lambda: WorkerHandle(LibraryKind, pool, nice=nice, env=env))
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def register(self, orders: OrderTable) -> None:
        orders.add(od.ListModels, self._list)
        orders.add(od.DownloadModel, self._download)
        orders.add(od.ImportModels, self._import)
        orders.add(od.LearnSite, self._learn_site)
        orders.add(od.CancelTransfer, self._cancel)

    async def _list(self, order: od.ListModels) -> None:
        listed = await asyncio.to_thread(model_listing.rows, self._library)
        recent = await asyncio.to_thread(model_listing.existing_paths, order.recent)
        self._post(ev.ModelsListed(listed, recent))

    async def _download(self, order: od.DownloadModel) -> None:
        source = self._options.models_source
        await self._transfer(order.name, DownloadModelRequest(self._library.folder, order.name, source))

    async def _import(self, order: od.ImportModels) -> None:
        await self._transfer(order.path, ImportModelsRequest(self._library.folder, Path(order.path)))

    async def _learn_site(self, order: od.LearnSite) -> None:
        def advance(words: str, done: int, total: int) -> None:
            self._post(ev.TransferAdvanced(SITE_LEARNING, words, done, total))

        with self._known_task(SITE_LEARNING):
            try:
                model, figures = await run_site_learning(self._options, order.engine, advance)
                kept = (model.name,) if model is not None else ()
                self._post(ev.TransferEnded(SITE_LEARNING, kept))
                self._post(ev.Noticed("info", figures))
            except asyncio.CancelledError:
                self._post(ev.TransferEnded(SITE_LEARNING))
            except FramewiseError as error:
                self._post(ev.TransferEnded(SITE_LEARNING, error=str(error)))

    @contextmanager
    def _known_task(self, transfer: str) -> Iterator[None]:
        """Keep the present task as the one that a transfer runs in, by which it is cancelled."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[transfer] = task
        try:
            yield
        finally:
            del self._tasks[transfer]

    def _cancel(self, order: od.CancelTransfer) -> None:
        if order.name in self._tasks:
            self._tasks[order.name].cancel()

    async def close(self) -> None:
        """Stop the worker; partial downloads are kept."""
        await self._worker.close()

    async def _transfer(self, transfer: str, request: DownloadModelRequest | ImportModelsRequest) -> None:
        def advance(progress: TransferProgress) -> None:
            self._post(ev.TransferAdvanced(transfer, progress.words, progress.done, progress.total))

        with self._known_task(transfer):
            try:
                worker = await self._worker.started()
                reply = await worker.submit(request, advance).outcome()
                self._post(ev.TransferEnded(transfer, reply.models, reply.problems))
            except (Cancelled, asyncio.CancelledError):
                self._post(ev.TransferEnded(transfer))
            except FramewiseError as error:
                self._post(ev.TransferEnded(transfer, error=str(error)))
        await self._stop_if_idle()

    async def _stop_if_idle(self) -> None:
        """Stop the worker when no transfer is left."""
        if not self._tasks:
            await self._worker.close()
