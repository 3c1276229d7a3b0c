"""Writes networks as static Paddle models in the layout that EISeg loads."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError
from app.files.atomic_file import move_files
from app.files.atomic_folder import temporary_folder
from app.models.runtime.paddle_runtime import paddle
from app.models.runtime.paddle_version import paddle_version
from tool.conversion.nets.edgeflow import EdgeFlow
from tool.conversion.nets.fusion import FusionNetwork
from tool.conversion.nets.memory_read import transfer_change
from tool.conversion.nets.ritm import build_hrnet18, build_hrnet18s
from tool.conversion.nets.space_time_memory import KEY, TOP_K, VALUE, PropagationNetwork

State = Mapping[str, NDArray[np.float32]]
Input = tuple[str, tuple[int, ...]]

CLICK_NETWORKS: Mapping[str, Callable[[], Any]] = {
    "hrnet18": build_hrnet18,
    "hrnet18s": build_hrnet18s,
    "edgeflow": EdgeFlow,
}
CLICK_INPUTS: Sequence[Input] = (("image", (-1, 3, -1, -1)), ("coords", (-1, 3, -1, -1)))
_FRAME: Input = ("frame", (1, 3, -1, -1))
_QUERY: Input = ("query_key", (1, KEY, -1, -1))
_CANONICAL_LEAVES = {"_mean": "running_mean", "_variance": "running_var", "_weight": "weight"}
_TORCH_ONLY = "num_batches_tracked"
_LAST_WRITER = (3, 1)  # The last Paddle that writes operations as EISeg reads them; newer ones run its files.


@dataclass(frozen=True, slots=True)
class Graph:
    """One static model to be written."""

    name: str
    make: Callable[[], Any]  #: returns the network
    call: Callable[[Any], Callable[..., Any]]  #: returns the function of a network to export
    inputs: Sequence[Input]


def export_click(architecture: str, state: State, base: Path) -> None:
    """Write base.pdmodel and base.pdiparams of a click network ("hrnet18", "hrnet18s" or "edgeflow").

    state: parameters by the names of the public checkpoints. Raises ModelError when they do not fit.
    """
    graph = Graph(base.name, CLICK_NETWORKS[architecture], lambda net: net, CLICK_INPUTS)
    with temporary_folder(base.parent) as draft:
        write_graph(graph, state, draft / base.name)
        move_files(sorted(draft.iterdir()), base.parent)


def export_propagation(state: State, fusion: State, folder: Path, top_k: int | None = TOP_K) -> None:
    """Write the four propagation models under EISeg's names.

    top_k: memory positions that a query position reads, None for all.
    Raises ModelError when the parameters do not fit.
    """
    with temporary_folder(folder) as draft:
        for graph, parameters in propagation_graphs(state, fusion, top_k):
            write_graph(graph, parameters, draft / graph.name)
        move_files(sorted(draft.iterdir()), folder)


def propagation_graphs(state: State, fusion: State, top_k: int | None) -> list[tuple[Graph, State]]:
    """Return the four graphs of EISeg's propagation folder with their parameters."""

    def make() -> Any:
        return PropagationNetwork(top_k)

    memory = (("keys", (-1, KEY, -1, -1, -1)), ("values", (-1, VALUE, -1, -1, -1)))
    memory_key = ("memory_key", (1, KEY, 1, -1, -1))
    changes = (("positive", (1, 1, -1, -1)), ("negative", (1, 1, -1, -1)))
    two_masks = (("earlier", (1, 1, -1, -1)), ("newer", (1, 1, -1, -1)))
    masks = ("masks", (-1, 1, -1, -1))
    late = (("attention", (1, 2, -1, -1)), ("time", (1, 2)))
    prefix = "static_propagation_"
    return [
        (Graph(prefix + "memorize", make, lambda net: net.memorize, (_FRAME, masks)), state),
        (Graph(prefix + "segment", make, lambda net: net.segment, (_FRAME, *memory)), state),
        (
            Graph(
                prefix + "attention",
                paddle.nn.Identity,
                lambda _: transfer_change,
                (memory_key, _QUERY, *changes),
            ),
            {},
        ),
        (Graph("static_fusion", FusionNetwork, lambda net: net, (_FRAME, *two_masks, *late)), fusion),
    ]


def write_graph(graph: Graph, state: State, base: Path) -> None:
    """Write one static model as base.pdmodel and, if it has parameters, base.pdiparams.

    Raises ModelError when the parameters do not fit, or Paddle is too new to write it.
    """
    _check_writer(paddle_version())
    static = paddle.static
    place = paddle.CPUPlace()
    with _static_mode() as main:
        network = graph.make()
        network.eval()
        inputs = [static.data(name, shape, "float32") for name, shape in graph.inputs]
        outputs = graph.call(network)(*inputs)
        # The program that would initialise the parameters is never run.
        for name, value in _named_for(network, state).items():
            static.global_scope().var(name).get_tensor().set(value, place)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        static.save_inference_model(str(base), inputs, outputs, static.Executor(place), program=main)


@contextmanager
def _static_mode() -> Iterator[Any]:
    """Switch to static mode with a program and scope of its own."""
    was_dynamic = paddle.in_dynamic_mode()
    paddle.enable_static()
    try:
        main = paddle.static.Program()
        with (
            warnings.catch_warnings(),
            paddle.static.scope_guard(paddle.static.Scope()),
            paddle.static.program_guard(main, paddle.static.Program()),
            paddle.utils.unique_name.guard(),
        ):
            # Paddle warns its own layers of what it has deprecated itself.
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", message="The Attr.force_cpu.")
            warnings.filterwarnings("ignore", message="no variable in your model")
            warnings.filterwarnings("ignore", message="Tensor do not have 'place' interface")
            yield main
    finally:
        if was_dynamic:
            paddle.disable_static()


def _check_writer(version: str) -> None:
    if tuple(int(number) for number in version.split(".")[:2]) > _LAST_WRITER:
        raise ModelError(
            f"Paddle {version} cannot write models as EISeg reads them any more.",
            remedy="Write them with the Paddle that requirements.txt names; newer ones run them too.",
        )


def _named_for(network: Any, state: State) -> dict[str, NDArray[np.float32]]:
    """Return the parameters by their names in the program."""
    given = {canonical_name(name): value for name, value in state.items() if not name.endswith(_TORCH_ONLY)}
    needed = {canonical_name(name): parameter for name, parameter in network.state_dict().items()}
    _check_fit({name: tuple(parameter.shape) for name, parameter in needed.items()}, given)
    return {needed[name].name: np.ascontiguousarray(given[name], np.float32) for name in needed}


def _check_fit(needed: Mapping[str, tuple[int, ...]], given: State) -> None:
    for name, shape in needed.items():
        if name not in given:
            raise _misfit("A parameter is missing.", name)
        if given[name].shape != shape:
            raise _misfit(f"A parameter has the shape {given[name].shape} instead of {shape}.", name)


def _misfit(what: str, name: str) -> ModelError:
    return ModelError(what, subject=name, remedy="Choose the architecture that the checkpoint was made for.")


def canonical_name(name: str) -> str:
    """Return PyTorch's name of a parameter; Paddle has other endings for three."""
    head, dot, leaf = name.rpartition(".")
    return head + dot + _CANONICAL_LEAVES.get(leaf, leaf)
