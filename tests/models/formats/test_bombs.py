"""Model files that would take gigabytes or hours are refused within seconds and some megabytes."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zipfile

import pytest

from app.domain.errors import ModelError
from app.models.formats.parameter_file import list_tensors
from app.models.formats.program_file import read_program
from app.models.library.model_folder import Library
from tests.models.made_programs import field, program, tensor_bytes
from tool.conversion.checkpoint import read_checkpoint

MOST_SECONDS, MOST_BYTES = 20.0, 400 << 20
WEIGHT = {"0": b"\0\0\0\0"}


def refused(read, path):
    """Read a file, and return why it was refused; the time is of the processor, with its memory traced."""
    tracemalloc.start()
    before = time.process_time()
    try:
        with pytest.raises(ModelError) as error:
            read(path)
        assert time.process_time() - before < MOST_SECONDS
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    return str(error.value)


def named(module, name):
    return f"c{module}\n{name}\n".encode()


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def number(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def tensor(shape, strides, count):
    """A pickled tensor over the storage "0"."""
    storage = (
        b"(" + text("storage") + named("torch", "FloatStorage") + text("0") + text("cpu") + number(count)
    )
    sizes = (b"(" + b"".join(map(number, sides)) + b"t" for sides in (shape, strides))
    return (
        named("torch._utils", "_rebuild_tensor_v2")
        + b"("
        + storage
        + b"tQ"
        + number(0)
        + b"".join(sizes)
        + b"tR"
    )


def state_of(*tensors):
    return b"\x80\x02}" + b"".join(text(f"w{i}") + each + b"s" for i, each in enumerate(tensors)) + b"."


def checkpoint(path, pickled, storages=WEIGHT, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("net/data.pkl", pickled)
        for key, content in storages.items():
            archive.writestr(f"net/data/{key}", content)
    return path


def doubled(levels):
    """A pickled tuple of two references to a tuple of two references, and so on."""
    pairs = (
        b"h" + bytes([level]) * 1 + b"h" + bytes([level]) + b"\x86q" + bytes([level + 1])
        for level in range(levels)
    )
    return b"K\x01q\x00" + b"".join(pairs)


PICKLES = {
    "a tensor of one number repeated 600 million times": state_of(tensor((600_000_000,), (0,), 1)),
    "a tensor of one number on eight axes": state_of(tensor((1 << 20,) * 8, (0,) * 8, 1)),
    "a tensor of one number, named ten thousand times": state_of(*[tensor((1,), (1,), 1)] * 10_000),
    "a memo index of 150 million": b"\x80\x02}r" + struct.pack("<I", 150_000_000) + b".",
    "a key of two to the 40th items": b"\x80\x02}" + doubled(40) + b"K\x01s.",
    "millions of operations": b"\x80\x02]" + b"K\x01a" * 3_000_000 + b".",
}


@pytest.mark.parametrize("name", PICKLES)
def test_a_small_checkpoint_that_stands_for_gigabytes_is_refused(tmp_path, name):
    path = checkpoint(tmp_path / "net.pth", PICKLES[name], method=zipfile.ZIP_DEFLATED)
    assert refused(read_checkpoint, path)
    path.write_bytes(PICKLES[name])
    assert refused(read_checkpoint, path)


def test_a_checkpoint_whose_storage_unpacks_from_next_to_nothing_is_refused(tmp_path):
    zeros = {"0": bytes(64 << 20)}
    path = checkpoint(
        tmp_path / "net.pth", state_of(tensor((16 << 20,), (1,), 16 << 20)), zeros, zipfile.ZIP_DEFLATED
    )
    assert path.stat().st_size < 1 << 20
    assert "next to nothing" in refused(read_checkpoint, path)


PROGRAMS = {
    "operations": field(1, field(4, field(3, "mul")) * (7 << 20 >> 3)),
    "variables": field(1, b"".join(field(3, field(1, f"{i}") + field(3, 1)) for i in range(400_000))),
    "bytes": program("mul") + field(9, bytes(64 << 20)),
    "feeds": field(1, field(4, field(3, "feed") + field(4, field(1, "a")) * (1 << 17))),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_countless_parts_is_refused(tmp_path, name):
    path = tmp_path / "net.pdmodel"
    path.write_bytes(PROGRAMS[name])
    if name == "feeds":
        before = time.process_time()
        read_program(path)
        assert time.process_time() - before < MOST_SECONDS / 4, (
            "four times as many fit into the largest program"
        )
    else:
        assert refused(read_program, path)


def test_a_json_program_of_countless_operations_is_refused(tmp_path):
    path = tmp_path / "net.json"
    operations = b",".join([b'{"#":"mul"}'] * (7 << 20 >> 4))
    path.write_bytes(b'{"program":{"regions":[{"blocks":[{"ops":[' + operations + b"]}]}]}}")
    assert "too large" in refused(read_program, path)


def test_parameters_of_millions_of_empty_tensors_are_refused(tmp_path):
    one = tensor_bytes((0,), ())
    path = tmp_path / "net.pdiparams"
    path.write_bytes(one * ((64 << 20) // len(one)))
    assert refused(list_tensors, path)


def test_an_archive_of_many_files_that_unpack_from_little_is_refused(tmp_path):
    path = tmp_path / "models.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(8):
            archive.writestr(f"{index}.pdiparams", bytes(12 << 20))
    library = Library(tmp_path / "library")
    assert "refused" in refused(lambda source: library.import_models(source, lambda *_: None), path)
    assert not library.folder.exists()
