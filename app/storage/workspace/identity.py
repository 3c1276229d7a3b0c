"""Identity of a sequence: a hash of its source's content, and the series."""

from hashlib import sha256
from pathlib import Path

from app.storage.workspace.fingerprint import Samples, fingerprint_of, sample_files


def sequence_identity(source: Path, series: str | None = None) -> str:
    """Return hexadecimal digits that name a sequence wherever its source lies.

    series: which series of a DICOM folder; two series of one folder are two sequences.
    Raises SequenceError when the source cannot be read.
    """
    return identity_of(sample_files(source), series)


def identity_of(samples: Samples, series: str | None) -> str:
    """Return the identity of a source whose files were sampled."""
    whole = fingerprint_of(samples)
    return whole if series is None else sha256(f"{whole} {series}".encode()).hexdigest()
