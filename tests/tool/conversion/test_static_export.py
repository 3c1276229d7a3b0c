"""Models are written as EISeg reads them, or not at all."""

from __future__ import annotations

import pytest

from app.domain.errors import ModelError
from tool.conversion import static_export
from tool.conversion.static_export import export_click


@pytest.mark.parametrize("version", ["3.2.0", "3.3.1", "4.0.0"])
def test_a_paddle_that_cannot_write_eisegs_layout_says_so_and_writes_nothing(tmp_path, monkeypatch, version):
    monkeypatch.setattr(static_export, "paddle_version", lambda: version)
    with pytest.raises(ModelError, match=f"Paddle {version} cannot write") as caught:
        export_click("hrnet18s", {}, tmp_path / "light")
    assert "requirements.txt" in caught.value.remedy
    assert not list(tmp_path.iterdir())
