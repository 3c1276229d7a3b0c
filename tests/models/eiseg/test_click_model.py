"""Clicks to masks: EISeg's rules for what the network sees, and an undo that restores all of it."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.annotation import Click
from app.domain.errors import UsageError
from app.models.eiseg.click_model import StaticClickModel, StaticClickState
from app.models.eiseg.zoom_in import ZoomBox, ZoomRules

RULES = ZoomRules(96, 128, smallest=40)


class Recorder:
    """Stands for a network: notes what it is given, answers with logits around the positive clicks."""

    def __init__(self, outputs=2):
        self.outputs = outputs
        self.seen = []

    def __call__(self, *arrays):
        coords = arrays[1]
        self.seen.append(coords.copy())
        logits = 8 * coords[:, 1:2] - 4
        return [logits, logits, -logits / 2][: self.outputs]


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (100, 140, 3), np.uint8)


def test_the_click_sequence_of_eiseg(parity, click_network):
    z, manifest = parity.arrays("eiseg_clicks_hrnet18s"), parity.manifest("eiseg_clicks_hrnet18s")
    model = StaticClickModel(click_network, RULES)
    features, clicks, state = model.encode(z["image"]), [], None
    for note in manifest["clicks"]:
        number = note["click"]
        clicks.append(Click(note["col"], note["row"], note["positive"]))
        if state is not None:
            state = StaticClickState(z[f"c{number}.prev_prob"], None, state.box)
        answer = model.predict(features, clicks, state)
        state = answer.state
        assert [*state.box.rows, *state.box.columns] == note["roi_rmin_rmax_cmin_cmax"]
        np.testing.assert_allclose(answer.probability, z[f"c{number}.prob"], rtol=0, atol=1e-4)


def test_clicks_are_encoded_as_eiseg_does(parity):
    z, manifest = parity.arrays("eiseg_clicks_hrnet18s"), parity.manifest("eiseg_clicks_hrnet18s")
    recorder = Recorder()
    model = StaticClickModel(recorder, RULES)
    features, clicks, box = model.encode(z["image"]), [], None
    for note in manifest["clicks"]:
        number = note["click"]
        clicks.append(Click(note["col"], note["row"], note["positive"]))
        previous = z[f"c{number}.prev_prob"] if number > 1 else None
        box = model.predict(features, clicks, StaticClickState(previous, None, box)).state.box
        np.testing.assert_allclose(recorder.seen[-1], z[f"c{number}.net_coord"], rtol=0, atol=1e-5)
        np.testing.assert_allclose(features.prepared[0], z[f"c{number}.net_image"], rtol=0, atol=1e-5)


def test_undo_restores_the_previous_edge_too(image):
    recorder = Recorder(outputs=3)
    model = StaticClickModel(recorder, RULES)
    features = model.encode(image)
    clicks = [Click(40, 40, True), Click(60, 50, True), Click(90, 20, False)]
    first = model.predict(features, clicks[:1])
    second = model.predict(features, clicks[:2], first.state)
    model.predict(features, clicks, second.state)
    again = model.predict(features, clicks[:2], first.state)
    np.testing.assert_array_equal(recorder.seen[1], recorder.seen[3])
    np.testing.assert_array_equal(again.probability, second.probability)
    assert recorder.seen[1][0, 0].max() > 0.8, "the network was fed the edge of the first answer"


def test_a_model_with_three_outputs_is_fed_its_edge_and_others_their_mask(image):
    fed = {}
    for outputs in (2, 3):
        recorder = Recorder(outputs)
        model = StaticClickModel(recorder, RULES)
        clicks = [Click(40, 40, True), Click(44, 42, True)]
        model.predict(model.encode(image), clicks)
        fed[outputs] = recorder.seen[-1][0, 0]
    inside = fed[2] > 0.5
    assert inside.any()
    assert (fed[3][inside] < 0.5).all()


def test_clicks_without_a_state_are_worked_through_from_the_beginning(image):
    model = StaticClickModel(Recorder(), RULES)
    features = model.encode(image)
    clicks = [Click(40, 40, True), Click(60, 50, True), Click(45, 44, False)]
    state = None
    for count in range(1, 4):
        answer = model.predict(features, clicks[:count], state)
        state = answer.state
    np.testing.assert_array_equal(model.predict(features, clicks).probability, answer.probability)


class SplitRecorder(Recorder):
    """Counts how often it is shown a picture."""

    shown = 0

    def prepare(self, picture):
        self.shown += 1
        return [picture]

    def complete(self, prepared, *others):
        return self(*prepared, *others)


def test_the_next_click_finds_what_it_looks_at_prepared(image):
    network = SplitRecorder()
    model = StaticClickModel(network, RULES)
    clicks = [Click(40, 40, True), Click(44, 42, True)]
    plain, expecting = model.encode(image), model.encode(image)
    state = model.predict(plain, clicks[:1]).state
    model.prefetch(expecting, clicks[:1], state)
    shown = network.shown
    answer = model.predict(expecting, clicks, state)
    assert network.shown == shown
    np.testing.assert_array_equal(answer.probability, model.predict(plain, clicks, state).probability)


def test_a_mask_to_correct_is_the_first_previous_mask(image):
    recorder = Recorder()
    model = StaticClickModel(recorder, RULES)
    initial = np.zeros((100, 140), bool)
    initial[10:90, 10:130] = True
    model.predict(model.encode(image), [Click(70, 50, False)], initial=initial)
    assert recorder.seen[0][0, 0].mean() == pytest.approx(80 * 120 / (100 * 140), abs=0.05)


def test_the_result_is_zero_outside_what_the_network_saw(image):
    model = StaticClickModel(Recorder(), RULES)
    features = model.encode(image)
    state = StaticClickState(_blob(image), None, ZoomBox((0, 99), (0, 139)))
    answer = model.predict(features, [Click(45, 45, True)], state)
    box = answer.state.box
    assert (box.height, box.width) < image.shape[:2]
    outside = answer.probability.copy()
    outside[box.rows[0] : box.rows[1] + 1, box.columns[0] : box.columns[1] + 1] = 0
    assert not outside.any()
    assert answer.probability.shape == image.shape[:2]
    assert answer.probability.dtype == np.float32


def test_no_clicks_are_an_error(image):
    model = StaticClickModel(Recorder(), RULES)
    with pytest.raises(UsageError):
        model.predict(model.encode(image), [])


def _blob(image):
    found = np.zeros(image.shape[:2], np.float32)
    found[40:50, 40:50] = 0.9
    return found
