"""Base class of the services, and the table of the orders that they carry out. Used on the event loop's thread."""

import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar, cast

from app.messages.orders import Order
from app.messages.snapshot import Snapshot
from app.pipeline.services.active_sequence import ActiveSequence

OrderT = TypeVar("OrderT", bound=Order)
Work = Coroutine[Any, Any, None]


class OrderTable:
    """Table of the handler of each kind of order. A handler acts at once, or returns work to be awaited."""

    def __init__(self) -> None:
        self._handlers: dict[type[Order], Callable[[Order], Work | None]] = {}

    def add(self, kind: type[OrderT], handler: Callable[[OrderT], Work | None]) -> None:
        """Register the handler of a kind of order. Raises LookupError for a second one."""
        if kind in self._handlers:
            raise LookupError(f"Two services carry out {kind.__name__}.")
        self._handlers[kind] = cast(Callable[[Order], Work | None], handler)

    def check_complete(self) -> None:
        """Raise LookupError when there is a kind of order that no service carries out."""
        missing = {kind for kind in order_kinds() if kind not in self._handlers}
        if missing:
            names = ", ".join(sorted(kind.__name__ for kind in missing))
            raise LookupError(f"No service carries out {names}.")

    def carry_out(self, order: Order) -> Work | None:
        """Carry out an order, or return the work that does."""
        return self._handlers[type(order)](order)


def order_kinds(base: type[Order] = Order) -> Iterator[type[Order]]:
    """Yield all kinds of orders, without their base classes."""
    for kind in base.__subclasses__():
        if getattr(sys.modules.get(kind.__module__), kind.__name__, None) is not kind:
            continue  # what a dataclass was made from before it got its slots
        if kind.__subclasses__():
            yield from order_kinds(kind)
        else:
            yield kind


class Service:
    """Carries out orders and answers with events. Subclasses override what they need."""

    def register(self, orders: OrderTable) -> None:
        """Add the orders that the service carries out to a table."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take the state after a batch of events."""

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Serve another sequence from now on, or none."""

    async def stop_work(self) -> None:
        """Stop what is under way for the open sequence."""

    async def run(self) -> None:
        """Serve until cancelled."""

    async def close(self) -> None:
        """Release workers and tasks."""
