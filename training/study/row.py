"""One row: train, export as a pack, let the application generate and evaluate, look at the attention.

Each part leaves a file and is not done again; training goes on from its checkpoint. Batches, noise and dropped pictures
follow from (seed, step) alone: all rows of a seed see the same ones, and a killed run goes on as if it
had not been.
"""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import torch

from training.codec import load_codec, load_latent_statistics
from training.config import LATENT_RATE
from training.export import base_manifest, conditioner_graph, velocity_graph, write_pack
from training.positions import SCHEMES
from training.study.application import Application
from training.study.budgets import Budget, Row
from training.study.data import Corpus, StudyData, write_json
from training.study.evidence import attention_evidence, slide_evidence
from training.study.start import row_start, sound_start
from training.study.steps import fresh_state, log_step, take_step, window_batch
from training.transformer import FoleyTransformer

GUIDANCE = 4.0
EVIDENCE_CLIPS = 8


def train_row(
    *,
    row: Row,
    budget: Budget,
    corpus: Corpus,
    folder: Path,
    device: torch.device,
    sound: dict[str, torch.Tensor] | None = None,
) -> FoleyTransformer:
    """The averaged weights after the budget's steps, in eval mode on the CPU; `sound` as in training.study.start."""
    steps, config = budget.steps_of(row), replace(budget.flow, window_sec=budget.window_sec(row))
    model = row_start(corpus=corpus, budget=budget, scheme=row.scheme, seed=row.seed, sound=sound)
    state = fresh_state(model.to(device), config=config)
    state.resume(folder / "checkpoint.pt", device=device)
    while state.step < steps:
        take_step(state=state, corpus=corpus, config=config, steps=steps, seed=row.seed, device=device)
        if state.step % budget.save_every == 0 or state.step == steps:
            state.save(folder / "checkpoint.pt", config=model.config)
            log_step(path=folder / "training.csv", name=row.name, state=state, steps=steps)
    trained = FoleyTransformer(config=model.config)
    trained.load_state_dict({key: value.cpu() for key, value in state.average.items()})
    return trained.eval().requires_grad_(False)


def export_row(*, row: Row, budget: Budget, data: StudyData, model: FoleyTransformer, out: Path) -> None:
    """The pack of one row: its encoder, its model, the codec that all rows share."""
    if (out / "manifest.json").exists():
        return
    codec = load_codec(data.cache / "codec.pt")
    mean, std = load_latent_statistics(data.cache / "codec.pt")
    visual = data.visual(fps=row.fps)
    window = budget.window_sec(row)
    manifest = {
        "id": row.name,
        "name": f"Study: {row.scheme} at {row.fps} fps",
        "version": "1",
        "licence": {"weights": "CC-BY-4.0", "credits": []},
        "training": {
            "data": ["stage scenes and, where given, re-sounded pictures of real train clips"],
            "recipe": f"python -m training.study, {budget.steps_of(row)} steps, seed {row.seed}",
            "date": date.today().isoformat(),
            "machine": "see docs/sape-study.md",
            "notes": "A row of the study of positional embeddings, not a pack to work with.",
        },
        **base_manifest(codec=codec, mean=mean, std=std, model=model, visual=visual, materials=()),
        "syncModes": ["off"],
        "defaults": {
            "guidance": GUIDANCE,
            "steps": budget.solver_steps,
            "solver": "euler",
            "syncMode": "off",
            "suggestThreshold": 0.4,
        },
        "window": {"maxSec": window, "overlapSec": min(2.0, window / 4)},
    }
    manifest["visual"] |= data.describe_visual()
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    write_pack(out=partial, graphs=[conditioner_graph(model), velocity_graph(model)], manifest=manifest)
    add_shared(pack=partial, shared=data.shared_graphs(fps=row.fps))
    shutil.rmtree(out, ignore_errors=True)
    partial.replace(out)


def add_shared(*, pack: Path, shared: Path) -> None:
    """The graphs that all rows of a rate have in common, exported once."""
    path = pack / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["graphs"] |= json.loads((shared / "manifest.json").read_text())["graphs"]
    for file in shared.glob("*.onnx"):
        shutil.copy(file, pack / file.name)
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def evidence_of(*, row: Row, budget: Budget, data: StudyData, corpus: Corpus, model: FoleyTransformer) -> dict:
    """Attention on windows of the training's own kind, and for the schemes with SAPE a scene at wrong scales."""
    config = replace(budget.flow, window_sec=budget.window_sec(row), batch=EVIDENCE_CLIPS, unconditional=0.0)
    random = np.random.default_rng(1)
    latents, conditions = window_batch(corpus=corpus, model=model, config=config, random=random)
    found = {"attention": attention_evidence(model=model, conditions=conditions, latents=latents, fps=row.fps)}
    scheme = model.conditioner.scheme
    events = data.first_events()
    if row.table == 1 and events and "scaled" in (scheme.visual_sin, scheme.visual_rope):
        count = int(budget.window_sec(row) * row.fps)
        found["slide"] = slide_evidence(
            model=model,
            features=corpus.pictures[0].features[:count].float(),
            reference=[e.time_sec for e in events if 0 <= e.time_sec < count / row.fps],
            codec=load_codec(data.cache / "codec.pt"),
            statistics=load_latent_statistics(data.cache / "codec.pt"),
            fps=row.fps,
            steps=budget.solver_steps,
        )
    return found


def run_row(
    *,
    row: Row,
    budget: Budget,
    data: StudyData,
    folder: Path,
    sets: dict[str, Path],
    embedding: Path,
    application: Application,
    device: torch.device,
) -> Path:
    """The row's `result.json`."""
    result = folder / "result.json"
    if result.exists():
        return result
    folder.mkdir(parents=True, exist_ok=True)
    corpus = data.corpus(fps=row.fps, device=device)
    sound = sound_start(
        audio=SCHEMES[row.scheme].audio, budget=budget, corpus=corpus, folder=data.folder, device=device
    )
    model = train_row(row=row, budget=budget, corpus=corpus, folder=folder, device=device, sound=sound)
    export_row(row=row, budget=budget, data=data, model=model, out=folder / "pack")
    state = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=False)
    scored = {}
    for name, clips in sets.items():
        generated = folder / "generated" / name
        application.generate(films=clips, pack=folder / "pack", out=generated, seed=row.seed + 1)
        scored[name] = application.evaluate(
            reference=clips, generated=generated, seconds=budget.window_sec(row), embedding=embedding
        )
        print(f"{row.name} {name}: {json.dumps(scored[name]['summary'])}", flush=True)
    write_json(
        {
            **vars(row),
            "windowSec": budget.window_sec(row),
            "latentRate": LATENT_RATE,
            "steps": budget.steps_of(row),
            "trainSec": round(state["elapsed"], 1),
            "parameters": sum(p.numel() for p in model.parameters()),
            "sets": scored,
            **evidence_of(row=row, budget=budget, data=data, corpus=corpus, model=model),
        },
        result,
    )
    return result
