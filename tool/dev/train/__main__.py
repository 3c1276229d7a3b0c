# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Train: python -m tool.dev.train --stage clicks, then --stage joint. Resumes exactly where it stopped."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from tool.dev.train import checkpoint, tasks
from tool.dev.train.encoder import SCALES, imagenet_path, load_imagenet
from tool.dev.train.export import unfold_norms
from tool.dev.train.network import Network
from tool.dev.train.prepare import FILE
from tool.dev.train.replicas import Job, Replicas
from tool.dev.train.sampler import Course, Sampler

STAGES = {
    "clicks": (tasks.CLICKS, tasks.CLICKS),
    "joint": (tasks.CLICKS, tasks.PROPAGATION),
    "propagation": (tasks.FAR_PROPAGATION, tasks.FAR_PROPAGATION),
}
"""The tasks of a step at each stage; on a CPU, two replicas do one each, one replica both."""
PROPAGATION = ("value.", "key.", "propagation_decoder.")
"""Weights that stage propagation trains: what clicks use stays as it is, and so do the answers to clicks."""
WARM_UP = 30
"""Steps in which the rate rises."""
STEEPEST = 3.0
"""Greatest norm of the gradient; a longer one is scaled to it. Steps of few pictures have 9 to 18, so this keeps an
odd batch from counting more than the others; chosen by hand."""
ROBOT = 1
"""Tells the generator of the robot's clicks from that of the samples."""
AVERAGE = 0.993
"""Weight of the past in the moving average: some 140 steps, because runs on a CPU have about a thousand."""


class Trainer:
    """One stage of training: network, optimizer, average and the step they are at."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.file = options.out / f"{options.stage}.pt"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = Network(options.lite).to(self.device)
        self.teacher = self._load_teacher()
        for parameter in self.network.encoder.backbone.early():
            parameter.requires_grad_(False)
        if options.stage == "propagation":
            for name, parameter in self.network.named_parameters():
                parameter.requires_grad_(name.startswith(PROPAGATION))
        self.optimizer = self._optimizer()
        self.step = self.skipped = 0
        self.began = time.monotonic()
        self._start()
        archive = options.archive or options.out / FILE
        stage = STAGES[options.stage]
        self.course = Course(archive, stage, options.seed, options.size, options.pictures, options.simulated)
        self.sampler = Sampler(self.course, self.step, options.workers)

    def run(self) -> None:
        """Train until the last step; report and save along the way."""
        saved = time.monotonic()
        while self._place() < self.options.steps:
            started = time.monotonic()
            loss, figures = self.do_step()
            self._report(loss, figures, time.monotonic() - started)
            if time.monotonic() - saved > self.options.save_every:
                self.save()
                saved = time.monotonic()
        self.save()

    def do_step(self) -> tuple[float, dict[str, float]]:
        """Do one step."""
        self.replicas.clear_gradients()
        loss, figures = self.replicas.backward(self._jobs())
        rate = self.options.rate * rate_share(self._place(), self.options.decay_from, self.options.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), STEEPEST)
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        else:
            self.skipped += 1
        self.replicas.share_weights()
        self.average.update(self.network, self.step)
        self.step += 1
        return loss, figures

    def _place(self) -> float:
        """The step, or what part of all steps the time that is gone stands for, if that is more."""
        if not self.options.minutes:
            return self.step
        gone = (time.monotonic() - self.began) / (60 * self.options.minutes)
        return max(self.step, gone * self.options.steps)

    def save(self) -> None:
        """Write everything that resuming needs."""
        state = {"network": self.network.state_dict(), "average": self.average.network.state_dict()}
        checkpoint.save_state(
            self.file, {**state, "optimizer": self.optimizer.state_dict(), "step": self.step}
        )

    def _start(self) -> None:
        state = checkpoint.load_state(self.file)
        begin = checkpoint.load_state(self.options.begin) if self.options.begin and state is None else None
        if begin is not None:
            self.network.load_state_dict(begin["average"])
            self.optimizer.load_state_dict(begin["optimizer"])
        elif self.options.weights and state is None:
            unfold_norms(self.network, np.load(self.options.weights))
        elif state is None:
            load_imagenet(self.network.encoder.backbone, imagenet_path(self.options.lite))
        if state is not None:
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = state["step"]
        self.network.to(memory_format=torch.channels_last).train(self.options.stage == "clicks")
        self.average = checkpoint.Average(self.network, AVERAGE)
        if state is not None:
            self.average.network.load_state_dict(state["average"])
        self.replicas = Replicas(self.network, self.options.replicas if self.device.type == "cpu" else 1)

    def _load_teacher(self) -> Network | None:
        if self.options.teacher is None:
            return None
        state = checkpoint.load_state(self.options.teacher)
        if state is None:
            raise FileNotFoundError(
                f"{self.options.teacher} is not there: train a teacher first, see README.md."
            )
        teacher = Network(self.options.teacher_lite).to(self.device, memory_format=torch.channels_last)
        teacher.load_state_dict(state["average"])
        return teacher.eval()

    def _optimizer(self) -> torch.optim.AdamW:
        backbone = [p for p in self.network.encoder.backbone.parameters() if p.requires_grad]
        known = {id(p) for p in self.network.encoder.backbone.parameters()}
        rest = [p for p in self.network.parameters() if id(p) not in known]
        groups = [{"params": rest, "share": 1.0}, {"params": backbone, "share": self.options.encoder_share}]
        return torch.optim.AdamW(groups, lr=self.options.rate, weight_decay=0.02)

    def _jobs(self) -> list[Job]:
        jobs: list[Job] = []
        for index, (task, draw) in enumerate(zip(self.course.tasks, self.sampler.next(), strict=True)):
            rng = np.random.default_rng((self.options.seed, self.step, index, ROBOT))
            jobs.append(task.job(draw, rng, self.teacher))
        return jobs

    def _report(self, loss: float, figures: dict[str, float], seconds: float) -> None:
        line = {"step": self.step, "loss": round(loss, 4), "seconds": round(seconds, 2)}
        line |= {"skipped": self.skipped} if self.skipped else {}
        line |= {name: round(value, 3) for name, value in figures.items()}
        with (self.options.out / f"{self.options.stage}.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
        if self.step % 10 == 0:
            print(line, flush=True)


def rate_share(step: float, decay_from: int, steps: int) -> float:
    """Share of the rate: a short rise, a plateau that may be cut anywhere, a linear fall to a twentieth."""
    fall = min(1.0, max(0, step - decay_from) / max(1, steps - decay_from))
    return min(1.0, (step + 1) / WARM_UP) * (1 - 0.95 * fall)


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line, or words in place of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", choices=sorted(STAGES), required=True)
    parser.add_argument("--out", type=Path, default=Path.home() / ".cache/framewise-train")
    parser.add_argument("--archive", type=Path, help="what prepare wrote, data.zip in --out by default")
    parser.add_argument("--begin", type=Path, help="checkpoint to begin with")
    parser.add_argument("--weights", type=Path, help="weights.npz that this stage begins with")
    parser.add_argument("--lite", type=int, choices=SCALES, default=0, help="size of the encoder; 0 ships")
    parser.add_argument(
        "--teacher", type=Path, help="checkpoint of a network whose answers to clicks are imitated"
    )
    parser.add_argument("--teacher-lite", type=int, choices=SCALES, default=2, help="size of its encoder")
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--decay-from", type=int, default=20000, help="step at which the rate begins to fall")
    parser.add_argument("--minutes", type=float, help="end after so long; the rate falls by time likewise")
    parser.add_argument(
        "--size", type=int, default=256, help="side of the training pictures, a multiple of 32"
    )
    parser.add_argument("--pictures", type=int, default=3, help="of one task in one step; 32 suits a GPU")
    parser.add_argument(
        "--replicas", type=int, default=2, help="copies on a processor, one core each: 1 or 2"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes that draw samples; 12 suit a GPU")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--encoder-share", type=float, default=0.15, help="the encoder's share of the rate")
    parser.add_argument(
        "--simulated", type=float, default=0.0, help="share of pictures drawn by rules, besides their cards"
    )
    parser.add_argument("--save-every", type=float, default=180, help="seconds")
    parser.add_argument("--seed", type=int, default=6)
    return parser.parse_args(words)


def main() -> None:
    """Read the command line and train."""
    options = read_options()
    torch.manual_seed(options.seed)
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    trainer = Trainer(options)
    try:
        trainer.run()
    finally:
        trainer.sampler.close()


if __name__ == "__main__":
    main()
