"""What the window gets from one poll of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from app.messages.picture import LinkedPictures, Picture, View3DPicture
from app.messages.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ViewUpdate:
    """The newest of each kind since the last poll, None where nothing is new."""

    snapshot: Snapshot | None = None
    picture: Picture | None = None
    linked: LinkedPictures | None = None
    view3d: View3DPicture | None = None

    def __bool__(self) -> bool:
        return any(news is not None for news in (self.snapshot, self.picture, self.linked, self.view3d))
