"""What clicks say of the regions of a picture, one click after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.models.classic.contradicted_components import denied_island
from app.models.classic.graph_distance import FAR, ShortestPaths, roads
from app.models.classic.random_walker import settle
from app.models.classic.region_graph import RegionGraph

Vector = NDArray[np.float64]

ROAD_OF_DIFFERENCE = 0.39
ROAD_OF_CHANGE = 2.0
ROAD_OF_STEP = 0.3
ROAD_OF_PLACE = 10.0
REACH = 46.0
USUAL_CONTRAST = 3.0
SOFTENING = 0.5
WEIGHT_OF_WAY = 1.5
WEIGHT_OF_PLACE = 3.8
NEAR = 0.22
WEIGHT_OF_COLOR = 0.6
COLOR_LIMIT = 2.0
WEIGHT_OF_PRIOR = 2.4
PRIOR_LIMIT = 4.0
MEMORY_OF_REACH = 2.7
WEIGHT_OF_CLICK = 5.0
TRUST = 0.15
ROUNDS = 2


@dataclass(frozen=True, slots=True)
class ClickSeed:
    """A click on the graph. region: where it fell; x, y: in units of the short side."""

    region: int
    x: float
    y: float
    positive: bool


@dataclass(frozen=True)
class RegionPrior:
    """A graph and the ways through it."""

    graph: RegionGraph

    @cached_property
    def roads(self) -> ShortestPaths:
        """Ways that are long where they cross a difference."""
        graph = self.graph
        steps = np.linalg.norm(graph.center[graph.first] - graph.center[graph.second], axis=1)
        length = ROAD_OF_STEP + ROAD_OF_DIFFERENCE * graph.difference + ROAD_OF_CHANGE * graph.change
        return roads(graph.first, graph.second, length + ROAD_OF_PLACE * steps, graph.size)

    @cached_property
    def reach(self) -> float:
        """How far along the roads a single click is believed."""
        usual = np.median(self.graph.difference) + 0.5 if self.graph.difference.size else 1.0
        return float(REACH * np.sqrt(usual / USUAL_CONTRAST))

    def prepare(self) -> None:
        """Do now what the first click would have to wait for."""
        _ = self.roads, self.reach, self.graph.bond, self.graph.kinship

    @cached_property
    def ways(self) -> dict[int, Vector]:
        """Distances already found, by the region they start from."""
        return {}

    def way(self, seed: ClickSeed) -> Vector:
        """Return the distance of every region from a seed, (n,)."""
        if seed.region not in self.ways:
            self.ways[seed.region] = self.roads.distances(seed.region)
        return self.ways[seed.region]


def believe(scene: RegionPrior, seeds: Sequence[ClickSeed], prior: Vector | None) -> Vector:
    """Return the probability of each region, (n,), after the last of the seeds.

    prior: probabilities before it, None for a first click on nothing.
    """
    if prior is None and not any(seed.positive for seed in seeds):
        return np.zeros(scene.graph.size)
    seeds = _standing(seeds)
    evidence = _evidence(scene, seeds)
    if prior is not None:
        odds = WEIGHT_OF_PRIOR * _odds(prior, 1e-3).clip(-PRIOR_LIMIT, PRIOR_LIMIT)
        odds[_denied(scene, seeds, prior)] *= -1
        share = _influence(scene, seeds)
        evidence = (1 - share) * odds + share * evidence
    return _settled(scene, seeds, evidence)


def reconsider(scene: RegionPrior, seeds: Sequence[ClickSeed], prior: Vector) -> Vector:
    """Return the probability of each region, (n,), where a coarser look found the prior."""
    return _settled(scene, seeds, WEIGHT_OF_PRIOR * _odds(prior, 1e-2))


def _standing(seeds: Sequence[ClickSeed]) -> list[ClickSeed]:
    """Return the seeds without those that a later one takes back."""
    last = {seed.region: seed for seed in seeds}
    return [seed for seed in seeds if seed.positive == last[seed.region].positive]


def _denied(scene: RegionPrior, seeds: Sequence[ClickSeed], prior: Vector) -> NDArray[np.bool_]:
    """Return the regions of a piece that the last click turns over as a whole, bool (n,)."""
    last = seeds[-1]
    others = [seed.region for seed in seeds[:-1] if seed.positive != last.positive]
    inside = np.asarray(prior > 0.5, np.bool_)
    return denied_island(scene.graph, inside, last.region, last.positive, np.array(others, np.intp))


def _evidence(scene: RegionPrior, seeds: Sequence[ClickSeed]) -> Vector:
    """Return log odds from how near each region is to clicks of either kind."""
    positive = [seed for seed in seeds if seed.positive]
    negative = [seed for seed in seeds if not seed.positive]
    limit = np.full(scene.graph.size, scene.reach)
    away = np.minimum(_nearest(scene, negative), limit) + SOFTENING
    if not positive:
        return np.asarray(WEIGHT_OF_WAY * np.log(away / (limit + SOFTENING)))
    odds = WEIGHT_OF_WAY * np.log(away / (_nearest(scene, positive) + SOFTENING))
    center = scene.graph.center
    apart = np.min([np.hypot(center[:, 0] - s.x, center[:, 1] - s.y) for s in positive], axis=0)
    return np.asarray(odds + WEIGHT_OF_PLACE * (1 - apart / NEAR).clip(-2, 1))


def _nearest(scene: RegionPrior, seeds: Sequence[ClickSeed]) -> Vector:
    if not seeds:
        return np.full(scene.graph.size, FAR)
    return np.asarray(np.min([scene.way(seed) for seed in seeds], axis=0))


def _influence(scene: RegionPrior, seeds: Sequence[ClickSeed]) -> Vector:
    """Return how far the last click speaks for each region against what was there, (n,) in [0, 1]."""
    own = scene.way(seeds[-1]) + SOFTENING
    others = np.minimum(_nearest(scene, seeds[:-1]), MEMORY_OF_REACH * scene.reach) + SOFTENING
    return np.asarray(1 / (1 + (own / others) ** 2))


def _settled(scene: RegionPrior, seeds: Sequence[ClickSeed], evidence: Vector) -> Vector:
    """Join evidence with colours like those believed so far, smooth over the graph, and do so again."""
    graph = scene.graph
    fixed, extra = np.zeros(graph.size, bool), np.zeros((2, graph.size))
    belief = _probability(evidence)
    for seed in seeds:
        fixed[seed.region] = True
        extra[:, seed.region] = seed.positive, not seed.positive
    trust = TRUST * graph.area / graph.area.mean()
    for _ in range(ROUNDS):
        wanted = _probability(evidence + WEIGHT_OF_COLOR * _color_odds(graph, belief, extra))
        wanted[fixed] = extra[0, fixed]
        belief = settle(graph.first, graph.second, graph.bond, trust, wanted, fixed)
    return belief


def _color_odds(graph: RegionGraph, belief: Vector, extra: Vector) -> Vector:
    """Return log odds of each region's look, (n,): kernel densities of what is and what is not believed."""
    shares = np.stack((belief, 1 - belief)) * graph.area + WEIGHT_OF_CLICK * graph.area.mean() * extra
    inside, outside = (graph.kinship @ share for share in shares.astype(np.float32))
    odds = np.log((inside + 1e-6) / (outside + 1e-6)).astype(np.float64)
    return np.asarray(odds.clip(-COLOR_LIMIT, COLOR_LIMIT))


def _odds(probability: Vector, floor: float) -> Vector:
    return np.asarray(np.log((probability + floor) / (1 - probability + floor)))


def _probability(odds: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-odds)))
