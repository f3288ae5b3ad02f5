"""What tells decoded sounds from recordings, and thereby teaches the decoder what a spectral distance cannot.

[Note: why an adversary] Any distance is least for the mean of what a latent may stand for: noise comes out smooth,
partials wide. Discriminators of spectrograms at several resolutions (Jang et al. 2021; with complex input as in
Zeghidour et al. 2021) ask for the fine structure that recordings have, wherever exactly it lies.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.codec_losses import magnitude, spectrum

Judgement = list[tuple[Tensor, list[Tensor]]]  # for each resolution its scores, and the layers before them

FFTS = (2048, 1024, 512, 256)
SLOPE = 0.1  # of the leaky rectifiers


class SpectrogramDiscriminator(nn.Module):
    """Scores a waveform [B, L] in patches of its spectrogram of `fft` points: high = recorded, low = decoded.

    It sees log-magnitudes, and the real and imaginary parts at magnitude ** 0.3, so that tails count beside attacks.
    """

    def __init__(self, *, fft: int, width: int = 32) -> None:
        super().__init__()
        self.fft = fft
        shapes = (  # channels in and out, kernel and stride over time and frequency
            (3, width // 2, (3, 9), (1, 2)),
            (width // 2, width, (3, 7), (1, 2)),
            (width, width, (3, 5), (2, 2)),
            (width, width, (3, 3), (1, 2)),
        )
        self.layers = nn.ModuleList(
            nn.utils.parametrizations.weight_norm(
                nn.Conv2d(before, after, kernel, stride, padding=(kernel[0] // 2, kernel[1] // 2))
            )
            for before, after, kernel, stride in shapes
        )
        self.score = nn.utils.parametrizations.weight_norm(nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, waveform: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores [B, patches], and what each layer made [B, channels, frames, bins]."""
        complex_bins = spectrum(waveform, fft=self.fft).transpose(1, 2)  # [B, T, bins]
        size = magnitude(complex_bins)
        compressed = size**-0.7
        hidden = torch.stack(
            [torch.log10(size + 1e-5) / 2 + 1, complex_bins.real * compressed, complex_bins.imag * compressed], dim=1
        )
        features = []
        with torch.autocast(waveform.device.type, dtype=torch.bfloat16):
            for layer in self.layers:
                hidden = F.leaky_relu(layer(hidden), SLOPE)
                features.append(hidden)
            scores = self.score(hidden)
        return scores.float().flatten(1), features


class Adversary(nn.Module):
    """One discriminator for each of FFTS."""

    def __init__(self, *, width: int = 32) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(SpectrogramDiscriminator(fft=fft, width=width) for fft in FFTS)

    def forward(self, waveform: Tensor, *, ffts: set[int]) -> Judgement:
        """What those of `ffts` say of a waveform [B, L]."""
        return [discriminator(waveform) for discriminator in self.discriminators if discriminator.fft in ffts]


def discrimination_loss(recorded: Judgement, decoded: Judgement) -> Tensor:
    """Hinge loss of the discriminators (Lim and Ye 2017)."""
    pairs = zip(recorded, decoded, strict=True)
    return torch.stack([F.relu(1 - real).mean() + F.relu(1 + fake).mean() for (real, _), (fake, _) in pairs]).mean()


def deception_loss(decoded: Judgement) -> Tensor:
    """What the decoder makes small: how sure the discriminators are."""
    return -torch.stack([scores.mean() for scores, _ in decoded]).mean()


def matching_loss(recorded: Judgement, decoded: Judgement) -> Tensor:
    """Distance of what the layers made of both, relative to its size (Kumar et al. 2019)."""
    losses = [
        (fake.float() - real.float().detach()).abs().mean() / (real.float().detach().abs().mean() + 1e-3)
        for (_, reals), (_, fakes) in zip(recorded, decoded, strict=True)
        for real, fake in zip(reals, fakes, strict=True)
    ]
    return torch.stack(losses).mean()


class Balancer:
    """Gradients of several losses by one output, scaled to shares of the first one's norm (Défossez et al. 2022)."""

    def __init__(self, *, decay: float = 0.99) -> None:
        self.decay = decay
        self.norms: dict[str, float] = {}

    def gradient(self, losses: dict[str, tuple[Tensor, float]], *, output: Tensor) -> Tensor:
        """Gradient with respect to `output`; `losses` gives to each name a loss and its share, the first one's is 1."""
        total, unit = torch.zeros_like(output), 0.0
        for name, (loss, share) in losses.items():
            (gradient,) = torch.autograd.grad(loss, output, retain_graph=True)
            norm = float(gradient.norm())
            self.norms[name] = norm + self.decay * (self.norms.get(name, norm) - norm)
            unit = unit or self.norms[name]
            total += gradient * (share * unit / (self.norms[name] + 1e-12))
        return total
