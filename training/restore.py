"""Checkpoints out of a pack, so that training goes on where the caches of earlier sittings are gone.

    python -m training.restore --pack resources/models/hits --cache DIR

Writes codec.pt, encoder-all.pt (with `--encoder stage`: encoder-stage.pt, which fine-tunes begin with) and
flow-SCHEME.pt, of a distilled pack distilled-SCHEME.pt; a file that is there is not overwritten. An exporter renames,
transposes and cuts weights on their way into a graph. Where each one went is found by exporting a model of the same
sizes whose weights are known, and looking for them. What a pack does not hold is not made up: the encoder's material
head and all optimisers begin anew, steps and minutes at zero, and the weights are rounded, as they are in the file.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from training.codec import SpectralVae, config_dict
from training.config import recipe
from training.encoder import MotionEncoder
from training.export import FILES, codec_graphs, conditioner_graph, motion_graph, velocity_graph
from training.materials import MATERIALS
from training.onnx_graph import TOLERANCE, Graph, export_graph
from training.positions import SCHEMES
from training.transformer import FoleyTransformer
from training.weights import stored_weights
from training.whole_file import whole_file


@dataclass(frozen=True)
class Place:
    """Part `row` of the first axis of a weight, or all of it (None), lies in the initialiser `name`; `turned`: with its
    last two axes exchanged."""

    name: str
    row: int | None
    turned: bool


@torch.no_grad()
def mark(module: nn.Module) -> None:
    """Gives every weight random values; no two weights are alike, also as an export rounds them."""
    generator = torch.Generator().manual_seed(0)
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            spread = 0.05 if name.endswith(("weight", "bias")) else 0.01
            value.copy_((1.0 + spread * torch.randn(value.shape, generator=generator)).half().float())


def find(marked: np.ndarray, stored: dict[str, np.ndarray], *, row: int | None = None) -> list[Place]:
    """Where `marked` lies in `stored`: whole, turned, or row by row; empty if it does not."""
    ways = [(False, marked)] + ([(True, marked.swapaxes(-1, -2))] if marked.ndim > 1 else [])
    for name, candidate in stored.items():
        for turned, way in ways:
            if candidate.size == way.size and np.array_equal(candidate.ravel(), way.ravel()):
                return [Place(name, row, turned)]
    if row is not None or marked.ndim < 2:
        return []
    rows = [find(part, stored, row=index) for index, part in enumerate(marked)]
    return sum(rows, []) if all(rows) else []


@torch.no_grad()
def put(value: torch.Tensor, places: list[Place], stored: dict[str, np.ndarray]) -> None:
    """Fills `value` with what the file has in its places."""
    for place in places:
        target = value if place.row is None else value[place.row]
        source = torch.from_numpy(stored[place.name].copy())
        shape = (*target.shape[:-2], target.shape[-1], target.shape[-2]) if place.turned else target.shape
        target.copy_(source.reshape(shape).transpose(-1, -2) if place.turned else source.reshape(shape))


def error_of(graph: Graph, path: Path) -> float:
    """Largest difference of the module from the file, relative to the output's largest value."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = {entry.name for entry in session.get_inputs()}
    got = session.run(None, {name: value.numpy() for name, value in graph.inputs.items() if name in names})
    with torch.no_grad():
        wanted = graph.module.eval()(*graph.inputs.values())
    pairs = zip(got, wanted if isinstance(wanted, tuple) else (wanted,), strict=True)
    return max(float(np.abs(a - b.numpy()).max() / max(float(b.abs().max()), 1e-6)) for a, b in pairs)


def restore_graph(graph: Graph, path: Path) -> list[str]:
    """Gives `graph.module` the weights of the file at `path`; returns the names of those that it does not hold, which
    keep what they had. Raises where the module then computes something else than the file."""
    before = {key: value.clone() for key, value in graph.module.state_dict().items()}
    mark(graph.module)
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.onnx"
        export_graph(graph, probe)
        places = stored_weights(probe)
    state = graph.module.state_dict()
    found = {key: find(value.numpy(), places) for key, value in state.items()}
    stored, absent = stored_weights(path), []
    for key, value in state.items():
        if found[key] and all(place.name in stored for place in found[key]):
            put(value, found[key], stored)
        else:
            value.copy_(before[key])
            absent.append(key)
    error = error_of(graph, path)
    if not error < TOLERANCE:
        raise ValueError(
            f"{path}: expected the restored module to differ by less than {TOLERANCE:g}, got {error:.2e}; not in the "
            f"file: {', '.join(absent) or 'none'}. The pack was exported by another version, or from other sizes"
        )
    return absent


def transformer_file(manifest: dict) -> str:
    """A distilled pack holds the student (training.distil), not the transformer that taught it."""
    kind = "distilled" if manifest["guidance"] == "embedded" else "flow"
    return f"{kind}-{scheme_of(manifest)}.pt"


def scheme_of(manifest: dict) -> str:
    """Name of the positional scheme that the manifest describes."""
    positions = manifest["positions"]
    wanted = (positions["audio"], positions["visualSin"], positions["visualRope"])
    names = [name for name, s in SCHEMES.items() if (s.audio, s.visual_sin, s.visual_rope) == wanted]
    if not names:
        raise ValueError(f"positions {wanted} are none of the schemes that can be trained: {', '.join(SCHEMES)}")
    return names[0]


def save_model(path: Path, module: nn.Module, *, origin: str | None, **more: object) -> None:
    """As training.checkpoint.TrainingState resumes it, with an optimiser that begins anew."""
    state = module.state_dict()
    fresh = {"optimiser": None, "step": 0, "elapsed": 0.0, "origin": origin}
    torch.save({"model": state, "ema": state, **fresh, **more}, path)


def restore_codec(*, pack: Path, path: Path, origin: str) -> None:
    codec = SpectralVae()
    channels = codec.config.channels
    graphs = codec_graphs(codec, mean=torch.zeros(channels), std=torch.ones(channels))
    for graph in graphs:
        restore_graph(graph, pack / FILES[graph.name])
    state = codec.state_dict()
    checkpoint = {
        "config": config_dict(codec.config),
        "model": state,
        "average": state,
        "optimiser": None,
        "step": 0,
        "elapsed_sec": 0.0,
        "rows": [],
        "origin": origin,
        "encoder_frozen": True,  # latents that others learned from must not move
        "latent_statistics": {name: getattr(graphs[0].module, name) for name in ("mean", "std")},
    }
    torch.save(checkpoint, path)


def restore_encoder(*, pack: Path, path: Path, origin: str, name: str) -> None:
    encoder = MotionEncoder(config=recipe(name).visual, materials=len(MATERIALS))
    graph = motion_graph(encoder)
    restore_graph(graph, pack / FILES[graph.name])
    save_model(path, encoder, origin=origin)


def restore_transformer(*, pack: Path, path: Path, origin: str, name: str, manifest: dict) -> None:
    scheme = scheme_of(manifest)
    distilled = manifest["guidance"] == "embedded"
    config = replace(recipe(name).transformer, scheme=scheme, materials=len(MATERIALS), distilled=distilled)
    model = FoleyTransformer(config=config)
    # The velocity graph's example comes from the conditioner: it is restored first.
    for make in (conditioner_graph, velocity_graph):
        graph = make(model)
        restore_graph(graph, pack / FILES[graph.name])
    for side, bound in manifest["latent"].get("bounds", {}).items():
        getattr(model, side).copy_(torch.tensor(bound))
    save_model(path, model, origin=origin, config=config)


def plan(*, pack: Path, cache: Path, name: str, encoder: str = "all") -> Iterator[Path]:
    """Restores what `cache` lacks, the visual encoder as `encoder-<encoder>.pt`, and yields the files that it wrote."""
    if not (pack / "manifest.json").is_file():
        raise FileNotFoundError(
            f"no manifest.json in {pack}: expected a pack, such as resources/models/hits or one by training.make_pack"
        )
    manifest = json.loads((pack / "manifest.json").read_text())
    given = {"pack": pack, "origin": f"{manifest['id']} {manifest['version']}"}
    parts = {
        "codec.pt": lambda path: restore_codec(path=path, **given),
        f"encoder-{encoder}.pt": lambda path: restore_encoder(path=path, name=name, **given),
        transformer_file(manifest): lambda path: restore_transformer(path=path, name=name, manifest=manifest, **given),
    }
    for file, restore in parts.items():
        if not (cache / file).exists():
            with whole_file(cache / file) as partial:
                restore(partial)
            yield cache / file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--recipe", default="hits", help="whose sizes the pack has")
    parser.add_argument("--encoder", default="all", choices=("all", "stage"), help="which one the pack's is in CACHE")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    for path in plan(pack=options.pack, cache=options.cache, name=options.recipe, encoder=options.encoder):
        print(path, flush=True)
        if path.name.startswith("distilled"):
            print("a student: what taught it, and could learn more, is not in this pack (its README says where)")


if __name__ == "__main__":
    main()
