"""CLIP's vision tower (Radford et al. 2021), the visual encoder of the paper: section 3.2 takes ViT-B/16's CLS tokens.

    python -m training.clip --checkpoint FILE_OR_DIR --out visual-encoder.onnx

The feature of a frame is its CLS token after the last block and the final layer norm, before the projection into the
space shared with text: 768 numbers for ViT-B/16, `pooler_output` of transformers' CLIPVisionModel. A checkpoint is the
user's own: transformers' safetensors or pytorch_model.bin (names `vision_model.*`, bare from transformers 5 on), or
OpenAI's ViT-B-16.pt (names `visual.*`). The command prints what the pack's manifest has to say about the graph.
"""

import argparse
import itertools
import json
import pickle
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

from training.onnx_graph import TOLERANCE, Graph, describe, export_graph

# Of RGB in 0..1 (openai/CLIP, clip/clip.py); the host applies them, by the manifest's `visual.mean` and `visual.std`.
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
ACTIVATIONS = {"quick_gelu": lambda x: x * torch.sigmoid(1.702 * x), "gelu": F.gelu}
DIRECTORY_FILES = ("model.safetensors", "pytorch_model.bin")
HEAD_WIDTH = 64  # of every CLIP vision transformer; checkpoints do not store it


class CheckpointError(ValueError):
    """A file that is no CLIP vision transformer, or not all of one."""


@dataclass(frozen=True)
class ClipConfig:
    """Shapes of the tower; the defaults are ViT-B/16. `image` and `patch` are sides in pixels."""

    width: int = 768
    layers: int = 12
    heads: int = 12
    mlp_width: int = 3_072
    image: int = 224
    patch: int = 16
    activation: str = "quick_gelu"

    @property
    def tokens(self) -> int:
        """Patches and the CLS token."""
        return (self.image // self.patch) ** 2 + 1


class ClipBlock(nn.Module):
    """Pre-norm self-attention and MLP over `[T, L, W]`."""

    def __init__(self, *, config: ClipConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.activation = ACTIVATIONS[config.activation]
        self.norm1 = nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.norm2 = nn.LayerNorm(config.width)
        self.rise = nn.Linear(config.width, config.mlp_width)
        self.fall = nn.Linear(config.mlp_width, config.width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames, tokens, width = x.shape
        parts = self.query_key_value(self.norm1(x)).view(frames, tokens, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each [T, H, L, W / H]
        weight = (query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5).softmax(-1)
        x = x + self.out((weight @ value).transpose(1, 2).reshape(frames, tokens, width))
        return x + self.fall(self.activation(self.rise(self.norm2(x))))


class ClipVision(nn.Module):
    """Normalised frames `[T, 3, image, image]` -> features `[T, W]`, each frame by itself."""

    def __init__(self, *, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.patches = nn.Conv2d(3, config.width, config.patch, stride=config.patch, bias=False)
        self.class_token = nn.Parameter(torch.zeros(config.width))
        self.positions = nn.Parameter(torch.zeros(config.tokens, config.width))
        self.norm_in = nn.LayerNorm(config.width)
        self.blocks = nn.ModuleList(ClipBlock(config=config) for _ in range(config.layers))
        self.norm_out = nn.LayerNorm(config.width)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        patches = self.patches(frames).flatten(2).transpose(1, 2)
        first = self.class_token.expand(patches.shape[0], 1, -1)
        x = self.norm_in(torch.cat([first, patches], 1) + self.positions)
        for block in self.blocks:
            x = block(x)
        return self.norm_out(x[:, 0])


# Ours -> theirs, after the prefix: {i} is the block, {p} weight and bias, and the three of {x} are stacked.
TRANSFORMERS_NAMES = {
    "class_token": "embeddings.class_embedding",
    "patches.weight": "embeddings.patch_embedding.weight",
    "positions": "embeddings.position_embedding.weight",
    "norm_in.{p}": "pre_layrnorm.{p}",  # [sic]
    "norm_out.{p}": "post_layernorm.{p}",
    "blocks.{i}.norm1.{p}": "encoder.layers.{i}.layer_norm1.{p}",
    "blocks.{i}.query_key_value.{p}": "encoder.layers.{i}.self_attn.{x}_proj.{p}",
    "blocks.{i}.out.{p}": "encoder.layers.{i}.self_attn.out_proj.{p}",
    "blocks.{i}.norm2.{p}": "encoder.layers.{i}.layer_norm2.{p}",
    "blocks.{i}.rise.{p}": "encoder.layers.{i}.mlp.fc1.{p}",
    "blocks.{i}.fall.{p}": "encoder.layers.{i}.mlp.fc2.{p}",
}
OPENAI_NAMES = {
    "class_token": "class_embedding",
    "patches.weight": "conv1.weight",
    "positions": "positional_embedding",
    "norm_in.{p}": "ln_pre.{p}",
    "norm_out.{p}": "ln_post.{p}",
    "blocks.{i}.norm1.{p}": "transformer.resblocks.{i}.ln_1.{p}",
    "blocks.{i}.query_key_value.{p}": "transformer.resblocks.{i}.attn.in_proj_{p}",
    "blocks.{i}.out.{p}": "transformer.resblocks.{i}.attn.out_proj.{p}",
    "blocks.{i}.norm2.{p}": "transformer.resblocks.{i}.ln_2.{p}",
    "blocks.{i}.rise.{p}": "transformer.resblocks.{i}.mlp.c_fc.{p}",
    "blocks.{i}.fall.{p}": "transformer.resblocks.{i}.mlp.c_proj.{p}",
}


def read_checkpoint(path: Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Tensors by name, and the `config.json` beside them ({} if there is none). Unpickles tensors only."""
    if path.is_dir():
        found = [path / name for name in DIRECTORY_FILES if (path / name).is_file()]
        if not found:
            raise CheckpointError(f"expected {' or '.join(DIRECTORY_FILES)} in this folder, found neither")
        settings = path / "config.json"
        return read_checkpoint(found[0])[0], json.loads(settings.read_text()) if settings.is_file() else {}
    if not path.is_file():
        raise CheckpointError("no such file or folder")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path), {}
        if _is_torchscript(path):
            return dict(torch.jit.load(path, map_location="cpu").state_dict()), {}
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (safetensors.SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise CheckpointError(
            "cannot be read as a checkpoint; expected *.safetensors, or what torch.save wrote"
        ) from error
    return dict(state.get("state_dict", state)), {}


def _is_torchscript(path: Path) -> bool:
    """Whether it is a scripted module, as OpenAI publishes CLIP, and not a state dict."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def _naming(state: Mapping[str, torch.Tensor]) -> tuple[str, dict[str, str]]:
    """Prefix and names of the vision tower in `state`."""
    if any("attnpool" in name for name in state):
        raise CheckpointError("this is a CLIP ResNet; expected a vision transformer such as ViT-B/16")
    for names in (TRANSFORMERS_NAMES, OPENAI_NAMES):
        # Text towers have position embeddings and blocks too, but neither patches nor a CLS token.
        for key in ("patches.weight", "class_token"):
            owners = [name.removesuffix(names[key]) for name in state if name.endswith(names[key])]
            if owners:
                return min(owners, key=len), names
    some = ", ".join([*list(state)[:4], "..."])
    raise CheckpointError(
        "no CLIP vision transformer in it: expected names vision_model.embeddings.* (transformers) or "
        f"visual.conv1.weight (OpenAI), found {some}"
    )


def _infer(*, state: Mapping[str, torch.Tensor], prefix: str, names: dict[str, str], settings: Mapping) -> ClipConfig:
    """The shapes that the tensors have, with heads and activation from `config.json` where there is one."""
    before, after = (prefix + names["blocks.{i}.norm1.{p}"].format(i="|", p="weight")).split("|")
    numbers = [name.removeprefix(before).removesuffix(after) for name in state if name.startswith(before)]
    layers = [int(number) for number in numbers if number.isdigit()]
    needed = {key: state.get(prefix + names[key]) for key in ("patches.weight", "positions")}
    missing = [prefix + names[key] for key, value in needed.items() if value is None]
    missing += [] if layers else [f"{before}0{after}"]
    if missing:
        raise CheckpointError(f"it lacks {', '.join(missing)}")
    width, _, patch, _ = needed["patches.weight"].shape
    rise = state.get(prefix + names["blocks.{i}.rise.{p}"].format(i=0, p="weight"))
    vision = settings.get("vision_config", settings)
    activation = vision.get("hidden_act", "quick_gelu")
    if activation not in ACTIVATIONS:
        raise CheckpointError(f"hidden_act {activation!r} is unknown; expected one of: {', '.join(ACTIVATIONS)}")
    return ClipConfig(
        width=width,
        layers=max(layers) + 1,
        heads=vision.get("num_attention_heads", max(width // HEAD_WIDTH, 1)),
        mlp_width=4 * width if rise is None else rise.shape[0],
        image=round((needed["positions"].shape[0] - 1) ** 0.5) * patch,
        patch=patch,
        activation=activation,
    )


def tower_of(state: Mapping[str, torch.Tensor], *, settings: Mapping | None = None) -> ClipVision:
    """The tower with the tensors of `state` in it; `settings` is the checkpoint's `config.json`.

    Raises CheckpointError that names what is missing or of another shape.
    """
    prefix, names = _naming(state)
    config = _infer(state=state, prefix=prefix, names=names, settings=settings or {})
    with torch.device("meta"):
        tower = ClipVision(config=config)
    sources: dict[str, list[str]] = {}
    for ours, theirs in names.items():
        blocks = range(config.layers) if "{i}" in ours else (0,)
        parts = ("weight", "bias") if "{p}" in ours else ("",)
        stacked = "qkv" if "{x}" in theirs else ("",)
        for i, p in itertools.product(blocks, parts):
            sources[ours.format(i=i, p=p)] = [prefix + theirs.format(i=i, p=p, x=x) for x in stacked]
    missing = [name for wanted in sources.values() for name in wanted if name not in state]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise CheckpointError(f"it lacks {', '.join(missing[:5])}{more}")
    taken = {ours: torch.cat([state[name].float() for name in wanted]) for ours, wanted in sources.items()}
    wrong = [
        f"{' + '.join(sources[name])} is {list(taken[name].shape)}, expected {list(value.shape)}"
        for name, value in tower.state_dict().items()
        if taken[name].shape != value.shape
    ]
    if wrong:
        raise CheckpointError(f"shapes that do not go together: {'; '.join(wrong[:5])}")
    tower.load_state_dict(taken, assign=True)
    return tower.eval().requires_grad_(False)


def load_clip(path: Path) -> ClipVision:
    """The tower of the checkpoint at `path` (a file, or a folder as transformers saves one)."""
    state, settings = read_checkpoint(path)
    return tower_of(state, settings=settings)


def clip_graph(tower: ClipVision) -> Graph:
    """The pack's `visualEncoder`: no impact head, features only."""
    side = tower.config.image
    frames = {"frames": torch.randn(2, 3, side, side)}
    return Graph("visualEncoder", tower, frames, {"features": ("T", tower.config.width)}, {"frames": {0: "T"}})


def manifest_of(*, tower: ClipVision, path: Path, rate_hz: float = 10.0) -> dict:
    """What a manifest has to say of the graph at `path`: `visual`, `receptiveField.visualFrames`, the graph's entry."""
    side = tower.config.image
    return {
        "visual": {
            "rateHz": rate_hz,
            "width": side,
            "height": side,
            "fit": "cover",
            "mean": list(CLIP_MEAN),
            "std": list(CLIP_STD),
            "featureChannels": tower.config.width,
            "impactBins": 0,
        },
        "receptiveField": {"visualFrames": 0},
        "graphs": {"visualEncoder": describe(path)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="*.safetensors, *.bin or *.pt, or a folder")
    parser.add_argument("--out", type=Path, required=True, help="the ONNX file to write")
    arguments = parser.parse_args()
    try:
        tower = load_clip(arguments.checkpoint)
    except CheckpointError as error:
        sys.exit(f"{arguments.checkpoint}: {error}")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    difference = export_graph(clip_graph(tower), arguments.out)
    if not difference < TOLERANCE:
        sys.exit(f"{arguments.out}: ONNX differs from PyTorch by {difference:.2e}; expected < {TOLERANCE:g}")
    print(json.dumps(manifest_of(tower=tower, path=arguments.out), indent=2))


if __name__ == "__main__":
    main()
