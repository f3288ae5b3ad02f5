"""Scale-adapted positions and the embeddings made of them. The application's copy is src/main/engine/positions.ts.

Audio token n sits at n. A conditioning token at time t (seconds from the window's start) sits at t * S, S the latent
rate: frame i of a uniform stream of F frames a second sits at i * r, r = S / F (Eq. 2 of the paper, read zero-based).
"""

import math
from dataclasses import dataclass

import torch

MAX_PERIOD = 10_000.0


@dataclass(frozen=True)
class Scheme:
    """A row of Table 1. `visual_sin` and `visual_rope`: none, index (frame i at i) or scaled (at t * S)."""

    audio: str
    visual_sin: str
    visual_rope: str


SCHEMES: dict[str, Scheme] = {
    "sin_sin": Scheme("sin", "index", "none"),
    "sape_sin_sin": Scheme("sin", "scaled", "none"),
    "sin_rope": Scheme("rope", "index", "none"),
    "sin+rope_rope": Scheme("rope", "index", "index"),
    "sin+sape_rope": Scheme("rope", "index", "scaled"),
    "rope_rope": Scheme("rope", "none", "index"),
    "sape_rope": Scheme("rope", "none", "scaled"),
}


def audio_positions(*, tokens: int) -> torch.Tensor:
    """`[N]`: 0, 1, ..."""
    return torch.arange(tokens, dtype=torch.float32)


def visual_positions(*, times_sec: torch.Tensor, kind: str, latent_rate: float) -> torch.Tensor:
    """Positions of frames at `times_sec` `[..., T]` in the window: `index`, `scaled` (SAPE) or zeros for `none`."""
    if kind == "scaled":
        return times_sec * latent_rate
    if kind == "index":
        return torch.arange(times_sec.shape[-1], dtype=torch.float32).expand(times_sec.shape)
    if kind == "none":
        return torch.zeros_like(times_sec)
    raise ValueError(f"unknown kind of visual position {kind!r}; expected none, index or scaled")


def sinusoid(positions: torch.Tensor, *, width: int) -> torch.Tensor:
    """Sinusoidal embedding `[..., width]` of real `positions` `[...]` (Vaswani et al. 2017, sines then cosines)."""
    half = width // 2
    frequencies = torch.exp(-math.log(MAX_PERIOD) * torch.arange(half, device=positions.device) / half)
    angles = positions.unsqueeze(-1) * frequencies
    return torch.cat([angles.sin(), angles.cos()], -1)


def rotary_frequencies(*, head_width: int, device: torch.device | None = None) -> torch.Tensor:
    """`[head_width / 2]` (Su et al. 2021)."""
    pair = torch.arange(0, head_width, 2, device=device, dtype=torch.float32)
    return torch.exp(-math.log(MAX_PERIOD) * pair / head_width)


def rotary_table(positions: torch.Tensor, *, head_width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosines and sines `[B, 1, L, head_width / 2]` of real-valued `positions` `[B, L]`."""
    angles = positions.unsqueeze(-1) * rotary_frequencies(head_width=head_width, device=positions.device)
    return angles.cos().unsqueeze(1), angles.sin().unsqueeze(1)


def rotate(x: torch.Tensor, table: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Rotate `x` `[B, H, L, D]` by its positions; the first half of D pairs with the second. Real: it exports."""
    cosine, sine = (part.to(x.dtype) for part in table)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], -1)
