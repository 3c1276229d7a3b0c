"""Write a network as a static Paddle model in EISeg's layout.

Without --weights the parameters are random, which is enough to try the program without a download.
Paddle 3.2 and newer cannot write such models any more; they run them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.domain.errors import ModelError
from tool.conversion.nets.fusion import FusionNetwork
from tool.conversion.nets.space_time_memory import TOP_K, PropagationNetwork
from tool.conversion.static_export import CLICK_NETWORKS, export_click, export_propagation
from tool.terminal import run_tool

State = dict[str, NDArray[np.float32]]
PROPAGATION = "propagation"


def main() -> int:
    """Export the network that the arguments name."""
    words = _arguments()
    return run_tool(lambda: _export(words))


def _export(words: argparse.Namespace) -> None:
    top_k = words.top_k or None
    if words.network == PROPAGATION:
        state = _find_state(words.weights, PropagationNetwork, words.seed)
        export_propagation(state, _find_state(words.fusion, FusionNetwork, words.seed), words.output, top_k)
    else:
        state = _find_state(words.weights, CLICK_NETWORKS[words.network], words.seed)
        export_click(words.network, state, words.output)
    print(words.output)


def _find_state(weights: Path | None, make: Any, seed: int) -> State:
    if weights is None:
        return random_state(make(), seed)
    try:
        with open(weights, "rb") as raw, np.lib.npyio.NpzFile(raw, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, BadZipFile) as error:
        raise ModelError(
            "These weights cannot be read.", subject=weights, remedy="Give an .npz file of arrays by name."
        ) from error


def random_state(network: Any, seed: int) -> State:
    """Return parameters that keep the signal's size from layer to layer, the same for the same seed."""
    random = np.random.default_rng(seed)
    return {name: _values(name, tuple(value.shape), random) for name, value in network.state_dict().items()}


def _values(name: str, shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float32]:
    leaf = name.rpartition(".")[2]
    if len(shape) > 1:
        deviation = np.sqrt(1 / np.prod(shape[1:]))
        return np.asarray(deviation * random.standard_normal(shape), np.float32)
    ones = leaf in ("weight", "_variance", "_weight", "scale")
    return np.full(shape, 1.0 if ones else 0.0, np.float32)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", choices=[*CLICK_NETWORKS, PROPAGATION])
    parser.add_argument(
        "output", type=Path, help="click model: its path without suffix; propagation: a folder"
    )
    parser.add_argument("--weights", type=Path, help=".npz of parameters by the checkpoint's names")
    parser.add_argument("--fusion", type=Path, help=".npz of the fusion network, for propagation")
    parser.add_argument("--seed", type=int, default=0, help="of random weights")
    parser.add_argument(
        "--top-k",
        type=int,
        default=TOP_K,
        help="memory positions that are read, 0 for all; default %(default)s",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
