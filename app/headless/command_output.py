"""Messages of the commands to the program that started them: a line of JSON each."""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress


def print_message(message: Mapping[str, object]) -> None:
    """Print a message at once. Where the program that asked is gone, nothing is left to say."""
    with suppress(BrokenPipeError):
        print(json.dumps(message), flush=True)  # noqa: T201 - this is what was asked for


def print_error(error: Exception, *, as_json: bool) -> None:
    """Print what kept a command from its work: a message, or a line of standard error for the shell."""
    if as_json:
        print_message({"error": str(error)})
    else:
        print(error, file=sys.stderr)  # noqa: T201 - the shell's way to say it
