"""Finds the files of static models in EISeg's layout, and checks them before Paddle reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.domain.errors import ModelError
from app.models.formats.allowed_ops import find_forbidden
from app.models.formats.parameter_file import list_tensors
from app.models.formats.program_file import Program, read_program

Use = Literal["click", "propagation"]
PARAMETERS = ".pdiparams"
PROGRAMS = (".pdmodel", ".json")
# EISeg's fixed names of the four models in a propagation folder.
PROPAGATION_PARTS: Mapping[str, str] = {
    "memorize": "static_propagation_memorize",
    "segment": "static_propagation_segment",
    "attention": "static_propagation_attention",
    "fusion": "static_fusion",
}


@dataclass(frozen=True, slots=True)
class ModelContract:
    """Inputs and outputs of a kind of model; EISeg goes by position, so the counts identify the kind."""

    words: str  #: name in messages
    inputs: int
    outputs: range
    has_parameters: bool = True


CONTRACTS: Mapping[str, ModelContract] = {
    "click": ModelContract("a click model", 2, range(1, 100)),
    "memorize": ModelContract("the memorising part of a propagation model", 2, range(2, 3)),
    "segment": ModelContract("the segmenting part of a propagation model", 3, range(2, 3)),
    "attention": ModelContract(
        "the attention part of a propagation model", 4, range(1, 2), has_parameters=False
    ),
    "fusion": ModelContract("the fusion part of a propagation model", 5, range(1, 2)),
}


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """One static model. parameters: None for a model that has none."""

    program: Path
    parameters: Path | None


def use_of(path: Path) -> Use:
    """Return the use of a file or folder, by its name."""
    names = tuple(PROPAGATION_PARTS.values())
    if path.is_dir():
        return "propagation" if any(_program(path / name) for name in names) else "click"
    return "propagation" if path.stem in names else "click"


def click_files(path: Path) -> ModelFiles:
    """Return the files of the click model of a file, or of a folder with no other.

    Raises ModelError when it or its partner is missing.
    """
    if path.is_dir():
        found = [file for file in sorted(path.glob(f"*{PARAMETERS}")) if use_of(file) == "click"]
        if len(found) != 1:
            raise ModelError(
                f"The folder holds {len(found)} click models instead of one.",
                subject=path,
                remedy=f"Choose the {PARAMETERS} file itself.",
            )
        path = found[0]
    return _pair(path.with_suffix(""), has_parameters=True)


def propagation_files(path: Path) -> dict[str, ModelFiles]:
    """Return the four models beside the chosen file, or in the chosen folder, by part.

    Raises ModelError when one of them is missing.
    """
    folder = path if path.is_dir() else path.parent
    return {
        part: _pair(folder / name, CONTRACTS[part].has_parameters) for part, name in PROPAGATION_PARTS.items()
    }


def check_files(files: ModelFiles, part: str) -> Program:
    """Check that the files are complete, belong together, are harmless and of the kind of a part.

    part: a key of CONTRACTS. Nothing in the files is run. Raises ModelError.
    """
    program = read_program(files.program)
    _check_operations(program, files.program)
    _check_contract(program, files.program, CONTRACTS[part])
    if files.parameters is not None:
        _check_parameters(program, files.program, files.parameters)
    return program


def _pair(base: Path, has_parameters: bool) -> ModelFiles:
    program = _program(base)
    if program is None:
        raise _missing_file(base.with_name(base.name + PROGRAMS[0]))
    parameters = base.with_name(base.name + PARAMETERS)
    if parameters.is_file():
        return ModelFiles(program, parameters)
    if has_parameters:
        raise _missing_file(parameters)
    return ModelFiles(program, None)


def _program(base: Path) -> Path | None:
    candidates = (base.with_name(base.name + suffix) for suffix in PROGRAMS)
    return next((path for path in candidates if path.is_file()), None)


def _missing_file(path: Path) -> ModelError:
    return ModelError(
        "This file of the model is missing.",
        subject=path,
        remedy=f"Put it beside the {PARAMETERS} file that was chosen.",
    )


def _check_operations(program: Program, path: Path) -> None:
    bad = find_forbidden(set(program.operations))
    if bad:
        raise ModelError(
            f"The model contains operations that are not allowed: {', '.join(bad[:5])}.",
            subject=path,
            remedy="Use a model from a source that you trust.",
        )


def _check_contract(program: Program, path: Path, contract: ModelContract) -> None:
    if program.inputs == contract.inputs and program.outputs in contract.outputs:
        return
    kinds = [c.words for c in CONTRACTS.values() if c.inputs == program.inputs]
    what = f"This is not {contract.words}: it has {program.inputs} inputs and {program.outputs} outputs."
    hint = f"It may be {' or '.join(kinds)}; choose it there." if kinds else "Choose another file."
    raise ModelError(what, subject=path, remedy=hint)


def _check_parameters(program: Program, path: Path, parameters: Path) -> None:
    shapes = [tensor.shape for tensor in list_tensors(parameters)]
    expected = [program.parameters[name] for name in sorted(program.parameters)]
    if shapes == expected:
        return
    if shapes == expected[: len(shapes)]:
        raise ModelError(
            f"The parameters are cut off: {len(shapes)} of {len(expected)} tensors are there.",
            subject=parameters,
            remedy="Copy or download the file again.",
        )
    raise ModelError(
        f"The parameters belong to another program than {path.name}.",
        subject=parameters,
        remedy="Put the two files of one model together again.",
    )
