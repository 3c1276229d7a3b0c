"""Every order is carried out by one service, and a program in which that is not so does not start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.messages.orders import Pause, Play, SequenceOrder, ShowFrame
from app.messages.worklist_orders import RetryEntry
from app.pipeline.options import Options
from app.pipeline.pipeline import Pipeline
from app.pipeline.services.service import OrderTable, order_kinds


def test_a_pipeline_has_a_service_for_every_order(tmp_path: Path) -> None:
    async def build() -> None:
        pipeline = Pipeline(Options(tmp_path), lambda snapshot: None, lambda picture: None)
        pipeline.services.pool.close()

    asyncio.run(build())


def test_an_order_without_a_service_is_named_at_the_start() -> None:
    table = OrderTable()
    for kind in order_kinds():
        if kind is not Play:
            table.add(kind, lambda _order: None)
    with pytest.raises(LookupError, match="No service carries out Play"):
        table.check_complete()
    table.add(Play, lambda _order: None)
    table.check_complete()


def test_an_order_that_two_services_claim_is_named_at_the_start() -> None:
    table = OrderTable()
    table.add(Pause, lambda _order: None)
    with pytest.raises(LookupError, match="Two services carry out Pause"):
        table.add(Pause, lambda _order: None)


def test_orders_of_every_module_count_and_their_base_classes_do_not() -> None:
    kinds = set(order_kinds())
    assert {ShowFrame, RetryEntry} < kinds
    assert SequenceOrder not in kinds
