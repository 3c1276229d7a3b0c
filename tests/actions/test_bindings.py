"""A command nobody carries out, or a function for what is no command, stops the program from starting."""

from __future__ import annotations

import pytest

from app.actions.bindings import Bindings, Command
from app.actions.registry import registry


def commands() -> dict[str, Command]:
    """A function for every command of the program."""
    return {action.id: lambda: None for action in registry().values() if action.is_command}


def releases() -> dict[str, Command]:
    return {action.id: lambda: None for action in registry().values() if action.held}


def test_bindings_that_are_complete_run_what_was_bound() -> None:
    done: list[str] = []
    bindings = Bindings(registry())
    bindings.bind({**commands(), "app.leave": lambda: done.append("press")})
    bindings.bind({}, {**releases(), "app.leave": lambda: done.append("release")})
    bindings.check_complete()
    bindings.run_command("app.leave")
    bindings.release_command("app.leave")
    assert done == ["press", "release"]


@pytest.mark.parametrize("identity", ["file.open", "view.fit", "app.leave"])
def test_a_command_that_nothing_carries_out_is_named(identity: str) -> None:
    bindings = Bindings(registry())
    bindings.bind({name: act for name, act in commands().items() if name != identity}, releases())
    with pytest.raises(ValueError, match=identity):
        bindings.check_complete()


def test_a_held_command_without_a_function_for_its_release_is_named() -> None:
    bindings = Bindings(registry())
    bindings.bind(commands())
    with pytest.raises(ValueError, match="app.leave, overlay.hide"):
        bindings.check_complete()


@pytest.mark.parametrize("identity", ["file.opne", "frame.next"])
def test_a_function_for_what_is_no_command_is_refused(identity: str) -> None:
    with pytest.raises(ValueError, match=identity):
        Bindings(registry()).bind({identity: lambda: None})


def test_a_command_is_bound_once() -> None:
    bindings = Bindings(registry())
    bindings.bind({"file.open": lambda: None})
    with pytest.raises(ValueError, match="file.open"):
        bindings.bind({"file.open": lambda: None})


def test_only_a_held_command_has_a_function_for_its_release() -> None:
    with pytest.raises(ValueError, match="file.open"):
        Bindings(registry()).bind(commands(), {"file.open": lambda: None})
