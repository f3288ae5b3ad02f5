"""The bundled visual encoder: small, sees motion, finds impacts. Its features condition the transformer.

Each frame enters with its differences to its neighbours; strided convolutions keep the layout, on 8 x 8 places; each
place then follows its own motion over time; attention gathers what counts from wherever it is. Dilated convolutions
over time look 22 frames, 0.88 s, to both sides in all (VisualConfig.context_frames).

[Note: wherever it happens] Up to `hits` 0.6.0 a linear layer read the whole layout at once, and learned eighteen clips
with the places where their hits happen. Gathering by attention does not know the place: on clips left out, its peaks
against the microphone have an F1 of 0.70 instead of 0.66 (docs/quality-log.md).
"""

import torch
import torch.nn.functional as F
from torch import nn

from training.config import VisualConfig

LOUDNESS_FLOOR_DB = -40.0


def group_norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(min(8, width), width)


class MotionEncoder(nn.Module):
    """Frames `[B, T, 3, H, W]` in 0..1 -> features `[B, T, D]`; heads for impact, loudness and material."""

    def __init__(self, *, config: VisualConfig, materials: int) -> None:
        super().__init__()
        self.config = config
        *strided, gathered = config.widths
        channels = (6, *strided)
        # The first layer steps by four: at full size the activations, not the products, cost the time.
        self.convolutions = nn.ModuleList(
            nn.Conv2d(channels[i], channels[i + 1], 8, stride=4, padding=2)
            if i == 0
            else nn.Conv2d(channels[i], channels[i + 1], 3, stride=2, padding=1)
            for i in range(len(strided))
        )
        self.norms = nn.ModuleList(group_norm(width) for width in strided)
        self.motion = nn.ModuleList(
            nn.Conv2d(strided[-1], strided[-1], (config.motion_kernel, 1), padding=(config.motion_kernel // 2, 0))
            for _ in range(config.motion_layers)
        )
        self.motion_norms = nn.ModuleList(group_norm(strided[-1]) for _ in self.motion)
        for layer in self.motion:
            nn.init.normal_(layer.weight, std=1e-3)  # at first each place stays as it is
            nn.init.zeros_(layer.bias)
        self.places = nn.Conv2d(strided[-1], gathered, 3, padding=1)
        self.places_norm = group_norm(gathered)
        self.attention = nn.Conv2d(gathered, config.attention_heads, 1)
        self.gather = nn.Linear(config.attention_heads * gathered, config.features)
        self.temporal = nn.ModuleList(
            nn.Conv1d(config.features, config.features, 5, padding=2 * dilation, dilation=dilation)
            for dilation in config.dilations
        )
        self.temporal_norms = nn.ModuleList(nn.LayerNorm(config.features) for _ in config.dilations)
        self.dropout = nn.Dropout(0.1)
        self.impact = nn.Linear(config.features, config.bins)
        self.loudness = nn.Linear(config.features, config.bins)
        self.material = nn.Linear(config.features, max(materials, 1))

    @staticmethod
    def motion_channels(frames: torch.Tensor) -> torch.Tensor:
        """`[B, T, 3, H, W]` -> `[B, T, 6, H, W]`: levelled colour, and grey differences to t-1, t+1 and t-2."""
        grey = frames.mean(2)
        spread = (grey - grey.mean((2, 3), keepdim=True)).square().mean((2, 3), keepdim=True).sqrt() + 0.05
        level = grey.mean((2, 3), keepdim=True)
        before = torch.cat([grey[:, :1], grey[:, :-1]], 1)
        earlier = torch.cat([before[:, :1], before[:, :-1]], 1)
        after = torch.cat([grey[:, 1:], grey[:, -1:]], 1)
        differences = torch.stack([grey - before, after - grey, grey - earlier], 2) * 8.0
        colour = (frames - level.unsqueeze(2)) / spread.unsqueeze(2)
        return torch.cat([colour, differences], 2)

    def gathered(self, x: torch.Tensor) -> torch.Tensor:
        """What each head of the attention finds in `x` `[N, C, H, W]`, `[N, heads C']`: [Note: wherever it happens]."""
        x = F.gelu(self.places_norm(self.places(x)))
        weights = self.attention(x).flatten(2).softmax(-1)
        return (weights @ x.flatten(2).transpose(1, 2)).flatten(1)

    def features(self, frames: torch.Tensor) -> torch.Tensor:
        """`[B, T, 3, H, W]` -> `[B, T, D]`."""
        batch, count = frames.shape[:2]
        x = self.motion_channels(frames).flatten(0, 1)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.gelu(norm(convolution(x)))
        for convolution, norm in zip(self.motion, self.motion_norms, strict=True):
            over_time = norm(x).view(batch, count, x.shape[1], -1).transpose(1, 2)  # [B, C, T, places]
            x = x + F.gelu(convolution(over_time)).transpose(1, 2).reshape(x.shape)
        x = self.gather(self.dropout(self.gathered(x))).view(batch, count, -1)
        for convolution, norm in zip(self.temporal, self.temporal_norms, strict=True):
            x = x + F.gelu(convolution(norm(x).transpose(1, 2)).transpose(1, 2))
        return x

    def level(self, features: torch.Tensor) -> torch.Tensor:
        """Peak level of a hit in dBFS, `[B, T, bins]`, if there is one."""
        return LOUDNESS_FLOOR_DB / 2 * (1 + torch.tanh(self.loudness(features)))

    def expected_level(self, features: torch.Tensor) -> torch.Tensor:
        """Peak level in dBFS that a listener may expect, `[B, T, bins]`: softer where it is not sure that there is a
        hit. The application does the same (src/shared/sync.ts)."""
        probability = torch.sigmoid(self.impact(features)).clamp_min(1e-3)
        return self.level(features) + 20 * torch.log10(probability)

    def forward(self, frames: torch.Tensor) -> dict[str, torch.Tensor]:
        """`impact` logits, `loudness` in dBFS `[B, T, bins]`, `material` logits `[B, T, M]`, `features` `[B, T, D]`."""
        x = self.features(frames)
        return {
            "features": x,
            "impact": self.impact(x),
            "loudness": self.level(x),
            "material": self.material(x),
        }


def encoder_loss(
    *,
    output: dict[str, torch.Tensor],
    impact: torch.Tensor,
    loudness: torch.Tensor,
    material: torch.Tensor,
) -> torch.Tensor:
    """`impact` and `loudness` `[B, T, bins]`, `material` `[B, T]` (-1 = unknown)."""
    hit = F.binary_cross_entropy_with_logits(output["impact"].float(), impact, pos_weight=torch.tensor(3.0))
    at_hit = (impact > 0.6).float()
    level = (output["loudness"].float() - loudness).abs() * at_hit / 10.0
    what = F.cross_entropy(
        output["material"].float().flatten(0, 1), material.flatten(), ignore_index=-1, reduction="none"
    )
    what = what.view(material.shape)
    known = (material >= 0).float()
    return (
        hit
        + 0.08 * level.sum() / at_hit.sum().clamp_min(1.0)
        + 0.02 * (what * known).sum() / known.sum().clamp_min(1.0)
    )


def pick_peaks(
    probability: torch.Tensor, *, rate: float, threshold: float = 0.05, apart_sec: float = 0.1
) -> tuple[list[float], list[float]]:
    """Times (s) and probabilities of the impacts in one clip's `[T, bins]`: local maxima, refined by a parabola.

    The application does the same (src/main/engine/encode.ts).
    """
    bins = probability.shape[1]
    curve = probability.flatten().tolist()
    bin_sec = 1.0 / (rate * bins)
    order = sorted((i for i in range(len(curve)) if curve[i] >= threshold), key=lambda i: -curve[i])
    kept: list[tuple[float, float]] = []
    for i in order:
        # Mirrored at both ends: a peak there stays in the middle of its bin.
        left, right = curve[i - 1 if i else min(1, len(curve) - 1)], curve[i + 1 if i + 1 < len(curve) else i - 1]
        if curve[i] < left or curve[i] < right:
            continue
        bend = left - 2 * curve[i] + right
        shift = 0.0 if bend > -1e-9 else max(-0.5, min(0.5, 0.5 * (left - right) / bend))
        time = (i + 0.5 + shift) * bin_sec
        if all(abs(time - other) >= apart_sec for other, _ in kept):
            kept.append((time, curve[i]))
    kept.sort()
    return [time for time, _ in kept], [value for _, value in kept]
