"""Lists of tiers: saved for others, and remembered for sequences and starts to come."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.domain.tier import Tier
from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.messages.tier_orders import KeepTiers, SaveTiers
from app.pipeline.services.service import OrderTable, Service
from app.storage.exporters.tier_list import read_kept_tiers, write_kept_tiers, write_tier_list


class TierLists(Service):
    """Writes lists of tiers. kept: file with those last used for each kind of sequences."""

    def __init__(self, kept: Path, post: Callable[[ev.Event], None]) -> None:
        self._kept, self._post = kept, post
        self._by_kind: dict[str, tuple[Tier, ...]] = {}
        self._snapshot = Snapshot()

    def register(self, orders: OrderTable) -> None:
        orders.add(KeepTiers, self._keep)
        orders.add(SaveTiers, lambda order: self.save(Path(order.path)))

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Take the tiers to be saved."""
        self._snapshot = snapshot

    async def recall(self) -> None:
        """Offer the tiers of earlier starts to sequences of their kind."""
        self._by_kind = await asyncio.to_thread(read_kept_tiers, self._kept)
        for kind, tiers in self._by_kind.items():
            self._post(ev.TiersRecalled(kind, tiers))

    async def save(self, path: Path) -> None:
        """Write the tiers of the open sequence, without intervals. Raises ExportError or StorageFull."""
        await asyncio.to_thread(write_tier_list, path, self._snapshot.sequence.tiers.tiers)

    async def _keep(self, order: KeepTiers) -> None:
        self._by_kind[order.kind] = order.tiers
        await asyncio.to_thread(write_kept_tiers, self._kept, dict(self._by_kind))
