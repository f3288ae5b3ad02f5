"""Scenes as frames: parts are capsules drawn by signed distance over a warped still, blurred by the shutter.

Everything is batched torch, so that the same code makes data on a CPU and on a GPU.
"""

import math

import torch
import torch.nn.functional as F

from training.config import VisualConfig
from training.stage import backdrop
from training.stage.events import SceneEvents
from training.stage.motion import Located, Timeline, contact_points, lift, locate, pad, smoothstep, travel, uniform
from training.stage.parts import Capsule, capsule_cover, direction, flying_parts, foot_parts, round_parts, strike_parts

# How far a struck thing gives way, as a share of the picture.
GIVE = {"leaf": 0.09, "cloth": 0.035, "paper": 0.05, "water": 0.06, "dirt": 0.012, "gravel": 0.02, "plastic": 0.02}
# What leaves the surface when it is struck, as a share of the picture.
FLIES = {"water": 0.9, "leaf": 0.4, "gravel": 0.5, "dirt": 0.4}
SOURCE_RATES = (24.0, 25.0, 25.0, 30_000 / 1001, 30_000 / 1001, 30.0, 50.0, 60.0)
SUBSTEPS = 3


def per_event(
    table: dict[str, float], *, scenes: list[SceneEvents], width: int, otherwise: float, device: torch.device
) -> torch.Tensor:
    """What `table` says of the material of each event, `[B, width]`; zero in the padding."""
    rows = [[table.get(event.material, otherwise) for event in scene.events] for scene in scenes]
    return torch.tensor([row + [0.0] * (width - len(row)) for row in rows], device=device)


class StageRenderer:
    """Frames of random scenes.

    `render` gives frames `[B, T, 3, R, R]` in 0..1 at the visual grid's instants k / rate from the scene's start, each
    showing the newest frame of a film of some other rate, as the application samples films.
    """

    def __init__(
        self,
        *,
        config: VisualConfig,
        textures: backdrop.Textures,
        seed: int,
        device: torch.device,
        compiled: bool = False,
    ) -> None:
        self.config = config
        self.textures = textures
        self.device = device
        self.generator = torch.Generator(device=device).manual_seed(seed)
        # [Note: compiled cover] the parts are memory-bound elementwise work: fusing them is ten times faster on a CPU.
        self._cover = torch.compile(capsule_cover) if compiled else capsule_cover

    def _uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return uniform(low, high, *shape, generator=self.generator)

    def render(self, *, scenes: list[SceneEvents], frames: int, start_sec: float = 0.0) -> torch.Tensor:
        """Scenes of one batch must share their actor."""
        batch, rate = len(scenes), self.config.rate
        timeline = pad(scenes=scenes, device=self.device)
        picks = torch.randint(len(SOURCE_RATES), (batch, 1), generator=self.generator, device=self.device)
        source = torch.tensor(SOURCE_RATES, device=self.device)[picks]
        grid = start_sec + torch.arange(frames, device=self.device).unsqueeze(0) / rate
        shown_at = torch.floor(grid * source + 1e-4) / source
        shutter = self._uniform(0.1, 0.9, batch, 1) / source
        steps = torch.linspace(0.0, 1.0, SUBSTEPS, device=self.device)
        instants = (shown_at.unsqueeze(-1) + shutter.unsqueeze(-1) * steps).flatten(1)
        centres = torch.stack([self._uniform(-0.65, 0.65, batch, 3), self._uniform(-0.1, 0.75, batch, 3)], -1)
        radii = self._uniform(0.15, 0.5, batch, 3)
        points = contact_points(timeline=timeline, centres=centres, radii=radii, spread=0.7, generator=self.generator)
        stills = torch.stack(
            [
                backdrop.build(
                    materials=scene.materials,
                    centres=centres[row],
                    radii=radii[row],
                    side=2 * self.config.size,
                    textures=self.textures,
                    generator=self.generator,
                )
                for row, scene in enumerate(scenes)
            ]
        )
        parts = self._parts(actor=scenes[0].actor, timeline=timeline, points=points, instants=instants)
        flies = per_event(FLIES, scenes=scenes, width=timeline.time.shape[1], otherwise=0.0, device=self.device)
        parts += flying_parts(
            timeline=timeline, points=points, instants=instants, reach=flies, generator=self.generator
        )
        still_instants = shown_at + 0.5 * shutter
        image = self._surroundings(
            scenes=scenes, timeline=timeline, points=points, stills=stills, instants=still_instants
        )
        image = self._draw(image=image, parts=[*self._distractors(instants=instants), *parts])
        return self._expose(image)

    def _parts(self, *, actor: str, timeline: Timeline, points: torch.Tensor, instants: torch.Tensor) -> list[Capsule]:
        batch = instants.shape[0]
        located = locate(timeline=timeline, instants=instants)
        if actor in ("stick", "hand"):
            lean, arm = self._view(batch)
            tip, height = self._swing(timeline=timeline, located=located, points=points, lean=lean)
            return strike_parts(
                tip=tip,
                height=height,
                instants=instants,
                tool=actor == "stick",
                arm=arm,
                generator=self.generator,
            )
        phase = located.since / (located.since + located.until).clamp_min(1e-3)
        if actor == "ball":
            gap = (located.since + located.until).clamp(max=1.2)
            arc = 4 * phase * (1 - phase) * (gap**2 * self._uniform(0.9, 2.2, batch, 1)).clamp(0.01, 1.4)
            ground = travel(points=points, located=located, scratch=torch.zeros(1, device=self.device), phase=phase)
            centre = ground - torch.stack([torch.zeros_like(arc), arc], -1)
            spin = instants * self._uniform(-9, 9, batch, 1)
            return round_parts(centre=centre, spin=spin, shown=torch.ones_like(phase), generator=self.generator)
        if actor == "drop":
            return self._falling(located=located, points=points, instants=instants)
        return self._walking(timeline=timeline, points=points, instants=instants)

    def _view(self, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Angles `[B, 1]` from upright: of the way a tool is lifted, and of the side from which the arm comes.

        Half of the scenes are seen from the side: up is up, and the arm comes from above. The other half look down on
        things, as whoever holds the camera does: what is lifted moves anywhere, and the arm often comes from below.
        """
        above = self._uniform(0, 1, batch, 1) < 0.5
        lean = torch.where(above, self._uniform(-2.4, 2.4, batch, 1), self._uniform(-0.6, 0.6, batch, 1))
        arm = torch.where(above, self._uniform(-math.pi, math.pi, batch, 1), torch.zeros_like(lean))
        return lean, arm

    def _swing(
        self, *, timeline: Timeline, located: Located, points: torch.Tensor, lean: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Tip `[B, S, 2]` and height 0..1 `[B, S]` of whatever strikes; `lean` `[B, 1]`: the way up, from upright.

        How hard a hit is shows: a hard one comes from further away, in less time, and springs back.
        """
        batch = points.shape[0]
        coming = timeline.miss.gather(1, located.following)
        dragging = timeline.duration.gather(1, located.previous)
        strength = timeline.strength.gather(1, located.following)
        dwell = self._uniform(0.0, 0.12, batch, 1) + dragging
        height = lift(
            located=located,
            misses=coming,
            rise=self._uniform(0.1, 0.45, batch, 1),
            fall=self._uniform(0.09, 0.3, batch, 1) * (1.4 - 0.8 * strength),
            dwell=dwell,
        )
        gap = (located.since + located.until).clamp(max=0.7) / 0.7
        reach = self._uniform(0.35, 1.0, batch, 1) * gap
        struck = timeline.strength.gather(1, located.previous) * ~timeline.miss.gather(1, located.previous)
        beat = located.since / 0.035
        spring = 0.25 * struck**2 * beat * torch.exp(1.0 - beat) * (dragging == 0) * (located.until / 0.1).clamp(max=1)
        amplitude = reach * (0.12 + 0.88 * strength**1.5)
        drag = (located.since / dragging.clamp_min(1e-3)).clamp(0, 1) * (dragging > 0)
        wave = torch.sin(drag * math.pi * self._uniform(1.0, 6.0, batch, 1)) * self._uniform(-0.25, 0.25, batch, 1)
        wave = wave * (0.4 + 0.8 * timeline.strength.gather(1, located.previous))
        phase = smoothstep((located.since - dwell) / (located.since + located.until - dwell).clamp_min(1e-3))
        scratch = torch.stack([wave, 0.2 * wave], -1) * (1.0 - phase).unsqueeze(-1)
        under = travel(points=points, located=located, scratch=scratch, phase=phase)
        away = amplitude * height + reach * spring * self._uniform(0.0, 1.0, batch, 1)
        return under + away.unsqueeze(-1) * direction(lean - math.pi / 2).expand(-1, height.shape[1], -1), height

    def _falling(self, *, located: Located, points: torch.Tensor, instants: torch.Tensor) -> list[Capsule]:
        """Things that fall from above; short gaps are bounces, long ones bring a new thing."""
        batch = points.shape[0]
        gap = located.since + located.until
        bounce = gap < 0.3
        phase = located.since / gap.clamp_min(1e-3)
        fall = self._uniform(0.3, 0.5, batch, 1)
        down = (located.until / fall).clamp(0, 1)
        drop = self._uniform(0.8, 1.8, batch, 1) * (1 - (1 - down) ** 2)
        height = torch.where(bounce, 4 * phase * (1 - phase) * gap**2 * 1.6, drop)
        resting = (~bounce) & (located.since < gap - fall)
        hold = self._uniform(0.1, 0.5, batch, 1)
        after = points.gather(1, located.following.unsqueeze(-1).expand(-1, -1, 2))
        before = points.gather(1, located.previous.unsqueeze(-1).expand(-1, -1, 2))
        ground = torch.where(resting.unsqueeze(-1), before, after)
        ground = torch.where(bounce.unsqueeze(-1), torch.lerp(before, after, phase.unsqueeze(-1)), ground)
        height = torch.where(resting, torch.zeros_like(height), height)
        shown = (~(resting & (located.since > hold))).float()
        centre = ground - torch.stack([torch.zeros_like(height), height], -1)
        spin = torch.where(resting, torch.zeros_like(height), instants * self._uniform(-6, 6, batch, 1))
        return round_parts(centre=centre, spin=spin, shown=shown, generator=self.generator)

    def _walking(self, *, timeline: Timeline, points: torch.Tensor, instants: torch.Tensor) -> list[Capsule]:
        """Two feet that take turns, each still on the ground while the other swings."""
        batch = points.shape[0]
        look = {
            "shoe": self._uniform(0.05, 0.11, batch, 1),
            "length": self._uniform(-0.3, 0.3, batch, 1),
            "leg": backdrop.natural_colour(batch, generator=self.generator),
            "colour": backdrop.natural_colour(batch, generator=self.generator),
        }
        apart = self._uniform(0.1, 0.35, batch, 1)
        rise, fall = self._uniform(0.1, 0.2, batch, 1), self._uniform(0.08, 0.16, batch, 1)
        amplitude, stride = self._uniform(0.1, 0.4, batch, 1), self._uniform(-0.25, 0.25, batch, 1)
        base = points[:, :1]
        parts: list[Capsule] = []
        for foot in (0, 1):
            own = Timeline(
                **{
                    name: getattr(timeline, name)[:, foot::2]
                    for name in ("time", "strength", "miss", "target", "duration")
                }
            )
            located = locate(timeline=own, instants=instants)
            standing = (located.since + located.until - rise - fall).clamp_min(0.05)
            height = lift(
                located=located,
                misses=torch.zeros_like(located.since, dtype=torch.bool),
                rise=rise,
                fall=fall,
                dwell=standing,
            )
            swing = smoothstep((located.since - standing) / (rise + fall))
            # Forth with one step, back with the next: a foot does not slide at its contact.
            along = torch.where(located.following % 2 == 0, swing, 1.0 - swing)
            x = base[..., 0] + (foot - 0.5) * 2 * apart + stride * (along - 0.5)
            strength = own.strength.gather(1, located.following)
            y = base[..., 1] - amplitude * (0.3 + 0.9 * strength) * height
            parts += foot_parts(sole=torch.stack([x, y], -1), generator=self.generator, look=look)
        return parts

    def _distractors(self, *, instants: torch.Tensor) -> list[Capsule]:
        """Things that move and touch nothing."""
        batch = instants.shape[0]
        shown = (self._uniform(0, 1, batch, 1) < 0.3).float().expand_as(instants)
        x = torch.sin(instants * self._uniform(0.3, 6, batch, 1) + self._uniform(0, 6, batch, 1)) * self._uniform(
            0, 0.8, batch, 1
        )
        y = torch.cos(instants * self._uniform(0.3, 5, batch, 1)) * self._uniform(0, 0.5, batch, 1)
        centre = torch.stack([x + self._uniform(-0.6, 0.6, batch, 1), y + self._uniform(-0.9, 0.6, batch, 1)], -1)
        end = centre + self._uniform(-0.4, 0.4, batch, 1, 2)
        return [
            Capsule(
                centre,
                end,
                self._uniform(0.02, 0.2, batch, 1),
                backdrop.natural_colour(batch, generator=self.generator),
                shown,
            )
        ]

    def _surroundings(
        self,
        *,
        scenes: list[SceneEvents],
        timeline: Timeline,
        points: torch.Tensor,
        stills: torch.Tensor,
        instants: torch.Tensor,
    ) -> torch.Tensor:
        """The still seen by a hand-held camera `[B, T, 3, R, R]`; what was struck gives way around the contact."""
        batch, frames = instants.shape
        side = self.config.size
        axis = (torch.arange(side, device=self.device) + 0.5) / side * 2 - 1
        grid = torch.stack([axis.view(1, side).expand(side, side), axis.view(side, 1).expand(side, side)], -1)
        located = locate(timeline=timeline, instants=instants)
        give = per_event(GIVE, scenes=scenes, width=timeline.time.shape[1], otherwise=0.004, device=self.device)
        give = (give * timeline.strength**1.5 * ~timeline.miss).gather(1, located.previous)
        give = give * self._uniform(0.4, 2.2, batch, 1)
        ring = torch.exp(-located.since / self._uniform(0.05, 0.3, batch, 1)) * torch.sin(
            located.since * self._uniform(20, 60, batch, 1)
        )
        where = points.gather(1, located.previous.unsqueeze(-1).expand(-1, -1, 2))
        distance = (grid - where.view(batch, frames, 1, 1, 2)).square().sum(-1)
        near = torch.exp(-distance / self._uniform(0.02, 0.3, batch, 1, 1, 1))
        push = (
            (give * ring).view(batch, frames, 1, 1, 1)
            * near.unsqueeze(-1)
            * direction(self._uniform(0, 6.3, batch, 1, 1, 1))
        )
        walk = torch.randn(batch, frames, 2, generator=self.generator, device=self.device).cumsum(1)
        held = self._uniform(0, 1, batch, 1, 1)
        camera = walk * 0.006 * torch.where(held < 0.5, 0.0, held**2)
        camera = camera + self._uniform(-0.1, 0.1, batch, 1, 2)
        look = (grid + push + camera.view(batch, frames, 1, 1, 2)) / 1.25
        source = stills.repeat_interleave(frames, 0)
        flat = F.grid_sample(
            source, look.flatten(0, 1), mode="bilinear", padding_mode="reflection", align_corners=False
        )
        return flat.view(batch, frames, 3, side, side)

    def _draw(self, *, image: torch.Tensor, parts: list[Capsule]) -> torch.Tensor:
        """Parts over the image in order, each covering the share of the shutter's time that it was there."""
        batch, frames, _, side, _ = image.shape
        axis = (torch.arange(side, device=self.device) + 0.5) / side * 2 - 1
        px, py = axis.view(1, 1, 1, side), axis.view(1, 1, side, 1)
        for part in parts:
            ends = torch.cat([part.a, part.b], -1)[:, :, None, None]
            cover = self._cover(ends, part.radius.view(batch, 1, 1, 1), part.shown[:, :, None, None], px, py)
            cover = cover.view(batch, frames, SUBSTEPS, side, side).mean(2)
            shade = (1.0 + 0.25 * (py - px)).view(1, 1, 1, side, side)
            image = torch.lerp(image, part.colour.view(batch, 1, 3, 1, 1) * shade, cover.unsqueeze(2))
        return image

    def _expose(self, image: torch.Tensor) -> torch.Tensor:
        """Contrast, drifting exposure, grain and the blocks of a lossy film."""
        batch, frames, _, side, _ = image.shape
        image = (
            (image - 0.5) * self._uniform(0.5, 1.3, batch, 1, 1, 1, 1)
            + 0.5
            + self._uniform(-0.2, 0.2, batch, 1, 1, 1, 1)
        )
        drift = torch.randn(batch, frames, 1, 1, 1, generator=self.generator, device=self.device).cumsum(1)
        image = image + drift * 0.006 * self._uniform(0, 1, batch, 1, 1, 1, 1) ** 2
        noise = torch.randn(image.shape, generator=self.generator, device=self.device)
        image = image + noise * self._uniform(0, 0.18, batch, 1, 1, 1, 1) ** 2
        flip = self._uniform(0, 1, batch, 1, 1, 1, 1) < 0.5
        return torch.where(flip, image.flip(-1), image).clamp(0, 1)
