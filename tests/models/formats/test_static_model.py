"""Model files are found, and refused with a reason before Paddle sees them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ModelError
from app.models.formats.parameter_file import list_tensors
from app.models.formats.program_file import read_program
from app.models.formats.static_model import ModelFiles, check_files, click_files, propagation_files
from tests.models.made_programs import CLICK, field, program, tensor_bytes, variable


@pytest.fixture
def pair(tmp_path):
    """A tiny model with one parameter of two numbers."""
    files = ModelFiles(tmp_path / "net.pdmodel", tmp_path / "net.pdiparams")
    files.program.write_bytes(program(*CLICK, variables=variable("w", (2,))))
    files.parameters.write_bytes(tensor_bytes((2,), (1.0, 2.0)))
    return files


def test_a_sound_model_passes(pair):
    found = check_files(pair, "click")
    assert (found.inputs, found.outputs, found.version) == (2, 1, (2, 6, 2))
    assert found.parameters == {"w": (2,)}
    (entry,) = list_tensors(pair.parameters)
    values = np.fromfile(pair.parameters, entry.dtype, offset=entry.offset)
    assert values.tolist() == [1.0, 2.0]


def test_exported_models_pass(static_models):
    check_files(click_files(static_models / "light.pdiparams"), "click")
    for part, files in propagation_files(static_models / "propagation").items():
        check_files(files, part)


def test_any_file_of_a_model_finds_the_rest(static_models):
    by_file = propagation_files(static_models / "propagation" / "static_fusion.pdiparams")
    assert by_file == propagation_files(static_models / "propagation")
    assert by_file["attention"].parameters is None
    assert click_files(static_models / "light.pdmodel") == click_files(static_models / "light.pdiparams")


@pytest.mark.parametrize("lost", ["net.pdmodel", "net.pdiparams"])
def test_a_missing_partner_is_named(pair, lost):
    pair.program.with_name(lost).unlink()
    with pytest.raises(ModelError, match="missing") as caught:
        click_files(pair.program.with_name("net.pdiparams"))
    assert lost in caught.value.subject


def test_a_missing_part_of_a_propagation_folder_is_named(static_models, tmp_path):
    folder = shutil.copytree(static_models / "propagation", tmp_path / "copy", copy_function=shutil.copy)
    (folder / "static_propagation_memorize.pdiparams").unlink()
    with pytest.raises(ModelError, match="missing") as caught:
        propagation_files(folder / "static_fusion.pdiparams")
    assert "static_propagation_memorize.pdiparams" in caught.value.subject


def test_the_partner_of_another_model_is_refused(pair):
    pair.parameters.write_bytes(tensor_bytes((3,), (1.0, 2.0, 3.0)))
    with pytest.raises(ModelError, match=r"belong to another program than net\.pdmodel"):
        check_files(pair, "click")


@pytest.mark.parametrize("size", [1, 13, 24, 30])
def test_cut_off_parameters_are_refused(pair, size):
    whole = pair.parameters.read_bytes()
    assert size < len(whole)
    pair.parameters.write_bytes(whole[:size])
    with pytest.raises(ModelError, match=r"cut off|does not hold"):
        check_files(pair, "click")


def test_parameters_that_end_between_two_tensors_are_refused(pair):
    pair.program.write_bytes(program(*CLICK, variables=variable("a", (2,)) + variable("b", (1,))))
    with pytest.raises(ModelError, match="1 of 2 tensors"):
        check_files(pair, "click")


@pytest.mark.parametrize(
    "operation", ["save_combine", "load", "py_func", "print", "send_v2", "c_allreduce_sum"]
)
def test_operations_that_reach_outside_are_refused(pair, operation):
    pair.program.write_bytes(program("feed", "feed", operation, "fetch"))
    with pytest.raises(ModelError, match=f"not allowed: {operation}"):
        check_files(pair, "click")


def test_operations_hidden_in_an_inner_block_are_refused(pair):
    inner = field(1, field(4, field(3, "save")))
    pair.program.write_bytes(program(*CLICK, variables=variable("w", (2,))) + inner)
    with pytest.raises(ModelError, match="not allowed: save"):
        check_files(pair, "click")


def test_a_model_of_another_kind_is_refused_and_told_what_it_may_be(static_models):
    files = propagation_files(static_models / "propagation")
    with pytest.raises(ModelError, match="not a click model") as caught:
        check_files(files["segment"], "click")
    assert "the segmenting part" in caught.value.remedy


@given(st.binary(max_size=400))
def test_random_bytes_are_not_a_program(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("random") / "net.pdmodel"
    path.write_bytes(data)
    with pytest.raises(ModelError):
        check_files(ModelFiles(path, None), "click")


@given(st.binary(min_size=1, max_size=400))
def test_random_bytes_are_not_parameters(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("random") / "net.pdiparams"
    path.write_bytes(data)
    with pytest.raises(ModelError):
        list_tensors(path)


@given(st.data())
def test_a_damaged_program_is_read_or_refused_but_never_breaks(tmp_path_factory, data):
    whole = bytearray(program(*CLICK, variables=variable("w", (2, 3))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "net.pdmodel"
    path.write_bytes(bytes(whole))
    try:
        read_program(path)
    except ModelError as error:
        assert error.remedy


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"program": 3}', '{"program": {"regions": [{"blocks": [{"ops": [3]}]}]}}', "[" * 9999],
)
def test_json_that_is_not_a_program_is_refused(tmp_path, text):
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(ModelError):
        check_files(ModelFiles(path, None), "click")


def test_operations_of_a_json_program_are_checked_too(tmp_path):
    inner = {"#": "1.save", "regions": []}
    outer = {"#": "1.relu", "regions": [{"blocks": [{"ops": [inner]}]}]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"program": {"regions": [{"blocks": [{"ops": [outer]}]}]}}))
    with pytest.raises(ModelError, match=r"1\.save"):
        check_files(ModelFiles(path, None), "click")
