"""The sound of a scene: each event's sound placed to the sample, from recordings where there are any, else synthesis.

A scene sounds coherent because each of its materials is one *source*: one group of recordings, or one synthesised
body, at one pitch; hits differ by take, by a little pitch and gain, and by brightness with strength. Nothing is added
(no room, no noise bed): what lies before the first event is exactly zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from scipy.signal import lfilter

from training.oneshots import OneShot, OneShots
from training.stage.impacts import (
    Body,
    contact_response,
    draw_body,
    rub,
    strike,
    synthesise_impact,
    synthesise_scratch,
)

__all__ = ["RenderedSound", "SoundEvent", "render_sound", "strength_gain_db", "synthesise_impact", "synthesise_scratch"]

SAMPLE_RATE = 48_000
LOUDEST_DB = 20 * math.log10(0.8)
STRENGTH_RANGE_DB = 24.0
CEILING = 0.98
SILENT_DB = -120.0
RECORDED_SHARE = 0.8  # of the materials of a scene, where recordings exist


class SoundEvent(Protocol):
    """What makes a sound. A true attribute `miss` (a swing that stops short) makes an event silent."""

    @property
    def time_sec(self) -> float: ...
    @property
    def strength(self) -> float: ...
    @property
    def material(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def duration_sec(self) -> float: ...


class RenderedSound(NamedTuple):
    """`sound` float32 [N]; `loudness_db` the peak level of each event's own sound in dBFS, SILENT_DB for a miss."""

    sound: np.ndarray
    loudness_db: list[float]


def strength_gain_db(strength: float) -> float:
    """Peak level in dBFS of an event: strength 1 -> 0.8 of full scale, strength 0 -> 24 dB less."""
    return LOUDEST_DB - STRENGTH_RANGE_DB * (1.0 - min(max(strength, 0.0), 1.0))


def change_pitch(sound: np.ndarray, *, rate: float) -> np.ndarray:
    """Play `sound` [L] `rate` times as fast, first sample kept. Linear: the ear forgives it within a few semitones."""
    return np.interp(np.arange(0, len(sound) - 1, rate), np.arange(len(sound)), sound).astype(np.float32)


def soften(sound: np.ndarray, *, strength: float) -> np.ndarray:
    """One-pole low-pass that darkens weak hits: open at strength 1, about 2.5 kHz at 0. Unit peak."""
    coefficient = math.exp(-2 * math.pi * 2_500 * 8.0**strength / SAMPLE_RATE)
    dark = lfilter([1 - coefficient], [1, -coefficient], sound)
    return (dark / max(float(np.abs(dark).max()), 1e-9)).astype(np.float32)


class RecordedSource:
    """The takes of one group at one pitch."""

    def __init__(self, *, takes: Sequence[OneShot], rng: np.random.Generator) -> None:
        self.takes = list(takes)
        self.layers = sorted({take.layer for take in self.takes})
        self.rate = float(np.exp(rng.uniform(math.log(0.85), math.log(1.18))))
        self.last: OneShot | None = None

    def _take(self, *, strength: float, rng: np.random.Generator) -> OneShot:
        """A take of the velocity layer that fits, not the one just heard if there is another."""
        position = (strength + rng.normal(0, 0.1)) * len(self.layers)
        layer = self.layers[int(min(max(position, 0), len(self.layers) - 1))]
        choices = [take for take in self.takes if take.layer == layer]
        fresh = [take for take in choices if take is not self.last] or choices
        self.last = fresh[int(rng.integers(len(fresh)))]
        return self.last

    def hit(self, *, strength: float, rng: np.random.Generator) -> np.ndarray:
        spread = 0.03 if len(self.takes) == 1 else 0.012
        take = self._take(strength=strength, rng=rng)
        sound = change_pitch(take.trimmed, rate=self.rate * float(np.exp(rng.normal(0, spread))))
        return soften(sound, strength=strength if len(self.layers) == 1 else 1.0)

    def scratch(self, *, duration_sec: float, strength: float, rng: np.random.Generator) -> np.ndarray:
        """Nothing suitable was recorded: rub with the first 80 ms of a take as the response of one tiny contact."""
        response = change_pitch(self._take(strength=strength, rng=rng).trimmed[:3840], rate=self.rate)
        response = response * np.exp(-np.arange(len(response)) / (SAMPLE_RATE * rng.uniform(0.004, 0.02)))
        return rub(response, duration_sec=duration_sec, strength=strength, rng=rng)


class SynthesisedSource:
    """One body."""

    def __init__(self, *, body: Body) -> None:
        self.body = body

    def hit(self, *, strength: float, rng: np.random.Generator) -> np.ndarray:
        return strike(self.body, strength=strength, rng=rng)

    def scratch(self, *, duration_sec: float, strength: float, rng: np.random.Generator) -> np.ndarray:
        response = contact_response(self.body, strength=strength, rng=rng)
        return rub(response, duration_sec=duration_sec, strength=strength, rng=rng)


def draw_source(
    *, material: str, kind: str, rng: np.random.Generator, oneshots: OneShots | None
) -> RecordedSource | SynthesisedSource:
    groups = oneshots.groups_for(material=material, kind=kind) if oneshots is not None else []
    if oneshots is not None and groups and rng.random() < RECORDED_SHARE:
        return RecordedSource(takes=oneshots.groups[groups[int(rng.integers(len(groups)))]], rng=rng)
    return SynthesisedSource(body=draw_body(material, rng))


def render_sound(
    events: Sequence[SoundEvent], duration_sec: float, rng: np.random.Generator, oneshots: OneShots | None = None
) -> RenderedSound:
    """Mix the events' sounds into round(duration_sec * 48000) samples, each attack at round(time_sec * 48000) exactly.

    Events before 0 leave their tails, events past the end are not heard. The clip is scaled as a whole if it
    would exceed 0.98, and the loudness with it.
    """
    mix = np.zeros(round(duration_sec * SAMPLE_RATE), np.float32)
    sources: dict[tuple[str, bool], RecordedSource | SynthesisedSource] = {}
    loudness = []
    for event in events:
        if getattr(event, "miss", False):
            loudness.append(SILENT_DB)
            continue
        key = (event.material, event.kind == "step")  # one floor may be walked on and struck
        if key not in sources:
            sources[key] = draw_source(material=event.material, kind=event.kind, rng=rng, oneshots=oneshots)
        if event.kind == "scratch":
            duration = max(event.duration_sec, 0.05)
            sound = sources[key].scratch(duration_sec=duration, strength=event.strength, rng=rng)
        else:
            sound = sources[key].hit(strength=event.strength, rng=rng)
        level = strength_gain_db(event.strength) + float(rng.uniform(-0.5, 0.5))
        loudness.append(level)
        _place(mix, sound * np.float32(10 ** (level / 20)), start=round(event.time_sec * SAMPLE_RATE))
    peak = float(np.abs(mix).max(initial=0.0))
    if peak > CEILING:
        mix *= np.float32(CEILING / peak)
        loudness = [level if level == SILENT_DB else level - 20 * math.log10(peak / CEILING) for level in loudness]
    return RenderedSound(sound=mix, loudness_db=loudness)


def _place(mix: np.ndarray, sound: np.ndarray, *, start: int) -> None:
    begin, skip = max(start, 0), max(-start, 0)
    part = sound[skip : skip + max(len(mix) - begin, 0)]
    mix[begin : begin + len(part)] += part
