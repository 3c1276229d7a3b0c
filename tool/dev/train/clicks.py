# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""What a step learns from prompts on pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tool.dev.train import losses, robot
from tool.dev.train.batches import Pictures
from tool.dev.train.figures import SCORE, Figures, overlap_figures, repeat_features
from tool.dev.train.network import Network
from tool.dev.train.prompts import Points
from tool.dev.train.sources import Kind

ROUNDS = 3
"""Answers to one picture in a step; the gradient does not pass from one to the next."""
NEAR = 0.3
"""Weight of the loss near the last click; chosen by hand, not measured alone yet."""
FALL = 2.0
"""Weight of the loss where a click makes wrong what was right; chosen by hand."""
UNROLLED = 0.4
"""Probability that answers without a gradient go before those that are learnt from: long histories of its own."""
LONGEST_UNROLL = 5
"""Answers without a gradient at most; eight clicks with those of a step."""
ALONE: dict[Kind, float] = {
    **dict.fromkeys(("object", "scan", "synthetic"), 0.55),
    **dict.fromkeys(("tubular", "part", "many-part"), 0.15),
    **dict.fromkeys(("stuff", "pseudo"), 0.05),
}
"""Probability that a target is asked for by one click alone. Who means a part seldom says so by one click: with 0.5
for all kinds, one click on a person or an animal found a garment or a leg (see EXPERIMENTS.md)."""
IMITATION = 1.0
"""Weight of the loss against a teacher's answers, where there is one; not measured yet."""
FAR = (-1e3, -1e3)


def learn_clicks(
    network: Network, sample: list[Pictures], rng: Generator, teacher: Network | None = None
) -> tuple[Tensor, Figures]:
    """Answer a history of prompts and two corrections on a few pictures of a few things.

    teacher: a network that is asked the same, and whose answers are imitated besides.
    """
    drawn = sample[0]
    things, size = drawn.truth.shape[1], drawn.image.shape[-1]
    truth = drawn.truth.flatten(0, 1)[:, None]
    bits = (truth[:, 0].numpy() > 0.5).astype(np.uint8)
    kinds = [kind for kind in drawn.kinds for _ in range(things)]
    past = [robot.draw_history(b, rng, ALONE[kind]) for b, kind in zip(bits, kinds, strict=True)]
    points = [list(p) for p, _ in past]
    previous, known = _initial(past, size)
    truth = truth.to(network.device)
    image = drawn.image.to(network.device)
    coded = repeat_features(network.encode(image), things)
    shown = _encode_untaught(teacher, image, things)
    total, figures = torch.zeros((), device=network.device), dict[str, float]()
    older: Tensor | None = None
    early = int(rng.integers(1, LONGEST_UNROLL + 1)) if rng.random() < UNROLLED else 0
    for turn in range(-early, ROUNDS):
        with torch.set_grad_enabled(turn >= 0):
            asked = _points(points).to(network.device), previous, known
            logits, score = network.answer_clicks(coded, *asked)
            logits = logits.float()
        if turn >= 0:
            total = total + _click_loss(logits, score, truth, older, _last(points))
            if teacher is not None:
                with torch.no_grad():
                    answer, _ = teacher.answer_clicks(shown, *asked)
                total = total + IMITATION * losses.imitation_loss(logits, answer.float())
            figures |= _click_figures(turn, bool(early), logits, truth, older, drawn)
        older = logits.detach()
        previous, known = F.avg_pool2d(torch.sigmoid(older), 2), torch.ones(len(bits))
        masks = (older[:, 0].cpu().numpy() > 0).astype(np.uint8)
        for place, mask, wanted in zip(points, masks, bits, strict=True):
            click = robot.choose_click(wanted, mask, rng if rng.random() < 0.5 else None)
            place += [click] if click else []
    return total / ROUNDS, figures


def _click_loss(logits: Tensor, score: Tensor, truth: Tensor, older: Tensor | None, last: Tensor) -> Tensor:
    """Loss of one answer; older: logits of the answer before; last: places of the last clicks, (n, 2)."""
    loss = losses.mask_loss(logits, truth) + SCORE * losses.score_loss(score, logits, truth)
    loss = loss + NEAR * losses.near_loss(logits, truth, last.to(truth.device))
    return loss if older is None else loss + FALL * losses.fall_loss(logits, older, truth)


def _click_figures(
    turn: int, is_late: bool, logits: Tensor, truth: Tensor, older: Tensor | None, drawn: Pictures
) -> Figures:
    """IoU of one answer, and the share of clicks that lowered it by over 0.01; late: after a history of its own."""
    overlaps = losses.overlap(logits, truth)
    figures = overlap_figures(f"{'late' if is_late else 'iou'}{turn}", overlaps, drawn)
    if older is not None:
        figures[f"harm{turn}"] = float((losses.overlap(older, truth) - overlaps > 0.01).float().mean())
    return figures


def _last(places: list[Points]) -> Tensor:
    """The last point of each, (n, 2); far away where there is none, where the loss near it then is nothing."""
    return torch.tensor([place[-1][:2] if place else FAR for place in places])


def _initial(past: list[tuple[Points, NDArray[Any] | None]], size: int) -> tuple[Tensor, Tensor]:
    masks = [np.zeros((size // 2,) * 2, np.float32) if mask is None else mask for _, mask in past]
    previous = F.avg_pool2d(torch.from_numpy(np.stack(masks)).float()[:, None], 2)
    return previous, torch.tensor([0.0 if mask is None else 1.0 for _, mask in past])


def _points(places: list[Points]) -> Tensor:
    longest = max(1, *(min(len(place), robot.MOST) for place in places))
    table = np.zeros((len(places), longest, 3), np.float32)
    for row, place in zip(table, places, strict=True):
        for index, (x, y, sign) in enumerate(place[-robot.MOST :]):
            row[index] = (2 * x + 0.5, 2 * y + 0.5, sign)
    return torch.from_numpy(table)


@torch.no_grad()
def _encode_untaught(teacher: Network | None, image: Tensor, things: int) -> list[Tensor]:
    """Return what a teacher sees, nothing where there is none."""
    return [] if teacher is None else repeat_features(teacher.encode(image), things)
