"""The pure state machine: events in, orders out."""

from app.session.core import Session

__all__ = ["Session"]
