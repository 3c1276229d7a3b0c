"""The sets that training reads, what their masks mean, and which parts are held out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["object", "part", "many-part", "tubular", "stuff", "scan", "synthetic", "pseudo"]
"""What a target is: a whole thing, a part of one, several separate pieces, a net of thin tubes, a region without
a shape of its own, a structure on a slice of a scan, a thing made by simulation, a group of like pixels."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Ids = Literal["instances", "classes", "pieces", "nested"]
"""What equal values of a mask mean: one thing; one class of things; one class whose pieces are the things;
parts of one thing, whose union is the thing."""
Form = Literal["pictures", "clips", "volumes"]
Terms = Literal["free", "research", "unclear"]
Part = Literal["train", "validate", "test"]


@dataclass(frozen=True, slots=True)
class Source:
    """One set of pictures, clips or volumes."""

    name: str
    form: Form
    ids: Ids
    kinds: tuple[Kind, ...]  #: what can be asked for in its masks
    terms: Terms  #: free permits commercial use
    weight: float = 1.0  #: how often it is drawn, besides the square root of its number of pictures
    group: str = ""  #: a file name up to the first occurrence of this is one video or data set
    free_names: tuple[
        str, ...
    ] = ()  #: how names begin whose own terms permit commercial use, where others' do not
    held_out: bool = False  #: no part of it is trained on


FILMS = ("example", "bedroom")
"""Films without labels whose terms permit commercial use (MIT, Apache-2.0); regions are carried along them and back."""
FILM_SOURCE = "films"
ANTILLIA_FREE = (
    "Aorta",
    "BUSI-Breast-Cancer",
    "Flood",
    "Hypertrophic-Obstructive-Cardiomyopathy",
    "Lumbar-Spine",
    "MIAS-Mammogram",
    "Mendeley-Kidney-Stone-CT",
    "Prostate-Cancer-MRI",
    "SPIDER-T2W-Subset",
    "Whole-Heart-HVSMR-2.0",
)
"""Groups that name CC0, CC-BY, CC-BY-SA or Apache-2.0 and nothing else in their SOURCE.md; SPIDER was published with
CC BY 4.0 (van der Graaf et al., Scientific Data 2024)."""
SOURCES = (
    Source("davis10", "clips", "instances", ("object", "many-part"), "research", weight=2),
    Source("bagls_glottis", "clips", "pieces", ("object",), "research"),
    Source("polyp_cvc_clinicdb", "clips", "pieces", ("object",), "research"),
    Source("davis_dogs_jump", "clips", "instances", ("object",), "research", held_out=True),
    Source("bsds500", "pictures", "instances", ("stuff",), "research"),
    Source(
        *("antillia_minis", "pictures", "classes", ("object", "many-part"), "research"),
        group="__",
        free_names=tuple(f"{group}__" for group in ANTILLIA_FREE),
    ),
    Source("car_parts", "pictures", "instances", ("part",), "unclear"),
    Source("clothing_ccp", "pictures", "nested", ("object", "part", "many-part"), "free", weight=2.5),
    Source("coco128", "pictures", "instances", ("object", "many-part"), "unclear", weight=2),
    Source("dental_xray_crown_root", "pictures", "nested", ("object", "part"), "unclear"),
    Source("droplets_microfluidic", "pictures", "instances", ("object",), "unclear", 0.7, "image"),
    Source("em_cells_isbi2012", "pictures", "instances", ("object",), "unclear", 0.7),
    Source("endoscapes_surgery", "pictures", "classes", ("object", "part", "stuff"), "research", group="_"),
    Source("feral_cats", "pictures", "instances", ("object",), "free"),
    Source("foot_ulcers", "pictures", "pieces", ("object",), "research"),
    Source("humans290", "pictures", "pieces", ("object",), "unclear", held_out=True),
    Source("laboro_tomato", "pictures", "instances", ("object",), "research", held_out=True),
    Source("magnetic_tile_defects", "pictures", "pieces", ("object",), "unclear"),
    Source("nuclei_dsb2018", "pictures", "instances", ("object", "many-part"), "free"),
    Source("optic_disc_rimone", "pictures", "nested", ("object", "part"), "research"),
    # These polyps were published again, under CC BY 4.0, in HyperKvasir (Borgli et al., Scientific Data 2020).
    Source("polyp_kvasir", "pictures", "pieces", ("object",), "free"),
    # CHASE_DB1 has CC BY 4.0 in the research data repository of Kingston University; DRIVE's terms are unclear.
    Source("retina_vessels", "pictures", "pieces", ("tubular",), "unclear", free_names=("chase_",)),
    Source("train_vehicles", "pictures", "classes", ("part",), "free"),
    Source("usgra_ultrasound", "pictures", "classes", ("object", "many-part"), "free"),
    Source("white_blood_cells", "pictures", "nested", ("object", "part"), "unclear"),
    Source("ct_nifti", "volumes", "instances", ("scan",), "free", weight=3),
    Source("hippocampus", "volumes", "nested", ("scan",), "free", weight=0.3),
    Source("hippocampus_more_mr", "volumes", "nested", ("scan",), "free", weight=0.3),
    Source("acdc_heart_mr", "volumes", "nested", ("scan",), "research"),
    Source("brats_brain_mr", "volumes", "nested", ("scan",), "research"),
    Source("brain_labels_synthseg", "volumes", "instances", ("scan",), "free"),
    Source("ct_lesions_recist", "volumes", "instances", ("scan",), "unclear", group="_01_"),
    Source("left_atrium_mr", "volumes", "instances", ("scan",), "research", held_out=True),
    Source("pyradiomics_cases", "volumes", "instances", ("scan",), "free"),
    Source("sct_spinal_cord_mr", "volumes", "instances", ("scan",), "free"),
)
TUNED_ON = ("goat", "scooter-black")
"""DAVIS sequences that settings of the engine were chosen on: never trained on, reported apart."""
HELD_OUT_ORGANS = (2, 3)
"""Kidneys in TotalSegmentator's numbering: never a target in training."""


def is_free(source: Source, name: str) -> bool:
    """Return whether the terms of a picture, clip or volume of a source permit commercial use."""
    return source.terms == "free" or name.startswith(source.free_names)


def part_of(source: Source, name: str) -> Part:
    """Return which part of a source a picture, clip or volume belongs to; a group stays together.

    A tenth each validates (settings may be chosen on it) and tests (nothing may). It depends on the name alone, so
    that data that comes later moves nothing between the parts.
    """
    if source.held_out or name in TUNED_ON:
        return "test"
    if source.name in ("ct_nifti", "davis10", "brain_labels_synthseg", "bsds500"):
        return "train"
    group = name.split(source.group)[0] if source.group else name
    bucket = zlib.crc32(f"{source.name}/{group}".encode()) % 10
    return "test" if bucket == 0 else "validate" if bucket == 1 else "train"
