"""Train the visual encoder on the stage, then with real pictures in folds.

    python -m training.train_encoder --textures DIR --cache DIR --minutes 30                # the stage alone
    python -m training.train_encoder --clips DIR --cache DIR --fine-tune all --minutes 6    # + real pictures
    python -m training.train_encoder --clips DIR --cache DIR --fine-tune 0 --minutes 6      # fold 0 left out

Checkpoints (`encoder-<name>.pt`) resume; the replay buffer is kept beside them, so that a fine-tune renders nothing.
A fold's encoder is scored on the clips it never saw, which is what the choice of a variant may look at.
"""

import argparse
import time
from pathlib import Path

import torch

from training.checkpoint import TrainingState, load_checkpoint, pace
from training.config import VisualConfig, recipe
from training.curves import ENCODER_COLUMNS, append_row
from training.encoder import MotionEncoder, encoder_loss, pick_peaks
from training.materials import MATERIALS
from training.pictures import Batch, RealPictures, StageBuffer, whole_clip
from training.real import Clip, load_clips
from training.stage.backdrop import Textures
from training.stage.picture import StageRenderer
from training.sync_score import impact_marks
from training.whole_file import whole_file

FRAMES = 48
FOLDS = 2
STAGE = "training.train_encoder --cache DIR [--textures DIR]"  # the command that makes what a fine-tune begins with


def score(*, model: MotionEncoder, clips: list[Clip]) -> dict[str, float]:
    """AP at 0.1 and 0.05 s, best F1 with its threshold and median offset, against the refined labels."""
    model.eval()
    results = []
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for clip in clips:
            output = model(whole_clip(clip, size=model.config.size).to(next(model.parameters()).device))
            times, values = pick_peaks(torch.sigmoid(output["impact"][0].float()).cpu(), rate=model.config.rate)
            results.append(([hit.time_sec for hit in clip.hits], times, values))
    model.train()
    return impact_marks(clips=results)


def fold_of(index: int) -> int:
    """Neighbouring recordings share a place and a day: they go to the same fold in runs of three."""
    return (index // 3) % FOLDS


def taught_and_watched(clips: list[Clip], *, fine_tune: str | None) -> tuple[list[Clip], list[Clip]]:
    """Clips to learn from and clips to be scored on."""
    if fine_tune is None:
        return [], clips
    if fine_tune == "all":
        return clips, clips
    fold = int(fine_tune)
    taught = [clip for i, clip in enumerate(clips) if fold_of(i) != fold]
    return taught, [clip for i, clip in enumerate(clips) if fold_of(i) == fold]


def save_buffer(buffer: StageBuffer, path: Path) -> None:
    """All of it, complete or not at all."""
    keep = min(buffer.rendered, buffer.capacity)
    names = ("pictures", "impact", "loudness", "material")
    with whole_file(path) as partial:
        torch.save({name: getattr(buffer, name)[:keep].clone() for name in names}, partial)  # a view keeps all of it


def load_buffer(path: Path, *, renderer: StageRenderer, seed: int, capacity: int | None = None) -> StageBuffer:
    """The clips that are stored, as many as fit, in a buffer of `capacity` clips (default: as many as are stored)."""
    stored = load_checkpoint(path, made_by=STAGE, mmap=True)  # mapped: some GiB are not held twice
    count = len(stored["pictures"])
    buffer = StageBuffer(renderer=renderer, capacity=capacity or count, frames=FRAMES, seed=seed)
    buffer.rendered = min(count, buffer.capacity)
    for name, value in stored.items():
        getattr(buffer, name)[: buffer.rendered] = value[: buffer.rendered]
    return buffer


def begin_buffer(arguments: argparse.Namespace, *, renderer: StageRenderer, seed: int, resumed: bool) -> StageBuffer:
    """The stored clips for a fine-tune, and for a stage training that goes on; where it has none it renders anew."""
    stored = arguments.cache / "stage-buffer.pt"
    if arguments.fine_tune is not None:
        return load_buffer(stored, renderer=renderer, seed=seed)
    if resumed and stored.exists():
        return load_buffer(stored, renderer=renderer, seed=seed, capacity=arguments.buffer)
    return StageBuffer(renderer=renderer, capacity=arguments.buffer, frames=FRAMES, seed=seed)


def load_encoder(path: Path, *, config: VisualConfig) -> MotionEncoder:
    model = MotionEncoder(config=config, materials=len(MATERIALS))
    made_by = f"{STAGE}, and with --clips DIR --fine-tune all, 0 or 1 for those of real pictures"
    model.load_state_dict(load_checkpoint(path, made_by=made_by)["ema"])
    return model.eval()


def batch_loss(*, model: MotionEncoder, batch: Batch, device: torch.device) -> torch.Tensor:
    with torch.autocast(device.type, dtype=torch.bfloat16):
        output = model(batch.frames.to(device))
    return encoder_loss(
        output=output,
        impact=batch.impact.to(device),
        loudness=batch.loudness.to(device),
        material=batch.material.to(device),
    )


def report(*, name: str, state: TrainingState, config: VisualConfig, clips: list[Clip], log: Path) -> None:
    """Scores the averaged weights on `clips`, prints and logs."""
    device = next(state.model.parameters()).device
    probe = MotionEncoder(config=config, materials=len(MATERIALS)).to(device)
    probe.load_state_dict(state.average)
    marks = score(model=probe, clips=clips)
    print(f"{name} step {state.step} " + " ".join(f"{key} {value:.3f}" for key, value in marks.items()), flush=True)
    row = [state.step, f"{state.elapsed_sec:.0f}", f"{state.loss:.5f}", *(f"{value:.4f}" for value in marks.values())]
    append_row(path=log, columns=ENCODER_COLUMNS, row=row)


def train(arguments: argparse.Namespace) -> None:
    config = recipe(arguments.recipe).visual
    cache: Path = arguments.cache
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    device = torch.device(arguments.device)
    name = f"encoder-{arguments.fine_tune or 'stage'}"
    model = MotionEncoder(config=config, materials=len(MATERIALS)).to(device).train()
    state = TrainingState(model=model, optimiser=torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.02))
    checkpoint = cache / f"{name}.pt"
    resumed = state.resume(checkpoint, device=device)
    if state.is_done(minutes=arguments.minutes):
        return
    if not resumed and arguments.fine_tune is not None:
        state.start_from(load_checkpoint(cache / "encoder-stage.pt", made_by=STAGE, device=device)["ema"])
    clips = load_clips(arguments.clips, split="train", rate=config.rate, cache=cache) if arguments.clips else []
    taught, watched = taught_and_watched(clips, fine_tune=arguments.fine_tune)
    seed = state.seed(arguments.seed + (0 if arguments.fine_tune is None else 1000))
    if resumed:
        torch.manual_seed(seed)
    textures = Textures(folder=arguments.textures, device=device)
    renderer = StageRenderer(config=config, textures=textures, seed=seed, device=device, compiled=device.type == "cpu")
    buffer = begin_buffer(arguments, renderer=renderer, seed=seed, resumed=resumed)
    real = RealPictures(clips=taught, config=config, frames=FRAMES, seed=seed, stage=buffer) if taught else None
    peak = 1e-3 if arguments.fine_tune is None else 5e-4

    def keep() -> None:
        state.save(checkpoint)
        if watched:
            report(name=name, state=state, config=config, clips=watched, log=cache / f"{name}.csv")

    began, saved, budget_sec = time.time() - state.elapsed_sec, time.time(), arguments.minutes * 60
    while state.elapsed_sec < budget_sec:
        if arguments.fine_tune is None and (state.step % arguments.reuse == 0 or buffer.rendered < 64):
            with torch.no_grad():
                buffer.render_more(16)
        batch = buffer.draw(16 if real is None else 8)
        if real is not None:
            batch = batch.join(real.draw(12))
        rate = peak * pace(share=state.elapsed_sec / budget_sec, step=state.step, warmup_steps=100)
        loss = batch_loss(model=model, batch=batch, device=device)
        state.update(loss, learning_rate=rate, decay=0.995, ramp=20)
        state.elapsed_sec = time.time() - began
        if state.step % 20 == 0:
            done = f"rendered {buffer.rendered} {state.elapsed_sec:.0f} s"
            print(f"{name} step {state.step} loss {state.loss:.4f} {done}", flush=True)
        if time.time() - saved > arguments.save_sec and state.elapsed_sec < budget_sec:
            saved = time.time()
            keep()
    if arguments.fine_tune is None:
        save_buffer(buffer, cache / "stage-buffer.pt")  # first: a checkpoint of all its minutes says that all is done
    keep()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--textures", type=Path)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--fine-tune", help="'all' or the number of the fold to leave out; without it: the stage alone")
    parser.add_argument("--recipe", default="hits")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--buffer", type=int, default=4096)
    parser.add_argument("--reuse", type=int, default=2, help="training steps per rendered batch")
    parser.add_argument("--save-sec", type=float, default=240.0)
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
