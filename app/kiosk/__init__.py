"""The kiosk: puts views and pipeline together and runs the window. `run` is called by main on the main thread."""

from app.kiosk.launch import run

__all__ = ["run"]
