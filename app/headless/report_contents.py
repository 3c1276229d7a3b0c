"""The comparisons that a report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.headless.comparison import SequenceComparison
from app.headless.comparison_run import FailedComparison


@dataclass(frozen=True, slots=True)
class ReportContents:
    """Comparisons by what was compared; empty ones have no section."""

    works: Sequence[SequenceComparison] = ()  #: of two works on the same sequences
    repeats: Sequence[SequenceComparison] = ()  #: of first readings with repeat readings
    left_out: Sequence[FailedComparison] = ()  #: what could not be compared
    #: of results with what models proposed, by the title of its section
    proposals: Mapping[str, Sequence[SequenceComparison]] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Sequence[SequenceComparison]]:
        """All comparisons by the word that stands for them in a table."""
        proposed = [one for compared in self.proposals.values() for one in compared]
        return {"works": self.works, "repeat": self.repeats, "proposal": proposed}
