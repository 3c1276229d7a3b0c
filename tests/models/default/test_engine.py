"""The engine that ships: what it computes, and the promises of its protocols."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.domain.errors import ModelError, UsageError
from app.models.default.default_click_model import DefaultClickModel
from app.models.default.encoding_store import EncodingStore
from app.models.default.engine import DefaultEngine
from app.models.default.feature_cache import CACHED_ENCODINGS, FeatureCache
from app.models.default.shipped_graphs import DECODERS, FOLDER, SHIPPED, load_graph
from app.models.engine import EncodingTracker, PreparingEngine
from app.models.runtime.device_selection import has_fast_bf16, select_device
from app.models.runtime.network import Network
from app.storage.demo.demo_scene import demo_frames
from tests.models.made_scenes import overlap, scene

EXPECTED = Path(__file__).parent  # <name>_expected.npz of the weights that ship


@pytest.mark.parametrize("name", list(SHIPPED))
def test_graphs_compute_what_was_trained(name: str) -> None:
    known = np.load(EXPECTED / f"{name}_expected.npz")
    device, names = select_device("cpu", threads=1), ("coder", *DECODERS, "value", "reader")
    cache, decoder, propagation, value, reader = (load_graph(graph, device, SHIPPED[name]) for graph in names)
    *features, embedding, key = cache(known["image"])
    answers = {"embedding": embedding, "key": key}
    (answers["value"],) = value(features[2], known["masks"])
    (read,) = reader(key.reshape(*key.shape[:2], -1), known["keys"], known["values"])
    answers["memory"] = read.reshape(known["memory"].shape)
    pair = known["memory"].reshape(2, -1, *key.shape[2:])
    told = (*features, known["hints"], known["likeness"], pair)
    answers["logits"], answers["score"] = decoder(*told)
    answers["carried"], answers["carried_score"] = propagation(*told)
    for name, answer in answers.items():
        np.testing.assert_allclose(
            answer, known[name], rtol=1e-3, atol=1e-4 * max(1, np.abs(known[name]).max())
        )


def test_half_precision_finds_the_same_masks_and_is_told(engine: DefaultEngine) -> None:
    image, masks = scene(150)
    found = []
    for precision in ("fp32", "bf16"):
        one = DefaultEngine(device=f"cpu:{precision}", threads=2)
        assert one.device.endswith(precision)
        model, tracker = one.click_model(), one.tracker()
        tracker.add_reference(0, image, {1: masks[1]})
        carried = tracker.start(0, 1).step(1, scene(155)[0], [1])[1]
        clicked = model.predict(model.encode(image), [Click(150, 120, True)])
        found.append([answer.probability > 0.5 for answer in (clicked, carried)])
    assert all(overlap(a, b) > 0.97 for a, b in zip(*found, strict=True))
    assert engine.device.endswith("bf16" if has_fast_bf16() else "fp32")


def test_its_frames_can_be_prepared(engine: DefaultEngine) -> None:
    assert isinstance(engine, PreparingEngine)
    assert isinstance(engine.tracker(), EncodingTracker)
    assert engine.prepare_frame(0, scene(150)[0], center=0)


def test_one_click_finds_a_plain_thing(engine: DefaultEngine) -> None:
    image, masks = scene(150)
    model = engine.click_model()
    answer = model.predict(model.encode(image), [Click(150, 120, True)])
    assert answer.probability.shape == (240, 320) and answer.probability.dtype == np.float32
    assert overlap(answer.probability > 0.5, masks[1]) > 0.8


def test_one_click_finds_each_thing_of_the_demo_and_no_other(engine: DefaultEngine) -> None:
    image, labels = next(demo_frames())
    model = engine.click_model()
    features = model.encode(image)
    for value in np.unique(labels[labels > 0]):
        rows, columns = np.nonzero(labels == value)
        click = Click(float(columns.mean()), float(rows.mean()), True)
        assert overlap(model.predict(features, [click]).probability > 0.5, labels == value) > 0.9


def test_an_answer_that_is_stopped_at_any_network_leaves_the_next_one_as_it_would_be(
    engine: DefaultEngine,
) -> None:
    model = engine.click_model()
    features = model.encode(scene(60)[0])
    click = [Click(62, 118, True)]
    checks: list[int] = []
    assert model.stop_by(lambda: checks.append(1))
    whole = model.predict(features, click).probability
    for last in range(len(checks)):
        left = [None] * last

        def check(left: list[None] = left) -> None:
            if not left:
                raise TimeoutError
            left.pop()

        model.stop_by(check)
        with pytest.raises(TimeoutError):
            model.predict(features, click)
    model.stop_by(lambda: None)
    assert len(checks) >= 3 and np.array_equal(model.predict(features, click).probability, whole)


class Counted:
    """A network that counts its runs."""

    def __init__(self, network: Network) -> None:
        self.network, self.runs = network, 0
        self.sizes: list[tuple[int, ...]] = []
        self.outputs = network.outputs

    def __call__(self, *arrays: NDArray[Any]) -> list[NDArray[np.float32]]:
        self.runs += 1
        self.sizes.append(arrays[0].shape)
        return self.network(*arrays)


def test_a_frame_that_was_left_long_ago_is_not_coded_again(tmp_path: Path) -> None:
    graph = Counted(load_graph("coder", select_device("cpu", threads=2)))
    cache = FeatureCache(graph, EncodingStore(tmp_path))
    frames = [scene(60 + 5 * index)[0] for index in range(CACHED_ENCODINGS + 3)]
    first = cache.encode_frame(frames[0])
    for frame in frames[1:]:
        cache.encode_frame(frame)
    again = cache.encode_frame(frames[0])
    assert graph.runs == len(frames)
    assert again is not first
    assert all(np.array_equal(a, b) for a, b in zip(first.features, again.features, strict=True))


def test_a_frame_that_was_encoded_ahead_is_not_looked_at_again(
    engine: DefaultEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = engine.tracker()
    image, masks = scene(150)
    tracker.add_reference(0, image, masks)
    walk, (later, wanted) = tracker.start(0, 1), scene(156)
    tracker.encode_ahead(later)
    monkeypatch.delattr(FeatureCache, "encode_frame")
    assert overlap(walk.step(1, later, [1])[1].probability > 0.5, wanted[1]) > 0.8


def test_a_click_that_was_expected_finds_the_picture_coded(tmp_path: Path) -> None:
    device = select_device("cpu", threads=2)
    graph = Counted(load_graph("coder", device))
    cache = FeatureCache(graph, EncodingStore(tmp_path))
    model = DefaultClickModel(cache, load_graph("decoder", device))
    features = model.encode(scene(150)[0])
    clicks, state, coded = [], None, []
    for x, y in ((150, 120), (160, 140), (140, 110), (155, 125), (145, 118)):
        before = graph.runs
        clicks.append(Click(x, y, True))
        state = model.predict(features, clicks, state).state
        coded.append(graph.runs - before)
        model.prefetch(features, clicks, state)
    assert coded == [1, 0, 0, 0, 0], "the first click looks again from near at what it found"
    assert graph.runs <= 6, (
        "two looks at once, that one, another for the second click, two from near for the fourth"
    )


def test_a_correction_that_was_expected_finds_the_picture_coded(tmp_path: Path) -> None:
    device = select_device("cpu", threads=2)
    graph = Counted(load_graph("coder", device))
    cache = FeatureCache(graph, EncodingStore(tmp_path))
    model = DefaultClickModel(cache, load_graph("decoder", device))
    image, masks = scene(150)
    features = model.encode(image)
    model.expect_correction(features, masks[1])
    before = graph.runs
    model.predict(features, [Click(192, 120, True)], None, masks[1])
    assert graph.runs == before


def test_crops_of_the_first_click_were_run_at_their_size_before(tmp_path: Path) -> None:
    device = select_device("cpu", threads=2)
    graph = Counted(load_graph("coder", device))
    model = DefaultClickModel(FeatureCache(graph, EncodingStore(tmp_path)), load_graph("decoder", device))
    image, _ = scene(150)
    features = model.encode(image)
    while model.warm_up(features):
        pass
    warmed = set(graph.sizes)
    assert 4 < graph.runs < 20, "some sizes, so that it is over in a moment"
    for x, y in ((150, 120), (60, 60), (250, 200), (192, 120)):
        model.predict(features, [Click(x, y, True)])
    assert set(graph.sizes) == warmed


def test_references_tell_of_the_object_on_another_frame(engine: DefaultEngine) -> None:
    shown = [(index, image, masks[1]) for index, (image, masks) in enumerate((scene(80), scene(200)))]
    image, masks = scene(140)
    found = engine.learn(shown).find(9, image)
    assert found is not None and overlap(found, masks[1]) > 0.8


def test_references_that_contradict_each_other_tell_nothing(engine: DefaultEngine) -> None:
    image, masks = scene(80, other=220)
    shown = [(0, image, masks[1]), (1, image, masks[2])]
    assert engine.learn(shown).find(9, scene(140)[0]) is None


def test_the_same_clicks_give_the_same_answer_with_state_or_without(engine: DefaultEngine) -> None:
    model = engine.click_model()
    features = model.encode(scene(150, other=250)[0])
    clicks = [Click(150, 120, True), Click(250, 120, False), Click(160, 140, True)]
    state = None
    for count in range(1, 4):
        answer = model.predict(features, clicks[:count], state)
        state = answer.state
    again = model.predict(features, clicks)
    assert np.array_equal(answer.probability, again.probability)


def test_clicks_are_honoured(engine: DefaultEngine) -> None:
    model = engine.click_model()
    features = model.encode(scene(150)[0])
    clicks = [Click(150, 120, True), Click(140, 110, False), Click(30, 30, True), Click(160, 130, True)]
    answer = model.predict(features, clicks).probability
    assert [bool(answer[int(c.y), int(c.x)] > 0.5) for c in clicks] == [c.positive for c in clicks]


def test_clicks_correct_a_given_mask(engine: DefaultEngine) -> None:
    image, masks = scene(100, other=220)
    model = engine.click_model()
    given = masks[1] | masks[2]
    answer = model.predict(model.encode(image), [Click(220, 120, False)], initial=given)
    assert overlap(answer.probability > 0.5, masks[1]) > overlap(given, masks[1])


def test_no_click_is_a_usage_error(engine: DefaultEngine) -> None:
    model = engine.click_model()
    with pytest.raises(UsageError, match="at least one prompt"):
        model.predict(model.encode(scene(150)[0]), [])


@pytest.mark.parametrize("direction", [1, -1])
def test_masks_travel_both_ways(engine: DefaultEngine, direction: Literal[1, -1]) -> None:
    tracker = engine.tracker()
    tracker.add_reference(10, *scene(150))
    walk = tracker.start(10, direction)
    for step in range(1, 6):
        image, masks = scene(150 + 8 * step * direction)
        found = walk.step(10 + step * direction, image, [1])
    assert overlap(found[1].probability > 0.5, masks[1]) > 0.8
    assert 0 <= found[1].score <= 1


def test_two_objects_never_share_a_pixel(engine: DefaultEngine) -> None:
    tracker = engine.tracker()
    tracker.add_reference(0, *scene(100, other=200))
    image, masks = scene(115, other=190)
    found = tracker.start(0, 1).step(1, image, [1, 2])
    answers = {number: found[number].probability > 0.5 for number in (1, 2)}
    assert not (answers[1] & answers[2]).any()
    assert all(overlap(answers[n], masks[n]) > 0.7 for n in (1, 2))


def test_a_thing_that_is_gone_has_no_mask_and_is_found_when_it_returns(engine: DefaultEngine) -> None:
    tracker = engine.tracker()
    tracker.add_reference(0, *scene(150))
    walk = tracker.start(0, 1)
    image, masks = scene(150)
    ground = scene(-200)[0]
    walk.step(1, image, [1])
    for index in (2, 3, 4):
        found = walk.step(index, ground, [1])
        assert not (found[1].probability > 0.5).any()
    found = walk.step(5, image, [1])
    assert overlap(found[1].probability > 0.5, masks[1]) > 0.8


def test_a_kept_mask_is_where_the_walk_goes_on_from(engine: DefaultEngine) -> None:
    tracker = engine.tracker()
    tracker.add_reference(0, *scene(60, other=220))
    walk = tracker.start(0, 1)
    image, masks = scene(60, other=220)
    found = walk.step(1, image, [1, 2], kept={1: masks[1]})
    assert set(found) == {2}
    image, masks = scene(64, other=216)
    found = walk.step(2, image, [1, 2])
    assert overlap(found[1].probability > 0.5, masks[1]) > 0.7


def test_a_walk_that_went_wrong_finds_the_thing_by_its_reference(engine: DefaultEngine) -> None:
    tracker = engine.tracker()
    image, masks = scene(80)
    tracker.add_reference(0, image, masks)
    walk = tracker.start(0, 1)
    wrong = np.zeros((240, 320), bool)
    wrong[30:90, 190:250] = True
    for index in (1, 2, 3):
        walk.step(index, scene(80 + 6 * index)[0], [], {1: wrong})
    image, masks = scene(104)
    assert overlap(walk.step(4, image, [1])[1].probability > 0.5, masks[1]) > 0.8


def test_remembering_a_frame_again_replaces_it(engine: DefaultEngine) -> None:
    image, masks = scene(100, other=220)
    tracker = engine.tracker()
    tracker.add_reference(0, image, {1: masks[2]})
    tracker.add_reference(0, image, {1: masks[1]})
    found = tracker.start(0, 1).step(1, image, [1])
    assert overlap(found[1].probability > 0.5, masks[1]) > 0.7


def test_a_walk_holds_no_more_after_many_frames(engine: DefaultEngine) -> None:
    image, masks = scene(100)
    small, mask = image[::4, ::4].copy(), masks[1][::4, ::4].copy()
    read: list[int] = []
    tracker = engine.tracker()
    inner = tracker.reader.read

    def count_read(key, memory):
        read.append(len(memory[1]))
        return inner(key, memory)

    tracker.reader = type("Counted", (), {"read": staticmethod(count_read)})()
    tracker.add_reference(0, small, {1: mask})
    walk = tracker.start(0, 1)
    for index in range(1, 22):
        walk.step(index, small, [1])
    assert max(read) <= 6


def test_a_walk_needs_a_reference(engine: DefaultEngine) -> None:
    image, masks = scene(100)
    tracker = engine.tracker()
    with pytest.raises(UsageError, match="No mask is remembered"):
        tracker.start(3, 1)
    tracker.add_reference(3, image, masks)
    with pytest.raises(UsageError, match="no mask to start from"):
        tracker.start(3, 1).step(4, image, [9])


def test_between_two_references_the_nearer_counts_more(engine: DefaultEngine) -> None:
    yes, no = np.full((4, 4), 0.95, np.float32), np.full((4, 4), 0.05, np.float32)
    tracker = engine.tracker()
    image = np.zeros((4, 4, 3), np.uint8)
    assert (tracker.fuse(5, image, yes, no, 0.9) < 0.5).all()
    assert (tracker.fuse(5, image, yes, no, 0.1) > 0.5).all()


@pytest.mark.parametrize(("harm", "said"), [("cut", "damaged"), ("gone", "missing")])
def test_a_bad_file_is_named(tmp_path: Path, harm: str, said: str) -> None:
    for file in [*FOLDER.glob("*.pdmodel"), *FOLDER.glob("*.pdiparams"), FOLDER / "manifest.json"]:
        shutil.copy(file, tmp_path)
    victim = tmp_path / "decoder.pdiparams"
    if harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-100])
    else:
        victim.unlink()
    with pytest.raises(ModelError, match=f"decoder.pdiparams.*{said}"):
        DefaultEngine(folder=tmp_path)


def test_the_model_is_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file()) <= 40e6
