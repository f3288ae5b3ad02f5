"""Fold guidance, and several steps of the solver, into one evaluation of the velocity.

    python -m training.distil --cache DIR --minutes 95 [--threads 2]

The student begins as the teacher, the transformer of `flow-<scheme>.pt`, and takes two inputs more: the scale of
guidance, and where the step ends. It learns the mean velocity of that step as the guided teacher would take it in
several shorter ones: guidance distillation (Meng et al. 2023, "On Distillation of Guided Diffusion Models") and
progressive distillation (Salimans and Ho 2022) at once. It learns on the paths that it takes itself (Ross et al. 2011,
"A Reduction of Imitation Learning and Structured Prediction to No-Regret Online Learning"): a guided path leads where
no mixture of data and noise lies, and so do the student's own errors.

Resumes from `distilled-<scheme>.pt`; logs to `distilled-<scheme>.csv`.
"""

import argparse
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import torch

from training.checkpoint import TrainingState, pace
from training.config import GUIDANCE_RESCALE, GUIDANCE_SCALE, TIME_SHIFT, FlowConfig, recipe
from training.curves import draw as draw_curves
from training.flow import (
    Conditions,
    draw_known,
    guided_velocity,
    mean_velocity,
    shifted,
    unknown_error,
    with_and_without,
)
from training.pairs import load_pairs
from training.train_flow import draw_batch, keeper, load_transformer, sitting_parser, to_learn
from training.transformer import SYNC_MODES, FoleyTransformer

# Half of the paths are guided by the scale that packs are used at, the others by any up to this.
HIGHEST_SCALE = 12.0
# [Note: pinned points need less guidance] Where points say when, guidance is not needed for sync, and is for nothing
# else: with half of it and no rescale hits are nearer to recordings, and as many points sound (docs/quality.md,
# "Guidance and steps"). The student has one scale for all modes.
ONLY_GUIDANCE_SHARE = 0.5
# Paths that begin on the way from noise to a sound instead of at noise.
FROM_DATA = 0.15
# Paths that are asked for points alone, and for a material, where the teacher knows them: more than it met, since what
# either changes is harder to imitate than a picture. With materials as the clips have them metal and glass lost their
# partials (docs/quality-log.md).
ONLY_PATHS, MATERIAL_PATHS = 0.3, 0.6


@dataclass(frozen=True)
class Grid:
    """Paths of `steps`, each of which the teacher takes in `parts`. Where it takes it at once, the student is asked for
    the velocity itself: of no step, as the solvers of two stages ask."""

    steps: int
    parts: int
    window_sec: float


# In turn; every second one is what packs are used at.
USUAL = Grid(8, 3, 10.0)
GRIDS = (USUAL, Grid(16, 2, 10.0), USUAL, Grid(12, 2, 5.0), USUAL, Grid(32, 1, 10.0))


@dataclass
class Paths:
    """A batch of paths from noise to sound, each at a `step` `[B]` of its own. `x`, `noise` and `known` are
    `[B, N, C]`, `known_mask` is `[B, N]`, `scale` `[B]`."""

    grid: Grid
    conditions: Conditions
    noise: torch.Tensor
    known: torch.Tensor
    known_mask: torch.Tensor
    scale: torch.Tensor
    x: torch.Tensor
    step: torch.Tensor

    def instants(self, *, parts: int = 1) -> list[torch.Tensor]:
        """The `parts + 1` instants `[B]` of each path's next step."""
        return [shifted((self.step + part / parts) / self.grid.steps, shift=TIME_SHIFT) for part in range(parts + 1)]

    def placed(self, x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """`x` with its known tokens where they are at `time` `[B]`."""
        at = time.view(-1, 1, 1)
        return torch.where(self.known_mask.unsqueeze(-1) > 0.5, (1 - at) * self.noise + at * self.known, x)

    def advance(self, velocity: torch.Tensor) -> torch.Tensor:
        """Takes a step; returns which paths `[B]` have come to their end."""
        now, until = self.instants()
        self.x = self.placed(self.x, now) + (until - now).view(-1, 1, 1) * velocity
        self.step = self.step + 1
        return self.step >= self.grid.steps

    def begin_again(self, rows: torch.Tensor, others: "Paths") -> None:
        """Puts those of `others` in the place of `rows` `[B]` (boolean)."""
        for mine, new in ((self, others), (self.conditions, others.conditions)):
            for field in fields(mine):
                value = getattr(mine, field.name)
                if isinstance(value, torch.Tensor):
                    which = rows.view(-1, *[1] * (value.dim() - 1))
                    setattr(mine, field.name, torch.where(which, getattr(new, field.name), value))


def draw_materials(*, batch: int, materials: int) -> torch.Tensor:
    """Material `[B]` of each path, 0 for none: any, whatever its clip sounds like. A teacher can be asked for metal
    where there is wood to learn from, and in what was recorded some materials are rare."""
    return torch.where(torch.rand(batch) < MATERIAL_PATHS, torch.randint(1, materials + 1, (batch,)), 0)


def begin(*, latents: torch.Tensor, conditions: Conditions, config: FlowConfig, grid: Grid) -> Paths:
    """Paths at noise, but FROM_DATA of them at any step, between noise and `latents`."""
    batch, tokens, _ = latents.shape
    noise = torch.randn_like(latents)
    anywhere = torch.randint(0, grid.steps, (batch,))
    step = torch.where(torch.rand(batch) < FROM_DATA, anywhere, 0).to(latents.device)
    share = shifted(step / grid.steps, shift=TIME_SHIFT).view(-1, 1, 1)
    scale = torch.where(torch.rand(batch) < 0.5, GUIDANCE_SCALE, HIGHEST_SCALE * torch.rand(batch))
    return Paths(
        grid=grid,
        conditions=conditions,
        noise=noise,
        known=latents,
        known_mask=draw_known(batch=batch, tokens=tokens, probability=config.known_context).to(latents.device),
        scale=scale.to(latents.device),
        x=(1 - share) * noise + share * latents,
        step=step,
    )


@torch.no_grad()
def teacher_velocity(*, teacher: FoleyTransformer, paths: Paths) -> torch.Tensor:
    """Mean velocity `[B, N, C]` of each path's next step, by the guided teacher."""
    context = with_and_without(teacher, paths.conditions)
    only = paths.conditions.sync_mode == SYNC_MODES.index("only")
    scale, rescale = torch.where(only, ONLY_GUIDANCE_SHARE, 1.0) * paths.scale, torch.where(only, 0.0, GUIDANCE_RESCALE)
    times = paths.instants(parts=paths.grid.parts)
    start = x = paths.placed(paths.x, times[0])
    for now, until in pairwise(times):
        velocity = guided_velocity(
            model=teacher,
            x=x,
            time=now,
            context=context,
            known=paths.known,
            known_mask=paths.known_mask,
            scale=scale,
            rescale=rescale,
        )
        x = paths.placed(x + (until - now).view(-1, 1, 1) * velocity, until)
    return (x - start) / (times[-1] - times[0]).view(-1, 1, 1)


def student_velocity(*, student: FoleyTransformer, paths: Paths) -> torch.Tensor:
    """Mean velocity `[B, N, C]` of each path's next step, by the student."""
    now, until = paths.instants()
    return mean_velocity(
        model=student,
        x=paths.placed(paths.x, now),
        time=now,
        until=now if paths.grid.parts == 1 else until,
        context=list(student.conditioner(*paths.conditions.tensors())),
        known=paths.known,
        known_mask=paths.known_mask,
        scale=paths.scale,
    )


def student_of(teacher: FoleyTransformer) -> FoleyTransformer:
    """One that does, whatever it is asked for, what the teacher does without guidance."""
    student = FoleyTransformer(config=replace(teacher.config, distilled=True))
    fresh = student.load_state_dict(teacher.state_dict(), strict=False)
    assert not fresh.unexpected_keys and all(key.startswith("velocity.step.") for key in fresh.missing_keys)
    return student


def train(arguments: argparse.Namespace) -> None:
    chosen, cache, scheme = recipe(arguments.recipe), arguments.cache, arguments.scheme
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    teacher = load_transformer(cache / f"flow-{scheme}.pt").to(device)
    student = student_of(teacher).to(device)
    only = ONLY_PATHS if chosen.flow.sync_only else 0.0
    flow = replace(chosen.flow, batch=arguments.batch, unconditional=0.0, sync_only=only)
    optimiser = torch.optim.AdamW(student.parameters(), lr=arguments.learning_rate, betas=flow.betas, weight_decay=0.0)
    state, checkpoint = TrainingState(model=student, optimiser=optimiser), cache / f"distilled-{scheme}.pt"
    if state.resume(checkpoint, device=device):
        torch.manual_seed(state.seed(arguments.seed))
    if state.is_done(minutes=arguments.minutes):
        return
    random = np.random.default_rng(state.seed(arguments.seed))
    pictures, pairs = load_pairs(cache)
    pairs, real = to_learn(pictures=pictures, pairs=pairs)

    def draw(grid: Grid) -> Paths:
        config = replace(flow, window_sec=min(grid.window_sec, 2 * flow.window_sec))  # the recipe `tiny` has short ones
        latents, conditions = draw_batch(
            pairs=pairs, real=real, pictures=pictures, chosen=chosen, scheme=scheme, config=config, random=random
        )
        if flow.material_given:
            conditions.material = draw_materials(batch=len(latents), materials=student.config.materials)
        return begin(latents=latents.to(device), conditions=conditions.to(device), config=config, grid=grid)

    pool = [draw(grid) for grid in GRIDS]

    def update(share: float) -> None:
        paths = pool[state.step % len(pool)]
        with torch.autocast(device.type, dtype=torch.bfloat16):
            target = teacher_velocity(teacher=teacher, paths=paths)
            velocity = student_velocity(student=student, paths=paths)
        loss = unknown_error(velocity, target, known_mask=paths.known_mask)
        rate = arguments.learning_rate * pace(share=share, step=state.step, warmup_steps=flow.warmup_steps)
        state.update(loss, learning_rate=rate, decay=flow.ema_decay, ramp=10)
        ended = paths.advance(velocity.detach())
        if ended.any():
            paths.begin_again(ended, draw(paths.grid))

    keep = keeper(state=state, checkpoint=checkpoint, pictures=pictures, visual_rate=chosen.visual.rate)
    state.train_for(arguments.minutes, update=update, keep=keep, save_sec=arguments.save_sec)
    draw_curves(cache=cache, out=cache / "curves.png")


def main() -> None:
    parser = sitting_parser(__doc__)
    parser.add_argument("--minutes", type=float, default=95.0)
    parser.add_argument("--learning-rate", type=float, default=2e-4, help="peak")
    parser.add_argument("--batch", type=int, default=4)
    parser.set_defaults(save_sec=900.0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
