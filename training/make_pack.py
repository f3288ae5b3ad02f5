"""Export the trained system as a pack.

    python -m training.make_pack --cache DIR --oneshots DIR --out resources/models/hits
    python -m training.make_pack --cache DIR --before before.pt 0.25 ...     # see `blend`

What the manifest says about the training is read from the checkpoints, the clips and the recordings' own manifest.
"""

import argparse
import datetime
import json
import os
import re
from pathlib import Path

import torch

from training.checkpoint import load_checkpoint
from training.codec import load_codec, load_latent_statistics
from training.config import GUIDANCE_RESCALE, GUIDANCE_SCALE, TIME_SHIFT, recipe
from training.export import base_manifest, codec_graphs, conditioner_graph, motion_graph, velocity_graph, write_pack
from training.materials import MATERIALS
from training.train_encoder import load_encoder
from training.train_flow import load_transformer
from training.transformer import FoleyTransformer


def licence_of(entry: dict) -> str:
    """As it is commonly written: "CC-BY-4.0", without what is remarked on it."""
    return entry["licence"].split(" (")[0].replace("CC BY", "CC-BY")


def licences_of(folder: Path | None) -> str:
    """The kinds of licences of the recordings, whatever their version: "CC-BY, CC0"."""
    entries = json.loads((folder / "manifest.json").read_text()) if folder else []
    kinds = {kind for entry in entries for kind in licence_of(entry).split("/")}  # a mix of two recordings names both
    return ", ".join(sorted({re.sub(r"[ -]\d\.\d$", "", kind) for kind in kinds}))


def credits_of(folder: Path) -> list[str]:
    """One line for each author of recordings that ask for credit."""
    entries = json.loads((folder / "manifest.json").read_text())
    asked = {
        (entry["author"] or entry["source"].split(":")[0], licence_of(entry))
        for entry in entries
        if "BY" in entry["licence"]
    }
    return sorted(f"{author}: {licence}" for author, licence in asked)


def real_clips(folder: Path | None) -> str:
    """How many clips of `folder` training learns from."""
    if folder is None:
        return "real clips"
    entries = json.loads((folder / "clips.json").read_text())
    return f"{sum(entry['split'] == 'train' for entry in entries)} clips of {folder.name} (train split)"


def trained(cache: Path, name: str) -> str:
    """How a part was trained: from which pack's weights, if any, and for how long in this cache."""
    state = load_checkpoint(cache / f"{name}.pt", made_by="training.train --cache DIR", weights_only=False)
    minutes = state.get("elapsed", state.get("elapsed_sec", 0.0)) / 60
    origin = state.get("origin")
    parts = [f"that of {origin}"] if origin else []
    if state["step"] or not origin:
        parts.append(f"{state['step']} steps, {minutes:.0f} min")
    return f"{name}: {', then '.join(parts)}"


@torch.no_grad()
def blend(model: FoleyTransformer, *, before: FoleyTransformer, share: float) -> None:
    """Moves the weights towards those `before` a fine-tuning, `share` of the way: what was learned on the stage alone
    stays, and what the model knew of real pictures is not forgotten for it (Wortsman et al. 2022, "Robust fine-tuning
    of zero-shot models")."""
    for value, earlier in zip(model.state_dict().values(), before.state_dict().values(), strict=True):
        value.lerp_(earlier, share)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--oneshots", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", default="hits")
    parser.add_argument("--scheme", default="sape_rope")
    parser.add_argument("--id", default="hits")
    parser.add_argument("--name", default="Hits")
    parser.add_argument("--pack-version", default="0.1.0")
    parser.add_argument(
        "--before",
        nargs=2,
        metavar=("CHECKPOINT", "SHARE"),
        help="blend with an earlier one; SHARE 0 to 1: 1 is all of it",
    )
    parser.add_argument("--distilled", action="store_true", help="the student of training.distil, not its teacher")
    parser.add_argument("--encoder", default="all", help="'all' (stage and real pictures) or 'stage'")
    parser.add_argument("--clips", type=Path, help="real clips whose pictures were learned from, with clips.json")
    parser.add_argument("--licence", default="CC-BY-4.0", help="of the weights")
    parser.add_argument("--textures-source", help="what the stage's surfaces are, for the manifest: 'CC0 textures (X)'")
    parser.add_argument("--notes", default="", help="what a user of the pack should know, for the manifest")
    parser.add_argument("--budget", default="cpu", help="of training.train, for the manifest")
    parser.add_argument("--machine", default=f"{os.cpu_count()} CPU cores, bf16")
    parser.add_argument("--guidance", type=float, default=GUIDANCE_SCALE)
    parser.add_argument(
        "--guidance-rescale", type=float, help=f"default {GUIDANCE_RESCALE}; docs/model-pack.md, Guidance"
    )
    parser.add_argument("--time-shift", type=float, default=TIME_SHIFT, help="see docs/model-pack.md, Steps")
    parser.add_argument("--steps", type=int, help="default: 16; 8 where it is distilled")
    parser.add_argument("--solver", default="euler")
    parser.add_argument("--sync-mode", default="off")
    parser.add_argument("--suggest-threshold", type=float, default=0.4)
    arguments = parser.parse_args()
    if arguments.distilled and arguments.guidance_rescale is not None:
        parser.error("--guidance-rescale: a student was taught one, and takes no other")
    rescale = GUIDANCE_RESCALE if arguments.guidance_rescale is None else arguments.guidance_rescale
    cache, visual = arguments.cache, recipe(arguments.recipe).visual
    encoder = load_encoder(cache / f"encoder-{arguments.encoder}.pt", config=visual)
    transformer = f"{'distilled' if arguments.distilled else 'flow'}-{arguments.scheme}"
    model = load_transformer(cache / f"{transformer}.pt")
    if arguments.before:
        if not 0 <= float(arguments.before[1]) <= 1:
            parser.error(f"--before: expected a share from 0 to 1, got {arguments.before[1]}")
        blend(model, before=load_transformer(Path(arguments.before[0])), share=float(arguments.before[1]))
    codec = load_codec(cache / "codec.pt")
    mean, std = load_latent_statistics(cache / "codec.pt")
    surfaces = f" with {arguments.textures_source}" if arguments.textures_source else ""
    pictures = [f"stage: rendered scenes{surfaces}, no footage"]
    recordings = (
        f"one-shot recordings ({licences_of(arguments.oneshots)}; train families) and " if arguments.oneshots else ""
    )
    if arguments.encoder == "all":
        pictures.append(f"pictures of {real_clips(arguments.clips)} and their hit times; none of their sound")
    learned = ["codec", f"encoder-{arguments.encoder}", transformer]
    teacher = f"flow-{arguments.scheme}"
    if arguments.distilled and (cache / f"{teacher}.pt").exists():
        learned.insert(2, teacher)
    parts = [trained(cache, name) for name in learned]
    if arguments.before:
        parts.append(f"its weights moved back to those before by {arguments.before[1]}")
    sized = f"--recipe {arguments.recipe} --budget {arguments.budget}"
    manifest = {
        "id": arguments.id,
        "name": arguments.name,
        "version": arguments.pack_version,
        "licence": {
            "weights": arguments.licence,
            "credits": credits_of(arguments.oneshots) if arguments.oneshots else [],
        },
        "training": {
            "data": [*pictures, f"sound: {recordings}modal synthesis"],
            "recipe": "; ".join([f"python -m training.train {sized}", *parts]),
            "date": datetime.date.today().isoformat(),
            "machine": arguments.machine,
            "notes": arguments.notes,
        },
        **base_manifest(codec=codec, mean=mean, std=std, model=model, visual=visual, materials=MATERIALS),
        "syncModes": ["off", "hints", "only"],
        "defaults": {
            "guidance": arguments.guidance,
            **({} if arguments.distilled else {"guidanceRescale": rescale}),
            "steps": arguments.steps or (8 if arguments.distilled else 16),
            "timeShift": arguments.time_shift,
            "solver": arguments.solver,
            "syncMode": arguments.sync_mode,
            "suggestThreshold": arguments.suggest_threshold,
        },
        "window": {"maxSec": 10.0, "overlapSec": 2.0},
    }
    graphs = [
        motion_graph(encoder),
        conditioner_graph(model),
        velocity_graph(model),
        *codec_graphs(codec, mean=mean, std=std),
    ]
    errors = write_pack(out=arguments.out, graphs=graphs, manifest=manifest)
    size = sum(path.stat().st_size for path in arguments.out.iterdir())
    print({name: f"{error:.1e}" for name, error in errors.items()}, f"{size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
