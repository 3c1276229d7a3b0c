"""Addresses of DICOM nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.errors import UsageError

# AE titles: 1 to 16 characters without backslash and control characters (PS3.5 table 6.2-1).
_NODE = re.compile(
    r"(?P<title>[!-\[\]-~][ -\[\]-~]{0,15})@(?P<host>\[[0-9a-fA-F:.]+\]|[^@\s:\[\]]+):(?P<port>\d{1,5})"
)
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class DicomNode:
    """One application entity: its title and where it listens."""

    title: str  #: AE title, 1 to 16 characters
    host: str  #: name or address; IPv6 without brackets
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.title}@{host}:{self.port}"


def parse_node(text: str) -> DicomNode:
    """Read a node such as PACS@10.0.0.9:104. Raises UsageError."""
    found = _NODE.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) <= _LAST_PORT:
        raise UsageError(
            "This is no DICOM node.",
            subject=text,
            remedy="Write AE title, host and port, such as PACS@10.0.0.9:104.",
        )
    return DicomNode(found["title"].strip(), found["host"].strip("[]"), int(found["port"]))
