"""A model in training: its optimiser, its moving average, and the checkpoint that all of it resumes from."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.whole_file import whole_file

CLIP_NORM = 1.0
# Weight of the past in the loss that is logged.
LOSS_MEMORY = 0.98


def load_checkpoint(path: Path | str, *, made_by: str, device: torch.device | str = "cpu", **options: bool) -> Any:
    """What `torch.load` reads with `options`. Raises FileNotFoundError where there is no file: `made_by` says which
    command of this package makes it."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"no {path}: make it with python -m {made_by}")
    return torch.load(path, map_location=device, **options)


def pace(*, share: float, step: int, warmup_steps: int) -> float:
    """Share of the peak learning rate after `share` of the time: up over the first steps, then down a cosine."""
    return min(1.0, (step + 1) / warmup_steps) * (0.5 * (1 + math.cos(math.pi * share)) + 0.02)


class TrainingState:
    """`average` holds the weights that are kept: a moving average of the trained ones. `origin` names the pack that the
    training went on from, if any (training.restore)."""

    def __init__(self, *, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        self.model, self.optimiser = model, optimiser
        self.average = {key: value.clone() for key, value in model.state_dict().items()}
        self.step = 0
        self.elapsed_sec = 0.0
        self.loss: float | None = None
        self.origin: str | None = None

    def start_from(self, weights: dict[str, torch.Tensor]) -> None:
        """Other weights than the random ones; the step stays 0."""
        self.model.load_state_dict(weights)
        self.average = {key: value.clone() for key, value in weights.items()}

    def resume(self, path: Path, *, device: torch.device) -> bool:
        """Returns whether there was a checkpoint to go on from."""
        if not path.exists():
            return False
        state = torch.load(path, map_location=device, weights_only=False)
        self.model.load_state_dict(state["model"])
        if state["optimiser"] is not None:  # None: weights from a pack
            self.optimiser.load_state_dict(state["optimiser"])
        self.origin = state.get("origin")
        self.average, self.step, self.elapsed_sec = state["ema"], state["step"], state["elapsed"]
        return True

    def is_done(self, *, minutes: float) -> bool:
        """Whether all of `minutes` were trained before; says so."""
        done = self.elapsed_sec >= 60 * minutes
        if done:
            spent = f"elapsed {self.elapsed_sec / 60:.1f} of {minutes:g} min"
            print(f"{spent}: nothing to do; go on with more --minutes", flush=True)
        return done

    def seed(self, seed: int) -> int:
        """`seed` at step 0 and another one at every other step: what was drawn before is not drawn again after it."""
        return seed + 1_000_003 * self.step

    def update(self, loss: torch.Tensor, *, learning_rate: float, decay: float, ramp: int) -> None:
        """One step down `loss`. The average forgets faster in the first `ramp` steps, when all it has is noise."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP_NORM)
        self.optimiser.step()
        self.step += 1
        decay = min(decay, self.step / (self.step + ramp))
        with torch.no_grad():
            for key, value in self.model.state_dict().items():
                self.average[key].lerp_(value, 1 - decay)
        value = loss.item()
        self.loss = value if self.loss is None else LOSS_MEMORY * self.loss + (1 - LOSS_MEMORY) * value

    def train_for(
        self, minutes: float, *, update: Callable[[float], None], keep: Callable[[], None], save_sec: float
    ) -> None:
        """Calls `update` with the share of `minutes` that is over until all of it is; prints the loss, and calls `keep`
        every `save_sec` and at the end."""
        began, saved, budget_sec = time.time() - self.elapsed_sec, time.time(), minutes * 60
        while self.elapsed_sec < budget_sec:
            update(self.elapsed_sec / budget_sec)
            self.elapsed_sec = time.time() - began
            if self.step % 50 == 0:
                print(f"step {self.step} loss {self.loss:.4f} {self.elapsed_sec:.0f} s", flush=True)
            if time.time() - saved > save_sec and self.elapsed_sec < budget_sec:
                saved = time.time()
                keep()
        keep()

    def save(self, path: Path, **more: object) -> None:
        """All of it, complete or not at all; `more` is kept beside it."""
        state = {
            "model": self.model.state_dict(),
            "ema": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed_sec,
            "origin": self.origin,
            **more,
        }
        with whole_file(path) as partial:
            torch.save(state, partial)
