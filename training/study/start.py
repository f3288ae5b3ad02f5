"""What all rows begin with: a model that knows sound and no picture yet.

[Note: why rows do not begin at random weights] In the quarter of an hour that a row has on a CPU, a fresh model learns
what hits sound like and hardly begins to look: after 1,200 steps of 16 windows no head of any scheme looked at its own
time more than an even look does. So the sound is learned once for each embedding of the audio tokens (sinusoid, RoPE),
without pictures, and a row's steps are left for what its scheme is about. Queries and keys of the cross-attention, and
the projection of the features, begin afresh in every row.

[Note: scattered start] With zero biases the rotation does nothing at the start, all heads look evenly, and leaving that
saddle takes thousands of steps. Random biases give each head some random taste in distances: for every scheme the same
numbers, and no preference for distance zero.
"""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from training.config import TransformerConfig
from training.study.budgets import Budget
from training.study.data import Corpus, save
from training.study.steps import fresh_state, log_step, take_step
from training.transformer import FoleyTransformer

SEED = 7
BIAS_STD = 1.5
# A scheme for each embedding of the audio tokens; what it says of the picture is not used.
SCHEME_OF_AUDIO = {"sin": "sin_sin", "rope": "rope_rope"}
# What meets the picture, and begins afresh.
FRESH = ("cross_attention.query", "cross_attention.key", "conditioner.project.weight", "conditioner.feature_")


def fresh_model(*, corpus: Corpus, config: TransformerConfig, scheme: str, seed: int) -> FoleyTransformer:
    """Random weights; the conditioner knows the statistics of the features."""
    torch.manual_seed(seed)
    channels = corpus.pictures[0].features.shape[1]
    model = FoleyTransformer(config=replace(config, scheme=scheme, feature_channels=channels))
    seen = torch.cat([picture.features for picture in corpus.pictures]).float()
    model.conditioner.feature_mean.copy_(seen.mean(0))
    model.conditioner.feature_std.copy_(seen.std(0) + 1e-3)
    return model


def scatter(model: FoleyTransformer) -> None:
    """Random biases of the cross-attention's queries and keys."""
    for block in model.velocity.blocks:
        for linear in (block.cross_attention.query, block.cross_attention.key):
            nn.init.normal_(linear.bias, std=BIAS_STD)


def row_start(
    *, corpus: Corpus, budget: Budget, scheme: str, seed: int, sound: dict[str, torch.Tensor] | None
) -> FoleyTransformer:
    """The model of a row at its first step; `sound` the weights from `sound_start`, or None: the paper's own way."""
    model = fresh_model(corpus=corpus, config=budget.transformer, scheme=scheme, seed=seed)
    if sound is None:
        return model
    scatter(model)
    own = model.state_dict()
    known = {key: value for key, value in sound.items() if not any(part in key for part in FRESH)}
    model.load_state_dict({**own, **known})
    return model


def sound_start(
    *, audio: str, budget: Budget, corpus: Corpus, folder: Path, device: torch.device
) -> dict[str, torch.Tensor] | None:
    """Averaged weights of `start_steps` steps without pictures, trained if they are not in `folder`; None: no steps."""
    if budget.start_steps == 0:
        return None
    path = folder / f"start-{audio}.pt"
    if not path.exists():
        model = fresh_model(corpus=corpus, config=budget.transformer, scheme=SCHEME_OF_AUDIO[audio], seed=SEED)
        config = replace(budget.flow, unconditional=1.0, time_mean=0.0, time_std=1.0)  # no picture: all of the flow
        state = fresh_state(model.to(device), config=config)
        checkpoint = folder / f"start-{audio}-checkpoint.pt"
        state.resume(checkpoint, device=device)
        while state.step < budget.start_steps:
            take_step(state=state, corpus=corpus, config=config, steps=budget.start_steps, seed=SEED, device=device)
            if state.step % budget.save_every == 0 or state.step == budget.start_steps:
                state.save(checkpoint)
                log_step(
                    path=folder / f"start-{audio}.csv", name=f"start-{audio}", state=state, steps=budget.start_steps
                )
        save({key: value.cpu() for key, value in state.average.items()}, path)
    return torch.load(path)
