"""Starts the pipeline, then the window, and takes both down again. Main thread only."""

import argparse
from contextlib import ExitStack
from pathlib import Path

import platformdirs

from app.config.settings import APPLICATION
from app.config.settings_file import load_settings, save_copy, settings_path
from app.kiosk.gc_pauses import without_collection
from app.kiosk.pipeline_options import pipeline_options
from app.kiosk.running_mark import RunningMark
from app.messages.events import Noticed
from app.pipeline.host import PipelineHost
from app.storage.logging.logs import open_log

# The exit status by which tool/kiosk.sh and the service of tool/install_kiosk.sh tell leaving from a crash.
LEFT_BY_OPERATOR = 3


def run(arguments: argparse.Namespace) -> int:
    """Start the kiosk with the arguments of the command line and return the exit status."""
    path = arguments.settings or settings_path()
    settings, problems = load_settings(path)
    if path.exists() and not problems:
        save_copy(settings, path)
    with ExitStack() as stack:
        log = stack.enter_context(open_log(Path(platformdirs.user_log_dir(APPLICATION))))
        host = stack.enter_context(PipelineHost(pipeline_options(arguments, settings, log.redactor)))
        for problem in filter(None, (*problems, log.problem)):
            host.post(Noticed("warning", problem))
        # Only now, so that the workers load their models while this process loads the views.
        with without_collection():
            from app.kiosk.kiosk_window import open_window, run_until_left, save_screenshot
            from app.kiosk.settings_store import SettingsStore
        store = SettingsStore(settings, path)
        loop = stack.enter_context(open_window(arguments, store, host, log))
        if arguments.screenshot is not None:
            return save_screenshot(loop, arguments)
        mark = RunningMark(path)
        run_until_left(loop, arguments, store, mark)
    mark.clear()
    return LEFT_BY_OPERATOR if settings.kiosk else 0
