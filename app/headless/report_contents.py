"""The comparisons that a report is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.headless.comparison import SequenceComparison
from app.headless.comparison_run import FailedComparison
from app.headless.stored_frames import ReadableSequence


@dataclass(frozen=True, slots=True)
class ReportContents:
    """Comparisons by what was compared; empty ones have no section."""

    works: Sequence[SequenceComparison] = ()  #: of two works on the same sequences
    repeats: Sequence[SequenceComparison] = ()  #: of first readings with repeat readings
    left_out: Sequence[FailedComparison] = ()  #: what could not be compared
    only_first: Sequence[ReadableSequence] = ()  #: what one of two works alone has
    only_second: Sequence[ReadableSequence] = ()
    #: of results with what models proposed, by the title of its section
    proposals: Mapping[str, Sequence[SequenceComparison]] = field(default_factory=dict)

    @property
    def unpaired(self) -> dict[str, Sequence[ReadableSequence]]:
        """Sequences that one of two works alone has, by words for it; nothing where there are none."""
        both = {"Only the first has": self.only_first, "Only the second has": self.only_second}
        return {title: some for title, some in both.items() if some}

    @property
    def parts(self) -> dict[str, Sequence[SequenceComparison]]:
        """All comparisons by the word that stands for them in a table."""
        proposed = [one for compared in self.proposals.values() for one in compared]
        return {"works": self.works, "repeat": self.repeats, "proposal": proposed}
