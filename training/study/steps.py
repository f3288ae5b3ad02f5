"""One step of the study's training. Batches, noise and dropped pictures follow from (seed, step) alone."""

import csv
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from training.checkpoint import TrainingState
from training.conditions import cut_window
from training.config import FlowConfig
from training.flow import Conditions, flow_loss, picture_only
from training.study.data import Corpus
from training.transformer import FoleyTransformer


def fresh_state(model: FoleyTransformer, *, config: FlowConfig) -> TrainingState:
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay
    )
    return TrainingState(model=model, optimiser=optimiser)


def window_batch(
    *, corpus: Corpus, model: FoleyTransformer, config: FlowConfig, random: np.random.Generator
) -> tuple[torch.Tensor, Conditions]:
    """Latents `[B, N, C]` and pictures; half of a batch from real pictures where there are any."""
    real = [i for i, pair in enumerate(corpus.pairs) if corpus.pictures[pair.picture].source == "real"]
    windows = []
    for place in range(config.batch):
        draw = random.integers(2**31)
        pair = corpus.pairs[real[draw % len(real)] if real and place % 2 else draw % len(corpus.pairs)]
        picture = corpus.pictures[pair.picture]
        windows.append(cut_window(pair=pair, picture=picture, config=config, visual=corpus.visual, random=random))
    conditions = picture_only(
        model=model,
        features=torch.stack([window.features for window in windows]),
        times_sec=torch.stack([window.times_sec for window in windows]),
    )
    shown = random.uniform(size=config.batch) >= config.unconditional
    conditions = replace(conditions, present=torch.from_numpy(shown.astype(np.float32)))
    return torch.stack([window.latents for window in windows]), conditions


def take_step(
    *, state: TrainingState, corpus: Corpus, config: FlowConfig, steps: int, seed: int, device: torch.device
) -> None:
    """Step `state.step` of `steps`: warm-up, then a cosine."""
    began = time.perf_counter()
    latents, conditions = window_batch(
        corpus=corpus, model=state.model, config=config, random=np.random.default_rng((seed, state.step))
    )
    torch.manual_seed(seed * 1_000_003 + state.step)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        loss = flow_loss(
            model=state.model,
            latents=latents.to(device),
            conditions=conditions.to(device),
            known_mask=torch.zeros(latents.shape[:2], device=device),
            config=config,
        )
    warm_up = min(1.0, (state.step + 1) / config.warmup_steps)
    rate = config.learning_rate * warm_up * (0.5 * (1 + math.cos(math.pi * state.step / steps)) + 0.02)
    state.update(loss, learning_rate=rate, decay=config.ema_decay, ramp=10)
    state.elapsed_sec += time.perf_counter() - began


def log_step(*, path: Path, name: str, state: TrainingState, steps: int) -> None:
    seconds = f"{state.elapsed_sec:.1f}"
    print(f"{name} step {state.step}/{steps} loss {state.loss:.4f} {seconds} s", flush=True)
    with path.open("a", newline="") as file:
        csv.writer(file).writerow([state.step, seconds, f"{state.loss:.5f}"])
