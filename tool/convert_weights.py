"""Convert public PyTorch checkpoints to static Paddle models that EISeg and this program load.

One checkpoint of RITM (HRNet18, HRNet18s) becomes a click model; the two of MiVOS (propagation_model.pth
and fusion.pth, in any order) become a propagation folder. PyTorch is not needed, and no code that a
checkpoint may contain is run.

examples:
  convert_weights.py coco_lvis_h18s_itermask.pth -o models/light
  convert_weights.py propagation_model.pth fusion.pth -o models/propagation
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.domain.errors import ModelError
from tool.conversion.checkpoint import State, read_checkpoint
from tool.conversion.checkpoint_kind import checkpoint_kind
from tool.conversion.nets.space_time_memory import TOP_K
from tool.conversion.static_export import export_click, export_propagation
from tool.terminal import Progress, run_tool


def main() -> int:
    """Convert the checkpoints that the arguments name."""
    words = _arguments()
    return run_tool(lambda: convert(words.checkpoints, words.output, words.top_k or None))


def convert(checkpoints: list[Path], output: Path, top_k: int | None = TOP_K) -> None:
    """Write the static models; raises ModelError when the checkpoints are not what they should be."""
    found = {}
    for path in checkpoints:
        state = read_checkpoint(path, Progress(path.name))
        found[_named(path, state)] = state
    kinds = set(found)
    if kinds == {"propagation", "fusion"}:
        print(f"writing the propagation models to {output}", file=sys.stderr)
        export_propagation(found["propagation"], found["fusion"], output, top_k)
    elif len(kinds) == 1 and not kinds & {"propagation", "fusion"}:
        (kind,) = kinds
        print(f"writing the click model {kind} to {output}.pdmodel", file=sys.stderr)
        export_click(kind, found[kind], output)
    else:
        raise ModelError(
            f"These checkpoints make no model together: {', '.join(sorted(kinds))}.",
            remedy="Give one click model, or MiVOS's propagation and fusion.",
        )
    print(output)


def _named(path: Path, state: State) -> str:
    try:
        return checkpoint_kind(state)
    except ModelError as error:
        raise ModelError(error.what, subject=path, remedy=error.remedy) from error


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoints", nargs="+", type=Path, help="one .pth of RITM, or two of MiVOS")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="click model: its path without suffix; else a folder"
    )
    parser.add_argument(
        "--top-k",
        type=int,
        default=TOP_K,
        help="memory positions that are read, 0 for all; default %(default)s",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
