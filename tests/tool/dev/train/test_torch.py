"""Training itself: needs torch, which the program does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs tool/dev/train/requirements.txt")

from tool.dev.train import checkpoint, export, losses  # noqa: E402
from tool.dev.train.decoder import click_hints, click_likeness  # noqa: E402
from tool.dev.train.network import Network  # noqa: E402
from tool.dev.train.replicas import Replicas  # noqa: E402


@pytest.fixture(scope="module")
def network():
    """A network whose batch norms are not the identity."""
    torch.manual_seed(0)
    made = Network().eval()
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.normal_(module.running_mean)
    return made


def test_folding_and_unfolding_change_no_answer(network) -> None:
    twin = Network().eval()
    export.unfold(twin, export.folded(network))
    ours, theirs = export.expected(network), export.expected(twin)
    for name, value in ours.items():
        np.testing.assert_allclose(theirs[name], value, rtol=1e-3, atol=1e-4 * max(1, np.abs(value).max()))


def test_two_replicas_give_the_mean_gradient(network) -> None:
    def task(scale):
        def run(copy):
            loss = copy.key.weight.sum() * scale
            return loss, {f"scale{scale}": float(scale)}

        return run

    replicas = Replicas(network, 2)
    replicas.zero()
    loss, figures = replicas.backward([task(1.0), task(3.0)])
    assert torch.allclose(network.key.weight.grad, torch.full_like(network.key.weight, 2.0))
    assert figures == {"scale1.0": 1.0, "scale3.0": 3.0}


def test_checkpoints_return_what_was_saved(tmp_path: Path, network) -> None:
    average = checkpoint.Average(network, 0.5)
    path = tmp_path / "stage.pt"
    assert checkpoint.load(path) is None
    checkpoint.save(path, {"average": average.network.state_dict(), "step": 7})
    state = checkpoint.load(path)
    assert state["step"] == 7
    assert torch.equal(state["average"]["key.weight"], network.key.weight)
    assert list(tmp_path.iterdir()) == [path]


def test_the_loss_prefers_the_truth() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:12, 4:12] = 1
    good, bad = 8 * (2 * truth - 1), torch.zeros_like(truth)
    assert losses.mask_loss(good, truth) < 0.1 < losses.mask_loss(bad, truth)
    assert losses.overlap(good, truth).item() == 1


def test_hints_are_those_of_the_program() -> None:
    from app.models.default import prompt_encoding

    spots = [(10.0, 20.0, True), (50.5, 40.0, False), (90.0, 3.0, True)]
    points = torch.zeros(1, 24, 3)
    for row, (x, y, positive) in zip(points[0], spots, strict=False):
        row[:] = torch.tensor([x, y, 1.0 if positive else -1.0])
    previous = torch.rand(1, 1, 16, 24)
    theirs = click_hints(points, previous, torch.ones(1), torch.zeros(1)).numpy()
    ours = prompt_encoding.click_hints(spots, previous[0, 0].numpy(), 16, 24)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    embedding = torch.nn.functional.normalize(torch.randn(1, 32, 8, 12), dim=1)
    alike = click_likeness(embedding, points).numpy()
    np.testing.assert_allclose(prompt_encoding.likeness(embedding.numpy(), spots), alike, atol=1e-5)
