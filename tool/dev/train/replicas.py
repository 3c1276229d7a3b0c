# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Copies of the network that work side by side, one thread each, and sum their gradients.

Two threads inside each operation wait for one another thousands of times a step, which took 5 s and more a step on two
shared cores; two copies wait once a step and took 2 s. On a GPU there is one copy, which does all tasks in turn.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from tool.dev.train.network import Network

Job = Callable[[Network], tuple[Tensor, dict[str, float]]]


class Replicas:
    """Runs jobs on the copies; the first copy is the network that the optimizer steps."""

    def __init__(self, network: Network, count: int) -> None:
        self.copies = [network, *(copy.deepcopy(network) for _ in range(count - 1))]
        self._pool = ThreadPoolExecutor(count)

    def backward(self, jobs: list[Job]) -> tuple[float, dict[str, float]]:
        """Leave the mean gradient in the first copy; return the mean loss and all figures.

        Copies are given jobs in turn; their number is a multiple of that of the copies.
        """
        shares = [jobs[i :: len(self.copies)] for i in range(len(self.copies))]
        results = list(itertools.chain(*self._pool.map(_run, shares, self.copies)))
        main, *others = self.copies
        for group in zip(main.parameters(), *(o.parameters() for o in others), strict=True):
            grads = [p.grad for p in group if p.grad is not None]
            if grads:
                group[0].grad = torch.stack(grads).sum(0) / len(jobs)
        figures = {name: value for _, part in results for name, value in part.items()}
        return sum(loss for loss, _ in results) / len(results), figures

    @torch.no_grad()
    def share_weights(self) -> None:
        """Give every copy the weights of the first; running statistics become the mean of all."""
        states = [copy_.state_dict() for copy_ in self.copies]
        buffers = {name for name, _ in self.copies[0].named_buffers()}
        for name, value in states[0].items():
            if name in buffers and value.dtype.is_floating_point:
                value.copy_(torch.stack([s[name] for s in states]).mean(0))
            for other in states[1:]:
                other[name].copy_(value)

    def clear_gradients(self) -> None:
        """Forget all gradients."""
        for network in self.copies:
            network.zero_grad(set_to_none=True)


def _run(jobs: list[Job], network: Network) -> list[tuple[float, dict[str, float]]]:
    """Do jobs one after the other; gradients add up. In bfloat16 where the network is on a GPU."""
    torch.set_num_threads(1)
    results = []
    for job in jobs:
        with torch.autocast("cuda", torch.bfloat16, enabled=network.device.type == "cuda"):
            loss, figures = job(network)
        loss.backward()
        results.append((float(loss.detach()), figures))
    return results
