# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""What one replica learns from in one step: clicks on pictures, or masks carried along clips."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from tool.dev.train import batches, losses, robot
from tool.dev.train.archive import Archive
from tool.dev.train.network import Network, read_memory

ROUNDS = 3
PICTURES = 3
THINGS = 3
Figures = dict[str, float]


def clicks(network: Network, archive: Archive, rng: Generator, size: int) -> tuple[Tensor, Figures]:
    """Answer a history of clicks and two corrections on a few pictures of a few things."""
    drawn = batches.pictures(archive, rng, PICTURES, THINGS, size)
    truth = drawn.truth.flatten(0, 1)[:, None]
    bits = (truth[:, 0].numpy() > 0.5).astype(np.uint8)
    past = [robot.history(b, rng) for b in bits]
    points = [list(p) for p, _ in past]
    previous, known = _initial(past, size)
    coded = _repeat(network.encode(drawn.image), THINGS)
    total, figures = torch.zeros(()), {}
    for turn in range(ROUNDS):
        logits, score = network.click(coded, _points(points), previous, known)
        total = total + losses.mask_loss(logits, truth) + 0.1 * losses.score_loss(score, logits, truth)
        figures[f"iou{turn}"] = float(losses.overlap(logits, truth).mean())
        previous, known = F.avg_pool2d(torch.sigmoid(logits.detach()), 2), torch.ones(len(bits))
        answers = (logits.detach()[:, 0].numpy() > 0).astype(np.uint8)
        for place, answer, wanted in zip(points, answers, bits, strict=True):
            click = robot.next_click(wanted, answer, rng if rng.random() < 0.5 else None)
            place += [click] if click else []
    return total / ROUNDS, figures


def carry(network: Network, archive: Archive, rng: Generator, size: int) -> tuple[Tensor, Figures]:
    """Carry two things from the first frame of two clips to two more frames."""
    things = 2
    frames = batches.clips(archive, rng, 2, things, size, 3)
    coded = [_repeat(network.encode(frame.image), things) for frame in frames]
    truths = [frame.truth.flatten(0, 1)[:, None] for frame in frames]
    given = F.avg_pool2d(truths[0], 2)
    keys = [coded[0][5].flatten(2)]
    values = [network.memorise(coded[0], _with_others(given, things))]
    previous, total, figures = given, torch.zeros(()), {}
    for turn in (1, 2):
        memory = read_memory(coded[turn][5], torch.cat(keys, 2), torch.cat(values, 2))
        logits, score = network.follow(coded[turn], _roughen(previous, rng), memory)
        total = (
            total
            + losses.mask_loss(logits, truths[turn])
            + 0.1 * losses.score_loss(score, logits, truths[turn])
        )
        figures[f"carry{turn}"] = float(losses.overlap(logits, truths[turn]).mean())
        previous = F.avg_pool2d(torch.sigmoid(logits.detach()), 2)
        keys.append(coded[turn][5].flatten(2))
        values.append(network.memorise(coded[turn], _with_others(previous, things)))
    return total / 2, figures


def _initial(past: list[tuple[robot.Points, robot.Bits | None]], size: int) -> tuple[Tensor, Tensor]:
    masks = [np.zeros((size // 2,) * 2, np.uint8) if mask is None else mask for _, mask in past]
    previous = F.avg_pool2d(torch.from_numpy(np.stack(masks)).float()[:, None], 2)
    return previous, torch.tensor([0.0 if mask is None else 1.0 for _, mask in past])


def _points(places: list[robot.Points]) -> Tensor:
    table = np.zeros((len(places), robot.MOST, 3), np.float32)
    for row, place in zip(table, places, strict=True):
        for index, (x, y, sign) in enumerate(place[-robot.MOST :]):
            row[index] = (2 * x + 0.5, 2 * y + 0.5, sign)
    return torch.from_numpy(table)


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
            bits = (mask.numpy() > 0.5).astype(np.uint8)
            mask.copy_(torch.from_numpy(robot.crude(bits, rng).astype(np.float32)))
    return masks
