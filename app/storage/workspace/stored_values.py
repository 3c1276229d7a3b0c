"""Comments, tiers and decisions in a journal, which may be open elsewhere."""

from pathlib import Path

from app.domain.comment import Comment, comments_from_wire
from app.domain.finding import PictureDecision, decisions_from_wire
from app.domain.tier import TierTable
from app.domain.tier_wire import table_from_wire
from app.storage.workspace import journal_tables, payloads
from app.storage.workspace.database import reading


def read_comments(journal: Path) -> tuple[Comment, ...]:
    """Return the comments of a journal. Raises WorkspaceError when it cannot be read."""
    return comments_from_wire(_read(journal, "comments"))


def read_tiers(journal: Path) -> TierTable:
    """Return the tiers of a journal. Raises WorkspaceError when it cannot be read."""
    return table_from_wire(_read(journal, "tiers"), _read(journal, "intervals"))


def read_decisions(journal: Path) -> tuple[PictureDecision, ...]:
    """Return what was decided about findings, oldest first. Raises WorkspaceError when it cannot be read."""
    return decisions_from_wire(_read(journal, "picture_decisions"))


def _read(journal: Path, key: str) -> object:
    with reading(journal) as db:
        db.create_function("row_crc", -1, journal_tables.row_crc, deterministic=True)
        (version,) = db.execute("PRAGMA user_version").fetchone()
        is_sound = journal_tables.META_IS_SOUND if version >= journal_tables.FIRST_CHECKED else "1"
        row = db.execute(f"SELECT value, {is_sound} FROM meta WHERE key = ?1", (key,)).fetchone()
        if row is not None and not row[1]:
            raise ValueError(f"its {key} are damaged")
        found: object = payloads.unpack_data(row[0]) if row is not None else None
        return found
