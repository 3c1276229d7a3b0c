"""Orders about lists of tiers, carried out by app.pipeline.services.tier_lists."""

from dataclasses import dataclass

from app.domain.tier import Tier
from app.messages.orders import Order


@dataclass(frozen=True, slots=True)
class SaveTiers(Order):
    """Write the tiers of the open sequence, without intervals."""

    path: str


@dataclass(frozen=True, slots=True)
class KeepTiers(Order):
    """Remember the tiers for sequences and starts to come."""

    tiers: tuple[Tier, ...]
    kind: str  #: of sequences
