"""Which Paddle is installed."""

from __future__ import annotations

from importlib import metadata

from app.domain.errors import ModelError


def paddle_version() -> str:
    """The installed Paddle's version, without the seconds that importing it takes. Raises ModelError."""
    for package in ("paddlepaddle-gpu", "paddlepaddle"):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    raise ModelError("Paddle is not installed.", remedy="Install what requirements.txt lists.")
