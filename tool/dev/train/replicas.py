# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Copies of the network that work side by side, one thread each, and sum their gradients.

Two threads inside each operation wait for one another thousands of times a step, which is ruinous on
cores that others use too; two copies wait once a step.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from tool.dev.train.network import Network

Task = Callable[[Network], tuple[Tensor, dict[str, float]]]


class Replicas:
    """Runs one task on each copy; the first copy is the network that the optimizer steps."""

    def __init__(self, network: Network, count: int) -> None:
        self.copies = [network, *(copy.deepcopy(network) for _ in range(count - 1))]
        self.pool = ThreadPoolExecutor(count)

    def backward(self, tasks: list[Task]) -> tuple[float, dict[str, float]]:
        """Leave the mean gradient in the first copy; return the mean loss and all figures."""
        results = list(self.pool.map(_run, tasks, self.copies))
        main, *others = self.copies
        for group in zip(main.parameters(), *(o.parameters() for o in others), strict=True):
            grads = [p.grad for p in group if p.grad is not None]
            if grads:
                group[0].grad = torch.stack(grads).sum(0) / len(group)
        figures = {name: value for _, part in results for name, value in part.items()}
        return sum(loss for loss, _ in results) / len(results), figures

    @torch.no_grad()
    def share(self) -> None:
        """Give every copy the weights of the first; running statistics become the mean of all."""
        states = [copy_.state_dict() for copy_ in self.copies]
        buffers = {name for name, _ in self.copies[0].named_buffers()}
        for name, value in states[0].items():
            if name in buffers and value.dtype.is_floating_point:
                value.copy_(torch.stack([s[name] for s in states]).mean(0))
            for other in states[1:]:
                other[name].copy_(value)

    def zero(self) -> None:
        """Forget all gradients."""
        for network in self.copies:
            network.zero_grad(set_to_none=True)


def _run(task: Task, network: Network) -> tuple[float, dict[str, float]]:
    torch.set_num_threads(1)
    loss, figures = task(network)
    loss.backward()
    return float(loss.detach()), figures
