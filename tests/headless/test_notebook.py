"""The notebook in docs runs from top to bottom, and its step of training lowers the loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[2] / "docs" / "library.ipynb"


def test_it_runs(capsys: Any) -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - our own file
    assert names["report"].frames == 12
    assert len(names["areas"]) == 11 and min(names["areas"]) > 300
    assert names["after"] < names["before"]
    assert (names["folder"] / "discs" / "manifest.json").is_file()
    capsys.readouterr()
