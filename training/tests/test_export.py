"""A pack is what PyTorch computes, at sizes that the exporter never saw, in half the bytes, with true hashes."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, numpy_helper
from torch import nn

from training import export, fixture
from training.distil import student_of
from training.export import DecoderGraph, VisualGraph, motion_graph, write_pack
from training.positions import audio_positions
from training.weights import LARGE

COMMITTED = Path(__file__).parents[2] / "e2e" / "fixtures"
GRAPHS = ("visualEncoder", "conditioner", "velocity", "decoder", "audioEncoder")


@dataclass(frozen=True)
class Made:
    """The fixture pack as the code makes it now."""

    folder: Path
    manifest: dict

    def run(self, name: str, inputs: dict[str, torch.Tensor]) -> list[np.ndarray]:
        path = self.folder / self.manifest["graphs"][name]["file"]
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return session.run(None, {key: value.numpy() for key, value in inputs.items()})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("fixtures")
    fixture.main(folder)
    return Made(folder=folder / "pack", manifest=json.loads((folder / "pack" / "manifest.json").read_text()))


def assert_close(got: list[np.ndarray], expected: tuple[torch.Tensor, ...]) -> None:
    for a, b in zip(got, expected, strict=True):
        assert a.shape == tuple(b.shape)
        assert np.abs(a - b.numpy()).max() / max(float(b.abs().max()), 1e-6) < 1e-3


def test_the_manifest_has_the_bounds_of_a_model_that_has_them() -> None:
    encoder, model, codec = fixture.build()
    zeros, ones = torch.zeros(128), torch.ones(128)
    given = {"codec": codec, "mean": zeros, "std": ones, "model": model, "visual": encoder.config, "materials": ()}
    assert "bounds" not in export.base_manifest(**given)["latent"]
    model.low.fill_(-2.0)
    model.high.fill_(3.0)
    made = export.base_manifest(**given)
    assert made["latent"]["bounds"] == {"low": [-2.0] * 128, "high": [3.0] * 128}
    assert made["guidance"] == "cfg"
    student = export.base_manifest(**{**given, "model": student_of(model)})
    assert student["guidance"] == "embedded" and "bounds" not in student["latent"]


@torch.no_grad()
def test_graphs_equal_pytorch_at_sizes_that_the_exporter_never_saw(made: Made) -> None:
    encoder, model, codec = fixture.build()
    frames = torch.rand(13, 3, encoder.config.size, encoder.config.size)
    assert_close(made.run("visualEncoder", {"frames": frames}), VisualGraph(encoder)(frames))
    batch, count, points, tokens = 3, 4, 1, 17
    given = {
        "features": torch.randn(batch, count, 16),
        "sin_positions": torch.rand(batch, count) * 9,
        "rope_positions": torch.rand(batch, count) * 30,
        "sync_positions": torch.rand(batch, points) * 30,
        "sync_loudness": torch.rand(batch, points) * -30,
        "sync_mask": torch.tensor([[1.0], [0.0], [1.0]]),
        "sync_mode": torch.tensor([0, 1, 2]),
        "material": torch.tensor([0, 1, 2]),
        "present": torch.tensor([1.0, 1.0, 0.0]),
    }
    context = model.conditioner(*given.values())
    assert_close(made.run("conditioner", given), context)
    asked = {
        "latents": torch.randn(batch, tokens, 128),
        "time": torch.tensor([0.0, 0.5, 0.9]),
        "known": torch.randn(batch, tokens, 128),
        "known_mask": (torch.rand(batch, tokens) < 0.5).float(),
        "audio_positions": audio_positions(tokens=tokens).expand(batch, -1).contiguous() + 40,
        **dict(zip(("context", "context_positions", "context_mask", "global_condition"), context, strict=True)),
    }
    assert_close(made.run("velocity", asked), (model.velocity(*asked.values()),))
    latents = torch.randn(2, 29, 128)
    decoder = DecoderGraph(codec, mean=torch.zeros(128), std=torch.ones(128))
    sound = decoder(latents)
    assert sound.shape == (2, 29 * 960)
    assert_close(made.run("decoder", {"latents": latents}), (sound,))
    assert_close(made.run("audioEncoder", {"waveform": sound[:1]}), (codec.encode(sound[:1])[0].transpose(1, 2),))


@torch.no_grad()
def test_silence_and_whispers_are_encoded_as_pytorch_does(made: Made) -> None:
    """Where an epsilon that the exporter took for zero shows: the logarithm of silence."""
    _, _, codec = fixture.build()
    silence, whisper = torch.zeros(1, 960 * 5), torch.randn(1, 960 * 5) * 1e-4
    for sound in (silence, whisper):
        assert_close(made.run("audioEncoder", {"waveform": sound}), (codec.encode(sound)[0].transpose(1, 2),))


def test_manifest_states_the_files_as_they_are(made: Made) -> None:
    assert tuple(made.manifest["graphs"]) == GRAPHS
    for entry in made.manifest["graphs"].values():
        stored = (made.folder / entry["file"]).read_bytes()
        assert entry["bytes"] == len(stored)
        assert entry["sha256"] == hashlib.sha256(stored).hexdigest()
        proto = onnx.load_from_string(stored)
        assert [value["name"] for value in entry["inputs"]] == [value.name for value in proto.graph.input]
        assert {value["type"] for value in (*entry["inputs"], *entry["outputs"])} <= {"float32", "int64"}
        assert "?" not in str(entry["inputs"] + entry["outputs"])
    assert {path.name for path in made.folder.iterdir()} == {"manifest.json", *export.FILES.values()}


@pytest.mark.parametrize("name", GRAPHS)
def test_weights_are_stored_small(made: Made, name: str) -> None:
    proto = onnx.load(made.folder / made.manifest["graphs"][name]["file"])
    kinds = dict.fromkeys((TensorProto.INT8, TensorProto.FLOAT16, TensorProto.FLOAT), 0)
    for initialiser in proto.graph.initializer:
        if initialiser.data_type in kinds:
            size = numpy_helper.to_array(initialiser).size
            kinds[initialiser.data_type] += size
            assert initialiser.data_type != TensorProto.FLOAT or size < LARGE
    assert kinds[TensorProto.INT8] + kinds[TensorProto.FLOAT16] > 2 * kinds[TensorProto.FLOAT]


def test_a_graph_that_differs_is_named_and_no_manifest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, _, _ = fixture.build()
    monkeypatch.setattr(export, "describe", lambda path: {})
    for error in (2e-3, float("nan")):
        monkeypatch.setattr(export, "export_graph", lambda graph, path, error=error: error)
        with pytest.raises(RuntimeError, match="visualEncoder: ONNX differs"):
            write_pack(out=tmp_path, graphs=[motion_graph(encoder)], manifest={})
    assert not (tmp_path / "manifest.json").exists()


def test_export_measures_the_error_it_makes(tmp_path: Path) -> None:
    class Doubling(nn.Module):
        """Says one thing to PyTorch and another to the exporter."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * (2.0 if torch.compiler.is_compiling() else 1.0)

    graph = export.Graph("decoder", Doubling(), {"x": torch.ones(2, 3)}, {"y": ("B", 3)}, {"x": {0: "B"}})
    assert export.export_graph(graph, tmp_path / "x.onnx") == pytest.approx(1.0)


def test_committed_fixture_is_what_the_code_makes_now(made: Made) -> None:
    committed = json.loads((COMMITTED / "pack" / "manifest.json").read_text())

    def shape_of(manifest: dict) -> dict:
        graphs = {
            name: {key: value for key, value in entry.items() if key not in ("sha256", "bytes")}
            for name, entry in manifest["graphs"].items()
        }
        return {**manifest, "graphs": graphs}

    assert shape_of(committed) == shape_of(made.manifest), "stale: run python -m training.fixture"
    for entry in committed["graphs"].values():
        stored = (COMMITTED / "pack" / entry["file"]).read_bytes()
        assert hashlib.sha256(stored).hexdigest() == entry["sha256"]
    assert sum(path.stat().st_size for path in COMMITTED.rglob("*") if path.is_file()) <= 2 * 2**20
    old = json.loads((COMMITTED / "pack-golden.json").read_text())
    new = json.loads((made.folder.parent / "pack-golden.json").read_text())
    assert old["velocity"]["velocity"] == pytest.approx(new["velocity"]["velocity"], abs=1e-3)
    assert old["positions"] == new["positions"]
