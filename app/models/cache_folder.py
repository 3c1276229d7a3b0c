"""The folder of what models compute once and use again."""

from pathlib import Path

import platformdirs


def default_cache() -> Path:
    """Return the user's folder of prepared models and, while the program runs, of encoded frames."""
    return Path(platformdirs.user_cache_dir("framewise")) / "models"
