# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Train the decoder alone on what the program asks of it: python -m tool.dev.train.tune. Resumes where it stopped."""

from __future__ import annotations

import argparse
import json
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator

from app.models.default.default_click_model import DefaultClickFeatures, DefaultClickModel
from app.models.default.engine import DefaultEngine
from app.models.default.shipped_graphs import FOLDER
from tool.dev.train import checkpoint
from tool.dev.train.episodes import LearningClickModel, RecentFeatures, annotate_picture, carry_masks
from tool.dev.train.export import unfold_norms
from tool.dev.train.learning_decoder import LearningDecoder
from tool.dev.train.network import Network
from tool.dev.train.prepare import FILE
from tool.dev.train.scene import Scene
from tool.dev.train.scenes import SceneSource, choose_target

NAME = "tune"
PICTURES = 3  # of a step, one of them new
SEEN = 16  # pictures that are kept to be asked of again
CARRIED = 0.6  # probability that a step has a clip besides; by hand
AVERAGE = 0.985  # weight of the past in the moving average, some 70 steps
STEEPEST = 3.0  # greatest norm of the gradient, as in the other stages
WARM_UP = 20  # steps in which the rate rises


class Tuning:
    """The decoder that learns, the program's engine around it, and the step they are at."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.file = options.out / f"{NAME}.pt"
        self.network = Network().eval()
        unfold_norms(self.network, np.load(options.weights))
        decoder = self.network.decoder.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(decoder.parameters(), lr=options.rate, weight_decay=0.01)
        self.step, self.seconds = 0, 0.0
        state = checkpoint.load_state(self.file)
        if state is not None:
            decoder.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seconds = state["step"], state["seconds"]
        self.average = checkpoint.Average(self.network, AVERAGE)
        if state is not None:
            self.average.network.load_state_dict(state["average"])
        self.decoder = LearningDecoder(decoder)
        self.engine = DefaultEngine(threads=1, folder=options.graphs)
        self.engine.cache = RecentFeatures(self.engine.cache._graph, self.engine.cache._stored)
        self.seen: deque[tuple[str, Scene, DefaultClickFeatures]] = deque(maxlen=SEEN)
        self.scenes = SceneSource(options.archive or options.out / FILE)

    def run(self) -> None:
        """Train until the time is over; report and save along the way."""
        end, saved = 60 * self.options.minutes, self.seconds
        while self.seconds < end:
            began = time.monotonic()
            for group in self.optimizer.param_groups:
                group["lr"] = self.options.rate * rate_share(self.step, self.seconds / end)
            self._report(self.do_step())
            self.seconds += time.monotonic() - began
            if self.seconds - saved > self.options.save_every:
                self.save()
                saved = self.seconds
        self.save()

    def do_step(self) -> dict[str, float]:
        """Learn from a few pictures, and from a clip now and then; what is drawn depends on seed and step."""
        rng = np.random.default_rng((self.options.seed, self.step))
        figures: dict[str, float] = {}
        self.optimizer.zero_grad()
        self.decoder.losses.clear()
        for name, scene, features in self._look_at_pictures(rng):
            model = LearningClickModel(self.engine.cache, self.decoder, choose_target(scene, rng))
            found = annotate_picture(model, features, rng)
            figures |= {f"{name} {key}": value for key, value in found.items()}
        if rng.random() < CARRIED:
            name, clip = self.scenes.draw_clip(rng)
            found = carry_masks(self.engine, self.decoder, clip, rng)
            figures |= {f"{name} {key}": value for key, value in found.items()}
        parameters = list(self.decoder.decoder.parameters())
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad /= max(1, len(self.decoder.losses))
        if bool(torch.isfinite(torch.nn.utils.clip_grad_norm_(parameters, STEEPEST))):
            self.optimizer.step()
        self.average.update(self.network, self.step)
        self.step += 1
        return figures

    def _look_at_pictures(self, rng: Generator) -> list[tuple[str, Scene, DefaultClickFeatures]]:
        """Return a new picture and others that were seen not long ago: to encode costs as much as to learn."""
        name, scene = self.scenes.draw_picture(rng)
        self.seen.append(
            (name, scene, DefaultClickModel(self.engine.cache, self.decoder).encode(scene.image))
        )
        others = rng.choice(len(self.seen) - 1, min(PICTURES, len(self.seen)) - 1, replace=False)
        return [self.seen[-1], *(self.seen[int(place)] for place in others)]

    def save(self) -> None:
        """Write everything that resuming and export need."""
        state = {"network": self.decoder.decoder.state_dict(), "average": self.average.network.state_dict()}
        rest = {"optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds}
        checkpoint.save_state(self.file, state | rest)

    def _report(self, figures: Mapping[str, float]) -> None:
        line = {
            "step": self.step,
            "seconds": round(self.seconds),
            "loss": float(np.mean(self.decoder.losses)),
        }
        with (self.options.out / f"{NAME}.jsonl").open("a") as log:
            log.write(json.dumps(line | {k: round(v, 3) for k, v in figures.items()}) + "\n")


def rate_share(step: int, place: float) -> float:
    """Share of the rate: a short rise, then half a cosine. place: how much of the time is over."""
    return min(1.0, (step + 1) / WARM_UP) * float(1 + np.cos(np.pi * min(place, 1.0))) / 2


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    home = Path.home() / ".cache/framewise-train"
    parser.add_argument("--out", type=Path, default=home)
    parser.add_argument("--archive", type=Path, help="what prepare wrote, data.zip in --out by default")
    parser.add_argument("--weights", type=Path, default=home / "weights.npz", help="to begin with")
    parser.add_argument(
        "--graphs", type=Path, default=FOLDER, help="built from these weights: the encoder is theirs"
    )
    parser.add_argument("--minutes", type=float, default=60, help="of training, also over several runs")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--save-every", type=float, default=180, help="seconds")
    parser.add_argument("--seed", type=int, default=31)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    Tuning(options).run()


if __name__ == "__main__":
    main()
