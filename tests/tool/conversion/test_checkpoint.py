"""PyTorch checkpoints are read without PyTorch, and without running what hostile ones contain."""

from __future__ import annotations

import os
import pickle
import subprocess
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ModelError
from tests.tool.conversion import torch_files
from tool.conversion.checkpoint import read_checkpoint
from tool.conversion.checkpoint_kind import checkpoint_kind

WRITERS = [torch_files.write_zip, torch_files.write_legacy]


@pytest.fixture
def state():
    random = np.random.default_rng(0)
    return {
        "conv.weight": random.standard_normal((4, 3, 2, 2)).astype(np.float32),
        "conv.bias": random.standard_normal(4),
        "half": random.standard_normal((2, 5)).astype(np.float16),
        "num_batches_tracked": np.array(7),
    }


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s, "config": {"width": 18}}])
def test_tensors_come_back(tmp_path, state, write, wrap):
    write(tmp_path / "net.pth", wrap(torch_files.document_of(state)))
    found = read_checkpoint(tmp_path / "net.pth")
    assert list(found) == list(state)
    for name, array in state.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array.astype(np.float32))


def test_names_of_parallel_training_are_made_plain(tmp_path, state):
    prefixed = {f"module.{name}": array for name, array in state.items()}
    torch_files.write_zip(tmp_path / "net.pth", torch_files.document_of(prefixed))
    assert list(read_checkpoint(tmp_path / "net.pth")) == list(state)


def test_bfloat16_is_widened(tmp_path):
    values = np.array([1.0, -2.5, 0.0078125], np.float32)
    bits = (values.view(np.uint32) >> 16).astype(np.uint16)
    torch_files.write_zip(tmp_path / "net.pth", torch_files.document_of({"w": bits}))
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "net.pth")["w"], values)


class Hostile:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def zip_with(path, pickled):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)


@pytest.mark.parametrize(
    "function", [os.system, eval, exec, subprocess.check_call, getattr, open, __import__, pickle.loads]
)
@pytest.mark.parametrize("legacy", [False, True])
def test_code_is_refused_by_name_and_not_run(tmp_path, function, legacy):
    witness = tmp_path / "witness"
    pickled = pickle.dumps(Hostile(function, f"touch {witness}"), protocol=2)
    path = tmp_path / "net.pth"
    if legacy:
        path.write_bytes(pickled)
    else:
        zip_with(path, pickled)
    with pytest.raises(ModelError, match="asks for code to be run"):
        read_checkpoint(path)
    assert not witness.exists()


@pytest.mark.parametrize("name", ["torch._utils _rebuild_tensor_v2", "torch FloatStorage", "torch Size"])
@pytest.mark.parametrize(
    "state", [b"}X\x04\x00\x00\x00nameK\x01s", b"]K\x01a", b"N}X\x04\x00\x00\x00nameK\x01s\x86"]
)
def test_what_a_pickle_may_name_cannot_be_changed_by_it(tmp_path, name, state):
    # BUILD, the "b", gives the object before it a state.
    pickled = b"\x80\x02c" + name.replace(" ", "\n").encode() + b"\n" + state + b"b."
    zip_with(tmp_path / "net.pth", pickled)
    with pytest.raises(ModelError, match="damaged"):
        read_checkpoint(tmp_path / "net.pth")
    torch_files.write_zip(tmp_path / "next.pth", torch_files.document_of({"w": np.ones(2, np.float32)}))
    assert read_checkpoint(tmp_path / "next.pth")["w"].tolist() == [1, 1]


def test_a_tensor_cannot_be_changed_after_it_was_checked(tmp_path):
    class Changed(torch_files.PickledTensor):
        def __reduce__(self):
            return *super().__reduce__(), (None, {"offset": 1 << 40})

    torch_files.write_zip(tmp_path / "net.pth", {"w": Changed(np.zeros(4, np.float32))})
    with pytest.raises(ModelError, match="damaged"):
        read_checkpoint(tmp_path / "net.pth")


@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(1, (4,), (1,)), (0, (2, 2), (3, 2)), (0, (5,), (1,))]
)
def test_a_tensor_that_reaches_outside_its_storage_is_refused(tmp_path, offset, shape, strides):
    class Reaching(torch_files.PickledTensor):
        def __reduce__(self):
            rebuild, (storage, *_) = super().__reduce__()
            return rebuild, (storage, offset, shape, strides, False, OrderedDict())

    torch_files.write_zip(tmp_path / "net.pth", {"w": Reaching(np.zeros(4, np.float32))})
    with pytest.raises(ModelError, match="damaged"):
        read_checkpoint(tmp_path / "net.pth")


def test_an_entry_larger_than_it_says_is_not_unpacked(tmp_path):
    path = tmp_path / "net.pth"
    torch_files.write_zip(path, torch_files.document_of({"w": np.ones(2, np.float32)}))
    with zipfile.ZipFile(path) as archive:
        pickled = archive.read("archive/data.pkl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/data/0", np.random.default_rng(0).bytes(2 << 20))
    with pytest.raises(ModelError, match="larger than it says"):
        read_checkpoint(path)


@pytest.mark.parametrize("write", WRITERS)
def test_a_cut_off_checkpoint_is_refused(tmp_path, state, write):
    path = tmp_path / "net.pth"
    write(path, torch_files.document_of(state))
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ModelError):
            read_checkpoint(path)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("random") / "net.pth"
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        read_checkpoint(path)
    assert caught.value.subject


@given(st.data())
def test_a_damaged_pickle_is_read_or_refused_but_never_breaks(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    torch_files.write_zip(folder / "net.pth", torch_files.document_of({"w": np.ones((2, 3), np.float32)}))
    with zipfile.ZipFile(folder / "net.pth") as archive:
        pickled = bytearray(archive.read("archive/data.pkl"))
        numbers = archive.read("archive/data/0")
    for _ in range(data.draw(st.integers(1, 3))):
        pickled[data.draw(st.integers(0, len(pickled) - 1))] = data.draw(st.integers(0, 255))
    with zipfile.ZipFile(folder / "bad.pth", "w") as archive:
        archive.writestr("archive/data.pkl", bytes(pickled))
        archive.writestr("archive/data/0", numbers)
    try:
        read_checkpoint(folder / "bad.pth")
    except ModelError as error:
        assert error.subject


def test_a_text_with_an_odd_escape_is_refused_without_a_warning(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.pth", "w") as archive:
        archive.writestr("archive/data.pkl", b"S'\\o'\n.")
    with pytest.raises(ModelError):
        read_checkpoint(tmp_path / "net.pth")


def test_a_zip_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.pth", "w") as archive:
        archive.writestr("../../evil", "x")
    with pytest.raises(ModelError, match="not a PyTorch checkpoint"):
        read_checkpoint(tmp_path / "net.pth")
    assert not (tmp_path.parents[1] / "evil").exists()


def test_a_checkpoint_tells_its_network(parity):
    for name, kind in {
        "ritm_hrnet18_ocr64": "hrnet18",
        "ritm_hrnet18s_ocr48": "hrnet18s",
        "edgeflow_hrnet18_ocr64": "edgeflow",
        "mivos_propagation": "propagation",
        "mivos_fusion": "fusion",
    }.items():
        names = (entry["name"] for entry in parity.manifest(name)["state"])
        assert checkpoint_kind(dict.fromkeys(names, np.zeros(1, np.float32))) == kind
    with pytest.raises(ModelError, match="does not know"):
        checkpoint_kind({"conv.weight": np.zeros(1, np.float32)})
