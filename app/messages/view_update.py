"""Result of one poll of the pipeline by the window."""

from dataclasses import dataclass

from app.messages.picture import (
    LinkedPictures,
    Picture,
    SecondPicture,
    ThumbnailPictures,
    TilePictures,
    View3DPicture,
)
from app.messages.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ViewUpdate:
    """The newest of each kind since the last poll, None where nothing is new."""

    snapshot: Snapshot | None = None
    picture: Picture | None = None
    linked: LinkedPictures | None = None
    view3d: View3DPicture | None = None
    tiles: TilePictures | None = None
    second: SecondPicture | None = None
    thumbnails: ThumbnailPictures | None = None

    def __bool__(self) -> bool:
        news = (
            self.snapshot,
            self.picture,
            self.linked,
            self.view3d,
            self.tiles,
            self.second,
            self.thumbnails,
        )
        return any(item is not None for item in news)
