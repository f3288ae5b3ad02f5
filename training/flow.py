"""Flow matching: t = 0 is noise, t = 1 is data, the path is straight and its velocity is data minus noise.

Training drops conditions as classifier-free guidance needs; sampling here is for scoring and goldens, the
application's sampler is src/main/engine/sampler.ts.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch

from training.config import LATENT_RATE, FlowConfig
from training.positions import audio_positions, visual_positions
from training.transformer import TYPICAL_LOUDNESS_DB, FoleyTransformer


@dataclass
class Conditions:
    """The conditioner's inputs for a batch; names, shapes and units as in docs/model-pack.md."""

    features: torch.Tensor
    sin_positions: torch.Tensor
    rope_positions: torch.Tensor
    sync_positions: torch.Tensor
    sync_loudness: torch.Tensor
    sync_mask: torch.Tensor
    sync_mode: torch.Tensor
    material: torch.Tensor
    present: torch.Tensor

    def tensors(self) -> tuple[torch.Tensor, ...]:
        return tuple(vars(self).values())

    def to(self, device: torch.device) -> "Conditions":
        return Conditions(**{name: value.to(device) for name, value in vars(self).items()})

    def with_present(self, value: float) -> "Conditions":
        return Conditions(**{**vars(self), "present": torch.full_like(self.present, value)})


def picture_only(*, model: FoleyTransformer, features: torch.Tensor, times_sec: torch.Tensor) -> Conditions:
    """Mode `off`: features `[B, T, D]` seen at `times_sec` `[B, T]`, nothing else."""
    scheme, batch = model.conditioner.scheme, len(features)
    return Conditions(
        features=features,
        sin_positions=visual_positions(times_sec=times_sec, kind=scheme.visual_sin, latent_rate=LATENT_RATE),
        rope_positions=visual_positions(times_sec=times_sec, kind=scheme.visual_rope, latent_rate=LATENT_RATE),
        sync_positions=torch.zeros(batch, 1),
        sync_loudness=torch.full((batch, 1), TYPICAL_LOUDNESS_DB),
        sync_mask=torch.zeros(batch, 1),
        sync_mode=torch.zeros(batch, dtype=torch.long),
        material=torch.zeros(batch, dtype=torch.long),
        present=torch.ones(batch),
    )


def draw_time(*, batch: int, config: FlowConfig, device: torch.device) -> torch.Tensor:
    """`[B]` in (0, 1): logit-normal (Esser et al. 2024) or uniform."""
    if config.logit_normal_time:
        return torch.sigmoid(config.time_mean + config.time_std * torch.randn(batch, device=device))
    return torch.rand(batch, device=device)


def draw_known(*, batch: int, tokens: int, probability: float) -> torch.Tensor:
    """Masks `[B, N]` of known latents: nothing, a beginning (a window that goes on), or all but a region."""
    mask = torch.zeros(batch, tokens)
    for row in range(batch):
        if torch.rand(1).item() >= probability:
            continue
        if torch.rand(1).item() < 0.5:
            mask[row, : int(torch.randint(10, max(tokens // 2, 11), (1,)))] = 1.0
        else:
            length = int(torch.randint(tokens // 10, max(tokens // 2, tokens // 10 + 1), (1,)))
            first = int(torch.randint(0, tokens - length + 1, (1,)))
            mask[row] = 1.0
            mask[row, first : first + length] = 0.0
    return mask


def flow_loss(
    *,
    model: FoleyTransformer,
    latents: torch.Tensor,
    conditions: Conditions,
    known_mask: torch.Tensor,
    config: FlowConfig,
) -> torch.Tensor:
    """Mean squared velocity error over the unknown tokens; `latents` `[B, N, C]` normalised, `known_mask` `[B, N]`."""
    batch, tokens, _ = latents.shape
    time = draw_time(batch=batch, config=config, device=latents.device)
    noise = torch.randn_like(latents)
    at = time.view(-1, 1, 1)
    mixed = (1 - at) * noise + at * latents
    context = model.conditioner(*conditions.tensors())
    positions = audio_positions(tokens=tokens).to(latents.device).expand(batch, -1)
    velocity = model.velocity(mixed, time, latents, known_mask, positions, *context)
    error = (velocity.float() - (latents - noise)).square().mean(-1)
    unknown = 1.0 - known_mask
    return (error * unknown).sum() / unknown.sum().clamp_min(1.0)


@torch.no_grad()
def sample(
    *,
    model: FoleyTransformer,
    conditions: Conditions,
    noise: torch.Tensor,
    steps: int,
    guidance: float,
    rescale: float = 0.0,
    shift: float = 1.0,
    known: torch.Tensor | None = None,
    known_mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Euler from `noise` `[B, N, C]` to latents; v = v_uncond + g (v_cond - v_uncond), both branches in one batch.
    `rescale` 0 to 1: how much of guidance's overshoot is taken back (src/main/engine/guidance.ts), before what is left
    is kept within the model's `low` and `high`. `shift` above 1: shorter steps near the noise (sampler.ts)."""
    batch, tokens, _ = noise.shape
    known = torch.zeros_like(noise) if known is None else known
    mask = torch.zeros(batch, tokens, device=noise.device) if known_mask is None else known_mask
    branches = (conditions, conditions.with_present(0.0))
    context = [torch.cat(pair) for pair in zip(*(model.conditioner(*c.tensors()) for c in branches), strict=True)]
    positions = audio_positions(tokens=tokens).to(noise.device).expand(2 * batch, -1)
    x, keep = noise, mask.unsqueeze(-1)
    even = torch.linspace(0, 1, steps + 1)
    times = (even / (even + shift * (1 - even))).tolist()
    for time, until in pairwise(times):
        x = torch.where(keep > 0.5, (1 - time) * noise + time * known, x)
        both = torch.cat([x, x])
        velocity = model.velocity(
            both,
            torch.full((2 * batch,), time, device=x.device),
            torch.cat([known, known]),
            torch.cat([mask, mask]),
            positions,
            *context,
        ).float()
        conditional, unconditional = velocity.chunk(2)
        guided = unconditional + guidance * (conditional - unconditional)
        if rescale:
            estimates = [(x + (1 - time) * each) * (1 - mask).unsqueeze(-1) for each in (guided, conditional)]
            norms = [estimate.square().sum((1, 2), keepdim=True).sqrt() for estimate in estimates]
            excess = rescale * (1 - (norms[1] / norms[0].clamp_min(1e-9)).clamp_max(1.0))
            guided = guided - excess * (x + (1 - time) * guided) / (1 - time)
        if guidance != 1:
            estimate = (x + (1 - time) * guided).clamp(model.low, model.high)
            guided = (estimate - x) / (1 - time)
        x = x + (until - time) * guided
    return torch.where(keep > 0.5, known, x)
