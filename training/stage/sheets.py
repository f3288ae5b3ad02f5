"""Contact sheets of material textures, cut into their pictures.

ambientCG's overview of a material is a grid of 128-pixel thumbnails on white, seven a row, each with its name under it.
One sheet holds up to two hundred textures; as a whole it is none.
"""

from pathlib import Path

import numpy as np
from PIL import Image

TILE = 128
FIRST = 16
PITCH_X, PITCH_Y = 144, 176
TRIM = 3  # pixels of ragged edge
MOST_WHITE = 0.1  # share of pure white on a full tile's edge; thumbnails that are not square, and gaps, have more


def cut_sheet(path: Path) -> list[np.ndarray]:
    """The full tiles of one sheet, each uint8 `[122, 122, 3]`."""
    sheet = np.asarray(Image.open(path).convert("RGB"))
    tiles = []
    for top in range(FIRST, sheet.shape[0] - TILE + 1, PITCH_Y):
        for left in range(FIRST, sheet.shape[1] - TILE + 1, PITCH_X):
            tile = sheet[top : top + TILE, left : left + TILE][TRIM:-TRIM, TRIM:-TRIM]
            edge = np.concatenate([tile[0], tile[-1], tile[:, 0], tile[:, -1]])
            if (edge == 255).all(1).mean() <= MOST_WHITE:
                tiles.append(tile)
    return tiles
