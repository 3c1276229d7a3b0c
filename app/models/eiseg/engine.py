"""The engine over models in EISeg's layout: a click model, a propagation folder, or both."""

from pathlib import Path
from typing import Self

from app.domain.errors import ModelError
from app.models.cache_folder import default_cache
from app.models.eiseg.click_model import StaticClickModel
from app.models.eiseg.frame_cache import FrameCache
from app.models.eiseg.propagation_networks import StaticPropagation
from app.models.eiseg.propagation_tracker import PropagationTracker
from app.models.engine import Image
from app.models.feature_file import FeatureFile
from app.models.formats.static_model import PARAMETERS, click_files, propagation_files, use_of
from app.models.preparing.prepare import PreparedModel, prepare_model
from app.models.preparing.probe_client import Progress
from app.models.prompted_click_model import PromptedClickModel
from app.models.runtime.device import Device, describe_device
from app.models.runtime.device_selection import select_device


class StaticEngine:
    """Click model and tracker from files; a missing one raises only when it is requested."""

    def __init__(
        self,
        click: Path | None = None,
        propagation: Path | None = None,
        device: str | Device = "auto",
        threads: int = 0,
        cache: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Load the models and run the click model once.

        click: a click model's file; propagation: a propagation folder or a file in it. cache: folder of
        prepared models, and of encoded frames while a sequence is open. Raises ModelError when a model
        cannot be used.
        """
        chosen = device if isinstance(device, Device) else select_device(device, threads)
        folder = cache or default_cache()
        self.name = " + ".join(_display_name(path) for path in (click, propagation) if path)
        self._click: StaticClickModel | None = None
        self._networks: StaticPropagation | None = None
        self._frames = FrameCache(FeatureFile(folder))
        prepared: list[PreparedModel] = []
        if click is not None:
            prepared.append(prepare_model({"click": click_files(click)}, chosen, folder, progress))
            self._click = StaticClickModel(prepared[-1].load()["click"])
            self._click.warm_up()
        if propagation is not None:
            prepared.append(prepare_model(propagation_files(propagation), chosen, folder, progress))
            self._networks = StaticPropagation(prepared[-1].load())
        paddle = any(part.runtime == "paddle" for part in prepared)
        runtime = "oneDNN" if paddle else "OpenVINO"
        device = prepared[-1].device if prepared else chosen
        self.device = describe_device(device, any(part.bf16 for part in prepared), runtime)

    @classmethod
    def from_path(
        cls, path: Path, device: str = "auto", threads: int = 0, progress: Progress | None = None
    ) -> Self:
        """Load a click model or a propagation folder, by what the path is."""
        if use_of(path) == "propagation":
            return cls(propagation=path, device=device, threads=threads, progress=progress)
        return cls(click=path, device=device, threads=threads, progress=progress)

    def click_model(self) -> PromptedClickModel[StaticClickModel]:
        """Return the click model; raises ModelError when none was loaded."""
        if self._click is None:
            raise _missing_model("click")
        return PromptedClickModel(self._click)

    def tracker(self) -> PropagationTracker:
        """Return an empty tracker; raises ModelError when no propagation model was loaded."""
        if self._networks is None:
            raise _missing_model("propagation")
        return PropagationTracker(self._networks, cache=self._frames)

    def fit_size(self, image: Image) -> None:
        """See PreparingEngine."""
        self.tracker().fit_size(image)

    def prepare_frame(self, index: int, image: Image, center: int) -> bool:
        """See PreparingEngine."""
        self._frames.center = center
        if not self._frames.has_room(index):
            return False
        self.tracker().prepare_frame(index, image)
        return True

    def clear_frames(self) -> None:
        """See PreparingEngine."""
        self._frames.clear()


def prepare_model_file(path: Path, device: str, threads: int, progress: Progress) -> None:
    """Prepare a model, so that a StaticEngine of it loads at once. Raises ModelError."""
    is_click = use_of(path) == "click"
    parts = {"click": click_files(path)} if is_click else propagation_files(path)
    prepare_model(parts, select_device(device, threads), default_cache(), progress)


def _display_name(path: Path) -> str:
    """Return the name to display: the folder of a propagation model, whose files always have the same names."""
    if use_of(path) == "click" or path.is_dir():
        return path.name.removesuffix(PARAMETERS)
    return path.parent.name


def _missing_model(use: str) -> ModelError:
    return ModelError(f"No {use} model is loaded.", remedy=f"Choose a {use} model in the list of models.")
