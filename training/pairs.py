"""What the transformer learns from: pictures as features, and the latents of sounds that were made for them.

`training.dataset` makes them; they are not defined there, since what a program pickles under its own name, `__main__`,
no other can read.
"""

from dataclasses import dataclass
from pathlib import Path

import torch

from training.checkpoint import load_checkpoint
from training.config import LATENT_RATE
from training.stage.events import Event

LONGEST_WINDOW_SEC = 10.0  # training.train_flow: LONG_FROM
# Left out of the transformer's training to watch its sync while it learns (train split; `val` is never looked at here).
WATCHED = ("2015-02-22-14-21-41", "2015-09-24-14-41-06-436", "2015-10-06-18-02-12-1")


@dataclass
class Picture:
    """`features` float16 `[T, D]` on the visual grid; `events` that sound; `source` names the scene or clip."""

    source: str
    features: torch.Tensor
    events: list[Event]
    duration_sec: float


@dataclass
class Pair:
    """`latents` float16 `[N, C]`, normalised; `loudness_db` of each event of the picture as it was rendered."""

    picture: int
    latents: torch.Tensor
    loudness_db: list[float]
    materials: list[str]


def long_enough(*, pairs: list[Pair], pictures: list[Picture], seconds: float) -> list[Pair]:
    """Those that a window of `seconds` fits into, picture and sound. Raises ValueError if none is."""
    length = lambda pair: min(pictures[pair.picture].duration_sec, len(pair.latents) / LATENT_RATE)
    kept = [pair for pair in pairs if length(pair) >= seconds]
    if not kept:
        longest = max(map(length, pairs), default=0.0)
        raise ValueError(
            f"no picture with sound lasts a window of {seconds:g} s; the longest of {len(pairs)} lasts {longest:g} s"
        )
    if len(kept) < len(pairs):
        print(
            f"{len(pairs) - len(kept)} of {len(pairs)} pairs left out: shorter than a window of {seconds:g} s",
            flush=True,
        )
    return kept


def load_pictures(cache: Path) -> list[Picture]:
    """What `make_pictures` left."""
    return load_checkpoint(
        cache / "pictures.pt", made_by="training.dataset pictures --cache DIR [--clips DIR]", weights_only=False
    )


def load_pairs(cache: Path) -> tuple[list[Picture], list[Pair]]:
    """What `make_pictures` and `make_sounds` left, without pairs shorter than the longest window of the training."""
    pictures = load_pictures(cache)
    pairs: list[Pair] = []
    for path in sorted(cache.glob("pairs-*.pt")) or [cache / "pairs-0.pt"]:
        pairs += load_checkpoint(path, made_by="training.dataset sounds --cache DIR --oneshots DIR", weights_only=False)
    return pictures, long_enough(pairs=pairs, pictures=pictures, seconds=LONGEST_WINDOW_SEC)
