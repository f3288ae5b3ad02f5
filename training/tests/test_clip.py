"""The CLIP tower equals transformers' at random weights, whatever names the checkpoint has, and its graph equals it."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import safetensors.torch
import torch
from transformers import CLIPConfig, CLIPModel, CLIPVisionConfig, CLIPVisionModel

from training import clip
from training.clip import CheckpointError, ClipConfig, ClipVision, load_clip, tower_of
from training.weights import round_weights

SMALL = {"hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4, "image_size": 32,
         "patch_size": 8}  # fmt: skip


def reference(**changes: object) -> CLIPVisionModel:
    """transformers' tower at random weights; what starts at zero or one would hide a mistake."""
    torch.manual_seed(3)
    model = CLIPVisionModel(CLIPVisionConfig(**{**SMALL, **changes}))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    return model.eval().requires_grad_(False)


def saved(model: torch.nn.Module, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder


def openai_state(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same tensors under OpenAI's names, with the text tower's names beside them."""
    renamed = {"transformer.resblocks.0.ln_1.weight": torch.ones(4), "positional_embedding": torch.ones(7, 4),
               "visual.proj": torch.ones(48, 8)}  # fmt: skip
    for ours, theirs in clip.OPENAI_NAMES.items():
        for i in range(3):
            for p in ("weight", "bias"):
                source = clip.TRANSFORMERS_NAMES[ours]
                parts = [source.format(i=i, p=p, x=x) for x in ("qkv" if "{x}" in source else "-")]
                renamed["visual." + theirs.format(i=i, p=p)] = torch.cat([state[part] for part in parts])
    return renamed


@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
def test_small_tower_equals_transformers(tmp_path: Path, activation: str) -> None:
    model = reference(hidden_act=activation)
    tower = load_clip(saved(model, tmp_path))
    frames = torch.randn(3, 3, 32, 32)
    expected = model(frames).pooler_output
    assert tower(frames).shape == (3, 48)
    assert (tower(frames) - expected).abs().max() < 1e-4
    assert expected.abs().max() > 0.1


def test_full_size_tower_equals_transformers() -> None:
    torch.manual_seed(0)
    with torch.device("meta"):  # the default initialisation would take longer than the test
        model = CLIPVisionModel(CLIPVisionConfig(patch_size=16)).eval().requires_grad_(False)
    model.to_empty(device="cpu")
    for parameter in model.parameters():
        parameter.uniform_(-0.04, 0.04)
    model.embeddings.position_ids = torch.arange(197).unsqueeze(0)
    tower = tower_of(model.state_dict())
    assert tower.config == ClipConfig()
    frames = torch.randn(1, 3, 224, 224)
    expected = model(frames).pooler_output
    assert expected.shape == (1, 768)
    assert (tower(frames) - expected).abs().max() < 1e-4


def test_every_way_a_checkpoint_is_stored(tmp_path: Path) -> None:
    model = reference()
    state = model.state_dict()
    frames = torch.randn(2, 3, 32, 32)
    expected = model(frames).pooler_output
    settings = {"num_attention_heads": 4}
    prefixed = {f"vision_model.{name}": value for name, value in state.items()}
    for stored in (state, prefixed, openai_state(state)):
        assert (tower_of(stored, settings=settings)(frames) - expected).abs().max() < 1e-4
    (tmp_path / "bin").mkdir()
    torch.save(prefixed, tmp_path / "bin" / "pytorch_model.bin")
    (tmp_path / "bin" / "config.json").write_text(json.dumps({"vision_config": settings}))
    assert (load_clip(tmp_path / "bin")(frames) - expected).abs().max() < 1e-4
    both = CLIPModel(CLIPConfig(vision_config=SMALL, text_config={"hidden_size": 16, "num_hidden_layers": 1,
                                "num_attention_heads": 2, "vocab_size": 12, "intermediate_size": 8}))  # fmt: skip
    tower = load_clip(saved(both, tmp_path / "both"))
    with torch.no_grad():
        assert (tower(frames) - both.eval().vision_model(frames).pooler_output).abs().max() < 1e-4


def test_scripted_half_precision_checkpoint_as_openai_publishes_it(tmp_path: Path) -> None:
    model = reference(num_attention_heads=1)  # OpenAI's file has no settings: heads follow from the width
    frames = torch.randn(2, 3, 32, 32)

    root = torch.nn.Module()
    for name, value in openai_state(model.half().state_dict()).items():
        *path, leaf = name.split(".")
        owner = root
        for part in path:
            if not hasattr(owner, part):
                owner.add_module(part, torch.nn.Module())
            owner = getattr(owner, part)
        owner.register_parameter(leaf, torch.nn.Parameter(value, requires_grad=False))
    torch.jit.save(torch.jit.script(root), tmp_path / "ViT.pt")
    tower = load_clip(tmp_path / "ViT.pt")
    assert tower.class_token.dtype == torch.float32
    assert (tower(frames) - model.float()(frames).pooler_output).abs().max() < 1e-4


def test_command_writes_the_graph_and_what_the_manifest_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = saved(reference(num_hidden_layers=1), tmp_path / "checkpoint"), tmp_path / "encoder.onnx"
    monkeypatch.setattr(sys, "argv", ["clip", "--checkpoint", str(folder), "--out", str(out)])
    clip.main()
    printed = capsys.readouterr().out
    said = json.loads(printed[printed.index("{\n") :])
    assert said["visual"]["mean"] == [0.48145466, 0.4578275, 0.40821073]
    assert said["visual"]["impactBins"] == 0
    assert said["receptiveField"]["visualFrames"] == 0
    graph = said["graphs"]["visualEncoder"]
    assert graph["inputs"] == [{"name": "frames", "type": "float32", "axes": ["T", 3, 32, 32]}]
    assert graph["outputs"] == [{"name": "features", "type": "float32", "axes": ["T", 48]}]
    tower = load_clip(folder)
    round_weights(tower)  # as it is stored
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    for count in (1, 5):
        frames = torch.randn(count, 3, 32, 32)
        (got,) = session.run(None, {"frames": frames.numpy()})
        assert np.abs(got - tower(frames).numpy()).max() < 1e-3


def test_what_is_no_whole_vision_transformer_is_refused_with_the_reason(tmp_path: Path) -> None:
    state = dict(reference().state_dict())
    lacking = {name: value for name, value in state.items() if "layers.1.mlp" not in name}
    with pytest.raises(CheckpointError, match=r"lacks encoder\.layers\.1\.mlp\.fc1\.weight"):
        tower_of(lacking)
    with pytest.raises(CheckpointError, match=r"lacks embeddings\.position_embedding"):
        tower_of({name: value for name, value in state.items() if "position" not in name})
    with pytest.raises(CheckpointError, match=r"post_layernorm\.weight is \[47\], expected \[48\]"):
        tower_of({**state, "post_layernorm.weight": torch.ones(47)})
    with pytest.raises(CheckpointError, match="ResNet"):
        tower_of({"visual.attnpool.q_proj.weight": torch.ones(2)})
    with pytest.raises(CheckpointError, match="found decoder.weight"):
        tower_of({"decoder.weight": torch.ones(2)})
    with pytest.raises(CheckpointError, match="'swish' is unknown; expected one of: quick_gelu, gelu"):
        tower_of(state, settings={"hidden_act": "swish"})
    with pytest.raises(CheckpointError, match="model.safetensors or pytorch_model.bin"):
        load_clip(tmp_path)
    with pytest.raises(CheckpointError, match="no such file"):
        load_clip(tmp_path / "nowhere.bin")
    for name in ("junk.bin", "junk.safetensors"):
        (tmp_path / name).write_bytes(b"not a checkpoint")
        with pytest.raises(CheckpointError, match="cannot be read"):
            load_clip(tmp_path / name)


def test_frames_are_independent() -> None:
    tower = ClipVision(config=ClipConfig(width=16, layers=1, heads=2, mlp_width=16, image=16, patch=8)).eval()
    frames = torch.randn(4, 3, 16, 16)
    assert torch.allclose(tower(frames)[2], tower(frames[2:3])[0], atol=1e-6)


def test_safetensors_file_alone(tmp_path: Path) -> None:
    model = reference(num_attention_heads=1)
    safetensors.torch.save_file(dict(model.state_dict()), tmp_path / "tower.safetensors")
    frames = torch.randn(1, 3, 32, 32)
    assert (load_clip(tmp_path / "tower.safetensors")(frames) - model(frames).pooler_output).abs().max() < 1e-4
