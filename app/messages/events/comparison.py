"""Comparing the work here with that of somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ComparisonRequested(Event):
    """Write a report on how well the work here agrees with that of other workspaces; it counts as an export."""

    other: str  #: a workspace, or a folder of workspaces
    folder: str  #: the report gets a folder of its own in it
    fingerprints: tuple[str, ...] = ()  #: of the sequences to compare; none for all that both have
