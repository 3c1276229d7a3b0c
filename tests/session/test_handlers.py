from __future__ import annotations

from typing import get_type_hints

from app.messages import events as ev
from app.messages.orders import Order
from app.session.handlers import HANDLERS


def test_every_event_has_a_handler_that_returns_orders() -> None:
    exported = (kind for kind in vars(ev).values() if isinstance(kind, type) and issubclass(kind, ev.Event))
    assert {kind for kind in exported if kind is not ev.Event} == HANDLERS.keys()
    for handler in HANDLERS.values():
        assert get_type_hints(handler)["return"] == list[Order]
