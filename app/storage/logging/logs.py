"""The log file: it rotates, and holds no patient data."""

import copy
import logging
import os
import secrets
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from app.domain.errors import FramewiseError
from app.files.atomic_file import atomic_file
from app.files.private import make_private_file, make_private_folder
from app.storage.logging.recent_log import RecentLog
from app.storage.logging.redactor import Redactor

LOG: Final = "framewise.log"
SALT: Final = "log.salt"
SALT_BYTES = 32  # half of what BLAKE2b takes as a key
BYTES = 2**20  # of a file before the next one is begun: about 10,000 lines
FILES = 5  # old files kept beside the current one
# What the subject of an error has in it when it is a file and not, say, a worker.
NAME_MARKS = frozenset("/.")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_log = logging.getLogger("framewise")


@dataclass(frozen=True, slots=True)
class Log:
    """The log of this run."""

    path: Path
    redactor: Redactor
    recent: RecentLog  #: warnings and errors of this run, also where no file can be written
    problem: str = ""  #: why there is no file, "" when there is one


@contextmanager
def open_log(folder: Path, size: int = BYTES) -> Iterator[Log]:
    """Write what is logged, and uncaught errors, into a file in folder, until the context is left.

    size: bytes after which a new file is begun; a few old ones are kept. A folder that cannot be written is
    named in problem: the program works without a log as well.
    """
    path, problem = folder / LOG, ""
    handlers: list[logging.Handler] = []
    try:
        make_private_folder(folder)
        privacy = Redactor(_salt(folder))
        handlers.append(_file(path, size, _PrivateFormatter(privacy)))
    except OSError as error:
        problem = f"No log is kept, for {folder} cannot be written ({error.strerror})."
        privacy = Redactor(secrets.token_bytes(SALT_BYTES))
    recent = RecentLog(_PrivateFormatter(privacy))
    with _root_handlers([*handlers, recent]), _exception_hooks():
        yield Log(path, privacy, recent, problem)


def _file(path: Path, size: int, formatter: logging.Formatter) -> logging.Handler:
    handler = _LogFile(path, maxBytes=size, backupCount=FILES, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(formatter)
    handler.setLevel(logging.INFO)
    return handler


@contextmanager
def _root_handlers(handlers: Iterable[logging.Handler]) -> Iterator[None]:
    """Attach handlers to the root logger from INFO on, and close them in the end."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(min(before or logging.INFO, logging.INFO))
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(before)


class _LogFile(RotatingFileHandler):
    """A log file of its owner that never complains: what it would print holds the message as it was."""

    def _open(self) -> TextIOWrapper:
        make_private_file(Path(self.baseFilename))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class calls it so
        """Do nothing: a full disk costs a line of the log."""


class _PrivateFormatter(logging.Formatter):
    """Hides names in the message and in the traceback, not in the words around them."""

    def __init__(self, privacy: Redactor) -> None:
        super().__init__(FORMAT)
        self._privacy = privacy

    def format(self, record: logging.LogRecord) -> str:
        """Format a copy: what other handlers made of the record may hold names, and they want it unchanged."""
        private = copy.copy(record)
        private.msg, private.args = (
            self._privacy.redact(record.getMessage(), _names_in_arguments(record)),
            None,
        )
        if record.exc_info:
            private.exc_text = None
        elif record.exc_text:
            private.exc_text = self._privacy.redact(record.exc_text)
        return super().format(private)

    def formatException(  # noqa: N802 - the base class calls it so
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return a traceback without names."""
        return self._privacy.redact(super().formatException(ei), _names_in_error(ei[1]))


def _names_in_arguments(record: logging.LogRecord) -> tuple[str, ...]:
    """Return the names that the arguments of a message carry."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    paths = (str(part) for part in arguments if isinstance(part, (Path, str)))
    whole = tuple(path for path in paths if path.startswith(os.sep))
    return whole + tuple(
        name for part in arguments if isinstance(part, Exception) for name in _names_in_error(part)
    )


def _names_in_error(error: BaseException | None) -> tuple[str, ...]:
    """Return the names that an error and its causes carry."""
    found: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, FramewiseError):
            found += [error.subject] if set(error.subject) & NAME_MARKS else []
        if isinstance(error, OSError):
            found += [str(name) for name in (error.filename, error.filename2) if name]
        error = error.__cause__ or error.__context__
    return tuple(name for name in found if len(name) > 1)


@contextmanager
def _exception_hooks() -> Iterator[None]:
    """Log uncaught errors; printed, they would end up in the journal of the system."""
    before, before_threads = sys.excepthook, threading.excepthook

    def of_program(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before(kind, error, trace)
            return
        _log.critical("the program ends", exc_info=(kind, error, trace))

    def of_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            name = arguments.thread.name if arguments.thread else "?"
            _log.error("the thread %s ended", name, exc_info=arguments.exc_value)

    sys.excepthook, threading.excepthook = of_program, of_thread
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before, before_threads


def _salt(folder: Path) -> bytes:
    """Return the secret of this machine, made at the first start."""
    path = folder / SALT
    try:
        known = path.read_bytes()
    except FileNotFoundError:
        known = b""
    if len(known) == SALT_BYTES:
        return known
    salt = secrets.token_bytes(SALT_BYTES)
    with atomic_file(path, private=True) as draft:
        draft.write_bytes(salt)
    return salt
