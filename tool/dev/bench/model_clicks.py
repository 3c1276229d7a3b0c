"""Clicks on models of EISeg's layout: python -m tool.dev.bench.model_clicks NAME WIDTH HEIGHT WHOSE PRECISION.

WHOSE: "ours" or "peer"; see turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.annotation import Click
from tool.dev.bench.model_files import FOLDER
from tool.dev.bench.turns import Rounds, seconds, serve

Works = tuple[Callable[[], Any], ...]
PLACES = ((0.5, 0.5), (0.55, 0.45), (0.4, 0.6))


def click_rounds(words: Sequence[str]) -> Rounds:
    """Yield the device, then seconds of encoding, of the first click, of the third, and of the network alone.

    A click is all that is done once the annotator has clicked: where to look, network, and the mask at the
    picture's size. Ours finds the picture encoded, as it is before a click; the peer, which encodes
    nothing, takes none for that and does everything at every click.
    """
    name, width, height, whose, precision = words[0], int(words[1]), int(words[2]), words[3], words[4]
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    clicks = [Click(width * x, height * y, n < 2) for n, (x, y) in enumerate(PLACES)]
    take = _peer if whose == "peer" else _ours
    works, device = take(FOLDER / f"{name}.pdiparams", image, clicks, precision)
    yield device
    while True:
        yield [seconds(work) for work in works]


def _ours(path: Path, image: Any, clicks: Sequence[Click], precision: str) -> tuple[Works, str]:
    from app.models.eiseg.engine import StaticEngine

    engine = StaticEngine(click=path, device=f"cpu:{precision}", cache=FOLDER / "cache")
    model = engine.click_model().model
    features = model.encode(image)
    state = model.predict(features, clicks[:2]).state
    late = model.encode(image)
    model.prefetch(late, clicks[:2], state)
    seen = _seen(model.rules)
    return (
        lambda: model.encode(image),
        lambda: model.predict(features, clicks[:1]),
        lambda: model.predict(late, clicks, state),
        lambda: model.network(seen, seen),
    ), engine.device


def _peer(path: Path, image: Any, clicks: Sequence[Click], precision: str) -> tuple[Works, str]:
    from tool.dev.bench.peer import PeerClicks

    peer = PeerClicks(path, image, precision)
    earlier, box = peer.predict(clicks[:2], *peer.predict(clicks[:1]))
    seen = _seen(peer.rules)
    return (
        lambda: None,
        lambda: peer.predict(clicks[:1]),
        lambda: peer.predict(clicks, earlier, box),
        lambda: peer.network(seen, seen),
    ), precision


def _seen(rules: Any) -> Any:
    return np.zeros((1, 3, rules.height, rules.width), np.float32)


if __name__ == "__main__":
    serve(click_rounds)
