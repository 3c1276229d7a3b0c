"""What can be answered to an export whose pictures show text or faces."""

from __future__ import annotations

from app.messages.events import DataSetRequested, ExportRequested
from app.messages.events.pictures import PicturesRefused
from app.views.dialogs.picture_choice_dialog import answer_rows

REFUSED = PicturesRefused(1, ExportRequested(("overlay",), "/out"), (7, 9), ("text",))


def test_they_can_be_looked_at_first_but_for_a_data_set_of_many_sequences() -> None:
    assert [row.value for row in answer_rows(REFUSED, "Ada")] == ["look", "mask", "leave-out", "allow"]
    many = PicturesRefused(1, DataSetRequested("davis", "/out"), (7, 9), ("text",))
    assert [row.value for row in answer_rows(many, "Ada")] == ["mask", "leave-out", "allow"]


def test_the_one_who_lets_them_out_is_named() -> None:
    assert "noted under Ada" in answer_rows(REFUSED, "Ada")[-1].texts[0]
    assert "say who works first" in answer_rows(REFUSED, "")[-1].texts[0]
