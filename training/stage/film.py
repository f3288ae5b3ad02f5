"""Films of stage scenes, to look at and to test with: any size and rate, one sharp frame after the other.

Actors, their motion and their contacts are the training stage's own (picture.py, motion.py); the camera, the scenery
and the light are drawn here, in full size, where the training stage draws thousands of tiny ones at once.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F

from training.config import VisualConfig
from training.stage import backdrop
from training.stage.events import SceneEvents
from training.stage.motion import Located, Timeline, contact_points, locate, pad
from training.stage.parts import Capsule
from training.stage.picture import GIVE, StageRenderer, per_event
from training.stage.scenery import Tiles, View, still, view_of

SUBSTEPS = 6
SHUTTER = 0.5  # of a frame's interval
MARGIN = 1.2  # of scenery around the view, for the camera to move in
LIGHT = (-0.46, -0.62, 0.64)


def smooth_walk(*, frames: int, knot_frames: float, generator: torch.Generator) -> torch.Tensor:
    """A hand-held wander `[frames, 2]` of unit size, without jumps: random knots joined by cosines."""
    count = int(frames / knot_frames) + 3
    knots = torch.randn(count, 2, generator=generator)
    at = torch.arange(frames) / knot_frames
    low = at.floor().long()
    share = (0.5 - 0.5 * torch.cos(math.pi * (at - low))).unsqueeze(-1)
    return knots[low] * (1 - share) + knots[low + 1] * share


def on_the_floor(scene: SceneEvents) -> bool:
    """Whether all happens on one walkable thing: then that is the floor; else objects stand on one."""
    return scene.actor in ("ball", "foot", "drop") and len({event.target for event in scene.events}) == 1


class FilmRenderer(StageRenderer):
    """One scene at a time, `width` x `height`; `clutter` adds shake, grain and a thing that touches nothing."""

    def __init__(self, *, width: int, height: int, fps: float, tiles: Tiles, seed: int, clutter: bool = False) -> None:
        device = torch.device("cpu")
        config = VisualConfig(rate=fps, size=height)
        super().__init__(config=config, textures=backdrop.Textures(device=device), seed=seed, device=device)
        self.view: View = view_of(width=width, height=height)
        self.tiles, self.clutter = tiles, clutter
        x, y = self.view.axes()
        self.x, self.y = x.view(1, -1), y.view(-1, 1)

    def film(self, *, scene: SceneEvents, frames: int) -> Iterator[np.ndarray]:
        """Frames uint8 `[H, W, 3]`; frame k is exposed from k / fps on, for half of its interval."""
        starts = torch.arange(frames) / self.config.rate
        steps = (torch.arange(SUBSTEPS) + 0.5) / SUBSTEPS * SHUTTER / self.config.rate
        instants = (starts.unsqueeze(-1) + steps).view(1, -1)
        timeline = pad(scenes=[scene], device=self.device)
        centres, radii = self._compose(scene)
        points = contact_points(timeline=timeline, centres=centres, radii=radii, spread=0.6, generator=self.generator)
        scenery = still(
            materials=scene.materials,
            centres=centres[0],
            radii=radii[0],
            floor=scene.events[0].material if on_the_floor(scene) else None,
            view=self.view,
            margin=MARGIN,
            tiles=self.tiles,
            generator=self.generator,
        )
        parts = self._parts(actor=scene.actor, timeline=timeline, points=points, instants=instants)
        if self.clutter:
            parts = [*self._distractors(instants=instants), *parts]
        looks = self._looks(scene=scene, timeline=timeline, points=points, starts=starts)
        grain = 0.03 if self.clutter else 0.006
        for frame, look in enumerate(looks):
            image = F.grid_sample(scenery.unsqueeze(0), look, padding_mode="reflection", align_corners=False)[0]
            window = slice(frame * SUBSTEPS, (frame + 1) * SUBSTEPS)
            for part in parts:
                self._paint(image, part, window=window, shadow=True)
            for part in parts:
                self._paint(image, part, window=window, shadow=False)
            image += grain * torch.randn(1, *image.shape[1:], generator=self.generator)
            yield image.clamp(0, 1).mul(255).add(0.5).byte().permute(1, 2, 0).numpy()

    def _view(self, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Films are seen from the side."""
        return self._uniform(-0.6, 0.6, batch, 1), torch.zeros(batch, 1)

    def _compose(self, scene: SceneEvents) -> tuple[torch.Tensor, torch.Tensor]:
        """Centres `[1, 3, 2]` and radii `[1, 3]`: three things in a row, or three places on the floor, all in view."""
        across, down = self.view.half_x, self.view.half_y
        slots = torch.tensor([-0.6, 0.0, 0.6]) * across
        slots = slots[torch.randperm(3, generator=self.generator)].unsqueeze(0)
        if on_the_floor(scene):
            x = 0.5 * slots + self._uniform(-0.1, 0.1, 1, 3)
            y = self.view.centre_y + down * self._uniform(0.5, 0.75, 1, 1).expand(1, 3)
            return torch.stack([x, y], -1), torch.full((1, 3), 0.12)
        radii = self._uniform(0.19, 0.3, 1, 3) * across / 1.2
        foot = self.view.centre_y + down * self._uniform(0.5, 0.85, 1, 3)
        return torch.stack([slots + self._uniform(-0.08, 0.08, 1, 3), foot - radii], -1), radii

    def _looks(
        self, *, scene: SceneEvents, timeline: Timeline, points: torch.Tensor, starts: torch.Tensor
    ) -> Iterator[torch.Tensor]:
        """Where the pixels of each frame look in the scenery, `[1, H, W, 2]`: the camera's hand, and what gives way."""
        frames = len(starts)
        shake = (0.012 if self.clutter else 0.004) * smooth_walk(
            frames=frames, knot_frames=0.4 * self.config.rate, generator=self.generator
        )
        located: Located = locate(timeline=timeline, instants=starts.unsqueeze(0))
        give = per_event(GIVE, scenes=[scene], width=timeline.time.shape[1], otherwise=0.003, device=self.device)[0]
        give = (give * timeline.strength[0] * ~timeline.miss[0])[located.previous[0]]
        since, where = located.since[0], points[0, located.previous[0]]
        ring = give * torch.exp(-since / 0.12) * torch.sin(since * 38.0)
        for k in range(frames):  # the scenery spans MARGIN times the view
            near = torch.exp(-((self.x - where[k, 0]).square() + (self.y - where[k, 1]).square()) / 0.05)
            x = self.x + shake[k, 0] + 0.0 * self.y
            y = self.y + shake[k, 1] - ring[k] * near
            x = x / (self.view.half_x * MARGIN)
            y = (y - self.view.centre_y) / (self.view.half_y * MARGIN)
            yield torch.stack([x, y], -1).unsqueeze(0)

    def _paint(self, image: torch.Tensor, part: Capsule, *, window: slice, shadow: bool) -> None:
        """One part into `image` `[3, H, W]` in place: a lit round rod, or its soft shadow, blurred by the shutter."""
        shown = part.shown[0, window]
        if not bool(shown.any()):
            return
        radius = float(part.radius.flatten()[0])
        soft = 0.09 if shadow else self.view.pixel
        offset = torch.tensor([0.05, 0.06]) if shadow else torch.zeros(2)
        a, b = part.a[0, window] + offset, part.b[0, window] + offset  # [S, 2]
        box = self._box(torch.cat([a, b]), reach=radius + soft)
        if box is None:
            return
        rows, columns = box
        px, py = self.x[:, columns], self.y[rows]
        along = (b - a).view(-1, 2, 1, 1)
        dx, dy = px - a[:, 0].view(-1, 1, 1), py - a[:, 1].view(-1, 1, 1)
        share = (dx * along[:, 0] + dy * along[:, 1]) / along.square().sum(1).clamp_min(1e-6)
        share = share.clamp(0, 1)
        dx, dy = dx - share * along[:, 0], dy - share * along[:, 1]  # from the rod's axis
        distance = (dx.square() + dy.square()).sqrt()
        cover = (0.5 - (distance - radius) / soft).clamp(0, 1) * shown.view(-1, 1, 1)
        target = image[:, rows, columns]
        if shadow:
            image[:, rows, columns] = target * (1 - 0.3 * cover.mean(0))
            return
        nx, ny = dx / radius, dy / radius
        nz = (1 - nx.square() - ny.square()).clamp_min(0).sqrt()
        lit = 0.62 + 0.55 * (nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2]).clamp_min(0)
        colour = part.colour[0].view(3, 1, 1)
        image[:, rows, columns] = target * (1 - cover.mean(0)) + colour * (cover * lit).mean(0)

    def _box(self, ends: torch.Tensor, *, reach: float) -> tuple[slice, slice] | None:
        """Rows and columns of the pixels within `reach` of `ends` `[K, 2]`; None if they are out of view."""
        low, high = ends.min(0).values - reach, ends.max(0).values + reach
        columns = torch.searchsorted(self.x.flatten(), torch.stack([low[0], high[0]]).contiguous())
        rows = torch.searchsorted(self.y.flatten(), torch.stack([low[1], high[1]]).contiguous())
        if int(columns[0]) == int(columns[1]) or int(rows[0]) == int(rows[1]):
            return None
        return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))
