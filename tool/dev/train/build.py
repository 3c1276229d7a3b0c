# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Make the static Paddle graphs that ship from exported arrays: python -m tool.dev.train.build."""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models import default
from app.models.default.shipped_graphs import MANIFEST
from app.models.runtime.paddle_runtime import paddle
from tool.dev.train import network_layers

static = paddle.static
SHIPPED = Path(default.__file__).parent
STACK = "op_callstack"
Arrays = dict[str, NDArray[np.float32]]
Shape = tuple[int, ...]


def main() -> None:
    """Read weights.npz and write the graphs, or the way back."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path.home() / ".cache/framewise-train/weights.npz"
    parser.add_argument("weights", type=Path, nargs="?", default=default)
    parser.add_argument("--folder", type=Path, default=SHIPPED, help="where the graphs are")
    parser.add_argument("--back", action="store_true", help="write weights.npz from the graphs instead")
    options = parser.parse_args()
    if options.back:
        np.savez(options.weights, allow_pickle=False, **read_graphs(options.folder))
    else:
        build_graphs(dict(np.load(options.weights)), options.folder)


def build_graphs(arrays: Arrays, folder: Path) -> None:
    """Write <graph>.pdmodel and <graph>.pdiparams for coder, both decoders, value and reader, and the manifest."""
    paddle.enable_static()
    try:
        for name, (kind, prefix, inputs) in _graphs().items():
            mine = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
            _save(folder / name, kind, mine, inputs)
    finally:
        paddle.disable_static()
    write_manifest(folder)


def write_manifest(folder: Path) -> None:
    """List every file of the graphs with its SHA-256, by which loading knows damage."""
    files = sorted([*folder.glob("*.pdmodel"), *folder.glob("*.pdiparams")])
    sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    (folder / MANIFEST).write_text(json.dumps(sums, indent=1) + "\n")


def read_graphs(folder: Path) -> Arrays:
    """Return the arrays that build made the graphs of a folder from."""
    arrays: Arrays = {}
    paddle.enable_static()
    try:
        for name, (kind, prefix, _) in _graphs().items():
            arrays |= {prefix + key: value for key, value in _load(folder / name, kind).items()}
    finally:
        paddle.disable_static()
    return arrays


def _save(path: Path, kind: Any, arrays: Arrays, inputs: dict[str, Shape]) -> None:
    program, start = static.Program(), static.Program()
    with static.scope_guard(static.Scope()), static.program_guard(program, start):
        feeds = [static.data(name, shape, "float32") for name, shape in inputs.items()]
        layer = _layer(path, kind)
        answers = layer(*feeds)
        runner = static.Executor(paddle.CPUPlace())
        runner.run(start)
        for name, parameter in layer.named_parameters():
            variable = static.global_scope().find_var(parameter.name)
            variable.get_tensor().set(arrays[name], paddle.CPUPlace())
        outputs = list(answers) if isinstance(answers, tuple) else [answers]
        with warnings.catch_warnings():
            # The memory read has no parameter, which Paddle finds strange.
            warnings.filterwarnings("ignore", message="no variable in your model")
            static.save_inference_model(str(path), feeds, outputs, runner, program=program)
    _tidy(path.with_suffix(".pdmodel"))


def _tidy(path: Path) -> None:
    program = paddle.base.proto.framework_pb2.ProgramDesc.FromString(path.read_bytes())
    for block in program.blocks:
        for operation in block.ops:
            _forget_places(operation)
    path.write_bytes(program.SerializeToString(deterministic=True))


def _forget_places(operation: Any) -> None:
    """Paddle writes the call stack of an operation into a program, and with it folders of this machine."""
    _replace(operation.attrs, [item for item in operation.attrs if item.name != STACK])


def _replace(items: Any, kept: Sequence[Any]) -> None:
    copies = [type(item).FromString(item.SerializeToString()) for item in kept]
    del items[:]
    items.extend(copies)


def _load(path: Path, kind: Any) -> Arrays:
    if not path.with_suffix(".pdiparams").exists():
        return {}
    with static.scope_guard(static.Scope()), static.program_guard(static.Program(), static.Program()):
        layer = _layer(path, kind)
        static.load_inference_model(str(path), static.Executor(paddle.CPUPlace()))
        scope = static.global_scope()
        return {
            name: np.array(scope.find_var(parameter.name).get_tensor())
            for name, parameter in layer.named_parameters()
        }


def _layer(path: Path, kind: Any) -> Any:
    # Parameters are named after the graph and their place in it, so that read finds what build wrote.
    with paddle.utils.unique_name.guard(f"{path.name}_"):
        return kind()


def _graphs() -> dict[str, tuple[Any, str, dict[str, Any]]]:
    """Per graph: its layer, the prefix of its arrays, the shapes of its inputs."""
    c16 = network_layers.WIDTHS[2]
    features = {f"f{s}": _map(1, c) for s, c in zip((4, 8, 16, 32), network_layers.WIDTHS, strict=True)}
    hints = {"hints": _map(-1, network_layers.HINTS), "likeness": _map(-1, 2), "memory": _map(-1, c16)}
    pairs = {"query": (1, network_layers.KEY, -1), "keys": (1, network_layers.KEY, -1), "values": (1, -1, -1)}
    return {
        "coder": (network_layers.EncoderGraph, "", {"image": _map(1, 3)}),
        "decoder": (network_layers.MaskDecoder, "decoder.", features | hints),
        "value": (network_layers.ValueEncoder, "value.", {"feature": _map(1, c16), "masks": _map(-1, 2)}),
        "reader": (network_layers.MemoryReadLayer, "reader.", pairs),
        "propagation_decoder": (network_layers.MaskDecoder, "propagation_decoder.", features | hints),
    }


def _map(count: int, channels: int) -> Shape:
    return (count, channels, -1, -1)


if __name__ == "__main__":
    main()
