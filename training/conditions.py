"""Training windows: cut from pairs, with conditions given and dropped as classifier-free guidance needs."""

from dataclasses import dataclass

import numpy as np
import torch

from training.config import LATENT_RATE, FlowConfig, VisualConfig
from training.flow import Conditions
from training.materials import MATERIALS
from training.pairs import Pair, Picture
from training.positions import SCHEMES, visual_positions
from training.transformer import SYNC_MODES, TYPICAL_LOUDNESS_DB

MAX_POINTS = 48


@dataclass
class Window:
    """One training example: `latents` `[N, C]`, `features` `[T, D]` at `times_sec` `[T]` in the window, events."""

    latents: torch.Tensor
    features: torch.Tensor
    times_sec: torch.Tensor
    events: list[tuple[float, float, str]]


def cut_window(
    *, pair: Pair, picture: Picture, config: FlowConfig, visual: VisualConfig, random: np.random.Generator
) -> Window:
    """A random window of `window_sec`; frames keep their true time against it."""
    tokens = int(config.window_sec * LATENT_RATE)
    first = int(random.integers(0, len(pair.latents) - tokens + 1))
    start = first / LATENT_RATE
    low = int(np.ceil(start * visual.rate - 1e-6))
    count = int(config.window_sec * visual.rate)
    low = min(low, len(picture.features) - count)
    times = (low + torch.arange(count)) / visual.rate - start
    events = [
        (event.time_sec - start, level, material)
        for event, level, material in zip(picture.events, pair.loudness_db, pair.materials, strict=True)
        if 0 <= event.time_sec - start < config.window_sec
    ]
    return Window(
        pair.latents[first : first + tokens].float(), picture.features[low : low + count].float(), times, events
    )


def draw_points(*, window: Window, mode: str, random: np.random.Generator) -> list[tuple[float, float]]:
    """Sync points (time, dB): all sounding events in `only`; in `hints` some or all, a little off. None in `off`."""
    if mode == "off":
        return []
    points = [(time, level) for time, level, _ in window.events]
    if mode == "hints":
        keep = 1.0 if random.uniform() < 0.5 else random.uniform(0.5, 1.0)
        points = [
            (time + random.normal(0, 0.012), level + random.normal(0, 3.0))
            for time, level in points
            if random.uniform() < keep
        ]
    return points[:MAX_POINTS]


def drop_conditions(
    *, batch: int, config: FlowConfig, random: np.random.Generator
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Per clip: picture present (0 in `unconditional` of them), sync mode, material given."""
    present = (random.uniform(size=batch) >= config.unconditional).astype(np.float32)
    chance = random.uniform(size=batch)
    modes = [
        "hints" if c < config.sync_hints else "only" if c < config.sync_hints + config.sync_only else "off"
        for c in chance
    ]
    return present, modes, random.uniform(size=batch) < config.material_given


def collate(
    *, windows: list[Window], scheme: str, config: FlowConfig, random: np.random.Generator
) -> tuple[torch.Tensor, Conditions]:
    """Latents `[B, N, C]` and the conditioner's inputs."""
    present, modes, given = drop_conditions(batch=len(windows), config=config, random=random)
    rule = SCHEMES[scheme]
    times = torch.stack([window.times_sec for window in windows])
    positions = torch.zeros(len(windows), MAX_POINTS)
    loudness = torch.full((len(windows), MAX_POINTS), TYPICAL_LOUDNESS_DB)
    mask = torch.zeros(len(windows), MAX_POINTS)
    material = torch.zeros(len(windows), dtype=torch.long)
    features = torch.stack([window.features for window in windows])
    for row, (window, mode) in enumerate(zip(windows, modes, strict=True)):
        for column, (time, level) in enumerate(draw_points(window=window, mode=mode, random=random)):
            positions[row, column], loudness[row, column], mask[row, column] = time * LATENT_RATE, level, 1.0
        names = {name for _, _, name in window.events}
        if given[row] and len(names) == 1:
            material[row] = MATERIALS.index(names.pop()) + 1
        if mode == "only" and random.uniform() < 0.5:
            # Points decide, whatever the picture shows: pair them with another clip's picture.
            features[row] = windows[int(random.integers(len(windows)))].features
    conditions = Conditions(
        features=features,
        sin_positions=visual_positions(times_sec=times, kind=rule.visual_sin, latent_rate=LATENT_RATE),
        rope_positions=visual_positions(times_sec=times, kind=rule.visual_rope, latent_rate=LATENT_RATE),
        sync_positions=positions,
        sync_loudness=loudness,
        sync_mask=mask,
        sync_mode=torch.tensor([SYNC_MODES.index(mode) for mode in modes]),
        material=material,
        present=torch.from_numpy(present),
    )
    return torch.stack([window.latents for window in windows]), conditions
