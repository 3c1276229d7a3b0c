# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""What a step learns from: prompts on pictures, or masks carried along clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tool.dev.train import batches, losses, robot
from tool.dev.train.batches import Pictures
from tool.dev.train.network import Network, read_memory
from tool.dev.train.prompts import Points
from tool.dev.train.sources import Kind

ROUNDS = 3
"""Answers to one picture in a step; the gradient does not pass from one to the next."""
CLIP_LENGTH = 3  # frames
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
SCORE = 0.1
"""Weight of the loss of the score: its gradient ends in the head, so this sets only how fast the head learns."""
IMITATION = 1.0
"""Weight of the loss against a teacher's answers, where there is one; not measured yet."""
FAR = (-1e3, -1e3)
Figures = dict[str, float]
Sample = list[Pictures]
"""The frames of a batch of clips; one for pictures."""


@dataclass(frozen=True, slots=True)
class Task:
    """How a batch is drawn and what is learnt from it."""

    draw: Callable[..., Sample]
    learn: Callable[[Network, Sample, Generator, Network | None], tuple[Tensor, Figures]]
    things: int  #: targets of a picture
    share: float  #: pictures, or clips, for each of the option --pictures

    def job(
        self, draw: Callable[[], Sample], rng: Generator, teacher: Network | None = None
    ) -> Callable[[Network], tuple[Tensor, Figures]]:
        """Return what a replica does: it draws its batch, side by side with the others, and learns from it."""
        return lambda network: self.learn(network, draw(), rng, teacher)


def draw_pictures(count: int, things: int, **options: Any) -> Sample:
    """Draw a batch of pictures; options as batches.draw_pictures has them."""
    return [batches.draw_pictures(count=count, things=things, **options)]


def draw_clips(count: int, things: int, **options: Any) -> Sample:
    """Draw a batch of clips of CLIP_LENGTH frames; options as batches.draw_clips has them."""
    return batches.draw_clips(count=count, things=things, length=CLIP_LENGTH, **options)


def learn_clicks(
    network: Network, sample: Sample, rng: Generator, teacher: Network | None = None
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
    coded = _repeat(network.encode(image), things)
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


def learn_carry(
    network: Network, sample: Sample, rng: Generator, _teacher: Network | None = None
) -> tuple[Tensor, Figures]:
    """Carry the things of the first frame to the others; each answer is remembered for the next.

    Where a clip returns to its first frame, what is known of it there is what came back with the memory of the frame
    before alone, and the gradient passes through the answers on the way, which nobody knows to be right.
    """
    things = sample[0].truth.shape[1]
    coded = [_repeat(network.encode(frame.image.to(network.device)), things) for frame in sample]
    truths = [frame.truth.flatten(0, 1)[:, None].to(network.device) for frame in sample]
    given = F.avg_pool2d(truths[0], 2)
    keys = [coded[0][5].flatten(2)]
    values = [network.encode_memory(coded[0], _with_others(given, things))]
    previous, total, figures = given, torch.zeros((), device=network.device), dict[str, float]()
    returns = ~sample[1].known.repeat_interleave(things).to(network.device)[:, None, None, None]
    for turn in range(1, len(sample)):
        memory = read_memory(coded[turn][5], torch.cat(keys, 2), torch.cat(values, 2))
        logits, score = network.propagate_masks(coded[turn], _roughen(previous.detach(), rng), memory)
        logits, known = logits.float(), sample[turn].known.repeat_interleave(things)
        if known.any():
            parts = logits[known], truths[turn][known]
            loss = losses.mask_loss(*parts) + SCORE * losses.score_loss(score[known], *parts)
            total = total + loss * known.float().mean()
            figures |= _figures(f"carry{turn}", losses.overlap(*parts), sample[turn])
        answer = torch.where(returns, torch.sigmoid(logits), torch.sigmoid(logits.detach()))
        previous = F.avg_pool2d(answer, 2)
        keys.append(coded[turn][5].flatten(2))
        values.append(network.encode_memory(coded[turn], _with_others(previous, things)))
        _forget_start(keys, returns[..., 0])
        _forget_start(values, returns[..., 0])
    return total / (len(sample) - 1), figures


def _forget_start(memory: list[Tensor], returns: Tensor) -> None:
    """Put the newest memory in place of older ones where a clip returns to its start, which must be found anew."""
    memory[:-1] = [torch.where(returns, memory[-1], older) for older in memory[:-1]]


CLICKS = Task(draw_pictures, learn_clicks, things=2, share=1.0)
CARRY = Task(draw_clips, learn_carry, things=2, share=0.67)


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
    figures = _figures(f"{'late' if is_late else 'iou'}{turn}", overlaps, drawn)
    if older is not None:
        figures[f"harm{turn}"] = float((losses.overlap(older, truth) - overlaps > 0.01).float().mean())
    return figures


def _figures(name: str, overlaps: Tensor, drawn: Pictures) -> Figures:
    """Mean IoU of what is known, overall and by kind."""
    kinds = [kind for kind, known in zip(drawn.kinds, drawn.known.tolist(), strict=True) if known]
    by_picture = overlaps.view(len(kinds), -1).mean(1).tolist()
    groups = {kind: [v for v, k in zip(by_picture, kinds, strict=True) if k == kind] for kind in kinds}
    return {name: float(overlaps.mean())} | {
        f"{name}_{kind}": sum(group) / len(group) for kind, group in groups.items()
    }


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
    return [] if teacher is None else _repeat(teacher.encode(image), things)


def _repeat(coded: list[Tensor], times: int) -> list[Tensor]:
    return [c.repeat_interleave(times, 0).contiguous(memory_format=torch.channels_last) for c in coded]


def _with_others(masks: Tensor, things: int) -> Tensor:
    grouped = masks.view(-1, things, *masks.shape[-2:])
    others = (grouped.sum(1, keepdim=True) - grouped).clamp(0, 1).view_as(masks)
    return torch.cat([masks, others], 1)


def _roughen(previous: Tensor, rng: Generator) -> Tensor:
    """Spoil some of the previous masks and withhold others, so that memory must put right what they say."""
    masks = previous.clone()
    for mask in masks[:, 0]:
        fate = rng.random()
        if fate < 0.15:
            mask.zero_()
        elif fate < 0.5:
            bits = (mask.cpu().numpy() > 0.5).astype(np.uint8)
            mask.copy_(torch.from_numpy(robot.spoil_mask(bits, rng).astype(np.float32)))
    return masks
