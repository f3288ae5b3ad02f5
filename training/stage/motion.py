"""How the actors move: positions of their parts at any instant, from the events alone.

Coordinates are the picture's, -1..1, x to the right and y down; `[B, S]` is scenes by instants. A strike arrives with
speed and stops at the surface; a miss brakes before it (so that the end of a swing alone does not give it away).
"""

from dataclasses import dataclass

import numpy as np
import torch

from training.stage.events import SceneEvents


@dataclass(frozen=True)
class Timeline:
    """Padded events of a batch. All `[B, N]` except where said; `last`/`next` are found per instant by `locate`."""

    time: torch.Tensor
    strength: torch.Tensor
    miss: torch.Tensor
    target: torch.Tensor
    duration: torch.Tensor


@dataclass(frozen=True)
class Located:
    """For each instant `[B, S]`: index of the event before and after, seconds since and until them."""

    previous: torch.Tensor
    following: torch.Tensor
    since: torch.Tensor
    until: torch.Tensor


def pad(*, scenes: list[SceneEvents], device: torch.device) -> Timeline:
    """Events as tensors. Rows are padded far in the future."""
    width = max(len(scene.events) for scene in scenes) + 1
    columns = {
        name: np.zeros((len(scenes), width), np.float32) for name in ("time", "strength", "miss", "target", "duration")
    }
    columns["time"] += 1e3 + np.arange(width)
    for row, scene in enumerate(scenes):
        for column, event in enumerate(scene.events):
            columns["time"][row, column] = event.time_sec
            columns["strength"][row, column] = event.strength
            columns["miss"][row, column] = event.miss
            columns["target"][row, column] = event.target
            columns["duration"][row, column] = event.duration_sec
    tensors = {name: torch.from_numpy(value).to(device) for name, value in columns.items()}
    return Timeline(**{**tensors, "miss": tensors["miss"] > 0.5, "target": tensors["target"].long()})


def locate(*, timeline: Timeline, instants: torch.Tensor) -> Located:
    """`instants` `[B, S]` in seconds."""
    count = timeline.time.shape[1]
    following = torch.searchsorted(timeline.time.contiguous(), instants.contiguous(), right=True).clamp(max=count - 1)
    previous = (following - 1).clamp(min=0)
    first = following == 0
    before = timeline.time.gather(1, previous)
    since = torch.where(first, torch.full_like(instants, 5.0), instants - before).clamp_min(0.0)
    until = (timeline.time.gather(1, following) - instants).clamp_min(0.0)
    return Located(previous=previous, following=following, since=since, until=until)


def uniform(low: float, high: float, *shape: int, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(*shape, generator=generator, device=generator.device)


def smoothstep(x: torch.Tensor) -> torch.Tensor:
    x = x.clamp(0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def lift(
    *, located: Located, misses: torch.Tensor, rise: torch.Tensor, fall: torch.Tensor, dwell: torch.Tensor
) -> torch.Tensor:
    """Height above the surface, 0..1: leaves gently after `dwell`, returns at full speed; a miss comes back braking.

    `misses` `[B, S]` says whether the coming event is one; `rise`, `fall`, `dwell` `[B, 1]` in seconds.
    """
    up = smoothstep((located.since - dwell) / rise)
    down = (located.until / fall).clamp(0.0, 1.0)
    strike = 1.0 - (1.0 - down) ** 2
    return up * torch.where(misses, smoothstep(down), strike)


def contact_points(
    *, timeline: Timeline, centres: torch.Tensor, radii: torch.Tensor, spread: float, generator: torch.Generator
) -> torch.Tensor:
    """Where each event touches its target, `[B, N, 2]`: on the upper side of the object, misses stop short of it."""
    batch, count = timeline.time.shape
    centre = centres.gather(1, timeline.target.clamp(max=centres.shape[1] - 1).unsqueeze(-1).expand(-1, -1, 2))
    radius = radii.gather(1, timeline.target.clamp(max=radii.shape[1] - 1))
    x = centre[..., 0] + uniform(-spread, spread, batch, count, generator=generator) * radius
    y = centre[..., 1] - radius * uniform(-0.2, 0.9, batch, 1, generator=generator)
    y = y + uniform(-0.15, 0.15, batch, count, generator=generator) * radius
    y = torch.where(timeline.miss, y - uniform(0.12, 0.4, batch, count, generator=generator), y)
    return torch.stack([x, y], -1)


def travel(*, points: torch.Tensor, located: Located, scratch: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
    """The point under the actor, `[B, S, 2]`: slides between contacts, and along the surface during a scratch.

    `points` `[B, N, 2]`; `scratch` `[B, S, 2]` displacement; `phase` `[B, S]` 0..1 between two events.
    """
    before = points.gather(1, located.previous.unsqueeze(-1).expand(-1, -1, 2))
    after = points.gather(1, located.following.unsqueeze(-1).expand(-1, -1, 2))
    after = torch.where(after.abs() > 10, before, after)
    return before + (after - before) * smoothstep(phase).unsqueeze(-1) + scratch
