"""Write a model pack: ONNX graphs, manifest, golden vectors; and check every graph against PyTorch.

    python -m training.export --cache DIR --out resources/models/hits

The format is docs/model-pack.md. Weights are stored as fp16 and cast inside the graph; the comparison is with the
PyTorch model at the same rounded weights, so that its error is the export's own.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx_ir
import onnx_ir.passes.common as passes
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxscript import optimizer
from torch import nn

from training.codec import SpectralVae
from training.config import LATENT_CHANNELS, LATENT_RATE, SAMPLE_RATE, VisualConfig
from training.encoder import MotionEncoder
from training.positions import audio_positions
from training.transformer import FoleyTransformer

OPSET = 18
TOLERANCE = 1e-3
SMALL = 256  # initialisers below this many elements stay fp32: they cost nothing and carry biases and scales


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


@dataclass(frozen=True)
class Graph:
    """A module with example inputs; `free` names free axes: {input: {axis: name}}; `outputs` gives all axes."""

    name: str
    module: nn.Module
    inputs: dict[str, torch.Tensor]
    outputs: dict[str, tuple[int | str, ...]]
    free: dict[str, dict[int, str]]


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
    free = {name: {0: "B", 1: "N"} for name in ("latents", "known", "known_mask", "audio_positions")}
    free |= {name: {0: "B", 1: "K"} for name in ("context", "context_positions", "context_mask")}
    free |= {"time": {0: "B"}, "global_condition": {0: "B"}}
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


@torch.no_grad()
def round_to_half(module: nn.Module) -> None:
    """The module at the weights that the file will hold."""
    for parameter in module.parameters():
        if parameter.dtype == torch.float32 and parameter.numel() >= SMALL:
            parameter.copy_(parameter.half().float())


def store_as_half(model: onnx.ModelProto) -> None:
    """Large float32 initialisers that fp16 holds exactly (the rounded weights; not the constants of a transform) become
    fp16 with a cast behind each; ONNX Runtime folds the casts when it loads."""
    casts = []
    for initialiser in model.graph.initializer:
        values = numpy_helper.to_array(initialiser)
        if initialiser.data_type != TensorProto.FLOAT or values.size < SMALL:
            continue
        if not np.array_equal(values.astype(np.float16).astype(np.float32), values):
            continue
        name = initialiser.name
        initialiser.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT, name=f"{name}.cast"))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]


def simplify(model: onnx_ir.Model) -> None:
    """The exporter's own clean-up without its rewriting, which takes x + 1e-10 for x + 0 (onnxscript's `add_0` rule has
    a tolerance of 1e-8): silence would become the logarithm of zero."""
    onnx_ir.passes.Sequential(passes.InlinePass())(model)
    optimizer.fold_constants(model)
    onnx_ir.passes.Sequential(
        passes.RemoveUnusedNodesPass(),
        passes.RemoveUnusedFunctionsPass(),
        passes.RemoveUnusedOpsetsPass(),
        passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        passes.DeduplicateInitializersPass(),
        passes.CommonSubexpressionEliminationPass(),
        passes.OutputFixPass(),
        passes.NameFixPass(),
    )(model)


def export_graph(graph: Graph, path: Path) -> float:
    """Write one ONNX file; returns the largest error against PyTorch relative to the output's largest value."""
    module = graph.module.eval()
    round_to_half(module)
    with torch.no_grad():
        expected = module(*graph.inputs.values())
        program = torch.onnx.export(
            module,
            tuple(graph.inputs.values()),
            dynamo=True,
            opset_version=OPSET,
            verbose=False,
            optimize=False,
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_shapes=tuple(
                dict.fromkeys(graph.free.get(name, {}), torch.export.Dim.DYNAMIC) for name in graph.inputs
            ),
        )
    simplify(program.model)
    proto = program.model_proto
    rename_axes(proto, graph)
    store_as_half(proto)
    del proto.metadata_props[:]
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = {entry.name for entry in session.get_inputs()}
    got = session.run(None, {name: value.numpy() for name, value in graph.inputs.items() if name in names})
    expected = expected if isinstance(expected, tuple) else (expected,)
    return max(
        float(np.abs(a - b.numpy()).max() / max(float(b.abs().max()), 1e-6)) for a, b in zip(got, expected, strict=True)
    )


def rename_axes(proto: onnx.ModelProto, graph: Graph) -> None:
    """Free axes as docs/model-pack.md names them."""
    for value in proto.graph.input:
        for axis, name in graph.free.get(value.name, {}).items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    for value in proto.graph.output:
        for dim, extent in zip(value.type.tensor_type.shape.dim, graph.outputs[value.name], strict=True):
            if isinstance(extent, str):
                dim.dim_param = extent
            else:
                dim.dim_value = extent


def describe(path: Path) -> dict:
    """The manifest's entry of one graph, read from the file itself."""
    proto = onnx.load(path, load_external_data=False)
    kinds = {TensorProto.FLOAT: "float32", TensorProto.INT64: "int64"}
    tensor = lambda value: {
        "name": value.name,
        "type": kinds[value.type.tensor_type.elem_type],
        "axes": [dim.dim_value or dim.dim_param or "?" for dim in value.type.tensor_type.shape.dim],
    }
    stored = path.read_bytes()
    return {
        "file": path.name,
        "sha256": hashlib.sha256(stored).hexdigest(),
        "bytes": len(stored),
        "inputs": [tensor(value) for value in proto.graph.input],
        "outputs": [tensor(value) for value in proto.graph.output],
    }


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
    return {
        "format": "foley-model-pack",
        "formatVersion": 1,
        "audio": {"sampleRate": SAMPLE_RATE},
        "latent": {
            "rateHz": LATENT_RATE,
            "channels": LATENT_CHANNELS,
            "mean": [round(v, 5) for v in mean.tolist()],
            "std": [round(v, 5) for v in std.tolist()],
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
        "materials": list(materials),
    }
