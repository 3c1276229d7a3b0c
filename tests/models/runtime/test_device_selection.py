"""Where networks run, with how many threads, and how exactly."""

from __future__ import annotations

import os

import pytest

from app.domain.errors import ModelError
from app.models.runtime import device_selection, gpu
from app.models.runtime.device import describe_device
from app.models.runtime.device_selection import count_cores, multiplies_bf16_fast, select_device


def test_threads_are_shared_among_workers_and_never_none(monkeypatch):
    monkeypatch.setattr(device_selection, "count_cores", lambda: 8)
    assert [select_device("cpu", workers=workers).threads for workers in (1, 3, 20)] == [8, 2, 1]
    assert select_device("cpu", threads=5, workers=3).threads == 5


def test_a_process_bound_to_one_processor_uses_one_thread():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert count_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert 1 <= count_cores() <= len(before)


@pytest.mark.parametrize(("name", "precision"), [("cpu", "auto"), ("cpu:fp32", "fp32"), ("cpu:bf16", "bf16")])
def test_precision_is_chosen_with_the_device(name, precision):
    device = select_device(name, threads=2)
    assert (device.kind, device.precision) == ("cpu", precision)


def test_a_gpu_that_is_wanted_but_not_there_gives_way_to_the_processor_unless_it_is_named(monkeypatch):
    monkeypatch.setattr(device_selection, "count_gpus", lambda: 0)
    assert select_device("auto").kind == select_device("gpu").kind == "cpu"
    with pytest.raises(ModelError, match="no such device"):
        select_device("gpu:1")


def test_a_gpu_on_which_a_network_runs_is_taken(monkeypatch):
    monkeypatch.setattr(device_selection, "count_gpus", lambda: 2)
    monkeypatch.setattr(device_selection, "find_gpu_fault", lambda index: "")
    assert (select_device("auto").kind, select_device("gpu:1").index) == ("gpu", 1)
    assert select_device("cpu").kind == "cpu"


def test_a_gpu_on_which_no_network_runs_gives_way_to_the_processor_unless_it_is_named(monkeypatch, caplog):
    """No machine has a hundredth GPU: that Paddle fails on it is real."""
    monkeypatch.setattr(device_selection, "count_gpus", lambda: 100)
    with pytest.raises(ModelError, match="No network runs on it: .*99") as caught:
        select_device("gpu:99")
    assert "cuDNN" in caught.value.remedy
    monkeypatch.setattr(device_selection, "find_gpu_fault", lambda index: "It has no memory left.")
    chosen = select_device("auto", threads=2)
    assert (chosen.kind, chosen.precision) == ("cpu", "auto")
    assert "It has no memory left." in caplog.text
    assert describe_device(chosen) == "CPU · 2 threads · OpenVINO fp32 · GPU not usable"


def test_a_gpu_that_ends_the_process_is_at_fault(monkeypatch, tmp_path):
    package = tmp_path / "app" / "models" / "preparing"
    package.mkdir(parents=True)
    (package / "gpu_probe.py").write_text("import os; os.abort()")
    monkeypatch.setattr(gpu, "_ROOT", tmp_path)
    gpu.find_gpu_fault.cache_clear()
    assert "ended on it with -6" in gpu.find_gpu_fault(0)
    gpu.find_gpu_fault.cache_clear()


def test_a_gpu_is_tried_once_after_the_machine_was_started(monkeypatch, tmp_path):
    tried: list[int] = []
    faults = ["", "Cannot load cudnn shared library."]

    def probe(index):
        tried.append(index)
        return faults.pop()

    monkeypatch.setattr(gpu, "_run_probe", probe)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for fault in ("Cannot load cudnn shared library.", "", ""):
        gpu.find_gpu_fault.cache_clear()
        assert gpu.find_gpu_fault(0) == fault
    gpu.find_gpu_fault.cache_clear()
    assert tried == [0, 0]


def test_the_status_line_says_where_and_how(monkeypatch):
    assert describe_device(select_device("cpu", threads=2)) == "CPU · 2 threads · OpenVINO fp32"
    assert (
        describe_device(select_device("cpu", threads=1), bf16=True, runtime="oneDNN")
        == "CPU · 1 thread · oneDNN bf16"
    )


@pytest.mark.parametrize(
    ("vendor", "flags", "is_fast"),
    [
        ("AuthenticAMD", "fpu avx512f avx512_bf16", True),
        ("AuthenticAMD", "fpu avx2", False),
        ("GenuineIntel", "fpu avx512f avx512_bf16 amx_bf16", True),
        ("GenuineIntel", "fpu avx512f avx512_bf16", False),
        ("GenuineIntel", "fpu avx512f", False),
    ],
)
def test_bfloat16_is_taken_where_it_is_faster(vendor: str, flags: str, is_fast: bool) -> None:
    text = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: {flags}\nbugs\t\t: amx_bf16_erratum\n"
    assert multiplies_bf16_fast(text) is is_fast
