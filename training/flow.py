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
    return unknown_error(velocity.float(), latents - noise, known_mask=known_mask)


def unknown_error(velocity: torch.Tensor, target: torch.Tensor, *, known_mask: torch.Tensor) -> torch.Tensor:
    """Mean squared error of a velocity `[B, N, C]` over the tokens that are not known."""
    unknown = 1.0 - known_mask
    return ((velocity - target).square().mean(-1) * unknown).sum() / unknown.sum().clamp_min(1.0)


def with_and_without(model: FoleyTransformer, conditions: Conditions) -> list[torch.Tensor]:
    """The conditioner's outputs for both branches of guidance in one batch `[2B, ...]`: all conditions, then none."""
    branches = (conditions, conditions.with_present(0.0))
    return [torch.cat(pair) for pair in zip(*(model.conditioner(*c.tensors()) for c in branches), strict=True)]


@torch.no_grad()
def guided_velocity(
    *,
    model: FoleyTransformer,
    x: torch.Tensor,
    time: torch.Tensor,
    context: list[torch.Tensor],
    known: torch.Tensor,
    known_mask: torch.Tensor,
    scale: torch.Tensor,
    rescale: torch.Tensor,
) -> torch.Tensor:
    """v = v_uncond + scale (v_cond - v_uncond) at `x` `[B, N, C]`; `time`, `scale` and `rescale` are `[B]`, `context`
    is of `with_and_without`. `rescale` 0 to 1: how much of guidance's overshoot is taken back
    (src/main/engine/guidance.ts), before what is left is kept within the model's `low` and `high`. At a scale of 1
    neither is done."""
    batch, tokens, _ = x.shape
    twice = lambda value: torch.cat([value, value])
    positions = audio_positions(tokens=tokens).to(x.device).expand(2 * batch, -1)
    velocity = model.velocity(twice(x), twice(time), twice(known), twice(known_mask), positions, *context).float()
    conditional, unconditional = velocity.chunk(2)
    scale, left = scale.view(-1, 1, 1), (1 - time).view(-1, 1, 1)
    guided = unconditional + scale * (conditional - unconditional)
    estimates = [(x + left * each) * (1 - known_mask).unsqueeze(-1) for each in (guided, conditional)]
    norms = [estimate.square().sum((1, 2), keepdim=True).sqrt() for estimate in estimates]
    excess = rescale.view(-1, 1, 1) * (1 - (norms[1] / norms[0].clamp_min(1e-9)).clamp_max(1.0))
    guided = guided - excess * (x + left * guided) / left
    within = ((x + left * guided).clamp(model.low, model.high) - x) / left
    return torch.where(scale == 1, guided, within)


def mean_velocity(
    *,
    model: FoleyTransformer,
    x: torch.Tensor,
    time: torch.Tensor,
    until: torch.Tensor,
    context: list[torch.Tensor],
    known: torch.Tensor,
    known_mask: torch.Tensor,
    scale: torch.Tensor,
) -> torch.Tensor:
    """What a distilled model gives at `x` `[B, N, C]`: the mean of the guided velocity from `time` to `until` `[B]`."""
    positions = audio_positions(tokens=x.shape[1]).to(x.device).expand(len(x), -1)
    return model.velocity(x, time, known, known_mask, positions, *context, scale, until).float()


def shifted(even: torch.Tensor, *, shift: float) -> torch.Tensor:
    """Instants 0 to 1 for even ones; `shift` above 1: closer to each other near the noise (sampler.ts)."""
    return even / (even + shift * (1 - even))


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
    """Euler from `noise` `[B, N, C]` to latents. A model that is not distilled is guided (`guided_velocity`); one that
    is takes `guidance` as an input and knows no `rescale`."""
    batch, tokens, _ = noise.shape
    known = torch.zeros_like(noise) if known is None else known
    mask = torch.zeros(batch, tokens, device=noise.device) if known_mask is None else known_mask
    scale, rescaled = (
        torch.full((batch,), value, device=noise.device, dtype=noise.dtype) for value in (guidance, rescale)
    )
    given = {"known": known, "known_mask": mask, "scale": scale}
    distilled = model.config.distilled
    context = list(model.conditioner(*conditions.tensors())) if distilled else with_and_without(model, conditions)
    x, keep = noise, mask.unsqueeze(-1)
    for time, until in pairwise(shifted(torch.linspace(0, 1, steps + 1), shift=shift).tolist()):
        x = torch.where(keep > 0.5, (1 - time) * noise + time * known, x)
        at, to = torch.full_like(scale, time), torch.full_like(scale, until)
        if distilled:
            velocity = mean_velocity(model=model, x=x, time=at, until=to, context=context, **given)
        else:
            velocity = guided_velocity(model=model, x=x, time=at, context=context, rescale=rescaled, **given)
        x = x + (until - time) * velocity
    return torch.where(keep > 0.5, known, x)
