"""Training itself: needs torch, which the program does not."""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs tool/dev/train/requirements.txt")

from app.models.default import propagation_cues as program_cues  # noqa: E402
from app.models.default.target_model import TargetModel, make_example  # noqa: E402
from tool.dev.train import (  # noqa: E402
    batches,
    checkpoint,
    clicks,
    export,
    losses,
    propagation,
    propagation_cues,
    synthetic,
    tasks,
)
from tool.dev.train.__main__ import Trainer, read_options  # noqa: E402
from tool.dev.train.archive import Archive  # noqa: E402
from tool.dev.train.decoder import click_hints, click_likeness  # noqa: E402
from tool.dev.train.depthwise import Depthwise  # noqa: E402
from tool.dev.train.network import Network  # noqa: E402
from tool.dev.train.replicas import Replicas  # noqa: E402
from tool.dev.train.sampler import Course  # noqa: E402

torch.set_num_threads(1)  # more wait for one another on cores that others use too


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
    export.unfold_norms(twin, export.fold_norms(network))
    ours, theirs = export.compute_expected(network), export.compute_expected(twin)
    for name, value in ours.items():
        np.testing.assert_allclose(theirs[name], value, rtol=1e-3, atol=1e-4 * max(1, np.abs(value).max()))


def test_two_replicas_give_the_mean_gradient(network) -> None:
    def task(scale):
        def run(copy):
            loss = copy.embedding.weight.sum() * scale
            return loss, {f"scale{scale}": float(scale)}

        return run

    replicas = Replicas(network, 2)
    replicas.clear_gradients()
    loss, figures = replicas.backward([task(1.0), task(3.0)])
    assert torch.allclose(network.embedding.weight.grad, torch.full_like(network.embedding.weight, 2.0))
    assert figures == {"scale1.0": 1.0, "scale3.0": 3.0}


def test_one_copy_does_all_jobs_and_the_gradient_is_still_their_mean(network) -> None:
    replicas = Replicas(network, 1)
    replicas.clear_gradients()

    def task(scale: float) -> Callable[[Any], tuple[Any, dict[str, float]]]:
        return lambda copy: (copy.embedding.bias.sum() * scale, {})

    replicas.backward([task(1.0), task(3.0)])
    assert torch.allclose(network.embedding.bias.grad, torch.full_like(network.embedding.bias, 2.0))


@pytest.mark.parametrize(
    ("width", "kernel", "stride", "bias"),
    [(32, 5, 1, True), (48, 7, 1, False), (16, 3, 2, True), (16, 5, 2, True), (24, 3, 1, True)],
)
def test_the_gradients_of_depthwise_convolutions_are_those_of_torch(
    width: int, kernel: int, stride: int, bias: bool
) -> None:
    ours = Depthwise(width, kernel, stride, bias)
    theirs = torch.nn.Conv2d(width, width, kernel, stride, kernel // 2, groups=width, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    for size in ((21, 4), (1, 3)):
        ours.zero_grad()
        theirs.zero_grad()
        one = torch.randn(2, width, *size, requires_grad=True)
        other = one.detach().clone().requires_grad_()
        mine, yours = ours(one), theirs(other)
        assert torch.allclose(mine, yours, atol=1e-5)
        back = torch.randn_like(mine)
        mine.backward(back)
        yours.backward(back)
        pairs = zip((one, *ours.parameters()), (other, *theirs.parameters()), strict=True)
        assert all(torch.allclose(p.grad, q.grad, rtol=1e-4, atol=1e-4) for p, q in pairs)


def test_checkpoints_return_what_was_saved(tmp_path: Path, network) -> None:
    average = checkpoint.Average(network, 0.5)
    path = tmp_path / "stage.pt"
    assert checkpoint.load_state(path) is None
    checkpoint.save_state(path, {"average": average.network.state_dict(), "step": 7})
    state = checkpoint.load_state(path)
    assert state is not None
    assert state["step"] == 7
    assert torch.equal(state["average"]["embedding.weight"], network.embedding.weight)
    assert list(tmp_path.iterdir()) == [path]


def test_the_loss_prefers_the_truth() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:12, 4:12] = 1
    good, bad = 8 * (2 * truth - 1), torch.zeros_like(truth)
    assert losses.mask_loss(good, truth) < 0.1 < losses.mask_loss(bad, truth)
    assert losses.overlap(good, truth).item() == 1


def test_the_loss_near_a_click_sees_what_is_wrong_there_and_not_far_away() -> None:
    truth = torch.zeros(1, 1, 64, 64)
    logits = torch.full_like(truth, -8.0)
    logits[..., :8, :8] = 8
    here, there = torch.tensor([[4.0, 4.0]]), torch.tensor([[60.0, 60.0]])
    assert losses.near_loss(logits, truth, here) > 20 * losses.near_loss(logits, truth, there)
    assert losses.near_loss(logits, truth, torch.tensor([[-1000.0, -1000.0]])) == 0


def course(tmp_path: Path) -> Course:
    """A course on nothing but the archive of two made-up sources."""
    mask = synthetic.draw_blob(np.random.default_rng(1), 0.2)[::2, ::2]
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for frame in range(5):
            image = cv2.imencode(".jpg", np.repeat(mask[..., None] * 150 + 50, 3, 2))[1]
            for name in (
                "clips/davis10/some",
                "pictures/feral_cats",
                "pictures/car_parts",
                "pictures/bsds500",
            ):
                archive.writestr(f"{name}/{frame:05}.jpg", image.tobytes())
                archive.writestr(f"{name}/{frame:05}.png", cv2.imencode(".png", mask)[1].tobytes())
    return Course(tmp_path / "data.zip", (tasks.CLICKS, tasks.PROPAGATION), seed=1, size=64, pictures=1)


def test_every_deck_of_kinds_has_each_kind_in_its_share() -> None:
    for seed in range(3):
        dealt = [batches.deal(batches.KIND_DECK, i, seed) for i in range(2 * len(batches.KIND_DECK))]
        assert sorted(dealt) == sorted(2 * batches.KIND_DECK)


def test_a_step_learns_from_prompts_and_from_clips(tmp_path: Path) -> None:
    made, archive = course(tmp_path), Archive(tmp_path / "data.zip")
    step = next(s for s in range(50) if batches.deal(batches.KIND_DECK, s, 1) == "object")
    network = Network()
    for index, task in enumerate(made.tasks):
        clip = next(s for s in range(50) if batches.deal(batches.CLIP_DECK, s, 1) == "davis10")
        sample = made.draw(archive, (step, clip)[index], index)
        loss, figures = task.job(functools.partial(list, sample), np.random.default_rng(2))(network)
        loss.backward()
        assert torch.isfinite(loss)
        assert all(0 <= value <= 1 for value in figures.values())
    for decoder in (network.decoder, network.propagation_decoder):
        assert torch.isfinite(decoder.head.weight.grad).all()


def test_training_propagation_changes_what_is_carried_and_no_answer_to_a_click(tmp_path: Path) -> None:
    course(tmp_path)
    np.savez(tmp_path / "weights.npz", allow_pickle=False, **export.fold_norms(Network()))
    place = ("--out", str(tmp_path), "--weights", str(tmp_path / "weights.npz"))
    size = ("--size", "64", "--pictures", "1", "--replicas", "1", "--rate", "1e-2")
    trainer = Trainer(read_options(["--stage", "propagation", *place, *size]))
    image, points = torch.rand(1, 3, 64, 64), torch.tensor([[[20.0, 30.0, 1.0]]])
    asked = points, torch.zeros(1, 1, 16, 16), torch.zeros(1)

    def answer() -> Any:
        with torch.no_grad():
            return trainer.network.answer_clicks(trainer.network.encode(image), *asked)[0]

    learning = trainer.network.value.out.weight, trainer.network.propagation_decoder.head.weight
    before, weights = answer(), [weight.detach().clone() for weight in learning]
    for _ in range(3):
        trainer.do_step()
    assert torch.equal(answer(), before)
    assert not any(torch.equal(*pair) for pair in zip(learning, weights, strict=True))


def test_a_clip_without_labels_is_judged_where_it_comes_back_alone(tmp_path: Path) -> None:
    made = course(tmp_path)
    with zipfile.ZipFile(made.archive, "a") as archive:
        for frame in range(6):
            noise = np.random.default_rng(frame // 3).integers(0, 255, (9, 12, 3), np.uint8)
            image = cv2.resize(noise, (240, 180), interpolation=cv2.INTER_NEAREST)
            archive.writestr(f"clips/films/some/{frame:05}.jpg", cv2.imencode(".jpg", image)[1].tobytes())
    step = next(s for s in range(50) if batches.deal(batches.CLIP_DECK, s, 1) == "cycle")
    sample, network = made.draw(Archive(made.archive), step, 1), Network()
    assert [frame.known.tolist() for frame in sample] == [[True], [False], [True]]
    loss, figures = propagation.learn_propagation(network, sample, np.random.default_rng(2))
    assert "carry1" not in figures and "carry2" in figures
    loss.backward()
    assert float(network.propagation_decoder.head.weight.grad.abs().sum()) > 0
    sample[1].truth.fill_(1)
    again, _ = propagation.learn_propagation(network, sample, np.random.default_rng(2))
    assert float(again.detach()) == pytest.approx(float(loss.detach()), rel=1e-5)


def test_a_teacher_of_any_size_is_imitated_and_learns_nothing(tmp_path: Path) -> None:
    made, archive = course(tmp_path), Archive(tmp_path / "data.zip")
    step = next(s for s in range(50) if batches.deal(batches.KIND_DECK, s, 1) == "object")
    sample, network, teacher = made.draw(archive, step, 0), Network().eval(), Network(2).eval()
    alone, _ = clicks.learn_clicks(network, sample, np.random.default_rng(2))
    taught, _ = clicks.learn_clicks(network, sample, np.random.default_rng(2), teacher)
    assert float(taught.detach()) > float(alone.detach()) + 0.1
    taught.backward()
    assert all(parameter.grad is None for parameter in teacher.parameters())


def test_half_precision_gives_nearly_the_same_loss(tmp_path: Path) -> None:
    made, archive = course(tmp_path), Archive(tmp_path / "data.zip")
    step = next(s for s in range(50) if batches.deal(batches.CLIP_DECK, s, 1) == "davis10")
    sample, network = made.draw(archive, step, 1), Network().eval()
    found = []
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            loss, _ = tasks.PROPAGATION.job(lambda: sample, np.random.default_rng(2))(network)
        assert loss.dtype == torch.float32
        found.append(loss.item())
    assert found[1] == pytest.approx(found[0], rel=0.05)


def test_samples_repeat_with_seed_and_step(tmp_path: Path) -> None:
    made, archive = course(tmp_path), Archive(tmp_path / "data.zip")
    step = next(s for s in range(50) if batches.deal(batches.KIND_DECK, s, 1) == "object")
    one, two = (made.draw(archive, step, 0)[0] for _ in range(2))
    assert torch.equal(one.image, two.image) and torch.equal(one.truth, two.truth)


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
    np.testing.assert_allclose(prompt_encoding.click_likeness(embedding.numpy(), spots), alike, atol=1e-5)


def test_only_an_answer_that_makes_wrong_what_was_right_costs_by_its_fall() -> None:
    truth = torch.zeros(1, 1, 32, 32)
    truth[..., 8:24, 8:24] = 1
    right, wrong = 8 * truth - 4, 4 - 8 * truth
    assert float(losses.fall_loss(right, right, truth)) == 0
    assert float(losses.fall_loss(wrong, wrong, truth)) == 0
    assert float(losses.fall_loss(right, wrong, truth)) == 0
    assert float(losses.fall_loss(wrong, right, truth)) > 1


def test_cues_of_propagation_are_those_of_the_program() -> None:
    rng = np.random.default_rng(5)
    key, earlier = (rng.standard_normal((64, 5, 7)).astype(np.float32) for _ in range(2))
    masks, recalled, looks = (rng.random((2, n, m), np.float32) for n, m in ((20, 28), (10, 14), (10, 14)))
    matched = program_cues.match_masks(key, earlier, masks)
    now, before = (torch.from_numpy(array)[None].expand(2, -1, -1, -1) for array in (key, earlier))
    theirs = propagation_cues.match_masks(now, before, _column(masks))[:, 0].numpy()
    np.testing.assert_allclose(theirs, matched, atol=1e-5)
    apart = ~torch.eye(2, dtype=torch.bool)[None]
    hints, likeness = propagation_cues.propagation_cues(
        _column(masks), _column(matched), _column(recalled), _column(looks), apart
    )
    ours = program_cues.propagation_hints(masks, matched, recalled, looks)
    np.testing.assert_allclose(ours, hints.numpy(), atol=1e-5)
    np.testing.assert_allclose(
        program_cues.propagation_likeness(recalled, looks), likeness.numpy(), atol=1e-5
    )


def _column(maps: np.ndarray) -> Any:
    return torch.from_numpy(maps)[:, None]


def test_the_target_model_is_that_of_the_program() -> None:
    rng = np.random.default_rng(6)
    fine, coarse = (rng.standard_normal(size).astype(np.float32) for size in ((64, 10, 14), (96, 5, 7)))
    mask = rng.random((20, 28), np.float32)
    coded = [torch.zeros(1), torch.from_numpy(fine)[None], torch.from_numpy(coarse)[None]]
    theirs = propagation_cues.TargetRegression(coded, torch.from_numpy(mask)[None, None]).score(coded)
    ours = TargetModel([make_example(fine, coarse, mask)]).score_frame(fine, coarse)
    np.testing.assert_allclose(ours, theirs[0, 0].numpy(), atol=1e-4)


def test_a_target_that_is_there_twice_is_no_rival_of_itself() -> None:
    truth = torch.zeros(2, 2, 8, 8)
    truth[0, :, :4], truth[1, 0, :4], truth[1, 1, 4:] = 1, 1, 1
    apart = propagation.tell_apart(truth)
    assert apart.tolist() == [[[False, False]] * 2, [[False, True], [True, False]]]
    logits = truth.flatten(0, 1)[:, None] * 4 + 1
    parted = propagation.separate_things(logits, apart)
    assert torch.equal(parted[:2], logits[:2])
    assert (parted[2:] > 0).flatten(1).sum(1).tolist() == [32, 32]
