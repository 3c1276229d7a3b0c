"""How often the drop folder is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds, but for probes.

    tick: between looks at what is arriving. poll: between looks at a folder that gives no events, or is not
    there. rescan: between looks at everything though no event came, for events get lost.
    silence: after which a folder that does not answer is called so. publish: between two snapshots.
    save: between two writes of the list; save_again: after one that failed.
    retry: until a source that failed for want of space is tried again. probes: checked at the same time.
    """

    tick: float = 0.25
    poll: float = 2.0
    rescan: float = 15.0
    silence: float = 10.0
    publish: float = 0.1
    save: float = 0.5
    save_again: float = 2.0
    retry: float = 60.0
    probes: int = 1
