"""The log says what happened and never to whom."""

from __future__ import annotations

import logging
import string
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.errors import SequenceError, WorkerDied
from app.storage.logging.logs import open_log
from app.storage.logging.redactor import Redactor
from app.storage.workspace.workspace import folder_for

ROOT = Path(__file__).parents[3]
PATIENTS = [
    "Doe_John_1950.mp4",
    "Doe, John: 1950.mp4",
    "Müller Hans (2).avi",
    "Mu\u0308ller Hans.avi",
    "山田太郎.mkv",
    "m\udcfcller.mp4",
    'O\'Neil "Jim".mp4',
    "Doe\nJohn.mp4",
    "DOE^JANE",
    "Doe.John.1950.nii.gz",
]
LOGGER = logging.getLogger("app.somewhere")


def parts_of(name: str) -> list[str]:
    """What of a name would tell who it is."""
    shown = name.encode("utf-8", "replace").decode()
    words = ("Doe", "John", "JANE", "Hans", "ller", "山田", "Neil", "Jim", "1950")
    return [word for word in words if word in shown]


@pytest.mark.parametrize("name", PATIENTS)
def test_no_way_of_logging_a_path_writes_its_name_down(tmp_path: Path, name: str) -> None:
    """Nobody told the log of this name before."""
    path = Path("/drop") / "study of Doe" / name
    with open_log(tmp_path) as log:
        LOGGER.error("cannot open %s", path)
        LOGGER.error("cannot open %r and go on", str(path))
        LOGGER.error("%s", SequenceError("The file is empty.", subject=path, remedy="Copy it again."))
        try:
            raise SequenceError("Bad.", subject=path) from FileNotFoundError(2, "No such file", str(path))
        except SequenceError:
            LOGGER.exception("a source could not be opened")
    text = log.path.read_text()
    for word in [*parts_of(name), "Doe"]:
        assert word not in text
    assert (
        "The file is empty." in text and "Copy it again." in text and "a source could not be opened" in text
    )
    assert "test_logs.py" in text or "Traceback" in text


@pytest.mark.parametrize("name", PATIENTS)
def test_a_name_that_was_learnt_is_hidden_wherever_it_comes_up(tmp_path: Path, name: str) -> None:
    with open_log(tmp_path) as log:
        log.redactor.add_name(f"/drop/Doe Family/{name}", below="/drop")
        stem = Path(name).stem
        folder = folder_for(tmp_path, name, "3f9a02c1" * 5)
        LOGGER.warning("the last edits of %s are lost", name)
        LOGGER.warning("the last edits of %s are lost", folder.name)
        LOGGER.warning("exported %s_masks as %s", stem, f"{stem} overlay")
        LOGGER.warning("escaped %s", name.encode("unicode_escape").decode())
        LOGGER.warning("of the doe FAMILY")
    text = log.path.read_text()
    for word in [*parts_of(name), "Doe", "doe", "FAMILY"]:
        assert word not in text
    assert text.count("the last edits of <") == 2


def test_what_helps_stays_readable(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.redactor.add_name("/drop/video.mp4")
        LOGGER.error("%s", WorkerDied("The worker ended (killed by SIGKILL).", subject="decoder"))
        try:
            Path(__file__, "below").stat()
        except OSError:
            LOGGER.exception("no")
        LOGGER.error('File "%s", line 3', ROOT / "app/storage/video/video_source.py")
        LOGGER.info("5 frames of 1920x1080 in 3.25 s, 50/60 Hz, and/or more")
    text = log.path.read_text()
    assert "decoder: The worker ended (killed by SIGKILL)." in text
    assert "app/storage/video/video_source.py" in text
    assert "5 frames of 1920x1080 in 3.25 s, 50/60 Hz, and/or more" in text


def test_dicom_identifiers_and_loose_file_names_are_hidden(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        LOGGER.error("no series 1.2.840.113619.2.55.3.604688119 in Doe.dcm, see doe-2.NII.GZ")
    text = log.path.read_text()
    assert "113619" not in text and "oe" not in text.split("no series")[1]
    assert log.path.read_text().count("<") == 3


def test_the_same_name_has_the_same_id_here_and_another_elsewhere(tmp_path: Path) -> None:
    with open_log(tmp_path / "here") as log:
        first = log.redactor.short_id("Doe.mp4")
    with open_log(tmp_path / "here") as log:
        assert log.redactor.short_id("Doe.mp4") == first
    with open_log(tmp_path / "elsewhere") as log:
        assert log.redactor.short_id("Doe.mp4") != first


def test_logs_rotate(tmp_path: Path) -> None:
    with open_log(tmp_path, size=2000) as log:
        for number in range(500):
            LOGGER.info("line %d", number)
    files = sorted(tmp_path.glob("framewise.log*"))
    assert len(files) == 6
    assert all(file.stat().st_size <= 2000 for file in files)
    assert "line 499" in log.path.read_text()


def test_other_handlers_get_the_record_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The window shows names; whichever handler comes first must not spoil the other."""
    with open_log(tmp_path) as log:
        try:
            raise SequenceError("Bad.", subject="/drop/Doe.mp4")
        except SequenceError:
            LOGGER.exception("of %s", "/drop/Doe.mp4")
    assert "/drop/Doe.mp4" in caplog.text
    assert "Doe" not in log.path.read_text()

    script = textwrap.dedent(
        """
        import sys, threading
        from pathlib import Path
        from app.storage.logging.logs import open_log
        def fail():
            raise ValueError("/drop/Doe.mp4")
        with open_log(Path(sys.argv[1])):
            thread = threading.Thread(target=fail, name="helper")
            thread.start()
            thread.join()
            try:
                fail()
            except ValueError:
                sys.excepthook(*sys.exc_info())
        """
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=150, check=True)
    text = (tmp_path / "framewise.log").read_text()
    assert "the thread helper ended" in text and "the program ends" in text and "ValueError" in text
    assert "Doe" not in text + done.stdout + done.stderr


def test_a_folder_that_cannot_be_written_costs_only_the_log(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    before = list(logging.getLogger().handlers)
    with open_log(tmp_path / "file" / "logs") as log:
        LOGGER.error("still alive")
        assert "cannot be written" in log.problem
    assert logging.getLogger().handlers == before


def test_leaving_puts_everything_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = list(root.handlers), root.level, sys.excepthook, threading.excepthook
    with open_log(tmp_path):
        LOGGER.info("x")
    assert (list(root.handlers), root.level, sys.excepthook, threading.excepthook) == before


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=3, max_size=30))
def test_no_learnt_name_is_left_between_other_words(name: str) -> None:
    privacy = Redactor(b"salt")
    assume("/" not in name and any(character.isalpha() for character in name))
    assume(not set(name.lower()) <= set(string.hexdigits))
    privacy.add_name(name)
    assert name.lower() not in privacy.redact(f"« {name} »").lower()
