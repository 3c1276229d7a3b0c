"""Nothing in the program needs names of files to be Unicode: sources, workspaces, exports, label lists."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import UsageError
from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo

HEIGHT, WIDTH, FRAMES = 60, 80, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of an odd name, with a film of one in it."""
    odd = tmp_path_factory.mktemp("names") / os.fsdecode(b"m\xfcller")
    odd.mkdir()
    demo = write_demo(odd.parent, frames=FRAMES, width=WIDTH, height=HEIGHT)
    demo.video.rename(odd / os.fsdecode(b"cl\xffip.mp4"))
    return odd


def test_odd_names_are_opened_written_and_found_again(folder: Path) -> None:
    film, out = folder / os.fsdecode(b"cl\xffip.mp4"), folder / os.fsdecode(b"\xfcout")
    with Annotator(
        folder / os.fsdecode(b"w\xfcrk"), device="cpu", engine="classic", operator="M\udcfcller"
    ) as a:
        assert a.open(film).frames == FRAMES
        thing = a.add_object(a.add_label("t\udcffol"))
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[5:20, 5:20] = True
        a.set_mask(0, thing, mask)
        a.save_labels(folder / os.fsdecode(b"l\xe4bels.txt"))
        with pytest.raises(UsageError, match="not replaced"):
            a.save_labels(film)
        a.save_labels(folder / os.fsdecode(b"l\xe4bels.txt"))
        assert a.load_labels(folder / os.fsdecode(b"l\xe4bels.txt")) == a.labels
        a.comment("s\udcffen\x00 twice", 1)
        a.add_tier("ph\udcffase", ["cut\x01"])
        a.add_interval(a.tiers[0].name, a.tiers[0].terms[0].name, 0, 1)
        a.sign_off("M\udcfcller")
        a.reopen("M\udcfcller", "wh\udcffy")
        for kind in (
            "png",
            "mp4",
            "coco",
            "effort",
            "comments",
            "intervals",
            "elan",
            "cvat-video",
            "labelme",
        ):
            assert all(path.exists() for path in a.export(kind, out))
        a.import_masks(out / "cl_ip.json")
        a.import_masks(out / "cl_ip.eaf")
        assert len(a.objects) == len(a.tiers) == len(a.intervals) == 1, "an export of ours adds nothing"
    with Annotator(folder / os.fsdecode(b"w\xfcrk"), device="cpu", engine="classic") as a:
        a.open(film)
        assert np.array_equal(a.mask(0, thing), mask)
