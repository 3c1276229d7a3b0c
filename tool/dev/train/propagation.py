# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""What a step learns from clips: masks carried from frame to frame, as the program carries them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from tool.dev.train import losses, robot
from tool.dev.train.batches import Pictures
from tool.dev.train.figures import SCORE, Figures, overlap_figures, repeat_features
from tool.dev.train.network import Network, read_memory
from tool.dev.train.propagation_cues import TargetRegression, gather_others, match_masks, propagation_cues

REMEMBERED = 0.4
"""Probability that a frame after the first is in memory: the program remembers one frame in three. By hand."""


def learn_propagation(
    network: Network, sample: list[Pictures], rng: Generator, _teacher: Network | None = None
) -> tuple[Tensor, Figures]:
    """Carry the things of the first frame to the others; each answer is remembered for the next.

    Where a clip returns to its first frame, what is known of it there is what came back with the memory of the frame
    before alone, and the gradient passes through the answers on the way, which nobody knows to be right.
    """
    things = sample[0].truth.shape[1]
    coded = [repeat_features(network.encode(frame.image.to(network.device)), things) for frame in sample]
    truths = [frame.truth.flatten(0, 1)[:, None].to(network.device) for frame in sample]
    apart = tell_apart(sample[0].truth).to(network.device)
    returns = ~sample[1].known.repeat_interleave(things).to(network.device)[:, None, None, None]
    previous = F.avg_pool2d(truths[0], 2)
    target = TargetRegression(coded[0], previous)
    keys = [coded[0][5].flatten(2)]
    values = [network.encode_memory(coded[0], torch.cat([previous, gather_others(previous, apart)], 1))]
    total, figures = torch.zeros((), device=network.device), dict[str, float]()
    for turn in range(1, len(sample)):
        chosen = [0, *(i for i in range(1, turn) if rng.random() < REMEMBERED)]
        memory = read_memory(
            coded[turn][5], torch.cat([keys[i] for i in chosen], 2), torch.cat([values[i] for i in chosen], 2)
        )
        recalled = F.interpolate(memory[:, -1:], scale_factor=2.0, mode="nearest")
        # The first frame's model would tell what has to be found anew.
        looks = torch.where(returns, recalled, target.score(coded[turn]))
        before = _roughen(previous.detach(), rng)
        matched = match_masks(coded[turn][5], coded[turn - 1][5], before)
        cues = propagation_cues(before, matched, recalled, looks, apart)
        logits, score = network.propagate_masks(coded[turn], *cues, memory)
        logits, known = logits.float(), sample[turn].known.repeat_interleave(things)
        if known.any():
            parts = logits[known], truths[turn][known]
            loss = losses.mask_loss(*parts) + SCORE * losses.score_loss(score[known], *parts)
            total = total + loss * known.float().mean()
            figures |= overlap_figures(f"carry{turn}", losses.overlap(*parts), sample[turn])
        sure = torch.sigmoid(separate_things(logits.detach(), apart))
        previous = F.avg_pool2d(torch.where(returns, torch.sigmoid(logits), sure), 2)
        firm = torch.where(returns, previous, (previous > 0.5).float())
        keys.append(coded[turn][5].flatten(2))
        values.append(network.encode_memory(coded[turn], torch.cat([firm, gather_others(firm, apart)], 1)))
        _forget_start(keys, returns[..., 0])
        _forget_start(values, returns[..., 0])
    return total / (len(sample) - 1), figures


def tell_apart(truth: Tensor) -> Tensor:
    """Return which targets of a picture are things of their own, bool (n, k, k); where there are fewer, one repeats.

    truth: (n, k, h, w). A thing that is there twice must not be told that the same mask is another's.
    """
    flat = truth.flatten(2)
    return (flat[:, :, None] != flat[:, None]).any(-1)


def separate_things(logits: Tensor, apart: Tensor) -> Tensor:
    """Return logits (n * k, 1, h, w) of things that compete for places, each against its strongest rival."""
    rivals = logits.view(*apart.shape[:2], *logits.shape[-2:])[:, None].expand(-1, apart.shape[1], -1, -1, -1)
    strongest = rivals.masked_fill(~apart[..., None, None], -torch.inf).amax(2).view_as(logits)
    return logits - strongest.clamp(min=0)


def _forget_start(memory: list[Tensor], returns: Tensor) -> None:
    """Put the newest memory in place of older ones where a clip returns to its start, which must be found anew."""
    memory[:-1] = [torch.where(returns, memory[-1], older) for older in memory[:-1]]


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
