"""Scenes of the stage, kept on disk in chunks, so that all rates and rows see the same ones."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from training.config import VisualConfig
from training.stage.backdrop import Textures
from training.stage.events import KIND_WEIGHTS, KINDS, Event, SceneEvents, draw_scene
from training.stage.picture import StageRenderer
from training.whole_file import whole_file

SCENE_SEC = 10.0
TOGETHER = 8


def draw_scenes(*, count: int, seed: int, seconds: float) -> Iterator[list[SceneEvents]]:
    """Batches of scenes of one actor; the events depend on the seed alone, not on the rate they are rendered at."""
    random = np.random.default_rng(seed)
    for first in range(0, count, TOGETHER):
        actor = str(random.choice(KINDS, p=KIND_WEIGHTS))
        size = min(TOGETHER, count - first)
        yield [draw_scene(duration_sec=seconds, rng=random, actor=actor) for _ in range(size)]


def render_chunks(
    *, folder: Path, count: int, seed: int, rate: float, size: int, textures: Path | None, seconds: float = SCENE_SEC
) -> list[Path]:
    """Files of uint8 frames `[8, T, 3, R, R]` and events; those that are there are not rendered again."""
    folder.mkdir(parents=True, exist_ok=True)
    batches = list(draw_scenes(count=count, seed=seed, seconds=seconds))
    paths = [folder / f"scenes-{seed}-{rate:g}fps-{index:04d}.npz" for index in range(len(batches))]
    missing = [index for index, path in enumerate(paths) if not path.exists()]
    if not missing:
        return paths
    device, config = torch.device("cpu"), VisualConfig(rate=rate, size=size)
    loaded = Textures(folder=textures, device=device)
    for index in missing:
        # A renderer of its own for each chunk: what it draws does not depend on which chunks were there.
        renderer = StageRenderer(
            config=config, textures=loaded, seed=seed * 10_000 + index, device=device, compiled=count > TOGETHER
        )
        frames = renderer.render(scenes=batches[index], frames=int(seconds * rate)).mul(255).round().byte().numpy()
        events = [[vars(event) for event in scene.events] for scene in batches[index]]
        actor = np.array(batches[index][0].actor)
        with whole_file(paths[index]) as partial:
            np.savez(partial, frames=frames, events=np.array(json.dumps(events)), actor=actor)
    return paths


def read_chunk(path: Path) -> tuple[np.ndarray, list[list[Event]], str]:
    """Frames, all events of each scene (misses too) and the actor."""
    stored = np.load(path)
    events = [[Event(**event) for event in scene] for scene in json.loads(str(stored["events"]))]
    return stored["frames"], events, str(stored["actor"])


def sounding(events: list[Event], *, seconds: float = SCENE_SEC) -> list[Event]:
    return [event for event in events if not event.miss and -0.5 < event.time_sec < seconds]
