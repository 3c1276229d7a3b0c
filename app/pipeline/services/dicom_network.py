"""The DICOM network: runs the process that receives and sends, and hands it what the archive is to have."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from app.domain.errors import FramewiseError, UsageError
from app.files.atomic_file import move_files
from app.files.atomic_folder import temporary_folder
from app.files.private import make_private_folder
from app.messages.events import ArchiveExported, Event, Noticed, ToastLevel
from app.messages.orders import SendToArchive
from app.pipeline.dicom_network.network_options import NetworkOptions, outbox_of
from app.pipeline.services.command_process import start_command
from app.pipeline.services.import_export import ImportExport
from app.pipeline.services.service import OrderTable, Service

RESTART_SECONDS: Final = 10.0  # after the process died; chosen by hand
_LEAVE_SECONDS: Final = 5.0  # to leave by itself; what it has acknowledged is on the disk
_LEVELS: Final = ("info", "warning", "error")


class DicomNetwork(Service):
    """Keeps the network process running. Without options for it, it only refuses to send."""

    def __init__(
        self, options: NetworkOptions | None, import_export: ImportExport, post: Callable[[Event], None]
    ) -> None:
        self._options, self._import_export, self._post = options, import_export, post
        self._process: Process | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(SendToArchive, self._send)

    async def run(self) -> None:
        """Run the process until cancelled; one that died is started again, one that cannot serve is not."""
        if self._options is None:
            return
        words = command_words(self._options)
        while True:
            try:
                self._process = process = await start_command(words)
            except OSError as error:
                self._post(Noticed("error", f"The DICOM receiver cannot run ({error.strerror})."))
                return
            told = await self._follow(process)
            if told:
                return
            self._post(Noticed("warning", "The DICOM receiver ended by itself and is started again."))
            await asyncio.sleep(RESTART_SECONDS)

    async def close(self) -> None:
        """End the process."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _follow(self, process: Process) -> bool:
        """Show what the process tells until it ends; return whether it said that it cannot serve."""
        assert process.stdout is not None
        level = ""
        async for line in process.stdout:
            level, _, text = line.decode("utf-8", "replace").strip().partition("\t")
            if level in _LEVELS:
                self._post(Noticed(cast(ToastLevel, level), text))
        return await process.wait() > 0 and level == "error"

    async def _send(self, order: SendToArchive) -> None:
        """Write the DICOM SEG with the patient's identity, by which an archive files it, into the outbox."""
        try:
            count = await self._put_into_outbox()
            self._post(ArchiveExported(order.job, count))
        except FramewiseError as error:
            self._post(ArchiveExported(order.job, error=str(error)))

    async def _put_into_outbox(self) -> int:
        options = self._options
        if options is None or options.archive is None:
            raise UsageError(
                "No archive is known.", remedy='Name it in the settings, such as "PACS@10.0.0.9:104".'
            )
        outbox = outbox_of(options.folder)
        await asyncio.to_thread(make_private_folder, outbox)
        with temporary_folder(outbox) as folder:
            reply = await self._import_export.export(("dicom-seg",), folder, with_identity=True)
            files = [file for file in reply.paths if file.is_file()]
            await asyncio.to_thread(_move_numbered, files, outbox)
        return len(files)


def _move_numbered(files: list[Path], outbox: Path) -> None:
    """Move files into the outbox, none over one that still waits."""
    for file in files:
        number, place = 1, outbox / file.name
        while place.exists():
            number += 1
            place = outbox / f"{file.stem}_{number}{file.suffix}"
        move_files([file.rename(file.with_name(place.name))], outbox)


def command_words(options: NetworkOptions) -> list[str]:
    """Return the words of `framewise receive` for options."""
    words = ["receive", "--end-with-stdin", "--folder", str(options.folder)]
    if options.listen_at is not None and options.drop_folder is not None:
        words += ["--listen", str(options.listen_at), "--drop-folder", str(options.drop_folder)]
        words += ["--gigabytes", str(options.study_limit >> 30)]
        words += ["--quiet", str(options.quiet_seconds), "--cut", str(options.cut_seconds)]
        words += ["--callers", *options.callers]
    if options.archive is not None:
        words += ["--archive", str(options.archive)]
    return words
