"""The paper's configuration (section 3.2) builds at full size, and trains, exports and runs at a reduced one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from training.clip import ClipConfig
from training.config import LATENT_CHANNELS, LATENT_RATE, recipe
from training.export import conditioner_graph, velocity_graph
from training.flow import draw_known, flow_loss, picture_only, sample
from training.onnx_graph import TOLERANCE, export_graph
from training.positions import SCHEMES, audio_positions
from training.transformer import FoleyTransformer

PAPER = recipe("paper")
REDUCED = replace(PAPER.transformer, width=64, heads=4, layers=1)


def test_recipe_says_what_section_3_2_says() -> None:
    transformer, flow = PAPER.transformer, PAPER.flow
    assert (transformer.layers, transformer.heads, transformer.width) == (12, 16, 1024)
    assert (LATENT_RATE, LATENT_CHANNELS, transformer.latent_channels) == (50, 128, 128)
    assert (flow.batch, flow.learning_rate, flow.warmup_steps, flow.betas) == (256, 1e-4, 4_000, (0.9, 0.95))
    assert flow.unconditional == 0.2
    assert transformer.feature_channels == PAPER.visual.features == ClipConfig().width
    assert PAPER.visual.size == ClipConfig().image
    assert PAPER.visual.rate == 10.0
    # What the paper does not have is off: only the picture conditions it, and time is not modulation.
    assert flow.sync_hints == flow.sync_only == flow.material_given == flow.known_context == 0.0
    assert not (transformer.time_modulation or transformer.aligned_start or flow.logit_normal_time)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_full_size_builds_with_every_row_of_table_1(scheme: str) -> None:
    with torch.device("meta"):
        model = FoleyTransformer(config=replace(PAPER.transformer, scheme=scheme))
    width = 1024
    # Two attentions of 4 W^2 with biases on query and key, an MLP of 8 W^2, three norms.
    blocks = 12 * (16 * width**2 + (2 + 2 + 5 + 3) * width)
    assert sum(p.numel() for p in model.velocity.blocks.parameters()) == blocks
    assert blocks < sum(p.numel() for p in model.parameters()) < 1.03 * blocks
    assert model.conditioner.project.weight.shape == (1024, 768)


def test_reduced_size_trains_exports_and_runs(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = FoleyTransformer(config=REDUCED)
    seconds, batch = 1, 2
    tokens, frames = seconds * LATENT_RATE, int(seconds * PAPER.visual.rate)
    data = torch.randn(batch, tokens, LATENT_CHANNELS)
    times = (torch.arange(frames) / PAPER.visual.rate).expand(batch, -1)
    given = picture_only(model=model, features=torch.randn(batch, frames, 768), times_sec=times)
    given.present = torch.tensor([1.0, 0.0])
    known = draw_known(batch=batch, tokens=tokens, probability=PAPER.flow.known_context)
    assert not known.any()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=PAPER.flow.betas)
    losses = []
    for _ in range(3):
        torch.manual_seed(1)  # the same noise and times: then each step must help
        loss = flow_loss(model=model, latents=data, conditions=given, known_mask=known, config=PAPER.flow)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > losses[1] > losses[2] > 0
    assert losses[0] == pytest.approx(2.0, abs=0.1)  # |data - noise|^2 of two unit normals, at a velocity of zero

    model.eval().requires_grad_(False)
    for graph in (conditioner_graph(model), velocity_graph(model)):
        assert export_graph(graph, tmp_path / f"{graph.name}.onnx") < TOLERANCE
    noise = torch.randn(batch, tokens, LATENT_CHANNELS)
    expected = sample(model=model, conditions=given.with_present(1.0), noise=noise, steps=1, guidance=1.0)
    got = noise.numpy() + run_velocity(tmp_path, noise=noise, conditions=vars(given.with_present(1.0)))
    assert np.abs(got - expected.numpy()).max() < 1e-3
    assert np.abs(got - noise.numpy()).max() > 1e-3


def run_velocity(folder: Path, *, noise: torch.Tensor, conditions: dict[str, torch.Tensor]) -> np.ndarray:
    """The exported graphs at t = 0, as the application calls them: only the inputs that a graph lists."""
    sessions = {
        name: onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        for name in ("conditioner", "velocity")
    }

    def listed(name: str, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {entry.name: values[entry.name] for entry in sessions[name].get_inputs()}

    given = {name: value.contiguous().numpy() for name, value in conditions.items()}
    outputs = [entry.name for entry in sessions["conditioner"].get_outputs()]
    context = dict(zip(outputs, sessions["conditioner"].run(None, listed("conditioner", given)), strict=True))
    batch, tokens, _ = noise.shape
    asked = {
        "latents": noise.numpy(),
        "time": np.zeros(batch, np.float32),
        "known": np.zeros_like(noise.numpy()),
        "known_mask": np.zeros((batch, tokens), np.float32),
        "audio_positions": audio_positions(tokens=tokens).expand(batch, -1).contiguous().numpy(),
        **context,
    }
    return sessions["velocity"].run(None, listed("velocity", asked))[0]
