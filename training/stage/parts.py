"""What moves in a scene: sticks, hands, feet and balls as capsules, `[B, S]` instants at once."""

import math
from dataclasses import dataclass

import torch

from training.stage import backdrop
from training.stage.motion import Timeline, locate, uniform


@dataclass(frozen=True)
class Capsule:
    """A thick segment from `a` to `b` `[B, S, 2]`, `radius` `[B, 1]`, `colour` `[B, 3]`, `shown` `[B, S]`."""

    a: torch.Tensor
    b: torch.Tensor
    radius: torch.Tensor
    colour: torch.Tensor
    shown: torch.Tensor


def direction(angle: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.cos(angle), torch.sin(angle)], -1)


def skin(*, batch: int, generator: torch.Generator) -> torch.Tensor:
    base = uniform(0.25, 0.95, batch, 1, generator=generator)
    return (
        base
        * torch.tensor([1.0, 0.78, 0.66], device=generator.device)
        * uniform(0.9, 1.1, batch, 3, generator=generator)
    )


def strike_parts(
    *,
    tip: torch.Tensor,
    height: torch.Tensor,
    instants: torch.Tensor,
    tool: bool,
    arm: torch.Tensor,
    generator: torch.Generator,
) -> list[Capsule]:
    """A stick or hammer (or the bare hand) with its hand, forearm and sleeve; the arm leaves the picture.

    `tip` `[B, S, 2]` and `height` `[B, S]` are where the tool is; `arm` `[B, 1]` turns the side from which it is held.
    """
    batch, device = tip.shape[0], tip.device
    draw = lambda low, high: uniform(low, high, batch, 1, generator=generator)
    shown = torch.ones(tip.shape[:2], device=device)
    side = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    swing = draw(0.0, 0.7) * height + 0.06 * torch.sin(instants * draw(0.5, 3.0))
    held = arm - math.pi / 2 + side * draw(0.1, 1.6)
    angle = held + side * (swing if tool else 0.3 * swing)
    length = draw(0.35, 1.3) if tool else draw(0.02, 0.12)
    if tool:  # now and then the wrist alone turns: the hand stays where it is, and the tip goes round it
        wrist_only = (draw(0, 1) < 0.35).float() * draw(0.5, 1.0)
        tip = tip + (wrist_only * length).unsqueeze(-1) * (direction(held) - direction(angle))
    grip = tip + length.unsqueeze(-1) * direction(angle)
    elbow = grip + 1.6 * direction(angle + side * draw(-0.9, 0.9))
    thick = draw(0.014, 0.05)
    flesh = skin(batch=batch, generator=generator)
    sleeve = backdrop.natural_colour(batch, generator=generator)
    hand = draw(0.06, 0.16)
    wrist = grip + 0.35 * (elbow - grip)
    parts = [
        Capsule(wrist, elbow, hand * draw(0.8, 1.3), sleeve, shown),
        Capsule(grip, wrist, hand * draw(0.5, 0.8), flesh, shown),
        Capsule(grip, grip + 0.08 * direction(angle + 1.2), hand, flesh, shown),
    ]
    if not tool:
        return [*parts[:2], Capsule(tip - hand.unsqueeze(-1) * direction(angle + math.pi), grip, hand, flesh, shown)]
    wood = uniform(0.1, 0.98, batch, 1, generator=generator) * torch.tensor([1.0, 0.85, 0.65], device=device)
    colour = torch.where(draw(0, 1) < 0.7, wood, backdrop.natural_colour(batch, generator=generator))
    end = tip - thick.unsqueeze(-1) * direction(angle + math.pi)
    parts.append(Capsule(end, grip, thick, colour, shown))
    hammer = (draw(0, 1) < 0.2).float()
    across = 0.12 * direction(angle + math.pi / 2)
    head = Capsule(
        end - across, end + across, draw(0.04, 0.1), backdrop.natural_colour(batch, generator=generator), shown * hammer
    )
    return [*parts, head]


def flying_parts(
    *,
    timeline: Timeline,
    points: torch.Tensor,
    instants: torch.Tensor,
    reach: torch.Tensor,
    generator: torch.Generator,
) -> list[Capsule]:
    """What a struck surface throws up: drops, leaves, stones. `points` `[B, N, 2]`, `reach` `[B, N]` by event."""
    if not bool(reach.any()):
        return []
    batch = instants.shape[0]
    located = locate(timeline=timeline, instants=instants)
    sounding = ~timeline.miss.gather(1, located.previous)
    power = (reach * timeline.strength).gather(1, located.previous) * sounding
    where = points.gather(1, located.previous.unsqueeze(-1).expand(-1, -1, 2))
    colour = backdrop.natural_colour(batch, generator=generator)
    flight = (located.since / 0.4).clamp(0, 1)
    parts = []
    for _ in range(3):
        angle = uniform(-math.pi, math.pi, *reach.shape, generator=generator).gather(1, located.previous)
        speed = uniform(0.3, 1.0, *reach.shape, generator=generator).gather(1, located.previous)
        away = (power * speed * (1 - (1 - flight) ** 2)).unsqueeze(-1) * direction(angle)
        centre = where + away + torch.stack([torch.zeros_like(flight), 0.3 * power * flight**2], -1)
        trail = centre - 0.15 * away
        shown = (flight < 1).float() * (power > 0.05) * (1 - flight)
        parts.append(Capsule(centre, trail, uniform(0.012, 0.05, batch, 1, generator=generator), colour, shown))
    return parts


def round_parts(
    *, centre: torch.Tensor, spin: torch.Tensor, shown: torch.Tensor, generator: torch.Generator
) -> list[Capsule]:
    """A ball, or a longer thing that tumbles; its underside touches."""
    batch = centre.shape[0]
    radius = uniform(0.05, 0.18, batch, 1, generator=generator)
    long = torch.where(uniform(0, 1, batch, 1, generator=generator) < 0.5, 0.0, 1.0) * uniform(
        0, 0.2, batch, 1, generator=generator
    )
    middle = centre - torch.stack([torch.zeros_like(radius), radius], -1)
    half = long.unsqueeze(-1) * direction(spin)
    colour = backdrop.natural_colour(batch, generator=generator)
    spot = Capsule(
        middle + 0.3 * half, middle + half, radius * 0.5, backdrop.natural_colour(batch, generator=generator), shown
    )
    return [Capsule(middle - half, middle + half, radius, colour, shown), spot]


def foot_parts(*, sole: torch.Tensor, generator: torch.Generator, look: dict[str, torch.Tensor]) -> list[Capsule]:
    """A shoe and its leg; both feet share one `look`."""
    batch = sole.shape[0]
    shown = torch.ones(sole.shape[:2], device=sole.device)
    thick = look["shoe"]
    heel = sole - torch.stack([torch.zeros_like(thick), thick], -1)
    toe = heel + torch.stack([look["length"], torch.zeros_like(thick)], -1)
    knee = heel + torch.stack([uniform(-0.3, 0.3, batch, 1, generator=generator), torch.full_like(thick, -1.6)], -1)
    return [Capsule(heel, knee, thick * 1.3, look["leg"], shown), Capsule(heel, toe, thick, look["colour"], shown)]


def capsule_cover(
    ends: torch.Tensor, radius: torch.Tensor, shown: torch.Tensor, px: torch.Tensor, py: torch.Tensor
) -> torch.Tensor:
    """Share of each pixel under a capsule `[B, S, R, R]`; `ends` `[B, S, 1, 1, 4]` is (ax, ay, bx, by)."""
    dx, dy = px - ends[..., 0], py - ends[..., 1]
    along_x, along_y = ends[..., 2] - ends[..., 0], ends[..., 3] - ends[..., 1]
    norm = (along_x.square() + along_y.square()).clamp_min(1e-6)
    share = ((dx * along_x + dy * along_y) / norm).clamp(0, 1)
    distance = ((dx - share * along_x).square() + (dy - share * along_y).square()).sqrt()
    return (0.5 - (distance - radius) * (px.shape[-1] / 2)).clamp(0, 1) * shown
