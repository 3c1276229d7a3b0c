"""Intervals of the drop folder's watcher."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals in seconds, chosen by hand: shorter reacts sooner, longer spares slow disks and network shares."""

    tick: float = 0.25  #: between scans of what is arriving
    poll: float = 2.0  #: between scans of a folder that sends no events or is not there
    rescan: float = 15.0  #: between full scans without any event, since events get lost
    silence: float = 10.0  #: until a folder that does not answer is reported
    publish: float = 0.1  #: between two snapshots
    save: float = 0.5  #: between two writes of the worklist
    save_again: float = 2.0  #: after a write that failed
    retry: float = 60.0  #: until a source that failed for lack of space is probed again
    probes: int = 1  #: probes at the same time
