"""Loads an engine by name or path. Called in worker processes."""

import logging
from collections.abc import Callable
from pathlib import Path

from app.domain.engine_choice import BUILT_IN, ENGINES
from app.domain.errors import ModelError
from app.files.entry_points import load_named, names_of
from app.models.engine import Engine
from app.models.library.site_model import is_site_model

_log = logging.getLogger(__name__)


def engine_names() -> tuple[str, ...]:
    """Return the names of all engines; any other name is the path of a model."""
    return (*BUILT_IN, *names_of(ENGINES))


def is_whole_engine(name: str) -> bool:
    """Whether an engine of this name answers clicks and propagates, and needs no preparation.

    Other packages are asked last, since that reads the list of all packages.
    """
    return name in BUILT_IN or is_site_model(Path(name)) or name in names_of(ENGINES)


def load_engine(
    name: str, device: str = "auto", threads: int = 0, progress: Callable[[str, float], None] | None = None
) -> Engine:
    """Return an engine by name ("classic", "default", "free", "best", or one that another
    package registered) or by the path of a model file or folder, that of a tuned model too.

    "best" is the best that needs no download. threads: 0 lets the engine decide. progress: called with the
    step and the share that is done, in [0, 1].
    Raises ModelError when there is no such engine or it cannot be loaded.
    """
    if name == "best":
        return _best(device, threads)
    if name == "classic":
        from app.models.classic.engine import ClassicEngine

        return ClassicEngine(device="cpu")
    if name in ("default", "free"):
        from app.models.default.engine import DefaultEngine
        from app.models.default.shipped_graphs import SHIPPED

        return DefaultEngine(device=device, threads=threads, folder=SHIPPED[name])
    if name in names_of(ENGINES):
        return _registered(name, device, threads)
    if is_site_model(Path(name)):
        from app.models.default.engine import DefaultEngine
        from app.models.default.tuning.tuned_model import check_programs

        check_programs(Path(name))
        return DefaultEngine(device=device, threads=threads, folder=Path(name))
    if Path(name).exists():
        from app.models.eiseg.engine import StaticEngine

        engine: Engine = StaticEngine.from_path(Path(name), device, threads, progress)
        return engine
    raise ModelError(
        "There is no such engine.",
        subject=name,
        remedy=f"Choose {' or '.join(engine_names())}, or the path of a model's .pdiparams file.",
    )


def _registered(name: str, device: str, threads: int) -> Engine:
    """Return the engine of another package; whatever its code raises becomes a ModelError."""
    try:
        engine: Engine = load_named(ENGINES, name)(device, threads)
    except Exception as error:
        raise ModelError(
            f"The engine cannot be loaded ({type(error).__name__}: {error}).",
            subject=name,
            remedy="Ask the makers of the package that brings it.",
        ) from error
    return engine


def _best(device: str, threads: int) -> Engine:
    """Return the learned engine that ships, or the classic one where no runtime for it works."""
    try:
        return load_engine("default", device, threads)
    except (ModelError, ImportError, OSError) as error:
        _log.warning("the default model cannot be used: %s", error)
        return load_engine("classic", device, threads)
