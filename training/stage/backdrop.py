"""Static surroundings of a scene: a textured ground, a few textured objects, and the photographs they are cut from."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from training.stage.motion import uniform
from training.stage.sheets import cut_sheet

# Texture sheets by material, as named by ambientCG. What is missing here is drawn from noise.
TEXTURES = {
    "wood": ("Wood", "WoodFloor", "Planks", "Bark", "Chipboard", "WoodSiding", "Logs", "Bamboo"),
    "metal": ("Metal", "DiamondPlate", "CorrugatedSteel", "Rust", "Foil", "Chainmail"),
    "stone": ("Rock", "Rocks", "Granite", "Marble", "Concrete", "Bricks", "PavingStones", "Asphalt", "Road"),
    "ceramic": ("Porcelain", "Tiles", "GlazedTerracotta", "Onyx", "Terrazzo"),
    "cloth": ("Fabric", "Carpet", "Tatami", "Net"),
    "paper": ("Cardboard", "Paper", "Wallpaper"),
    "leaf": ("Grass", "Moss", "PineNeedles", "ScatteredLeaves", "ThatchedRoof"),
    "dirt": ("Ground", "Clay", "TireTracks"),
    "gravel": ("Gravel", "WoodChips", "Snow"),
    "plastic": ("Plastic", "Rubber", "Paint"),
}
SHEET = 128


class Textures:
    """Photographs, uint8 `[3, 128, 128]` each, by material; without a folder everything is noise.

    Raises FileNotFoundError for a folder without any.
    """

    def __init__(self, *, folder: Path | None = None, device: torch.device) -> None:
        self.device = device
        self.by_material: dict[str, list[torch.Tensor]] = {}
        for material, names in TEXTURES.items() if folder else ():
            paths = [path for name in names for path in sorted(folder.glob(f"{name}.*"))]
            self.by_material[material] = [self._load(tile) for path in paths for tile in cut_sheet(path)]
        if folder and not any(self.by_material.values()):
            raise FileNotFoundError(
                f"no textures in {folder}: expected contact sheets named as in training/stage/backdrop.py, such as "
                "Wood.webp; without --textures surfaces are noise"
            )

    def _load(self, tile: np.ndarray) -> torch.Tensor:
        image = Image.fromarray(tile).resize((SHEET, SHEET), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).to(self.device)

    def any_sheet(self, *, generator: torch.Generator, material: str | None = None) -> torch.Tensor:
        """One sheet `[3, 128, 128]`, of that material where there is one, else of noise."""
        pool = self.by_material.get(material or "", [])
        if material is None and self.by_material:
            pool = [sheet for sheets in self.by_material.values() for sheet in sheets]
        if not pool or float(uniform(0, 1, 1, generator=generator)) < 0.2:
            return noise_sheet(generator=generator)
        sheet = pool[int(torch.randint(len(pool), (1,), generator=generator, device=generator.device))]
        gain = uniform(0.5, 1.4, 1, 1, 1, generator=generator) * uniform(0.88, 1.12, 3, 1, 1, generator=generator)
        return (sheet.float() / 255 * gain).clamp(0, 1)


def natural_colour(count: int, *, generator: torch.Generator) -> torch.Tensor:
    """Colours `[count, 3]` as things have them: mostly of any brightness and little saturation."""
    grey = uniform(0.03, 0.95, count, 1, generator=generator)
    tint = torch.randn(count, 3, generator=generator, device=generator.device)
    tint = tint - tint.mean(1, keepdim=True)
    return (grey + tint * uniform(0.0, 0.4, count, 1, generator=generator) ** 2).clamp(0, 1)


def noise_sheet(*, generator: torch.Generator) -> torch.Tensor:
    """Coloured noise at several scales, `[3, 128, 128]`."""
    sheet = natural_colour(1, generator=generator).view(3, 1, 1).expand(3, SHEET, SHEET).clone()
    for scale in (4, 8, 16, 32, 64):
        grey = torch.randn(1, 1, scale, scale, generator=generator, device=generator.device)
        noise = grey + 0.25 * torch.randn(1, 3, scale, scale, generator=generator, device=generator.device)
        amount = float(uniform(0.0, 0.14, 1, generator=generator)) * (8 / scale) ** 0.3
        sheet += amount * F.interpolate(noise, size=(SHEET, SHEET), mode="bilinear")[0]
    return sheet.clamp(0, 1)


def _cut(*, sheet: torch.Tensor, side: int, generator: torch.Generator) -> torch.Tensor:
    """A random part of a sheet, scaled to `[3, side, side]`."""
    span = int(torch.randint(SHEET // 4, SHEET + 1, (1,), generator=generator, device=generator.device))
    top, left = (
        int(torch.randint(SHEET - span + 1, (1,), generator=generator, device=generator.device)) for _ in range(2)
    )
    part = sheet[:, top : top + span, left : left + span].unsqueeze(0)
    return F.interpolate(part, size=(side, side), mode="bilinear")[0]


def build(
    *,
    materials: tuple[str, ...],
    centres: torch.Tensor,
    radii: torch.Tensor,
    side: int,
    textures: Textures,
    generator: torch.Generator,
) -> torch.Tensor:
    """One scene's still picture `[3, side, side]` covering -1.25..1.25: ground, wall, objects at `centres` `[K, 2]`."""
    axis = torch.linspace(-1.25, 1.25, side, device=generator.device)
    x, y = axis.view(1, side), axis.view(side, 1)
    uniform(0, 1, 1, generator=generator)  # decides nothing any more; without it every seed would show another scene
    picture = _cut(sheet=textures.any_sheet(generator=generator), side=side, generator=generator)
    horizon = uniform(-1.2, 0.3, 1, generator=generator)
    tilt = uniform(-0.3, 0.3, 1, generator=generator)
    wall = _cut(sheet=textures.any_sheet(generator=generator), side=side, generator=generator)
    picture = torch.where(
        (y < horizon + tilt * x).unsqueeze(0), wall * uniform(0.5, 1.1, 1, generator=generator), picture
    )
    for index, material in enumerate(materials):
        sheet = _cut(sheet=textures.any_sheet(generator=generator, material=material), side=side, generator=generator)
        aspect = uniform(0.6, 1.6, 1, generator=generator)
        dx = (x - centres[index, 0]) / (radii[index] * aspect)
        dy = (y - centres[index, 1]) / radii[index]
        power = float(uniform(1.6, 9.0, 1, generator=generator))  # from a blob to a box
        distance = (dx.abs() ** power + dy.abs() ** power) ** (1 / power)
        inside = ((1.05 - distance) * 12).clamp(0, 1).unsqueeze(0)
        shade = (1.0 - 0.35 * dy.clamp(-1, 1) * uniform(-0.3, 1.0, 1, generator=generator)).unsqueeze(0)
        picture = picture * (1 - inside) + (sheet * shade).clamp(0, 1) * inside
    return picture
