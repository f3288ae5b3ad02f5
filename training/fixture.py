"""The fixture pack and its golden vectors, at random weights: python -m training.fixture (writes e2e/fixtures).

It has every graph and every condition, is about a megabyte, and ties PyTorch, ONNX and the application together.
"""

import json
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper

from training.codec import CodecConfig, SpectralVae
from training.config import recipe
from training.encoder import MotionEncoder
from training.export import (
    base_manifest,
    codec_graphs,
    conditioner_graph,
    motion_graph,
    soft_ceiling,
    velocity_graph,
    write_pack,
)
from training.onnx_graph import OPSET
from training.positions import audio_positions, visual_positions
from training.transformer import FoleyTransformer
from training.weights import round_weights

MATERIALS = ("wood", "metal")
CODEC = CodecConfig(
    encoder_width=16,
    encoder_blocks=1,
    encoder_latent_width=16,
    encoder_latent_blocks=1,
    decoder_latent_width=16,
    decoder_latent_blocks=1,
    decoder_width=16,
    decoder_blocks=1,
)


def ramp(*shape: int, step: float = 0.37) -> torch.Tensor:
    """sin(step * i) over the flat index: inputs that both languages can make."""
    count = int(torch.tensor(shape).prod())
    return torch.sin(step * torch.arange(count, dtype=torch.float64)).float().view(*shape)


def build() -> tuple[MotionEncoder, FoleyTransformer, SpectralVae]:
    torch.manual_seed(7)
    tiny = recipe("tiny")
    encoder = MotionEncoder(config=tiny.visual, materials=len(MATERIALS)).eval()
    config = type(tiny.transformer)(**{**vars(tiny.transformer), "materials": len(MATERIALS)})
    model = FoleyTransformer(config=config).eval()
    with torch.no_grad():  # what starts at zero would hide a mistake
        for block in model.velocity.blocks:
            torch.nn.init.normal_(block.modulation.weight, std=0.05)
        torch.nn.init.normal_(model.velocity.outlet.weight, std=0.2)
    codec = SpectralVae(config=CODEC).eval()
    for module in (encoder, model, codec):
        round_weights(module)
    return encoder, model, codec


@torch.no_grad()
def golden(*, encoder: MotionEncoder, model: FoleyTransformer, codec: SpectralVae) -> dict:
    """Inputs are `ramp`s; outputs are lists of numbers, row by row."""
    rates = [
        (rate, visual_positions(times_sec=torch.arange(4) / rate, kind="scaled", latent_rate=50.0))
        for rate in (5, 10, 15, 25)
    ]
    frames = ramp(8, 3, encoder.config.size, encoder.config.size) * 0.5 + 0.5
    seen = encoder(frames.unsqueeze(0))
    given = {
        "features": ramp(1, 6, model.config.feature_channels),
        "sin_positions": torch.arange(6).float().unsqueeze(0),
        "rope_positions": torch.arange(6).float().mul(2.0).unsqueeze(0),
        "sync_positions": torch.tensor([[3.5, 7.25]]),
        "sync_loudness": torch.tensor([[-6.0, -18.0]]),
        "sync_mask": torch.tensor([[1.0, 0.0]]),
        "sync_mode": torch.tensor([1]),
        "material": torch.tensor([2]),
        "present": torch.tensor([1.0]),
    }
    context = model.conditioner(*given.values())
    known_mask = torch.tensor([[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    velocity = model.velocity(
        ramp(1, 12, 128),
        torch.tensor([0.5]),
        ramp(1, 12, 128, step=0.11),
        known_mask,
        audio_positions(tokens=12).unsqueeze(0),
        *context,
    )
    waveform = soft_ceiling(codec.decode(ramp(1, 12, 128).transpose(1, 2)))
    flat = lambda tensor, places=6: [round(v, places) for v in tensor.flatten().tolist()]
    return {
        "inputs": "ramp(shape, step = 0.37)[i] = sin(step * i); frames = 0.5 + 0.5 ramp; known = ramp with step 0.11",
        "positions": [{"rateHz": rate, "latentRateHz": 50, "scaled": flat(value)} for rate, value in rates],
        "visualEncoder": {
            "frames": [8, 3, encoder.config.size, encoder.config.size],
            "features": flat(seen["features"]),
            "impact": flat(torch.sigmoid(seen["impact"])),
            "loudness": flat(seen["loudness"]),
        },
        "conditioner": {
            **{name: flat(value) for name, value in given.items() if name != "features"},
            "features": [1, 6, 16],
            "context": flat(context[0]),
            "contextPositions": flat(context[1]),
            "contextMask": flat(context[2]),
            "globalCondition": flat(context[3]),
        },
        "velocity": {
            "latents": [1, 12, 128],
            "time": 0.5,
            "knownMask": flat(known_mask),
            "velocity": flat(velocity, 5),
        },
        "decoder": {"latents": [1, 12, 128], "samples": waveform.shape[-1], "every37th": flat(waveform[:, ::37], 7)},
    }


def matrix_product() -> onnx.ModelProto:
    """a `[M, K]` times b `[K, N]`: what the bench measures the machine with."""
    value = lambda name, *axes: helper.make_tensor_value_info(name, TensorProto.FLOAT, axes)
    node = helper.make_node("MatMul", ["a", "b"], ["c"])
    graph = helper.make_graph([node], "matmul", [value("a", "M", "K"), value("b", "K", "N")], [value("c", "M", "N")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def main(folder: Path = Path("e2e/fixtures")) -> None:
    encoder, model, codec = build()
    mean, std = torch.zeros(128), torch.ones(128)
    graphs = [
        motion_graph(encoder),
        conditioner_graph(model),
        velocity_graph(model),
        *codec_graphs(codec, mean=mean, std=std),
    ]
    manifest = {
        "id": "fixture",
        "name": "Fixture",
        "version": "1",
        "licence": {"weights": "MIT", "credits": []},
        "training": {
            "data": ["none: random weights"],
            "recipe": "python -m training.fixture",
            "date": "2026-11-23",
            "machine": "any",
            "notes": "For tests. It makes noise, not Foley.",
        },
        **base_manifest(codec=codec, mean=mean, std=std, model=model, visual=encoder.config, materials=MATERIALS),
        "syncModes": ["off", "hints", "only"],
        "defaults": {"guidance": 4.0, "steps": 4, "solver": "euler", "syncMode": "off", "suggestThreshold": 0.3},
        "window": {"maxSec": 10.0, "overlapSec": 2.0},
    }
    errors = write_pack(out=folder / "pack", graphs=graphs, manifest=manifest)
    (folder / "matmul.onnx").write_bytes(matrix_product().SerializeToString())
    vectors = golden(encoder=encoder, model=model, codec=codec)
    (folder / "pack-golden.json").write_text(json.dumps(vectors) + "\n")
    print({name: f"{error:.1e}" for name, error in errors.items()})


if __name__ == "__main__":
    main()
