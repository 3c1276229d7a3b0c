"""Addresses of DICOM nodes."""

import re
from dataclasses import dataclass

from app.domain.errors import UsageError

# AE titles: 1 to 16 characters without backslash and control characters (PS3.5 table 6.2-1).
_TITLE = r"[!-\[\]-~][ -\[\]-~]{0,15}"
_NODE = re.compile(rf"(?P<title>{_TITLE})@(?P<host>\[[0-9a-fA-F:.]+\]|[^@\s:\[\]]+):(?P<port>\d{{1,5}})")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class DicomNode:
    """One application entity: its title and where it listens."""

    title: str  #: AE title, 1 to 16 characters
    host: str  #: name or address; IPv6 without brackets
    port: int  #: 0 for any free one where we listen

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.title}@{host}:{self.port}"


def parse_node(text: str) -> DicomNode:
    """Read a node such as PACS@10.0.0.9:104. Raises UsageError."""
    found = _NODE.fullmatch(text.strip())
    if found is None or int(found["port"]) > _LAST_PORT:
        raise UsageError(
            "This is no DICOM node.",
            subject=text,
            remedy="Write AE title, host and port, such as PACS@10.0.0.9:104.",
        )
    return DicomNode(found["title"].strip(), found["host"].strip("[]"), int(found["port"]))


def check_title(text: str) -> str:
    """Return an AE title without blanks around it. Raises UsageError."""
    if re.fullmatch(_TITLE, text.strip()) is None:
        raise UsageError(
            "This is no AE title.", subject=text, remedy="It has 1 to 16 characters and no backslash."
        )
    return text.strip()
