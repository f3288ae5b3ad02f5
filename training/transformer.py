"""The conditioner and the velocity model: conditions are prepared once, the velocity runs once per solver step.

Shapes: B batch, N audio tokens, T frames, P sync points, K = T + P context tokens, W width, C latent channels.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from training.config import TransformerConfig
from training.positions import SCHEMES, rotary_frequencies, rotary_table, rotate, sinusoid

SYNC_MODES = ("off", "hints", "only")
TYPICAL_LOUDNESS_DB = -12.0


class RmsNorm(nn.Module):
    """Zhang and Sennrich 2019."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-6).to(x.dtype) * self.gain


class Attention(nn.Module):
    """Multi-head attention of `x` `[B, N, W]` to `context` `[B, K, W]`, each side rotated by its table if any."""

    def __init__(self, *, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.query.bias)
        nn.init.zeros_(self.key.bias)

    def start_on_the_diagonal(self, *, sharpness: float = 3.0, reach: float = 4.0) -> None:
        """Biases under which the rotation alone makes each head look at its own small time offset.

        With q = k = b the score is the sum of cos(frequency * distance), which peaks at distance 0; turning b of the
        keys by the head's offset moves the peak. Learning starts from the alignment that SAPE makes possible.
        """
        width = self.query.bias.numel() // self.heads
        frequencies = rotary_frequencies(head_width=width)
        wavelength = 2 * math.pi / frequencies
        weight = ((wavelength > 5) & (wavelength < 1_500)).float()
        amplitude = (sharpness * math.sqrt(width) / weight.sum() * weight).sqrt()
        offsets = torch.linspace(-reach, reach, self.heads)
        with torch.no_grad():
            query = torch.cat([amplitude, torch.zeros_like(amplitude)]).repeat(self.heads)
            turned = [
                torch.cat([amplitude * torch.cos(frequencies * o), -amplitude * torch.sin(frequencies * o)])
                for o in offsets
            ]
            self.query.bias.copy_(query)
            self.key.bias.copy_(torch.cat(turned))

    def forward(
        self,
        x: torch.Tensor,
        context: torch.Tensor,
        *,
        x_table: tuple[torch.Tensor, torch.Tensor] | None = None,
        context_table: tuple[torch.Tensor, torch.Tensor] | None = None,
        bias: torch.Tensor | None = None,
    ) -> torch.Tensor:
        batch, _, width = x.shape
        split = lambda y: y.view(batch, -1, self.heads, width // self.heads).transpose(1, 2)  # [B, H, L, W/H]
        query, key, value = split(self.query(x)), split(self.key(context)), split(self.value(context))
        if context_table is not None:
            # Queries are rotated only when keys are (design: the rows of Table 1).
            key = rotate(key, context_table)
            query = rotate(query, x_table) if x_table is not None else query
        # Written out: at these lengths it is twice as fast on a CPU as the fused operator, and it exports plainly.
        score = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5
        weight = (score if bias is None else score + bias.to(score.dtype)).softmax(-1)
        return self.out((weight.to(value.dtype) @ value).transpose(1, 2).reshape(batch, -1, width))


class Block(nn.Module):
    """Self-attention, cross-attention, MLP, each behind RMSNorm; with `modulated` the time scales and gates them."""

    def __init__(self, *, config: TransformerConfig) -> None:
        super().__init__()
        width = config.width
        self.norms = nn.ModuleList(RmsNorm(width) for _ in range(3))
        self.self_attention = Attention(width=width, heads=config.heads)
        self.cross_attention = Attention(width=width, heads=config.heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, config.mlp_ratio * width), nn.GELU(), nn.Linear(config.mlp_ratio * width, width)
        )
        self.modulation = nn.Linear(width, 9 * width) if config.time_modulation else None
        if self.modulation is not None:
            nn.init.zeros_(self.modulation.weight)
            nn.init.zeros_(self.modulation.bias)

    def forward(
        self,
        x: torch.Tensor,
        *,
        context: torch.Tensor,
        condition: torch.Tensor,
        bias: torch.Tensor,
        audio_table: tuple[torch.Tensor, torch.Tensor] | None,
        cross_tables: tuple | None,
    ) -> torch.Tensor:
        if self.modulation is None:
            scale = shift = gate = (0.0, 0.0, 0.0)
        else:
            parts = self.modulation(condition).unsqueeze(1).chunk(9, -1)
            scale, shift, gate = parts[:3], parts[3:6], parts[6:]
        y = self.norms[0](x) * (1 + scale[0]) + shift[0]
        x = x + (1 + gate[0]) * self.self_attention(y, y, x_table=audio_table, context_table=audio_table)
        y = self.norms[1](x) * (1 + scale[1]) + shift[1]
        audio, visual = cross_tables or (None, None)
        x = x + (1 + gate[1]) * self.cross_attention(y, context, x_table=audio, context_table=visual, bias=bias)
        y = self.norms[2](x) * (1 + scale[2]) + shift[2]
        return x + (1 + gate[2]) * self.mlp(y)


class Conditioner(nn.Module):
    """Picture, sync points and material as context tokens; runs once per generation."""

    def __init__(self, *, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.scheme = SCHEMES[config.scheme]
        self.register_buffer("feature_mean", torch.zeros(config.feature_channels))
        self.register_buffer("feature_std", torch.ones(config.feature_channels))
        self.project = nn.Linear(config.feature_channels, config.width)
        self.sync = nn.Sequential(nn.Linear(1, config.width), nn.GELU(), nn.Linear(config.width, config.width))
        self.kind = nn.Parameter(torch.randn(2, config.width) * 0.02)
        self.mode = nn.Embedding(len(SYNC_MODES), config.width)
        self.material = nn.Embedding(config.materials + 1, config.width)

    def forward(
        self,
        features: torch.Tensor,
        sin_positions: torch.Tensor,
        rope_positions: torch.Tensor,
        sync_positions: torch.Tensor,
        sync_loudness: torch.Tensor,
        sync_mask: torch.Tensor,
        sync_mode: torch.Tensor,
        material: torch.Tensor,
        present: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Inputs and outputs as in docs/model-pack.md. `present` 0 zeroes the features before the projection (the
        paper's zero vectors) and drops points, mode and material with them."""
        shown = present.view(-1, 1, 1)
        seen = (features - self.feature_mean) / self.feature_std * shown
        picture = self.project(seen) + self.kind[0]
        if self.scheme.visual_sin != "none":
            picture = picture + sinusoid(sin_positions, width=self.config.width)
        points = self.sync((sync_loudness.unsqueeze(-1) - TYPICAL_LOUDNESS_DB) / 10.0) + self.kind[1]
        if self.scheme.visual_rope == "none":  # no rotation would tell the model when a point is
            points = points + sinusoid(sync_positions, width=self.config.width)
        context = torch.cat([picture, points], 1)
        positions = torch.cat([rope_positions, sync_positions], 1)
        mask = torch.cat([torch.ones_like(rope_positions), sync_mask * present.unsqueeze(-1)], 1)
        chosen = (present > 0.5).long()
        condition = self.mode(sync_mode * chosen) + self.material(material * chosen)
        return context, positions, mask, condition


class VelocityModel(nn.Module):
    """Velocity of the flow at `latents` `[B, N, C]` and `time` `[B]`, given the conditioner's outputs."""

    def __init__(self, *, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.scheme = SCHEMES[config.scheme]
        width = config.width
        self.inlet = nn.Linear(2 * config.latent_channels + 1, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        if config.distilled:
            self.step = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, width))
            nn.init.zeros_(self.step[-1].weight)
            nn.init.zeros_(self.step[-1].bias)
        self.blocks = nn.ModuleList(Block(config=config) for _ in range(config.layers))
        self.norm = RmsNorm(width)
        self.outlet = nn.Linear(width, config.latent_channels)
        nn.init.zeros_(self.outlet.weight)
        nn.init.zeros_(self.outlet.bias)
        if config.aligned_start and self.scheme.visual_rope == "scaled":
            for block in self.blocks:
                block.cross_attention.start_on_the_diagonal()

    def forward(
        self,
        latents: torch.Tensor,
        time: torch.Tensor,
        known: torch.Tensor,
        known_mask: torch.Tensor,
        audio_positions: torch.Tensor,
        context: torch.Tensor,
        context_positions: torch.Tensor,
        context_mask: torch.Tensor,
        global_condition: torch.Tensor,
        guidance: torch.Tensor | None = None,
        until: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """`known` `[B, N, C]` counts where `known_mask` `[B, N]` is 1; places `[B, N]`, `[B, K]`. -> `[B, N, C]`.
        A distilled model reads the scale of `guidance` and where the step ends, `[B]` each; others do not."""
        width, mask = self.config.width, known_mask.unsqueeze(-1)
        condition = self.time(sinusoid(time * 1_000.0, width=width)) + global_condition
        if self.config.distilled:
            asked = [sinusoid(guidance * 100.0, width=width), sinusoid((until - time) * 1_000.0, width=width)]
            condition = condition + self.step(torch.cat(asked, -1))
        x = self.inlet(torch.cat([latents, known * mask, mask], -1))
        if self.scheme.audio == "sin":
            x = x + sinusoid(audio_positions, width=width)
        if not self.config.time_modulation:
            x = x + condition.unsqueeze(1)
        head = width // self.config.heads
        audio_table = rotary_table(audio_positions, head_width=head)
        cross = (
            (audio_table, rotary_table(context_positions, head_width=head))
            if self.scheme.visual_rope != "none"
            else None
        )
        bias = ((context_mask - 1.0) * 1e4).unsqueeze(1).unsqueeze(1)
        for block in self.blocks:
            x = block(
                x,
                context=context,
                condition=F.silu(condition),
                bias=bias,
                audio_table=audio_table if self.scheme.audio == "rope" else None,
                cross_tables=cross,
            )
        return self.outlet(self.norm(x))


UNBOUNDED = torch.finfo(torch.float32).max  # an average of it is itself, which one of infinity is not


class FoleyTransformer(nn.Module):
    """Both parts, as they are trained together, and what each channel of the data lies between: `low` and `high` `[C]`,
    of which guidance may not lead out."""

    def __init__(self, *, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.conditioner = Conditioner(config=config)
        self.velocity = VelocityModel(config=config)
        self.register_buffer("low", torch.full((config.latent_channels,), -UNBOUNDED))
        self.register_buffer("high", torch.full((config.latent_channels,), UNBOUNDED))

    @property
    def is_bounded(self) -> bool:
        return bool((self.low > -UNBOUNDED).all() and (self.high < UNBOUNDED).all())
