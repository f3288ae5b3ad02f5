"""The frozen visual encoder of one frame rate: trained on scenes of its own, from one that learned the stage at 25 fps.

[Note: what a frame may know] The paper takes CLIP's CLS token of each frame by itself. The bundled encoder compares
neighbouring frames, so at 5 fps it must be another encoder than at 25: its neighbours are 200 ms away, and nothing
between them reaches it. It never sees the transformer's scenes, and no real clip.
"""

import math
from pathlib import Path

import numpy as np
import torch

from training.augmentation import recolour
from training.checkpoint import TrainingState
from training.config import VisualConfig
from training.encoder import MotionEncoder, encoder_loss, pick_peaks
from training.materials import MATERIALS
from training.pictures import strength_to_db, targets
from training.study.scenes import SCENE_SEC, read_chunk, sounding
from training.sync_score import average_precision
from training.train_encoder import load_encoder

FRAMES = 50
BATCH = 8
PEAK_RATE = 1e-3
WATCHED_FILES = 8


def at_rate(frames: np.ndarray, *, stored: int, fps: int) -> np.ndarray:
    """Every (stored / fps)-th frame of `[B, T, ...]`."""
    if stored % fps:
        raise ValueError(f"frames at {stored} fps do not hold those at {fps} fps; expected a divisor")
    return frames[:, :: stored // fps]


def load_scenes(paths: list[Path], *, stored: int, config: VisualConfig) -> tuple[torch.Tensor, list]:
    """All frames `[N, T, 3, R, R]` uint8 at the encoder's rate and the sounding events of each scene."""
    chunks = [read_chunk(path) for path in paths]
    frames = np.concatenate([at_rate(frames, stored=stored, fps=int(config.rate)) for frames, _, _ in chunks])
    return torch.from_numpy(frames), [sounding(events) for _, scenes, _ in chunks for events in scenes]


def draw_batch(*, frames: torch.Tensor, events: list, config: VisualConfig, random: np.random.Generator):
    """Random crops in time, mirrored and relit, with their targets."""
    count = min(FRAMES, frames.shape[1])
    shown, made = [], []
    for index in random.integers(0, len(frames), BATCH):
        first = int(random.integers(0, frames.shape[1] - count + 1))
        start = first / config.rate
        hits = [(e.time_sec - start, strength_to_db(e.strength), e.material) for e in events[index]]
        part = frames[index, first : first + count].float() / 255
        shown.append(part.flip(-1) if random.uniform() < 0.5 else part)
        made.append(targets(hits=hits, frames=count, config=config, width_bins=0.8))
    impact, loudness, material = (torch.from_numpy(np.stack(column)) for column in zip(*made, strict=True))
    return recolour(torch.stack(shown)), impact, loudness, material


@torch.no_grad()
def score(*, model: MotionEncoder, frames: torch.Tensor, events: list) -> float:
    """Average precision of its impacts at 0.1 s on scenes that it did not learn."""
    model.eval()
    results = []
    for shown, scene in zip(frames, events, strict=True):
        curve = torch.sigmoid(model(shown.unsqueeze(0).float() / 255)["impact"][0])
        times, values = pick_peaks(curve, rate=model.config.rate)
        results.append(([e.time_sec for e in scene if 0 <= e.time_sec < SCENE_SEC], times, values))
    return average_precision(clips=results, tolerance_sec=0.1)


def take_over(model: MotionEncoder, start: Path) -> None:
    """The weights of the encoder at `start` that have the same shape: all but heads and longer dilations."""
    if not start.exists():
        print(f"no {start.name} in the cache: the encoder begins at random weights", flush=True)
        return
    own, given = model.state_dict(), torch.load(start, map_location="cpu", weights_only=True)["ema"]
    model.load_state_dict(
        {key: given[key] if key in given and given[key].shape == own[key].shape else own[key] for key in own}
    )


def train_sight(
    *,
    path: Path,
    config: VisualConfig,
    taught: list[Path],
    watched: list[Path],
    stored: int,
    steps: int,
    start: Path,
    device: torch.device,
) -> MotionEncoder:
    """The encoder at `path`, trained if it is not there; what it scores stands in the checkpoint.

    It begins with what it can take from `start`, an encoder that learned the stage alone, at 25 fps.
    """
    if path.exists():
        return load_encoder(path, config=config)
    torch.manual_seed(int(config.rate))
    random = np.random.default_rng(int(config.rate))
    frames, events = load_scenes(taught, stored=stored, config=config)
    model = MotionEncoder(config=config, materials=len(MATERIALS)).train()
    take_over(model, start)
    model = model.to(device)
    state = TrainingState(model=model, optimiser=torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.02))
    for step in range(steps):
        shown, impact, loudness, material = draw_batch(frames=frames, events=events, config=config, random=random)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            output = model(shown.to(device))
        given = {"impact": impact.to(device), "loudness": loudness.to(device), "material": material.to(device)}
        loss = encoder_loss(output=output, **given)
        fading = 0.5 * (1 + math.cos(math.pi * step / steps)) + 0.02
        state.update(loss, learning_rate=PEAK_RATE * min(1.0, (step + 1) / 50) * fading, decay=0.99, ramp=20)
    probe = MotionEncoder(config=config, materials=len(MATERIALS))
    probe.load_state_dict({key: value.cpu() for key, value in state.average.items()})
    seen, true = load_scenes(watched[:WATCHED_FILES], stored=stored, config=config)
    precision = score(model=probe, frames=seen, events=true)
    state.save(path, ap100=precision)
    print(f"encoder at {config.rate:g} fps: {steps} steps, AP {precision:.3f} at 0.1 s on unseen scenes", flush=True)
    return load_encoder(path, config=config)
