"""The pipeline's options from settings and command line."""

import argparse
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from app.config.settings import Settings
from app.files.private import make_private_folder
from app.pipeline.dicom_network.network_options import NETWORK_FOLDER, NetworkOptions
from app.pipeline.options import MEGABYTE, NightOptions, Options
from app.storage.logging.redactor import Redactor


def pipeline_options(arguments: argparse.Namespace, settings: Settings, redactor: Redactor) -> Options:
    """Return the options of a pipeline. redactor: learns the names of sequences, which the log must not say."""
    choices = () if arguments.engine else settings.choices
    first = dict(choices).get(settings.model_kind)
    return Options(
        arguments.workspace or _workspace_folder(settings),
        cache_bytes=settings.cache_megabytes * MEGABYTE,
        engine=first.click if first is not None else arguments.engine,
        propagation=first.propagation if first is not None else "",
        choices=choices,
        recent_models=settings.models,
        models_folder=settings.library_folder,
        models_source=settings.models_source,
        device=settings.device,
        threads=settings.threads,
        prefetch=settings.prefetch,
        labels_file=settings.labels_path,
        autosave=settings.autosave_kinds if settings.autosave else (),
        autosave_folder=settings.exports_folder,
        operator="" if settings.ask_operator else settings.operator,
        identify=settings.identify,
        check_pictures=settings.check_pictures,
        inspect=settings.check_pictures,
        orientation=settings.scan_orientation,
        drop_folder=make_drop_folder(settings),
        network=_network_options(arguments, settings),
        night=NightOptions(
            settings.queue_hours,
            settings.night_idle_minutes,
            settings.night_scheduler,
            settings.night_insecure,
            settings.night_share,
            settings.night_learns,
        ),
        repeats=settings.repeat_rule,
        learn=partial(_add_names, redactor),
    )


def _network_options(arguments: argparse.Namespace, settings: Settings) -> NetworkOptions | None:
    """Return what the DICOM network does, None where it is off."""
    node, archive = settings.receiver_node, settings.archive_node
    if node is None and archive is None:
        return None
    return NetworkOptions(
        (arguments.workspace or settings.workspace_folder) / NETWORK_FOLDER,
        node,
        settings.receiver_callers,
        settings.watched_folder,
        settings.receiver_gigabytes << 30,
        archive,
    )


def make_drop_folder(settings: Settings) -> Path | None:
    """Return the folder to watch. Only the default one is made: a chosen one may be on a drive that is unplugged."""
    folder = settings.watched_folder
    if folder is not None and not settings.drop_folder:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
    return folder


def _workspace_folder(settings: Settings) -> Path:
    """Return the folder of workspaces. The default one is the program's own: it is closed to other users."""
    folder = settings.workspace_folder
    if not settings.workspace:
        with suppress(OSError):
            make_private_folder(folder)
    return folder


def _add_names(redactor: Redactor, paths: Iterable[str], below: str) -> None:
    for path in paths:
        redactor.add_name(path, below)
