"""Messages of the commands to the program that started them: a line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress


def print_message(message: Mapping[str, object]) -> None:
    """Print a message at once. Where the program that asked is gone, nothing is left to say."""
    with suppress(BrokenPipeError):
        print(json.dumps(message), flush=True)  # noqa: T201 - this is what was asked for
