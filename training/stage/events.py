"""Who hits what, when and how hard: a scene's events, drawn before its pictures and its sound.

Gaps follow the labels of 966 Greatest Hits clips (people striking things with a drumstick): the quantiles below are
all that is taken from them. Footsteps, bounces and bursts have gaps of their own.
"""

import math
from dataclasses import dataclass

import numpy as np

from training.materials import MATERIALS

# Quantiles of the time between two labelled hits, in seconds.
GAP_QUANTILES = (
    (0.0, 0.2),
    (0.01, 0.267),
    (0.05, 0.333),
    (0.1, 0.4),
    (0.25, 0.467),
    (0.5, 0.6),
    (0.75, 0.733),
    (0.9, 0.867),
    (0.95, 1.067),
    (0.99, 2.2),
    (1.0, 3.5),
)
# Between two bounces; what lies longer than this between two drops is another thing that falls.
LONGEST_FLIGHT_SEC = {"ball": 0.9, "drop": 0.3}
KINDS = ("stick", "hand", "ball", "foot", "drop")
KIND_WEIGHTS = (0.5, 0.14, 0.1, 0.14, 0.12)


@dataclass(frozen=True)
class Event:
    """One contact. `kind`: hit, scratch, knock, step, bounce or drop; `strength` 0..1; a miss makes no sound."""

    time_sec: float
    kind: str
    material: str
    strength: float
    duration_sec: float = 0.0
    miss: bool = False
    target: int = 0


@dataclass(frozen=True)
class SceneEvents:
    """Events of one scene in time order, the actor that makes them and the material of each target."""

    actor: str
    events: tuple[Event, ...]
    materials: tuple[str, ...]

    @property
    def sounding(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if not event.miss)


def _gaps(*, actor: str, count: int, rng: np.random.Generator) -> np.ndarray:
    if actor == "foot":
        return rng.uniform(0.35, 0.8) * rng.uniform(0.88, 1.12, count)
    if actor == "drop":
        gaps: list[float] = []
        while len(gaps) < count:
            first = rng.uniform(0.1, 0.28)
            bounces = [first * 0.62**k for k in range(rng.integers(0, 3))]
            gaps += [rng.uniform(0.7, 2.2), *[gap for gap in bounces if gap > 0.07]]
        return np.array(gaps[:count])
    if actor == "ball":
        gaps = []
        while len(gaps) < count:
            gap, decay = rng.uniform(0.4, 0.9), rng.uniform(0.75, 1.0)
            for _ in range(rng.integers(3, 9)):
                if gap < 0.1:
                    break
                gaps.append(gap)
                gap *= decay
        return np.array(gaps[:count])
    levels, values = zip(*GAP_QUANTILES, strict=True)
    gaps = np.interp(rng.uniform(size=count), levels, values)
    if rng.uniform() < 0.5:  # a steady player: one tempo with a little jitter
        gaps = np.interp(rng.uniform(), levels, values) * rng.uniform(0.88, 1.12, count)
    if rng.uniform() < 0.15:  # bursts
        gaps = np.where(rng.uniform(size=count) < 0.4, rng.uniform(0.11, 0.24, count), gaps)
    return gaps


def draw_scene(
    *, duration_sec: float, rng: np.random.Generator, actor: str | None = None, targets: int = 3
) -> SceneEvents:
    """One random scene. Times start before 0 and run past the end, so that pictures know what comes next."""
    actor = actor or str(rng.choice(KINDS, p=KIND_WEIGHTS))
    materials = tuple(str(m) for m in rng.choice(MATERIALS, size=targets))
    count = int(duration_sec / 0.1) + 8
    times = np.cumsum(_gaps(actor=actor, count=count, rng=rng)) - rng.uniform(0.2, 1.2)
    times = times[times < duration_sec + 3.0]
    rate_of_misses = rng.uniform(0.1, 0.4) if actor in ("stick", "hand") and rng.uniform() < 0.4 else 0.0
    scratches = rng.uniform(0.1, 0.6) if actor == "stick" and rng.uniform() < 0.45 else 0.0
    stays = rng.uniform() < 0.6
    base, spread = rng.uniform(0.3, 0.95), float(rng.choice([0.1, 0.3], p=[0.6, 0.4]))
    first_target = int(rng.integers(targets))
    names = {"stick": "hit", "hand": "knock", "ball": "bounce", "foot": "step", "drop": "drop"}
    events = []
    for index, time in enumerate(times):
        gap = times[index + 1] - time if index + 1 < len(times) else 1.0
        flight = time - times[index - 1] if index else math.inf
        target = first_target if stays or actor in ("foot", "ball") else int(rng.integers(targets))
        if actor == "drop" and flight < LONGEST_FLIGHT_SEC["drop"]:
            target = events[-1].target  # the same thing bounces where it fell
        strength = base + rng.normal(0, spread)
        if flight < LONGEST_FLIGHT_SEC.get(actor, 0.0):  # it falls as long as it rose: a short flight ends softly
            strength = base * (flight / LONGEST_FLIGHT_SEC[actor]) ** 0.7
        scratch = rng.uniform() < scratches and gap > 0.35
        duration = float(rng.uniform(0.12, 0.7) * min(gap, 1.0)) if scratch else 0.0
        events.append(
            Event(
                time_sec=float(time),
                kind="scratch" if scratch else names[actor],
                material=materials[target],
                strength=float(np.clip(strength, 0.05, 1.0)),
                duration_sec=duration,
                miss=bool(rng.uniform() < rate_of_misses),
                target=target,
            )
        )
    return SceneEvents(actor=actor, events=tuple(events), materials=materials)
