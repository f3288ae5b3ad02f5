"""The still picture of a film: a floor in perspective, a wall, and lit objects of the scene's materials.

The training stage (backdrop.py) draws the same things small, flat and wild; a film is looked at.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from training.stage.backdrop import TEXTURES, natural_colour
from training.stage.motion import uniform
from training.stage.sheets import cut_sheet

WALLS = ("Plaster", "Wallpaper", "Concrete", "Planks", "WoodSiding", "Bricks", "Paint")
# Colours of what no sheet shows.
PLAIN = {
    "water": (0.35, 0.52, 0.58),
    "skin": (0.86, 0.80, 0.68),
    "flesh": (0.80, 0.58, 0.48),
    "glass": (0.70, 0.82, 0.80),
}
FLOORS = ("WoodFloor", "Wood", "Carpet", "Concrete", "Ground", "PavingStones", "Tiles", "Terrazzo", "Grass")


@dataclass(frozen=True)
class View:
    """The part of the world that a film of `width` x `height` pixels shows: x and y of its pixels' centres.

    The world is the stage's (motion.py): events happen within -1..1, y points down.
    """

    width: int
    height: int
    half_x: float
    half_y: float
    centre_y: float

    def axes(self, *, margin: float = 1.0, scale: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
        """x `[W]` and y `[H]` of a picture `margin` times as wide and high in the world, `scale` times as fine."""
        count = [round(n * margin * scale) for n in (self.width, self.height)]
        x, y = ((torch.arange(n) + 0.5) / n * 2 - 1 for n in count)
        return x * self.half_x * margin, y * self.half_y * margin + self.centre_y

    @property
    def pixel(self) -> float:
        """Side of a pixel in the world."""
        return 2 * self.half_x / self.width


def view_of(*, width: int, height: int) -> View:
    """Where the longer side shows -1.2..1.2 of the world and the middle lies a little low, where things are struck."""
    longer = max(width, height)
    half_y = 1.2 * height / longer
    return View(width=width, height=height, half_x=1.2 * width / longer, half_y=half_y, centre_y=0.2 * half_y)


class Tiles:
    """Textures `[3, S, S]` in 0..1 by name, from a folder of sheets; plain colours where it has none."""

    def __init__(self, *, folder: Path | None) -> None:
        paths = sorted(folder.glob("*.*")) if folder else []
        self.by_name = {path.stem: cut_sheet(path) for path in paths}

    def draw(
        self, names: tuple[str, ...], *, generator: torch.Generator, plain: tuple[float, ...] | None = None
    ) -> torch.Tensor:
        """Any texture of those `names`; without one the colour `plain`, or a natural one."""
        pool = [tile for name in names for tile in self.by_name.get(name, [])]
        if pool:
            tile = pool[int(torch.randint(len(pool), (1,), generator=generator))]
            return torch.from_numpy(np.ascontiguousarray(tile)).permute(2, 0, 1).float().div(255)
        colour = torch.tensor(plain) if plain else natural_colour(1, generator=generator)[0] * 0.7 + 0.15
        mottle = torch.zeros(1, 1, 64, 64)
        for scale in (4, 8, 16):  # wrapped before it is stretched: it repeats without a seam
            noise = F.pad(torch.randn(1, 1, scale, scale, generator=generator), (0, 1, 0, 1), mode="circular")
            mottle += F.interpolate(noise, size=(65, 65), mode="bilinear", align_corners=True)[..., :64, :64]
        return (colour.view(3, 1, 1) * (1 + 0.04 * mottle[0])).clamp(0, 1)

    def of(self, material: str, *, generator: torch.Generator) -> torch.Tensor:
        return self.draw(TEXTURES.get(material, ()), generator=generator, plain=PLAIN.get(material))


def tiled(sheet: torch.Tensor, *, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The seamless `sheet` `[3, S, S]` repeated over the plane, seen at `u`, `v` `[H, W]` in sheets: `[3, H, W]`."""
    wrapped = F.pad(sheet.unsqueeze(0), (1, 1, 1, 1), mode="circular")
    side = sheet.shape[-1]
    at = [((c % 1.0) * side + 1.0) / (side + 2) * 2 - 1 for c in (u, v)]
    return F.grid_sample(wrapped, torch.stack(at, -1).unsqueeze(0), mode="bilinear", align_corners=False)[0]


def _room(
    *, x: torch.Tensor, y: torch.Tensor, view: View, floor: torch.Tensor, tiles: Tiles, generator: torch.Generator
) -> torch.Tensor:
    """Wall above a horizon, floor below it, the far floor darker; `x` and `y` `[H, W]`."""
    draw = lambda low, high: float(uniform(low, high, 1, generator=generator))
    horizon = view.centre_y - view.half_y * draw(0.2, 0.55)
    wall = tiles.draw(WALLS, generator=generator)
    size = draw(0.7, 1.1)
    picture = tiled(wall, u=x / size, v=y / size) * draw(0.55, 0.8)
    depth = 1.0 / ((y - horizon).clamp_min(0.0) + 0.45)
    turn = draw(-0.3, 0.3)
    near = tiled(floor, u=(x + turn) * depth * 1.1, v=depth * 2.2)
    light = (0.6 + 0.45 * ((y - horizon) / view.half_y)).clamp(0.5, 1.05) * (1.0 - 0.18 * (x / view.half_x).square())
    picture = torch.where(y > horizon, near * light, picture)
    seam = torch.exp(-((y - horizon) / 0.05).clamp_min(0.0)) * (y > horizon)
    return picture * (1 - 0.45 * seam)


def still(
    *,
    materials: tuple[str, ...],
    centres: torch.Tensor,
    radii: torch.Tensor,
    floor: str | None,
    view: View,
    margin: float,
    tiles: Tiles,
    generator: torch.Generator,
) -> torch.Tensor:
    """`[3, H, W]`, `margin` times the view: an empty floor of material `floor`; or objects of `materials` at `centres`
    `[K, 2]`, with `radii` `[K]`, on any floor."""
    across, down = view.axes(margin=margin, scale=1.25)
    y, x = torch.meshgrid(down, across, indexing="ij")
    ground = tiles.of(floor, generator=generator) if floor else tiles.draw(FLOORS, generator=generator)
    picture = _room(x=x, y=y, view=view, floor=ground, tiles=tiles, generator=generator)
    draw = lambda low, high: float(uniform(low, high, 1, generator=generator))
    for index in torch.argsort(centres[:, 1]).tolist() if floor is None else []:
        aspect, power = draw(0.9, 1.5), draw(2.2, 7.0)  # from a boulder to a box
        dx, dy = (x - centres[index, 0]) / (radii[index] * aspect), (y - centres[index, 1]) / radii[index]
        under = ((dx - 0.15) / 1.25).square() + ((dy - 0.95) / 0.3).square()
        picture = picture * (1 - 0.55 * torch.exp(-(under**2)))
        distance = (dx.abs() ** power + dy.abs() ** power) ** (1 / power)
        inside = (0.5 - (distance - 1.0) * float(radii[index]) / (view.pixel * 0.8)).clamp(0, 1)
        size = draw(0.35, 0.6)
        sheet = tiled(tiles.of(materials[index], generator=generator), u=x / size, v=y / size)
        # A rounded solid lit from the upper left.
        slope = distance.clamp(0, 1) ** 3
        light = 0.95 - 0.4 * slope * (0.45 * dx + 0.9 * dy).clamp(-1, 1) - 0.18 * slope
        picture = torch.lerp(picture, (sheet * light).clamp(0, 1), inside)
    return picture.clamp(0, 1)
