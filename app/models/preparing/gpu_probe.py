"""Process that tries to run a network on a GPU: python -m app.models.preparing.gpu_probe INDEX PARENT."""

import json
import os
import sys

import numpy as np

from app.domain.errors import ModelError
from app.files.parent_process import end_with_parent
from app.models.default.shipped_graphs import load_graph
from app.models.runtime.device import Device

_SIDE = 64  # Pixels; small, and a multiple of the network's coarsest stride of 32.


def main() -> None:
    """Run a network of the default model on a GPU and print the fault, empty if none, as a JSON string."""
    end_with_parent(int(sys.argv[2]))
    # Paddle prints to the standard output, which must hold the answer alone.
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
