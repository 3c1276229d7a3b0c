"""An import says what goes where before anything changes; a data set is exported by keys."""

from __future__ import annotations

from pathlib import Path

from app.messages.events import MasksImportRequested
from app.views.dialogs.data_set_dialog import DataSetDialog
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.import_dialog import ImportDialog
from app.views.dialogs.quick_pick import QuickPick
from tests.gui.pilot import Pilot


def test_an_import_says_what_goes_where_before_anything_changes(opened: Pilot, tmp_path: Path) -> None:
    info = opened.snapshot.sequence.info
    assert info is not None
    known = len(opened.snapshot.sequence.objects)
    top = "".join(
        f'<track id="{n}" label="{name}"><box frame="{n}" outside="0" xtl="5" ytl="5" xbr="25" ybr="20"/></track>'
        for n, name in enumerate(("grasper", "polyp", "grasper"))
    )
    path = tmp_path / "from_cvat.xml"
    path.write_text(f"<annotations><version>1.1</version>{top}</annotations>")
    for answer in ("Escape", "Return"):
        opened.loop.post(MasksImportRequested(str(path)))
        dialog = opened.dialog(ImportDialog)
        assert "CVAT 1.1, 3 objects, 3 frames" in opened.snapshot.tasks.import_preview.title
        assert len(opened.snapshot.sequence.objects) == known
        opened.shot("import-preview")
        opened.key(answer)
        opened.no_dialog()
        assert not dialog.is_open
    opened.until(lambda: len(opened.snapshot.sequence.objects) == known + 3, "for the masks")
    opened.key("ctrl+z")
    opened.until(lambda: len(opened.snapshot.sequence.objects) == known, "for one undo to take all back")


def test_a_data_set_is_exported_in_a_format_that_is_chosen_by_typing(opened: Pilot) -> None:
    opened.key("ctrl+alt+s")
    opened.dialog(QuickPick)
    opened.tool("type", "yolo seg")
    opened.frames(6)
    opened.shot("data-set-format")
    opened.key("Return")
    opened.dialog(DataSetDialog)
    opened.frames(6)
    opened.key("Return")
    opened.dialog(FileBrowser)
    opened.key("Escape")
    opened.no_dialog()
