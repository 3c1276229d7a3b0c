"""Comparing the work here with that of somebody else."""

from dataclasses import dataclass

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ComparisonRequested(Event):
    """Write a report on how well the work here agrees with another one; it counts as an export."""

    other: str  #: a workspace, a folder of workspaces, or masks; "" for repeat readings and proposals in the work here
    folder: str  #: the report gets a folder of its own in it
    fingerprints: tuple[str, ...] = ()  #: of the sequences to compare; none for all that both have
