"""Hits on the microphone track of a real clip: labels moved to the sound that they mean, and attacks without a label.

[Note: what runs on] Labels stop after 34 s, where ten of eighteen `train` clips run on, by 130 s in all. What is heard
there counts as hits: in the labelled parts 82 % of such attacks are labelled hits, and they are 92 % of the labels.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from training.config import SAMPLE_RATE
from training.materials import material_of_label

# [Note: what runs on] How much an attack rises, and how far below the clip's loudest it may be.
LEAST_RISE_DB = 12.0
LEAST_LEVEL_DB = -20.0
ATTACKS_APART_SEC = 0.08


@dataclass(frozen=True)
class Hit:
    """`time_sec`: where the picture shows it. `loudness_db`: peak of the microphone track after the hit, relative to
    the clip's loudest, at most -1."""

    time_sec: float
    material: str | None
    scratch: bool
    loudness_db: float


def energy_rise(sound: np.ndarray) -> np.ndarray:
    """Per millisecond: mean level of the next 6 ms over that of the 12 ms before, in dB, above the clip's own floor."""
    high = np.diff(sound, prepend=sound[:1])  # a first difference: rumble of the hand-held microphone is not a hit
    per_ms = SAMPLE_RATE // 1000
    energy = np.square(high[: len(high) // per_ms * per_ms]).reshape(-1, per_ms).mean(1)
    floor = np.percentile(energy, 20) + 1e-10
    cumulative = np.concatenate([[0.0], np.cumsum(energy)])
    at = np.arange(len(energy))
    mean = lambda a, b: (
        (cumulative[np.clip(b, 0, len(energy))] - cumulative[np.clip(a, 0, len(energy))]) / np.maximum(b - a, 1)
    )
    return 10 * np.log10((mean(at, at + 6) + floor) / (mean(at - 12, at) + floor))


def loudest(sound: np.ndarray) -> float:
    """What hardly any sample of the clip exceeds."""
    return float(np.percentile(np.abs(sound), 99.95)) + 1e-6


def level_db(*, sound: np.ndarray, time_sec: float, loudest: float) -> float:
    """Peak of the 50 ms after `time_sec` in dB, relative to `loudest`."""
    first = int(time_sec * SAMPLE_RATE)
    peak = np.abs(sound[first : first + SAMPLE_RATE // 20]).max(initial=0.0)
    return float(20 * np.log10(peak / loudest + 1e-6))


def heard_hit(*, time_sec: float, level_db: float, material: str | None = None, scratch: bool = False) -> Hit:
    return Hit(time_sec, material, scratch, loudness_db=float(np.clip(level_db - 1.0, -40.0, -1.0)))


def refine(*, labels: list, sound: np.ndarray, reach_sec: float = 0.06) -> tuple[Hit, ...]:
    """Move each label to the steepest rise of the sound within `reach_sec`; one that no sound follows stays."""
    rise, most = energy_rise(sound), loudest(sound)
    hits = []
    for time, material, action in labels:
        low, high = max(int((time - reach_sec) * 1000), 0), int((time + reach_sec) * 1000)
        window = rise[low:high]
        refined = time if len(window) == 0 or window.max() < 3.0 else (low + int(window.argmax())) / 1000
        level = level_db(sound=sound, time_sec=refined, loudest=most)
        named = material_of_label(material)
        hits.append(heard_hit(time_sec=refined, level_db=level, material=named, scratch=action == "scratch"))
    return tuple(sorted(hits, key=lambda hit: hit.time_sec))


def attacks(*, sound: np.ndarray, from_sec: float) -> tuple[Hit, ...]:
    """What is heard from `from_sec` on as hits of unknown material ([Note: what runs on])."""
    most = loudest(sound)
    steepest, _ = find_peaks(energy_rise(sound), height=LEAST_RISE_DB, distance=int(ATTACKS_APART_SEC * 1000))
    times = [at / 1000 for at in steepest if at / 1000 >= from_sec]
    levels = [level_db(sound=sound, time_sec=time, loudest=most) for time in times]
    return tuple(
        heard_hit(time_sec=time, level_db=level)
        for time, level in zip(times, levels, strict=True)
        if level > LEAST_LEVEL_DB
    )
