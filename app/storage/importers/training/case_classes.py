"""Classes of an nnU-Net raw data set or a MONAI data list."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.importers.training.foreign_masks import class_label

LABEL_FOLDERS: Final = ("labelsTr", "labelsTs")
_FILES: Final = ("dataset.json", "datalist.json")
_IGNORE: Final = "ignore"  # the name of what is void, as nnU-Net has it


@dataclass(frozen=True, slots=True)
class CaseClasses:
    """Classes of the values of label files."""

    labels: tuple[Label, ...] = ()
    ignored: frozenset[int] = frozenset()  #: values of pixels about which nothing is said


def read_classes(folder: Path) -> CaseClasses | None:
    """Return the classes of a data set by its "labels": {name: value} (nnU-Net) or {value: name} (MONAI).

    None for a folder that is none. Raises ImportMasksError for a damaged list.
    """
    about = next((path for name in _FILES if (path := folder / name).is_file()), None)
    if about is None or not any((folder / name).is_dir() for name in LABEL_FOLDERS):
        return None
    try:
        labels: Mapping[str, Any] = json.loads(about.read_text("utf-8"))["labels"]
        pairs = [
            (value, key) if isinstance(value, int) else (int(key), str(value))
            for key, value in labels.items()
        ]
        found = [class_label(value, name) for value, name in pairs if 0 < value < 256]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ImportMasksError(f"Its labels cannot be read ({error}).", subject=about) from error
    ignored = frozenset(label.value for label in found if label.name == _IGNORE)
    return CaseClasses(tuple(label for label in found if label.value not in ignored), ignored)


def classes_beside(path: Path) -> CaseClasses:
    """Return the classes of the data set that a label file belongs to, none where its folder is no data set."""
    found = read_classes(path.parent.parent) if path.parent.name in LABEL_FOLDERS else None
    return found or CaseClasses()
