"""What a single hit sounds like in three numbers, to lay generated hits of a material beside recordings of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from training.config import SAMPLE_RATE

FRAME = SAMPLE_RATE // 1000
ATTACK_SEC = 0.05
COLOUR_SEC = 0.1
COLOUR_HZ = 100.0
DECAY_DB = 20.0


@dataclass(frozen=True)
class Timbre:
    """`attack_ms` from a tenth of the greatest energy to it (1 ms windows, within 50 ms); `decay_ms` from there until
    the energy stays 20 dB below; `centroid_hz` of the power of the first 100 ms above 100 Hz: what lies below is as
    often the wind, or the room, as the hit."""

    attack_ms: float
    decay_ms: float
    centroid_hz: float


def timbre_of(hit: np.ndarray) -> Timbre:
    """`hit` float32 [L] at 48 kHz that begins with its attack; its level does not matter."""
    energy = np.square(hit[: len(hit) // FRAME * FRAME], dtype=np.float64).reshape(-1, FRAME).mean(1)
    peak = int(np.argmax(energy[: round(1000 * ATTACK_SEC)]))
    attack = peak - int(np.argmax(energy >= 0.1 * energy[peak]))
    still_loud = np.flatnonzero(energy >= energy[peak] * 10 ** (-DECAY_DB / 10))
    part = hit[: round(COLOUR_SEC * SAMPLE_RATE)]
    power = np.square(np.abs(np.fft.rfft(part * np.hanning(2 * len(part))[len(part) :])))
    frequencies = np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE)
    power[frequencies < COLOUR_HZ] = 0.0
    return Timbre(float(attack), float(still_loud[-1] + 1 - peak), float((power * frequencies).sum() / power.sum()))


def median_timbre(hits: Sequence[np.ndarray]) -> Timbre | None:
    """Each number's median over `hits`; None without any."""
    if not hits:
        return None
    return Timbre(*np.median([astuple(timbre_of(hit)) for hit in hits], axis=0).tolist())
