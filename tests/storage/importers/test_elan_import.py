"""Annotation documents as ELAN writes them are read: times become the nearest frames, what has none is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.tier import Interval, Term, Tier
from app.storage.importers.import_registry import read_masks

FILM = SequenceInfo("clip.mp4", "clip.mp4", "video", 50, 32, 24, fps=25.0)
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-03-05T10:00:00+01:00" FORMAT="3.0" VERSION="3.0">
 <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///x/clip.mp4"/></HEADER>
 <TIME_ORDER>
  <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="395"/>
  <TIME_SLOT TIME_SLOT_ID="ts3"/><TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="1000"/>
  <TIME_SLOT TIME_SLOT_ID="ts5" TIME_VALUE="9000"/>
 </TIME_ORDER>
 <TIER LINGUISTIC_TYPE_REF="phases" TIER_ID="phase" ANNOTATOR="Ada">
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
   <ANNOTATION_VALUE>prepare</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
   <ANNOTATION_VALUE>cut</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
  <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts4" TIME_SLOT_REF2="ts5">
   <ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION>
 </TIER>
 <TIER LINGUISTIC_TYPE_REF="notes" TIER_ID="note" PARENT_REF="phase">
  <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a4" ANNOTATION_REF="a1"><ANNOTATION_VALUE>x</ANNOTATION_VALUE>
  </REF_ANNOTATION></ANNOTATION></TIER>
 <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="phases" TIME_ALIGNABLE="true" CONTROLLED_VOCABULARY_REF="steps"/>
 <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="notes" TIME_ALIGNABLE="false" CONSTRAINTS="Symbolic_Association"/>
 <CONTROLLED_VOCABULARY CV_ID="steps"><DESCRIPTION LANG_REF="und"/>
  <CV_ENTRY_ML CVE_ID="c1"><CVE_VALUE DESCRIPTION="" LANG_REF="und">prepare</CVE_VALUE></CV_ENTRY_ML>
  <CV_ENTRY_ML CVE_ID="c2"><CVE_VALUE DESCRIPTION="" LANG_REF="und">close</CVE_VALUE></CV_ENTRY_ML>
 </CONTROLLED_VOCABULARY>
</ANNOTATION_DOCUMENT>
"""


def test_times_become_the_nearest_frames_and_the_vocabulary_the_terms(tmp_path: Path) -> None:
    path = tmp_path / "clip.eaf"
    path.write_text(DOCUMENT, encoding="utf-8")
    found = read_masks(path, FILM, ())
    # What has no words has the name of its tier; 9 s is beyond the film of 2 s, which the session leaves out.
    assert found.tiers.intervals == (
        Interval("phase", "prepare", 0, 10, "Ada"),
        Interval("phase", "phase", 25, 225, "Ada"),
    )
    terms = Term("prepare", ""), Term("close", ""), Term("phase", "")
    assert found.tiers.tiers[0] == Tier("phase", "intervals", terms)
    assert any("row 2 (phase, cut, 10, no time" in text for text in found.warnings)
    assert any("refer to others were left out (1)" in text for text in found.warnings)


def test_frames_with_times_of_their_own_are_found_by_them(tmp_path: Path) -> None:
    path = tmp_path / "clip.eaf"
    path.write_text(DOCUMENT, encoding="utf-8")
    slow = replace(FILM, frames=4, times=(0.0, 0.2, 0.41, 1.01))
    assert read_masks(path, slow, ()).tiers.intervals[0] == Interval("phase", "prepare", 0, 2, "Ada")


def test_a_sequence_without_times_has_no_place_for_them(tmp_path: Path) -> None:
    path = tmp_path / "clip.eaf"
    path.write_text(DOCUMENT, encoding="utf-8")
    with pytest.raises(ImportMasksError, match="have no times"):
        read_masks(path, replace(FILM, fps=None), ())
