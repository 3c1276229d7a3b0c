"""What happens when in the sequences of a data set, as one table."""

from itertools import chain
from pathlib import Path
from typing import Final

from app.domain.annotation import SequenceInfo
from app.domain.tier import TierTable
from app.storage.exporters.csv_table import write_csv
from app.storage.exporters.interval_export import HEADER, Cell, interval_row, safe_row

INTERVALS: Final = "intervals.csv"


class IntervalTable:
    """Rows of intervals by the name of their sequence, since some formats go through the sequences twice."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Cell, ...]]] = {}

    def add(self, name: str, info: SequenceInfo, table: TierTable) -> None:
        """Add the intervals of a sequence. name: with which its files begin."""
        self._rows[name] = [(name, *interval_row(info, table, interval)) for interval in table.intervals]

    def write(self, path: Path) -> None:
        """Write the table; nothing where no sequence has an interval."""
        rows = [safe_row(row) for row in chain.from_iterable(self._rows.values())]
        if rows:
            write_csv(path, ("sequence", *HEADER), rows)
