"""A trial: weights are tuned on some sequences, and judged on others beside the weights they began with."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.models.default.engine import DefaultEngine
from app.models.default.shipped_graphs import DECODERS, FOLDER
from app.models.default.tuning.course import STEPS, Course
from app.models.default.tuning.drawn_pictures import CHECK_SEED, CHECKED, draw_pictures
from app.models.default.tuning.judgement import Judgement, judge_engine
from app.models.default.tuning.tuned_frame import TunedFrame
from app.models.openvino.openvino_network import OpenvinoNetwork
from app.models.runtime.device_selection import select_device

Tell = Callable[[str, int, int], None]
"""Called with the step under way, and how much of it is done of how much."""
LEAST_GAIN: Final = 0.005  # of clicks on held-out frames, or the weights are not worth a change; by hand
LARGEST_LOSS: Final = 0.01  # of propagation; by hand
FORGOTTEN: Final = 0.02
"""Of clicks on the check pictures, at most: their mean has a standard error of .01 or so. By hand."""
SHARES: Final = (1.0, 0.75, 0.5, 0.25)
"""Of the way from the weights that ship to what was learned; the first that forgets little is taken. EXPERIMENTS.md of
tool/dev/train has what half of the way costs and keeps."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Figures before and after tuning."""

    site: tuple[Judgement, Judgement]  #: on sequences that were held out
    check: tuple[Judgement, Judgement]  #: on pictures that come with the program

    @property
    def problem(self) -> str:
        """Why the tuned weights are not used, "" when they are better."""
        (old, new), (kept, changed) = self.site, self.check
        if new.clicks < old.clicks + LEAST_GAIN:
            return "It is not better on sequences that were held out."
        if old.carried is not None and new.carried is not None and new.carried < old.carried - LARGEST_LOSS:
            return "It propagates worse."
        if changed.clicks < kept.clicks - FORGOTTEN:
            return "It forgot what the model that ships knows."
        return ""


def run_trial(
    learned: Sequence[TunedFrame],
    held_out: Sequence[TunedFrame],
    target: Path,
    tell: Tell,
    device: str = "cpu",
    threads: int = 0,
    steps: int = STEPS,
    check: Sequence[TunedFrame] | None = None,
    start: Path = FOLDER,
) -> Trial:
    """Tune the decoders of a model that ships on some frames, write them into the folder target, and judge them.

    learned, held_out: not empty, those of a sequence in order. check: the pictures to check with, None for those that
    the program draws; start: folder of the model. Takes some minutes.
    """
    engine = DefaultEngine(device, threads, start)
    check = check or list(draw_pictures(CHECK_SEED, CHECKED))
    before = judge_engine(engine, held_out, _step(tell, "judging the model that ships"))
    kept = judge_engine(engine, check, _step(tell, "judging the model that ships on check pictures"))
    course = Course(learned, engine, start)
    course.run(_step(tell, "learning"), steps)
    for name in DECODERS:
        shutil.copyfile((start / name).with_suffix(".pdmodel"), (target / name).with_suffix(".pdmodel"))
    for share in SHARES:
        tuned = engine.with_decoders(*_save_decoders(course, target, share, threads))
        changed = judge_engine(tuned, check, _step(tell, "judging what was learned on check pictures"))
        if changed.clicks >= kept.clicks - FORGOTTEN:
            break
    after = judge_engine(tuned, held_out, _step(tell, "judging what was learned"))
    return Trial((before, after), (kept, changed))


def _save_decoders(course: Course, target: Path, share: float, threads: int) -> list[OpenvinoNetwork]:
    """Write the weights at a share of the way beside their programs, and load them."""
    for name, decoder in zip(DECODERS, course.decoders, strict=True):
        decoder.save((target / name).with_suffix(".pdiparams"), share)
    device = select_device("cpu", threads)
    graphs = [target / name for name in DECODERS]
    return [OpenvinoNetwork(g.with_suffix(".pdmodel"), g.with_suffix(".pdiparams"), device) for g in graphs]


def _step(tell: Tell, words: str) -> Callable[[int, int], None]:
    return lambda done, total: tell(words, done, total)
