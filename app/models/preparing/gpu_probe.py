"""The process that runs a network on a GPU to see whether one does: python -m app.models.preparing.gpu_probe INDEX."""

from __future__ import annotations

import json
import os
import sys

import numpy as np

from app.domain.errors import ModelError
from app.models.default.shipped_graphs import load_graph
from app.models.runtime.device import Device

# Pixels; the smallest picture that every stage of the network can halve.
_SIDE = 64


def main() -> None:
    """Run a network of the default model on a GPU and print what went wrong, as a JSON string."""
    # Paddle prints to the standard output; the answer keeps it to itself.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    fault = ""
    try:
        load_graph("coder", Device("gpu", int(sys.argv[1])))(np.zeros((1, 3, _SIDE, _SIDE), np.float32))
    except ModelError as error:
        fault = error.what
    print(json.dumps(fault), file=output, flush=True)


if __name__ == "__main__":
    main()
