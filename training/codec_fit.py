"""Set the codec's linear path to principal components, so that training starts from a working codec.

See [Note: the linear path] in `training.codec`. Probabilistic PCA (Tipping and Bishop 1999) gives the posterior too:
a component of variance v, heard through noise of variance `distortion`, has mean variance v / (v + distortion).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from training.codec import SpectralVae


def feature_weights(codec: SpectralVae) -> Tensor:
    """How much each linear feature matters [features]: a bin as its share of a critical band (ERB), less for phase."""
    c = codec.config
    kilohertz = torch.arange(c.bins) * (c.sample_rate / c.fft / 1000)
    bins = (4.37 * kilohertz + 1.0).rsqrt()  # Glasberg and Moore 1990
    return torch.cat([bins, torch.ones(c.gain_points), (0.7 * bins[: c.phase_bins]).repeat(2)])


@torch.no_grad()
def fit_linear_path(codec: SpectralVae, clips: list[Tensor], *, distortion: float = 0.3) -> float:
    """Fit on clips [B, L] and write the maps and the initial posterior. Returns the share of variance kept.

    `distortion` is in units of the last kept component's variance.
    """
    c = codec.config
    rows = []
    for batch in clips:
        linear = codec.linear_features(codec.features(batch))  # [B, features, T]
        frames = linear.unflatten(2, (-1, c.frames_per_latent)).permute(0, 2, 1, 3)  # [B, N, features, 4]
        rows.append(frames.flatten(0, 1).flatten(1))
    samples = torch.cat(rows)
    centre = samples.mean(0)
    weights = feature_weights(codec).repeat_interleave(c.frames_per_latent)
    weighted = (samples - centre) * weights
    variances, directions = torch.linalg.eigh(weighted.T @ weighted / len(weighted))
    total = variances.clamp(min=0).sum()
    variances = variances[-c.channels :].flip(0).clamp(min=1e-12)
    directions = directions[:, -c.channels :].flip(1).T  # [channels, features x 4]
    noise = distortion * variances[-1]

    analysis = directions * weights / (variances + noise).sqrt()[:, None]
    codec.analysis_map.weight.copy_(analysis.view_as(codec.analysis_map.weight))
    codec.analysis_map.bias.copy_(-analysis @ centre)
    # Rows of the synthesis map: all features but the 1 ms energies, which only the gain network uses.
    spoken = torch.ones(len(feature_weights(codec)), dtype=torch.bool)
    spoken[c.bins : c.bins + c.gain_points] = False
    synthesis = directions / weights * (variances / (variances + noise).sqrt())[:, None]
    codec.synthesis_map.weight.copy_(synthesis.unflatten(1, (-1, c.frames_per_latent))[:, spoken])
    codec.synthesis_map.bias.copy_(centre.unflatten(0, (-1, c.frames_per_latent)).mean(1)[spoken])

    last = codec.encoder[-1]
    last.weight[: c.channels] = 0.0
    last.weight[c.channels :] *= 0.1
    last.bias[: c.channels] = 0.0
    last.bias[c.channels :] = torch.log(noise / (variances + noise)).clamp(min=math.log(1e-4))
    return float(variances.sum() / total)
