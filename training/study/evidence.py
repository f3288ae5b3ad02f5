"""What a trained row shows of itself: its cross-attention, and where its hits land when the scale is wrong.

Both come from the model: the weights are computed from the queries and keys of its own forward pass.
"""

from contextlib import contextmanager

import numpy as np
import torch

from training.config import LATENT_RATE, SAMPLE_RATE
from training.flow import Conditions, picture_only, sample
from training.positions import audio_positions, rotate
from training.sync_score import detected_onsets
from training.transformer import Attention, FoleyTransformer

# A token looks "at its own time" where the frame's time is within this of the token's.
NEAR_SEC = 0.2


@contextmanager
def recorded_attention(model: FoleyTransformer):
    """Yields a list that receives, for each layer, the weights `[B, H, N, K]` of the next forward pass."""
    weights: list[torch.Tensor] = []

    def record(module: Attention, inputs: tuple, options: dict) -> None:
        x, context = inputs
        batch, _, width = x.shape
        split = lambda y: y.view(batch, -1, module.heads, width // module.heads).transpose(1, 2)
        query, key = split(module.query(x)), split(module.key(context))
        if options["context_table"] is not None:
            key, query = rotate(key, options["context_table"]), rotate(query, options["x_table"])
        score = query @ key.transpose(-1, -2) * (width // module.heads) ** -0.5 + options["bias"]
        weights.append(score.softmax(-1))

    hooks = [
        block.cross_attention.register_forward_pre_hook(record, with_kwargs=True) for block in model.velocity.blocks
    ]
    try:
        yield weights
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def cross_attention(
    *, model: FoleyTransformer, conditions: Conditions, latents: torch.Tensor, time: float = 0.5
) -> torch.Tensor:
    """`[layers, H, N, T]`: mean over clips of the attention of token n to frame i, half way from noise to sound."""
    batch, tokens, _ = latents.shape
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(latents.shape, generator=generator)
    positions = audio_positions(tokens=tokens).expand(batch, -1)
    mixed = (1 - time) * noise + time * latents
    nothing = torch.zeros_like(latents)
    with recorded_attention(model) as weights:
        context = model.conditioner(*conditions.tensors())
        model.velocity(mixed, torch.full((batch,), time), nothing, nothing[..., 0], positions, *context)
    frames = conditions.features.shape[1]
    return torch.stack(weights)[..., :frames].mean(1)


def diagonal_share(maps: torch.Tensor, *, fps: float) -> torch.Tensor:
    """`[layers, H]`: share of the attention within NEAR_SEC of the token's own time, from maps `[layers, H, N, T]`."""
    tokens, frames = maps.shape[-2:]
    gap = torch.arange(tokens).unsqueeze(1) / LATENT_RATE - torch.arange(frames).unsqueeze(0) / fps
    near = (gap.abs() <= NEAR_SEC + 1e-6).float()
    return (maps * near).sum(-1).mean(-1) / maps.sum(-1).mean(-1).clamp_min(1e-9)


def attention_evidence(*, model: FoleyTransformer, conditions: Conditions, latents: torch.Tensor, fps: float) -> dict:
    """The sharpest head's map (every second token), the share on the diagonal, and what an even look would give."""
    maps = cross_attention(model=model, conditions=conditions, latents=latents)
    share = diagonal_share(maps, fps=fps)
    layer, head = divmod(int(share.argmax()), share.shape[1])
    even = float(diagonal_share(torch.ones_like(maps[:1, :1]), fps=fps))
    return {
        "nearSec": NEAR_SEC,
        "best": round(float(share.max()), 4),
        "mean": round(float(share.mean()), 4),
        "even": round(even, 4),
        "layer": layer,
        "head": head,
        "map": [[round(v, 3) for v in row] for row in maps[layer, head, ::2].tolist()],
    }


@torch.no_grad()
def slide_evidence(
    *,
    model: FoleyTransformer,
    features: torch.Tensor,
    reference: list[float],
    codec: torch.nn.Module,
    statistics: tuple[torch.Tensor, torch.Tensor],
    fps: float,
    scales: tuple[float, ...] = (1.0, 0.75, 1.25),
    steps: int = 16,
    guidance: float = 4.0,
) -> dict:
    """One scene `[T, D]` at the right scale and at wrong ones (r times `scale`): onsets and a 10 ms envelope."""
    mean, std = statistics
    tokens = round(len(features) / fps * LATENT_RATE)
    noise = torch.randn(1, tokens, len(mean), generator=torch.Generator().manual_seed(1))
    takes = []
    for scale in scales:
        times = (torch.arange(len(features)) / fps * scale).unsqueeze(0)
        conditions = picture_only(model=model, features=features.unsqueeze(0), times_sec=times)
        latents = sample(model=model, conditions=conditions, noise=noise, steps=steps, guidance=guidance)
        sound = codec.decode((latents * std + mean).transpose(1, 2))[0].numpy()
        onsets, _ = detected_onsets(sound, rate=SAMPLE_RATE)
        step = SAMPLE_RATE // 100
        envelope = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(1)
        takes.append(
            {
                "scale": scale,
                "onsets": [round(t, 3) for t in onsets],
                "envelope": [round(float(v), 3) for v in envelope],
            }
        )
    return {"fps": fps, "reference": [round(t, 3) for t in reference], "takes": takes}
