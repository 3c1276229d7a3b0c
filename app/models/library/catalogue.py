"""Catalogue of EISeg's published models and their addresses."""

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


def _propagation(name: str) -> Package:
    return Package(name, _PROPAGATION.format(name), 215_000_000)


_ANY: Final = _propagation("static_propagation")


def _light(
    name: str, title: str, use: str, model: str, propagation: Package = _ANY, url: str = _CLICK
) -> CatalogueEntry:
    click = Package(model, url.format(model), 17_000_000)
    return CatalogueEntry(name, title, use, "HRNet18s_OCR48", click, propagation)


def _precise(name: str, title: str, use: str, model: str) -> CatalogueEntry:
    click = Package(model, _CLICK.format(model), 40_000_000)
    return CatalogueEntry(name, title, use, "HRNet18_OCR64", click, _ANY)


def _edge(name: str, title: str, use: str, model: str) -> CatalogueEntry:
    click = Package(model, _CLICK.format(model), 45_000_000)
    return CatalogueEntry(name, title, use, "EdgeFlow (HRNet18 + OCR64)", click, _ANY)


_LITS, _SPINE = _propagation("static_propagation_lits"), _propagation("static_propagation_spine")
CATALOGUE: Final = (
    _precise("general", "General, high precision", "any object", "static_hrnet18_ocr64_cocolvis"),
    _light("general-light", "General, light", "any object", "static_hrnet18s_ocr48_cocolvis"),
    _edge("general-edge", "General, edge-guided", "any object", "static_edgeflow_cocolvis"),
    _precise("people", "People, high precision", "portraits", "static_hrnet18_ocr64_human"),
    _light("people-light", "People, light", "portraits", "static_hrnet18s_ocr48_human"),
    _light("liver", "Liver", "CT liver", "static_hrnet18s_ocr48_lits", _LITS),
    _light(
        "spine", "Spine", "CT spinal structures", "static_hrnet18s_ocr48_MRSpineSeg", _SPINE, _CLICK_LATER
    ),
)


def find_entry(name: str) -> CatalogueEntry | None:
    """Return the entry of a name, or None."""
    return next((found for found in CATALOGUE if found.name == name), None)
