"""Spectral VAE: 48 kHz mono <-> 128 channels at 50 latents per second.

Latent n covers the samples [960 n, 960 (n + 1)). Around the networks stands a real-valued STFT of 20 ms windows every
5 ms. A 20 ms window alone smears an attack over itself (pre-echo), so both sides also speak in 1 ms steps: the encoder
sees the 1 ms energy envelope, and the decoder multiplies the inverse STFT with a gain curve of one point per 1 ms
(the gain control of AAC-SSR, learned). The decoder's end follows Vocos (Siuzdak 2023): log-magnitude and phase, then
an inverse STFT.

[Note: the linear path] Beside each network runs one linear layer, `analysis_map` from a latent's four frames to its
mean and `synthesis_map` back, which `training.codec_fit` sets to the principal components of log-magnitudes and low
phases. At equal rate an hour of CPU training alone kept far less of the spectrum's fine structure than they do (R2 of
the shape within 2 to 5 kHz: 0.05 against 0.7); so the networks only learn what a linear codec cannot do.

Nothing is complex-valued and no transform is stored as a weight, so both halves export to ONNX.

    codec = load_codec(Path("codec.pt"))
    mean, log_variance = codec.encode(waveform)   # [B, L] -> 2 x [B, 128, L / 960]
    waveform = codec.decode(mean)                 # [B, 128, N] -> [B, 960 N]
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.checkpoint import load_checkpoint


@dataclass(frozen=True)
class CodecConfig:
    """Shapes of the codec. Widths are channels, kernels are frames (odd), rates are Hz."""

    sample_rate: int = 48_000
    latent_rate: int = 50
    channels: int = 128
    fft: int = 960
    hop: int = 240
    phase_bins: int = 12  # bins whose complex value the linear path carries: below 600 Hz
    gain_points: int = 5  # points of the gain curve (and of the encoder's envelope) per hop: 1 ms each
    kernel: int = 7
    latent_kernel: int = 5
    expansion: int = 3
    encoder_width: int = 192
    encoder_blocks: int = 3
    encoder_latent_width: int = 288
    encoder_latent_blocks: int = 1
    decoder_latent_width: int = 320
    decoder_latent_blocks: int = 2
    decoder_width: int = 256
    decoder_blocks: int = 5

    def __post_init__(self) -> None:
        if self.sample_rate % self.latent_rate or self.hop_latent % self.hop or self.fft != 4 * self.hop:
            raise ValueError(f"codec rates do not nest: {self}; expected hop | hop_latent and fft = 4 hop")
        if self.hop % self.gain_points:
            raise ValueError(f"gain_points must divide hop: expected {self.hop} % points == 0, got {self.gain_points}")

    @property
    def hop_latent(self) -> int:
        """Samples per latent."""
        return self.sample_rate // self.latent_rate

    @property
    def frames_per_latent(self) -> int:
        return self.hop_latent // self.hop

    @property
    def bins(self) -> int:
        return self.fft // 2 + 1


def analysis_basis(*, fft: int, origin: Tensor) -> Tensor:
    """Windowed DFT rows [2 bins, fft]: cosines then negative sines, a full-scale sine has height 1.

    `origin` is a zero [1]. Where a tracing exporter runs, it descends from the graph's input, so that the tracer has
    to write the computation of the basis into the graph instead of the 3.7 MB it comes to.
    """
    time = torch.arange(fft, device=origin.device, dtype=torch.float32) + origin
    window = 0.5 - 0.5 * torch.cos(time * (2 * math.pi / fft))
    # k n is reduced modulo the period before it becomes an angle: float32 cosines of large angles are inexact.
    turns = torch.remainder(time[: fft // 2 + 1, None] * time, float(fft))
    angle = turns * (2 * math.pi / fft)
    return torch.cat([torch.cos(angle), -torch.sin(angle)]) * window * (4.0 / fft)


def synthesis_basis(*, fft: int, origin: Tensor) -> Tensor:
    """Windowed inverse DFT [fft, 2 bins] of `analysis_basis`: from one spectrum to the samples of its frame."""
    bin_index = torch.arange(fft // 2 + 1, device=origin.device, dtype=torch.float32)
    # The edge bins (0 and fft / 2) appear once in the full spectrum, all others twice.
    inner = torch.minimum(bin_index, fft / 2 - bin_index).clamp(max=1.0)
    weight = (0.25 * (1.0 + inner)).repeat(2)[:, None]
    return (analysis_basis(fft=fft, origin=origin) * weight).T * (fft / 4.0)


class Stft(nn.Module):
    """Real-valued STFT and its exact inverse, hop = fft / 4, one frame per hop, frame t centred on the middle of hop t.

    Phases are told against a clock that turns with each bin (i ** (k t)), so that a steady sine at a bin's centre has
    a constant phase and others drift slowly: smooth in time is what a network can learn.

    The signal is zero outside the clip; the inverse divides by the sum of squared windows that the clip really has,
    edges included.
    """

    def __init__(self, *, fft: int) -> None:
        super().__init__()
        self.fft = fft
        self.hop = fft // 4
        self.margin = (fft - self.hop) // 2
        self.register_buffer("analysis", analysis_basis(fft=fft, origin=torch.zeros(1)), persistent=False)
        self.register_buffer("synthesis", synthesis_basis(fft=fft, origin=torch.zeros(1)), persistent=False)

    def _turn(self, spectrum: Tensor, *, forwards: bool) -> Tensor:
        """Multiply [B, 2 bins, T] by i ** (k t), forwards or backwards."""
        real, imaginary = spectrum.chunk(2, dim=1)
        frame = torch.remainder(torch.cumsum(torch.ones_like(spectrum[:1, :1]), dim=2) - 1.0, 4.0)  # [1, 1, T]
        bin_index = torch.arange(self.fft // 2 + 1, device=spectrum.device, dtype=torch.float32)[:, None]
        angle = torch.remainder(bin_index * frame, 4.0) * (0.5 * math.pi if forwards else -0.5 * math.pi)
        cos, sin = torch.cos(angle), torch.sin(angle)
        return torch.cat([real * cos - imaginary * sin, real * sin + imaginary * cos], dim=1)

    def forward(self, waveform: Tensor) -> Tensor:
        """[B, hop T] -> [B, 2 bins, T], real parts then imaginary parts."""
        basis = self.analysis
        if torch.onnx.is_in_onnx_export():
            basis = analysis_basis(fft=self.fft, origin=torch.zeros_like(waveform[0, :1]))
        padded = F.pad(waveform, (self.margin, self.margin))
        chunks = padded.reshape(waveform.shape[0], -1, self.hop)  # [B, T + 3, hop]
        frames = torch.cat([chunks[:, i : chunks.shape[1] - 3 + i] for i in range(4)], dim=2)  # [B, T, fft]
        return self._turn(torch.matmul(basis, frames.transpose(1, 2)), forwards=False)

    def _overlap_add(self, frames: Tensor) -> Tensor:
        """[B, fft, T] -> [B, hop T], the margins cut away."""
        quarters = frames.unflatten(1, (4, self.hop))  # [B, 4, hop, T]
        total = sum(F.pad(quarters[:, i], (i, 3 - i)) for i in range(4))  # [B, hop, T + 3]
        return total.transpose(1, 2).flatten(1)[:, self.margin : -self.margin]

    def inverse(self, spectrum: Tensor) -> Tensor:
        """[B, 2 bins, T] -> [B, hop T]."""
        basis = self.synthesis
        if torch.onnx.is_in_onnx_export():
            basis = synthesis_basis(fft=self.fft, origin=torch.zeros_like(spectrum[0, 0, :1]))
        waveform = self._overlap_add(torch.matmul(basis, self._turn(spectrum, forwards=True)))
        time = torch.arange(self.fft, device=spectrum.device, dtype=torch.float32)
        squared = (0.5 - 0.5 * torch.cos(time * (2 * math.pi / self.fft))) ** 2
        ones = torch.ones_like(spectrum[:1, :1])  # [1, 1, T]
        return waveform / self._overlap_add(squared[None, :, None] * ones)


class Block(nn.Module):
    """ConvNeXt block: depthwise convolution, layer norm, two linear layers, scaled residual. [B, C, T] -> [B, C, T]."""

    def __init__(self, *, width: int, kernel: int, expansion: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, expansion * width)
        self.project = nn.Linear(expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.3))

    def forward(self, hidden: Tensor) -> Tensor:
        update = self.norm(self.depthwise(hidden).transpose(1, 2))
        update = self.project(F.gelu(self.expand(update), approximate="tanh")) * self.scale
        return hidden + update.transpose(1, 2)


def blocks(*, width: int, kernel: int, expansion: int, count: int) -> nn.Sequential:
    return nn.Sequential(*[Block(width=width, kernel=kernel, expansion=expansion) for _ in range(count)])


class SpectralVae(nn.Module):
    """The codec. `encode` and `decode` are the whole story; the trainer calls their halves to mix precisions."""

    def __init__(self, *, config: CodecConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or CodecConfig()
        self.stft = Stft(fft=c.fft)
        fast = {"kernel": c.kernel, "expansion": c.expansion}
        slow = {"kernel": c.latent_kernel, "expansion": c.expansion}
        self.encoder = nn.Sequential(
            nn.Conv1d(3 * c.bins + c.gain_points, c.encoder_width, 1),
            blocks(width=c.encoder_width, count=c.encoder_blocks, **fast),
            nn.Conv1d(c.encoder_width, c.encoder_latent_width, c.frames_per_latent, stride=c.frames_per_latent),
            blocks(width=c.encoder_latent_width, count=c.encoder_latent_blocks, **slow),
            nn.Conv1d(c.encoder_latent_width, 2 * c.channels, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv1d(c.channels, c.decoder_latent_width, 3, padding=1),
            blocks(width=c.decoder_latent_width, count=c.decoder_latent_blocks, **slow),
            nn.ConvTranspose1d(
                c.decoder_latent_width, c.decoder_width, c.frames_per_latent, stride=c.frames_per_latent
            ),
            blocks(width=c.decoder_width, count=c.decoder_blocks, **fast),
        )
        frames = {"kernel_size": c.frames_per_latent, "stride": c.frames_per_latent}
        self.analysis_map = nn.Conv1d(c.bins + c.gain_points + 2 * c.phase_bins, c.channels, **frames)
        self.synthesis_map = nn.ConvTranspose1d(c.channels, c.bins + 2 * c.phase_bins, **frames)
        self.head = nn.Conv1d(c.decoder_width, 3 * c.bins + c.gain_points, 1)
        with torch.no_grad():  # the networks start as small corrections of the linear path
            self.head.weight.mul_(0.2)

    @property
    def decoder_receptive_latents(self) -> int:
        """One-sided: latent m can alter samples of latent n only if |m - n| <= this."""
        c = self.config
        # An STFT frame reaches 3 / 2 hops beyond its own hop, the gain curve one point: 2 frames.
        frames = c.decoder_blocks * (c.kernel // 2) + 2
        return 1 + c.decoder_latent_blocks * (c.latent_kernel // 2) + math.ceil(frames / c.frames_per_latent)

    @property
    def encoder_receptive_samples(self) -> int:
        """One-sided: latent n depends only on the samples [960 n - this, 960 (n + 1) + this)."""
        c = self.config
        latents = c.encoder_latent_blocks * (c.latent_kernel // 2)
        return latents * c.hop_latent + c.encoder_blocks * (c.kernel // 2) * c.hop + (c.fft - c.hop) // 2

    def features(self, waveform: Tensor) -> Tensor:
        """[B, L] -> [B, 3 bins + points, L / hop]: spectrum, log-magnitudes, 1 ms log-energies; silence is zero.

        The spectrum is power-compressed and keeps its phase; log-magnitudes are given beside it because no linear
        layer can pool a magnitude out of numbers whose sign is the phase's.
        """
        c = self.config
        spectrum = self.stft(waveform).unflatten(1, (2, c.bins))
        power = spectrum.square().sum(1, keepdim=True)
        compressed = (spectrum * (power + 1e-10) ** -0.35).flatten(1, 2)  # magnitude ** 0.3
        loudness = (torch.log10(power.squeeze(1) + 1e-10) + 10.0) / 4.0
        points = waveform.reshape(waveform.shape[0], -1, c.gain_points, c.hop // c.gain_points).square().mean(-1)
        envelope = (torch.log10(points + 1e-9) + 9.0) / 4.5
        return torch.cat([compressed, loudness, envelope.transpose(1, 2)], dim=1)

    def encode(self, waveform: Tensor) -> tuple[Tensor, Tensor]:
        """[B, L] -> mean, log-variance, both [B, channels, L / 960]. L must be a positive multiple of 960."""
        hop = self.config.hop_latent
        if not torch.onnx.is_in_onnx_export() and (waveform.shape[-1] % hop or waveform.shape[-1] == 0):
            raise ValueError(f"waveform: expected a positive multiple of {hop} samples, got {waveform.shape[-1]}")
        features = self.features(waveform)
        return self.posterior(self.encoder(features), features)

    def linear_features(self, features: Tensor) -> Tensor:
        """The part of `features` that the linear path sees: log-magnitudes, energies, low real and imaginary parts."""
        c = self.config
        low = c.phase_bins
        return torch.cat([features[:, 2 * c.bins :], features[:, :low], features[:, c.bins : c.bins + low]], dim=1)

    def posterior(self, encoded: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Encoder trunk's output [B, 2 channels, N] and the features it came from -> mean, log-variance."""
        mean, log_variance = encoded.chunk(2, dim=1)
        return mean + self.analysis_map(self.linear_features(features)), log_variance.clamp(-10.0, 4.0)

    def decode(self, latents: Tensor) -> Tensor:
        """[B, channels, N] -> [B, 960 N]."""
        return self.synthesise(self.decoder(latents), latents)

    def synthesise(self, hidden: Tensor, latents: Tensor) -> Tensor:
        """Decoder trunk's output [B, width, T] and the latents it came from -> [B, hop T]."""
        c = self.config
        low = c.phase_bins
        shape, low_real, low_imaginary = self.synthesis_map(latents).split([c.bins, low, low], dim=1)
        log_magnitude, direction, gain = self.head(hidden).split([c.bins, 2 * c.bins, c.gain_points], dim=1)
        log_magnitude = log_magnitude + (4.0 * shape - 10.0) * (0.5 * math.log(10.0))  # undoes the scale of `features`
        magnitude = torch.exp(log_magnitude.clamp(-18.0, 2.0))
        # Phase as a direction in the plane: an angle would have to jump where the target is smooth.
        real, imaginary = direction.chunk(2, dim=1)
        real = real + F.pad(4.0 * low_real, (0, 0, 0, c.bins - low))
        imaginary = imaginary + F.pad(4.0 * low_imaginary, (0, 0, 0, c.bins - low))
        scale = magnitude * (real.square() + imaginary.square() + 1e-4) ** -0.5
        waveform = self.stft.inverse(torch.cat([scale * real, scale * imaginary], dim=1))
        return waveform * self._gain_curve(gain)

    def _gain_curve(self, logits: Tensor) -> Tensor:
        """[B, points, T] -> [B, hop T]: 0 to 4, one at zero, linear between points."""
        step = self.config.hop // self.config.gain_points
        points = 4.0 * torch.sigmoid(logits.transpose(1, 2).flatten(1) - math.log(3.0))[..., None]  # [B, points T, 1]
        following = torch.cat([points[:, 1:], points[:, -1:]], dim=1)
        ramp = torch.arange(step, device=logits.device, dtype=torch.float32) / step
        return (points * (1.0 - ramp) + following * ramp).flatten(1)


_MADE_BY = "training.train_codec --oneshots DIR --cache DIR, or training.restore --pack PACK --cache DIR"


def load_codec(path: Path | str) -> SpectralVae:
    """The codec of a checkpoint by `training.train_codec`, its averaged weights, in eval mode, on the CPU."""
    checkpoint = load_checkpoint(path, made_by=_MADE_BY, weights_only=True)
    codec = SpectralVae(config=CodecConfig(**checkpoint["config"]))
    codec.load_state_dict(checkpoint["average"])
    return codec.eval().requires_grad_(False)


def load_latent_statistics(path: Path | str) -> tuple[Tensor, Tensor]:
    """Per-channel mean and standard deviation [channels] of the latents, as the trainer measured them."""
    statistics = load_checkpoint(path, made_by=_MADE_BY, weights_only=True)["latent_statistics"]
    return statistics["mean"], statistics["std"]


def config_dict(config: CodecConfig) -> dict[str, int]:
    return asdict(config)
