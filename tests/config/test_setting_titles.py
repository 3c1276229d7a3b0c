"""Every setting that has a title in the window is one, and none is listed twice."""

from __future__ import annotations

from dataclasses import fields

from app.config.setting_titles import SETTING_TITLES, place_of_setting, title_of
from app.config.settings import Settings


def test_titles_are_those_of_settings() -> None:
    names = [name for titles in SETTING_TITLES.values() for name in titles]
    assert len(set(names)) == len(names)
    assert set(names) <= {item.name for item in fields(Settings)}
    assert place_of_setting("drop_folder") < place_of_setting("threads") < place_of_setting("unheard_of")
    assert title_of("unheard_of") == ("Other", "Unheard of")
