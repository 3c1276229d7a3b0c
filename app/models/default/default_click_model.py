"""The default click model: a light decoder over features that are encoded once per picture."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.annotation import Click
from app.domain.errors import UsageError
from app.models.default import prompt_encoding
from app.models.default.click_consistency import enforce_clicks, undo_far_changes
from app.models.default.encoding_store import EncodedFrame
from app.models.default.feature_cache import FeatureCache, NumberedImage
from app.models.default.working_pixels import (
    CROP_AREA,
    FRAME_AREA,
    SourceBox,
    WorkingFrame,
    object_box,
    sigmoid,
    whole_box,
)
from app.models.engine import BoolMask, ClickAnswer, Image, Probability
from app.models.runtime.network import Network

# Chosen by hand; README.md has what the areas below gained.
MARGIN = 1.5  # Side of a zoomed view, in sides of the object's box: less misses what the object lacks.
LARGEST_VIEW = 0.4  # Share of the picture above which the view is the whole picture: little would be gained.
SMALLEST_VIEW = 0.3  # Least side of a view, in sides of the picture: the network needs surroundings.
LEAST_OBJECT = 0.4  # Side of the object, in sides of the view, below which the last view is too wide for it.
# Working pixels of the coarse and fine encodings, relative to the plain one's. The first click finds whole objects more
# surely with a coarse one besides; later clicks correct outlines, which need a fine one.
COARSE_AREA, FINE_AREA = 0.36, 1.7
# From which a small object is zoomed in on; the first clicks need the whole picture. With the weights of course 9, on
# 69 pictures of part validate, IoU@2 / @3 / @5 and harmful clicks: from the third .707 / .794 / .878, .033; from the
# second .703 / .786 / .869, .022. Clicks on a mask that is there zoom at once: the first one took 36 masks that were
# carried to another frame from IoU 0.78 to 0.72, and so to 0.81.
ZOOM_FROM_CLICK = 3
# Answers to a stroke with the mask that it gave. On 69 pictures of part validate IoU is .534 with five clicks one after
# the other, .510 with all at once, and .546, .562, .575, .578, .577 after one to five such answers.
STROKE_ROUNDS = 3
# Side of the near view in extents of the stroke, and in sides of the picture at least. On the same pictures IoU is .577
# without it and .625 with it; with 3 and .15, 4 and .1, 3 and .1 .622, with 5 and .2 .597, with 7 and .3 .602.
STROKE_MARGIN, SMALLEST_STROKE_VIEW = 4, 0.15
RIM = 0.02  # of a view, in its sides: a mask there goes on past it
# Sides of small objects in sides of the picture, for which the networks are run once before a click needs it.
LIKELY_SIDES = (0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class DefaultClickFeatures:
    """A picture, and the whole of it encoded at two sizes, as the first click uses it."""

    picture: NumberedImage  #: from which zoomed views are encoded
    encoded: tuple[EncodedFrame, EncodedFrame]


@dataclass(frozen=True, slots=True)
class DefaultClickState:
    """The last answer."""

    probability: Probability  #: at source resolution
    view: SourceBox | None  #: that it was computed from; None for the whole picture
    corrects: bool = False  #: whether the clicks began with a mask, or with a box or lasso
    is_region: bool = False  #: whether it is no answer but the region of a box or lasso


@dataclass(frozen=True, slots=True)
class _StrokeAnswer:
    """An answer to a stroke over something new."""

    probability: Probability  #: at source resolution
    score: float  #: the IoU that its last look, or the coarse one before a plain one, expects of it

    @property
    def certainty(self) -> float:
        """Mean distance of the probability to one half inside the mask; 0 for an empty one."""
        inside = self.probability[self.probability > 0.5]
        return float(inside.mean() - 0.5) if inside.size else 0.0


class DefaultClickModel:
    """Click model whose decoder also takes the mask so far; see app.models.engine.ClickModel."""

    def __init__(self, cache: FeatureCache, decoder: Network) -> None:
        self._cache = cache
        self._decoder = decoder
        self._warm: set[tuple[int, int]] = set()  #: working sizes of crops that were run
        self._check: Callable[[], None] = lambda: None  #: called before each network

    def encode(self, image: Image) -> DefaultClickFeatures:
        """Encode a picture, uint8 (h, w, 3) RGB."""
        picture = self._cache.register_image(image)
        return DefaultClickFeatures(
            picture,
            (self._cache.encode_frame(image), self._encode_view(picture, whole_box(image), COARSE_AREA)),
        )

    def predict(
        self,
        features: DefaultClickFeatures,
        clicks: Sequence[Click],
        state: DefaultClickState | None = None,
        initial: BoolMask | None = None,
    ) -> ClickAnswer:
        """Answer a non-empty click list; raises UsageError for an empty one."""
        if not clicks:
            raise UsageError("A click model needs at least one click.", remedy="Click on the object.")
        if state is None:
            state = DefaultClickState(initial.astype(np.float32), None, True) if initial is not None else None
            for count in range(1, len(clicks)):
                state = self._answer_clicks(features, clicks[:count], state)
        state = self._answer_clicks(features, clicks, state)
        return ClickAnswer(state.probability, state)

    def begin_with_stroke(self, features: DefaultClickFeatures, clicks: Sequence[Click]) -> ClickAnswer:
        """See StrokeModel: all clicks in one answer, as trained, which is then given anew with its own mask.

        A short stroke is answered from near by besides.
        """
        found = self._answer_again(features, clicks, self._answer_whole(features, clicks))
        found = self._compare_near(features, clicks, found)
        return ClickAnswer(found.probability, DefaultClickState(found.probability, None))

    def begin_within(self, region: BoolMask) -> DefaultClickState:
        """Return the state after a box or lasso: not known inside, surely not the object outside, as trained.

        On 53 pictures of 18 kinds that no training reads a box gives IoU 0.77 so, and 0.57 by a click on its middle;
        looked at in a crop, 69 pictures .79 in place of .76. The clicks that follow correct a mask: of the first six
        5 % lower the IoU by over .01, and 10 % where changes away from them stay.
        """
        return DefaultClickState(region * np.float32(0.5), None, is_region=True)

    def expect_correction(self, features: DefaultClickFeatures, initial: BoolMask) -> None:
        """See CorrectingModel."""
        tight = object_box(initial)
        if tight is not None:
            height, width = initial.shape
            self._encode_views(features, False, _padded_view(tight, width, height))

    def prefetch(
        self, features: DefaultClickFeatures, clicks: Sequence[Click], state: DefaultClickState
    ) -> None:
        """Encode the view that the next click will most likely need."""
        self._encode_views(features, False, self._choose_view((*clicks, clicks[-1]), state))

    def warm_up(self, features: DefaultClickFeatures) -> bool:
        """See WarmableModel: a crop of a new size takes 20 ms more on two quiet cores, and 40 beside the window."""
        height, width = features.picture.image.shape[:2]
        for size, crop in _likely_crops(width, height):
            if size not in self._warm:
                self._warm.add(size)
                self._decode_view(
                    self._cache.encode_blank(crop), (Click(crop.box.x, crop.box.y, True),), None
                )
                return True
        return False

    def stop_by(self, check: Callable[[], None]) -> bool:
        """See StoppableModel."""
        self._check = check
        return True

    def _answer_clicks(
        self, features: DefaultClickFeatures, clicks: Sequence[Click], state: DefaultClickState | None
    ) -> DefaultClickState:
        if state is None:
            answer = self._answer_whole(features, clicks)
            answer, _ = self._look_again(features, clicks, answer, features.encoded[1])
            return DefaultClickState(answer, None)
        older, corrects = state.probability, state.corrects
        view = self._choose_view(clicks, state)
        views = self._encode_views(features, len(clicks) == 1 and not corrects, view)
        part = self._answer_views(views, clicks, older)
        newer = part if view is None else _paste(part, view, older)
        if corrects:
            undo_far_changes(newer, older, clicks[-1])
        return DefaultClickState(enforce_clicks(newer, older, clicks), view, corrects or state.is_region)

    def _answer_whole(self, features: DefaultClickFeatures, clicks: Sequence[Click]) -> Probability:
        part = self._answer_views(features.encoded, clicks, None)
        return enforce_clicks(part, None, clicks)

    def _answer_again(
        self, features: DefaultClickFeatures, clicks: Sequence[Click], answer: Probability
    ) -> _StrokeAnswer:
        """Answer a stroke anew with its mask; last at the plain size where it is large, which shows thin branches.

        On 171 pictures that no training reads the plain size gains .004 ± .001 IoU, and .060 on vessels. After a first
        click it gains .007 ± .001, which the third click has lost. The score is that of the coarse look before it.
        """
        plain, coarse = features.encoded
        score = 0.0
        for _ in range(STROKE_ROUNDS):
            answer, score = self._look_again(features, clicks, answer, coarse)
        if _is_large(answer):
            answer, _ = self._look_again(features, clicks, answer, plain)
        return _StrokeAnswer(answer, score)

    def _compare_near(
        self, features: DefaultClickFeatures, clicks: Sequence[Click], found: _StrokeAnswer
    ) -> _StrokeAnswer:
        """Return the answer from near by where it is surer, by its score and by its probabilities, else the one found.

        What goes on past the near view is larger than it, and the whole picture shows it better.
        """
        view = _near_view(clicks, *found.probability.shape)
        if view is None:
            return found
        look = self._encode_view(features.picture, view, COARSE_AREA, CROP_AREA)
        part = look.frame.to_probability(self._decode_view(look, clicks, None)[0])
        if _goes_past(part, view, *found.probability.shape):
            return found
        answer = enforce_clicks(_paste(part, view, np.zeros_like(found.probability)), None, clicks)
        near = self._answer_again(features, clicks, answer)
        return near if near.score > found.score and near.certainty > found.certainty else found

    def _answer_views(
        self,
        views: tuple[EncodedFrame, EncodedFrame],
        clicks: Sequence[Click],
        older: Probability | None,
    ) -> Probability:
        """Return the probability over the box of two looks, whose logits are averaged."""
        first, second = (look.frame.upsample(self._decode_view(look, clicks, older)[0]) for look in views)
        first += second  # in place: a new array of a large picture costs as much as the sum
        first *= np.float32(0.5)
        return sigmoid(first)

    def _look_again(
        self,
        features: DefaultClickFeatures,
        clicks: Sequence[Click],
        answer: Probability,
        whole: EncodedFrame,
    ) -> tuple[Probability, float]:
        """Answer the first click anew with the mask that it gave, where the object is small in a crop around it.

        whole: what a large object is answered from. Returned with the answer is its score, the IoU that it expects of
        itself. On 83 pictures of 18 kinds that no training reads one click gave IoU 0.52, and 0.57 so.
        """
        tight = object_box(answer > 0.5)
        if tight is None:
            return answer, 0.0
        view = _padded_view(tight, answer.shape[1], answer.shape[0])
        encoded = whole
        if view is not None:
            encoded = self._encode_view(features.picture, view, COARSE_AREA, CROP_AREA)
        logits, score = self._decode_view(encoded, clicks, answer)
        part = encoded.frame.to_probability(logits)
        return enforce_clicks(part if view is None else _paste(part, view, answer), answer, clicks), score

    def _encode_views(
        self, features: DefaultClickFeatures, searches: bool, view: SourceBox | None
    ) -> tuple[EncodedFrame, EncodedFrame]:
        """Return the picture, or a view, encoded at two sizes. searches: whether nothing is known of the object."""
        picture, (plain, coarse) = features.picture, features.encoded
        if view is not None:
            return self._encode_view(picture, view, COARSE_AREA, CROP_AREA), self._encode_view(
                picture, view, FINE_AREA, CROP_AREA
            )
        return (
            (plain, coarse)
            if searches
            else (coarse, self._encode_view(picture, whole_box(picture.image), FINE_AREA))
        )

    def _encode_view(
        self, picture: NumberedImage, box: SourceBox, size: float, area: int = FRAME_AREA
    ) -> EncodedFrame:
        self._check()
        return self._cache.encode_part(picture, WorkingFrame.of(box, int(size * area)))

    def _decode_view(
        self, encoded: EncodedFrame, clicks: Sequence[Click], older: Probability | None
    ) -> tuple[Probability, float]:
        """Return logits over a view at stride 2, and the score."""
        frame = encoded.frame
        near = [click for click in clicks if _inside(click, frame.box)]
        spots = [(*frame.to_working(click.x, click.y), click.positive) for click in near]
        previous = None if older is None else frame.shrink_mask(older)
        hints = prompt_encoding.click_hints(spots, previous, frame.height // 4, frame.width // 4)
        memory = np.zeros_like(encoded.features[2])
        self._check()
        logits, score = self._decoder(
            *encoded.features, hints, prompt_encoding.click_likeness(encoded.embedding, spots), memory
        )
        return logits[0, 0], float(score[0, 0])

    def _choose_view(self, clicks: Sequence[Click], state: DefaultClickState | None) -> SourceBox | None:
        """Return the last view while the object fits it, else a new one; None for the whole picture."""
        if state is None:
            return None
        if state.is_region:
            region = object_box(state.probability > 0)
            return None if region is None else _padded_view(region, *state.probability.shape[::-1])
        if len(clicks) < ZOOM_FROM_CLICK and not state.corrects:
            return None
        seen = state.probability > 0.5
        before = object_box(seen)
        last = clicks[-1]
        height, width = seen.shape
        row, column = min(max(int(last.y), 0), height - 1), min(max(int(last.x), 0), width - 1)
        seen[row, column] = True
        tight = object_box(seen)
        if tight is None:
            return None
        view = state.view
        if len(clicks) == 1 and before is not None:
            view = _padded_view(before, width, height)  # as expect_correction has it
        if view is not None and _fits_view(tight, view):
            return view
        return _padded_view(tight, width, height)


def _fits_view(tight: SourceBox, view: SourceBox) -> bool:
    """Whether a view holds the whole object and is not too wide for it."""
    left, top = tight.x - view.x, tight.y - view.y
    right, bottom = view.width - left - tight.width, view.height - top - tight.height
    narrow = max(tight.width / view.width, tight.height / view.height) > LEAST_OBJECT
    return narrow and min(left, top, right, bottom) >= 0


def _near_view(clicks: Sequence[Click], height: int, width: int) -> SourceBox | None:
    """Return a view around clicks; None where they are so far apart that the whole picture shows as much."""
    xs, ys = [click.x for click in clicks], [click.y for click in clicks]
    extent = max(max(xs) - min(xs), max(ys) - min(ys)) + 1
    side = max(extent * STROKE_MARGIN, SMALLEST_STROKE_VIEW * min(height, width))
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return _view_around(middle, int(min(side, width)), int(min(side, height)), width, height)


def _goes_past(part: Probability, view: SourceBox, height: int, width: int) -> bool:
    """Whether a mask in a view touches a side of it within the picture."""
    rim = max(2, int(RIM * view.width))
    left, top = (rim if view.x > 0 else 0), (rim if view.y > 0 else 0)
    right = view.width - (rim if view.x + view.width < width else 0)
    bottom = view.height - (rim if view.y + view.height < height else 0)
    seen = part > 0.5
    return int(np.count_nonzero(seen)) > int(np.count_nonzero(seen[top:bottom, left:right]))


def _is_large(answer: Probability) -> bool:
    """Whether the object of an answer is so large that the whole picture shows it as well as a crop."""
    tight = object_box(answer > 0.5)
    return tight is not None and _padded_view(tight, answer.shape[1], answer.shape[0]) is None


def _padded_view(tight: SourceBox, width: int, height: int) -> SourceBox | None:
    side = max(tight.width, tight.height) * MARGIN
    least = SMALLEST_VIEW * min(width, height)
    wide = int(min(max((side + tight.width * MARGIN) / 2, least), width))
    tall = int(min(max((side + tight.height * MARGIN) / 2, least), height))
    return _view_around((tight.x + tight.width / 2, tight.y + tight.height / 2), wide, tall, width, height)


def _view_around(
    middle: tuple[float, float], wide: int, tall: int, width: int, height: int
) -> SourceBox | None:
    """Return a view around a point, moved into the picture; None where little would be gained by it."""
    if wide * tall > LARGEST_VIEW * width * height:
        return None
    x = int(np.clip(middle[0] - wide / 2, 0, width - wide))
    y = int(np.clip(middle[1] - tall / 2, 0, height - tall))
    return SourceBox(x, y, wide, tall)


def _likely_crops(width: int, height: int) -> list[tuple[tuple[int, int], WorkingFrame]]:
    """Return a crop of each working size (height, width) that objects of LIKELY_SIDES need, the most common first."""
    things = [SourceBox(0, 0, int(x * width), int(y * height)) for x in LIKELY_SIDES for y in LIKELY_SIDES]
    views = (_padded_view(thing, width, height) for thing in things)
    crops = [WorkingFrame.of(view, int(COARSE_AREA * CROP_AREA)) for view in views if view is not None]
    counts = Counter((crop.height, crop.width) for crop in crops)
    by_size = {(crop.height, crop.width): crop for crop in crops}
    return [(size, by_size[size]) for size, _ in counts.most_common()]


def _paste(part: Probability, view: SourceBox, older: Probability) -> Probability:
    """Return the answer of a view, surrounded by the older answer."""
    answer = older.copy()
    answer[view.y : view.y + view.height, view.x : view.x + view.width] = part
    return answer


def _inside(click: Click, box: SourceBox) -> bool:
    return box.x <= click.x < box.x + box.width and box.y <= click.y < box.y + box.height
