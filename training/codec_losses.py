"""What the codec is trained on and judged by: spectra at several resolutions, low phase, the 1 ms envelope."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from training.codec import SpectralVae
from training.codec_clips import ClipMaker

ALL_FFTS = (2048, 1024, 512, 256, 128)
FLOOR = 1e-4  # -80 dBFS: differences below it are not heard and not learned
PHASE_HZ = 3_000


def spectrum(signal: Tensor, *, fft: int) -> Tensor:
    """[B, L] -> complex [B, bins, T], hop fft / 4; white noise of RMS 1 has bins of RMS 1 (so FLOOR reads as dBFS)."""
    window = torch.hann_window(fft, device=signal.device)
    scale = window.square().sum().rsqrt()
    return torch.stft(signal, fft, fft // 4, window=window, return_complex=True) * scale


def magnitude(spectrum: Tensor) -> Tensor:
    return (spectrum.real.square() + spectrum.imag.square() + 1e-12).sqrt()


def envelope(signal: Tensor, *, sample_rate: int = 48_000) -> Tensor:
    """[B, L] -> 1 ms RMS [B, L / 48]."""
    frame = sample_rate // 1000
    whole = signal.shape[-1] // frame * frame
    return (signal[..., :whole].unflatten(-1, (-1, frame)).square().mean(-1) + 1e-14).sqrt()


def relative_l1(estimate: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference over the target's mean, clip by clip; a silent target counts like one of -60 dBFS."""
    dims = tuple(range(1, estimate.dim()))
    return ((estimate - target).abs().mean(dims) / (target.abs().mean(dims) + 1e-3)).mean()


def log_distance(a: Tensor, b: Tensor) -> Tensor:
    return (torch.log(a + FLOOR) - torch.log(b + FLOOR)).abs().mean()


def resolution_loss(estimate: Tensor, target: Tensor) -> Tensor:
    """Spectral convergence plus log-magnitude distance of two complex spectra [B, bins, T] (Yamamoto et al. 2020)."""
    a, b = magnitude(estimate), magnitude(target)
    convergence = (a - b).norm(dim=(1, 2)) / (b.norm(dim=(1, 2)) + 0.3)
    return convergence.mean() + log_distance(a, b)


@lru_cache(maxsize=16)
def band_matrix(*, bins: int) -> Tensor:
    """[bands, bins], rows sum to one: bands that grow by 2 ** 0.2, never narrower than two bins."""
    edges = [0]
    while edges[-1] < bins:
        edges.append(max(edges[-1] + 2, math.ceil(edges[-1] * 2**0.2)))
    matrix = torch.zeros(len(edges) - 1, bins)
    for row, (low, high) in enumerate(pairwise(edges)):
        matrix[row, low:high] = 1.0 / len(range(low, min(high, bins)))
    return matrix


def band_loss(estimate: Tensor, target: Tensor) -> Tensor:
    """Log-distance of the RMS in bands [B, bins, T] -> scalar: right in level where the fine structure is noise.

    Bin by bin, the best guess at noise is its median, which is too quiet.
    """
    matrix = band_matrix(bins=estimate.shape[1]).to(estimate.device)
    a, b = ((matrix @ magnitude(spectrum).square() + 1e-12).sqrt() for spectrum in (estimate, target))
    return log_distance(a, b)


def multi_resolution(estimate: Tensor, target: Tensor, *, ffts: tuple[int, ...]) -> Tensor:
    losses = [resolution_loss(spectrum(estimate, fft=fft), spectrum(target, fft=fft)) for fft in ffts]
    return torch.stack(losses).mean()


def envelope_loss(estimate: Tensor, target: Tensor) -> Tensor:
    """Distance of 1 ms log-envelopes down to -100 dBFS: hears pre-echo, softened attacks and a noisy silence."""
    return (torch.log(envelope(estimate) + 1e-5) - torch.log(envelope(target) + 1e-5)).abs().mean()


@dataclass(frozen=True)
class LossWeights:
    bands: float = 1.0
    phase: float = 0.5
    envelope: float = 0.3
    divergence: float = 5e-3


def reconstruction_loss(estimate: Tensor, target: Tensor, *, ffts: tuple[int, ...], weights: LossWeights) -> Tensor:
    """All terms but the divergence. `ffts` may change from step to step; 512 is always there.

    Phase counts only below PHASE_HZ, where 6,400 numbers a second can carry it: above, a phase-aware loss would be
    least for a sound that is too quiet.
    """
    complex_a, complex_b = spectrum(estimate, fft=512), spectrum(target, fft=512)
    pairs = [(complex_a, complex_b)] + [(spectrum(estimate, fft=n), spectrum(target, fft=n)) for n in ffts]
    loss = torch.stack([resolution_loss(a, b) + weights.bands * band_loss(a, b) for a, b in pairs]).mean()
    low = round(PHASE_HZ / 48_000 * 512)
    parts = relative_l1(torch.view_as_real(complex_a[:, :low]), torch.view_as_real(complex_b[:, :low]))
    return loss + weights.phase * parts + weights.envelope * envelope_loss(estimate, target)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the unit normal, nats per latent value."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()


def log_spectral_distance(estimate: Tensor, target: Tensor) -> float:
    """dB, over frames whose target is louder than -70 dBFS: root mean square over bins, mean over frames."""
    a, b = (magnitude(spectrum(signal, fft=2048)) for signal in (estimate, target))
    difference = 20 * (torch.log10(a + FLOOR) - torch.log10(b + FLOOR))
    audible = b.square().mean(1).sqrt() > 10 ** (-70 / 20)
    return float(difference.square().mean(1).sqrt()[audible].mean())


def attack_time_ms(signal: np.ndarray, *, near_ms: float, sample_rate: int = 48_000) -> float:
    """When the 1 ms energy (steps of 0.125 ms) first passes a tenth of its maximum within 40 ms around `near_ms`."""
    step, frame = sample_rate // 8000, sample_rate // 1000
    start = max(0, int((near_ms - 20) * frame))
    power = np.square(signal[start : int((near_ms + 20) * frame)], dtype=np.float64)
    total = np.cumsum(power)
    energy = (total[frame:] - total[:-frame])[::step]
    return start / frame + 1.0 + int(np.argmax(energy >= 0.1 * energy.max())) / 8


@torch.inference_mode()
def evaluate(codec: SpectralVae, maker: ClipMaker, *, clips: int = 48) -> dict[str, float]:
    """Quality on `maker`'s sounds: spectra, and the timing of single attacks. Decoded from posterior means."""
    codec = codec.eval()
    mixed = torch.from_numpy(np.stack([maker.clip() for _ in range(clips)]))
    mean, _ = codec.encode(mixed)
    decoded = codec.decode(mean)
    starts = maker.rng.integers(12_000, 30_000, size=clips)
    single = np.stack([maker.clip(events=1, start=int(start)) for start in starts])
    single_decoded = codec.decode(codec.encode(torch.from_numpy(single))[0]).numpy()
    shifts, pre_echo = [], []
    for reference, result, start in zip(single, single_decoded, starts, strict=True):
        near = start / 48.0
        shifts.append(attack_time_ms(result, near_ms=near) - attack_time_ms(reference, near_ms=near))
        before = np.abs(result[start - 960 : start - 48]).max()  # 20 ms up to 1 ms before the attack
        pre_echo.append(20 * math.log10(float(before) / float(np.abs(result).max() + 1e-9) + 1e-6))
    silence = codec.decode(codec.encode(torch.zeros(1, 48_000))[0])
    return {
        "mrstft": float(multi_resolution(decoded, mixed, ffts=ALL_FFTS)),
        "lsd_db": log_spectral_distance(decoded, mixed),
        "snr_db": float(10 * torch.log10(mixed.square().sum() / (decoded - mixed).square().sum())),
        "onset_shift_ms": float(np.median(shifts)),
        "onset_error_p90_ms": float(np.quantile(np.abs(shifts), 0.9)),
        "pre_echo_db": float(np.median(pre_echo)),
        "silence_db": 20 * math.log10(float(silence.abs().max()) + 1e-9),
    }


@torch.inference_mode()
def latent_statistics(codec: SpectralVae, maker: ClipMaker, *, batches: int = 12) -> dict[str, Tensor]:
    """Per-channel mean and standard deviation [channels] of *sampled* latents.

    The posterior's variance is counted: a channel that carries nothing has means near zero, and dividing those by
    their own spread would blow their noise up into something to learn.
    """
    total, square, count = 0.0, 0.0, 0
    for _ in range(batches):
        mean, log_variance = codec.encode(maker.batch(size=8))
        total = total + mean.double().sum((0, 2))
        square = square + (mean.double().square() + log_variance.double().exp()).sum((0, 2))
        count += mean.shape[0] * mean.shape[2]
    centre = total / count
    return {"mean": centre.float(), "std": (square / count - centre.square()).sqrt().float()}
