"""The clips that the codec is trained and judged on: recordings and synthesis, a few in each, the rest silence."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.materials import MATERIALS
from training.oneshots import OneShots
from training.stage.impacts import synthesise_impact, synthesise_scratch

SYNTHETIC_SHARE = 0.3
SILENT_SHARE = 0.04


class ClipMaker:
    """Draws clips: 1 to 4 sounds of random pitch and gain, some cut by the clip's start, the rest exact silence."""

    def __init__(self, *, oneshots: OneShots, synthetic: list[np.ndarray], clip_sec: float, seed: int) -> None:
        self.groups = list(oneshots.groups.values())
        self.synthetic = synthetic
        self.length = round(clip_sec * 48_000)
        self.rng = np.random.default_rng(seed)

    def sound(self) -> np.ndarray:
        """One sound with unit peak; sources with many takes are not heard more often than sources with one."""
        rng = self.rng
        if self.synthetic and rng.random() < SYNTHETIC_SHARE:
            sound = self.synthetic[rng.integers(len(self.synthetic))]
        else:
            takes = self.groups[rng.integers(len(self.groups))]
            sound = takes[rng.integers(len(takes))].trimmed
        if rng.random() < 0.5:
            rate = rng.uniform(0.75, 1.3)
            sound = np.interp(np.arange(0, len(sound) - 1, rate), np.arange(len(sound)), sound).astype(np.float32)
        return sound

    def clip(self, *, events: int | None = None, start: int | None = None) -> np.ndarray:
        """float32 [length], peak at most 1. `start` fixes the first sample of every sound."""
        rng = self.rng
        clip = np.zeros(self.length, np.float32)
        if events is None and rng.random() < SILENT_SHARE:
            return clip
        for _ in range(events or rng.integers(1, 5)):
            sound = self.sound() * np.float32(10 ** (rng.uniform(-30, 0) / 20) * rng.choice((-1.0, 1.0)))
            first = start if start is not None else int(rng.integers(-len(sound) // 4, self.length))
            begin, skip = max(first, 0), max(-first, 0)
            part = sound[skip : skip + self.length - begin]
            clip[begin : begin + len(part)] += part
        return clip / max(1.0, float(np.abs(clip).max()))

    def batch(self, *, size: int) -> Tensor:
        return torch.from_numpy(np.stack([self.clip() for _ in range(size)]))


def synthetic_bank(*, count: int, seed: int) -> list[np.ndarray]:
    """Unit-peak synthesised impacts and scratches of every material, in turn."""
    rng = np.random.default_rng(seed)
    bank = []
    for index in range(count):
        material = MATERIALS[index % len(MATERIALS)]
        strength = float(rng.uniform(0.1, 1.0))
        if rng.random() < 0.15:
            sound = synthesise_scratch(material, float(rng.uniform(0.1, 0.6)), strength, rng)
        else:
            sound = synthesise_impact(material, strength, rng)
        bank.append(sound)
    return bank
