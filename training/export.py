"""Write a model pack: ONNX graphs, manifest, golden vectors; and check every graph against PyTorch.

`training.make_pack` is the command. The format is docs/model-pack.md. Weights are stored as int8 or fp16
(training.weights); the comparison is with the PyTorch model at the same rounded weights, so that its error is the
export's own.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from training.codec import SpectralVae
from training.config import LATENT_CHANNELS, LATENT_RATE, SAMPLE_RATE, VisualConfig
from training.encoder import MotionEncoder
from training.onnx_graph import TOLERANCE, Graph, describe, export_graph
from training.positions import audio_positions
from training.transformer import FoleyTransformer


class VisualGraph(nn.Module):
    """frames `[T, 3, H, W]` -> features `[T, D]`, impact probability and loudness `[T, bins]`."""

    def __init__(self, encoder: MotionEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        output = self.encoder(frames.unsqueeze(0))
        return output["features"][0], torch.sigmoid(output["impact"][0]), output["loudness"][0]


CEILING_KNEE = 0.8


def soft_ceiling(waveform: torch.Tensor) -> torch.Tensor:
    """Bends what is louder than the knee so that nothing passes full scale: guidance can ask for more than 0 dBFS, and
    a hit that is saturated sounds like a hit, while one that is cut off clicks."""
    size = waveform.abs()
    over = torch.tanh((size - CEILING_KNEE).clamp_min(0.0) / (1.0 - CEILING_KNEE)) * (1.0 - CEILING_KNEE)
    return torch.sign(waveform) * (size.clamp_max(CEILING_KNEE) + over)


class DecoderGraph(nn.Module):
    """Normalised latents `[B, N, C]` -> waveform `[B, 960 N]` within -1..1."""

    def __init__(self, codec: SpectralVae, *, mean: torch.Tensor, std: torch.Tensor) -> None:
        super().__init__()
        self.codec = codec
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return soft_ceiling(self.codec.decode((latents * self.std + self.mean).transpose(1, 2)))


class AudioEncoderGraph(DecoderGraph):
    """Waveform `[B, 960 N]` -> normalised latents `[B, N, C]`."""

    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        mean, _ = self.codec.encode(waveform)
        return (mean.transpose(1, 2) - self.mean) / self.std


def motion_graph(encoder: MotionEncoder) -> Graph:
    size, bins = encoder.config.size, encoder.config.bins
    outputs = {"features": ("T", encoder.config.features), "impact": ("T", bins), "loudness": ("T", bins)}
    return Graph(
        "visualEncoder", VisualGraph(encoder), {"frames": torch.rand(7, 3, size, size)}, outputs, {"frames": {0: "T"}}
    )


def conditioner_graph(model: FoleyTransformer) -> Graph:
    batch, frames = 2, 9
    inputs = {
        "features": torch.randn(batch, frames, model.config.feature_channels),
        "sin_positions": torch.arange(frames).float().expand(batch, -1).contiguous(),
        "rope_positions": torch.arange(frames).float().mul(2).expand(batch, -1).contiguous(),
        "sync_positions": torch.tensor([[1.5, 4.25, 0.0]]).expand(batch, -1).contiguous(),
        "sync_loudness": torch.tensor([[-3.0, -12.0, -20.0]]).expand(batch, -1).contiguous(),
        "sync_mask": torch.tensor([[1.0, 1.0, 0.0]]).expand(batch, -1).contiguous(),
        "sync_mode": torch.tensor([1, 1]),
        "material": torch.tensor([0, min(1, model.config.materials)]),
        "present": torch.tensor([1.0, 0.0]),
    }
    free = {name: {0: "B", 1: "P" if name.startswith("sync") else "T"} for name in list(inputs)[:6]}
    free |= {name: {0: "B"} for name in list(inputs)[6:]}
    width = model.config.width
    outputs = {
        "context": ("B", "K", width),
        "context_positions": ("B", "K"),
        "context_mask": ("B", "K"),
        "global_condition": ("B", width),
    }
    return Graph("conditioner", model.conditioner, inputs, outputs, free)


def velocity_graph(model: FoleyTransformer) -> Graph:
    given = conditioner_graph(model)
    with torch.no_grad():
        context, positions, mask, condition = model.conditioner(*given.inputs.values())
    batch, tokens = 2, 11
    known = torch.zeros(batch, tokens)
    known[:, :3] = 1.0
    inputs = {
        "latents": torch.randn(batch, tokens, model.config.latent_channels),
        "time": torch.tensor([0.25, 0.25]),
        "known": torch.randn(batch, tokens, model.config.latent_channels),
        "known_mask": known,
        "audio_positions": audio_positions(tokens=tokens).expand(batch, -1).contiguous(),
        "context": context,
        "context_positions": positions,
        "context_mask": mask,
        "global_condition": condition,
    }
    if model.config.distilled:
        inputs |= {"guidance": torch.tensor([8.0, 3.0]), "until": torch.tensor([0.375, 0.25])}
    free = {name: {0: "B", 1: "N"} for name in ("latents", "known", "known_mask", "audio_positions")}
    free |= {name: {0: "B", 1: "K"} for name in ("context", "context_positions", "context_mask")}
    free |= {name: {0: "B"} for name in inputs if name not in free}
    return Graph("velocity", model.velocity, inputs, {"velocity": ("B", "N", model.config.latent_channels)}, free)


def codec_graphs(codec: SpectralVae, *, mean: torch.Tensor, std: torch.Tensor) -> list[Graph]:
    latents = torch.randn(1, 13, LATENT_CHANNELS)
    # Loud noise fills every bin: the encoder’s compression magnifies the rounding of bins that are all but empty.
    sound = torch.randn(1, 13 * codec.config.hop_latent) * 0.5
    return [
        Graph(
            "decoder",
            DecoderGraph(codec, mean=mean, std=std),
            {"latents": latents},
            {"waveform": ("B", "L")},
            {"latents": {0: "B", 1: "N"}},
        ),
        Graph(
            "audioEncoder",
            AudioEncoderGraph(codec, mean=mean, std=std),
            {"waveform": sound},
            {"latents": (1, "N", LATENT_CHANNELS)},
            {"waveform": {1: "L"}},
        ),
    ]


FILES = {
    "visualEncoder": "visual-encoder.onnx",
    "conditioner": "conditioner.onnx",
    "velocity": "velocity.onnx",
    "decoder": "decoder.onnx",
    "audioEncoder": "audio-encoder.onnx",
}


def write_pack(*, out: Path, graphs: Sequence[Graph], manifest: dict) -> dict[str, float]:
    """Export all graphs and the manifest into `out`; raises if a graph differs from PyTorch by more than TOLERANCE."""
    out.mkdir(parents=True, exist_ok=True)
    errors, entries = {}, {}
    for graph in graphs:
        path = out / FILES[graph.name]
        errors[graph.name] = export_graph(graph, path)
        entries[graph.name] = describe(path)
        if not errors[graph.name] < TOLERANCE:
            raise RuntimeError(
                f"{graph.name}: ONNX differs from PyTorch by {errors[graph.name]:.2e}; expected < {TOLERANCE:g}"
            )
    (out / "manifest.json").write_text(json.dumps({**manifest, "graphs": entries}, indent=2) + "\n")
    return errors


def base_manifest(
    *,
    codec: SpectralVae,
    mean: torch.Tensor,
    std: torch.Tensor,
    model: FoleyTransformer,
    visual: VisualConfig,
    materials: Sequence[str],
) -> dict:
    """What follows from the models themselves; identity, licence, training and defaults are the caller's."""
    scheme = model.conditioner.scheme
    rounded = lambda values: [round(v, 5) for v in values.tolist()]
    bounds = {"low": rounded(model.low), "high": rounded(model.high)}
    return {
        "format": "foley-model-pack",
        "formatVersion": 1,
        "audio": {"sampleRate": SAMPLE_RATE},
        "latent": {
            "rateHz": LATENT_RATE,
            "channels": LATENT_CHANNELS,
            "mean": rounded(mean),
            "std": rounded(std),
            **({"bounds": bounds} if model.is_bounded and not model.config.distilled else {}),
            "tokenOffsetSec": 0.0,
        },
        "visual": {
            "rateHz": visual.rate,
            "width": visual.size,
            "height": visual.size,
            "fit": "stretch",
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
            "featureChannels": visual.features,
            "impactBins": visual.bins,
        },
        "positions": {"audio": scheme.audio, "visualSin": scheme.visual_sin, "visualRope": scheme.visual_rope},
        "receptiveField": {
            "visualFrames": visual.context_frames,
            "decoderLatents": codec.decoder_receptive_latents,
            "encoderSamples": codec.encoder_receptive_samples,
        },
        "guidance": "embedded" if model.config.distilled else "cfg",
        "materials": list(materials),
    }
