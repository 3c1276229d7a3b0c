"""Every button of the tool bar has an action and an icon, and all of them are seen on any screen."""

from __future__ import annotations

import pytest

from app.actions.registry import registry
from app.actions.tool_buttons import TOOL_BUTTONS
from app.domain.tool import Tool
from app.views.panels.tool_bar import BUTTON, place_buttons
from app.views.toolkit.icon_shapes import NAMES
from app.views.toolkit.layout import Layout, PaneSizes
from app.views.toolkit.theme_colors import Sizes


def test_every_button_has_an_action_and_an_icon() -> None:
    buttons = [button for group in TOOL_BUTTONS for button in group]
    assert {button.action for button in buttons} <= registry().keys()
    assert {button.icon for button in buttons} <= set(NAMES)
    assert {f"tool.{tool}" for tool in Tool} <= {button.action for button in buttons}
    assert len({button.action for button in buttons}) == len(buttons)


@pytest.mark.parametrize("height", [60, 200, 500, 2000])
def test_no_button_lies_below_the_bar_or_on_another(height: int) -> None:
    places = list(place_buttons([8, 3, 5], height))
    assert len(set(places)) == len(places) == 16
    assert all(top + BUTTON <= height for _, top in places)
    assert places == sorted(places)
    if height == 2000:
        assert {column for column, _ in places} == {0}


def test_on_a_full_hd_screen_all_buttons_stand_in_one_column() -> None:
    layout = Layout.arrange(1920, 1080, 30, PaneSizes(), Sizes())
    places = place_buttons([len(group) for group in TOOL_BUTTONS], layout.tools[3])
    assert {column for column, _ in places} == {0}
