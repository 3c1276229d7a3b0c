"""The library lets pictures with text out only by a word, and keeps whose it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import IdentifyingPictures, UsageError
from app.headless import Annotator
from app.storage.workspace.stored_sequence import find_sequences
from app.storage.workspace.stored_values import read_decisions
from tests.helpers.named_pictures import write_named_pictures

NAME = (slice(30, 50), slice(20, 200))  # rows and columns with the patient's name


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Annotator, Path]]:
    """Three annotated pictures, the second with a name, and the folder around."""
    root = tmp_path_factory.mktemp("study")
    write_named_pictures(root / "images")
    with Annotator(root / "work", engine="classic") as annotator:
        annotator.open(root / "images")
        tool = annotator.add_object(annotator.add_label("tool"))
        for frame in range(3):
            annotator.set_mask(frame, tool, np.pad(np.ones((8, 8), bool), ((100, 12), (100, 112))))
        yield annotator, root


def test_the_default_refuses_and_names_the_frames(study: tuple[Annotator, Path]) -> None:
    annotator, root = study
    with pytest.raises(IdentifyingPictures, match="1 frame shows text") as caught:
        annotator.export("overlay", root / "refused")
    assert caught.value.frames == (1,)
    assert not list((root / "refused").rglob("*.png"))
    assert annotator.export("png", root / "refused"), "masks are no pictures"


def test_a_name_is_painted_over_and_that_is_noted(study: tuple[Annotator, Path]) -> None:
    annotator, root = study
    files = annotator.export("frames", root / "masked", pictures="mask")
    assert files.flagged == (1,)
    [picture] = (root / "masked").rglob("images/*/1.png")
    assert np.asarray(Image.open(picture))[NAME].max() < 60
    [stored] = find_sequences(root / "work")
    assert [(one.action, one.frames) for one in read_decisions(stored.journal)] == [("mask", 1)]


def test_only_somebody_with_a_name_lets_it_out(study: tuple[Annotator, Path]) -> None:
    annotator, root = study
    with pytest.raises(UsageError, match="answer for pictures"):
        annotator.export("overlay", root / "allowed", pictures="allow")
    with pytest.raises(UsageError, match="no such choice"):
        annotator.export("overlay", root / "allowed", pictures="whatever")  # type: ignore[arg-type]
    with pytest.raises(IdentifyingPictures):
        annotator.export_dataset("davis", root / "set")
    report = annotator.export_dataset("davis", root / "set", pictures="allow", operator="Ada")
    assert "kept as they are, as Ada said" in (report.folder / "README.md").read_text()


def test_what_somebody_called_harmless_leaves_and_is_noted(
    study: tuple[Annotator, Path], tmp_path: Path
) -> None:
    source = study[1] / "images"
    with Annotator(tmp_path / "work", engine="classic", operator="Ada") as annotator:
        annotator.open(source)
        with pytest.raises(UsageError, match="Nothing was found"):
            annotator.call_harmless(1)
        with pytest.raises(IdentifyingPictures):
            annotator.export("overlay", tmp_path)
        assert list(annotator.findings) == [1]
        annotator.call_harmless(1)
        assert not annotator.findings
        assert [(one.by, one.action) for one in annotator.picture_decisions] == [("Ada", "harmless")]
        assert annotator.export("overlay", tmp_path).flagged == ()
