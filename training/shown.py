"""Hits of real clips, moved from where they are heard to where the picture shows them.

[Note: a recording's own offset] A recording lays all of its hits beside their sound by the same few milliseconds. An
encoder that knows the stage alone, whose hits are exact, tells by how many: the offset at which most of what it sees
meets a hit. The same arithmetic as in src/shared/sound-offset.ts, where a film's own sound is what hits are met with.
"""

from dataclasses import replace

import numpy as np
import torch

from training.encoder import MotionEncoder, pick_peaks
from training.pictures import whole_clip
from training.real import Clip

REACH_SEC = 0.1
STEP_SEC = 0.002
SPREAD_SEC = 0.012
NEAR_SEC = 0.025
# How many times as many as meet with the hits moved elsewhere, on average; below it the clip does not tell.
LEAST_CONTRAST = 2.0
LEAST_HITS = 3
ELSEWHERE_SEC = 0.3 + 0.23 * np.arange(17)


def densest(*, seen: np.ndarray, probability: np.ndarray, hits: np.ndarray) -> tuple[float, float]:
    """(expected number of `seen` that meet a hit, offset in s) where that number is greatest; the offset is the median
    of the differences `seen - hits` around it."""
    difference = seen[:, None] - hits
    weight = np.broadcast_to(probability[:, None], difference.shape)
    near = np.abs(difference) <= REACH_SEC + 3 * SPREAD_SEC
    difference, weight = difference[near], weight[near]
    offsets = np.arange(-REACH_SEC, REACH_SEC + STEP_SEC / 2, STEP_SEC)
    met = (weight * np.exp(-0.5 * ((difference - offsets[:, None]) / SPREAD_SEC) ** 2)).sum(1)
    around = difference[np.abs(difference - offsets[met.argmax()]) <= NEAR_SEC]
    return (float(met.max()), float(np.median(around))) if len(around) else (0.0, 0.0)


def shown_after_sec(*, seen: np.ndarray, probability: np.ndarray, hits: np.ndarray) -> float:
    """By how much the picture shows `hits` later (+) or earlier (-) than they are heard; 0 where that does not tell."""
    met, offset = densest(seen=seen, probability=probability, hits=hits)
    length = max([*seen, *hits], default=0.0)
    moved = [shift for side in ELSEWHERE_SEC for shift in (side, length - side) if 0 < shift < length]
    usual = [densest(seen=seen, probability=probability, hits=np.sort((hits + shift) % length))[0] for shift in moved]
    return offset if usual and met >= max(LEAST_HITS, LEAST_CONTRAST * np.mean(usual)) else 0.0


@torch.no_grad()
def as_shown(*, clips: list[Clip], encoder: MotionEncoder) -> list[Clip]:
    """`clips` with their hits where `encoder`, which has learned none of their labels, sees them on the whole."""
    moved = []
    for clip in clips:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = encoder(whole_clip(clip, size=encoder.config.size))
        seen, probability = pick_peaks(torch.sigmoid(output["impact"][0].float()), rate=clip.rate)
        hits = np.array([hit.time_sec for hit in clip.hits])
        late = shown_after_sec(seen=np.array(seen), probability=np.array(probability), hits=hits)
        print(f"{clip.name}: shows its {len(hits)} hits {1000 * late:+.0f} ms after their sound", flush=True)
        moved.append(replace(clip, hits=tuple(replace(hit, time_sec=hit.time_sec + late) for hit in clip.hits)))
    return moved
