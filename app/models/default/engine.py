"""The default engine: the learned click model and tracker that ship with the program."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path

from app.models.cache_folder import default_cache
from app.models.default.default_click_model import DefaultClickModel
from app.models.default.default_tracker import DefaultTracker
from app.models.default.encoding_store import EncodingStore
from app.models.default.feature_cache import FeatureCache
from app.models.default.frame_memory import MemoryReader
from app.models.default.reference_recall import ReferenceRecall
from app.models.default.score_calibration import CALIBRATIONS
from app.models.default.shipped_graphs import FOLDER, SHIPPED, load_graph
from app.models.engine import BoolMask, Image
from app.models.prompted_click_model import PromptedClickModel
from app.models.runtime.device import describe_device
from app.models.runtime.device_selection import select_device, wants_bf16
from app.models.runtime.network import Network


class DefaultEngine:
    """Click model and tracker with a shared encoder: a picture encoded for one is encoded for the other."""

    def __init__(self, device: str = "cpu", threads: int = 0, folder: Path = FOLDER) -> None:
        """Load the graphs. device, threads: see select_device.

        Raises ModelError when a file of the model is missing or damaged, or there is no such device.
        """
        self.name = next((name for name, place in SHIPPED.items() if place == folder), "default")
        self.calibration = CALIBRATIONS[self.name]
        chosen = select_device(device, threads)
        # In bfloat16 a propagated frame takes 37 ms, not 56 (854x480, two cores with AVX-512), and of 72 held-out
        # pictures and clips IoU and J change by .002 on average. The value graph is small and gains nothing.
        bf16 = wants_bf16(chosen)
        self.device = describe_device(chosen, bf16)
        store = EncodingStore(default_cache())
        self.cache = FeatureCache(load_graph("coder", chosen, folder, bf16), store)
        self.decoder = load_graph("decoder", chosen, folder, bf16)
        self.propagation_decoder = load_graph("propagation_decoder", chosen, folder, bf16)
        self._value = load_graph("value", chosen, folder)
        self._reader = MemoryReader(load_graph("reader", chosen, folder, bf16))

    def with_decoders(self, decoder: Network, propagation_decoder: Network) -> DefaultEngine:
        """Return an engine with other decoders, for clicks and for propagation, that shares all else."""
        other = copy(self)
        other.decoder, other.propagation_decoder = decoder, propagation_decoder
        return other

    def click_model(self) -> PromptedClickModel[DefaultClickModel]:
        return PromptedClickModel(DefaultClickModel(self.cache, self.decoder))

    def tracker(self) -> DefaultTracker:
        """Return an empty tracker."""
        return DefaultTracker(
            self.cache, self.propagation_decoder, self._value, self._reader, self.calibration
        )

    def learn(self, references: Sequence[tuple[int, Image, BoolMask]]) -> ReferenceRecall:
        """See LearningEngine."""
        return ReferenceRecall(self.tracker(), references)

    def fit_size(self, image: Image) -> None:
        """See PreparingEngine; the first run of a size is the slow one."""
        self.cache.encode_frame(image)

    def prepare_frame(self, index: int, image: Image, center: int) -> bool:
        """See PreparingEngine; there is always room, for which others go."""
        self.cache.encode_frame(image)
        return True

    def clear_frames(self) -> None:
        """See PreparingEngine; frames are known by their pixels and stay, since the annotator may come back to them."""
