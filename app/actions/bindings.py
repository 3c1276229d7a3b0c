"""The functions of the views behind the actions that post no events."""

from collections.abc import Callable, Mapping

from app.actions.action import Action

Command = Callable[[], object]


class Bindings:
    """The commands by action id. Every mistake in binding them raises ValueError while the program starts."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self._actions = actions
        self._commands: dict[str, Command] = {}
        self._releases: dict[str, Command] = {}

    def bind(self, commands: Mapping[str, Command], releases: Mapping[str, Command] | None = None) -> None:
        """Take the functions of some commands. releases: what ends with a held key."""
        self._refuse("bound twice", self._commands.keys() & commands.keys())
        self._refuse("no command", commands.keys() - {a.id for a in self._actions.values() if a.is_command})
        self._commands.update(commands)
        self._releases.update(releases or {})
        self._refuse("not held", self._releases.keys() - {a.id for a in self._actions.values() if a.held})

    def check_complete(self) -> None:
        """Raise ValueError naming the commands without a function."""
        commands = [action for action in self._actions.values() if action.is_command]
        self._refuse("not bound", {action.id for action in commands} - self._commands.keys())
        self._refuse(
            "not released", {action.id for action in commands if action.held} - self._releases.keys()
        )

    def run_command(self, identity: str) -> None:
        """Carry out a command."""
        self._commands[identity]()

    def release_command(self, identity: str) -> None:
        """End what a held key has begun."""
        self._releases[identity]()

    @staticmethod
    def _refuse(fault: str, identities: set[str]) -> None:
        if identities:
            raise ValueError(f"actions {fault}: {', '.join(sorted(identities))}")
