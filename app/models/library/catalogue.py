"""Catalogue of EISeg's published models and their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_CLICK = "https://paddleseg.bj.bcebos.com/eiseg/0.4/{}.zip"
_CLICK_LATER = "https://paddleseg.bj.bcebos.com/eiseg/0.5/{}.zip"
_PROPAGATION = "https://paddleseg.bj.bcebos.com/eivseg/{}.zip"


@dataclass(frozen=True, slots=True)
class Package:
    """One model as it is published."""

    name: str  #: also of its folder in the library
    url: str
    size: int  #: bytes, about: from the number of parameters, as the archives could not be examined
    sha256: str = ""  #: of the archive; empty if its makers published none

    def url_at(self, source: str) -> str:
        """Return its address, on another server if source names one, such as "http://mirror/models"."""
        return source.rstrip("/") + urlsplit(self.url).path if source else self.url


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A click and a propagation model for one use."""

    name: str
    title: str
    use: str
    architecture: str
    click: Package
    propagation: Package

    @property
    def packages(self) -> tuple[Package, Package]:
        """Both models."""
        return self.click, self.propagation


def _light_package(name: str, url: str = _CLICK) -> Package:
    return Package(name, url.format(name), 17_000_000)


def _precise_package(name: str) -> Package:
    return Package(name, _CLICK.format(name), 40_000_000)


def _propagation_package(name: str) -> Package:
    return Package(name, _PROPAGATION.format(name), 215_000_000)


_ANY: Final = _propagation_package("static_propagation")
_PRECISE, _LIGHT, _EDGE = "HRNet18_OCR64", "HRNet18s_OCR48", "EdgeFlow (HRNet18 + OCR64)"

CATALOGUE: Final = (
    CatalogueEntry(
        "general",
        "General, high precision",
        "any object",
        _PRECISE,
        _precise_package("static_hrnet18_ocr64_cocolvis"),
        _ANY,
    ),
    CatalogueEntry(
        "general-light",
        "General, light",
        "any object",
        _LIGHT,
        _light_package("static_hrnet18s_ocr48_cocolvis"),
        _ANY,
    ),
    CatalogueEntry(
        "general-edge",
        "General, edge-guided",
        "any object",
        _EDGE,
        Package("static_edgeflow_cocolvis", _CLICK.format("static_edgeflow_cocolvis"), 45_000_000),
        _ANY,
    ),
    CatalogueEntry(
        "people",
        "People, high precision",
        "portraits",
        _PRECISE,
        _precise_package("static_hrnet18_ocr64_human"),
        _ANY,
    ),
    CatalogueEntry(
        "people-light",
        "People, light",
        "portraits",
        _LIGHT,
        _light_package("static_hrnet18s_ocr48_human"),
        _ANY,
    ),
    CatalogueEntry(
        "liver",
        "Liver",
        "CT liver",
        _LIGHT,
        _light_package("static_hrnet18s_ocr48_lits"),
        _propagation_package("static_propagation_lits"),
    ),
    CatalogueEntry(
        "spine",
        "Spine",
        "CT spinal structures",
        _LIGHT,
        _light_package("static_hrnet18s_ocr48_MRSpineSeg", _CLICK_LATER),
        _propagation_package("static_propagation_spine"),
    ),
)


def entry(name: str) -> CatalogueEntry | None:
    """Return the entry of a name, or None."""
    return next((found for found in CATALOGUE if found.name == name), None)


def package(name: str) -> Package | None:
    """Return the package of a name, or None."""
    every = (package for found in CATALOGUE for package in found.packages)
    return next((found for found in every if found.name == name), None)
