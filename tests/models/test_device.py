"""Where networks run, with how many threads, and how exactly."""

from __future__ import annotations

import os

import pytest

from app.errors import ModelError
from app.models import device
from app.models.device import choose_device, cores, describe


def test_threads_are_shared_among_workers_and_never_none(monkeypatch):
    monkeypatch.setattr(device, "cores", lambda: 8)
    assert [choose_device("cpu", workers=workers).threads for workers in (1, 3, 20)] == [8, 2, 1]
    assert choose_device("cpu", threads=5, workers=3).threads == 5


def test_a_process_bound_to_one_processor_uses_one_thread():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert 1 <= cores() <= len(before)


@pytest.mark.parametrize(("name", "precision"), [("cpu", "auto"), ("cpu:fp32", "fp32"), ("cpu:bf16", "bf16")])
def test_precision_is_chosen_with_the_device(name, precision):
    device = choose_device(name, threads=2)
    assert (device.kind, device.precision) == ("cpu", precision)


def test_a_gpu_that_is_wanted_but_not_there_gives_way_to_the_processor_unless_it_is_named(monkeypatch):
    monkeypatch.setattr(device, "gpu_count", lambda: 0)
    assert choose_device("auto").kind == choose_device("gpu").kind == "cpu"
    with pytest.raises(ModelError, match="no such device"):
        choose_device("gpu:1")
    monkeypatch.setattr(device, "gpu_count", lambda: 2)
    assert (choose_device("auto").kind, choose_device("gpu:1").index) == ("gpu", 1)


def test_the_status_line_says_where_and_how(monkeypatch):
    assert describe(choose_device("cpu", threads=2)) == "CPU · 2 threads · OpenVINO fp32"
    assert (
        describe(choose_device("cpu", threads=1), bf16=True, runtime="oneDNN")
        == "CPU · 1 thread · oneDNN bf16"
    )
