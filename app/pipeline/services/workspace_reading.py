"""Reading of a workspace that was opened."""

from dataclasses import replace

from app.domain.comment import comments_from_wire
from app.domain.cut_stop import stops_from_wire
from app.domain.finding import decisions_from_wire
from app.domain.tier_wire import table_from_wire
from app.imaging.picture_scale import calibrate
from app.messages.events import SequenceOpened
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.journal_values import request_from_wire, seen_from_wire, window_from_wire
from app.storage.volume.locked_lines import lines_from_wire
from app.storage.workspace.earlier_work import leave_out_strays


def read_workspace(sequence: ActiveSequence, said: tuple[str, ...] = ()) -> SequenceOpened:
    """Return what a workspace holds. said: warnings about its source and other journals."""
    sequence.workspace.describe(sequence.info, sequence.fingerprint, sequence.series)
    journal = sequence.workspace.journal
    found = leave_out_strays(journal.read(), sequence.info)
    warnings = dict.fromkeys((*sequence.info.warnings, *said, *found.damage))
    return SequenceOpened(
        replace(calibrate(sequence.info, journal.meta("pixel_size")), warnings=tuple(warnings)),
        labels=found.labels,
        objects=found.objects,
        cells=found.cells,
        history=found.history,
        undone=found.undone,
        frame=journal.meta("frame", 0),
        next_object=found.next_object,
        next_edit=found.next_edit,
        unfinished=request_from_wire(journal.meta("propagation")),
        window=window_from_wire(journal.meta("window")),
        seen=seen_from_wire(journal.meta("seen", b"")),
        lines=tuple(lines_from_wire(journal.meta("lines", [])).items()),
        comments=comments_from_wire(journal.meta("comments", [])),
        tiers=table_from_wire(journal.meta("tiers"), journal.meta("intervals")),
        selected=journal.meta("selected"),
        sign_offs=found.sign_offs,
        picture_decisions=decisions_from_wire(journal.meta("picture_decisions", [])),
        cut_stops=stops_from_wire(journal.meta("cut_stops")),
    )
