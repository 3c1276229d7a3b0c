# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Write the average of checkpoints as arrays, with answers to check by: python -m tool.dev.train.export."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tool.dev.train import checkpoint
from tool.dev.train.network import Network, read_memory

Arrays = dict[str, NDArray[np.float32]]
PAIRS = (("conv", "norm"), ("depth", "depth_norm"))


def main() -> None:
    """Write weights.npz and expected.npz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+", help="of one course of training, to be averaged")
    parser.add_argument("--to", type=Path, default=Path.home() / ".cache/framewise-train")
    options = parser.parse_args()
    states = []
    for file in options.checkpoints:
        state = checkpoint.load_state(file)
        if state is None:
            parser.error(f"{file} is not there")
        states.append(state["average"])
    network = Network().eval()
    network.load_state_dict(mean_state(states))
    np.savez(options.to / "weights.npz", allow_pickle=False, **fold_norms(network))
    np.savez_compressed(options.to / "expected.npz", allow_pickle=False, **compute_expected(network))
    print(options.to / "weights.npz")


def mean_state(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of several states of one network; whole numbers, such as counters, are the last one's."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[-1].items()
    }


def fold_norms(network: nn.Module) -> Arrays:
    """Return every parameter with the batch norms folded in; linear weights transposed as Paddle has them."""
    arrays: Arrays = {}
    gone: set[str] = set()
    for name, module in network.named_modules():
        for conv, norm in PAIRS:
            if isinstance(getattr(module, norm, None), nn.BatchNorm2d):
                weight, bias = _fold(getattr(module, conv), getattr(module, norm))
                arrays |= {f"{name}.{conv}.weight": weight, f"{name}.{conv}.bias": bias}
                gone.add(f"{name}.{norm}.")
        if isinstance(module, nn.Linear):
            arrays[f"{name}.weight"] = module.weight.detach().numpy().T.copy()
    for name, value in network.state_dict().items():
        if name not in arrays and not any(name.startswith(norm) for norm in gone):
            arrays[name] = value.numpy().copy()
    return arrays


@torch.no_grad()
def unfold_norms(network: nn.Module, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Fill a network from folded arrays; its batch norms then only add the bias that was folded in."""
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
            module.running_var.fill_(1 - module.eps)
            module.bias.copy_(torch.from_numpy(arrays[f"{_partner(name)}.bias"]))
        elif isinstance(module, nn.Linear):
            module.weight.copy_(torch.from_numpy(arrays[f"{name}.weight"].T))
            module.bias.copy_(torch.from_numpy(arrays[f"{name}.bias"]))
        elif isinstance(module, nn.Conv2d):
            module.weight.copy_(torch.from_numpy(arrays[f"{name}.weight"]))
            if module.bias is not None:
                module.bias.copy_(torch.from_numpy(arrays[f"{name}.bias"]))
    for name, parameter in network.named_parameters():
        if name.endswith("trust"):
            parameter.copy_(torch.from_numpy(arrays[name]))


@torch.no_grad()
def compute_expected(network: Network) -> Arrays:
    """Return inputs and answers of every graph on a small picture of two objects."""
    rng = np.random.default_rng(0)
    image = _noise(rng, (1, 3, 64, 96))
    coded = network.encode(image)
    hints, likeness = _noise(rng, (2, 9, 16, 24)).sigmoid(), _noise(rng, (2, 2, 8, 12)).tanh()
    masks = _noise(rng, (2, 2, 16, 24)).sigmoid()
    value = network.value(coded[2].expand(2, -1, -1, -1), masks)
    keys = _noise(rng, (1, 64, 40))
    values = _noise(rng, (1, 192, 40))
    memory = read_memory(coded[5], keys, values)
    pairs = memory.view(2, 96, *memory.shape[-2:])
    twice = [c.expand(2, -1, -1, -1) for c in coded[:4]]
    logits, score = network.decoder(twice, hints, likeness, pairs)
    carried, carried_score = network.propagation_decoder(twice, hints, likeness, pairs)
    found = dict(
        image=image, hints=hints, likeness=likeness, masks=masks, value=value, keys=keys, values=values
    )
    found |= dict(memory=memory, logits=logits, score=score.sigmoid(), embedding=coded[4], key=coded[5])
    found |= dict(carried=carried, carried_score=carried_score.sigmoid())
    return {name: tensor.numpy() for name, tensor in found.items()}


def _partner(norm: str) -> str:
    """The convolution that a batch norm follows."""
    head, _, last = norm.rpartition(".")
    return f"{head}.{dict((b, a) for a, b in PAIRS)[last]}"


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = conv.weight * scale.view(-1, 1, 1, 1)
    bias = norm.bias - norm.running_mean * scale
    return weight.detach().numpy(), bias.detach().numpy()


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(rng.standard_normal(shape, np.float32))


if __name__ == "__main__":
    main()
