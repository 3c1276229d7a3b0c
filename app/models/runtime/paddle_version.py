"""Version of the installed Paddle."""

from importlib import metadata

from app.domain.errors import ModelError


def paddle_version() -> str:
    """Return the installed Paddle's version without importing it, which takes seconds. Raises ModelError."""
    for package in ("paddlepaddle-gpu", "paddlepaddle"):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    raise ModelError("Paddle is not installed.", remedy="Install what requirements.txt lists.")
