"""The pure state machine: events in, orders out. Only the Pipeline calls it, on its thread."""

from app.session.core import Session

__all__ = ["Session"]
